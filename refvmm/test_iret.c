/* SPDX-License-Identifier: MIT
 * IRET: checks, the flags each privilege may change, outer returns, and the
 * forms that are not supported.
 */
#include "refvmm/test_support.h"

#define OK 0xff

/* Frame at the top of the present stack. */
static void put_frame(u32 size, u32 eip, u32 cs, u32 flags, u32 esp, u32 ss)
{
	u32 sp = vcpu.seg[S_SS].base + vcpu.gpr[R_ESP];

	poke(sp, size, eip);
	poke(sp + size, size, cs);
	poke(sp + 2 * size, size, flags);
	poke(sp + 3 * size, size, esp);
	poke(sp + 4 * size, size, ss);
	snapshot();
}

struct iret_case {
	const char *name;
	u8 ring;
	u16 cs;
	u32 cs_attr; /* of SLOT */
	u32 eip;
	u16 ss;
	u32 ss_attr; /* of SLOT2 */
	u8 vector;
	u32 error;
};

static const struct iret_case irets[] = {
	{"same ring", 0, SLOT, A_CODE, 0x10, 0, 0, OK, 0},
	{"same ring 3", 3, SLOT | 3, A_CODE | A_DPL(3), 0x10, 0, 0, OK, 0},
	{"0 to 3", 0, SLOT | 3, A_CODE | A_DPL(3), 0x10, SLOT2 | 3, A_DATA | A_DPL(3), OK, 0},
	{"0 to 1", 0, SLOT | 1, A_CODE | A_DPL(1), 0x10, SLOT2 | 1, A_DATA | A_DPL(1), OK, 0},
	{"to conforming", 0, SLOT | 2, A_CODE | D_CONFORMING | A_DPL(1), 0x10, SLOT2 | 2,
	 A_DATA | A_DPL(2), OK, 0},
	{"null CS", 0, 2, 0, 0, 0, 0, V_GP, 0},
	{"CS beyond", 0, BEYOND, 0, 0, 0, 0, V_GP, BEYOND},
	{"inner", 3, SLOT, A_CODE, 0, 0, 0, V_GP, SLOT},
	{"data", 0, SLOT, A_DATA, 0, 0, 0, V_GP, SLOT},
	{"TSS", 0, SLOT, A_SYS(11), 0, 0, 0, V_GP, SLOT},
	{"DPL above RPL", 0, SLOT, A_CODE | A_DPL(1), 0, 0, 0, V_GP, SLOT},
	{"DPL below RPL", 0, SLOT | 3, A_CODE | A_DPL(2), 0, 0, 0, V_GP, SLOT},
	{"conforming, DPL above RPL", 0, SLOT, A_CODE | D_CONFORMING | A_DPL(3), 0, 0, 0, V_GP,
	 SLOT},
	{"CS not present", 0, SLOT | 3, (A_CODE & ~(u32)D_P) | A_DPL(3), 0, 0, 0, V_NP, SLOT},
	{"EIP over the limit", 0, SLOT, A_CODE, 0x1000, 0, 0, V_GP, 0},
	{"null SS", 0, SLOT | 3, A_CODE | A_DPL(3), 0, 3, 0, V_GP, 0},
	{"SS beyond", 0, SLOT | 3, A_CODE | A_DPL(3), 0, BEYOND | 3, 0, V_GP, BEYOND},
	{"SS RPL wrong", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2, A_DATA | A_DPL(3), V_GP, SLOT2},
	{"SS DPL wrong", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3, A_DATA, V_GP, SLOT2},
	{"SS read-only", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3,
	 (A_DATA & ~(u32)D_WRITABLE) | A_DPL(3), V_GP, SLOT2},
	{"SS not present", 0, SLOT | 3, A_CODE | A_DPL(3), 0, SLOT2 | 3,
	 (A_DATA & ~(u32)D_P) | A_DPL(3), V_SS, SLOT2},
	{"SS before EIP", 0, SLOT | 3, A_CODE | A_DPL(3), 0x1000, SLOT2 | 2, A_DATA | A_DPL(3),
	 V_GP, SLOT2},
	{"outer EIP over the limit", 0, SLOT | 3, A_CODE | A_DPL(3), 0x1000, SLOT2 | 3,
	 A_DATA | A_DPL(3), V_GP, 0},
};

