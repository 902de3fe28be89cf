/* SPDX-License-Identifier: MIT
 * Callouts: every row of class IC_MON has a handler; far transfers and
 * interrupts decode their operands; flags, counters, HLT and missing
 * instructions.
 */
#include "refvmm/test_soft_support.h"

#include <Zydis/Zydis.h>
#include <string.h>

/* One- and two-byte opcodes with every /n, register and memory form, in three
 * modes: nothing of class IC_MON may come back as "unknown callout". */
static unsigned try_opcode(struct decode_mode mode, const u8 *opcode, unsigned n)
{
	unsigned handled = 0;

	for (unsigned modrm = 0; modrm < 256; modrm++) {
		u8 bytes[INSN_MAX] = {0};
		struct insn insn;

		memcpy(bytes, opcode, n);
		bytes[n] = (u8)modrm;
		if (bt_decode(mode, bytes, sizeof(bytes), 0x5000, &insn) != DECODE_OK ||
		    insn.cls != IC_MON)
			continue;
		vcpu.retired_mon = 0;
		memset(vcpu.stop_text, 0, sizeof(vcpu.stop_text));
		callout_execute(&vcpu, &insn);
		ck_assert_msg(!strstr(vcpu.stop_text, "unknown"), "%s", vcpu.stop_text);
		handled++;
	}
	return handled;
}

START_TEST(table_is_complete)
{
	static const struct decode_mode modes[] = {{false, false}, {false, true}, {true, true}};
	unsigned opcodes = 0;

	for (unsigned m = 0; m < 3; m++) {
		for (unsigned op = 0; op < 512; op++) {
			u8 bytes[2] = {op < 256 ? (u8)op : 0x0f, (u8)op};

			if (m)
				soft_protected(op & 3);
			else
				soft_real();
			opcodes += !!try_opcode(modes[m], bytes, op < 256 ? 1 : 2);
		}
	}
	/* About 60 opcodes in each mode; far fewer: the test went blind. */
	ck_assert_uint_ge(opcodes, 175);
}
END_TEST

START_TEST(unknown_stops)
{
	struct vcpu *v = soft_protected(0);

	snapshot();
	ck_assert_int_eq(callout("01 d8"), MON_STOP);
	ck_assert_str_eq(v->stop_text, "unknown callout add 01 d8 at 0008:00005000");
	ck_assert(unchanged());
	ck_assert_int_eq(callout("ff 03"), MON_STOP);
	ck_assert_int_eq(callout("c3"), MON_STOP);
	ck_assert_int_eq(callout("e9 00 00 00 00"), MON_STOP);
}
END_TEST

START_TEST(lock_is_ud)
{
	struct insn insn;

	soft_protected(3);
	insn = *code("0f a2");
	insn.lock = 1;
	snapshot();
	ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
	ck_assert(unchanged());
}
END_TEST

struct far_case {
	const char *hex;
	u32 cs, eip, pushed;
};

/* m16:32 at DATA: 0018:00016000 in ring 1's terms; RPL 0 here. */
static const struct far_case far_cases[] = {
	{"ea 00 60 01 00 08 00", CODE32, 0x16000, 0},
	{"66 ea 00 60 48 00", CODE16, 0x6000, 0},
	{"ff 2b", CODE32, 0x16000, 0},
	{"66 ff 6b 10", CODE32, 0x6000, 0},
	{"9a 00 60 01 00 08 00", CODE32, 0x16000, 8},
	{"66 9a 00 60 48 00", CODE16, 0x6000, 4},
	{"ff 1b", CODE32, 0x16000, 8},
	{"66 ff 5b 10", CODE32, 0x6000, 4},
};

