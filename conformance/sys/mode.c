/* SPDX-License-Identifier: MIT
 * Group mode: real mode to protected mode and back without a jump: segments loaded in
 * between keep their base, limit and direction; instructions that only protected mode
 * has; the same bytes as 16-bit and as 32-bit code.  Rules: SDM vol. 3A sections 9.9.1,
 * 9.9.2, 3.4.3 (hidden part) and 5.3; vol. 2A JMP.
 */
#include <string.h>

#include "conformance/sys/sys.h"

#define DATA (CASE_OFF + 0x40u)

static void protect(struct tcase *t, bool lmsw)
{
	sys_code(t, lmsw ? "0f 01 e0 0c 01 0f 01 f0" : "0f 20 c0 0c 01 0f 22 c0");
}

static void unprotect(struct tcase *t)
{
	sys_code(t, "0f 20 c0 24 fe 0f 22 c0");
}

/* --- hidden parts that outlive protected mode --- */

static const struct kind {
	const char *name;
	u32 limit; /* as the processor sees it */
	u32 field;
	u8 access, flags;
} kinds[] = {
	{"flat", 0xffffffff, 0xfffff, 0x93, 0xc}, {"small", 0x107f, 0x107f, 0x93, 0x4},
	{"pages", 0x12fff, 0x12, 0x93, 0xc},      {"byte", 0, 0, 0x93, 0x0},
	{"down", 0x107f, 0x107f, 0x97, 0x4},      {"down16", 0x107f, 0x107f, 0x97, 0x0},
	{"code", 0x1ffff, 0x1ffff, 0x9b, 0x4},
};
static const u32 offsets[] = {0,      0x1000,  0x107c,  0x107d,  0x107f,   0x1080,    0xfffc,
			      0xfffd, 0x10000, 0x12ffc, 0x12ffd, 0x1ffffc, 0x12345678};

static bool inside(const struct kind *k, u32 off)
{
	u32 top = k->flags & 4 ? 0xffffffffu : 0xffff;

	if (k->access & 8 || !(k->access & 4))
		return off <= k->limit && off + 3 <= k->limit;
	return off > k->limit && off + 3 <= top && off + 3 > off;
}

static void unreal(struct gen *g, const struct kind *k, unsigned sreg, u32 off, bool write)
{
	static const u8 prefix[A_SREGS] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	static const char *const names[A_SREGS] = {"es", "cs", "ss", "ds", "fs", "gs"};
	struct tcase *t = sys_case(g, "mode", write ? "store" : "load",
				   sys_text("%s_%s", k->name, names[sreg]), CM_REAL16, 0,
				   sys_text("at%x", off), "SDM 3A 3.4.3, 5.3, 9.9.2");
	u32 target = win(A_FS, DATA), start;

	sys_desc(t, OP_GDT, 0, target - off, k->field, k->access, k->flags);
	set_gpr(t, A_EBX, SEL_SLOT(0, 0));
	set_gpr(t, A_ESI, off);
	set_gpr(t, A_ECX, 0x87654321);
	set_mem32(t, target, 0x12345678, 4);
	protect(t, off & 1);
	sys_code(t, "8e");
	t->code[t->code_len++] = (u8)(0xc3 | sreg << 3);
	unprotect(t);
	start = case_default_eip(CM_REAL16) + t->code_len;
	sys_code(t, "67 66");
	t->code[t->code_len++] = prefix[sreg];
	sys_code(t, write ? "89 0e" : "8b 0e"); /* [ESI], ECX */
	if (inside(k, off)) {
		expect_done(t);
		if (write)
			expect_mem(t, target, 4, 0, 0x87654321);
		else
			expect(t, X_GPR, A_ECX, 0, 0x12345678);
	} else {
		expect_fault(t, GP, 0);
		expect(t, X_EIP, 0, 0, start);
		expect_same(t, target, 4);
	}
	expect(t, X_SEL, sreg, 0, SEL_SLOT(0, 0));
}

/* --- between the two moves to CR0 --- */

static const struct inner {
	const char *name, *code, *cite;
	u32 ebx, mask;
} inners[] = {
	{"str", "0f 00 cb", "SDM 2B STR", SEL_MAIN_TSS, 0xffff},
	{"sldt", "0f 00 c3", "SDM 2B SLDT", SEL_MAIN_LDT, 0xffff},
	{"smsw", "0f 01 e3", "SDM 2B SMSW", SYS_CR0 & 0xffff, 0xffff},
	{"lar", "0f 02 d9", "SDM 2A LAR", 0x9300, 0xffff},
	{"lsl", "0f 03 d9", "SDM 2A LSL", 0x1234, 0xffff},
	{"mov_cs", "8c cb", "SDM 3A 9.9.1", CASE_CS_BASE >> 4, 0xffff},
	{"mov_ds", "8c db", "SDM 3A 9.9.1", CASE_DS_BASE >> 4, 0xffff},
	{"load_ds", "8b 1e W", "SDM 3A 9.9.1", 0x1234, 0xffff},
	{"load_32", "66 8b 1e W", "SDM 3A 9.9.1", 0x12341234, 0xffffffff},
	{"jmp_near", "31 db eb 01 43 43", "SDM 3A 9.9.1", 1, 0xffff},
	{"push_pop", "68 34 12 5b", "SDM 3A 9.9.1", 0x1234, 0xffff},
	{"null_es", "31 db 8e c3 8c c3", "SDM 3A 3.4.2", 0, 0xffff},
};

