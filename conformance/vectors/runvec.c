/* SPDX-License-Identifier: MIT
 * runvec: sets of MOO vectors on refvmm, by librefvmm, in every configuration of the
 * engine.  See usage() and README.md.
 *
 * Exit: 0 all passed, 1 some failed, 2 usage, 3 a set cannot be read or the machine
 * not made.
 */
#include <cpuid.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/vectors/score.h"

/* The engine's configurations: machines, and on each the ways to run. */
static const struct machine {
	const char *name;
	struct refvmm_options o;
} machines[] = {
	{"plain", {.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20}},
	{"small", {.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20, .cache = 16384}},
	{"shift", {.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20, .shift = true}},
	{"count", {.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20, .count = true}},
};
static const struct way {
	const char *name;
	unsigned how;
	bool again;
} ways[] = {
	{"one-cold", REFVMM_ONE, false},
	{"one-hot", REFVMM_ONE, true},
	{"default-cold", 0, false},
	{"default-hot", 0, true},
	{"retranslate", REFVMM_RETRANSLATE, true},
};
#define MACHINES (sizeof(machines) / sizeof(*machines))
#define WAYS     (sizeof(ways) / sizeof(*ways))

static struct {
	bool machine[MACHINES], way[WAYS], opcodes;
	u32 sample;
	u64 seed;
	const char *only, *json;
	bool has_index;
	u32 only_index;
	char only_file[64];
	u32 show;
} opt = {.show = 20};

struct run {
	struct score score;
	struct player player;
	struct hostcheck host;
	const struct machine *machine;
	bool first; /* machine of this run: it counts the tests */
	struct result {
		u16 file;
		u8 class, worst; /* enum vclass, enum verdict */
	} * result;              /* of each test that ran, in order */
	u32 at, room, total, file;
};

static void usage(void)
{
	fputs("usage: runvec [OPTION]... DIR|FILE...\n"
	      "Run MOO vectors (*.MOO, *.MOO.gz; real-mode sets of an 8086, 80286, 80386) on "
	      "refvmm.\n"
	      "  --machine A,B   plain, small (cache of 16 KiB), shift (guest page 0 moved),\n"
	      "                  count (units counted); default: all\n"
	      "  --how A,B       one-cold, one-hot, default-cold, default-hot, retranslate;\n"
	      "                  default: all\n"
	      "  --sample N      about N tests of each DIR    --seed S   which (default 1)\n"
	      "  --only F[:I]    file F (as 80.4), test of index I\n"
	      "  --opcodes       a line per file              --show N   failures shown (20)\n"
	      "  --json FILE     the scores\n",
	      stderr);
}

