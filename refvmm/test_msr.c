/* SPDX-License-Identifier: MIT
 * RDMSR, WRMSR and CPUID.
 */
#include "refvmm/cpuid.h"
#include "refvmm/test_support.h"

#include <string.h>

START_TEST(tsc)
{
	struct vcpu *v = start_protected(0);
	u64 value, before;

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
	/* It runs as the host's does, whoever uses the time. */
	before = __builtin_ia32_rdtsc();
	value = arch_tsc(v) - v->tsc_offset;
	ck_assert_uint_ge(value, before);
	ck_assert_uint_le(value, __builtin_ia32_rdtsc());
}
END_TEST

START_TEST(others)
{
	static const u32 absent[] = {0, 0x1b, 0x79, 0x177, 0x179, 0x210, 0x251, 0xc0000080, ~0u};
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
	ck_assert_uint_ge(v->gpr[R_EDX], 0x20e); /* else Linux shuns large pages */
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
	ck_assert_uint_eq(v->gpr[R_EAX] >> 16 & 15, 1);
	ck_assert_uint_eq(v->gpr[R_EBX], 0x800);
	ck_assert_uint_eq(v->gpr[R_EDX], 0x0789b97f);
	ck_assert_uint_eq(v->gpr[R_ECX], 0x201);
	v->host_lacks = F_SSSE3;
	leaf(v, 1);
	ck_assert_uint_eq(v->gpr[R_ECX], 1);
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

static enum mon write_msr(struct vcpu *v, u32 number, u64 value)
{
	v->gpr[R_ECX] = number;
	v->gpr[R_EAX] = (u32)value;
	v->gpr[R_EDX] = (u32)(value >> 32);
	return arch_wrmsr(v);
}

static u64 read_msr(struct vcpu *v, u32 number)
{
	v->gpr[R_ECX] = number;
	ck_assert_int_eq(arch_rdmsr(v), MON_OK);
	return v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32;
}

START_TEST(sysenter_registers)
{
	struct vcpu *v = start_protected(0);

	for (u32 k = 0; k < 3; k++)
		ck_assert_int_eq(write_msr(v, 0x174 + k, 0x100000010ull + k), MON_OK);
	for (u32 k = 0; k < 3; k++)
		ck_assert_uint_eq(read_msr(v, 0x174 + k), 0x10 + k);
	v->cpu = CPU_pentium;
	ck_fault(write_msr(v, 0x174, 8), V_GP, 0);
	ck_fault(arch_rdmsr(v), V_GP, 0);
}
END_TEST

START_TEST(misc_enable)
{
	struct vcpu *v = start_protected(0);

	v->msr_misc_enable = 1;
	ck_assert_uint_eq(read_msr(v, 0x1a0), 0x1801);
	ck_assert_int_eq(write_msr(v, 0x1a0, 0x401800), MON_OK);
	ck_assert_uint_eq(read_msr(v, 0x1a0), 0x401800);
	ck_fault(write_msr(v, 0x1a0, 0x1803), V_GP, 0);
	ck_fault(write_msr(v, 0x1a0, 1), V_GP, 0);
	v->cpu = CPU_pentium3;
	ck_fault(arch_rdmsr(v), V_GP, 0);
}
END_TEST

START_TEST(debugctl)
{
	struct vcpu *v = start_protected(0);

	ck_assert_int_eq(write_msr(v, 0x1d9, 0), MON_OK);
	ck_assert_uint_eq(read_msr(v, 0x1d9), 0);
	ck_assert_int_eq(write_msr(v, 0x1d9, 2), MON_STOP);
	ck_assert_str_eq(v->stop_text, "DEBUGCTL value 0x2: not supported");
	ck_fault(write_msr(v, 0x1d9, 0x10000), V_GP, 0);
}
END_TEST

/* Every model names itself, and none of the flags that make Linux isolate page
 * tables or look for devices that are not here. */
START_TEST(models)
{
	for (u8 k = 0; k < CPU_COUNT; k++) {
		const struct cpu_model *m = &cpu_models[k];
		struct vcpu *v = start_protected(0);

		v->cpu = k;
		leaf(v, 0);
		ck_case(m->name, "last leaf", v->gpr[R_EAX], m->cache[0] ? 2u : 1u);
		leaf(v, 1);
		ck_case(m->name, "signature", v->gpr[R_EAX], m->signature);
		ck_case(m->name, "EDX", v->gpr[R_EDX], m->edx);
		ck_case(m->name, "absent", v->gpr[R_EDX] & 0xf8744280, 0u);
		ck_assert_uint_le(strlen(m->brand), 47);
		leaf(v, 0x80000000);
		ck_case(m->name, "extended", v->gpr[R_EAX] >> 31, !!m->brand[0]);
	}
}
END_TEST

int main(void)
{
	return RUN("msr", tsc, others, cpuid, sysenter_registers, misc_enable, debugctl, models);
}
