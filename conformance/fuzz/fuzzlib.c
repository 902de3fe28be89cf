/* SPDX-License-Identifier: MIT
 * Generated programs on librefvmm, in one process: each runs in several ways of the
 * engine, which must all say and leave the same.  No firmware, no board and no
 * oracle: what all of them do wrong is found by image.sh, what one of them does here,
 * many times faster.
 *
 * The program is set up once by its runtime (to the first line on port E9) and copied;
 * every way starts from the copy and ends where the runtime would print the result:
 * registers and the hash of all traps are in memory then, which is compared.  Interrupts of the
 * clock (clock.inc) come by refvmm_interrupt().
 */
#include "conformance/fuzz/gen.h"
#include "refvmm/librefvmm.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RAM       (16u << 20)
#define TEXT      (4u << 20)
#define INT_COM1  0x24
#define PORT_COM1 0x3f9

static const struct way {
	const char *name;
	unsigned how;
} ways[] = {
	{"cold", REFVMM_COLD},
	{"hot", 0},
	{"one", REFVMM_COLD | REFVMM_ONE},
	{"retranslate", REFVMM_COLD | REFVMM_RETRANSLATE},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct machine {
	struct refvmm *vm;
	char text[TEXT];
	u32 n;
	u8 ier;
	bool ended, started;
};

static struct machine m;
static u8 copy[RAM], left[RAM];

static uint32_t in(void *arg, uint16_t port, unsigned size)
{
	u32 ones = 0xffffffffu >> (32 - 8 * size);

	return port == 0xe9 ? 0xe9 | (ones & ~0xffu) : port == 0x3fa ? 1 : ones;
}

/* A character on port E9: the runtime is ready behind its first line, and has done with
 * the program at a line R. */
static void say(u32 c)
{
	bool first = !m.n || m.text[m.n - 1] == '\n';

	if (m.n < TEXT - 1)
		m.text[m.n++] = (char)c;
	if ((!m.started && c == '\n') || (first && c == 'R')) {
		m.ended = m.started;
		m.started = true;
		refvmm_stop(m.vm);
	}
}

static void out(void *arg, uint16_t port, uint32_t value, unsigned size)
{
	switch (port) {
	case 0xe9:
		say(value & 0xff);
		break;
	case 0xf4:
		m.ended = true;
		refvmm_stop(m.vm);
		break;
	case PORT_COM1:
		/* The transmitter is empty: enabling its interrupt asks for one. */
		if ((value & 2) && !(m.ier & 2))
			refvmm_interrupt(m.vm, INT_COM1);
		m.ier = (u8)value;
		break;
	}
}

/* Runs until `*until`; NULL, or what came instead. */
static const char *run(unsigned how, const bool *until)
{
	static struct refvmm_exit e;
	char *reason = e.text;
	u32 halts = 0;

	while (!*until) {
		if (refvmm_run(m.vm, how, 0, &e, reason))
			return reason;
		how &= ~(unsigned)REFVMM_COLD;
		if (e.why == REFVMM_HLT && ++halts < 10000)
			continue;
		if (e.why != REFVMM_STOPPED && e.why != REFVMM_FERR)
			return e.text[0] ? e.text : refvmm_why_name(e.why);
	}
	return NULL;
}

static bool load(const struct gen *g, const char *boot, const char *runtime)
{
	static u8 image[512 * (FZ_SECTORS + 1)];
	struct refvmm_state s;

	if (!make_image(g, boot, runtime, image)) {
		fprintf(stderr, "fuzzlib: cannot read the boot sector or the runtime\n");
		exit(1);
	}
	memset(copy, 0, RAM);
	refvmm_write(m.vm, 0, copy, RAM);
	refvmm_write(m.vm, FZ_RUNTIME, image + 512, 0x8000);
	refvmm_write(m.vm, FZ_CODE16, image + 512 + 0x8000, FZ_CODE_SIZE);
	refvmm_write(m.vm, FZ_CODE32, image + 512 + 0xc000, FZ_CODE_SIZE);
	if (g->paging)
		refvmm_write(m.vm, FZ_TABLES, image + 512 + 0x10000, FZ_TABLES_SIZE);
	refvmm_reset(m.vm);
	refvmm_get_state(m.vm, &s);
	s.seg[REFVMM_CS].selector = 0;
	s.seg[REFVMM_CS].base = 0;
	s.eip = FZ_RUNTIME;
	s.gpr[REFVMM_ESP] = 0x7c00;
	return !refvmm_set_state(m.vm, &s, NULL);
}

/* All ways of one seed.  False: they differ, or one did not end; said on stdout. */
static bool seed_passes(u64 seed, const struct gen *g, u32 ram)
{
	static char text[TEXT];
	struct refvmm_state s;
	const char *wrong;
	u32 n;
	u8 ier;

	m.n = m.ier = 0;
	m.started = m.ended = false;
	wrong = run(REFVMM_COLD, &m.started);
	if (wrong) {
		printf("%llu\tsetup\t%s\n", (unsigned long long)seed, wrong);
		return false;
	}
	n = m.n;
	ier = m.ier;
	refvmm_get_state(m.vm, &s);
	memcpy(copy, refvmm_ram(m.vm), ram);
	for (u32 k = 0; k < WAYS; k++) {
		if (k) {
			/* Reset drops translations, and the request of an interrupt. */
			if ((ways[k].how & REFVMM_COLD) || (m.ier & 2))
				refvmm_reset(m.vm);
			m.n = n;
			m.ier = ier;
			m.ended = false;
			refvmm_write(m.vm, 0, copy, ram);
			if (refvmm_set_state(m.vm, &s, NULL)) {
				printf("%llu\t%s\tthe state is refused\n", (unsigned long long)seed,
				       ways[k].name);
				return false;
			}
		}
		wrong = run(ways[k].how, &m.ended);
		if (wrong) {
			printf("%llu\t%s\t%s\n", (unsigned long long)seed, ways[k].name, wrong);
			return false;
		}
		m.text[m.n] = 0;
		if (!k) {
			memcpy(text, m.text, m.n + 1);
			memcpy(left, refvmm_ram(m.vm), ram);
			continue;
		}
		for (const char *a = text, *b = m.text; *a || *b; a++, b++)
			if (*a != *b) {
				while (a > text && a[-1] != '\n')
					a--, b--;
				printf("%llu\t%s\t%.*s | %.*s\n", (unsigned long long)seed,
				       ways[k].name, (int)strcspn(a, "\n"), a,
				       (int)strcspn(b, "\n"), b);
				return false;
			}
		if (memcmp(left, refvmm_ram(m.vm), ram)) {
			u32 at = 0;

			while (left[at] == refvmm_ram(m.vm)[at])
				at++;
			printf("%llu\t%s\tmemory at %x\n", (unsigned long long)seed, ways[k].name,
			       at);
			return false;
		}
	}
	return true;
}

static const char usage[] =
	"usage: fuzzlib --boot FILE --runtime FILE [--seed N] [--count N] [--places N] [--seconds "
	"N]\n"
	"               [--shift] [--cache KIB] [--verbose LEVEL]\n"
	"Runs seeds (even ones: without IRQ0) cold, hot, an instruction at a time and always\n"
	"translated again; prints a line for each that differs.  Exit: 0 none, 1 some, 2 usage.\n";

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"boot", 1, 0, 'b'},    {"runtime", 1, 0, 'r'}, {"seed", 1, 0, 's'},
		{"count", 1, 0, 'n'},   {"places", 1, 0, 'p'},  {"shift", 0, 0, 'z'},
		{"verbose", 1, 0, 'v'}, {"cache", 1, 0, 'c'},   {"seconds", 1, 0, 't'},
		{0, 0, 0, 0},
	};
	static struct gen g;
	struct refvmm_options o = {.memory = RAM,
				   .flat = true,
				   .cpu = "pentium4",
				   .hang_seconds = 60,
				   .in = in,
				   .out = out};
	const char *boot = NULL, *runtime = NULL;
	u64 seed = 0, count = 100, done = 0, bad = 0, blocks = 0;
	struct timespec a, b;
	char reason[REFVMM_REASON];
	u32 places = 20, verbose = 0;
	double seconds = 0, spent = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'b':
			boot = optarg;
			break;
		case 'r':
			runtime = optarg;
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			count = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			places = (u32)atoi(optarg);
			break;
		case 'z':
			o.shift = true;
			break;
		case 'c':
			o.cache = (u32)atoi(optarg) << 10;
			break;
		case 'v':
			verbose = (u32)atoi(optarg);
			break;
		case 't':
			seconds = atof(optarg);
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!boot || !runtime || optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	if (refvmm_create(&o, &m.vm, reason)) {
		fprintf(stderr, "fuzzlib: %s\n", reason);
		return 77;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	seed &= ~1ull;
	for (; seconds > 0 ? spent < seconds : done < count; done++, seed += 2) {
		struct options opt = {
			.seed = seed, .last = FZ_MAX_BLOCKS, .places = places, .verbose = verbose};

		generate(&g, &opt);
		blocks += places ? places : g.n_blocks + 60;
		if (!load(&g, boot, runtime)) {
			printf("%llu\tload\tthe first state is refused\n",
			       (unsigned long long)seed);
			bad++;
			continue;
		}
		bad += !seed_passes(seed, &g, g.paging ? 3 * FZ_BIG : 2u << 20);
		clock_gettime(CLOCK_MONOTONIC, &b);
		spent = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	}
	refvmm_destroy(m.vm);
	printf("fuzzlib: %llu programs in %.1f s, each %u ways: %.0f blocks a second\n",
	       (unsigned long long)done, spent, (unsigned)WAYS, (double)(blocks * WAYS) / spent);
	printf("%llu passed, %llu failed, 0 skipped\n", (unsigned long long)(done - bad),
	       (unsigned long long)bad);
	return bad != 0;
}