static u64 mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* In the sample?  By file, index and seed alone, so that it is the same everywhere. */
static bool chosen(const struct run *r, const char *file, u32 index)
{
	u64 h = mix(opt.seed);

	if (opt.has_index && index != opt.only_index)
		return false;
	if (!opt.sample || opt.sample >= r->total)
		return true;
	for (; *file; file++)
		h = mix(h ^ (u8)*file);
	return mix(h ^ index) % r->total < opt.sample;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* One test on the present machine in every way; the first machine counts it. */
static bool run_test(struct run *r, const char *path, enum chip chip, const struct moo_file *f,
		     const struct moo_test *t)
{
	const char *drop = hostcheck_revoked(&r->host, t->hash) ? "revoked" : play_fits(t);
	struct expectation e;
	struct outcome o;
	enum verdict worst = PASS;

	expect(&e, chip, f, t, hostcheck_find(&r->host, base_of(path), t->index, t->hash));
	if (!drop)
		drop = e.drop;
	if (drop) {
		if (r->first)
			score_drop(&r->score, drop);
		return true;
	}
	for (unsigned w = 0; w < WAYS; w++) {
		if (!opt.way[w])
			continue;
		if (ways[w].again && !(w && opt.way[w - 1]))
			play(&r->player, &e, t, ways[w].how & ~(unsigned)REFVMM_RETRANSLATE, true,
			     &o); /* warm it */
		if (!ways[w].again)
			play_clean(&r->player, t);
		play(&r->player, &e, t, ways[w].how, ways[w].again, &o);
		if (o.verdict == FAIL)
			score_failure(&r->score, r->file, t, e.class, r->machine->name,
				      ways[w].name, o.text);
		if (worst < o.verdict)
			worst = o.verdict;
	}
	play_clean(&r->player, t);
	if (worst == FAIL)
		play_wipe(&r->player);
	if (r->at == r->room) {
		u32 room = r->room ? 2 * r->room : 4096;
		struct result *more = realloc(r->result, room * sizeof(*more));

		if (!more)
			return false;
		r->result = more;
		r->room = room;
	}
	if (r->first)
		r->result[r->at] = (struct result){(u16)r->file, (u8)e.class, (u8)worst};
	else if (r->result[r->at].worst < worst)
		r->result[r->at].worst = (u8)worst;
	r->at++;
	return true;
}

/* A byte far from all that tests of a file may write: run them one by one. */
static bool find_stray(struct run *r, const char *path, enum chip chip)
{
	struct moo_file f;
	struct moo_test t;
	u32 where;

	if (!moo_open(&f, path))
		return false;
	while (moo_next(&f, &t) == 1) {
		struct expectation e;
		struct outcome o;
		char text[64];

		expect(&e, chip, &f, &t, hostcheck_find(&r->host, base_of(path), t.index, t.hash));
		if (!chosen(r, base_of(path), t.index) || e.drop || play_fits(&t))
			continue;
		for (unsigned w = 0; w < WAYS; w++) {
			if (!opt.way[w])
				continue;
			play(&r->player, &e, &t, ways[w].how, ways[w].again, &o);
			play_clean(&r->player, &t);
			if (play_clear(&r->player, PLAY_REACH, &where))
				continue;
			snprintf(text, sizeof(text), "[%x] was written, which is not its memory",
				 where);
			score_failure(&r->score, r->file, &t, e.class, r->machine->name,
				      ways[w].name, text);
			play_wipe(&r->player);
		}
	}
	moo_close(&f);
	return true;
}

static bool run_file(struct run *r, const char *path)
{
	struct moo_file f;
	struct moo_test t;
	enum chip chip;
	u32 where;
	int more;

	if (!moo_open(&f, path)) {
		fprintf(stderr, "runvec: %s\n", f.error);
		return false;
	}
	if (!chip_of(&f, &chip) || f.meta.mode) {
		fprintf(stderr, "runvec: %s: %s '%s', mode %u\n", path,
			"not a real-mode set of an 8086, 80286 or 80386:", f.cpu, f.meta.mode);
		moo_close(&f);
		return false;
	}
	while ((more = moo_next(&f, &t)) == 1)
		if (chosen(r, base_of(path), t.index) && !run_test(r, path, chip, &f, &t)) {
			fprintf(stderr, "runvec: out of memory\n");
			moo_close(&f);
			return false;
		}
	if (more < 0)
		fprintf(stderr, "runvec: %s\n", f.error);
	moo_close(&f);
	if (more < 0)
		return false;
	if (!play_clear(&r->player, PLAY_REACH, &where)) {
		u32 before = r->score.n_failures;

		play_wipe(&r->player);
		if (find_stray(r, path, chip) && r->score.n_failures == before) {
			fprintf(stderr, "runvec: %s: byte %x changed, no test does it alone\n",
				path, where);
			return false;
		}
	}
	return true;
}

/* Paths of a set, sorted; NULL: none. */
static bool paths_of(const char *what, glob_t *g)
{
	struct stat st;
	char pattern[4096];

	memset(g, 0, sizeof(*g));
	if (stat(what, &st)) {
		fprintf(stderr, "runvec: %s: %s\n", what, strerror(errno));
		return false;
	}
	if (!S_ISDIR(st.st_mode))
		return glob(what, GLOB_NOSORT, NULL, g) == 0;
	snprintf(pattern, sizeof(pattern), "%s/*.MOO", what);
	glob(pattern, 0, NULL, g);
	snprintf(pattern, sizeof(pattern), "%s/*.MOO.gz", what);
	glob(pattern, GLOB_APPEND, NULL, g);
	if (!g->gl_pathc)
		fprintf(stderr, "runvec: %s: no *.MOO or *.MOO.gz\n", what);
	return g->gl_pathc != 0;
}

static bool wanted(const char *path)
{
	const char *base = base_of(path);
	size_t n = strlen(opt.only_file);

	return !opt.only ||
	       (!strncmp(base, opt.only_file, n) &&
		(!strcmp(base + n, ".MOO") || !strcmp(base + n, ".MOO.gz") || !base[n]));
}

static bool count_tests(struct run *r, const glob_t *g)
{
	struct moo_file f;

	for (size_t k = 0; k < g->gl_pathc; k++) {
		if (!moo_open(&f, g->gl_pathv[k])) {
			fprintf(stderr, "runvec: %s\n", f.error);
			return false;
		}
		r->total += f.count;
		moo_close(&f);
	}
	return true;
}

static bool run_machine(struct run *r, const glob_t *g)
{
	char why[REFVMM_REASON];
	bool ok = true;
	u32 eax, ebx, ecx, edx, where;

	/* The chip of HOST_CHECK is a Zen 4: such a host has to agree with it. */
	r->player.strict = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (eax >> 20 & 0xff) == 0xa &&
			   (eax >> 8 & 0xf) == 0xf;
	if (!play_open(&r->player, &r->machine->o, why)) {
		fprintf(stderr, "runvec: machine %s: %s\n", r->machine->name, why);
		return false;
	}
	r->at = 0;
	r->file = 0;
	for (size_t k = 0; ok && k < g->gl_pathc; k++) {
		if (!wanted(g->gl_pathv[k]))
			continue;
		ok = (!r->first || score_file(&r->score, g->gl_pathv[k])) &&
		     run_file(r, g->gl_pathv[k]);
		r->file++;
	}
	if (ok && !play_clear(&r->player, PLAY_MEMORY, &where)) {
		fprintf(stderr, "runvec: byte %x changed, where no test can write\n", where);
		ok = false;
	}
	play_close(&r->player);
	return ok;
}

/* Where HOST_CHECK and the list of revoked tests are. */
static const char *directory(const char *what, char dir[4096])
{
	struct stat st;
	char *slash;

	snprintf(dir, 4096, "%s", what);
	if (!stat(what, &st) && S_ISDIR(st.st_mode))
		return dir;
	slash = strrchr(dir, '/');
	if (!slash)
		return ".";
	*slash = 0;
	return dir;
}

static bool run_set(struct run *r, const char *what)
{
	char why[200];
	char dir[4096];
	glob_t g;
	bool ok;

	if (!paths_of(what, &g))
		return false;
	if (!hostcheck_load(&r->host, directory(what, dir), why)) {
		fprintf(stderr, "runvec: %s\n", why);
		return false;
	}
	r->total = 0;
	ok = !opt.sample || count_tests(r, &g);
	r->first = true;
	for (unsigned m = 0; ok && m < MACHINES; m++) {
		if (!opt.machine[m])
			continue;
		r->machine = &machines[m];
		ok = run_machine(r, &g);
		r->first = false;
	}
	for (u32 k = 0; ok && k < r->at; k++)
		score_test(&r->score, r->result[k].file, r->result[k].class, r->result[k].worst);
	globfree(&g);
	return ok;
}

/* How to run one failing test alone. */
static void print_failures(const struct score *s, const char *what)
{
	u32 n = s->n_failures < opt.show ? s->n_failures : opt.show;

	for (u32 k = 0; k < n; k++) {
		const struct failure *f = &s->failure[k];

		printf("FAIL %s:%u %s (%s, %s %s): %s\n"
		       "     alone: build/conformance/vectors/runvec --only %s:%u --machine %s "
		       "%s\n",
		       f->file, f->index, f->name, f->class, f->machine, f->how, f->text, f->file,
		       f->index, f->machine, what);
	}
	if (n < s->n_failures)
		printf("... and %u more, see --show and --json\n", s->n_failures - n);
}

/* "A,B" against the names of a table; false: one of them is none. */
static bool pick(const char *list, const char *const *name, unsigned n, bool *out)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		unsigned k = 0;

		while (k < n && (strlen(name[k]) != len || strncmp(name[k], list, len)))
			k++;
		if (k == n) {
			fprintf(stderr, "runvec: '%s' is none of:", list);
			for (k = 0; k < n; k++)
				fprintf(stderr, " %s", name[k]);
			fputc('\n', stderr);
			return false;
		}
		out[k] = true;
		list += len + (list[len] == ',');
	}
	return true;
}

