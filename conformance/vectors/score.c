/* SPDX-License-Identifier: MIT
 * Scores of a set of vectors (score.h).
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/score.h"

bool score_file(struct score *s, const char *path)
{
	const char *base = strrchr(path, '/');
	struct file_score *f;
	char *dot;

	f = realloc(s->file, (s->n_files + 1) * sizeof(*f));
	if (!f)
		return false;
	s->file = f;
	f += s->n_files++;
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", base ? base + 1 : path);
	dot = strstr(f->name, ".MOO");
	if (dot)
		*dot = 0;
	return true;
}

static struct tally *present(struct score *s)
{
	return &s->file[s->n_files - 1].t;
}

void score_drop(struct score *s, const char *why)
{
	unsigned k = 0;

	while (k < SCORE_REASONS - 1 && s->reason[k].why && strcmp(s->reason[k].why, why))
		k++;
	s->reason[k].why = why;
	s->reason[k].n++;
	s->all.tests++;
	s->all.dropped++;
	present(s)->tests++;
	present(s)->dropped++;
}

static void count(struct tally *t, bool failed)
{
	t->tests++;
	t->ran++;
	t->failed += failed;
	t->passed += !failed;
}

void score_test(struct score *s, u32 file, enum vclass class, enum verdict worst)
{
	count(&s->all, worst == FAIL);
	count(&s->class[class], worst == FAIL);
	count(&s->file[file].t, worst == FAIL);
	s->as_captured += class == CLASS_UNDEFINED && worst == PASS;
	s->as_other += worst == PASS_OTHER;
	s->as_third += worst == PASS_THIRD;
}

static void add(struct score *s, struct failure **list, u32 *count, u32 file,
		const struct moo_test *t, enum vclass class, const char *machine, const char *how,
		const char *text, const char *finding)
{
	struct failure *f;

	if (*count == SCORE_FAILURES)
		return;
	if (!(*count & (*count - 1))) {
		u32 room = *count ? 2 * *count : 1;

		f = realloc(*list, room * sizeof(*f));
		if (!f)
			return;
		*list = f;
	}
	f = &(*list)[(*count)++];
	memset(f, 0, sizeof(*f));
	snprintf(f->file, sizeof(f->file), "%s", s->file[file].name);
	snprintf(f->name, sizeof(f->name), "%.*s", (int)(t->name.n < 60 ? t->name.n : 60),
		 t->name.data ? (const char *)t->name.data : "");
	for (char *p = f->name; *p; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			*p = '?';
	f->index = t->index;
	f->class = class_name[class];
	f->machine = machine;
	f->how = how;
	snprintf(f->text, sizeof(f->text), "%s", text);
	snprintf(f->finding, sizeof(f->finding), "%s", finding);
}

void score_failure(struct score *s, u32 file, const struct moo_test *t, enum vclass class,
		   const char *machine, const char *how, const char *text, const char *finding)
{
	add(s, &s->failure, &s->n_failures, file, t, class, machine, how, text, finding);
}

void score_expected(struct score *s, u32 file, const struct moo_test *t, enum vclass class,
		    const char *machine, const char *how, const char *text, const char *finding)
{
	struct tally *all[3] = {&s->all, &s->class[class], NULL};

	all[2] = &s->file[file].t;
	for (unsigned k = 0; k < 3; k++) {
		all[k]->tests++;
		all[k]->ran++;
		all[k]->expected++;
	}
	add(s, &s->expected, &s->n_expected, file, t, class, machine, how, text, finding);
}

void score_free(struct score *s)
{
	free(s->file);
	free(s->failure);
	free(s->expected);
	memset(s, 0, sizeof(*s));
}

static void print_drops(const struct score *s, FILE *out)
{
	for (unsigned k = 0; k < SCORE_REASONS && s->reason[k].why; k++)
		fprintf(out, "%s %u %s", k ? "," : ":", s->reason[k].n, s->reason[k].why);
}

static int by_finding(const void *a, const void *b)
{
	const struct failure *x = *(const struct failure *const *)a,
			     *y = *(const struct failure *const *)b;
	int c = (int)strlen(x->finding) - (int)strlen(y->finding);

	return c ? c : strcmp(x->finding, y->finding);
}

/* "xfail: 599 expected failures (docs/findings.md): 64 Q1, 320 Q3" */
static void print_expected(const struct score *s, FILE *out)
{
	const struct failure **by = calloc(s->n_expected + 1, sizeof(const struct failure *));
	u32 n = 0;

	fprintf(out, "xfail: %u expected failures (docs/findings.md)", s->all.expected);
	for (u32 k = 0; by && k < s->n_expected; k++)
		by[k] = &s->expected[k];
	if (by)
		qsort(by, s->n_expected, sizeof(const struct failure *), by_finding);
	for (u32 k = 0; by && k < s->n_expected; k++) {
		n++;
		if (k + 1 < s->n_expected && !strcmp(by[k]->finding, by[k + 1]->finding))
			continue;
		fprintf(out, "%s%u %s", n == k + 1 ? ": " : ", ", n, by[k]->finding);
		n = 0;
	}
	putc('\n', out);
	free(by);
}

