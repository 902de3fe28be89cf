/* SPDX-License-Identifier: MIT
 * Callouts on control, debug and table registers: operand forms and sizes,
 * modes, and the order of the checks.
 */
#include "refvmm/test_soft_support.h"

START_TEST(control_registers)
{
	struct vcpu *v = soft_protected(0);

	v->cr3 = 0x12345000;
	ck_assert_int_eq(callout("0f 20 df"), MON_OK); /* mov edi,cr3 */
	ck_assert_uint_eq(v->gpr[R_EDI], 0x12345000);
	ck_retired(3);
	v->gpr[R_ESI] = 0x89abcdef;
	ck_assert_int_eq(callout("0f 22 d6"), MON_OK); /* mov cr2,esi */
	ck_assert_uint_eq(v->cr2, 0x89abcdef);
	v->gpr[R_EAX] = CR0_PE | CR0_TS;
	ck_assert_int_eq(callout("0f 22 c0"), MON_OK);
	ck_assert_uint_eq(v->cr0, CR0_PE | CR0_TS | CR0_ET);
	ck_assert_uint_eq(mode_changes, 1);
	v->gpr[R_EAX] = CR4_TSD;
	ck_assert_int_eq(callout("0f 22 e0"), MON_OK);
	ck_assert_uint_eq(v->cr4, CR4_TSD);
	ck_assert_int_eq(callout("0f 20 20"), MON_OK); /* mod is ignored: mov eax,cr4 */
	ck_assert_uint_eq(v->gpr[R_EAX], CR4_TSD);
}
END_TEST

/* No such register: #UD, also outside ring 0.  Faults of the value: #GP(0). */
START_TEST(control_register_faults)
{
	struct insn insn;

	for (unsigned ring = 0; ring < 4; ring += 3) {
		static const u8 missing[] = {1, 5, 6, 7};

		soft_protected(ring);
		insn = *code("0f 22 c0");
		snapshot();
		for (unsigned k = 0; k < sizeof(missing); k++) {
			insn.reg = missing[k];
			insn.opcode = 0x22;
			ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
			insn.opcode = 0x20;
			ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
		}
		ck_assert(unchanged());
	}
	soft_protected(0);
	vcpu.gpr[R_EAX] = CR0_PG;
	snapshot();
	ck_fault(callout("0f 22 c0"), V_GP, 0);
	vcpu.gpr[R_EAX] = 1u << 31;
	ck_fault(callout("0f 22 e0"), V_GP, 0);
	vcpu.gpr[R_EAX] = CR0_PG;
	ck_assert(unchanged());
}
END_TEST

START_TEST(debug_registers)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_ECX] = 0x1234;
	ck_assert_int_eq(callout("0f 23 d9"), MON_OK); /* mov dr3,ecx */
	ck_assert_uint_eq(v->dr[3], 0x1234);
	ck_assert_int_eq(callout("0f 21 fa"), MON_OK); /* mov edx,dr7 */
	ck_assert_uint_eq(v->gpr[R_EDX], 0x400);
	ck_assert_uint_eq(v->retired_mon, 2);
	v->cr4 = CR4_DE;
	snapshot();
	ck_fault(callout("0f 21 e2"), V_UD, 0); /* mov edx,dr4 */
	ck_assert(unchanged());
}
END_TEST

START_TEST(table_registers)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	poke(DATA, 2, 0x1ff);
	poke(DATA + 2, 4, 0x89abcdef);
	ck_assert_int_eq(callout("0f 01 13"), MON_OK); /* lgdt */
	ck_assert_uint_eq(v->gdtr.base, 0x89abcdef);
	ck_assert_uint_eq(v->gdtr.limit, 0x1ff);
	ck_retired(3);
	ck_assert_int_eq(callout("66 0f 01 1b"), MON_OK); /* lidt: 24 bits */
	ck_assert_uint_eq(v->idtr.base, 0x00abcdef);
	ck_assert_uint_eq(v->gdtr.base, 0x89abcdef);

	/* All of the base is stored with both operand sizes, at every CPL. */
	v->cpl = 3;
	poke(DATA + 16, 4, 0xffffffff);
	poke(DATA + 20, 4, 0xffffffff);
	ck_assert_int_eq(callout("66 0f 01 43 10"), MON_OK); /* sgdt */
	ck_assert_uint_eq(peek(DATA + 16, 2), 0x1ff);
	ck_assert_uint_eq(peek(DATA + 18, 4), 0x89abcdef);
	ck_assert_uint_eq(peek(DATA + 22, 2), 0xffff);
	ck_assert_int_eq(callout("0f 01 4b 10"), MON_OK); /* sidt */
	ck_assert_uint_eq(peek(DATA + 18, 4), 0x00abcdef);

	v->seg[S_DS].limit = DATA + 4;
	snapshot();
	ck_fault(callout("0f 01 03"), V_GP, 0);
	ck_assert(unchanged());
	v->cpl = 0;
	v->gdtr.limit = 0;
	v->seg[S_DS].limit = DATA + 20;
	ck_fault(callout("0f 01 53 10"), V_GP, 0);
	ck_assert_uint_eq(v->gdtr.limit, 0);
}
END_TEST

