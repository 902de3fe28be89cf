/* SPDX-License-Identifier: MIT
 * Group bus, page tables behind the A20 gate: a directory, a table or a page whose
 * physical address has bit 20 set is another one while the gate is shut. Two of each are
 * made, CR3 is loaded again after each change. Witnesses: PC/AT Technical Reference
 * (keyboard controller output port bit 1), PIIX3 290550 (port 92h); SDM vol. 3A section
 * 20.1.1 (A20M#: bit 20 of every physical address), 4.3 (what those addresses are).
 */
#include "conformance/sys/sys.h"

enum { PLAIN = 0x67, PS = 0x80, BIT20 = 0x100000 };
#define DIR   0xd02000u /* nobody's memory, and with bit 20 clear */
#define TABLE 0xd04000u
#define PAGE  0xd06000u
/* Where the window of the case shows them: the one with bit 20, then the other. */
#define SHOWN(n)  (PG_LIN + 0x2000u + 0x1000u * (n))
#define SEEN      (PG_LIN + 0x80u)
#define OTHER_PT  (PG_DIR2 + 0x1000u) /* its first entry is the window of GS */
#define FRAME_ON  (CASE_DS_BASE + CASE_OFF)
#define FRAME_OFF (CASE_GS_BASE + CASE_OFF)
#define GATE_OFF  (SYS_HANDLER + 0x00u)
#define GATE_ON   (SYS_HANDLER + 0x20u)
#define FILL      (SYS_HANDLER + 0x40u)

enum level { L_DIR, L_TABLE, L_PAGE, LEVELS };
static const char *const levels[LEVELS] = {"directory", "table", "page"};
enum what { CODE, READ, WRITE, WHATS };
static const char *const whats[WHATS] = {"code", "read", "write"};

static void routine(struct tcase *t, u32 lin, const char *text)
{
	struct tcase sub = *t;

	sub.code_len = 0;
	sys_code(&sub, text);
	set_mem(t, lin, sub.code, sub.code_len);
}

static void call(struct tcase *t, u32 lin)
{
	sys_code(t, "e8 D", lin - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
}

static void look(struct tcase *t, enum what w, unsigned reg)
{
	sys_code(t, "b8 D 0f 22 d8", DIR); /* MOV CR3 */
	if (w == CODE) {
		call(t, SEEN);
	} else if (w == READ) {
		sys_code(t, "03");
		t->code[t->code_len++] = (u8)(5 | reg << 3);
		sys_code(t, "D", SEEN); /* ADD reg, [SEEN] */
	} else {
		sys_code(t, "ff 05 D", SEEN);
	}
}

static void tables(struct gen *g, enum level l, enum what w)
{
	struct tcase *t =
		sys_case(g, "bus", "a20", sys_text("%s_%s", levels[l], whats[w]), CM_FLAT32, 0,
			 "tables", "PC/AT Technical Reference; SDM 3A 20.1.1, 4.3");
	struct tcase sub = *t;
	u32 odd = l == L_DIR ? DIR : l == L_TABLE ? TABLE : PAGE, pde;
	static const u8 f_on[] = {0x43, 0x43, 0x43, 0xc3}, f_off[] = {0x46, 0x46, 0x46, 0xc3};

	t->need = N_PSE;
	sys_op(t, OP_CR4, 0, CR4_PSE, 0);
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | PLAIN, 0);
	sys_op(t, OP_PTE, 0, (l == L_PAGE ? PAGE : FRAME_ON) | PLAIN, 0);
	sys_op(t, OP_PTE, 2, DIR | PLAIN, 0);
	sys_op(t, OP_PTE, 3, (DIR ^ BIT20) | PLAIN, 0);
	if (l != L_DIR) {
		sys_op(t, OP_PTE, 4, odd | PLAIN, 0);
		sys_op(t, OP_PTE, 5, (odd ^ BIT20) | PLAIN, 0);
	}
	set_mem(t, FRAME_ON + 0x80, f_on, 4); /* INC EBX; INC ESI */
	set_mem(t, FRAME_OFF + 0x80, f_off, 4);
	/* As bus.c does it; AL is lost. */
	routine(t, GATE_OFF,
		"b0 d1 e6 64 e4 64 a8 02 75 fa b0 dd e6 60 e4 64 a8 02 75 fa e4 92 24 fc e6 92 c3");
	routine(t, GATE_ON,
		"b0 d1 e6 64 e4 64 a8 02 75 fa b0 df e6 60 e4 64 a8 02 75 fa e4 92 "
		"24 fc 0c 02 e6 92 c3");
	/* EDI: a directory; EDX: its entry of PG_LIN. Three pages of 4 MiB to themselves. */
	sub.code_len = 0;
	sys_code(&sub, "b8 D ab 05 D ab 05 D ab 92 ab c3", (u32)(PLAIN | PS), 0x400000u, 0x400000u);
	set_mem(t, FILL, sub.code, sub.code_len);
	set_gpr(t, A_EBX, 0);
	set_gpr(t, A_ESI, 0);
	t->eflags &= ~(u32)F_DF;
	pde = l == L_TABLE ? TABLE | PLAIN : PG_PT | PLAIN;
	set_gpr(t, A_EDI, SHOWN(0));
	set_gpr(t, A_EDX, pde);
	call(t, FILL);
	sys_code(t, "bf D", SHOWN(1));
	sys_code(t, "ba D", l == L_DIR ? OTHER_PT | PLAIN : pde);
	call(t, FILL);
	if (l == L_TABLE) {
		sys_code(t, "b8 D a3 D", FRAME_ON | PLAIN, SHOWN(2));
		sys_code(t, "b8 D a3 D", FRAME_OFF | PLAIN, SHOWN(3));
	} else if (l == L_PAGE) {
		sys_code(t, "a1 D a3 D", FRAME_ON + 0x80, SHOWN(2) + 0x80);
		sys_code(t, "a1 D a3 D", FRAME_OFF + 0x80, SHOWN(3) + 0x80);
	}
	call(t, GATE_OFF);
	look(t, w, A_ESI);
	call(t, GATE_ON);
	look(t, w, A_EBX);
	t->ign_regs = 1u << A_EAX;
	if (w == WRITE) { /* one INC each */
		if (l == L_PAGE) {
			sys_code(t, "8b 1d D", SEEN);
			expect(t, X_GPR, A_EBX, 0, 0xc3434344);
		} else {
			expect_mem(t, FRAME_ON + 0x80, 4, 0xff, 0x44);
			expect_mem(t, FRAME_OFF + 0x80, 4, 0xff, 0x47);
		}
	} else {
		expect(t, X_GPR, A_EBX, 0, w == CODE ? 3 : 0xc3434343);
		expect(t, X_GPR, A_ESI, 0, w == CODE ? 3 : 0xc3464646);
	}
	expect_done(t);
}

void gen_bus_tables(struct gen *g)
{
	unsigned l, w;

	for (l = 0; l < LEVELS; l++)
		for (w = 0; w < WHATS; w++)
			tables(g, (enum level)l, (enum what)w);
}
