/* SPDX-License-Identifier: MIT
 * Memory operands: address, checks, what reaches the window and what comes back.
 * The instructions that soft.c does itself: test_soft_forms.c.
 */
#include "refvmm/test_soft_support.h"

#include <string.h>

/* Stands for the instruction: what it saw, and 01 02 03 ... as its result. */
static u8 seen[512];

static enum mon fill_operand(struct vcpu *v, const struct insn *i, u8 *operand)
{
	memcpy(seen, operand, i->mem_size);
	for (unsigned k = 0; k < i->mem_size; k++)
		operand[k] = (u8)(k + 1);
	return MON_OK;
}

static enum mon fault_de(struct vcpu *v, const struct insn *i, u8 *operand)
{
	operand[0] = 0xff;
	return vcpu_fault(v, V_DE, 0);
}

struct operand_case {
	const char *hex;
	u32 lin, size;
	bool reads, writes;
};

/* EAX 100, ECX 200, EDX 300, EBX 20000, EBP 21000, ESI 10, EDI 0xfffffff0. */
static const struct operand_case operands[] = {
	{"01 43 10", DATA + 0x10, 4, true, true},              /* add [ebx+10],eax */
	{"66 01 43 10", DATA + 0x10, 2, true, true},           /* add [ebx+10],ax */
	{"00 43 10", DATA + 0x10, 1, true, true},              /* add [ebx+10],al */
	{"03 43 7f", DATA + 0x7f, 4, true, false},             /* add eax,[ebx+7f] */
	{"89 43 80", DATA - 0x80, 4, false, true},             /* mov [ebx-80],eax */
	{"89 04 3b", DATA - 0x10, 4, false, true},             /* mov [ebx+edi],eax */
	{"8b 84 b3 04 00 00 00", DATA + 0x44, 4, true, false}, /* mov eax,[ebx+esi*4+4] */
	{"a1 08 00 02 00", DATA + 8, 4, true, false},          /* mov eax,[20008] */
	{"a2 09 00 02 00", DATA + 9, 1, false, true},          /* mov [20009],al */
	{"c7 05 0c 00 02 00 01 00 00 00", DATA + 12, 4, false, true},
	{"39 45 04", DATA + 0x1004, 4, true, false},   /* cmp [ebp+4],eax */
	{"0f b1 0b", DATA, 4, true, true},             /* cmpxchg [ebx],ecx */
	{"f0 0f c7 0b", DATA, 8, true, true},          /* lock cmpxchg8b [ebx] */
	{"0f 94 03", DATA, 1, false, true},            /* sete [ebx] */
	{"d9 03", DATA, 4, true, false},               /* fld dword [ebx] */
	{"db 3b", DATA, 10, false, true},              /* fstp tbyte [ebx] */
	{"0f 6f 03", DATA, 8, true, false},            /* movq mm0,[ebx] */
	{"0f 10 43 01", DATA + 1, 16, true, false},    /* movups xmm0,[ebx+1] */
	{"f3 0f 6f 43 01", DATA + 1, 16, true, false}, /* movdqu xmm0,[ebx+1] */
	{"0f 29 03", DATA, 16, false, true},           /* movaps [ebx],xmm0 */
	{"0f 12 43 04", DATA + 4, 8, true, false},     /* movlps xmm0,[ebx+4] */
	{"0f ba 2b 05", DATA, 4, true, true},          /* bts dword [ebx],5 */
	{"67 8b 07", 0x0300, 4, true, false},          /* mov eax,[bx], BX = 0300 */
	{"67 8b 87 ff fd", 0x00ff, 4, true, false},    /* [bx+fdff] wraps */
};

static void set_registers(struct vcpu *v)
{
	v->gpr[R_EAX] = 0x100;
	v->gpr[R_ECX] = 0x200;
	v->gpr[R_EDX] = 0x300;
	v->gpr[R_EBX] = DATA;
	v->gpr[R_EBP] = DATA + 0x1000;
	v->gpr[R_ESI] = 0x10;
	v->gpr[R_EDI] = 0xfffffff0;
}