static void check_iret(const struct iret_case *c, u32 size)
{
	struct vcpu *v = start_protected(c->ring);
	u32 sp = v->gpr[R_ESP];
	bool outer = (c->cs & 3) > c->ring;
	enum mon m;

	if (c->cs_attr)
		put_desc(SLOT, 0, 0xfff, c->cs_attr);
	if (c->ss_attr)
		put_desc(SLOT2, 0, FLAT, c->ss_attr);
	put_frame(size, c->eip, c->cs, FL_CF | FL_ONE, 0x7000, c->ss);
	m = arch_iret(v, size);
	if (c->vector != OK) {
		ck_case(c->name, "result", m, MON_FAULT);
		ck_case(c->name, "vector", v->fault.vector, c->vector);
		ck_case(c->name, "error code", v->fault.error, c->error);
		ck_case(c->name, "state kept", unchanged(), true);
		return;
	}
	ck_case(c->name, "result", m, MON_OK);
	ck_case(c->name, "CS", v->gsel[S_CS], c->cs);
	ck_case(c->name, "EIP", v->eip, c->eip);
	ck_case(c->name, "CPL", v->cpl, c->cs & 3);
	ck_case(c->name, "EFLAGS", vcpu_eflags(v), (u32)(FL_CF | FL_ONE));
	ck_case(c->name, "ESP", v->gpr[R_ESP], outer ? 0x7000 : sp + 3 * size);
	ck_case(c->name, "SS", v->gsel[S_SS], outer ? c->ss : DATA_OF(c->ring));
	ck_case(c->name, "DS", v->gsel[S_DS], outer ? 0 : DATA_OF(c->ring));
	ck_case(c->name, "mode changes", mode_changes, outer ? 1u : 0u);
}

START_TEST(checks)
{
	for (unsigned i = 0; i < sizeof(irets) / sizeof(irets[0]); i++) {
		check_iret(&irets[i], 4);
		check_iret(&irets[i], 2);
	}
}
END_TEST

#define ALWAYS (FL_HW | FL_TF | FL_NT)
#define WIDE   (FL_RF | FL_AC | FL_ID)

struct flags_case {
	const char *name;
	u8 ring, to;
	u32 iopl, size;
	u32 mask; /* flags that change */
};

static const struct flags_case flag_cases[] = {
	{"ring 0", 0, 0, 0, 4, ALWAYS | WIDE | FL_IF | FL_IOPL | FL_VIF | FL_VIP},
	{"ring 0 to 3", 0, 3, 0, 4, ALWAYS | WIDE | FL_IF | FL_IOPL | FL_VIF | FL_VIP},
	{"ring 0, 16 bits", 0, 0, 0, 2, ALWAYS | FL_IF | FL_IOPL},
	{"ring 0 to 2, 16 bits", 0, 2, 0, 2, ALWAYS | FL_IF | FL_IOPL},
	{"ring 1, IOPL 0", 1, 1, 0, 4, ALWAYS | WIDE},
	{"ring 1, IOPL 1", 1, 1, 1, 4, ALWAYS | WIDE | FL_IF},
	{"ring 2 to 3, IOPL 2", 2, 3, 2, 4, ALWAYS | WIDE | FL_IF},
	{"ring 2 to 3, IOPL 1", 2, 3, 1, 4, ALWAYS | WIDE},
	{"ring 3, IOPL 2", 3, 3, 2, 4, ALWAYS | WIDE},
	{"ring 3, IOPL 3", 3, 3, 3, 4, ALWAYS | WIDE | FL_IF},
	{"ring 3, 16 bits", 3, 3, 0, 2, ALWAYS},
	{"ring 3, IOPL 3, 16 bits", 3, 3, 3, 2, ALWAYS | FL_IF},
};

