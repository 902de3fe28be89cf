/* SPDX-License-Identifier: MIT
 * The option table as data: names for the parser, text for --help and docs.
 */
#ifndef REFVMM_OPTIONS_H
#define REFVMM_OPTIONS_H

#include "refvmm/config.h"

#define OPTION(id, name, letter, argument, value, help) OPT_##id,
enum option_id {
#include "refvmm/options.def"
	OPT_COUNT
};

const char *option_name(enum option_id id);
/* One-letter spelling, or 0. */
int option_letter(enum option_id id);
/* Print the table of values that `help` asks for; false if there is none. */
bool option_print_choices(enum option_id id, FILE *out);
/* "0.1.0" and, when built from a repository, its revision. */
const char *option_build(void);

#endif
