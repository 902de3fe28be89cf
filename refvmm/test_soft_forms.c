/* SPDX-License-Identifier: MIT
 * Instructions that soft.c does itself instead of running them on a redirected
 * operand: bit tests, XLAT, BOUND, ARPL, MOV from a segment register, hints; and the
 * pointers in x87 environments.
 */
#include "refvmm/test_soft_support.h"

#include <string.h>

struct bit_case {
	const char *hex;
	u32 offset, lin, bit;
};

/* EBX = DATA, the offset is in ECX. */
static const struct bit_case bits[] = {
	{"0f a3 0b", 0, DATA, 0},
	{"0f a3 0b", 31, DATA, 31},
	{"0f a3 0b", 32, DATA + 4, 0},
	{"0f a3 0b", 0xffffffff, DATA - 4, 31},
	{"0f a3 0b", 0x80000000, DATA - 0x10000000, 0},
	{"0f ab 4b 08", 69, DATA + 16, 5},
	{"0f b3 8b 00 01 00 00", (u32)-33, DATA + 0x100 - 8, 31},
	{"0f bb 0c 73", 1000, DATA + 0x20 + 124, 8},
	{"66 0f a3 0b", 16, DATA + 2, 0},
	{"66 0f ab 0b", 0x1ffff, DATA - 2, 15}, /* only CX counts */
	{"66 0f bb 0b", 0x8000, DATA - 0x1000, 0},
	{"f0 0f ab 0b", 33, DATA + 4, 1},
	{"2e 66 66 0f a3 0b", 17, DATA + 2, 1},
	{"67 0f a3 0f", 32, 4, 0},            /* bt [bx],ecx, BX = 0 */
	{"67 0f a3 0f", (u32)-32, 0xfffc, 0}, /* the address wraps */
};

/* Decodes what it is asked to run and does it. */
static enum mon run_bit(struct vcpu *v, const struct insn *i, u8 *operand)
{
	struct insn again;
	u32 word = 0;

	ck_assert_int_eq(
		bt_decode((struct decode_mode){true, true}, i->bytes, i->len, i->eip, &again),
		DECODE_OK);
	ck_assert_uint_eq(again.len, i->len);
	ck_assert_uint_eq(again.mnemonic, i->mnemonic);
	ck_assert_uint_eq(again.mem_size, i->mem_size);
	ck_assert_uint_eq(again.mem_read, i->mem_read);
	ck_assert_uint_eq(again.mem_write, i->mem_write);
	ck_assert_uint_eq(again.modrm_off, i->modrm_off);
	ck_assert_uint_eq(again.opcode_off, i->opcode_off);
	ck_assert_uint_eq(again.opcode, i->opcode);
	ck_assert_uint_eq(again.reg, i->reg);
	ck_assert_uint_eq(again.rm, i->rm);
	ck_assert_uint_eq(again.disp_off, i->disp_off);
	ck_assert_uint_eq(again.disp_size, i->disp_size);
	ck_assert_int_eq(again.disp, i->disp);
	ck_assert_uint_eq(again.imm_off, i->imm_off);
	ck_assert_uint_eq(again.imm_size, i->imm_size);
	ck_assert_uint_eq(again.imm, i->imm);
	ck_assert_uint_eq(again.opsize, i->opsize);
	ck_assert_uint_eq(again.adsize, i->adsize);
	memcpy(&word, operand, i->mem_size);
	v->hwflags = (v->hwflags & ~(u32)FL_CF) | (word >> again.imm & 1);
	if (again.reg == 5)
		word |= 1u << again.imm;
	if (again.reg == 6)
		word &= ~(1u << again.imm);
	if (again.reg == 7)
		word ^= 1u << again.imm;
	memcpy(operand, &word, i->mem_size);
	return MON_OK;
}