START_TEST(flags)
{
	for (unsigned i = 0; i < sizeof(flag_cases) / sizeof(flag_cases[0]); i++) {
		const struct flags_case *c = &flag_cases[i];
		const u32 all = FL_HW | (FL_VIRT & ~(u32)FL_VM);
		struct vcpu *v = start_protected(c->ring);

		/* Everything 0, image all ones. */
		vcpu_set_eflags(v, c->iopl << 12);
		put_frame(c->size, 0x10, CODE_OF(c->to), all, 0x7000, DATA_OF(c->to));
		ck_assert_int_eq(arch_iret(v, c->size), MON_OK);
		ck_case(c->name, "set", vcpu_eflags(v) & ~(u32)FL_ONE,
			(c->iopl << 12 & ~c->mask) | c->mask);
		/* Everything 1 but NT, image 0. */
		v = start_protected(c->ring);
		vcpu_set_eflags(v, (all & ~(u32)(FL_IOPL | FL_NT)) | c->iopl << 12);
		put_frame(c->size, 0x10, CODE_OF(c->to), 0, 0x7000, DATA_OF(c->to));
		ck_assert_int_eq(arch_iret(v, c->size), MON_OK);
		ck_case(c->name, "cleared", vcpu_eflags(v) & ~(u32)FL_ONE,
			((all & ~(u32)(FL_IOPL | FL_NT)) | c->iopl << 12) & ~c->mask);
	}
}
END_TEST

START_TEST(real_mode)
{
	const u32 all = FL_HW | FL_VIRT;
	struct vcpu *v = start_real();

	v->nmi_blocked = true;
	v->gpr[R_ESP] = 0x8000;
	put_frame(2, 0x1234, 0xf000, 0xffff, 0, 0);
	v->nmi_blocked = true;
	ck_assert_int_eq(arch_iret(v, 2), MON_OK);
	ck_assert(!v->nmi_blocked);
	ck_assert_uint_eq(v->eip, 0x1234);
	ck_assert_uint_eq(v->seg[S_CS].base, 0xf0000);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x8006);
	ck_assert_uint_eq(vcpu_eflags(v), (all & 0xffff) | FL_ONE);

	v = start_real();
	v->gpr[R_ESP] = 0x8000;
	put_frame(4, 0x1234, 0xabcdf000, 0xffffffff, 0, 0);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x800c);
	ck_assert_uint_eq(v->gsel[S_CS], 0xf000);
	ck_assert_uint_eq(vcpu_eflags(v), 0x257fd5 | FL_ONE);
	/* VIF and VIP stay when they were set. */
	v = start_real();
	v->gpr[R_ESP] = 0x8000;
	vcpu_set_eflags(v, FL_VIF | FL_VIP | FL_IF | FL_NT);
	put_frame(4, 0x1234, 0xf000, 0, 0, 0);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VIF | FL_VIP | FL_ONE);

	v = start_real();
	v->gpr[R_ESP] = 0x8000;
	put_frame(4, 0x10000, 0, 0, 0, 0);
	ck_fault(arch_iret(v, 4), V_GP, 0);
	ck_assert(unchanged());
	put_frame(4, 0xffff, 0xf000, 0, 0, 0);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	/* Pops wrap. */
	v->gpr[R_ESP] = 0xfffe;
	poke(0x1000 + 0xfffe, 2, 0x10);
	poke(0x1000, 4, 0x02020030);
	ck_assert_int_eq(arch_iret(v, 2), MON_OK);
	ck_assert_uint_eq(v->gsel[S_CS], 0x30);
	ck_assert_uint_eq(vcpu_eflags(v), 0x202);
	ck_assert_uint_eq(v->gpr[R_ESP], 4);
}
END_TEST

/* In protected mode the frame must lie below the limit in one piece. */
START_TEST(protected_frame_does_not_wrap)
{
	struct vcpu *v = start_protected(0);

	v->seg[S_SS].attr &= ~(u32)D_DB;
	v->seg[S_SS].limit = 0xffff;
	v->gpr[R_ESP] = 0xfffa;
	snapshot();
	ck_fault(arch_iret(v, 4), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

/* From a 16-bit stack the frame is found at SS:SP. */
START_TEST(small_stack)
{
	struct vcpu *v = start_protected(0);

	put_frame(4, 0x10, CODE32, FL_CF, 0, 0);
	v->seg[S_SS].attr &= ~(u32)D_DB;
	v->seg[S_SS].limit = 0xffff;
	v->gpr[R_ESP] |= 0xabcd0000;
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->eip, 0x10);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcd0000 + STACK_OF(0) + 12);
}
END_TEST

