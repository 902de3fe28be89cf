/* SPDX-License-Identifier: MIT
 * capture: make 16- and 32-bit vectors and have the host CPU answer them.
 *
 *   capture run [OPTION...]     capture, and write MOO files with --out
 *   capture verify [OPTION...]  capture twice, the second time with other bytes
 *                               around: both must agree; then read the files back
 *   capture matrix              every cell and its vectors, and the empty ones
 *   capture compare SET FROM    two captures of the same vectors: defined results must
 *                               be the same, of a chip that SET knows undefined ones, too
 *   capture merge SET FROM      the same, and the answers of FROM's chip go into SET
 *
 * Options: --seed S, --count N (vectors in all, at least), --per-cell N,
 * --filter GLOB (on cell names), --serial N (that vector of each cell alone),
 * --out DIR, --best (small files), --sample (one vector of each cell, chosen by
 * its name; one file for each group; implies --best).
 * Exit codes: 0, 1 captures differ or a vector went wrong, 2 usage, 3 out of
 * memory or disk, 77 this host cannot.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "conformance/capture/merge.h"
#include "conformance/capture/run.h"

static _Noreturn void usage(void)
{
	fputs("usage: capture run|verify|matrix [--seed S] [--count N] [--per-cell N]\n"
	      "                                 [--filter GLOB] [--serial N] [--out DIR] [--best]\n"
	      "                                 [--sample]\n"
	      "       capture compare|merge SET FROM\n",
	      stderr);
	exit(2);
}

static _Noreturn void wrong(const char *format, const char *word)
{
	fputs("capture: ", stderr);
	fprintf(stderr, format, word);
	fputc('\n', stderr);
	exit(2);
}

/* One with a value. */
static bool option(const char *s)
{
	static const char *const all[] = {"--seed",   "--count",  "--per-cell",
					  "--serial", "--filter", "--out"};
	unsigned i;

	for (i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(s, all[i]))
			return true;
	return false;
}

static u64 number(const char *s)
{
	char *end;
	u64 n;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (!*s || *end || errno)
		wrong("'%s' is no number", s);
	return n;
}

static void matrix(const struct cells *cs, const struct plan *p)
{
	char name[140];
	u32 i, cells = 0;

	puts("cell\tvectors\treason when empty");
	for (i = 0; i < cs->n; i++) {
		cell_name(&cs->v[i], name, sizeof name);
		if (p->filter && fnmatch(p->filter, name, 0))
			continue;
		cells++;
		printf("%s\t%u\t\n", name, p->per_cell);
	}
	for (i = 0; i < cs->nempty; i++)
		if (!p->filter || !fnmatch(p->filter, cs->empty[i].name, 0))
			printf("%s\t0\t%s\n", cs->empty[i].name, cs->empty[i].reason);
	fprintf(stderr, "%u cells of %u vectors, %u lines of empty ones\n", cells, p->per_cell,
		cs->nempty);
}

/* A capture against a set, of this chip or of another. */
static int merge(const char *set, const char *from, bool write)
{
	static struct merge m = {.tell = NULL};
	int err;

	m.tell = stdout;
	err = merge_folders(set, from, write, &m);
	if (err > 1) {
		fprintf(stderr, "capture: %s\n", m.why);
		return err;
	}
	printf("%s, family %u model %u stepping %u, %s: %llu vectors, %llu defined results differ, "
	       "undefined ones not as chip 0 in %llu%s\n",
	       m.chip.name, m.chip.family, m.chip.model, m.chip.stepping,
	       m.known ? "in the set" : "not in the set", (unsigned long long)m.vectors,
	       (unsigned long long)m.differ, (unsigned long long)m.undefined,
	       !err && write && !m.known ? "; added" : "");
	return err;
}

int main(int argc, char **argv)
{
	struct plan p = {.seed = 1, .count = 0, .per_cell = 0, .serial = -1};
	struct cells cs;
	u32 i, n;
	int err;
	char name[140];

	if (argc < 2)
		usage();
	if (!strcmp(argv[1], "merge") || !strcmp(argv[1], "compare")) {
		if (argc != 4)
			wrong("%s needs a set and a folder", argv[1]);
		return merge(argv[2], argv[3], argv[1][0] == 'm');
	}
	for (i = 2; i < (u32)argc; i++) {
		const char *o = argv[i], *v = argv[i + 1];

		if (!strcmp(o, "--best") || !strcmp(o, "--sample")) {
			p.best = true;
			p.sample |= o[2] == 's';
			continue;
		}
		i++;
		if (!option(o))
			wrong("unknown option '%s'; see vmproof help capture", o);
		if (!v)
			wrong("%s needs a value", o);
		if (!strcmp(o, "--seed"))
			p.seed = number(v);
		else if (!strcmp(o, "--count"))
			p.count = (u32)number(v);
		else if (!strcmp(o, "--per-cell"))
			p.per_cell = (u32)number(v);
		else if (!strcmp(o, "--serial"))
			p.serial = (long)number(v);
		else if (!strcmp(o, "--filter"))
			p.filter = v;
		else
			p.out = v;
	}
	cells_make(&cs);
	for (i = n = 0; i < cs.n; i++) {
		cell_name(&cs.v[i], name, sizeof name);
		n += !p.filter || !fnmatch(p.filter, name, 0);
	}
	if (!n) {
		fputs("capture: no cell has such a name\n", stderr);
		return 2;
	}
	if (p.serial >= 0 || p.sample)
		p.per_cell = 1;
	else if (!p.per_cell)
		p.per_cell = p.count > 50 * n ? (p.count + n - 1) / n : 50;
	if (!strcmp(argv[1], "matrix")) {
		matrix(&cs, &p);
		err = 0;
	} else if (!strcmp(argv[1], "run")) {
		err = plan_run(&p, &cs);
	} else if (!strcmp(argv[1], "verify")) {
		err = plan_verify(&p, &cs);
	} else {
		usage();
	}
	cells_free(&cs);
	return err;
}
