/* SPDX-License-Identifier: MIT
 * Group smc: code that is written by whole images (FNSAVE, FXSAVE), by port input
 * (INS from the mask register of the 8259A), by the frame of an interrupt, and by the
 * processor's own accessed and dirty bits, where the code is a page table, too.
 */
#include "conformance/sys/smc.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40 };
#define VECTOR  0x60u
#define WRITTEN (CASE_CS_BASE + CASE_OFF) /* linear address of the case's code */

static void nops(struct tcase *t, unsigned n)
{
	while (n--)
		sys_code(t, "90");
}

/* Eight registers of 43434343h... make 80 bytes INC EBX. */
static void fnsave(struct gen *g, unsigned gap, const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "fnsave", "store", m->mode, m->cpl, sys_text("gap%u", gap));
	bool wide = sys_wide(t);
	u8 image[108] = {0x7f, 0x03};
	unsigned head = wide ? 28 : 14, i;
	u32 data = mode_off(t, A_DS, CASE_OFF);

	t->need = N_FPU;
	sys_op(t, OP_FPU, 1, 0, 0);
	for (i = 0; i < 80; i++)
		image[head + i] = 0x43;
	for (i = 0; i < head + 80; i += TC_MEM_LEN)
		set_mem(t, win(A_DS, CASE_OFF + i), image + i,
			head + 80 - i < TC_MEM_LEN ? head + 80 - i : TC_MEM_LEN);
	sys_mem(t, "dd", 4, data);
	smc_store(t, "dd", 6, 0);
	i = t->code_len - (wide ? 4u : 2u);
	nops(t, gap);
	data = smc_off(t, WRITTEN + t->code_len - head);
	t->code[i] = (u8)data;
	t->code[i + 1] = (u8)(data >> 8);
	if (wide)
		t->code[i + 2] = (u8)(data >> 16);
	smc_sled(t, 80);
	t->ign_lin = WRITTEN - head; /* the words in front are x87env's affair */
	t->ign_len = head + 16;
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0xffff, 0);
	expect(t, X_GPR, A_EBX, 0xffff, 80);
}

/* XMM7 of the area becomes eleven INC EBX and a jump, as reserved bytes follow; it lies
 * right behind FXSAVE, whose own bytes are in the area, too. */
static void fxsave(struct gen *g, u32 at, const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "fxsave", "store", m->mode, m->cpl, sys_text("at%x", at));
	u8 b[16] = {0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43, 0x43,
		    0x43, 0x43, 0x43, 0xe9, 0,    0,    0,    0};
	u32 stop = 0x1f8, jump = stop - (at + (sys_wide(t) ? 16 : 14)); /* behind the area */

	t->need = N_FXSR | N_SSE;
	sys_op(t, OP_FPU, 1, 0, 0);
	sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	b[12] = (u8)jump;
	b[13] = (u8)(jump >> 8);
	set_mem(t, win(A_DS, CASE_OFF), b, sizeof b);
	sys_mem(t, "0f 10", 7, mode_off(t, A_DS, CASE_OFF));
	while (t->code_len < at - smc_store_len(t, 2))
		sys_code(t, "90");
	smc_store(t, "0f ae", 0, smc_off(t, WRITTEN + at - 272));
	smc_sled(t, 16);
	t->ign_lin = WRITTEN + at - 272;
	t->ign_len = 512;
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + stop + 1);
	expect(t, X_GPR, A_EAX, 0xffff, 0);
	expect(t, X_GPR, A_EBX, 0xffff, 11);
}

/* The mask register gives back 43; all lines are masked again behind it. */
static void ins(struct gen *g, unsigned size, unsigned count, unsigned gap,
		const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, "ins", sys_text("size%u_n%u", size, count), m->mode, m->cpl,
				   sys_text("gap%u", gap));
	unsigned n = count ? count : 1, imm;

	set_gpr(t, A_ECX, count);
	sys_code(t, "b0 43 e6 21 b2 21 b6 00");
	sys_code(t, sys_wide(t) ? "bf D" : "bf W", 0u);
	imm = t->code_len - (sys_wide(t) ? 4u : 2u);
	sys_code(t, count ? "f3 6c" : "6c");
	sys_code(t, "b8");
	sys_code(t, sys_wide(t) ? "D" : "W", 0u);
	nops(t, gap);
	t->code[imm] = (u8)smc_off(t, WRITTEN + t->code_len);
	t->code[imm + 1] = (u8)(smc_off(t, WRITTEN + t->code_len) >> 8);
	if (sys_wide(t))
		t->code[imm + 2] = (u8)(smc_off(t, WRITTEN + t->code_len) >> 16);
	smc_sled(t, 16);
	sys_code(t, "50 b0 ff e6 21 58");
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0xffff, 16 - n);
	expect(t, X_GPR, A_EBX, 0xffff, n);
}

