/* SPDX-License-Identifier: MIT
 * Group crossing: operands, stacks and code across a page end whose second page is
 * absent, read-only or the supervisor's; REP that meets it in the middle; and
 * exceptions that apply together.  No part of an instruction that faults may show.
 * Rules: SDM vol. 3A sections 4.7, 6.5, 6.9 and table 6-2; vol. 2B REP.
 */
#include <string.h>

#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define END (PG_LIN + 0x1000u) /* between the pages; frames 60000 and 61000 */

static const struct second {
	const char *name;
	u32 flags;
} seconds[] = {{"np", 0}, {"ro", P | U | AD}, {"super", P | W | AD}};

/* Bytes accessed; 1 writes, 2 on the stack, 4 needs the FPU, 8 EDI, 32 has
 * undefined flags. */
static const struct {
	const char *name, *code;
	u8 size, flags;
	u32 need;
} insns[] = {
	{"mov_r32", "8b 03", 4, 0, 0},
	{"mov_m32", "89 03", 4, 1, 0},
	{"mov_r16", "66 8b 03", 2, 0, 0},
	{"mov_m16", "66 89 03", 2, 1, 0},
	{"add_m32", "01 03", 4, 1, 0},
	{"xchg_m32", "87 03", 4, 1, 0},
	{"inc_m16", "66 ff 03", 2, 1, 0},
	{"not_m32", "f7 13", 4, 1, 0},
	{"bts_m32", "0f ab 03", 4, 33, 0},
	{"shld_m32", "0f a4 03 05", 4, 33, 0},
	{"xadd_m32", "0f c1 03", 4, 1, 0},
	{"cmpxchg_m32", "0f b1 0b", 4, 1, 0},
	{"cmpxchg8b", "0f c7 0b", 8, 1, N_CX8},
	{"cmp_m32", "39 03", 4, 0, 0},
	{"test_m32", "85 03", 4, 0, 0},
	{"imul_m32", "0f af 03", 4, 32, 0},
	{"movzx_m16", "0f b7 03", 2, 0, 0},
	{"push", "50", 4, 3, 0},
	{"push16", "66 50", 2, 3, 0},
	{"pop", "58", 4, 2, 0},
	{"pop_m32", "8f 03", 4, 1, 0},
	{"pusha", "60", 32, 3, 0},
	{"popa", "61", 32, 2, 0},
	{"call", "e8 00 00 00 00", 4, 3, 0},
	{"enter", "c8 00 00 00", 4, 3, 0},
	{"stosd", "ab", 4, 9, 0},
	{"lodsd_si", "ad", 4, 0, 0},
	{"movsd_si", "a5", 4, 0, 0},
	{"fld_m64", "dd 03", 8, 4, N_FPU},
	{"fst_m64", "dd 13", 8, 5, N_FPU},
	{"fld_m80", "db 2b", 10, 4, N_FPU},
	{"fstp_m80", "db 3b", 10, 5, N_FPU},
	{"fstenv", "d9 33", 28, 5, N_FPU},
	{"fldcw", "d9 2b", 2, 4, N_FPU},
	{"fist_m32", "db 13", 4, 5, N_FPU},
	{"sgdt", "0f 01 03", 6, 1, 0},
	{"bound", "62 03", 8, 0, 0},
	{"les", "c4 0b", 6, 0, 0},
	{"setz_m8", "0f 94 03", 1, 1, 0},
	{"cmov_m32", "0f 44 03", 4, 0, 0},
};

static void pages(struct tcase *t, u32 second)
{
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, 0x60000 | P | W | U | AD, 0);
	if (second)
		sys_op(t, OP_PTE, 1, 0x61000 | second, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
}

