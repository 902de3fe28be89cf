/* SPDX-License-Identifier: MIT
 * Port permissions: IOPL, and the bitmap bit by bit.
 */
#include "refvmm/test_support.h"

#define BITMAP 0x88u /* offset in the TSS */

static struct vcpu *start(unsigned ring, u32 iopl)
{
	struct vcpu *v = start_protected(ring);

	vcpu_set_eflags(v, iopl << 12);
	v->tr.limit = BITMAP + 0x2000;
	poke(TSS + 0x66, 2, BITMAP);
	for (u32 i = 0; i < 0x2000 / 4; i++)
		poke(TSS + BITMAP + 4 * i, 4, 0xffffffff);
	poke(TSS + BITMAP + 0x2000, 1, 0xff);
	return v;
}

static void allow(u16 port)
{
	ram[TSS + BITMAP + port / 8] &= (u8) ~(1u << (port & 7));
}

START_TEST(iopl)
{
	for (unsigned ring = 0; ring < 4; ring++) {
		for (u32 level = 0; level < 4; level++) {
			struct vcpu *v = start(ring, level);

			if (ring <= level)
				ck_assert_int_eq(arch_check_io(v, 0x80, 4), MON_OK);
			else
				ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
		}
	}
	ck_assert_int_eq(arch_check_io(start_real(), 0x80, 4), MON_OK);
}
END_TEST

START_TEST(every_bit_counts)
{
	struct vcpu *v = start(3, 0);

	/* 0x3c5..0x3c8: four ports over a byte boundary. */
	for (u16 port = 0x3c5; port <= 0x3c8; port++)
		allow(port);
	ck_assert_int_eq(arch_check_io(v, 0x3c5, 4), MON_OK);
	ck_assert_int_eq(arch_check_io(v, 0x3c7, 2), MON_OK);
	ck_assert_int_eq(arch_check_io(v, 0x3c8, 1), MON_OK);
	ck_fault(arch_check_io(v, 0x3c4, 1), V_GP, 0);
	ck_fault(arch_check_io(v, 0x3c4, 4), V_GP, 0);
	ck_fault(arch_check_io(v, 0x3c6, 4), V_GP, 0);
	ck_fault(arch_check_io(v, 0x3c8, 2), V_GP, 0);
	allow(0xffff);
	ck_assert_int_eq(arch_check_io(v, 0xffff, 1), MON_OK);
	ck_fault(arch_check_io(v, 0xffff, 2), V_GP, 0);
}
END_TEST

START_TEST(limits)
{
	struct vcpu *v = start(3, 0);

	allow(0x80);
	/* Two bytes are read. */
	v->tr.limit = BITMAP + 0x10;
	ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
	v->tr.limit = BITMAP + 0x11;
	ck_assert_int_eq(arch_check_io(v, 0x80, 1), MON_OK);
	/* A bitmap beyond the limit, the usual way to have none. */
	poke(TSS + 0x66, 2, 0xffff);
	ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
	poke(TSS + 0x66, 2, BITMAP);
	/* The smallest TSS, its bitmap over its own last bytes. */
	poke(TSS + 0x66, 2, 0x58);
	poke(TSS + 0x58, 2, 0);
	v->tr.limit = 0x67;
	ck_assert_int_eq(arch_check_io(v, 0, 1), MON_OK);
	v->tr.limit = 0x66;
	ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
	/* A 16-bit TSS has no bitmap. */
	v = start(3, 0);
	allow(0x80);
	v->tr.attr = A_SYS(3);
	ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
	v = start(3, 0);
	allow(0x80);
	v->tr.attr = 0;
	ck_fault(arch_check_io(v, 0x80, 1), V_GP, 0);
	v = start(3, 0);
	bad_page = TSS >> 12;
	ck_fault(arch_check_io(v, 0x80, 1), V_PF, 0);
}
END_TEST

int main(void)
{
	return RUN("iobitmap", iopl, every_bit_counts, limits);
}
