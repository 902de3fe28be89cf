/* SPDX-License-Identifier: MIT
 * An x87 store that raises an unmasked exception leaves memory alone, whichever
 * way the engine runs it (SDM vol. 1 section 8.5).  Found by vectors captured on a
 * processor; through librefvmm.
 */
#include "refvmm/librefvmm.h"
#include "refvmm/test_main.h"

#include <string.h>

#define DATA 0x20100u

static struct refvmm *vm;
static char reason[REFVMM_REASON];

/* Real mode, all segments at 20000h; ST(0) is a NaN, invalid operation unmasked or not. */
static unsigned stored(const char *code, unsigned n, bool masked)
{
	const struct refvmm_options o = {.memory = 2 << 20, .flat = true, .hang_seconds = 20};
	static const unsigned char nan[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0x7f};
	static const unsigned char before[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct refvmm_state s;
	struct refvmm_exit e;
	unsigned changed = 0, k;

	ck_assert_msg(refvmm_create(&o, &vm, reason) == 0, "%s", reason);
	refvmm_get_state(vm, &s);
	for (k = 0; k < 6; k++) {
		s.seg[k].selector = 0x2000;
		s.seg[k].base = 0x20000;
	}
	s.eip = 0;
	s.fxsave[0] = masked ? 0x7f : 0x7e;
	s.fxsave[1] = 0x03;
	s.fxsave[4] = 0xff;
	memcpy(s.fxsave + 32, nan, sizeof(nan));
	ck_assert_int_eq(refvmm_write(vm, 0x20000, code, n), 0);
	ck_assert_int_eq(refvmm_write(vm, DATA, before, sizeof(before)), 0);
	ck_assert_msg(refvmm_set_state(vm, &s, reason) == 0, "%s", reason);
	ck_assert_msg(refvmm_run(vm, REFVMM_HOLD, 0, &e, reason) == 0, "%s", reason);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	for (k = 0; k < 8; k++)
		changed += refvmm_ram(vm)[DATA + k] != before[k];
	refvmm_destroy(vm);
	return changed;
}

#define STORED(code, masked) stored(code "\xf4", sizeof(code), masked)
#define FIST                 "\xdb\x16\x00\x01"     /* fist dword [100h] */
#define GS_FIST              "\x65\xdb\x16\x00\x01" /* gs fist dword [100h] */
#define GS_FISTP64           "\x65\xdf\x3e\x00\x01" /* gs fistp qword [100h] */

START_TEST(unmasked)
{
	ck_assert_uint_eq(STORED(FIST, false), 0);
	ck_assert_uint_eq(STORED(GS_FIST, false), 0);
	ck_assert_uint_eq(STORED(GS_FISTP64, false), 0);
}
END_TEST

START_TEST(masked)
{
	ck_assert_uint_eq(STORED(FIST, true), 4);
	ck_assert_uint_eq(STORED(GS_FIST, true), 4);
	ck_assert_uint_eq(STORED(GS_FISTP64, true), 8);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, unmasked);
	tcase_add_test(tc, masked);
}

TEST_MAIN("x87 stores")