START_TEST(operand_round_trip)
{
	for (unsigned k = 0; k < sizeof(operands) / sizeof(operands[0]); k++) {
		const struct operand_case *c = &operands[k];
		struct vcpu *v = soft_protected(0);

		set_registers(v);
		if (!strncmp(c->hex, "67", 2))
			v->gpr[R_EBX] = 0xffff0300;
		for (u32 b = 0; b < c->size; b++)
			poke(c->lin + b, 1, 0xa0 + b);
		memset(seen, 0, sizeof(seen));
		redirect_effect = fill_operand;
		ck_case(c->hex, "result", soft(c->hex), MON_OK);
		ck_case(c->hex, "calls", redirect_calls, 1u);
		ck_case(c->hex, "size", redirect_insn.mem_size, c->size);
		ck_case(c->hex, "place in the line", redirect_align, c->lin & 63);
		for (u32 b = 0; b < c->size; b++) {
			if (c->reads)
				ck_case(c->hex, "operand read", seen[b], 0xa0 + b);
			ck_case(c->hex, "memory", peek(c->lin + b, 1),
				c->writes ? b + 1 : 0xa0 + b);
		}
		ck_case(c->hex, "byte before", peek(c->lin - 1, 1), 0u);
		ck_case(c->hex, "byte behind", peek(c->lin + c->size, 1), 0u);
		ck_retired(redirect_insn.len);
	}
}
END_TEST

struct limit_case {
	const char *hex;
	enum sreg s;
	u32 limit, vector;
};

static const struct limit_case limits[] = {
	{"03 03", S_DS, DATA + 2, V_GP},         /* add eax,[ebx] */
	{"89 03", S_DS, DATA + 2, V_GP},         /* mov [ebx],eax */
	{"26 89 03", S_ES, DATA + 2, V_GP},      /* mov es:[ebx],eax */
	{"64 8b 03", S_FS, DATA + 2, V_GP},      /* mov eax,fs:[ebx] */
	{"8b 45 00", S_SS, DATA + 0x1002, V_SS}, /* mov eax,[ebp] */
	{"36 8b 03", S_SS, DATA + 2, V_SS},      /* mov eax,ss:[ebx] */
	{"3e 8b 45 00", S_DS, DATA + 0x1002, V_GP},
	{"0f ab 0b", S_DS, DATA + 0x42, V_GP}, /* bts [ebx],ecx: word at +40 */
	{"d7", S_DS, DATA + 0xfe, V_GP},       /* xlat, AL = FF */
	{"62 03", S_DS, DATA + 6, V_GP},       /* bound eax,[ebx] */
	{"8c 1b", S_DS, DATA, V_GP},           /* mov [ebx],ds */
	{"0f ae 3b", S_DS, DATA - 1, V_GP},    /* clflush [ebx] */
	{"dd 33", S_DS, DATA + 106, V_GP},     /* fnsave [ebx] */
	{"0f ae 03", S_DS, DATA + 510, V_GP},  /* fxsave [ebx] */
};

START_TEST(limit_faults)
{
	for (unsigned k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
		const struct limit_case *c = &limits[k];
		struct vcpu *v = soft_protected(0);

		set_registers(v);
		v->gpr[R_EAX] = 0xffffffff;
		v->seg[c->s].limit = c->limit;
		redirect_effect = fill_operand;
		snapshot();
		ck_case(c->hex, "result", soft(c->hex), MON_FAULT);
		ck_case(c->hex, "vector", v->fault.vector, c->vector);
		ck_case(c->hex, "error", v->fault.error, 0u);
		ck_case(c->hex, "calls", redirect_calls, 0u);
		ck_case(c->hex, "state kept", unchanged(), true);
		v->seg[c->s].limit++;
		if (c->hex[0] != '6') /* BOUND faults for another reason */
			ck_case(c->hex, "one byte more", soft(c->hex), MON_OK);
	}
}
END_TEST