START_TEST(bit_offsets)
{
	for (unsigned k = 0; k < sizeof(bits) / sizeof(bits[0]); k++) {
		const struct bit_case *c = &bits[k];
		u32 at = (c->lin + c->bit / 8) % RAM_SIZE, mask = 1u << (c->bit & 7);

		for (unsigned was = 0; was < 2; was++) {
			struct vcpu *v = soft_protected(0);
			u32 now;

			v->gpr[R_EBX] = strncmp(c->hex, "67", 2) ? DATA : 0xabcd0000;
			v->gpr[R_ECX] = c->offset;
			v->gpr[R_ESI] = 0x10;
			poke(at, 1, was ? mask : ~mask);
			redirect_effect = run_bit;
			ck_case(c->hex, "result", soft(c->hex), MON_OK);
			ck_case(c->hex, "CF", v->hwflags & FL_CF, was);
			ck_case(c->hex, "place in the line", redirect_align, c->lin & 63);
			now = redirect_insn.reg == 4   ? was
			      : redirect_insn.reg == 5 ? 1
			      : redirect_insn.reg == 6 ? 0
						       : !was;
			ck_case(c->hex, "bit", !!(peek(at, 1) & mask), now);
			ck_case(c->hex, "other bits", peek(at, 1) & ~mask & 0xff,
				was ? 0 : ~mask & 0xff);
			ck_case(c->hex, "EIP", v->eip, 0x5000u + (u32)(strlen(c->hex) + 1) / 3);
		}
	}
}
END_TEST