START_TEST(system_selectors)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	v->gpr[R_EAX] = 0xffff0000 | LDT_SEL;
	v->ldtr = (struct seg){0};
	ck_assert_int_eq(callout("0f 00 d0"), MON_OK); /* lldt ax */
	ck_assert_uint_eq(v->ldtr.base, LDT);
	ck_retired(3);
	put_desc(TSS_SEL, TSS, 0x67, A_SYS(9));
	poke(DATA, 2, TSS_SEL);
	ck_assert_int_eq(callout("0f 00 1b"), MON_OK); /* ltr [ebx] */
	ck_assert_uint_eq(desc_hi(TSS_SEL) >> 8 & 0xf, 11);
	snapshot();
	ck_fault(callout("0f 00 1b"), V_GP, TSS_SEL); /* busy now */
	ck_assert(unchanged());

	/* Stores: two bytes of memory, a whole register, at every CPL. */
	v->cpl = 3;
	v->gpr[R_ECX] = v->gpr[R_EDX] = 0xffffffff;
	poke(DATA, 4, 0xffffffff);
	ck_assert_int_eq(callout("0f 00 c1"), MON_OK); /* sldt ecx */
	ck_assert_uint_eq(v->gpr[R_ECX], LDT_SEL);
	ck_assert_int_eq(callout("66 0f 00 ca"), MON_OK); /* str dx */
	ck_assert_uint_eq(v->gpr[R_EDX], 0xffff0000 | TSS_SEL);
	ck_assert_int_eq(callout("0f 00 03"), MON_OK); /* sldt [ebx] */
	ck_assert_uint_eq(peek(DATA, 4), 0xffff0000 | LDT_SEL);
	ck_assert_int_eq(callout("0f 00 0b"), MON_OK); /* str [ebx] */
	ck_assert_uint_eq(peek(DATA, 4), 0xffff0000 | TSS_SEL);
}
END_TEST

/* Mode before privilege before the operand. */
START_TEST(system_selector_checks)
{
	static const char *const insns[] = {"0f 00 13", "0f 00 1b", "0f 00 03", "0f 00 0b"};

	for (unsigned k = 0; k < 4; k++) {
		struct insn insn;

		soft_protected(3);
		insn = *code(insns[k]);
		vcpu.seg[S_DS].attr = 0;
		snapshot();
		ck_fault(callout_execute(&vcpu, &insn), V_GP, 0);
		vcpu.vflags |= FL_VM;
		ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
		soft_real();
		snapshot();
		ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
		vcpu.eip = 0x100;
		ck_assert(unchanged());
	}
}
END_TEST

START_TEST(machine_status_word)
{
	struct vcpu *v = soft_protected(3);

	v->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_CD | CR0_TS;
	v->gpr[R_EBX] = DATA;
	poke(DATA, 4, 0xffffffff);
	ck_assert_int_eq(callout("0f 01 e0"), MON_OK); /* smsw eax */
	ck_assert_uint_eq(v->gpr[R_EAX], v->cr0);
	ck_retired(3);
	v->gpr[R_EAX] = 0xffffffff;
	ck_assert_int_eq(callout("66 0f 01 e0"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xffff0000 | (v->cr0 & 0xffff));
	ck_assert_int_eq(callout("0f 01 23"), MON_OK); /* smsw [ebx]: a word */
	ck_assert_uint_eq(peek(DATA, 4), 0xffff0000 | (v->cr0 & 0xffff));

	v->gpr[R_EAX] = CR0_MP; /* lmsw: PE stays, TS goes */
	v->seg[S_DS].attr = 0;
	ck_fault(callout("0f 01 33"), V_GP, 0);
	v->cpl = 0;
	ck_assert_int_eq(callout("0f 01 f0"), MON_OK);
	ck_assert_uint_eq(v->cr0 & 0xf, CR0_PE | CR0_MP);
}
END_TEST

START_TEST(clear_task_switched)
{
	struct vcpu *v = soft_protected(0);

	ck_assert_int_eq(callout("0f 06"), MON_OK);
	ck_assert_uint_eq(mode_changes, 0);
	v->cr0 |= CR0_TS;
	ck_assert_int_eq(callout("0f 06"), MON_OK);
	ck_assert_uint_eq(v->cr0 & CR0_TS, 0);
	ck_assert_uint_eq(mode_changes, 1);
	ck_assert_uint_eq(v->retired_mon, 2);
}
END_TEST

/* INVLPG makes no access, so an unusable segment is no fault.  There is no cache
 * whose lines INVD could lose. */
START_TEST(tlb_and_cache)
{
	struct vcpu *v = soft_real();

	poke(DATA, 4, 0x12345678);
	v->seg[S_DS].attr = 0;
	ck_assert_int_eq(callout("0f 01 3f"), MON_OK);
	ck_assert_int_eq(callout("0f 08"), MON_OK);
	ck_assert_int_eq(callout("0f 09"), MON_OK);
	ck_assert_uint_eq(peek(DATA, 4), 0x12345678);
	ck_assert_uint_eq(v->retired_mon, 3);
}
END_TEST

int main(void)
{
	return RUN("callout_sysreg", control_registers, control_register_faults, debug_registers,
		   table_registers, system_selectors, system_selector_checks, machine_status_word,
		   clear_task_switched, tlb_and_cache);
}