/* 16-bit addresses wrap, an operand at the end of the segment does not. */
START_TEST(real_mode_limit)
{
	struct vcpu *v = soft_real();

	v->gpr[R_EBX] = 0xffff;
	snapshot();
	ck_fault(soft("8b 07"), V_GP, 0); /* mov ax,[bx] */
	ck_assert(unchanged());
	poke(0x1000 + 0x00ff, 2, 0x1234);
	redirect_effect = fill_operand;
	v->gpr[R_EBX] = 0xffff;
	ck_assert_int_eq(soft("8b 87 00 01"), MON_OK); /* mov ax,[bx+100] */
	ck_assert_uint_eq(seen[0] | seen[1] << 8, 0x1234);
}
END_TEST

START_TEST(page_fault_before_effect)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA + 0xffe;
	bad_page = (DATA >> 12) + 1;
	redirect_effect = fill_operand;
	snapshot();
	ck_fault(soft("01 03"), V_PF, 2); /* RMW: the write is probed first */
	ck_assert_uint_eq(v->fault.cr2, DATA + 0x1000);
	ck_assert(unchanged());
	ck_fault(soft("03 03"), V_PF, 0);
	ck_assert_uint_eq(redirect_calls, 0);
	ck_assert(unchanged());
}
END_TEST

START_TEST(fault_of_the_instruction)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	poke(DATA, 4, 0x01020304);
	redirect_effect = fault_de;
	ck_fault(soft("f7 33"), V_DE, 0); /* div dword [ebx] */
	ck_fault(soft("01 03"), V_DE, 0);
	ck_assert_uint_eq(peek(DATA, 4), 0x01020304);
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_uint_eq(v->retired_mon, 0);
}
END_TEST

START_TEST(alignment)
{
	static const char *const aligned[] = {
		"0f 28 03",    /* movaps xmm0,[ebx] */
		"0f 29 03",    /* movaps [ebx],xmm0 */
		"66 0f 6f 03", /* movdqa xmm0,[ebx] */
		"66 0f fe 03", /* paddd xmm0,[ebx] */
		"0f 58 03",    /* addps xmm0,[ebx] */
		"0f 2b 03",    /* movntps [ebx],xmm0 */
		"0f ae 03",    /* fxsave [ebx] */
		"0f ae 0b",    /* fxrstor [ebx] */
	};
	static const char *const anywhere[] = {
		"0f 10 03",    "0f 11 03",    "66 0f 10 03",
		"f3 0f 6f 03", "f3 0f 7f 03", "f3 0f 58 03", /* addss */
		"0f 6f 03",                                  /* movq mm0,[ebx] */
	};

	for (unsigned k = 0; k < sizeof(aligned) / sizeof(aligned[0]); k++) {
		struct vcpu *v = soft_protected(0);

		v->gpr[R_EBX] = DATA + 8;
		snapshot();
		ck_case(aligned[k], "result", soft(aligned[k]), MON_FAULT);
		ck_case(aligned[k], "vector", v->fault.vector, V_GP);
		ck_case(aligned[k], "state kept", unchanged(), true);
		v->gpr[R_EBX] = DATA + 0x30;
		ck_case(aligned[k], "aligned", soft(aligned[k]), MON_OK);
		ck_case(aligned[k], "alignment in the window", redirect_align & 15, 0u);
	}
	for (unsigned k = 0; k < sizeof(anywhere) / sizeof(anywhere[0]); k++) {
		struct vcpu *v = soft_protected(0);

		v->gpr[R_EBX] = DATA + 0x3f;
		ck_case(anywhere[k], "result", soft(anywhere[k]), MON_OK);
		ck_case(anywhere[k], "place in the line", redirect_align, 0x3fu);
	}
}
END_TEST

