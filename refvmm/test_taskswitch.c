/* SPDX-License-Identifier: MIT
 * Task switches on the bench: what is saved, what is loaded, where a fault falls.
 * The guest test test_engine/tasks.asm compares the whole with Bochs.
 */
#include "refvmm/debug.h"
#include "refvmm/test_support.h"
#include "refvmm/tss.h"

#include <string.h>

#define NEW 0x6000

static const struct task_request jmp = {.source = TASK_JMP, .eip = 0x5005};
static const struct task_request call = {.source = TASK_CALL, .eip = 0x5005};

/* A TSS32 at NEW behind SLOT for ring 0 code at 0x7000. */
static struct vcpu *start(struct desc *d)
{
	struct vcpu *v = start_protected(0);

	put_desc(SLOT, NEW, 0x67, A_SYS(9));
	poke(NEW + 0x1c, 4, 0xabcd0000);
	poke(NEW + 0x20, 4, 0x7000);
	poke(NEW + 0x24, 4, FL_CF | FL_IF | FL_ONE);
	for (u32 r = 0; r < 8; r++)
		poke(NEW + 0x28 + 4 * r, 4, 0x11111111 * (r + 1));
	for (u32 s = 0; s < S_COUNT; s++)
		poke(NEW + 0x48 + 4 * s, 2, s == S_CS ? CODE32 : DATA32);
	poke(NEW + 0x60, 2, LDT_SEL);
	for (u32 r = 0; r < 8; r++)
		v->gpr[r] = 0x1000 + r;
	vcpu_set_eflags(v, FL_ZF | FL_NT | FL_IF);
	ck_assert_int_eq(desc_fetch(v, SLOT, V_GP, 0, d), MON_OK);
	snapshot();
	return v;
}

START_TEST(saved_and_loaded)
{
	struct desc d;
	struct vcpu *v = start(&d);

	poke(TSS + 0x4a, 2, 0x9999); /* upper half of a selector field */
	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &call), MON_OK);
	ck_assert_uint_eq(peek(TSS + 0x20, 4), 0x5005);
	ck_assert_uint_eq(peek(TSS + 0x24, 4), FL_ZF | FL_NT | FL_IF | FL_ONE);
	for (u32 r = 0; r < 8; r++) {
		ck_assert_uint_eq(peek(TSS + 0x28 + 4 * r, 4), 0x1000 + r);
		ck_assert_uint_eq(v->gpr[r], 0x11111111 * (r + 1));
	}
	ck_assert_uint_eq(peek(TSS + 0x48, 4), 0x99990000 | DATA32);
	ck_assert_uint_eq(peek(TSS + 0x4c, 2), CODE32);
	ck_assert_uint_eq(peek(TSS + 0x1c, 4), 0); /* CR3 and LDT are not saved */
	ck_assert_uint_eq(peek(TSS + 0x60, 2), 0);
	ck_assert_uint_eq(peek(NEW, 2), TSS_SEL);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(vcpu_eflags(v), FL_CF | FL_IF | FL_NT | FL_ONE);
	ck_assert_uint_eq(v->tr.sel, SLOT);
	ck_assert_uint_eq(v->tr.base, NEW);
	ck_assert_uint_eq(v->ldtr.sel, LDT_SEL);
	ck_assert_uint_eq(v->ldtr.base, LDT);
	ck_assert(v->cr0 & CR0_TS);
	ck_assert_uint_eq(v->cr3, 0); /* without paging the field is not looked at */
	ck_assert(v->task_switched);
	ck_assert_uint_eq(desc_hi(SLOT) >> 8 & 15, 11);
	ck_assert_uint_eq(desc_hi(TSS_SEL) >> 8 & 15, 11);
}
END_TEST

START_TEST(back_link)
{
	struct desc d;
	struct vcpu *v = start(&d);

	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &call), MON_OK);
	v->next_eip = 0x7001;
	ck_assert_int_eq(tss_switch_back(v), MON_OK);
	ck_assert_uint_eq(v->tr.sel, TSS_SEL);
	ck_assert_uint_eq(v->eip, 0x5005);
	ck_assert_uint_eq(vcpu_eflags(v), FL_ZF | FL_NT | FL_IF | FL_ONE);
	ck_assert_uint_eq(v->gpr[R_EDX], 0x1002);
	ck_assert_uint_eq(peek(NEW + 0x20, 4), 0x7001);
	ck_assert_uint_eq(peek(NEW + 0x24, 4), FL_CF | FL_IF | FL_ONE); /* NT gone */
	ck_assert_uint_eq(desc_hi(SLOT) >> 8 & 15, 9);
	ck_assert_uint_eq(desc_hi(TSS_SEL) >> 8 & 15, 11);
}
END_TEST

