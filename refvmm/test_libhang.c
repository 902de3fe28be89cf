/* SPDX-License-Identifier: MIT
 * librefvmm after a run that did not end (REFVMM_HANG).  The alarm hits the program
 * anywhere, in the middle of sequences that translated code goes through for one
 * instruction, too; whatever it was, the next program on the same machine has to do
 * what it does on a new one, in its first run.
 *
 * Every SIGALRM is a tick for the library, so a timer of the test makes a hang of
 * milliseconds; when exactly it strikes does not matter to a result.
 */
#include "refvmm/librefvmm.h"
#include "refvmm/test_main.h"

#include <string.h>
#include <sys/time.h>

#define MIB    0x100000u
#define ROUNDS 40u
#define CODE   0x10000u
#define GDT    0x8000u
/* Two selectors for data in each mode, and where they lead. */
#define LOW  0x20000u
#define HIGH 0x30000u
#define SEEN 0x100u /* bytes from each that are looked at */

enum { REAL, FLAT, MODES };

struct program {
	const char *what;
	uint8_t code[MODES][32];
};

/* AX and BX: the two selectors. */
static const struct program endless[] = {
	{"DS and ES",
	 {{0x8e, 0xd8, 0x8e, 0xc3, 0x8e, 0xdb, 0x8e, 0xc0, 0xeb, 0xf6},
	  {0x8e, 0xd8, 0x8e, 0xc3, 0x8e, 0xdb, 0x8e, 0xc0, 0xeb, 0xf6}}},
	{"FS and GS",
	 {{0x8e, 0xe0, 0x8e, 0xeb, 0x8e, 0xe3, 0x8e, 0xe8, 0xeb, 0xf6},
	  {0x8e, 0xe0, 0x8e, 0xeb, 0x8e, 0xe3, 0x8e, 0xe8, 0xeb, 0xf6}}},
	{"SS",
	 {{0x8e, 0xd0, 0x90, 0x8e, 0xd3, 0x90, 0xeb, 0xf8},
	  {0x8e, 0xd0, 0x90, 0x8e, 0xd3, 0x90, 0xeb, 0xf8}}},
	{"pop DS", {{0x50, 0x1f, 0x53, 0x1f, 0xeb, 0xfa}, {0x50, 0x1f, 0x53, 0x1f, 0xeb, 0xfa}}},
	{"movs",
	 {{0xb9, 0x00, 0x10, 0xf3, 0xa4, 0xeb, 0xf9},
	  {0xb9, 0x00, 0x10, 0x00, 0x00, 0x31, 0xf6, 0x31, 0xff, 0xf3, 0xa4, 0xeb, 0xf3}}},
	{"x87",
	 {{0xd9, 0xe8, 0xdd, 0x1e, 0x40, 0x00, 0xdb, 0xe3, 0xeb, 0xf6},
	  {0xd9, 0xe8, 0xdd, 0x1d, 0x40, 0x00, 0x00, 0x00, 0xdb, 0xe3, 0xeb, 0xf4}}},
	{"ports", {{0xe4, 0x42, 0xe6, 0x43, 0xeb, 0xfa}, {0xe4, 0x42, 0xe6, 0x43, 0xeb, 0xfa}}},
	/* inc byte cs:[104h]: the immediate of the next instruction; protected: through DS */
	{"its own code",
	 {{0x2e, 0xfe, 0x06, 0x06, 0x01, 0xb1, 0x00, 0xeb, 0xf7},
	  {0x36, 0xfe, 0x05, 0x08, 0x01, 0x01, 0x00, 0xb1, 0x00, 0xeb, 0xf5}}},
	{"calls", {{0xe8, 0x02, 0x00, 0xeb, 0xfb, 0xc3}, {0xe8, 2, 0, 0, 0, 0xeb, 0xf9, 0xc3}}},
	{"flags",
	 {{0xfa, 0x9c, 0x9d, 0xfd, 0xfc, 0xeb, 0xf9}, {0xfa, 0x9c, 0x9d, 0xfd, 0xfc, 0xeb, 0xf9}}},
};

