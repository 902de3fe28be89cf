/* SPDX-License-Identifier: MIT
 * Who says what a case must end with: the class of its expectation, and which kinds of
 * witnesses it has.  Emulators are no witnesses: what only they agree on is reported,
 * not scored.
 */
#ifndef CONFORMANCE_ORACLE_H
#define CONFORMANCE_ORACLE_H

#include <stdio.h>

#include "conformance/tcase.h"

enum oracle {
	ORACLE_REQUIRED, /* the manual as a rule in code, or silicon, says it all */
	ORACLE_CHOICE,   /* the same, but one part has two permitted outcomes */
	ORACLE_REPORT,   /* nobody but emulators has been asked */
	ORACLES
};
extern const char *const oracle_names[ORACLES];

enum oracle oracle_class(const struct tcase *t);
/* NULL, or why the host CPU cannot run the case at CPL 3 of a process. */
const char *oracle_no_silicon(const struct tcase *t);
/* JSON Lines of conformance/choices.def with the number of cases of each. */
void oracle_choices(FILE *f, const struct tlist *l);
/* Is this the name of a row of choices.def? */
bool oracle_choice_known(const char *id);

#endif