void score_print(const struct score *s, FILE *out, bool opcodes)
{
	if (opcodes)
		for (u32 k = 0; k < s->n_files; k++) {
			const struct file_score *f = &s->file[k];

			fprintf(out, "%-10s %5u tests %5u passed %5u failed %5u dropped\n", f->name,
				f->t.tests, f->t.passed, f->t.failed, f->t.dropped);
		}
	fprintf(out, "%s: ran %u of %u, dropped %u", s->vmm, s->all.ran, s->all.tests,
		s->all.dropped);
	print_drops(s, out);
	fprintf(out, "\n%-12s %6s %6s %6s  compared\n", "class", "tests", "passed", "failed");
	for (unsigned k = 0; k < CLASSES; k++) {
		const struct tally *t = &s->class[k];

		if (t->tests)
			fprintf(out, "%-12s %6u %6u %6u  %s\n", class_name[k], t->tests, t->passed,
				t->failed, class_compared[k]);
	}
	if (s->as_captured + s->as_other + s->as_third)
		fprintf(out,
			"undefined flags: %u as the 80286, %u as the host of HOST_CHECK, %u "
			"neither\n",
			s->as_captured, s->as_other, s->as_third);
	if (s->all.expected)
		print_expected(s, out);
}

static void json_tally(const struct tally *t, FILE *out)
{
	fprintf(out,
		"\"tests\":%u,\"ran\":%u,\"passed\":%u,\"failed\":%u,\"dropped\":%u,"
		"\"expected\":%u",
		t->tests, t->ran, t->passed, t->failed, t->dropped, t->expected);
}

static void json_string(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (*text >= ' ' && *text <= '~')
			putc(*text, out);
		else
			putc('?', out);
	putc('"', out);
}

static void json_failures(const struct failure *f, u32 n, FILE *out)
{
	for (u32 k = 0; k < n; k++, f++) {
		fprintf(out,
			"%s{\"file\":\"%s\",\"index\":%u,\"class\":\"%s\",\"machine\":\"%s\","
			"\"how\":\"%s\",\"finding\":\"%s\",\"name\":",
			k ? ",\n" : "", f->file, f->index, f->class, f->machine, f->how,
			f->finding);
		json_string(f->name, out);
		fprintf(out, ",\"differs\":");
		json_string(f->text, out);
		putc('}', out);
	}
}

static void json(const struct score *s, const char *set, FILE *out)
{
	fprintf(out, "{\"vmm\":");
	json_string(s->vmm, out);
	fprintf(out, ",\"set\":");
	json_string(set, out);
	putc(',', out);
	if (s->engine) {
		fprintf(out, "\"engine\":");
		json_string(s->engine, out);
		putc(',', out);
	}
	if (s->part)
		fprintf(out, "\"part\":true,");
	json_tally(&s->all, out);
	fprintf(out, ",\n\"dropped_by\":{");
	for (unsigned k = 0; k < SCORE_REASONS && s->reason[k].why; k++) {
		fprintf(out, "%s", k ? "," : "");
		json_string(s->reason[k].why, out);
		fprintf(out, ":%u", s->reason[k].n);
	}
	fprintf(out, "},\n\"classes\":{");
	for (unsigned k = 0; k < CLASSES; k++) {
		fprintf(out, "%s\"%s\":{", k ? "," : "", class_name[k]);
		json_tally(&s->class[k], out);
		putc('}', out);
	}
	fprintf(out, "},\n\"undefined\":{\"as_captured\":%u,\"as_other\":%u,\"neither\":%u},\n",
		s->as_captured, s->as_other, s->as_third);
	fprintf(out, "\"files\":[");
	for (u32 k = 0; k < s->n_files; k++) {
		fprintf(out, "%s{\"file\":\"%s\",", k ? ",\n" : "", s->file[k].name);
		json_tally(&s->file[k].t, out);
		putc('}', out);
	}
	fprintf(out, "],\n\"failures\":[");
	json_failures(s->failure, s->n_failures, out);
	fprintf(out, "],\n\"expected_failures\":[");
	json_failures(s->expected, s->n_expected, out);
	fprintf(out, "]}\n");
}

bool score_save(const struct score *s, const char *set, const char *path)
{
	FILE *f = fopen(path, "we");
	bool bad;

	if (!f)
		return false;
	json(s, set, f);
	bad = ferror(f);
	return fclose(f) == 0 && !bad;
}