/* AL through every segment, the selectors, a push, a port, the FPU. */
static const struct program known = {
	"known",
	{{0xa2, 0x40, 0x00, 0x26, 0xa2, 0x41, 0x00, 0x36, 0xa2, 0x42, 0x00,
	  0x64, 0xa2, 0x43, 0x00, 0x65, 0xa2, 0x44, 0x00, 0x50, 0x8c, 0xd9,
	  0x8c, 0xc2, 0x8c, 0xe3, 0x8c, 0xee, 0xd9, 0xe8, 0xf4},
	 {0xa2, 0x40, 0x00, 0x00, 0x00, 0x26, 0xa2, 0x41, 0x00, 0x00, 0x00,
	  0x64, 0xa2, 0x43, 0x00, 0x00, 0x00, 0x65, 0xa2, 0x44, 0x00, 0x00,
	  0x00, 0x50, 0x8c, 0xd9, 0x8c, 0xe2, 0xd9, 0xe8, 0xf4}},
};

static struct refvmm *vm;
static struct refvmm_state reset_state;
static char reason[REFVMM_REASON];

static uint16_t selector(unsigned mode, bool high)
{
	return (uint16_t)(mode == REAL ? (high ? HIGH : LOW) >> 4 : high ? 24 : 16);
}

/* All data segments are the low one, or the high one; protected: SS is flat. */
static struct refvmm_state start(unsigned mode, bool high)
{
	struct refvmm_state s = reset_state;

	for (unsigned k = 0; k < 6; k++) {
		s.seg[k].selector = selector(mode, high);
		s.seg[k].base = high ? HIGH : LOW;
		if (mode == FLAT) {
			s.seg[k].attr = 0xc09300;
			s.seg[k].limit = 0xffffffff;
		}
	}
	s.seg[REFVMM_CS].selector = mode == FLAT ? 8 : CODE >> 4;
	s.seg[REFVMM_CS].base = CODE;
	s.cr0 = 0x10;
	s.fxsave[0] = 0x7f; /* FNINIT */
	s.fxsave[1] = 3;
	s.fxsave[4] = 0;
	if (mode == FLAT) {
		s.seg[REFVMM_CS].attr = 0xc09b00;
		s.seg[REFVMM_SS].base = 0;
		s.seg[REFVMM_SS].selector = 32;
		s.cr0 |= 1;
		s.gdtr.base = GDT;
		s.gdtr.limit = 39;
	}
	s.gpr[REFVMM_EAX] = selector(mode, false);
	s.gpr[REFVMM_EBX] = selector(mode, true);
	s.gpr[REFVMM_ESP] = 0x9000;
	s.eip = 0x100;
	return s;
}

static void put(const struct program *p, unsigned mode)
{
	static const uint8_t gdt[40] = {
		[8] = 0xff,  0xff, 0, 0, 1, 0x9b, 0xcf, 0, /* code, CODE */
		[16] = 0xff, 0xff, 0, 0, 2, 0x93, 0xcf, 0, /* data, LOW */
		[24] = 0xff, 0xff, 0, 0, 3, 0x93, 0xcf, 0, /* data, HIGH */
		[32] = 0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0, /* data, flat */
	};

	refvmm_write(vm, GDT, gdt, sizeof(gdt));
	ck_assert_int_eq(refvmm_write(vm, CODE + 0x100, p->code[mode], 32), 0);
}

struct end {
	struct refvmm_exit exit;
	struct refvmm_state state;
	uint8_t low[SEEN], high[SEEN];
};

static bool same_segments(const struct refvmm_state *a, const struct refvmm_state *b)
{
	for (unsigned k = 0; k < sizeof(a->seg) / sizeof(a->seg[0]); k++)
		if (a->seg[k].selector != b->seg[k].selector || a->seg[k].attr != b->seg[k].attr ||
		    a->seg[k].base != b->seg[k].base || a->seg[k].limit != b->seg[k].limit)
			return false;
	return true;
}

