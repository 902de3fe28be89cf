/* SPDX-License-Identifier: MIT
 * SYSENTER and SYSEXIT: the segments they make up, and when they refuse.
 */
#include "refvmm/test_support.h"

static void set_msrs(struct vcpu *v, u32 cs)
{
	v->msr_sysenter[0] = cs;
	v->msr_sysenter[1] = 0x12345678;
	v->msr_sysenter[2] = 0xc0001000;
}

START_TEST(enter)
{
	struct vcpu *v = start_protected(3);

	set_msrs(v, 0x61);
	vcpu_set_eflags(v, FL_IF | FL_RF | FL_TF | FL_NT | FL_CF | FL_IOPL);
	ck_assert_int_eq(arch_sysenter(v), MON_OK);
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert_uint_eq(v->eip, 0xc0001000);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12345678);
	ck_assert_uint_eq(v->gsel[S_CS], 0x60);
	ck_assert_uint_eq(v->gsel[S_SS], 0x68);
	ck_assert_uint_eq(v->seg[S_CS].attr, 0x00c09b00);
	ck_assert_uint_eq(v->seg[S_SS].attr, 0x00c09300);
	ck_assert_uint_eq(v->seg[S_CS].limit & v->seg[S_SS].limit, 0xffffffff);
	ck_assert_uint_eq(vcpu_eflags(v), FL_TF | FL_NT | FL_CF | FL_IOPL | FL_ONE);
	ck_assert_uint_eq(mode_changes, 1);
}
END_TEST

START_TEST(leave)
{
	struct vcpu *v = start_protected(0);

	set_msrs(v, 0x60);
	v->gpr[R_ECX] = 0x7000;
	v->gpr[R_EDX] = 0x8000;
	v->vflags |= FL_IF;
	ck_assert_int_eq(arch_sysexit(v), MON_OK);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_uint_eq(v->eip, 0x8000);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x7000);
	ck_assert_uint_eq(v->gsel[S_CS], 0x73);
	ck_assert_uint_eq(v->gsel[S_SS], 0x7b);
	ck_assert_uint_eq(v->seg[S_CS].attr, 0x00c0fb00);
	ck_assert_uint_eq(v->seg[S_SS].attr, 0x00c0f300);
	ck_assert(v->vflags & FL_IF);
	ck_assert_uint_eq(v->gsel[S_DS], DATA_OF(0)); /* as they were */
}
END_TEST

START_TEST(refused)
{
	struct vcpu *v = start_protected(3);

	set_msrs(v, 3);
	snapshot();
	ck_fault(arch_sysenter(v), V_GP, 0);
	ck_fault(arch_sysexit(v), V_GP, 0);
	ck_assert(unchanged());
	set_msrs(v, 0x60);
	ck_fault(arch_sysexit(v), V_GP, 0); /* not at ring 0 */
	v = start_real();
	set_msrs(v, 0x60);
	snapshot();
	ck_fault(arch_sysenter(v), V_GP, 0);
	ck_fault(arch_sysexit(v), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

/* Out of virtual-8086 mode, whose segment registers stay loaded. */
START_TEST(from_v86)
{
	struct vcpu *v = start_protected(3);

	set_msrs(v, 0x60);
	v->vflags |= FL_VM;
	ck_assert_int_eq(arch_sysenter(v), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_ONE);
	ck_assert_uint_eq(v->cpl, 0);
	ck_assert_uint_eq(v->gsel[S_DS], DATA_OF(3));
}
END_TEST

int main(void)
{
	return RUN("sysenter", enter, leave, refused, from_v86);
}