/* The frame of a 16-bit gate or of real mode, IP CS FLAGS: an immediate, and the flags
 * are INC ESI and ADD AL (or OR AL, with OF): 0446, 0c46. */
static void frame(struct gen *g, const char *name, const char *code, u16 flags, unsigned gap,
		  const struct smc_mode *m)
{
	struct tcase *t = smc_case(g, name, "frame", m->mode, m->cpl, sys_text("gap%u", gap));
	bool wide = sys_wide(t), real = m->mode == CM_REAL16;
	unsigned vector = code[0] == 'c' && code[1] == 'd' ? VECTOR : code[0] == 'c' ? 4 : DB;
	u32 ip, at;

	set_gpr(t, A_ESI, 0);
	t->eflags = flags;
	if (real) {
		set_mem(t, SYS_HANDLER, "\xcf", 1);
		sys_op(t, OP_IVT, vector, (CASE_CS_BASE << 12) | (SYS_HANDLER - CASE_CS_BASE), 0);
	} else {
		set_mem(t, SYS_HANDLER, wide ? "\x66\xcf" : "\xcf\x90", 2);
		sys_gate(t, OP_IDT, vector, t->sel[A_CS], SYS_HANDLER - CASE_CS_BASE, 0x86, 0);
	}
	sys_code(t, code);
	ip = smc_off(t, WRITTEN + t->code_len);
	nops(t, gap);
	sys_code(t, "O bb 55 55 55 55");
	at = smc_off(t, WRITTEN + t->code_len - 4);
	sys_code(t, "90 90 21");
	set_gpr(t, A_ESP, at + 6);
	set_sel(t, A_SS, t->sel[A_ES]);
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, ip | (u32)t->sel[A_CS] << 16);
	expect(t, X_GPR, A_ESI, 0xffff, 1);
	expect(t, X_GPR, A_EAX, 0xffff, 0x21);
}

/* The immediate of MOV EBX is a page table entry that maps the page accessed; IRET
 * serializes. */
static void walker(struct gen *g, bool write, unsigned rounds, unsigned off)
{
	struct tcase *t = smc_case(g, write ? "sets_d" : "sets_a", sys_text("at%u", off), CM_FLAT32,
				   0, sys_text("rounds%u", rounds));
	u32 pte = (CASE_DS_BASE + CASE_OFF) | P | W | U, sum = 0, i, at, lin;
	static const u8 zero[16]; /* PUSH CS leaves the upper half of its slot, or clears it */
	unsigned top;

	set_mem(t, win(A_SS, CASE_OFF) - sizeof zero, zero, sizeof zero);
	set_gpr(t, A_ECX, rounds);
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, WRITTEN | P | W | U | A, 0);
	nops(t, off);
	top = t->code_len;
	sys_code(t, write ? "89 3d D" : "8b 3d D", 0u);
	at = t->code_len - 4u;
	sys_code(t, "9c 0e 68 D cf", WRITTEN + t->code_len + 8);
	/* ADD EBX, imm32 with the immediate on four bytes. */
	while ((t->code_len + 2) % 4)
		sys_code(t, "90");
	sys_code(t, "81 c3");
	lin = PG_LIN + 0x1000 * (t->code_len / 4u);
	for (i = 0; i < 4; i++)
		t->code[at + i] = (u8)(lin >> 8 * i);
	sys_code(t, "D", pte);
	sys_code(t, "49 75");
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
	for (i = 0; i < rounds; i++)
		sum += pte | A | (write ? D : 0);
	t->ign_regs = 1u << A_EDI;
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, sum);
}

void gen_smc_stores(struct gen *g)
{
	static const u8 gaps[] = {0, 1, 3};
	unsigned m, k, size;

	for (m = 0; m < SMC_MODES; m++) {
		const struct smc_mode *mode = &smc_modes[m];

		fnsave(g, 0, mode);
		for (k = 0x20; k <= 0x40; k += 0x10)
			fxsave(g, k, mode);
		if (mode->cpl)
			continue;
		for (k = 0; k < sizeof gaps; k++) {
			for (size = 0; size <= 15; size = size * 2 + 1)
				ins(g, 1, size, gaps[k], mode);
			if (mode->mode == CM_FLAT32) /* its frame has offsets of 32 bits */
				continue;
			frame(g, "int", "cd 60", 0x0446, gaps[k], mode);
			frame(g, "into", "ce", 0x0c46, gaps[k], mode);
			frame(g, "int1", "f1", 0x0446, gaps[k], mode);
		}
	}
	for (k = 1; k <= 4; k++)
		for (size = 0; size < 4; size++) {
			walker(g, false, k, size);
			walker(g, true, k, size);
		}
}