START_TEST(small_outer_stack)
{
	struct vcpu *v = start_protected(0);

	v->gpr[R_ESP] = 0x18000;
	put_frame(4, 0x10, CODE16_R3 | 3, 0, 0xaaaa7000, DATA16_R3 | 3);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x17000);
}
END_TEST

START_TEST(drops_inner_segments)
{
	struct vcpu *v = start_protected(0);

	ck_assert_int_eq(arch_load_seg(v, S_ES, DATA_OF(3)), MON_OK);
	ck_assert_int_eq(arch_load_seg(v, S_FS, CONFORMING), MON_OK);
	put_frame(4, 0x10, CODE_OF(3), 0, 0x7000, DATA_OF(3));
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->gsel[S_DS], 0);
	ck_assert_uint_eq(v->gsel[S_ES], DATA_OF(3));
	ck_assert_uint_eq(v->gsel[S_FS], CONFORMING);
}
END_TEST

START_TEST(nested_task)
{
	struct vcpu *v = start_protected(0);

	v->vflags |= FL_NT;
	put_desc(SLOT, 0x6000, 0x67, A_SYS(11));
	poke(TSS, 2, SLOT);
	snapshot();
	ck_task_fault(arch_iret(v, 4), V_TS, 0, SLOT);
	ck_assert_uint_eq(desc_hi(TSS_SEL) >> 9 & 1, 0);
	ck_assert_uint_eq(peek(TSS + 0x24, 4), FL_ONE); /* NT is not saved */
	v = start_protected(0);
	v->vflags |= FL_NT;
	put_desc(SLOT, 0x6000, 0x67, A_SYS(11));
	poke(TSS, 2, SLOT | 4);
	ck_fault(arch_iret(v, 4), V_TS, SLOT | 4);
	poke(TSS, 2, BEYOND);
	ck_fault(arch_iret(v, 4), V_TS, BEYOND);
	poke(TSS, 2, SLOT);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(9));
	ck_fault(arch_iret(v, 4), V_TS, SLOT);
	put_desc(SLOT, 0x6000, 0x67, A_SYS(11) | D_S);
	ck_fault(arch_iret(v, 4), V_TS, SLOT);
	put_desc(SLOT, 0x6000, 0x67, A_DATA);
	ck_fault(arch_iret(v, 4), V_TS, SLOT);
	put_desc(SLOT, 0x6000, 0x67, 11 << 8);
	ck_fault(arch_iret(v, 4), V_NP, SLOT);
}
END_TEST

/* VM in the image: to virtual-8086 mode from ring 0, ignored elsewhere and with
 * a 16-bit operand size. */
START_TEST(vm_in_the_image)
{
	struct vcpu *v = start_protected(0);

	put_frame(4, 0x12340010, 0xa000, FL_VM | FL_IOPL | FL_VIF | FL_NT, 0x55550100, 0xb000);
	for (u32 k = 0; k < 4; k++)
		poke(v->gpr[R_ESP] + 20 + 4 * k, 4, 0x100 + k);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->eip, 0x10);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VM | FL_IOPL | FL_VIF | FL_NT | FL_ONE);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x55550100);
	ck_assert_uint_eq(v->seg[S_CS].base, 0xa0000);
	ck_assert_uint_eq(v->seg[S_SS].base, 0xb0000);
	ck_assert_uint_eq(v->gsel[S_ES], 0x100);
	ck_assert_uint_eq(v->gsel[S_DS], 0x101);
	ck_assert_uint_eq(v->gsel[S_FS], 0x102);
	ck_assert_uint_eq(v->gsel[S_GS], 0x103);
	ck_assert_uint_eq(v->seg[S_DS].attr, 0xf300);
	ck_assert_uint_eq(v->seg[S_DS].limit, 0xffff);
	/* All nine items must be there. */
	v = start_protected(0);
	put_frame(4, 0x10, 0xa000, FL_VM, 0, 0);
	v->seg[S_SS].limit = v->gpr[R_ESP] + 34;
	snapshot();
	ck_fault(arch_iret(v, 4), V_SS, 0);
	ck_assert(unchanged());
	v = start_protected(3);
	put_frame(4, 0x10, CODE_OF(3), FL_VM | FL_CF, 0, 0);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_CF | FL_ONE);
}
END_TEST

