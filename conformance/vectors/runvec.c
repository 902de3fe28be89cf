/* SPDX-License-Identifier: MIT
 * runvec: sets of MOO vectors on refvmm, by librefvmm, in every configuration of the
 * engine.  See usage() and README.md.
 *
 * Exit: 0 all passed, 1 some failed, 2 usage or no test, 3 a set cannot be read or the
 * machine not made.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/play.h"
#include "conformance/vectors/score.h"
#include "conformance/vectors/vset.h"

/* The engine's configurations: machines, and on each the ways to run. */
#define MACHINE .memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20
static const struct machine {
	const char *name;
	struct refvmm_options o;
} machines[] = {
	{"plain", {MACHINE}},
	{"small", {MACHINE, .cache = 16384}},
	{"shift", {MACHINE, .shift = true}},
	{"count", {MACHINE, .count = true}},
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
	struct vset_choice choice;
	const char *json;
	u32 show;
} opt = {.show = 20, .choice.seed = 1};

/* Of each test that ran, in order. */
struct result {
	u16 file;
	u8 class, worst; /* enum vclass, enum verdict */
};

struct run {
	struct score score;
	struct player player;
	struct vset set;
	const struct machine *machine;
	bool first; /* machine of this run: it counts the tests */

	struct result *result;
	u32 at, room, file;
	char why[400];
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

static const char *drop_of(const struct vset_test *v)
{
	return v->drop ? v->drop : play_fits(v->t);
}

static bool record(struct run *r, const struct vset_test *v, enum verdict worst)
{
	if (r->at == r->room) {
		u32 room = r->room ? 2 * r->room : 4096;
		struct result *more = realloc(r->result, room * sizeof(*more));

		if (!more) {
			snprintf(r->why, sizeof(r->why), "out of memory");
			return false;
		}
		r->result = more;
		r->room = room;
	}
	if (r->first)
		r->result[r->at] = (struct result){(u16)v->file, (u8)v->e.class, (u8)worst};
	else if (r->result[r->at].worst < worst)
		r->result[r->at].worst = (u8)worst;
	r->at++;
	return true;
}

/* One test on the present machine in every way; the first machine counts it. */
static bool run_test(void *arg, const struct vset_test *v)
{
	struct run *r = arg;
	struct outcome o;
	enum verdict worst = PASS;

	if (drop_of(v)) {
		if (r->first)
			score_drop(&r->score, drop_of(v));
		return true;
	}
	for (unsigned w = 0; w < WAYS; w++) {
		if (!opt.way[w])
			continue;
		if (ways[w].again && !(w && opt.way[w - 1]))
			play(&r->player, &v->e, v->t, ways[w].how & ~(unsigned)REFVMM_RETRANSLATE,
			     true, &o); /* warm it */
		if (!ways[w].again)
			play_clean(&r->player, v->t);
		play(&r->player, &v->e, v->t, ways[w].how, ways[w].again, &o);
		if (o.verdict == FAIL)
			score_failure(&r->score, v->file, v->t, v->e.class, r->machine->name,
				      ways[w].name, o.text, "");
		if (worst < o.verdict)
			worst = o.verdict;
	}
	play_clean(&r->player, v->t);
	if (worst == FAIL)
		play_wipe(&r->player);
	return record(r, v, worst);
}

/* The same test for a byte that changed far from its memory. */
static bool stray_test(void *arg, const struct vset_test *v)
{
	struct run *r = arg;
	struct outcome o;
	char text[64];
	u32 where;

	for (unsigned w = 0; !drop_of(v) && w < WAYS; w++) {
		if (!opt.way[w])
			continue;
		play(&r->player, &v->e, v->t, ways[w].how, ways[w].again, &o);
		play_clean(&r->player, v->t);
		if (play_clear(&r->player, PLAY_REACH, &where))
			continue;
		snprintf(text, sizeof(text), "[%x] was written, which is not its memory", where);
		score_failure(&r->score, r->file, v->t, v->e.class, r->machine->name, ways[w].name,
			      text, "");
		r->result[r->at - 1].worst = FAIL;
		play_wipe(&r->player);
	}
	return true;
}

static bool begin_file(void *arg, const char *path)
{
	struct run *r = arg;

	if (r->first && !score_file(&r->score, path)) {
		snprintf(r->why, sizeof(r->why), "out of memory");
		return false;
	}
	return true;
}

static bool end_file(void *arg, const char *path)
{
	struct run *r = arg;
	const struct vset_visitor v = {.arg = r, .test = stray_test};
	u32 where, before = r->score.n_failures;
	struct vset one;
	bool ok;

	if (!play_clear(&r->player, PLAY_REACH, &where)) {
		play_wipe(&r->player);
		if (!vset_open(&one, path, &opt.choice, r->why))
			return false;
		one.total = r->set.total;
		ok = vset_walk(&one, &v, r->why);
		vset_close(&one);
		if (ok && r->score.n_failures == before) {
			snprintf(r->why, sizeof(r->why),
				 "%.200s: byte %x changed, no test does it alone", path, where);
			return false;
		}
	}
	r->file++;
	return true;
}

static bool run_machine(struct run *r)
{
	const struct vset_visitor v = {r, begin_file, run_test, end_file};
	char why[400] = "";
	u32 eax, ebx, ecx, edx, where;
	bool ok;

	/* The chip of HOST_CHECK is an AMD Zen 4 (family 19h); Zen 5 (1Ah) gives the same
	 * flags in all of them: such hosts have to agree with it. */
	r->player.strict = __get_cpuid(0, &eax, &ebx, &ecx, &edx) && ecx == signature_AMD_ecx &&
			   __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (eax >> 8 & 0xf) == 0xf &&
			   ((eax >> 20 & 0xff) == 0xa || (eax >> 20 & 0xff) == 0xb);
	if (!play_open(&r->player, &r->machine->o, why)) {
		snprintf(r->why, sizeof(r->why), "machine %s: %.300s", r->machine->name, why);
		return false;
	}
	r->at = r->file = 0;
	ok = vset_walk(&r->set, &v, why);
	if (!ok && why[0])
		snprintf(r->why, sizeof(r->why), "%s", why);
	if (ok && !play_clear(&r->player, PLAY_MEMORY, &where)) {
		snprintf(r->why, sizeof(r->why), "byte %x changed, where no test can write", where);
		ok = false;
	}
	play_close(&r->player);
	return ok;
}

static bool run_set(struct run *r, const char *what)
{
	bool ok = true;

	if (!vset_open(&r->set, what, &opt.choice, r->why))
		return false;
	r->first = true;
	for (unsigned m = 0; ok && m < MACHINES; m++) {
		if (!opt.machine[m])
			continue;
		r->machine = &machines[m];
		ok = run_machine(r);
		r->first = false;
	}
	for (u32 k = 0; ok && k < r->at; k++)
		score_test(&r->score, r->result[k].file, r->result[k].class, r->result[k].worst);
	vset_close(&r->set);
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
		return vset_only(&opt.choice, value);
	if (!strcmp(name, "--json")) {
		opt.json = value;
		return true;
	}
	if (!vset_number(value, &n))
		return false;
	if (!strcmp(name, "--seed"))
		opt.choice.seed = n;
	else if (!strcmp(name, "--sample") && n && n <= 0xffffffff)
		opt.choice.sample = (u32)n;
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

int main(int argc, char **argv)
{
	u32 passed = 0, failed = 0, skipped = 0;
	int k = options(argc, argv);

	if (!k) {
		usage();
		return 2;
	}
	for (; k < argc; k++) {
		struct run r = {.score = {.vmm = "refvmm"}};

		if (!run_set(&r, argv[k])) {
			fprintf(stderr, "runvec: %s\n", r.why);
			return 3;
		}
		printf("%s: %u files\n", argv[k], r.score.n_files);
		score_print(&r.score, stdout, opt.opcodes);
		print_failures(&r.score, argv[k]);
		if (opt.json && !score_save(&r.score, argv[k], opt.json)) {
			fprintf(stderr, "runvec: %s: %s\n", opt.json, strerror(errno));
			return 3;
		}
		passed += r.score.all.passed;
		failed += r.score.all.failed;
		skipped += r.score.all.dropped;
		score_free(&r.score);
		free(r.result);
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return passed + failed == 0 ? 2 : failed != 0;
}
