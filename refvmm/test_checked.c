/* SPDX-License-Identifier: MIT
 * With alignment checked, what comes before the operand: a fetch beyond the
 * limit of CS, #NM, a pending x87 error.  Found by vectors captured on a
 * processor (conformance/vectors/host32); through librefvmm.
 */
#include "refvmm/librefvmm.h"
#include "refvmm/test_main.h"

#include <string.h>

#define FLAG_AC   0x40000u
#define DIRECTORY 0x100000u
#define CODE      0x20000u
#define DATA      0x30001u /* misaligned */

static struct refvmm *vm;
static char reason[REFVMM_REASON];

static void setup(void)
{
	const struct refvmm_options o = {.memory = 2 << 20, .flat = true, .hang_seconds = 20};

	ck_assert_msg(refvmm_create(&o, &vm, reason) == 0, "%s", reason);
}

static void teardown(void)
{
	refvmm_destroy(vm);
}

/* CPL 3, flat data, 64 KiB of 32-bit code, CR0.AM and EFLAGS.AC. */
static struct refvmm_state state(void)
{
	struct refvmm_state s;
	uint32_t entry = 0x87; /* a 4 MiB page, P W U */
	unsigned k;

	refvmm_reset(vm);
	ck_assert_int_eq(refvmm_write(vm, DIRECTORY, &entry, sizeof(entry)), 0);
	refvmm_get_state(vm, &s);
	for (k = 0; k < 6; k++) {
		s.seg[k] = (struct refvmm_segment){0x17, 0xc0f300, 0, 0xffffffff};
		if (k == REFVMM_CS)
			s.seg[k] = (struct refvmm_segment){0x0f, 0x40fb00, CODE, 0xffff};
	}
	s.cr0 = 0x80050033; /* PG AM WP NE ET MP PE */
	s.cr3 = DIRECTORY;
	s.cr4 = 0x610; /* PSE, OSFXSR, OSXMMEXCPT */
	s.cpl = 3;
	s.eip = 0;
	s.eflags = 2 | FLAG_AC;
	s.gpr[REFVMM_EBX] = DATA;
	return s;
}

static unsigned vector(const struct refvmm_state *s, const char *code, unsigned n)
{
	struct refvmm_exit e;

	ck_assert_int_eq(refvmm_write(vm, CODE + s->eip, code, n), 0);
	ck_assert_msg(refvmm_set_state(vm, s, reason) == 0, "%s", reason);
	ck_assert_msg(refvmm_run(vm, REFVMM_HOLD | REFVMM_COLD, 0, &e, reason) == 0, "%s", reason);
	ck_assert_int_eq(e.why, REFVMM_EXCEPTION);
	return e.vector;
}

#define VECTOR(s, code) vector(&(s), code "\xf4", sizeof(code))
#define MOV_MEM         "\x8b\x03"     /* mov eax,[ebx] */
#define FLD_MEM         "\xd9\x03"     /* fld dword [ebx] */
#define PADDB_MEM       "\x0f\xfc\x03" /* paddb mm0,[ebx] */
#define FNSTCW_MEM      "\xd9\x3b"     /* fnstcw [ebx] */

START_TEST(operand)
{
	struct refvmm_state s = state();

	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 17);
	ck_assert_uint_eq(VECTOR(s, FLD_MEM), 17);
	ck_assert_uint_eq(VECTOR(s, PADDB_MEM), 17);
	s.gpr[REFVMM_EBX] &= ~7u;
	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 13); /* the HLT */
}
END_TEST

START_TEST(fetch)
{
	struct refvmm_state s = state();

	s.eip = 0xffff;
	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 13);
	s.eip = 0xfffe;
	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 17);
}
END_TEST

START_TEST(not_available)
{
	struct refvmm_state s = state();

	s.cr0 |= 8; /* TS */
	ck_assert_uint_eq(VECTOR(s, FLD_MEM), 7);
	ck_assert_uint_eq(VECTOR(s, PADDB_MEM), 7);
	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 17);
}
END_TEST

START_TEST(pending)
{
	struct refvmm_state s = state();

	s.fxsave[0] = 0x7e; /* FCW: invalid operation unmasked */
	s.fxsave[1] = 0x03;
	s.fxsave[2] = 0x81; /* FSW: IE ES */
	s.fxsave[3] = 0x80; /* B */
	ck_assert_uint_eq(VECTOR(s, FLD_MEM), 16);
	ck_assert_uint_eq(VECTOR(s, PADDB_MEM), 16);
	ck_assert_uint_eq(VECTOR(s, FNSTCW_MEM), 17);
	ck_assert_uint_eq(VECTOR(s, MOV_MEM), 17);
}
END_TEST

/* #AC or none, as the processor likes (SDM vol. 2B MOVUPS), but no #GP. */
START_TEST(unaligned)
{
	struct refvmm_state s = state();
	struct refvmm_state after;
	unsigned v = VECTOR(s, "\x0f\x10\x03"); /* movups xmm0,[ebx] */

	refvmm_get_state(vm, &after);
	ck_assert_msg(v == 17 || (v == 13 && after.eip == 3), "vector %u at %x", v, after.eip);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, operand);
	tcase_add_test(tc, fetch);
	tcase_add_test(tc, not_available);
	tcase_add_test(tc, pending);
	tcase_add_test(tc, unaligned);
}

TEST_MAIN("checked mode")
