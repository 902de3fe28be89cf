/* SPDX-License-Identifier: MIT
 * Group split: operands half in memory and half in the text window of the VGA, in both
 * orders and at each byte: moves, read-modify-writes, pushes, strings, x87 and MMX. The
 * case puts back what the window held. Rules: SDM vol. 3A section 8.1.1 (accesses that are
 * split); vol. 1 section 4.1.1 (any alignment); IBM VGA, B8000: memory in text modes.
 */
#include "conformance/sys/sys.h"

enum { PLAIN = 0x67 };
#define END    (PG_LIN + 0x1000u)
#define RAM    (CASE_FS_BASE + CASE_OFF)
#define WINDOW 0xbe000u /* not on the screen */
/* In the windows of DS: what the operand is, and what it was at the end; the VGA's own. */
#define BEFORE (CASE_DS_BASE + CASE_OFF)
#define AFTER  (CASE_DS_BASE + CASE_OFF + 0x20u)
#define SAVED  (CASE_DS_BASE + CASE_OFF + 0x40u)
#define BEGIN  (SYS_HANDLER + 0x00u) /* subroutines */
#define FINISH (SYS_HANDLER + 0x28u)

static const struct access {
	const char *name, *code; /* the operand at [EBX], ESI, EDI or ESP */
	u8 size;
	u32 need, eax;
	u32 low, high; /* the operand behind it, or of reads EAX */
	bool read;
} accesses[] = {
	{"mov_m32", "89 03", 4, 0, 0xa1a2a3a4, 0xa1a2a3a4, 0, false},
	{"mov_m16", "66 89 03", 2, 0, 0xa1a2a3a4, 0xa3a4, 0, false},
	{"mov_r32", "8b 03", 4, 0, 0, 0x14131211, 0, true},
	{"mov_r16", "66 8b 03", 2, 0, 0, 0x1211, 0, true},
	{"movzx_m16", "0f b7 03", 2, 0, 0, 0x1211, 0, true},
	{"add_m32", "01 03", 4, 0, 0x10101010, 0x24232221, 0, false},
	{"not_m32", "f7 13", 4, 0, 0, 0xebecedee, 0, false},
	{"neg_m16", "66 f7 1b", 2, 0, 0, 0xedef, 0, false},
	{"xchg_m32", "87 03", 4, 0, 0xa1a2a3a4, 0xa1a2a3a4, 0, false},
	{"lock_xadd", "f0 0f c1 03", 4, 0, 0x10101010, 0x24232221, 0, false},
	{"lock_inc", "f0 ff 03", 4, 0, 0, 0x14131212, 0, false},
	{"lock_cmpxchg", "f0 0f b1 0b", 4, 0, 0x14131211, 0, 0, false},
	{"inc_m16", "66 ff 03", 2, 0, 0, 0x1212, 0, false},
	{"bts_m32", "0f ba 2b 1f", 4, 0, 0, 0x94131211, 0, false},
	{"push_r32", "89 e5 8d 63 04 50 89 ec", 4, 0, 0xa1a2a3a4, 0xa1a2a3a4, 0, false},
	{"pop_r32", "89 e5 89 dc 58 89 ec", 4, 0, 0, 0x14131211, 0, true},
	{"push_m32", "89 e5 8d 63 04 ff 33 89 ec", 4, 0, 0, 0x14131211, 0, false},
	{"stosd", "89 df ab", 4, 0, 0xa1a2a3a4, 0xa1a2a3a4, 0, false},
	{"lodsd", "89 de ad", 4, 0, 0, 0x14131211, 0, true},
	{"movsd", "89 df be D a5", 4, 0, 0, 0x14131211, 0, false},
	{"cmp_m32", "3b 03 0f 94 c0", 4, 0, 0x14131211, 0x14131201, 0, true},
	{"fild_m64", "df 2b d9 e8 de c1 df 3b", 8, N_FPU, 0, 0x14131212, 0x18171615, false},
	{"fstp_m32", "d9 e8 d9 1b", 4, N_FPU, 0, 0x3f800000, 0, false},
	{"fstp_m64", "d9 e8 dd 1b", 8, N_FPU, 0, 0, 0x3ff00000, false},
	{"fstp_m80", "d9 e8 db 3b", 10, N_FPU, 0, 0, 0x80000000, false},
	{"movq_m64", "0f 6f 03 0f fc c0 0f 7f 03 0f 77", 8, N_MMX, 0, 0x28262422, 0x302e2c2a,
	 false},
	{"cmpxchg8b", "0f c7 0b", 8, N_CX8, 0x14131211, PG_LIN, 0, false},
};

