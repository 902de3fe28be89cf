/* SPDX-License-Identifier: MIT
 * Group gdtpage: the GDT seen through a page that may be written, or not: loads that set
 * the accessed bit, LTR that sets the busy bit, and descriptors that have theirs. The
 * table is read and written as the supervisor at any CPL; so only CR0.WP keeps a page
 * that is not writable from it.  Rules: SDM vol. 3A sections 3.4.5.1, 4.6.1, 4.7 and 7.2.2.
 */
#include "conformance/result.h"
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define ALIAS  PG_LIN /* where the page with the GDT is seen */
#define TABLE  (ALIAS + (TABLES_GDT & 0xfff))
#define VECTOR 0x61u
#define GDTR   (CASE_DS_BASE + CASE_OFF + 0x20u) /* the alias's, then the one that was */
#define OLD    (CASE_DS_BASE + CASE_OFF + 0x28u)
#define PTE    (PG_PT)

enum how { H_ES, H_SS, H_DS, H_FS, H_GS, H_CS, H_LES, H_POP, H_LTR, H_LLDT, H_LAR, H_VERR, HOWS };
static const struct {
	const char *name;
	u8 cpls; /* 1: ring 0, 2: ring 3 */
	u8 access;
} hows[HOWS] = {
	{"mov_es", 3, 0x92},     {"mov_ss", 3, 0x92}, {"mov_ds", 3, 0x92}, {"mov_fs", 3, 0x90},
	{"mov_gs", 3, 0x98 | 2}, {"jmp_cs", 3, 0x98}, {"les", 3, 0x92},    {"pop_fs", 3, 0x96},
	{"ltr", 1, 0x89},        {"lldt", 1, 0x82},   {"lar", 3, 0x92},    {"verr", 3, 0x92},
};

