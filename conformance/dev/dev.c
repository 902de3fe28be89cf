/* SPDX-License-Identifier: MIT
 * Device cases: their list, their judgement by the data sheets, and their words.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/dev.h"

extern const char dev_script_text[]; /* all *.dev files, made by build.mk */

const struct devlist *dev_scripts(void)
{
	static struct devlist list;
	char error[200];

	if (!list.n && !dev_compile(dev_script_text, &list, error, sizeof error)) {
		fprintf(stderr, "conformance: %s\n", error);
		exit(3);
	}
	return &list;
}

void gen_dev(struct gen *g)
{
	static const struct mode_cpl mode = {"port", CM_DEV, 0};
	const struct devlist *l = dev_scripts();
	unsigned i;

	for (i = 0; i < l->n; i++) {
		const struct devcase *d = &l->v[i];
		char first[48], second[48];
		struct cell c = {d->group, first, second, d->cite, &mode};
		struct tcase *t;

		snprintf(first, sizeof first, "%.*s", (int)strcspn(d->name, "/"), d->name);
		snprintf(second, sizeof second, "%s", strchr(d->name, '/') + 1);
		t = gen_case(g, &c, d->complete ? "required" : "report");
		t->eflags = 2;
		t->no_native = "a device";
		t->dev = d;
	}
}

#define X(name, text) {#name, text},
static const struct {
	const char *name, *text;
} needs[] = {DEV_NEEDS(X)};
#undef X

int dev_need_find(const char *name, size_t n)
{
	int i;

	for (i = 0; i < DEV_NEED_COUNT; i++)
		if (strlen(needs[i].name) == n && !memcmp(needs[i].name, name, n))
			return i;
	return -1;
}

void dev_needs_print(FILE *f, u32 mask)
{
	const char *sep = "";
	unsigned i;

	for (i = 0; i < DEV_NEED_COUNT; i++)
		if (mask & 1u << i) {
			fprintf(f, "%s%s", sep, needs[i].text);
			sep = ", ";
		}
}

unsigned dev_log(const struct result *r, unsigned at, unsigned n, u8 *b)
{
	unsigned i, k;

	for (k = 0; k < n; k++) {
		u32 lin = OBS_DEV + at + k;

		for (i = 0; i < r->nruns && lin - r->run[i].lin >= r->run[i].n; i++)
			;
		if (i == r->nruns)
			return k;
		b[k] = r->run[i].b[lin - r->run[i].lin];
	}
	return n;
}

/* NULL: not there, else the value of so many bytes. */
static bool value_of(const struct result *r, unsigned at, unsigned n, u64 *v)
{
	u8 b[8] = {0};
	unsigned i;

	*v = 0;
	if (dev_log(r, at, n, b) < n)
		return false;
	for (i = 0; i < n; i++)
		*v |= (u64)b[i] << 8 * i;
	return true;
}

static bool right(const struct dev_expect *e, const struct result *r)
{
	unsigned i;
	u64 v;

	if (!e->scored)
		return true;
	if (!value_of(r, e->at, e->scored, &v))
		return false;
	for (i = 0; i < e->naccepted; i++)
		if (v == e->accepted[i])
			return true;
	return false;
}

unsigned dev_model_diff(const struct tcase *t, const struct result *r)
{
	const struct devcase *d = t->dev;
	unsigned i, diff = r->vector == VEC_STOP ? 0 : DIFF_VECTOR;

	for (i = 0; i < d->nexp; i++)
		if (!right(&d->exp[i], r))
			diff |= DIFF_PORT;
	return diff;
}

unsigned dev_result_diff(const struct tcase *t, const struct result *a, const struct result *b)
{
	const struct devcase *d = t->dev;
	unsigned i, diff = 0;

	if (a->vector == VEC_STOP && b->vector != VEC_STOP)
		diff |= DIFF_VECTOR;
	for (i = 0; i < d->nexp; i++)
		if (right(&d->exp[i], a) && !right(&d->exp[i], b))
			diff |= DIFF_PORT;
	return diff;
}

/* A value with as many digits as it has bytes; a list of interrupts as such. */
static void print_value(FILE *f, const struct dev_expect *e, u64 v, unsigned size)
{
	unsigned i;

	if (strcmp(e->text, "ints")) {
		fprintf(f, "%0*llx", (int)(2 * size), (unsigned long long)v);
		return;
	}
	fprintf(f, "%u", (unsigned)(v & 0xff));
	for (i = 1; i < size; i++)
		fprintf(f, "%c%02x", i == 1 ? ':' : ' ', (unsigned)(v >> 8 * i) & 0xff);
}

void dev_model_print(FILE *f, const struct tcase *t)
{
	const struct devcase *d = t->dev;
	unsigned i, k;

	for (i = 0; i < d->nexp; i++) {
		const struct dev_expect *e = &d->exp[i];

		fprintf(f, "%s%u: %s", i ? "; " : "", e->line, e->text);
		if (!e->scored)
			fputs(" = ?", f);
		else if (e->scored == e->size)
			for (k = 0; k < e->naccepted; k++) {
				fputs(k ? " or " : " = ", f);
				print_value(f, e, e->accepted[k], e->size);
			}
	}
}

void dev_result_print(FILE *f, const struct tcase *t, const struct result *r)
{
	const struct devcase *d = t->dev;
	unsigned i, bad = 0;
	u64 v;

	if (r->vector == VEC_TIMEOUT)
		fprintf(f, "waited in vain in line %u;",
			r->eip < d->nstep ? d->step_line[r->eip] : 0);
	else if (r->vector != VEC_STOP)
		fprintf(f, "stopped by vector %02x in line %u;", r->vector,
			r->eip < d->nstep ? d->step_line[r->eip] : 0);
	for (i = 0; i < d->nexp; i++) {
		const struct dev_expect *e = &d->exp[i];

		bad += !right(e, r);
		fprintf(f, "%s%u: %s", i ? "; " : "", e->line, e->text);
		if (e->size != e->scored && e->scored && value_of(r, e->at + 1u, 4, &v))
			fprintf(f, " -> %llx", (unsigned long long)v);
		else if (value_of(r, e->at, e->size, &v)) {
			fputs(" = ", f);
			print_value(f, e, v, e->size);
		} else
			fputs(" not reached", f);
		if (!right(e, r))
			fputs(" (wrong)", f);
	}
	fprintf(f, "; %u wrong", bad);
}

void dev_case_print(FILE *f, const struct tcase *t)
{
	const struct devcase *d = t->dev;

	fprintf(f, "  script:  conformance/dev/%s line %u, %u steps\n  needs:   ", d->file, d->line,
		d->nstep);
	dev_needs_print(f, d->need);
	fputs(d->need ? "\n" : "nothing\n", f);
	fputs("  by the data sheet: ", f);
	dev_model_print(f, t);
	fputc('\n', f);
}
