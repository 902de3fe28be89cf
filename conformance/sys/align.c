/* SPDX-License-Identifier: MIT
 * Group align: #AC with each combination of CR0.AM and EFLAGS.AC by CPL, for
 * operands of 1 to 108 bytes at every offset of a 16-byte line; and its place behind
 * page faults.  Rules: SDM vol. 3A section 6.15, interrupt 17, table 6-7.
 */
#include "conformance/sys/sys.h"

static const struct {
	const char *name, *code;
	u8 align; /* required by table 6-7; 0: no rule that all processors share */
	u8 fpu;
	u32 need;
} insns[] = {
	{"mov_r8", "8a 03", 1, 0, 0},
	{"mov_r16", "66 8b 03", 2, 0, 0},
	{"mov_r32", "8b 03", 4, 0, 0},
	{"mov_m16", "66 89 03", 2, 0, 0},
	{"mov_m32", "89 03", 4, 0, 0},
	{"add_m32", "01 03", 4, 0, 0},
	{"xchg_m32", "87 03", 4, 0, 0},
	{"les", "c4 0b", 0, 0, 0},
	{"bt_m32", "0f a3 03", 4, 0, 0},
	{"push_m32", "ff 33", 4, 0, 0},
	{"fld_m32", "d9 03", 4, 1, N_FPU},
	{"fld_m64", "dd 03", 8, 1, N_FPU},
	{"fild_m64", "df 2b", 8, 1, N_FPU},
	{"fld_m80", "db 2b", 8, 1, N_FPU},
	{"fst_m64", "dd 13", 8, 1, N_FPU},
	{"fstenv", "d9 33", 4, 1, N_FPU},
	{"fnsave", "dd 33", 4, 1, N_FPU},
	{"fldcw", "d9 2b", 2, 1, N_FPU},
	{"cmpxchg8b", "0f c7 0b", 8, 0, N_CX8},
	{"movsd_si", "a5", 4, 0, 0},
	{"bound", "62 03", 4, 0, 0},
};

static void one(struct gen *g, unsigned n, unsigned off, unsigned cpl, bool am, bool ac)
{
	struct tcase *t = sys_case(g, "align", insns[n].name, sys_text("at%x", off), CM_FLAT32, cpl,
				   sys_text("am%u_ac%u", am, ac), "SDM 3A 6.15, interrupt 17");
	u32 at = mode_off(t, A_DS, CASE_OFF + 0x40 + off);
	bool checked = am && ac && cpl == 3;

	t->need = insns[n].need;
	if (insns[n].fpu)
		sys_op(t, OP_FPU, 1, 0, 0);
	if (am)
		sys_op(t, OP_CR0, 0, CR0_AM, 0);
	if (ac)
		t->eflags |= F_AC;
	set_gpr(t, A_EAX, 0x00000010);
	set_gpr(t, A_EBX, at);
	set_gpr(t, A_ESI, at);
	set_gpr(t, A_EDI, mode_off(t, A_ES, CASE_OFF + 0x40));
	if (insns[n].code[1] == '2') /* BOUND: any index is inside */
		set_mem(t, win(A_DS, CASE_OFF + 0x40 + off), "\0\0\0\x80\xff\xff\xff\x7f", 8);
	sys_code(t, insns[n].code);
	if (!insns[n].align && checked)
		return;
	if (checked && off % insns[n].align)
		expect_fault(t, AC, 0);
	else if (insns[n].align)
		expect_done(t);
}

void gen_sys_align(struct gen *g)
{
	static const u8 offs[] = {0, 1, 2, 3, 4, 6, 8, 10, 12, 15};
	unsigned n, o;

	for (n = 0; n < sizeof insns / sizeof *insns; n++)
		for (o = 0; o < sizeof offs; o++) {
			one(g, n, offs[o], 3, true, true);
			one(g, n, offs[o], 0, true, true);
			if (o & 1 && o < 6) {
				one(g, n, offs[o], 3, true, false);
				one(g, n, offs[o], 3, false, true);
				one(g, n, offs[o], 1, true, true);
				one(g, n, offs[o], 2, true, true);
			}
		}
}
