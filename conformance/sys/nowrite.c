/* SPDX-License-Identifier: MIT
 * Group nowrite: instructions that leave their memory operand as it was, on segments and
 * pages that cannot be written: who checks for a write nevertheless, and who does not
 * write at all.  Rules: SDM vol. 2A CMPXCHG, CMPXCHG8B (the destination is always
 * written), CMOVcc (the load is always done), REP; vol. 3A sections 4.6, 5.5; a shift by
 * 0 and ARPL without effect: host CPU (AMD Zen 4).
 */
#include "conformance/sys/sys.h"

#define AT    (CASE_OFF + 0x40u)
#define VALUE 0x80000001u /* bits 0 and 31, and what registers match or do not */

/* [EBX] holds VALUE; EAX, ECX, EDX and EDI: see one(). */
static const struct insn_row {
	const char *name, *code;
	u32 need;
	bool writes;
} rows[] = {
	{"mov_same", "89 33", 0, true},
	{"or_0", "83 0b 00", 0, true},
	{"and_ones", "83 23 ff", 0, true},
	{"xor_0", "80 33 00", 0, true},
	{"add_0", "66 83 03 00", 0, true},
	{"shl_0", "c1 23 00", 0, true},
	{"shl_cl", "d3 23", 0, true},
	{"rol_32", "c1 03 20", 0, true},
	{"bts_set", "0f ba 2b 00", 0, true},
	{"btr_clear", "0f ba 33 01", 0, true},
	{"xchg_same", "87 33", 0, true},
	{"xadd_0", "0f c1 0b", 0, true},
	{"cmpxchg_ne", "0f b1 33", 0, true},
	{"lock_or_0", "f0 83 0b 00", 0, true},
	{"cmpxchg8b", "0f c7 0b", N_CX8, true},
	{"cmp", "39 33", 0, false},
	{"test", "85 33", 0, false},
	{"bt", "0f ba 23 00", 0, false},
	{"rep_stosb", "f3 aa", 0, false},
	{"rep_movsb", "f3 a4", 0, false},
	{"arpl", "63 33", 0, false},
	{"cmovo", "0f 40 03", N_CMOV, false},
};

enum place { RO_SEGMENT, RO_PAGE, BEYOND, NO_PAGE, PLACES };
static const char *const places[PLACES] = {"ro_segment", "ro_page", "beyond", "no_page"};

static void one(struct gen *g, const struct insn_row *x, enum place place, unsigned cpl)
{
	bool paged = place == RO_PAGE || place == NO_PAGE,
	     rep = x->code[0] == 'f' && x->code[1] == '3';
	struct tcase *t = sys_case(g, "nowrite", x->name, places[place],
				   paged ? CM_FLAT32 : CM_PM32, cpl, x->writes ? "checked" : "free",
				   "SDM 2A CMPXCHG, CMOVcc, REP; 3A 4.6, 5.5; host CPU");
	u32 at = paged ? PG_LIN + 0x40 : AT;

	t->need = x->need;
	t->eflags &= ~(u32)(F_OF | F_DF);
	set_mem32(t, win(A_FS, AT), VALUE, 4);
	set_gpr(t, A_EAX, 0x12345678); /* not VALUE */
	set_gpr(t, A_ECX, 0);
	set_gpr(t, A_EDX, 0x12345678);
	set_gpr(t, A_EBX, at);
	set_gpr(t, A_ESI, VALUE); /* RPL 1, as in memory: ARPL has nothing to do */
	set_gpr(t, A_EDI, at);
	if (rep)
		set_gpr(t, A_ESI, at);
	if (paged) {
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
		sys_op(t, OP_PAGING, PG_32, 0, 0);
		sys_op(t, OP_PDE, 0, PG_PT | 0x67, 0);
		if (place == RO_PAGE)
			sys_op(t, OP_PTE, 0, (CASE_FS_BASE + CASE_OFF) | 0x25, 0);
	} else {
		sys_desc(t, OP_GDT, 0, CASE_FS_BASE, place == BEYOND ? AT : 0xffff,
			 (u8)((place == BEYOND ? 0x93 : 0x91) | cpl << 5), 4);
		set_sel(t, A_DS, SEL_SLOT(0, cpl));
		set_sel(t, A_ES, SEL_SLOT(0, cpl));
	}
	sys_code(t, x->code);
	if (rep || (!x->writes && (place == RO_SEGMENT || place == RO_PAGE))) {
		expect_done(t);
		expect_same(t, win(A_FS, AT), 4);
		return;
	}
	if (place == BEYOND && x->code[0] == '8' && x->code[1] == '0') { /* a byte is inside */
		expect_done(t);
		return;
	}
	expect_fault(t, paged ? PF : GP,
		     paged ? (place == RO_PAGE) | (x->writes ? 2u : 0) | (cpl ? 4u : 0) : 0);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
	expect_same(t, win(A_FS, AT), 4);
	if (paged)
		expect_mem(t, OBS_CR2, 4, 0, at);
}

void gen_sys_nowrite(struct gen *g)
{
	unsigned i, p;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		for (p = 0; p < PLACES; p++) {
			one(g, &rows[i], (enum place)p, 0);
			one(g, &rows[i], (enum place)p, 3);
		}
}
