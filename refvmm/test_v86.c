/* SPDX-License-Identifier: MIT
 * INT n in virtual-8086 mode: all six methods of SDM vol. 3B table 20-2, and the
 * checks of the redirection bitmap.
 */
#include "refvmm/test_support.h"
#include "refvmm/v86.h"

#define VEC    0x21
#define IO_MAP 0x90

/* TSS with an I/O bitmap at IO_MAP, the redirection bitmap below it all zero. */
static struct vcpu *start(u32 vflags, bool monitored)
{
	struct vcpu *v = start_v86(vflags);

	poke(TSS + 0x66, 2, IO_MAP);
	v->tr.limit = 0xff;
	if (monitored)
		poke(TSS + IO_MAP - 32 + VEC / 8, 1, 1u << (VEC & 7));
	poke(VEC * 4, 4, 0x20000456);
	v->cr4 = CR4_VME;
	snapshot();
	return v;
}

START_TEST(without_vme)
{
	struct vcpu *v = start(FL_IOPL, false);
	bool handled = true;

	v->cr4 = 0;
	ck_assert_int_eq(v86_int(v, VEC, &handled), MON_OK);
	ck_assert(!handled);
	v->vflags = FL_VM | 2u << 12;
	ck_fault(v86_int(v, VEC, &handled), V_GP, 0);
}
END_TEST

START_TEST(to_the_monitor)
{
	struct vcpu *v = start(FL_IOPL, true);
	bool handled = true;

	ck_assert_int_eq(v86_int(v, VEC, &handled), MON_OK);
	ck_assert(!handled);
	ck_assert(unchanged());
	v = start(0, true);
	ck_fault(v86_int(v, VEC, &handled), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(inside)
{
	static const struct {
		u32 vflags, pushed, after;
	} of[] = {
		{FL_IOPL | FL_IF | FL_TF | FL_RF, FL_IOPL | FL_IF | FL_TF, FL_IOPL},
		{FL_IOPL | FL_VIF, FL_IOPL, FL_IOPL | FL_VIF},
		{FL_IF | FL_TF, FL_IOPL | FL_TF, FL_IF},
		{FL_IF | FL_VIF | FL_VIP, FL_IOPL | FL_IF, FL_IF | FL_VIP},
		{FL_VIF | FL_NT, FL_IOPL | FL_IF | FL_NT, FL_NT},
	};

	for (unsigned k = 0; k < sizeof(of) / sizeof(of[0]); k++) {
		struct vcpu *v = start(of[k].vflags, false);
		bool handled = false;
		u32 at = v->seg[S_SS].base + 0x800 - 6;

		ck_assert_int_eq(v86_int(v, VEC, &handled), MON_OK);
		ck_assert(handled);
		ck_assert_uint_eq(v->gpr[R_ESP], 0x800 - 6);
		ck_assert_uint_eq(peek(at, 2), 0x100);
		ck_assert_uint_eq(peek(at + 2, 2), 0x1100);
		ck_assert_uint_eq(peek(at + 4, 2), of[k].pushed | FL_ONE);
		ck_assert_uint_eq(v->vflags, of[k].after | FL_VM);
		ck_assert_uint_eq(v->seg[S_CS].base, 0x20000);
		ck_assert_uint_eq(v->eip, 0x456);
		ck_assert_uint_eq(v->cpl, 3);
	}
}
END_TEST

START_TEST(refused)
{
	struct vcpu *v = start(FL_IOPL, false);
	bool handled;

	/* The byte of the bitmap is the last of the TSS, then beyond it. */
	v->tr.limit = IO_MAP - 32 + VEC / 8;
	ck_assert_int_eq(v86_int(v, VEC, &handled), MON_OK);
	v = start(FL_IOPL, false);
	v->tr.limit = IO_MAP - 32 + VEC / 8 - 1;
	snapshot();
	ck_fault(v86_int(v, VEC, &handled), V_GP, 0);
	ck_assert(unchanged());
	/* No such bitmap in a 16-bit TSS. */
	v = start(FL_IOPL, false);
	v->tr.attr = A_SYS(3);
	ck_fault(v86_int(v, VEC, &handled), V_GP, 0);
	/* SP = 1: the frame does not fit. */
	v = start(FL_IOPL, false);
	v->gpr[R_ESP] = 1;
	snapshot();
	ck_fault(v86_int(v, VEC, &handled), V_SS, 0);
	ck_assert(unchanged());
	v = start(FL_IOPL, false);
	bad_page = 0;
	ck_fault(v86_int(v, VEC, &handled), V_PF, 0);
	ck_assert(unchanged());
}
END_TEST

int main(void)
{
	return RUN("v86", without_vme, to_the_monitor, inside, refused);
}