static const char *different(const struct end *a, const struct end *b)
{
	if (a->exit.why != b->exit.why || a->exit.vector != b->exit.vector)
		return "the end";
	if (memcmp(a->state.gpr, b->state.gpr, sizeof(a->state.gpr)))
		return "a register";
	if (!same_segments(&a->state, &b->state))
		return "a segment";
	if (memcmp(a->state.fxsave, b->state.fxsave, 416))
		return "the FPU";
	if (a->state.eip != b->state.eip || a->state.eflags != b->state.eflags)
		return "EIP or EFLAGS";
	return memcmp(a->low, b->low, SEEN) || memcmp(a->high, b->high, SEEN) ? "memory" : NULL;
}

static void run_known(unsigned mode, bool high, uint8_t mark, unsigned how, struct end *e)
{
	static const uint8_t zero[SEEN];
	struct refvmm_state s = start(mode, high);

	memset(e, 0, sizeof(*e));
	s.gpr[REFVMM_EAX] = mark;
	put(&known, mode);
	refvmm_write(vm, LOW, zero, SEEN);
	refvmm_write(vm, HIGH, zero, SEEN);
	ck_assert_msg(!refvmm_set_state(vm, &s, reason), "%s", reason);
	ck_assert_msg(!refvmm_run(vm, how, 0, &e->exit, reason), "%s", reason);
	refvmm_get_state(vm, &e->state);
	refvmm_read(vm, LOW, e->low, SEEN);
	refvmm_read(vm, HIGH, e->high, SEEN);
}

/* Microseconds between two ticks; 0: none. */
static void ticks(long us)
{
	const struct itimerval t = {{0, us}, {0, us}};

	setitimer(ITIMER_REAL, &t, NULL);
}

static void run_endless(const struct program *p, unsigned mode, unsigned how, unsigned round)
{
	struct refvmm_state s = start(mode, false);
	struct refvmm_exit e;

	put(p, mode);
	ck_assert_msg(!refvmm_set_state(vm, &s, reason), "%s", reason);
	ticks(100 + 7 * (long)(round % 13));
	ck_assert_msg(!refvmm_run(vm, how, 0, &e, reason), "%s", reason);
	ticks(0);
	ck_assert_msg(e.why == REFVMM_HANG, "%s: %s %u %s", p->what, refvmm_why_name(e.why),
		      e.vector, e.text);
}

START_TEST(next_run_is_well)
{
	const struct refvmm_options o = {.memory = 2 * MIB,
					 .count = _i & 2,
					 .shift = _i & 4,
					 .cache = _i & 8 ? 16384 : 0,
					 .hang_seconds = 1};
	const unsigned mode = (unsigned)_i & 1, n = sizeof(endless) / sizeof(*endless);
	static const unsigned hows[] = {0, 0, 0, REFVMM_ONE, REFVMM_RETRANSLATE, REFVMM_COLD};
	struct end want[2], got;
	const char *wrong;

	ck_assert_msg(!refvmm_create(&o, &vm, reason), "%s", reason);
	refvmm_get_state(vm, &reset_state);
	for (unsigned high = 0; high < 2; high++)
		run_known(mode, high, 0x5a, REFVMM_HOLD, &want[high]);
	ck_assert_int_eq(want[0].exit.why, REFVMM_HLT);
	ck_assert(want[0].low[0x40] == 0x5a && want[1].high[0x40] == 0x5a);
	for (unsigned round = 0; round < ROUNDS * n; round++) {
		const struct program *p = &endless[round % n];
		unsigned how = hows[round / n % 6], high = round / n & 1;

		run_endless(p, mode, how, round);
		for (unsigned again = 0; again < 2; again++) {
			run_known(mode, high, 0x5a, how | REFVMM_HOLD, &got);
			wrong = different(&got, &want[high]);
			ck_assert_msg(!wrong,
				      "round %u, behind %s, run %u, how %u: %s differs, %s %u at "
				      "%x, 40: %02x and %02x",
				      round, p->what, again, how, wrong,
				      refvmm_why_name(got.exit.why), got.exit.vector, got.state.eip,
				      got.low[0x40], got.high[0x40]);
		}
	}
	refvmm_destroy(vm);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, next_run_is_well, 0, 16);
}

TEST_MAIN("libhang")