/* Misaligned and behind the limit of the stack segment: which comes first? */
START_TEST(alignment_or_limit)
{
	static const struct {
		const char *hex;
		u32 offset, vector;
	} both[] = {
		{"36 66 0f fb 0b", 0x108, V_GP}, /* psubq xmm1,ss:[ebx] */
		{"36 66 0f fb 0b", 0x110, V_SS}, /* aligned */
		{"36 0f 10 03", 0x108, V_SS},    /* movups may be misaligned */
		{"36 0f ae 03", 0x108, V_SS},    /* fxsave */
		{"36 0f ae 0b", 0x108, V_SS},    /* fxrstor */
		{"66 0f fb 0b", 0x108, V_GP},    /* ds: */
	};

	for (unsigned k = 0; k < sizeof(both) / sizeof(both[0]); k++) {
		struct vcpu *v = soft_protected(0);

		v->seg[S_SS].limit = v->seg[S_DS].limit = DATA + 0xff;
		v->gpr[R_EBX] = DATA + both[k].offset;
		snapshot();
		ck_case(both[k].hex, "result", soft(both[k].hex), MON_FAULT);
		ck_case(both[k].hex, "vector", v->fault.vector, both[k].vector);
		ck_case(both[k].hex, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(stops_by_name)
{
	static const struct {
		const char *hex, *text;
	} stops[] = {
		{"01 d8", "no memory operand to emulate: add 01 d8 at 000b:00005000"},
	};

	for (unsigned k = 0; k < sizeof(stops) / sizeof(stops[0]); k++) {
		struct vcpu *v = soft_protected(3);

		v->seg[S_CS].sel = 0x0b;
		snapshot();
		ck_case(stops[k].hex, "result", soft(stops[k].hex), MON_STOP);
		ck_assert_msg(strstr(v->stop_text, stops[k].text), "%s: %s", stops[k].hex,
			      v->stop_text);
		ck_case(stops[k].hex, "state kept", unchanged(), true);
	}
}
END_TEST

/* Classes that translated code handles in line end up in callout.c. */
START_TEST(forwards_to_callouts)
{
	struct vcpu *v = soft_protected(0);

	v->vflags |= FL_IF;
	ck_assert_int_eq(soft("fa"), MON_OK);
	ck_assert_uint_eq(v->vflags & FL_IF, 0);
	ck_retired(1);
	ck_assert_int_eq(soft("9c"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 4);
	ck_assert_int_eq(soft("e6 80"), MON_OK);
	ck_assert_uint_eq(port_events, 1);
}
END_TEST

/* RF is used up by one completed instruction, not by a fault. */
START_TEST(resume_flag)
{
	struct vcpu *v = soft_protected(0);

	v->vflags |= FL_RF;
	v->gpr[R_EBX] = DATA;
	redirect_effect = fault_de;
	ck_assert_int_eq(soft("01 03"), MON_FAULT);
	ck_assert_uint_eq(v->vflags & FL_RF, FL_RF);
	redirect_effect = NULL;
	ck_assert_int_eq(soft("01 03"), MON_OK);
	ck_assert_uint_eq(v->vflags & FL_RF, 0);
}
END_TEST

/* What the decoder never lets through, and rules it does not know. */
START_TEST(refusals)
{
	struct vcpu *v = soft_protected(0);
	struct insn insn;

	v->gpr[R_EBX] = DATA;
	v->gpr[R_EAX] = 3;
	insn = *code("63 03"); /* arpl [ebx],ax */
	v->seg[S_DS].limit = DATA;
	snapshot();
	ck_fault(soft_execute(v, &insn), V_GP, 0);
	v->cr0 &= ~(u32)CR0_PE;
	ck_fault(soft_execute(v, &insn), V_UD, 0);
	v->cr0 |= CR0_PE;
	insn = *code("8c d8");
	insn.reg = 6;
	ck_fault(soft_execute(v, &insn), V_UD, 0);
	insn = *code("03 03");
	insn.cls = IC_UD;
	ck_fault(soft_execute(v, &insn), V_UD, 0);
	ck_assert(unchanged());
	insn.cls = IC_IDENT;
	insn.mem_size = 0;
	ck_assert_int_eq(soft_execute(v, &insn), MON_STOP);
	insn.mem_size = sizeof(v->window) + 1;
	ck_assert_int_eq(soft_execute(v, &insn), MON_STOP);
	ck_assert_str_eq(v->stop_text, "memory operand not supported: add 03 03 at 0008:00005000");
	ck_assert(unchanged());
}
END_TEST

int main(void)
{
	return RUN("soft", operand_round_trip, limit_faults, real_mode_limit,
		   page_fault_before_effect, fault_of_the_instruction, alignment,
		   alignment_or_limit, stops_by_name, forwards_to_callouts, resume_flag, refusals);
}
