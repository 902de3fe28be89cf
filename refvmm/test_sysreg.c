/* SPDX-License-Identifier: MIT
 * Control and debug registers.
 */
#include "refvmm/cpuid.h"
#include "refvmm/test_support.h"

START_TEST(cr0)
{
	struct vcpu *v = start_protected(0);
	u32 value;

	ck_assert_int_eq(arch_write_cr(v, 0, 0xffffffff & ~(u32)CR0_PG), MON_OK);
	ck_assert_int_eq(arch_read_cr(v, 0, &value), MON_OK);
	ck_assert_uint_eq(value, 0x6005003f);
	ck_assert_uint_eq(mode_changes, 1);
	/* The same value again is no change; ET is hardwired. */
	ck_assert_int_eq(arch_write_cr(v, 0, 0x6005002f), MON_OK);
	ck_assert_uint_eq(mode_changes, 1);
	ck_assert_int_eq(arch_write_cr(v, 0, 0), MON_OK);
	ck_assert_uint_eq(v->cr0, CR0_ET);
	ck_assert_uint_eq(mode_changes, 2);
	snapshot();
	ck_fault(arch_write_cr(v, 0, (u32)CR0_PG), V_GP, 0);
	ck_fault(arch_write_cr(v, 0, CR0_NW), V_GP, 0);
	ck_fault(arch_write_cr(v, 0, (u32)CR0_PG | CR0_PE | CR0_NW), V_GP, 0);
	ck_assert(unchanged());
	ck_assert_int_eq(arch_write_cr(v, 0, (u32)CR0_PG | CR0_PE), MON_OK);
	ck_assert_uint_eq(v->cr0, (u32)CR0_PG | CR0_PE | CR0_ET);
	ck_assert_int_eq(arch_write_cr(v, 0, CR0_CD), MON_OK);
}
END_TEST

/* Setting and clearing PE leaves the hidden parts alone. */
START_TEST(pe_keeps_segments)
{
	struct vcpu *v = start_real();

	v->seg[S_DS].limit = 0x12345678;
	ck_assert_int_eq(arch_write_cr(v, 0, CR0_PE | CR0_ET), MON_OK);
	ck_assert(vcpu_protected(v));
	ck_assert_uint_eq(v->seg[S_DS].limit, 0x12345678);
	ck_assert_uint_eq(v->cpl, 0);
	for (unsigned s = 0; s < S_COUNT; s++)
		ck_assert_uint_eq(seg_changes[s], 0);
}
END_TEST

START_TEST(cr2_cr3_cr4)
{
	struct vcpu *v = start_protected(0);
	u32 value;

	ck_assert_int_eq(arch_write_cr(v, 2, 0x11111111), MON_OK);
	ck_assert_int_eq(arch_write_cr(v, 3, 0x22222000), MON_OK);
	ck_assert_int_eq(arch_read_cr(v, 2, &value), MON_OK);
	ck_assert_uint_eq(value, 0x11111111);
	ck_assert_int_eq(arch_read_cr(v, 3, &value), MON_OK);
	ck_assert_uint_eq(value, 0x22222000);
	ck_assert_int_eq(arch_write_cr(v, 4,
				       CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PCE | CR4_OSFXSR |
					       CR4_OSXMMEXCPT),
			 MON_OK);
	ck_assert_int_eq(arch_read_cr(v, 4, &value), MON_OK);
	ck_assert_uint_eq(value, 0x70f);
	ck_assert_uint_eq(mode_changes, 1);
	/* Reserved bits and MCE. */
	for (u32 bit = 0; bit < 32; bit++) {
		if ((0x70fu | CR4_PSE | CR4_PAE | CR4_PGE) >> bit & 1)
			continue;
		ck_fault(arch_write_cr(v, 4, 1u << bit), V_GP, 0);
	}
	ck_assert_uint_eq(v->cr4, 0x70f);
	ck_fault(arch_write_cr(v, 4, 0x80000001), V_GP, 0);
	/* Older processors lack some. */
	v->cpu = CPU_pentium2;
	ck_fault(arch_write_cr(v, 4, CR4_OSXMMEXCPT), V_GP, 0);
	ck_assert_int_eq(arch_write_cr(v, 4, CR4_OSFXSR), MON_OK);
	v->cpu = CPU_pentium;
	ck_fault(arch_write_cr(v, 4, CR4_OSFXSR), V_GP, 0);
	ck_fault(arch_write_cr(v, 4, CR4_PAE), V_GP, 0);
	ck_assert_int_eq(arch_write_cr(v, 4, CR4_VME), MON_OK);
}
END_TEST