/* A virtual interrupt pending where virtual interrupts are on: the manual does not say
 * that IRET raises #GP for it, Bochs does not. */
START_TEST(pending_virtual_interrupt)
{
	struct vcpu *v = start_protected(0);

	v->cr4 = CR4_VME;
	put_frame(4, 0x10, 0xa000, FL_VM | FL_VIF | FL_VIP, 0x100, 0xb000);
	for (u32 k = 0; k < 4; k++)
		poke(v->gpr[R_ESP] + 20 + 4 * k, 4, 0);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VM | FL_VIF | FL_VIP | FL_ONE);
}
END_TEST

static void put_v86_frame(unsigned size, u32 ip, u32 cs, u32 flags)
{
	u32 at = vcpu.seg[S_SS].base + vcpu.gpr[R_ESP];

	poke(at, size, ip);
	poke(at + size, size, cs);
	poke(at + 2 * size, size, flags);
}

START_TEST(in_virtual_8086)
{
	struct vcpu *v = start_v86(FL_IOPL | FL_VIP);

	put_v86_frame(4, 0x10, 0x4000, FL_TF | FL_IF | FL_NT | FL_AC | FL_CF | FL_VIF);
	ck_assert_int_eq(arch_iret(v, 4), MON_OK);
	ck_assert_uint_eq(v->eip, 0x10);
	ck_assert_uint_eq(v->seg[S_CS].base, 0x40000);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x80c);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VM | FL_IOPL | FL_VIP | FL_TF | FL_IF | FL_NT | FL_AC |
						  FL_CF | FL_ONE);
	/* Below IOPL 3 it is privileged... */
	v = start_v86(0);
	put_v86_frame(2, 0x10, 0x4000, FL_CF);
	snapshot();
	ck_fault(arch_iret(v, 2), V_GP, 0);
	ck_assert(unchanged());
	/* ...but for VME, where IF is VIF. */
	v->cr4 = CR4_VME;
	put_v86_frame(2, 0x10, 0x4000, FL_CF | FL_IF | FL_IOPL);
	ck_assert_int_eq(arch_iret(v, 2), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VM | FL_VIF | FL_CF | FL_ONE);
	put_v86_frame(2, 0x10, 0x4000, 0);
	ck_assert_int_eq(arch_iret(v, 2), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_VM | FL_ONE);
	put_v86_frame(2, 0x10, 0x4000, FL_TF);
	ck_fault(arch_iret(v, 2), V_GP, 0);
	v->vflags |= FL_VIP;
	put_v86_frame(2, 0x10, 0x4000, FL_IF);
	ck_fault(arch_iret(v, 2), V_GP, 0);
	put_v86_frame(4, 0x10, 0x4000, 0);
	ck_fault(arch_iret(v, 4), V_GP, 0);
}
END_TEST

START_TEST(faulting_iret_unblocks_nmi)
{
	struct vcpu *v = start_protected(0);

	v->nmi_blocked = true;
	put_frame(4, 0, 0, 0, 0, 0);
	ck_fault(arch_iret(v, 4), V_GP, 0);
	ck_assert(!v->nmi_blocked);
}
END_TEST

int main(void)
{
	return RUN("iret", checks, flags, real_mode, protected_frame_does_not_wrap, small_stack,
		   small_outer_stack, drops_inner_segments, nested_task, vm_in_the_image,
		   pending_virtual_interrupt, in_virtual_8086, faulting_iret_unblocks_nmi);
}
