/* SPDX-License-Identifier: MIT
 * MTRRs and PAT: what they hold and what they refuse.
 */
#include "refvmm/cpuid.h"
#include "refvmm/mtrr.h"
#include "refvmm/test_support.h"

static const struct {
	const char *name;
	u32 number;
	u64 value;
	bool ok;
} writes_of[] = {
	{"cap", 0xfe, 0x508, false},
	{"base", 0x200, 0xfff000006, true},
	{"base, reserved type", 0x200, 2, false},
	{"base, reserved type", 0x20e, 3, false},
	{"base, type 7", 0x200, 7, false},
	{"base, bit 8", 0x200, 0x106, false},
	{"base, 37 bits", 0x200, 0x1000000000, false},
	{"mask", 0x201, 0xffffff800, true},
	{"mask, bit 10", 0x20f, 0xfffc00c00, false},
	{"mask, 37 bits", 0x201, 0x1ffffff800, false},
	{"no ninth range", 0x210, 0, false},
	{"64K", 0x250, 0x0606060606060606, true},
	{"64K, reserved type", 0x250, 0x0606060602060606, false},
	{"16K", 0x258, 0x0001040506060606, true},
	{"16K", 0x259, 0, true},
	{"none", 0x25a, 0, false},
	{"4K", 0x268, 0x0505050505050505, true},
	{"4K", 0x26f, 0x0505050505050507, false},
	{"none", 0x270, 0, false},
	{"default", 0x2ff, 0xc06, true},
	{"default, bit 8", 0x2ff, 0x100, false},
	{"default, type 2", 0x2ff, 2, false},
	{"PAT", 0x277, 0x0007040600070401, true},
	{"PAT, type 2", 0x277, 0x0007040600070402, false},
};

START_TEST(writing)
{
	struct vcpu *v = start_protected(0);

	for (unsigned k = 0; k < sizeof(writes_of) / sizeof(writes_of[0]); k++) {
		u64 before = 0, after = 0;
		bool there = mtrr_read(v, writes_of[k].number, &before);

		ck_case(writes_of[k].name, "taken",
			mtrr_write(v, writes_of[k].number, writes_of[k].value), writes_of[k].ok);
		ck_case(writes_of[k].name, "there", mtrr_read(v, writes_of[k].number, &after),
			there);
		ck_assert_msg(after == (writes_of[k].ok ? writes_of[k].value : before), "%s",
			      writes_of[k].name);
	}
}
END_TEST

START_TEST(reset_values)
{
	struct vcpu *v = start_protected(0);
	u64 value;

	v->mtrr_var[15] = v->mtrr_fix[10] = v->mtrr_def_type = 6;
	mtrr_reset(v);
	ck_assert(mtrr_read(v, 0x277, &value));
	ck_assert_uint_eq(value, 0x0007040600070406);
	ck_assert(mtrr_read(v, 0xfe, &value));
	ck_assert_uint_eq(value, 0x508);
	ck_assert_uint_eq(v->mtrr_var[15] | v->mtrr_fix[10] | v->mtrr_def_type, 0);
}
END_TEST

START_TEST(older_processors)
{
	static const u32 numbers[] = {0xfe, 0x200, 0x250, 0x268, 0x277, 0x2ff};
	struct vcpu *v = start_protected(0);
	u64 value;

	v->cpu = CPU_pentium;
	for (unsigned k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
		ck_assert(!mtrr_read(v, numbers[k], &value));
		ck_assert(!mtrr_write(v, numbers[k], 0));
	}
}
END_TEST

int main(void)
{
	return RUN("mtrr", writing, reset_values, older_processors);
}