START_TEST(far_transfers)
{
	for (unsigned k = 0; k < sizeof(far_cases) / sizeof(far_cases[0]); k++) {
		const struct far_case *c = &far_cases[k];
		struct vcpu *v = soft_protected(0);
		u32 top = STACK_OF(0) - c->pushed;

		v->gpr[R_EBX] = DATA;
		v->vflags |= FL_RF;
		poke(DATA, 4, 0x00016000);
		poke(DATA + 4, 2, CODE32);
		poke(DATA + 0x10, 2, 0x6000);
		poke(DATA + 0x12, 2, CODE32);
		ck_case(c->hex, "result", callout(c->hex), MON_OK);
		ck_case(c->hex, "CS", v->seg[S_CS].sel, c->cs);
		ck_case(c->hex, "EIP", v->eip, c->eip);
		ck_case(c->hex, "ESP", v->gpr[R_ESP], top);
		ck_case(c->hex, "retired", v->retired_mon, 1u);
		ck_case(c->hex, "RF", v->vflags & FL_RF, 0u);
		if (!c->pushed)
			continue;
		ck_case(c->hex, "return EIP", peek(top, c->pushed / 2), 0x5000 + code_len);
		ck_case(c->hex, "return CS", peek(top + c->pushed / 2, 2), CODE32);
	}
}
END_TEST

/* RF of a new task covers its first instruction, that of a far target nothing. */
START_TEST(far_to_task)
{
	struct vcpu *v = soft_protected(0);

	put_desc(SLOT, DATA, 0x67, A_SYS(9));
	poke(DATA + 0x20, 4, 0x6000);
	poke(DATA + 0x24, 4, FL_RF | FL_ONE);
	for (u32 s = 0; s < S_COUNT; s++)
		poke(DATA + 0x48 + 4 * s, 2, s == S_CS ? CODE32 : DATA32);
	ck_assert_int_eq(callout("ea 00 00 00 00 00 01"), MON_OK);
	ck_assert(v->task_switched);
	ck_assert_uint_eq(v->eip, 0x6000);
	ck_assert_uint_eq(v->vflags & FL_RF, FL_RF);
}
END_TEST

