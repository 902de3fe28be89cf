/* SPDX-License-Identifier: MIT
 * Random bytes as programs, by librefvmm: units of one instruction, default units,
 * units translated again each time, a small cache and a shifted window all have to
 * end alike, in registers, FPU and memory.  The seed is fixed; RANDOM_SEED and
 * RANDOM_COUNT in the environment choose others.
 */
#include "refvmm/librefvmm.h"
#include "refvmm/test_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY  (2u << 20)
#define CODE    0x10000u
#define PROGRAM 24u
#define UNITS   400u /* a program that runs longer says nothing: units differ */

static uint64_t seed;

static uint32_t random32(void)
{
	seed += 0x9e3779b97f4a7c15ull;
	uint64_t x = seed;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)(x ^ x >> 31);
}

struct program {
	uint8_t code[PROGRAM];
	struct refvmm_state start;
};

struct end {
	struct refvmm_exit exit;
	struct refvmm_state state;
	uint8_t memory[MEMORY];
};

/* Time goes on between two runs, and MSRs stay what a program made them. */
static bool repeatable(const uint8_t *code)
{
	for (unsigned k = 0; k + 1 < PROGRAM; k++)
		if (code[k] == 0x0f && (code[k + 1] & 0xfc) == 0x30)
			return false;
	return true;
}

static struct refvmm_segment segment(uint16_t selector, uint32_t base, uint32_t limit,
				     uint32_t attr)
{
	return (struct refvmm_segment){
		.selector = selector, .attr = attr, .base = base, .limit = limit};
}

static void make(struct refvmm *vm, struct program *p)
{
	unsigned mode = random32() % 3, cpl = mode == 2 ? 3 : 0;

	do
		for (unsigned k = 0; k < PROGRAM; k++)
			p->code[k] = (uint8_t)random32();
	while (!repeatable(p->code));
	refvmm_reset(vm);
	refvmm_get_state(vm, &p->start);
	for (unsigned k = 0; k < 8; k++)
		p->start.gpr[k] = random32() & (random32() & 1 ? 0x1ffff : 0xffffffff);
	p->start.gpr[REFVMM_ESP] = 0x8000 + (random32() & 0xff);
	p->start.eflags = (random32() & 0xcd5) | 2;
	p->start.cr4 = 0x600;
	p->start.cr0 = 0x30 | (mode ? 1 : 0);
	p->start.fxsave[0] = 0x7f;
	p->start.fxsave[1] = 3;
	p->start.fxsave[4] = 0;
	p->start.cpl = (uint8_t)cpl;
	p->start.eip = 0;
	for (unsigned k = 0; k < 6; k++) {
		bool code = k == REFVMM_CS;
		uint32_t big = random32() & 1 ? 0x400000 : 0;

		if (!mode)
			p->start.seg[k] =
				segment((uint16_t)(code ? CODE >> 4 : 0x2000 + 0x800 * k),
					code ? CODE : 0x20000 + 0x8000 * k, 0xffff, 0x9300);
		else
			p->start.seg[k] = segment((uint16_t)(8 + 8 * k + cpl),
						  code ? CODE : 0x20000 + 0x8000 * k,
						  code             ? 0xffff
						  : random32() & 1 ? 0xffff
								   : 0xffffffff,
						  (code ? 0x9b00 : 0x9300) | cpl << 13 | big);
	}
}

static void run(struct refvmm *vm, const struct program *p, unsigned how, struct end *e)
{
	static uint8_t halts[MEMORY];
	char reason[REFVMM_REASON] = "";

	memset(halts, 0xf4, sizeof(halts));
	memcpy(halts + CODE, p->code, PROGRAM);
	ck_assert_int_eq(refvmm_write(vm, 0, halts, MEMORY), 0);
	ck_assert_msg(refvmm_set_state(vm, &p->start, reason) == 0, "%s", reason);
	ck_assert_msg(refvmm_run(vm, how | REFVMM_HOLD, UNITS, &e->exit, reason) == 0, "%s",
		      reason);
	refvmm_get_state(vm, &e->state);
	memcpy(e->memory, refvmm_ram(vm), MEMORY);
}

static bool same_segments(const struct refvmm_state *a, const struct refvmm_state *b)
{
	for (unsigned n = 0; n < sizeof(a->seg) / sizeof(a->seg[0]); n++)
		if (a->seg[n].selector != b->seg[n].selector || a->seg[n].attr != b->seg[n].attr ||
		    a->seg[n].base != b->seg[n].base || a->seg[n].limit != b->seg[n].limit)
			return false;
	return true;
}

static void compare(const struct program *p, const struct end *a, const struct end *b, unsigned n,
		    unsigned how)
{
	char text[3 * PROGRAM + 1] = "";
	const char *what = NULL;

	if (a->exit.why == REFVMM_LIMIT || b->exit.why == REFVMM_LIMIT)
		return;
	if (a->exit.why != b->exit.why || a->exit.vector != b->exit.vector ||
	    a->exit.error != b->exit.error)
		what = "the end";
	else if (a->exit.why == REFVMM_UNSUPPORTED)
		return;
	else if (memcmp(a->state.gpr, b->state.gpr, sizeof(a->state.gpr)))
		what = "a register";
	else if (a->state.eip != b->state.eip || a->state.eflags != b->state.eflags)
		what = "EIP or EFLAGS";
	else if (!same_segments(&a->state, &b->state))
		what = "a segment";
	else if (memcmp(a->state.fxsave, b->state.fxsave, 416))
		what = "the FPU";
	else if (memcmp(a->memory, b->memory, MEMORY))
		what = "memory";
	if (!what)
		return;
	for (unsigned k = 0; k < PROGRAM; k++)
		sprintf(text + 3 * k, "%02x ", p->code[k]);
	ck_abort_msg("program %u, how %u: %s differs: %s %u at %x, %s %u at %x; cr0 %x cpl %u: %s",
		     n, how, what, refvmm_why_name(a->exit.why), a->exit.vector, a->state.eip,
		     refvmm_why_name(b->exit.why), b->exit.vector, b->state.eip, p->start.cr0,
		     p->start.cpl, text);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

START_TEST(alike)
{
	static struct end first, other;
	const struct refvmm_options o = {.memory = MEMORY,
					 .flat = true,
					 .count = true,
					 .shift = _i & 1,
					 .cache = _i & 2 ? 16384 : 0,
					 .hang_seconds = 20};
	unsigned count = (unsigned)from_environment("RANDOM_COUNT", 1000);
	char reason[REFVMM_REASON] = "";
	struct refvmm *vm;

	seed = from_environment("RANDOM_SEED", 1) + (unsigned)_i;
	ck_assert_msg(refvmm_create(&o, &vm, reason) == 0, "%s", reason);
	for (unsigned n = 0; n < count; n++) {
		static const unsigned hows[] = {0, 0, REFVMM_RETRANSLATE};
		struct program p;

		make(vm, &p);
		run(vm, &p, REFVMM_ONE, &first);
		for (unsigned k = 0; k < 3; k++) {
			run(vm, &p, hows[k], &other);
			compare(&p, &first, &other, n, hows[k]);
		}
	}
	refvmm_destroy(vm);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, alike, 0, 4);
}

TEST_MAIN("librandom")