START_TEST(xlat)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	v->gpr[R_EAX] = 0xaabbcc85;
	poke(DATA + 0x85, 1, 0x5a);
	ck_assert_int_eq(soft("d7"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0xaabbcc5a);
	ck_retired(1);
	v->seg[S_ES].base = 0x100;
	v->gpr[R_EAX] = 1;
	poke(DATA + 0x101, 1, 0x77);
	ck_assert_int_eq(soft("26 d7"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x77);
	v->gpr[R_EBX] = 0x1fff0; /* BX + AL wraps with 16-bit addresses */
	v->gpr[R_EAX] = 0x20;
	poke(0x10, 1, 0x99);
	ck_assert_int_eq(soft("67 d7"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EAX], 0x99);
}
END_TEST

struct bound_case {
	const char *hex;
	u32 index, low, high;
	bool ok;
};

static const struct bound_case bounds[] = {
	{"62 03", 5, 5, 5, true},
	{"62 03", 4, 5, 10, false},
	{"62 03", 11, 5, 10, false},
	{"62 03", (u32)-3, (u32)-5, 2, true},
	{"62 03", 3, 10, 1, false},
	{"62 03", 0x80000000, 0x80000000, 0x7fffffff, true},
	{"62 03", 0x7fffffff, 0, 0x7ffffffe, false},
	{"66 62 03", 0x10005, 5, 5, true},
	{"66 62 03", 0xffff, (u32)-1, 0, true},
	{"66 62 03", 0x8000, 0, 0x7fff, false},
};

START_TEST(bound)
{
	for (unsigned k = 0; k < sizeof(bounds) / sizeof(bounds[0]); k++) {
		const struct bound_case *c = &bounds[k];
		struct vcpu *v = soft_protected(3);
		unsigned size = c->hex[1] == '6' ? 2 : 4;

		v->gpr[R_EBX] = DATA;
		v->gpr[R_EAX] = c->index;
		poke(DATA, size, c->low);
		poke(DATA + size, size, c->high);
		snapshot();
		ck_case(c->hex, "result", soft(c->hex), c->ok ? MON_OK : MON_FAULT);
		if (c->ok)
			continue;
		ck_case(c->hex, "vector", v->fault.vector, V_BR);
		ck_case(c->hex, "state kept", unchanged(), true);
	}
}
END_TEST

struct arpl_case {
	u32 dst, src, want, zf;
};

static const struct arpl_case arpls[] = {
	{0x10, 0x13, 0x13, FL_ZF}, {0x11, 0x12, 0x12, FL_ZF}, {0x13, 0x10, 0x13, 0},
	{0x12, 0xfffe, 0x12, 0},   {0x00, 0x00, 0x00, 0},
};

START_TEST(arpl)
{
	for (unsigned k = 0; k < sizeof(arpls) / sizeof(arpls[0]); k++) {
		const struct arpl_case *c = &arpls[k];
		struct vcpu *v = soft_protected(0);

		v->gpr[R_EBX] = DATA;
		v->gpr[R_EAX] = c->src;
		v->hwflags ^= c->zf ^ FL_ZF;
		poke(DATA, 4, 0xdead0000 | c->dst);
		ck_assert_int_eq(soft("63 03"), MON_OK);
		ck_assert_uint_eq(peek(DATA, 4), 0xdead0000 | c->want);
		ck_assert_uint_eq(v->hwflags & FL_ZF, c->zf);
		ck_retired(2);
		v->gpr[R_EBX] = 0xdead0000 | c->dst;
		ck_assert_int_eq(soft("63 c3"), MON_OK);
		ck_assert_uint_eq(v->gpr[R_EBX], 0xdead0000 | c->want);
	}
}
END_TEST

START_TEST(store_segment)
{
	struct vcpu *v = soft_protected(3);

	v->gpr[R_EBX] = DATA;
	poke(DATA, 4, 0xffffffff);
	ck_assert_int_eq(soft("8c 0b"), MON_OK); /* mov [ebx],cs: always a word */
	ck_assert_uint_eq(peek(DATA, 4), 0xffff0000 | CODE_OF(3));
	ck_retired(2);
	v->gpr[R_EAX] = 0xffffffff;
	ck_assert_int_eq(soft("8c d8"), MON_OK); /* mov eax,ds */
	ck_assert_uint_eq(v->gpr[R_EAX], DATA_OF(3));
	v->gpr[R_EAX] = 0xffffffff;
	ck_assert_int_eq(soft("66 8c d0"), MON_OK); /* mov ax,ss */
	ck_assert_uint_eq(v->gpr[R_EAX], 0xffff0000 | DATA_OF(3));
	ck_assert_uint_eq(redirect_calls, 0);
}
END_TEST

static enum mon ones(struct vcpu *v, const struct insn *i, u8 *operand)
{
	/* The real FXSAVE leaves the last 48 bytes alone. */
	memset(operand, 0xff, i->mem_size == 512 ? 464 : i->mem_size);
	return MON_OK;
}

START_TEST(x87_stores)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA + 0x3e;
	redirect_effect = ones;
	v->x87 = (struct x87_last){
		.op = 0x567, .ip = 0x12345678, .cs = 8, .dp = 0x9abcdef0, .ds = 0x10};
	ck_assert_int_eq(soft("d9 33"), MON_OK); /* fnstenv [ebx] */
	ck_assert_uint_eq(peek(DATA + 0x3e + 8, 4), 0xffffffff);
	ck_assert_uint_eq(peek(DATA + 0x3e + 12, 4), 0x12345678);
	ck_assert_uint_eq(peek(DATA + 0x3e + 24, 4), 0xffff0010);
	ck_assert_int_eq(soft("dd 33"), MON_OK); /* fnsave [ebx] */
	ck_assert_uint_eq(peek(DATA + 0x3e + 16, 4), 0x05670008);
	ck_assert_uint_eq(peek(DATA + 0x3e + 104, 4), 0xffffffff);
	ck_assert(!v->x87.op && !v->x87.ip && !v->x87.cs && !v->x87.dp && !v->x87.ds);

	v->gpr[R_EBX] = DATA + 0x30;
	v->x87.dp = 0x77777777;
	poke(DATA + 0x30 + 500, 4, 0x12345678);
	ck_assert_int_eq(soft("0f ae 03"), MON_OK); /* fxsave [ebx] */
	ck_assert_uint_eq(peek(DATA + 0x30 + 6, 4), 0);
	ck_assert_uint_eq(peek(DATA + 0x30 + 16, 4), 0x77777777);
	ck_assert_uint_eq(peek(DATA + 0x30 + 22, 4), 0xffffffff);
	ck_assert_uint_eq(peek(DATA + 0x30 + 500, 4), 0x12345678);
}
END_TEST

/* What loads an environment brings its pointers; an instruction that the monitor
 * executes leaves its own, but not when it faults. */
