/* SPDX-License-Identifier: MIT
 * Adjudicated findings and the lists of tests that show them (xfail.h).
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conformance/vectors/xfail.h"

static bool fail(char *why, const char *path, unsigned line, const char *what)
{
	snprintf(why, 400, "%.300s: line %u: %s", path, line, what);
	return false;
}

static bool grow(void **p, u32 n, size_t size)
{
	void *more;

	if (n & (n - 1))
		return true;
	more = realloc(*p, size * (n ? 2 * (size_t)n : 1));
	if (more)
		*p = more;
	return more != NULL;
}

/* Emulators decide nothing (docs/oracle.md). */
static bool sound(const char *witness)
{
	static const char *const emulator[] = {"bochs",  "qemu",    "v86",    "virtualbox",
					       "vmware", "hyper-v", "refvmm", "emulator"};
	const char *w = witness;

	while (w) {
		bool is = false;

		w += strspn(w, ";, ");
		for (unsigned k = 0; k < sizeof(emulator) / sizeof(*emulator); k++)
			is |= !strncasecmp(w, emulator[k], strlen(emulator[k]));
		if (*w && !is)
			return true;
		w = strpbrk(w, ";,");
	}
	return false;
}

/* pattern, VMM, witness, "Q1: text" between tabs. */
static bool rule(struct xfail *x, char *line, const char *vmm, const char *path, unsigned at,
		 char *why)
{
	char *field[4], *rest = line;
	struct xfail_rule *r;
	unsigned n = 0;
	size_t name;

	while (n < 4 && (field[n] = strsep(&rest, "\t")))
		n++;
	if (n < 4 || rest || !*field[0] || !*field[1])
		return fail(why, path, at, "not pattern, VMM, witness and text between tabs");
	name = strspn(field[3], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	if (!name || name >= sizeof(r->finding) || field[3][name] != ':')
		return fail(why, path, at, "the text does not begin with a finding and a colon");
	if (!strncmp(field[1], "refvmm", 6))
		return fail(why, path, at, "refvmm has no list of expected failures");
	if (!sound(field[2]))
		return fail(why, path, at, "emulators decide nothing, this needs a witness");
	if (strcmp(field[1], vmm))
		return true;
	if (!grow((void **)&x->rule, x->n_rules, sizeof(*x->rule)))
		return fail(why, path, at, "out of memory");
	r = &x->rule[x->n_rules];
	r->pattern = strdup(field[0]);
	if (!r->pattern)
		return fail(why, path, at, "out of memory");
	snprintf(r->finding, sizeof(r->finding), "%.*s", (int)name, field[3]);
	x->n_rules++;
	return true;
}

/* FILE:INDEX */
static bool test(struct xfail *x, char *line, const char *vmm, const char *path, unsigned at,
		 char *why)
{
	struct xfail_test *t;
	int end = 0;

	(void)vmm;
	if (!grow((void **)&x->test, x->n_tests, sizeof(*x->test)))
		return fail(why, path, at, "out of memory");
	t = &x->test[x->n_tests];
	memset(t, 0, sizeof(*t));
	if (sscanf(line, "%23[^:]:%u%n", t->file, &t->index, &end) != 2 || line[end])
		return fail(why, path, at, "no FILE:INDEX");
	x->n_tests++;
	return true;
}

static bool lines(struct xfail *x, const char *path, const char *vmm, char *why,
		  bool (*take)(struct xfail *, char *, const char *, const char *, unsigned,
			       char *))
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned at = 0;
	bool ok = true;
	ssize_t n;

	if (!f) {
		snprintf(why, 400, "%.300s: %s", path, strerror(errno));
		return false;
	}
	while (ok && (n = getline(&line, &room, f)) > 0) {
		at++;
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (line[0] && line[0] != '#')
			ok = take(x, line, vmm, path, at, why);
	}
	free(line);
	fclose(f);
	return ok;
}

static int by_place(const void *a, const void *b)
{
	const struct xfail_test *x = a, *y = b;
	int c = strcmp(x->file, y->file);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

bool xfail_load(struct xfail *x, const char *rules, const char *set, const char *vmm, char *why)
{
	char path[4096];
	FILE *f;

	memset(x, 0, sizeof(*x));
	if (rules && !lines(x, rules, vmm, why, rule))
		goto bad;
	snprintf(path, sizeof(path), "%s/xfail/%s.list", set, vmm);
	f = fopen(path, "re");
	if (!f)
		return true;
	fclose(f);
	if (!strncmp(vmm, "refvmm", 6)) {
		fail(why, path, 0, "refvmm has no list of expected failures");
		goto bad;
	}
	if (!lines(x, path, vmm, why, test))
		goto bad;
	if (x->n_tests)
		qsort(x->test, x->n_tests, sizeof(*x->test), by_place);
	for (u32 k = 1; k < x->n_tests; k++)
		if (!by_place(&x->test[k - 1], &x->test[k])) {
			snprintf(why, 400, "%.300s: %s:%u twice", path, x->test[k].file,
				 x->test[k].index);
			goto bad;
		}
	return true;
bad:
	xfail_free(x);
	return false;
}

void xfail_free(struct xfail *x)
{
	for (u32 k = 0; k < x->n_rules; k++)
		free(x->rule[k].pattern);
	free(x->rule);
	free(x->test);
	memset(x, 0, sizeof(*x));
}

const char *xfail_finding(const struct xfail *x, const char *file, const struct moo_test *t,
			  const struct expectation *e)
{
	char id[100], vector[8] = "none";

	if (e->fault || t->has_exception)
		snprintf(vector, sizeof(vector), "%u",
			 (unsigned)(e->fault ? e->vector : t->vector));
	snprintf(id, sizeof(id), "%.60s/%s/%s", file, class_name[e->class], vector);
	for (u32 k = 0; k < x->n_rules; k++)
		if (!fnmatch(x->rule[k].pattern, id, 0))
			return x->rule[k].finding;
	return NULL;
}

bool xfail_listed(struct xfail *x, const char *file, u32 index)
{
	struct xfail_test key = {.index = index}, *t;

	if (!x->n_tests || strlen(file) >= sizeof(key.file))
		return false;
	strcpy(key.file, file);
	t = bsearch(&key, x->test, x->n_tests, sizeof(*x->test), by_place);
	if (t)
		t->seen = true;
	return t != NULL;
}

const struct xfail_test *xfail_unseen(const struct xfail *x)
{
	for (u32 k = 0; k < x->n_tests; k++)
		if (!x->test[k].seen)
			return &x->test[k];
	return NULL;
}

enum xfail_verdict xfail_judge(struct xfail *x, const char *file, const struct moo_test *t,
			       const struct expectation *e, bool failed, char *text,
			       const char **finding)
{
	bool listed = xfail_listed(x, file, t->index);

	*finding = listed || failed ? xfail_finding(x, file, t, e) : NULL;
	if (failed)
		return listed && *finding ? XV_EXPECTED : XV_FAIL;
	if (!listed)
		return XV_PASS;
	snprintf(text, 512, "XPASS: it is in the list of expected failures (%s) and passes",
		 *finding ? *finding : "no rule says why");
	return XV_FAIL;
}