static bool number(const char *text, u64 *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

static bool only(const char *text)
{
	size_t n = strcspn(text, ":");
	u64 index;

	if (n >= sizeof(opt.only_file))
		return false;
	opt.only = text;
	memcpy(opt.only_file, text, n);
	if (!text[n])
		return true;
	opt.has_index = number(text + n + 1, &index) && index <= 0xffffffff;
	opt.only_index = (u32)index;
	return opt.has_index;
}

static bool option(const char *name, const char *value)
{
	const char *names[MACHINES + WAYS];
	u64 n = 0;

	if (!strcmp(name, "--machine")) {
		for (unsigned k = 0; k < MACHINES; k++)
			names[k] = machines[k].name;
		return pick(value, names, MACHINES, opt.machine);
	}
	if (!strcmp(name, "--how")) {
		for (unsigned k = 0; k < WAYS; k++)
			names[k] = ways[k].name;
		return pick(value, names, WAYS, opt.way);
	}
	if (!strcmp(name, "--only"))
		return only(value);
	if (!strcmp(name, "--json")) {
		opt.json = value;
		return true;
	}
	if (!number(value, &n))
		return false;
	if (!strcmp(name, "--seed"))
		opt.seed = n;
	else if (!strcmp(name, "--sample") && n && n <= 0xffffffff)
		opt.sample = (u32)n;
	else if (!strcmp(name, "--show") && n <= 0xffffffff)
		opt.show = (u32)n;
	else
		return false;
	return true;
}

/* The sets begin at the result; 0: wrong usage. */
static int options(int argc, char **argv)
{
	bool any_machine = false, any_way = false;
	int k = 1;

	opt.seed = 1;
	for (; k < argc && argv[k][0] == '-'; k++) {
		if (!strcmp(argv[k], "--opcodes")) {
			opt.opcodes = true;
		} else if (k + 1 >= argc || !option(argv[k], argv[k + 1])) {
			fprintf(stderr, "runvec: %s\n", argv[k]);
			return 0;
		} else {
			k++;
		}
	}
	for (unsigned m = 0; m < MACHINES; m++)
		any_machine |= opt.machine[m];
	for (unsigned m = 0; !any_machine && m < MACHINES; m++)
		opt.machine[m] = true;
	for (unsigned w = 0; w < WAYS; w++)
		any_way |= opt.way[w];
	for (unsigned w = 0; !any_way && w < WAYS; w++)
		opt.way[w] = true;
	return k < argc ? k : 0;
}

static bool write_json(const struct score *s, const char *set)
{
	FILE *f = fopen(opt.json, "we");

	if (f)
		score_json(s, set, f);
	if (!f || ferror(f) | fclose(f)) {
		fprintf(stderr, "runvec: %s: %s\n", opt.json, strerror(errno));
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	u32 passed = 0, failed = 0, skipped = 0;
	bool ok = true;
	int k = options(argc, argv);

	if (!k) {
		usage();
		return 2;
	}
	for (; ok && k < argc; k++) {
		struct run r = {.score = {.vmm = "refvmm"}};

		ok = run_set(&r, argv[k]);
		if (!ok)
			break;
		printf("%s: %u files\n", argv[k], r.score.n_files);
		score_print(&r.score, stdout, opt.opcodes);
		print_failures(&r.score, argv[k]);
		if (opt.json)
			ok = write_json(&r.score, argv[k]);
		passed += r.score.all.passed;
		failed += r.score.all.failed;
		skipped += r.score.all.dropped;
		score_free(&r.score);
		hostcheck_free(&r.host);
		free(r.result);
	}
	if (!ok)
		return 3;
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return passed + failed == 0 ? 2 : failed != 0;
}
