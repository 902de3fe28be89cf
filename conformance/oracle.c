/* SPDX-License-Identifier: MIT
 * Classes and witnesses of cases (docs/oracle.md).
 */
#include <string.h>

#include "conformance/dev/dev.h"
#include "conformance/oracle.h"
#include "conformance/print.h"

const char *const oracle_names[ORACLES] = {"required", "implementation", "report"};

enum { FIRST, OTHER };
#define CHOICE(id, what, first, other, refvmm, others, cite)                                       \
	{#id, what, first, other, others, cite, refvmm},
static const struct choice {
	const char *id, *what, *first, *other, *others, *cite;
	int refvmm;
} choices[] = {
#include "conformance/choices.def"
};
#undef CHOICE
#define CHOICES (sizeof choices / sizeof *choices)

const char *oracle_no_silicon(const struct tcase *t)
{
	if (t->no_native)
		return t->no_native;
	if (t->sees_ring && !t->cpl && t->mode != CM_REAL16)
		return "CPL 0, and the instruction shows or checks it";
	return NULL;
}

enum oracle oracle_class(const struct tcase *t)
{
	if (t->dev) /* data sheets are the witness */
		return t->dev->complete ? ORACLE_REQUIRED : ORACLE_REPORT;
	if (!t->nexp && oracle_no_silicon(t))
		return ORACLE_REPORT;
	return t->choice ? ORACLE_CHOICE : ORACLE_REQUIRED;
}

bool oracle_choice_known(const char *id)
{
	unsigned i;

	for (i = 0; i < CHOICES; i++)
		if (!strcmp(choices[i].id, id))
			return true;
	return false;
}

static void field(FILE *f, const char *name, const char *value)
{
	fprintf(f, ",\"%s\":", name);
	json_string(f, value);
}

void oracle_choices(FILE *f, const struct tlist *l)
{
	unsigned i, k, n;

	for (i = 0; i < CHOICES; i++) {
		const struct choice *c = &choices[i];

		for (k = n = 0; k < l->n; k++)
			n += l->v[k].choice && !strcmp(l->v[k].choice, c->id);
		fprintf(f, "{\"id\":\"%s\",\"cases\":%u", c->id, n);
		field(f, "what", c->what);
		field(f, "first", c->first);
		field(f, "other", c->other);
		field(f, "refvmm", c->refvmm == FIRST ? "first" : "other");
		field(f, "others", c->others);
		field(f, "cite", c->cite);
		fputs("}\n", f);
	}
}