/* Nothing is written before everything that can fault has been tried. */
START_TEST(page_faults_come_first)
{
	static const u32 pages[] = {NEW >> 12, TSS >> 12, GDT >> 12};

	for (unsigned k = 0; k < sizeof(pages) / sizeof(pages[0]); k++) {
		struct desc d;
		struct vcpu *v = start(&d);

		bad_page = pages[k];
		ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &call), MON_FAULT);
		ck_assert_uint_eq(v->fault.vector, V_PF);
		ck_assert(!v->fault.committed);
		ck_assert(unchanged());
	}
}
END_TEST

START_TEST(trap_bit_and_dr7)
{
	struct desc d;
	struct vcpu *v = start(&d);

	poke(NEW + 0x64, 1, 1);
	v->dr[7] = 0x7ff;
	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &jmp), MON_OK);
	ck_assert_uint_eq(v->debug_trap, DR6_BT);
	ck_assert_uint_eq(v->dr[7], 0x6aa);
}
END_TEST

START_TEST(to_virtual_8086)
{
	struct desc d;
	struct vcpu *v = start(&d);

	poke(NEW + 0x24, 4, FL_VM | FL_IOPL | FL_ONE);
	poke(NEW + 0x4c, 2, 0x4000);
	poke(NEW + 0x54, 2, BEYOND);
	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &jmp), MON_OK);
	ck_assert_uint_eq(v->cpl, 3);
	ck_assert_uint_eq(v->seg[S_CS].base, 0x40000);
	ck_assert_uint_eq(v->seg[S_DS].base, BEYOND << 4);
	ck_assert_uint_eq(v->seg[S_DS].attr, 0xf300);
	/* EIP has 16 bits to be in. */
	v = start(&d);
	poke(NEW + 0x24, 4, FL_VM | FL_ONE);
	poke(NEW + 0x20, 4, 0x10000);
	ck_task_fault(tss_switch_to(v, SLOT, &d, &jmp), V_GP, 0, SLOT);
}
END_TEST

START_TEST(sixteen_bits)
{
	struct vcpu *v;
	struct desc d;

	start(&d);
	put_desc(SLOT, NEW, 0x2b, A_SYS(1));
	memset(ram + NEW, 0, 0x68);
	poke(NEW + 0x0e, 2, 0x7000);
	poke(NEW + 0x10, 2, FL_CF | FL_ONE);
	poke(NEW + 0x12, 2, 0x1234);
	for (u32 s = 0; s < 4; s++)
		poke(NEW + 0x22 + 2 * s, 2, s == S_CS ? CODE16 : DATA16);
	poke(NEW + 0x2c, 4, 0x55555555); /* behind its end */
	v = &vcpu;
	ck_assert_int_eq(desc_fetch(v, SLOT, V_GP, 0, &d), MON_OK);
	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &call), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xffff1234);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(vcpu_eflags(v), FL_CF | FL_NT | FL_ONE);
	ck_assert_uint_eq(v->gsel[S_FS] | v->gsel[S_GS] | v->ldtr.sel, 0);
	v->next_eip = 0x7001;
	ck_assert_int_eq(tss_switch_back(v), MON_OK);
	ck_assert_uint_eq(peek(NEW + 0x0e, 2), 0x7001);
	ck_assert_uint_eq(peek(NEW + 0x12, 2), 0x1234);
	ck_assert_uint_eq(peek(NEW + 0x2a, 2), 0);
	ck_assert_uint_eq(peek(NEW + 0x2c, 4), 0x55555555);
}
END_TEST

/* The error code goes on the new stack; no room there is the new task's fault. */
START_TEST(error_code)
{
	const struct task_request req = {
		.source = TASK_INT, .eip = 0x5000, .ext = 1, .has_error = true, .error = 0x77};
	struct desc d;
	struct vcpu *v = start(&d);

	poke(NEW + 0x38, 4, 0x9000);
	ck_assert_int_eq(tss_switch_to(v, SLOT, &d, &req), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x8ffc);
	ck_assert_uint_eq(peek(0x8ffc, 4), 0x77);
	v = start(&d);
	poke(NEW + 0x38, 4, 0x9000);
	bad_page = 8;
	ck_task_fault(tss_switch_to(v, SLOT, &d, &req), V_PF, 2, SLOT);
}
END_TEST

int main(void)
{
	return RUN("taskswitch", saved_and_loaded, back_link, page_faults_come_first,
		   trap_bit_and_dr7, to_virtual_8086, sixteen_bits, error_code);
}