START_TEST(far_faults)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	v->seg[S_DS].limit = DATA + 4; /* the selector crosses it */
	snapshot();
	ck_fault(callout("ff 2b"), V_GP, 0);
	ck_fault(callout("ff 1b"), V_GP, 0);
	ck_assert(unchanged());
	ck_fault(callout("ea 00 00 00 00 10 00"), V_GP, DATA32); /* no code segment */
	ck_fault(callout("9a 00 00 00 00 00 00"), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(far_returns)
{
	struct vcpu *v = soft_protected(0);

	poke(STACK_OF(0), 4, 0x7000);
	poke(STACK_OF(0) + 4, 4, CODE32);
	ck_assert_int_eq(callout("cb"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) + 8);
	ck_assert_uint_eq(v->retired_mon, 1);
	v->gpr[R_ESP] = STACK_OF(0);
	ck_assert_int_eq(callout("ca 10 00"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) + 24);

	v = soft_protected(0);
	poke(STACK_OF(0), 4, 0x7000);
	poke(STACK_OF(0) + 4, 4, CODE32);
	poke(STACK_OF(0) + 8, 4, FL_ONE | FL_CF | FL_IF | FL_RF);
	ck_assert_int_eq(callout("cf"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(vcpu_eflags(v), FL_ONE | FL_CF | FL_IF | FL_RF);
	ck_assert_uint_eq(v->retired_mon, 1);
	poke(STACK_OF(0) + 12, 2, 0x1234);
	poke(STACK_OF(0) + 14, 2, CODE16);
	poke(STACK_OF(0) + 16, 2, FL_ONE);
	ck_assert_int_eq(callout("66 cf"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x1234);
	ck_assert_uint_eq(v->seg[S_CS].sel, CODE16);

	v = soft_protected(0);
	snapshot();
	ck_fault(callout("cb"), V_GP, 0);
	ck_fault(callout("cf"), V_GP, 0);
	ck_assert(unchanged());
}
END_TEST

struct int_case {
	const char *hex;
	u32 vector, of;
};

static const struct int_case ints[] = {
	{"cd 40", 0x40, 0}, {"cd 03", V_BP, 0},  {"cc", V_BP, 0},
	{"f1", V_DB, 0},    {"ce", V_OF, FL_OF},
};

/* The saved EIP is the next instruction's; RF does not get into the image. */
START_TEST(software_interrupts)
{
	for (unsigned k = 0; k < sizeof(ints) / sizeof(ints[0]); k++) {
		const struct int_case *c = &ints[k];
		const char *hex = c->hex;
		struct vcpu *v = soft_protected(0);

		v->hwflags |= c->of;
		v->vflags |= FL_IF | FL_RF;
		put_idt((u8)c->vector, A_SYS(14) | A_DPL(3), CODE32, 0x7000);
		ck_case(hex, "result", callout(hex), MON_OK);
		ck_case(hex, "EIP", v->eip, 0x7000u);
		ck_case(hex, "saved EIP", peek(STACK_OF(0) - 12, 4), 0x5000 + code_len);
		ck_case(hex, "saved EFLAGS", peek(STACK_OF(0) - 4, 4), FL_ONE | FL_IF | c->of);
		ck_case(hex, "retired", v->retired_mon, 1u);
	}
}
END_TEST

/* DPL of the gate: checked for INT n, INT3 and INTO, not for INT1. */
START_TEST(interrupt_privilege)
{
	for (unsigned k = 0; k < sizeof(ints) / sizeof(ints[0]); k++) {
		const struct int_case *c = &ints[k];
		const char *hex = c->hex;
		struct vcpu *v = soft_protected(3);
		bool icebp = c->hex[0] == 'f';

		v->hwflags |= c->of;
		v->vflags |= FL_RF;
		put_idt((u8)c->vector, A_SYS(14), CODE32, 0x7000);
		snapshot();
		ck_case(hex, "result", callout(hex), icebp ? MON_OK : MON_FAULT);
		if (icebp)
			continue;
		ck_case(hex, "vector", v->fault.vector, V_GP);
		ck_case(hex, "error", v->fault.error, c->vector * 8 + 2);
		ck_case(hex, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(into_without_overflow)
{
	struct vcpu *v = soft_protected(3);

	ck_assert_int_eq(callout("ce"), MON_OK);
	ck_retired(1);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(3));
}
END_TEST

START_TEST(real_mode_int)
{
	struct vcpu *v = soft_real();

	poke(0x10 * 4, 4, 0xf0001234);
	ck_assert_int_eq(callout("cd 10"), MON_OK);
	ck_assert_uint_eq(v->seg[S_CS].sel, 0xf000);
	ck_assert_uint_eq(v->eip, 0x1234);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x12347ffa);
	ck_assert_uint_eq(peek(0x1000 + 0x7ffa, 2), 0x102);
}
END_TEST

struct iopl_case {
	unsigned cpl, iopl;
	bool ok;
};

static const struct iopl_case iopls[] = {
	{0, 0, true}, {1, 0, false}, {3, 0, false}, {3, 2, false}, {2, 2, true}, {3, 3, true},
};

START_TEST(cli_sti)
{
	for (unsigned k = 0; k < sizeof(iopls) / sizeof(iopls[0]); k++) {
		const struct iopl_case *c = &iopls[k];
		struct vcpu *v = soft_protected(c->cpl);

		v->vflags |= c->iopl << 12 | FL_IF;
		snapshot();
		ck_case("cli", "result", callout("fa"), c->ok ? MON_OK : MON_FAULT);
		if (!c->ok) {
			ck_fault(callout("fb"), V_GP, 0);
			ck_assert(unchanged());
			continue;
		}
		ck_assert_uint_eq(v->vflags & FL_IF, 0);
		ck_retired(1);
		ck_assert_uint_eq(v->shadow, 0);
		ck_assert_int_eq(callout("fb"), MON_OK);
		ck_assert_uint_eq(v->vflags & FL_IF, FL_IF);
		ck_assert_uint_eq(v->shadow, 1);
		/* STI with IF already set has no shadow. */
		v->shadow = 0;
		ck_assert_int_eq(callout("fb"), MON_OK);
		ck_assert_uint_eq(v->shadow, 0);
	}
}
END_TEST

START_TEST(pushf_popf)
{
	struct vcpu *v = soft_protected(0);

	vcpu_set_eflags(v, FL_CF | FL_IF | FL_RF | FL_AC | FL_IOPL | FL_ID);
	ck_assert_int_eq(callout("9c"), MON_OK);
	ck_assert_uint_eq(peek(STACK_OF(0) - 4, 4),
			  FL_ONE | FL_CF | FL_IF | FL_AC | FL_IOPL | FL_ID);
	ck_retired(1);
	ck_assert_int_eq(callout("66 9c"), MON_OK);
	ck_assert_uint_eq(peek(STACK_OF(0) - 6, 2), FL_ONE | FL_CF | FL_IF | FL_IOPL);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 6);
	poke(STACK_OF(0) - 6, 4, 0xffffffff);
	ck_assert_int_eq(callout("9d"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 2);
	ck_assert_uint_eq(vcpu_eflags(v),
			  FL_ONE | FL_HW | FL_TF | FL_IF | FL_IOPL | FL_NT | FL_AC | FL_ID);
	/* 16 bits leave the upper half alone. */
	poke(STACK_OF(0) - 2, 2, FL_CF);
	ck_assert_int_eq(callout("66 9d"), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_ONE | FL_CF | FL_AC | FL_ID);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0));
	/* At CPL 3 with IOPL 0 neither IF nor IOPL change, and there is no fault. */
	v = soft_protected(3);
	vcpu_set_eflags(v, FL_IF);
	poke(STACK_OF(3), 4, FL_IOPL | FL_ZF);
	ck_assert_int_eq(callout("9d"), MON_OK);
	ck_assert_uint_eq(vcpu_eflags(v), FL_ONE | FL_IF | FL_ZF);

	v = soft_protected(0);
	v->seg[S_SS].limit = 0;
	snapshot();
	ck_fault(callout("9c"), V_SS, 0);
	ck_fault(callout("9d"), V_SS, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(v86_flags)
{
	static const char *const sensitive[] = {"9c", "9d", "fa", "fb"};

	for (unsigned k = 0; k < 4; k++) {
		struct vcpu *v = soft_protected(3);

		v->vflags |= FL_VM | 2u << 12;
		snapshot();
		ck_case(sensitive[k], "result", callout(sensitive[k]), MON_FAULT);
		ck_case(sensitive[k], "vector", v->fault.vector, V_GP);
		ck_case(sensitive[k], "state kept", unchanged(), true);
		v->vflags |= FL_IOPL;
		ck_case(sensitive[k], "IOPL 3", callout(sensitive[k]), MON_OK);
	}
}
END_TEST

/* Privileged: done at CPL 0 and in real mode, #GP(0) elsewhere. */
START_TEST(privileged)
{
	static const char *const insns[] = {
		"f4",       "0f 08",    "0f 09",    "0f 06",    "0f 01 3b", "0f 01 f0", "0f 01 33",
		"0f 20 c0", "0f 22 d0", "0f 21 c0", "0f 23 c0", "0f 32",    "0f 30",    "0f 33"};

	for (unsigned k = 0; k < sizeof(insns) / sizeof(insns[0]); k++) {
		for (unsigned ring = 0; ring < 4; ring++) {
			struct vcpu *v = soft_protected(ring);

			v->gpr[R_EBX] = DATA;
			v->gpr[R_ECX] = k == 13 ? 0 : 0x10; /* counter 0, else the TSC */
			v->gpr[R_EAX] = CR0_PE;
			poke(DATA, 2, CR0_PE);
			snapshot();
			ck_case(insns[k], "result", callout(insns[k]), ring ? MON_FAULT : MON_OK);
			if (ring) {
				ck_case(insns[k], "vector", v->fault.vector, V_GP);
				ck_case(insns[k], "error", v->fault.error, 0u);
				ck_case(insns[k], "state kept", unchanged(), true);
			} else {
				ck_retired(code_len);
			}
		}
	}
}
END_TEST

START_TEST(halt)
{
	struct vcpu *v = soft_real();

	ck_assert_int_eq(callout("f4"), MON_OK);
	ck_assert(v->halted);
	ck_retired(1);
	v = soft_protected(3);
	ck_fault(callout("f4"), V_GP, 0);
	ck_assert(!v->halted);
}
END_TEST

START_TEST(counters)
{
	struct vcpu *v = soft_protected(3);
	u64 first, second;

	v->gpr[R_EAX] = v->gpr[R_EDX] = 0;
	ck_assert_int_eq(callout("0f 31"), MON_OK);
	ck_retired(2);
	first = v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32;
	v->tsc_offset = 1ull << 50;
	ck_assert_int_eq(callout("0f 31"), MON_OK);
	second = v->gpr[R_EAX] | (u64)v->gpr[R_EDX] << 32;
	ck_assert(second - first >= 1ull << 50 && second - first < 1ull << 51);
	v->cr4 = CR4_TSD;
	snapshot();
	ck_fault(callout("0f 31"), V_GP, 0);
	ck_assert(unchanged());
	v->cpl = 0;
	ck_assert_int_eq(callout("0f 31"), MON_OK);

	v = soft_protected(3);
	v->cr4 = CR4_PCE;
	v->gpr[R_ECX] = 1;
	v->gpr[R_EAX] = v->gpr[R_EDX] = 5;
	ck_assert_int_eq(callout("0f 33"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX] | v->gpr[R_EDX], 0);
	v->gpr[R_ECX] = 2;
	ck_fault(callout("0f 33"), V_GP, 0);
}
END_TEST

START_TEST(identification)
{
	struct vcpu *v = soft_protected(3);

	v->gpr[R_EAX] = 0;
	ck_assert_int_eq(callout("0f a2"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EBX], 0x756e6547); /* Genu */
	ck_retired(2);
	v = soft_protected(0);
	v->gpr[R_ECX] = 0x12345678;
	snapshot();
	ck_fault(callout("0f 32"), V_GP, 0);
	ck_fault(callout("0f 30"), V_GP, 0);
	ck_assert(unchanged());
	v->gpr[R_ECX] = 0x10;
	ck_assert_int_eq(callout("0f 30"), MON_OK);
	ck_assert_int_eq(callout("0f 32"), MON_OK);
}
END_TEST

START_TEST(fast_system_call)
{
	struct vcpu *v = soft_protected(3);

	snapshot();
	ck_fault(callout("0f 34"), V_GP, 0);
	ck_fault(callout("0f 35"), V_GP, 0);
	ck_assert(unchanged());
	v->msr_sysenter[0] = 8;
	v->msr_sysenter[2] = 0x6000;
	ck_assert_int_eq(callout("0f 34"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x6000);
	v->gpr[R_EDX] = 0x7000;
	ck_assert_int_eq(callout("0f 35"), MON_OK);
	ck_assert_uint_eq(v->eip, 0x7000);
	ck_assert_uint_eq(v->cpl, 3);
}
END_TEST

/* The decoder turns these into #UD before they get here; the handlers stand
 * behind it. */
START_TEST(missing_mnemonics)
{
	static const u16 mnemonics[] = {ZYDIS_MNEMONIC_SYSCALL, ZYDIS_MNEMONIC_SYSRET,
					ZYDIS_MNEMONIC_RSM,     ZYDIS_MNEMONIC_UD0,
					ZYDIS_MNEMONIC_UD1,     ZYDIS_MNEMONIC_UD2};
	struct insn insn;

	soft_protected(0);
	insn = *code("0f a2");
	snapshot();
	for (unsigned k = 0; k < sizeof(mnemonics) / sizeof(mnemonics[0]); k++) {
		insn.mnemonic = mnemonics[k];
		ck_fault(callout_execute(&vcpu, &insn), V_UD, 0);
	}
	ck_assert(unchanged());
}
END_TEST

int main(void)
{
	return RUN("callout", table_is_complete, unknown_stops, lock_is_ud, far_transfers,
		   far_to_task, far_faults, far_returns, software_interrupts, interrupt_privilege,
		   into_without_overflow, real_mode_int, cli_sti, pushf_popf, v86_flags, privileged,
		   halt, counters, identification, fast_system_call, missing_mnemonics);
}