/* back: bytes of the operand before the page end. */
static void one(struct gen *g, unsigned n, const struct second *s, unsigned back, unsigned cpl)
{
	struct tcase *t = sys_case(g, "crossing", insns[n].name, s->name, CM_FLAT32, cpl,
				   sys_text("back%u", back), "SDM 3A 4.7, 6.5");
	bool write = insns[n].flags & 1, stack = insns[n].flags & 2;
	bool present = s->flags & P;
	bool fault = back < insns[n].size &&
		     (!present || (write && !(s->flags & W)) || (cpl && !(s->flags & U)));
	u32 at = END - back;

	t->need = insns[n].need;
	pages(t, s->flags);
	t->undef = insns[n].flags & 32 ? F_ARITH : 0;
	if (insns[n].flags & 4)
		sys_op(t, OP_FPU, 1, 0, 0);
	t->eflags &= ~(u32)F_DF;
	set_gpr(t, A_EAX, 0x00000010);
	set_gpr(t, A_EBX, at);
	set_gpr(t, A_ESI, at);
	set_gpr(t, A_EDI, insns[n].flags & 8 ? at : mode_off(t, A_ES, CASE_OFF));
	if (stack)
		set_gpr(t, A_ESP, write ? at + insns[n].size : at);
	else
		set_mem32(t, win(A_SS, CASE_OFF), 0x12345678, 4);
	sys_code(t, insns[n].code);
	if (!fault) { /* what these find or where they lead the witnesses say */
		if (strcmp(insns[n].name, "les") && strcmp(insns[n].name, "bound") &&
		    strcmp(insns[n].name, "call"))
			expect_done(t);
		return;
	}
	expect_fault(t, PF, (u32)present | (write ? 2 : 0) | (cpl ? 4 : 0));
	if (!strcmp(insns[n].name, "pusha") && at + 28 > END)
		expect_mem(t, OBS_CR2, 4, 0, at + 28); /* the first push */
	else /* which store of FNSTENV finds the page is the processor's affair: x87image.c */
		expect_mem(t, OBS_CR2, 4, strcmp(insns[n].name, "fstenv") ? 0 : 0xfffff000,
			   back ? END : at);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
	expect(t, X_GPR, A_ESP, 0, t->gpr[A_ESP]);
	if (strcmp(insns[n].name, "popa"))
		expect(t, X_GPR, A_EAX, 0, t->gpr[A_EAX]);
	else
		t->ign_regs =
			0xff & ~(1u << A_ESP); /* see docs/findings.md: restarted either way */
	expect_same(t, 0x61000 - back, back > 4 ? 4 : back ? back : 1);
}