static void inner(struct gen *g, const struct inner *x, bool lmsw)
{
	struct tcase *t = sys_case(g, "mode", x->name, "between", CM_REAL16, 0,
				   lmsw ? "lmsw" : "mov", x->cite);

	sys_desc(t, OP_GDT, 0, 0x60000, 0x1234, 0x93, 4);
	set_gpr(t, A_ECX, SEL_SLOT(0, 0));
	set_mem32(t, win(A_DS, DATA), 0x12341234, 4);
	protect(t, lmsw);
	sys_code(t, x->code, DATA);
	unprotect(t);
	expect_done(t);
	expect(t, X_GPR, A_EBX, x->mask, x->ebx);
}

/* --- the same bytes in code segments of both sizes --- */

static const struct twin {
	const char *name, *bytes;
	u32 in16, in32; /* EAX from FFFF */
} twins[] = {
	{"mov", "b8 11 22 40 40", 0x2213, 0x40402211},
	{"add", "05 11 22 40 40", 0x2212, 0x40412210},
	{"xor", "35 11 22 90 90", 0xddee, 0x9090ddee},
	{"inc", "40 90 90 90 90", 0, 0x10000},
	{"mov_66", "66 b8 11 22 40 40", 0x40402211, 0x2213},
	{"add_66", "66 05 11 22 40 40", 0x40412210, 0x2212},
	{"neg", "f7 d8 90 90 90", 1, 0xffff0001},
	{"cwde", "98 90 90 90 90", 0xffff, 0xffffffff},
};

static void twin(struct gen *g, const struct twin *x, bool wide_first, unsigned runs, bool again,
		 unsigned cpl)
{
	bool wide = wide_first;
	struct tcase *t = sys_case(g, "mode", x->name, again ? "there_back" : "there",
				   wide_first ? CM_PM32 : CM_PM16, cpl, sys_text("runs%u", runs),
				   "SDM 3A 3.4.5 (D/B); 2A JMP");
	u16 sel[2] = {CASE_SEL(cpl, SG_CODE16), CASE_SEL(cpl, SG_CODE32)};
	unsigned n, legs = again ? 3 : 2, leg;

	/* The twin, then JMP (E)DX. */
	struct tcase scratch = *t;

	sys_code(&scratch, x->bytes);
	sys_code(&scratch, "ff e2");
	set_mem(t, CASE_CS_BASE + CASE_OFF + 0xa0, scratch.code, scratch.code_len);
	for (leg = 0; leg < legs; leg++) {
		for (n = 0; n < (leg ? 1 : runs); n++) {
			unsigned len = wide ? 5 + 5 + 5 : 3 + 6 + 3;
			u32 back = CASE_OFF + t->code_len + len;

			/* MOV (E)DX, back; MOV EAX, FFFF; JMP */
			if (wide)
				sys_code(t, "ba D b8 D e9 D", back, 0xffffu,
					 CASE_OFF + 0xa0u - back);
			else
				sys_code(t, "ba W 66 b8 D e9 W", back, 0xffffu,
					 CASE_OFF + 0xa0u - back);
		}
		if (leg + 1 == legs)
			break;
		/* MOV EBX, EAX; far JMP to the other segment */
		if (wide)
			sys_code(t, "89 c3 ea D W", CASE_OFF + t->code_len + 9u, sel[0]);
		else
			sys_code(t, "66 89 c3 ea W W", CASE_OFF + t->code_len + 8u, sel[1]);
		wide = !wide;
	}
	expect_done(t);
	expect(t, X_SEL, A_CS, 0, sel[wide]);
	expect(t, X_GPR, A_EAX, 0, wide ? x->in32 : x->in16);
	expect(t, X_GPR, A_EBX, 0, wide ? x->in16 : x->in32);
}

void gen_sys_mode(struct gen *g)
{
	static const u8 sregs[4] = {A_ES, A_DS, A_FS, A_GS};
	unsigned k, s, o, i;

	for (k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (s = 0; s < 4; s++)
			for (o = 0; o < sizeof offsets / sizeof *offsets; o++) {
				unreal(g, &kinds[k], sregs[s], offsets[o], false);
				/* What the access rights say in real mode is not written down. */
				if (!(kinds[k].access & 8))
					unreal(g, &kinds[k], sregs[s], offsets[o], true);
			}
	for (i = 0; i < 2 * sizeof inners / sizeof *inners; i++)
		inner(g, &inners[i / 2], i & 1);
	for (k = 0; k < sizeof twins / sizeof *twins; k++)
		for (i = 0; i < 16; i++)
			twin(g, &twins[k], i & 1, i & 2 ? 3 : 1, i & 4, i & 8 ? 3 : 0);
}