START_TEST(missing_and_privileged)
{
	for (unsigned ring = 0; ring < 4; ring++) {
		struct vcpu *v = start_protected(ring);
		u32 value;

		for (unsigned n = 0; n < 8; n++) {
			bool missing = n == 1 || n > 4;

			if (missing) {
				ck_fault(arch_write_cr(v, n, 0), V_UD, 0);
				ck_fault(arch_read_cr(v, n, &value), V_UD, 0);
			} else if (ring) {
				ck_fault(arch_write_cr(v, n, 0), V_GP, 0);
				ck_fault(arch_read_cr(v, n, &value), V_GP, 0);
			}
			if (ring) {
				ck_fault(arch_write_dr(v, n, 0), V_GP, 0);
				ck_fault(arch_read_dr(v, n, &value), V_GP, 0);
			}
		}
		if (ring)
			ck_fault(arch_lmsw(v, 0), V_GP, 0);
	}
}
END_TEST

START_TEST(lmsw)
{
	struct vcpu *v = start_real();

	ck_assert_int_eq(arch_lmsw(v, 0xffff), MON_OK);
	ck_assert_uint_eq(v->cr0, CR0_ET | CR0_PE | CR0_MP | CR0_EM | CR0_TS);
	ck_assert_uint_eq(mode_changes, 1);
	ck_assert_int_eq(arch_lmsw(v, 0), MON_OK);
	ck_assert_uint_eq(v->cr0, CR0_ET | CR0_PE);
	ck_assert_int_eq(arch_lmsw(v, 0), MON_OK);
	ck_assert_uint_eq(mode_changes, 2);
}
END_TEST

START_TEST(debug_registers)
{
	struct vcpu *v = start_protected(0);
	u32 value;

	v->dr[6] = 0xffff0ff0;
	for (unsigned n = 0; n < 4; n++) {
		ck_assert_int_eq(arch_write_dr(v, n, 0x1000 + n), MON_OK);
		ck_assert_int_eq(arch_read_dr(v, n, &value), MON_OK);
		ck_assert_uint_eq(value, 0x1000 + n);
	}
	ck_assert_int_eq(arch_write_dr(v, 6, 0xffffffff), MON_OK);
	ck_assert_int_eq(arch_read_dr(v, 4, &value), MON_OK);
	ck_assert_uint_eq(value, 0xffffefff);
	ck_assert_int_eq(arch_write_dr(v, 4, 0), MON_OK);
	ck_assert_int_eq(arch_read_dr(v, 6, &value), MON_OK);
	ck_assert_uint_eq(value, 0xffff0ff0);
	ck_assert_int_eq(arch_write_dr(v, 5, 0xffffdf00), MON_OK);
	ck_assert_int_eq(arch_read_dr(v, 7, &value), MON_OK);
	ck_assert_uint_eq(value, 0xffff0f00);
	ck_assert_int_eq(arch_write_dr(v, 7, 1), MON_OK);
	ck_assert_uint_eq(v->dr[7], 0x401);

	/* With CR4.DE the aliases are gone. */
	v->cr4 = CR4_DE;
	ck_fault(arch_read_dr(v, 4, &value), V_UD, 0);
	ck_fault(arch_write_dr(v, 5, 0), V_UD, 0);
	ck_assert_int_eq(arch_read_dr(v, 6, &value), MON_OK);

	/* GD: the access traps and DR6.BD tells why; handling #DB clears GD. */
	ck_assert_int_eq(arch_write_dr(v, 7, 0x2000), MON_OK);
	ck_fault(arch_read_dr(v, 0, &value), V_DB, 0);
	ck_assert_uint_eq(v->dr[6], 0xffff2ff0);
	ck_fault(arch_write_dr(v, 7, 0), V_DB, 0);
	ck_fault(arch_write_dr(v, 4, 0), V_UD, 0);
}
END_TEST

int main(void)
{
	return RUN("sysreg", cr0, pe_keeps_segments, cr2_cr3_cr4, missing_and_privileged, lmsw,
		   debug_registers);
}