static void one(struct gen *g, enum how h, bool set, bool writable, bool wp, bool user,
		unsigned cpl)
{
	struct tcase *t = sys_case(
		g, "gdtpage", hows[h].name,
		sys_text("%s%s%s", writable ? "rw" : "ro", wp ? "_wp" : "", user ? "_user" : ""),
		CM_FLAT32, cpl, set ? "set" : "clear", "SDM 3A 3.4.5.1, 4.6.1, 4.7");
	u8 access = (u8)(hows[h].access | (h < H_LTR || h >= H_LAR ? cpl << 5 : 0));
	u32 at = CASE_CS_BASE + CASE_OFF, pte = TABLES_GDT & 0xfffff000, seen;
	bool system = h == H_LTR || h == H_LLDT, marks = h <= H_LTR && !set;
	bool fault = marks && !writable && wp;
	u8 gdtr[6] = {(u8)(GDT_TOTAL * 8 - 1),
		      (u8)((GDT_TOTAL * 8 - 1) >> 8),
		      (u8)TABLE,
		      (u8)(TABLE >> 8),
		      (u8)(TABLE >> 16),
		      (u8)(TABLE >> 24)};
	u16 sel = SEL_SLOT(0, h == H_LTR || h == H_LLDT ? 0 : cpl);
	static const u8 zero[6];

	/* A busy TSS is another matter: #GP. Nothing is set in an LDT's descriptor. */
	if ((h == H_LTR || h == H_LLDT) && set) {
		gen_drop(g);
		return;
	}
	if (h == H_LTR)
		sys_desc(t, OP_GDT, 0, CASE_FS_BASE + CASE_OFF, 103, access, 0);
	else if (h == H_LLDT)
		sys_desc(t, OP_GDT, 0, CASE_FS_BASE + CASE_OFF, 0xff, access, 0);
	else /* flat, as what it replaces */
		sys_desc(t, OP_GDT, 0, 0, 0xfffff, (u8)(access | set), 0xc);
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, pte | P | AD | (writable ? W : 0) | (user ? U : 0), 0);
	if (wp)
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
	set_mem(t, GDTR, gdtr, 6);
	set_mem(t, OLD, zero, 6);
	/* In ring 0: SGDT, LGDT, IRET. Back: EAX the error code of #PF or what INT n finds on
	 * its stack, EBX CR2, the old table, INT3. */
	sys_handler(t, VECTOR, 0, "0f 01 05 D 0f 01 15 D cf", OLD, GDTR);
	if (cpl)
		sys_gate(t, OP_IDT, VECTOR, SEL_MAIN_CODE, SYS_HANDLER, 0xee, 0);
	sys_handler(t, PF, 0x20, "58 0f 20 d3 0f 01 15 D cc", OLD);
	sys_handler(t, VECTOR + 1, 0x30, "31 c0 0f 01 15 D cc", OLD);
	sys_gate(t, OP_IDT, VECTOR + 1, SEL_MAIN_CODE, SYS_HANDLER + 0x30, 0xee, 0);
	set_gpr(t, A_EBX, 0);
	set_gpr(t, A_ECX, sel);
	sys_code(t, "cd 61");
	switch (h) {
	case H_ES:
	case H_SS:
	case H_DS:
	case H_FS:
	case H_GS:
		sys_code(t, "8e");
		t->code[t->code_len++] = (u8)(0xc1 | (h == H_ES   ? A_ES
						      : h == H_SS ? A_SS
						      : h == H_DS ? A_DS
						      : h == H_FS ? A_FS
								  : A_GS)
							     << 3);
		break;
	case H_CS:
		sys_code(t, "ea D W", at + t->code_len + 7u, (u32)sel);
		break;
	case H_LES:
		set_mem32(t, CASE_DS_BASE + CASE_OFF + 0x30, 0x1234, 4);
		set_mem32(t, CASE_DS_BASE + CASE_OFF + 0x34, sel, 2);
		sys_code(t, "c4 15 D", CASE_DS_BASE + CASE_OFF + 0x30);
		break;
	case H_POP:
		sys_code(t, "51 0f a1");
		break;
	case H_LTR:
		sys_code(t, "0f 00 d9");
		break;
	case H_LLDT:
		sys_code(t, "0f 00 d1");
		break;
	case H_LAR:
		t->ign_reg = A_EDX; /* bits 19-16 are undefined: 2A LAR */
		t->ign_mask = 0xf0000;
		sys_code(t, "0f 02 d1");
		break;
	default:
		sys_code(t, "0f 00 e1");
	}
	sys_code(t, "cd 62");
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, SYS_HANDLER + (fault ? 0x20 + 12 : 0x30 + 10));
	seen = OBS_GDT(0) + 4;
	if (fault) {
		expect(t, X_GPR, A_EAX, 0, P | W); /* the supervisor's */
		expect(t, X_GPR, A_EBX, 0xfffffff8, TABLE + 8 * GDT_SYS_FIRST);
		t->ign_reg = A_EBX; /* the byte, the word, or all of it */
		t->ign_mask = 7;
		t->ign_lin = OBS_CR2;
		t->ign_len = 4;
		t->ign_fields = DIFF_MEM; /* the frame, with RF */
		expect_same(t, seen, 4);
		expect_same(t, OBS_TR, 4);
		return;
	}
	expect(t, X_GPR, A_EAX, 0, 0);
	if (!marks)
		expect_same(t, seen, 4);
	else
		expect_mem(t, seen, 4, 0,
			   desc_high(h == H_LTR ? CASE_FS_BASE + CASE_OFF : 0,
				     h == H_LTR ? 103 : 0xfffff,
				     (u8)(access | (h == H_LTR ? 2 : 1)), h == H_LTR ? 0 : 0xc));
	if (system)
		return;
	if (h == H_FS || h == H_POP)
		expect(t, X_SEL, A_FS, 0, sel);
}

void gen_sys_gdtpage(struct gen *g)
{
	unsigned h, i, cpl;

	for (h = 0; h < HOWS; h++)
		for (cpl = 0; cpl < 4; cpl += 3)
			for (i = 0; i < 16; i++)
				if (hows[h].cpls & (cpl ? 2 : 1))
					one(g, (enum how)h, i & 1, i & 2, i & 4, i & 8, cpl);
}
