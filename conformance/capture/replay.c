/* SPDX-License-Identifier: MIT
 * replay: run captured vectors on refvmm, through librefvmm, at CPL 3 with paging
 * as they were captured, and at CPL 0 where that makes no difference.
 *
 *   replay [--every N] [--cpu MODEL] [--machine NAME] [--how NAME] [--cpl 0|3] [--test NAME]
 *          [--strict] PATH...
 *
 * PATH is a .MOO.gz file or a folder of them.  Every vector runs with units of
 * one instruction and default units, each cold and hot (again without dropping
 * what was translated), and with forced retranslation; --how names one of them.
 * --strict also compares what the manual leaves undefined with the chip of the
 * capture.  Exit codes: 0 all equal, 1 differences, 2 usage or damaged files, 77
 * this host cannot run the engine.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/capture/machine.h"

static const struct {
	const char *name;
	unsigned how;
} hows[] = {
	{"one-cold", REFVMM_ONE | REFVMM_COLD},
	{"one-hot", REFVMM_ONE},
	{"cold", REFVMM_COLD},
	{"hot", 0},
	{"retranslate", REFVMM_RETRANSLATE},
};
#define HOWS (sizeof hows / sizeof *hows)

static struct {
	unsigned every;
	const char *how, *test, *machine;
	struct machine *m;
	int cpl; /* -1: both */
	u64 tests, run, runs[2], failed, passed, all_failed, skipped, all_runs;
	u64 dropped_feature;
	u32 seen;
	bool damaged;
} s;

static void fail_line(const char *path, const char *name, const char *how, unsigned cpl,
		      const char *why)
{
	/* a bound: the first ones tell, the count says the rest */
	if (++s.failed > 100)
		return;
	printf("FAIL %s %s: %s\n  again: build/conformance/capture/replay --how %s --test '%s' "
	       "%s\n",
	       name, how, why, how, name, path);
}

static void one(const char *path, const struct set_world *w, const struct set_test *t)
{
	char name[160];
	unsigned i;

	snprintf(name, sizeof name, "%.*s", (int)t->moo.name.n, (const char *)t->moo.name.data);
	if (s.test && strcmp(s.test, name))
		return;
	s.tests++;
	if (!s.test && s.every > 1 && s.seen++ % s.every)
		return;
	if (!machine_has(s.m, t->feature)) {
		s.dropped_feature++;
		return;
	}
	s.run++;
	for (i = 0; i < 2 * HOWS; i++) {
		unsigned cpl = i < HOWS ? w->cpl : 0;
		const char *how = hows[i % HOWS].name, *bad;

		if ((s.how && strcmp(s.how, how)) || (s.cpl >= 0 && (unsigned)s.cpl != cpl) ||
		    (!cpl && !machine_ring0(t)))
			continue;
		s.runs[cpl == 0]++;
		bad = machine_test(s.m, w, t, hows[i % HOWS].how, cpl);
		if (!bad)
			continue;
		fail_line(path, name, how, cpl, bad);
		break; /* the others would say the same */
	}
}

static void file(const char *path)
{
	struct set_world w;
	struct set_test t;
	struct moo_test moo;
	struct moo_file f;
	const char *bad;
	int r;

	if (!moo_open(&f, path)) {
		fprintf(stderr, "replay: %s\n", f.error);
		s.damaged = true;
		return;
	}
	bad = set_read_world(&f, &w);
	if (!bad)
		bad = machine_world(s.m, &w);
	while (!bad && (r = moo_next(&f, &moo)) != 0) {
		bad = r < 0 ? f.error : set_read_test(&w, &moo, &t);
		if (!bad)
			one(path, &w, &t);
	}
	if (bad) {
		if (bad == f.error) /* names the file */
			fprintf(stderr, "replay: %s\n", bad);
		else
			fprintf(stderr, "replay: %s: %s\n", path, bad);
		s.damaged = true;
	}
	moo_close(&f);
}

static int is_set(const struct dirent *d)
{
	return strstr(d->d_name, ".MOO") != NULL;
}