/* REP: registers stand at the element that faults. */
static void rep(struct gen *g, unsigned which, unsigned size, unsigned good, bool down,
		unsigned sec)
{
	static const struct {
		const char *name;
		u8 op;
		bool src, dst; /* which of the two operands meets the page */
	} ops[] = {{"rep_movs", 0xa4, false, true},  {"rep_movs_src", 0xa4, true, false},
		   {"rep_stos", 0xaa, false, true},  {"rep_lods", 0xac, true, false},
		   {"repe_scas", 0xae, false, true}, {"repe_cmps", 0xa6, true, false}};
	struct tcase *t =
		sys_case(g, "crossing", ops[which].name,
			 sys_text("%s%u_%s", down ? "down" : "up", size, seconds[sec].name),
			 CM_FLAT32, 3, sys_text("good%u", good), "SDM 2B REP");
	bool write = ops[which].dst && ops[which].op != 0xae, compares = which >= 4;
	u32 flags = seconds[sec].flags;
	u32 step = down ? 0u - size : size;
	u32 start = down ? END + (good - 1) * size : END - good * size, stop = start + good * step;
	u32 other = mode_off(t, ops[which].src ? A_ES : A_DS, CASE_OFF);
	bool fault = !(flags & P) || !(flags & U) || (write && !(flags & W));

	/* Downwards the good page is the second one. */
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, down ? 1 : 0, (down ? 0x61000 : 0x60000) | P | W | U | AD, 0);
	if (flags)
		sys_op(t, OP_PTE, down ? 0 : 1, (down ? 0x60000 : 0x61000) | flags, 0);
	t->eflags = (t->eflags & ~(u32)F_DF) | (down ? F_DF : 0);
	set_gpr(t, A_ECX, good + 3);
	set_gpr(t, A_EAX, 0);
	set_gpr(t, A_ESI, ops[which].src ? start : other);
	set_gpr(t, A_EDI, ops[which].dst ? start : other);
	if (compares && good) { /* all equal */
		static const u8 zero[32];

		set_mem(t, (down ? 0x61000 : 0x61000 - good * size), zero, good * size);
		if (ops[which].src)
			set_mem(t, win(A_ES, CASE_OFF) - (down ? (good - 1) * size : 0), zero,
				good * size);
	}
	t->code[t->code_len++] = 0xf3;
	if (size == 2)
		t->code[t->code_len++] = 0x66;
	t->code[t->code_len++] = (u8)(ops[which].op | (size > 1));
	if (!fault) { /* SCAS and CMPS may end earlier */
		expect_done(t);
		if (!compares)
			expect(t, X_GPR, A_ECX, 0, 0);
		return;
	}
	expect_fault(t, PF, (flags & P) | (write ? 2 : 0) | 4);
	expect_mem(t, OBS_CR2, 4, 0, stop);
	expect(t, X_GPR, A_ECX, 0, 3);
	expect(t, X_GPR, A_ESI, 0,
	       ops[which].src ? stop
	       : which == 0   ? other + good * step
			      : t->gpr[A_ESI]);
	expect(t, X_GPR, A_EDI, 0,
	       ops[which].dst             ? stop
	       : which == 1 || which == 5 ? other + good * step
					  : t->gpr[A_EDI]);
}

/* Code that ends in an absent page, one byte after another. */
static void fetch(struct gen *g, unsigned in, bool present)
{
	struct tcase *t = sys_case(g, "crossing", "fetch", present ? "present" : "np", CM_FLAT32, 3,
				   sys_text("bytes%u", in), "SDM 3A 4.7");
	static const u8 mov[5] = {0xb8, 0x78, 0x56, 0x34, 0x12};

	pages(t, present ? P | U | AD : 0);
	set_mem(t, 0x61000 - in, mov, in);
	if (present) {
		u8 rest[6];

		memcpy(rest, mov + in, 5 - in);
		rest[5 - in] = 0xcc;
		set_mem(t, 0x61000, rest, 6 - in);
	}
	set_gpr(t, A_EBX, END - in);
	sys_code(t, "ff e3");
	if (present) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_GPR, A_EAX, 0, 0x12345678);
	} else {
		expect_fault(t, PF, 4);
		expect_mem(t, OBS_CR2, 4, 0, END);
		expect(t, X_EIP, 0, 0, END - in);
	}
}

void gen_sys_cross(struct gen *g)
{
	unsigned n, s, which, size, good, down;

	for (n = 0; n < sizeof insns / sizeof *insns; n++)
		for (s = 0; s < 3; s++) {
			unsigned sz = insns[n].size;

			if (sz > 1)
				one(g, n, &seconds[s], sz / 2, 3);
			if (!(insns[n].flags & 2)) /* ring 0 takes its fault on that very stack */
				one(g, n, &seconds[s], sz / 2, 0);
			one(g, n, &seconds[s], 0, 3);
			one(g, n, &seconds[s], sz, 3);
			if (sz > 2)
				one(g, n, &seconds[s], sz - 1, 3);
		}
	for (which = 0; which < 6; which++)
		for (size = 1; size <= 4; size *= 2)
			for (good = 0; good < 6; good += 1 + (good == 1))
				for (down = 0; down < 2; down++)
					for (s = 0; s < 3; s++)
						rep(g, which, size, good, down, s);
	for (n = 1; n < 5; n++) {
		fetch(g, n, false);
		fetch(g, n, true);
	}
}
