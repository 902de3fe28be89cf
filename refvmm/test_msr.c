/* SPDX-License-Identifier: MIT
 * RDMSR, WRMSR and CPUID.
 */
#include "refvmm/cpuid.h"
#include "refvmm/test_support.h"

#include <string.h>

START_TEST(tsc)
{
	struct vcpu *v = start_protected(0);
	u64 value;

	v->gpr[R_ECX] = 0x10;
	v->gpr[R_EAX] = 0x89abcdef;
	v->gpr[R_EDX] = 0x01234567;
	ck_assert_int_eq(arch_wrmsr(v), MON_OK);
	v->gpr[R_EAX] = v->gpr[R_EDX] = 0;
	ck_assert_int_eq(arch_rdmsr(v), MON_OK);
	value = v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32;
	ck_assert_uint_ge(value, 0x0123456789abcdefull);
	ck_assert_uint_eq(value >> 48, 0x0123);
	ck_assert_uint_ge(arch_tsc(v), value);
}
END_TEST

START_TEST(others)
{
	static const u32 absent[] = {0x1b, 0x174, 0x1a0, 0x250, 0xc0000080, 0xffffffff};
	struct vcpu *v = start_protected(0);

	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		v->gpr[R_ECX] = absent[i];
		snapshot();
		ck_fault(arch_rdmsr(v), V_GP, 0);
		ck_fault(arch_wrmsr(v), V_GP, 0);
		ck_assert(unchanged());
	}
	v->gpr[R_ECX] = 0x17;
	v->gpr[R_EAX] = 5;
	ck_fault(arch_wrmsr(v), V_GP, 0);
	ck_assert_int_eq(arch_rdmsr(v), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0);
	v->gpr[R_ECX] = 0x8b;
	v->gpr[R_EAX] = 5;
	ck_assert_int_eq(arch_wrmsr(v), MON_OK);
	ck_assert_int_eq(arch_rdmsr(v), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0);
	for (unsigned ring = 1; ring < 4; ring++) {
		v = start_protected(ring);
		v->gpr[R_ECX] = 0x10;
		ck_fault(arch_rdmsr(v), V_GP, 0);
		ck_fault(arch_wrmsr(v), V_GP, 0);
	}
}
END_TEST

static void leaf(struct vcpu *v, u32 number)
{
	v->gpr[R_EAX] = number;
	v->gpr[R_ECX] = 0x5555;
	arch_cpuid(v);
}

START_TEST(cpuid)
{
	struct vcpu *v = start_protected(3);
	char text[49] = "";

	leaf(v, 0);
	ck_assert_uint_eq(v->gpr[R_EAX], 2);
	memcpy(text, &v->gpr[R_EBX], 4);
	memcpy(text + 4, &v->gpr[R_EDX], 4);
	memcpy(text + 8, &v->gpr[R_ECX], 4);
	ck_assert_str_eq(text, "GenuineIntel");
	leaf(v, 1);
	ck_assert_uint_eq(v->gpr[R_EAX] >> 8 & 15, 6);
	ck_assert_uint_eq(v->gpr[R_EDX], CPUID_FEATURES);
	ck_assert_uint_eq(v->gpr[R_ECX], 0);
	leaf(v, 0x80000000);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x80000004);
	for (u32 i = 0; i < 3; i++) {
		leaf(v, 0x80000002 + i);
		memcpy(text + 16 * i, &v->gpr[R_EAX], 4);
		memcpy(text + 16 * i + 4, &v->gpr[R_EBX], 4);
		memcpy(text + 16 * i + 8, &v->gpr[R_ECX], 4);
		memcpy(text + 16 * i + 12, &v->gpr[R_EDX], 4);
	}
	ck_assert_str_eq(text, "         Intel(R) Atom(TM) CPU N270   @ 1.60GHz");
	/* Beyond both ranges: the highest basic leaf. */
	leaf(v, 3);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x4fba5901);
	leaf(v, 0x80000005);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x4fba5901);
	leaf(v, 0x40000000);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x4fba5901);
}
END_TEST

int main(void)
{
	return RUN("msr", tsc, others, cpuid);
}