static void path(const char *p)
{
	struct dirent **list;
	struct stat st;
	char full[600];
	int n, i;

	if (stat(p, &st)) {
		fprintf(stderr, "replay: %s: %s\n", p, strerror(errno));
		s.damaged = true;
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		file(p);
		return;
	}
	n = scandir(p, &list, is_set, alphasort);
	if (n <= 0) {
		fprintf(stderr, "replay: %s: no .MOO files\n", p);
		s.damaged = true;
	}
	for (i = 0; i < n; i++) {
		snprintf(full, sizeof full, "%s/%s", p, list[i]->d_name);
		file(full);
		free(list[i]);
	}
	if (n > 0)
		free(list);
}

static int usage(void)
{
	fputs("usage: replay [--every N] [--cpu MODEL] [--how "
	      "one-cold|one-hot|cold|hot|retranslate]\n"
	      "              [--cpl 0|3] [--test NAME] [--strict] PATH...\n",
	      stderr);
	return 2;
}

/* One line for a machine, and its counts to the sum. */
static void summary(void)
{
	printf("refvmm %s: ran %llu of %llu (not sampled %llu, CPU model lacks the feature %llu), "
	       "%llu runs at CPL 3, %llu at 0, %llu differ\n",
	       s.machine, (unsigned long long)s.run, (unsigned long long)s.tests,
	       (unsigned long long)(s.tests - s.run - s.dropped_feature),
	       (unsigned long long)s.dropped_feature, (unsigned long long)s.runs[0],
	       (unsigned long long)s.runs[1], (unsigned long long)s.failed);
	s.passed += s.run - s.failed;
	s.all_failed += s.failed;
	s.all_runs += s.runs[0] + s.runs[1];
	s.skipped += s.tests - s.run;
	s.tests = s.run = s.failed = s.dropped_feature = s.runs[0] = s.runs[1] = 0;
	s.seen = 0;
}

int main(int argc, char **argv)
{
	const char *cpu = NULL, *machine = NULL, *bad;
	bool strict = false;
	int i;
	unsigned k, m;

	setvbuf(stdout, NULL, _IOLBF, 0); /* an hour of runs: what was found is seen at once */
	s.every = 1;
	s.cpl = -1;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--strict"))
			strict = true;
		else if (i + 1 == argc)
			return usage();
		else if (!strcmp(argv[i], "--every"))
			s.every = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--cpu"))
			cpu = argv[++i];
		else if (!strcmp(argv[i], "--how"))
			s.how = argv[++i];
		else if (!strcmp(argv[i], "--machine"))
			machine = argv[++i];
		else if (!strcmp(argv[i], "--cpl"))
			s.cpl = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--test"))
			s.test = argv[++i];
		else
			return usage();
	}
	for (k = 0; s.how && k < HOWS && strcmp(s.how, hows[k].name); k++)
		;
	if (i == argc || !s.every || (s.how && k == HOWS))
		return usage();
	/* Files that one machine could not read the others need not try. */
	for (m = 0; machine_kinds[m] && !s.damaged; m++) {
		if (machine && strcmp(machine, machine_kinds[m]))
			continue;
		bad = machine_open(&s.m, machine_kinds[m], cpu, strict);
		if (bad) {
			fprintf(stderr, "replay: skipped: %s\n", bad);
			return 77;
		}
		s.machine = machine_kinds[m];
		for (k = (unsigned)i; k < (unsigned)argc; k++)
			path(argv[k]);
		machine_close(s.m);
		summary();
	}
	if (!s.machine)
		return usage();
	printf("refvmm: ran %llu of %llu (vectors times machines), %llu runs, %llu differ\n",
	       (unsigned long long)(s.passed + s.all_failed),
	       (unsigned long long)(s.passed + s.all_failed + s.skipped),
	       (unsigned long long)s.all_runs, (unsigned long long)s.all_failed);
	return s.damaged || !s.passed ? 2 : s.all_failed ? 1 : 0;
}