/* The first `back` bytes of the operand lie in front of END. */
static void one(struct gen *g, const struct access *a, bool ram_first, unsigned back)
{
	static const u8 pattern[10] = {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a};
	static const u8 zero[20],
		ones[10] = {0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c};
	struct tcase *t =
		sys_case(g, "split", a->name, ram_first ? "ram_vga" : "vga_ram", CM_FLAT32, 0,
			 sys_text("back%u", back), "SDM 3A 8.1.1; vol. 1 4.1.1; IBM VGA");
	u32 at = END - back;
	struct tcase sub = *t;

	t->need = a->need;
	if (a->need & (N_FPU | N_MMX)) {
		t->need |= N_FPU;
		sys_op(t, OP_FPU, 1, 0, 0);
	}
	t->eflags &= ~(u32)F_DF;
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | PLAIN, 0);
	sys_op(t, OP_PTE, 0, (ram_first ? RAM : WINDOW) | PLAIN, 0);
	sys_op(t, OP_PTE, 1, (ram_first ? WINDOW : RAM) | PLAIN, 0);
	set_mem(t, BEFORE, pattern, sizeof pattern);
	set_mem(t, AFTER, ones, sizeof ones);
	set_mem(t, SAVED, zero, sizeof zero);
	/* REP MOVSB twice: the operand away and the pattern there; and back. */
	sys_code(&sub, "be D bf D b9 D f3 a4 be D bf D b9 D f3 a4 c3", at, SAVED, (u32)a->size,
		 BEFORE, at, (u32)a->size);
	set_mem(t, BEGIN, sub.code, sub.code_len);
	sub.code_len = 0;
	sys_code(&sub, "be D bf D b9 D f3 a4 be D bf D b9 D f3 a4 c3", at, AFTER, (u32)a->size,
		 SAVED, at, (u32)a->size);
	set_mem(t, FINISH, sub.code, sub.code_len);
	sys_code(t, "e8 D", BEGIN - (CASE_CS_BASE + CASE_OFF + 5));
	sys_code(t, "b8 D ba D bb D", a->eax, 0x18171615u, at);
	sys_code(t, a->code, BEFORE);
	sys_code(t, "e8 D", FINISH - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
	t->ign_lin = SAVED; /* this VMM's window */
	t->ign_len = sizeof zero;
	t->undef = F_ARITH;
	expect_done(t);
	if (a->read) {
		expect(t, X_GPR, A_EAX, a->size == 2 && *a->code == '6' ? 0xffff : 0, a->low);
		expect_mem(t, AFTER, a->size < 4 ? a->size : 4, 0,
			   0x14131211 & size_mask(a->size < 4 ? a->size : 4));
		return;
	}
	expect_mem(t, AFTER, a->size < 4 ? a->size : 4, 0, a->low == PG_LIN ? at : a->low);
	if (a->size >= 8)
		expect_mem(t, AFTER + 4, 4, 0, a->high);
	if (a->size == 10)
		expect_mem(t, AFTER + 8, 2, 0xffff, 0x3fff);
}

void gen_sys_split(struct gen *g)
{
	unsigned i, back;

	for (i = 0; i < sizeof accesses / sizeof *accesses; i++)
		for (back = 1; back < accesses[i].size; back++) {
			one(g, &accesses[i], true, back);
			one(g, &accesses[i], false, back);
		}
}
