/* SPDX-License-Identifier: MIT
 * arch_popf_image() in every mode, ring and IOPL.
 */
#include "refvmm/test_support.h"

#define ALL   (FL_HW | FL_VIRT)
#define BASIC (FL_HW | FL_TF | FL_NT)

static void check(u32 size, u32 iopl, u32 changes)
{
	u32 on, off;

	/* All set but RF (never pushed set), popped 0: what changes goes. */
	vcpu_set_eflags(&vcpu, (ALL & ~(u32)(FL_IOPL | FL_VM)) | iopl << 12);
	on = vcpu_eflags(&vcpu);
	ck_assert_uint_eq(arch_popf_image(&vcpu, 0, size), on & ~(changes | FL_RF));
	/* All clear, popped all ones. */
	vcpu_set_eflags(&vcpu, iopl << 12);
	off = vcpu_eflags(&vcpu);
	ck_assert_uint_eq(arch_popf_image(&vcpu, 0xffffffff, size), off | changes);
}

START_TEST(protected_mode)
{
	for (unsigned ring = 0; ring < 4; ring++) {
		for (u32 iopl = 0; iopl < 4; iopl++) {
			u32 changes = BASIC;

			start_protected(ring);
			if (ring == 0)
				changes |= FL_IOPL;
			if (ring <= iopl)
				changes |= FL_IF;
			check(2, iopl, changes);
			check(4, iopl, changes | FL_AC | FL_ID);
		}
	}
}
END_TEST

START_TEST(real_mode)
{
	start_real();
	check(2, 0, BASIC | FL_IOPL | FL_IF);
	check(4, 0, BASIC | FL_IOPL | FL_IF | FL_AC | FL_ID);
}
END_TEST

START_TEST(reserved_bits)
{
	start_real();
	vcpu_set_eflags(&vcpu, 0);
	ck_assert_uint_eq(arch_popf_image(&vcpu, 0xffffffff, 4), 0x00247fd7);
	ck_assert_uint_eq(arch_popf_image(&vcpu, 0xffff, 2), 0x7fd7);
	ck_assert_uint_eq(arch_popf_image(&vcpu, 0, 4), FL_ONE);
}
END_TEST

int main(void)
{
	return RUN("eflags", protected_mode, real_mode, reserved_bits);
}