START_TEST(x87_loads)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EBX] = DATA;
	poke(DATA + 12, 4, 0x12345678);
	poke(DATA + 16, 4, 0xffff0008);
	poke(DATA + 20, 4, 0x9abcdef0);
	ck_assert_int_eq(soft("d9 23"), MON_OK); /* fldenv [ebx] */
	ck_assert_uint_eq(v->x87.ip, 0x12345678);
	ck_assert_uint_eq(v->x87.op & 0x7ff, 0x7ff);
	ck_assert_uint_eq(v->x87.dp, 0x9abcdef0);
	poke(DATA + 16, 4, 0x00030023);
	ck_assert_int_eq(soft("dd 23"), MON_OK); /* frstor [ebx] */
	ck_assert_uint_eq(v->x87.op, 3);
	ck_assert_uint_eq(v->x87.cs, 0x23);
	ck_assert_int_eq(soft("0f ae 0b"), MON_OK); /* fxrstor [ebx] */
	ck_assert_uint_eq(v->x87.ip, peek(DATA + 8, 4));
	ck_assert_uint_eq(v->x87.dp, 0x00030023);

	ck_assert_int_eq(soft("d9 43 04"), MON_OK); /* fld dword [ebx + 4] */
	ck_assert_uint_eq(v->x87.op, 0x143);
	ck_assert_uint_eq(v->x87.dp, DATA + 4);
	ck_assert_uint_eq(v->x87.cs, v->gsel[S_CS]);
	ck_assert_int_eq(soft("d9 2b"), MON_OK); /* fldcw [ebx] */
	ck_assert_uint_eq(v->x87.op, 0x143);
	v->seg[S_DS].attr = 0;
	ck_assert_int_eq(soft("d8 03"), MON_FAULT); /* fadd dword [ebx] */
	ck_assert_uint_eq(v->x87.op, 0x143);
}
END_TEST

/* Beyond the limit, with an x87 exception pending: #MF where the instruction waits. */
static const struct wait_case {
	const char *hex;
	bool waits;
} waits[] = {
	{"d9 23", true},        /* fldenv [ebx] */
	{"dd 23", true},        /* frstor [ebx] */
	{"d9 2b", true},        /* fldcw [ebx] */
	{"db 13", true},        /* fist dword [ebx] */
	{"d8 03", true},        /* fadd dword [ebx] */
	{"df 33", true},        /* fbstp [ebx] */
	{"d9 33", false},       /* fnstenv [ebx] */
	{"d9 3b", false},       /* fnstcw [ebx] */
	{"dd 33", false},       /* fnsave [ebx] */
	{"dd 3b", false},       /* fnstsw [ebx] */
	{"0f ae 03", false},    /* fxsave [ebx] */
	{"0f ae 0b", false},    /* fxrstor [ebx] */
	{"0f ae 1b", false},    /* stmxcsr [ebx] */
	{"0f 6f 03", true},     /* movq mm0, [ebx] */
	{"0f e7 03", true},     /* movntq [ebx], mm0 */
	{"0f 2d 03", true},     /* cvtps2pi mm0, [ebx] */
	{"0f 2a 03", false},    /* cvtpi2ps xmm0, [ebx] */
	{"f3 0f 2d 03", false}, /* cvtss2si eax, [ebx] */
	{"0f 10 03", false},    /* movups xmm0, [ebx] */
	{"8b 03", false},
};

START_TEST(x87_error_first)
{
	for (unsigned k = 0; k < sizeof(waits) / sizeof(waits[0]); k++)
		for (unsigned pending = 0; pending < 2; pending++) {
			const struct wait_case *c = &waits[k];
			struct vcpu *v = soft_protected(0);

			v->seg[S_DS].limit = 0xffff;
			v->gpr[R_EBX] = 0x10000;
			x87_is_pending = pending;
			ck_case(c->hex, "result", soft(c->hex), MON_FAULT);
			ck_case(c->hex, "vector", v->fault.vector,
				c->waits && pending ? V_MF : V_GP);
			ck_case(c->hex, "calls", redirect_calls, 0u);
		}
}
END_TEST

START_TEST(no_access)
{
	static const char *const hints[] = {"0f 18 03", "0f 18 0b", "0f 18 13", "0f 18 1b",
					    "0f 1f 03"};

	for (unsigned k = 0; k < sizeof(hints) / sizeof(hints[0]); k++) {
		struct vcpu *v = soft_protected(3);

		v->seg[S_DS].attr = 0;
		ck_case(hints[k], "result", soft(hints[k]), MON_OK);
		ck_case(hints[k], "calls", redirect_calls, 0u);
		ck_retired(3);
	}
}
END_TEST

int main(void)
{
	return RUN("soft_forms", bit_offsets, xlat, bound, arpl, store_segment, x87_stores,
		   x87_loads, x87_error_first, no_access);
}
