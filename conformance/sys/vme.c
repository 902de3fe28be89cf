/* SPDX-License-Identifier: MIT
 * Group vme: CLI, STI, PUSHF, POPF, IRET and INT n in virtual-8086 mode by IOPL,
 * CR4.VME, VIF and VIP and the interrupt redirection bitmap; CLI, STI, PUSHF and POPF
 * in protected mode by CR4.PVI.  Rules: SDM vol. 3A sections 20.3 (table 20-2) and
 * 20.4; vol. 2 CLI, STI, PUSHF, POPF, IRET, INT n.  VIF and VIP both set at the start
 * is left open there and not used.
 */
#include "conformance/sys/sys.h"

#define TARGET   (CASE_OFF + 0x90u)
#define VIRT     (F_VIF | F_VIP)
#define INT_DPL3 0x21u /* a gate of DPL 3, and one of DPL 0 */
#define INT_DPL0 0x60u

struct world {
	u8 iopl;
	bool on; /* CR4.VME or PVI */
	u32 virt;
};

static const struct {
	const char *name;
	u16 image;
} images[] = {{"zero", 2},      {"if", 0x202},  {"tf", 0x102},       {"tf_if", 0x302},
	      {"arith", 0xcd7}, {"nt", 0x4002}, {"iopl_if", 0x3202}, {"all", 0x7ed7}};

static struct tcase *start(struct gen *g, const char *mnemonic, const char *form,
			   const struct world *w, unsigned mode, unsigned cpl)
{
	struct tcase *t =
		sys_case(g, "vme", mnemonic, form, mode, cpl,
			 sys_text("iopl%u_%s%s%s", w->iopl, w->on ? "on" : "off",
				  w->virt & F_VIF ? "_vif" : "", w->virt & F_VIP ? "_vip" : ""),
			 mode == CM_V86 ? "SDM 3A 20.3" : "SDM 3A 20.4");

	t->need = N_VME;
	if (w->on)
		sys_op(t, OP_CR4, 0, mode == CM_V86 ? CR4_VME : CR4_PVI, 0);
	t->eflags =
		(t->eflags & ~(u32)(F_IOPL | VIRT | F_DF)) | (u32)w->iopl << 12 | w->virt | F_IF;
	return t;
}

/* Flags that stay but for those of `mask`, which are as in value. */
static void expect_flags(struct tcase *t, u32 mask, u32 value)
{
	expect(t, X_EFLAGS, 0, F_IF | F_IOPL | VIRT | F_VM | F_TF,
	       (t->eflags & ~mask) | (value & mask));
}

static void cli_sti(struct gen *g, bool sti, const struct world *w, unsigned mode, unsigned cpl)
{
	struct tcase *t = start(g, sti ? "sti" : "cli", "none", w, mode, cpl);

	sys_code(t, sti ? "fb 90" : "fa 90");
	if (w->iopl >= cpl) {
		expect_done(t);
		expect_flags(t, F_IF, sti ? F_IF : 0);
	} else if (!w->on || cpl != 3 || (sti && w->virt & F_VIP)) {
		expect_fault(t, GP, 0);
		expect_flags(t, 0, 0);
	} else {
		expect_done(t);
		expect_flags(t, F_VIF, sti ? F_VIF : 0);
	}
}

static void pushf(struct gen *g, bool wide, const struct world *w, unsigned mode, unsigned cpl)
{
	struct tcase *t = start(g, "pushf", wide ? "o32" : "o16", w, mode, cpl);
	u32 at = win(A_SS, CASE_OFF) - (wide ? 4 : 2), image = t->eflags & 0xffff;
	bool virtual = mode == CM_V86 && w->iopl < 3;

	set_mem32(t, at, ~image, wide ? 4 : 2);
	sys_code(t, wide ? "O 9c" : "o 9c");
	if (virtual && (!w->on || wide)) {
		expect_fault(t, GP, 0);
		expect_same(t, at, 2);
		return;
	}
	if (virtual)
		image = (image & ~(u32)F_IF) | F_IOPL | (w->virt & F_VIF ? F_IF : 0);
	expect_done(t);
	expect_flags(t, 0, 0);
	expect_mem(t, at, 2, 0xffff, image);
	if (wide) /* VM and RF are not shown */
		expect_mem(t, at + 2, 2, 0xffff, (t->eflags >> 16) & ~3u);
}

static void popf(struct gen *g, unsigned i, bool wide, bool iret, const struct world *w,
		 unsigned mode, unsigned cpl)
{
	struct tcase *t;
	u32 image = images[i].image, at = win(A_SS, CASE_OFF);
	bool virtual = mode == CM_V86 && w->iopl < 3;
	unsigned n = wide ? 4 : 2;

	/* A trap behind it is the matter of group trap. */
	if (image & F_TF && (!virtual || !w->on || wide))
		return;
	t = start(g, iret ? "iret" : "popf",
		  sys_text("%s_%s", wide ? "o32" : "o16", images[i].name), w, mode, cpl);
	if (iret) {
		set_mem32(t, at, TARGET, n);
		set_mem32(t, at + n, t->sel[A_CS], n);
		at += 2 * n;
	}
	set_mem32(t, at, image, n);
	sys_code(t, wide ? "O" : "o");
	sys_code(t, iret ? "cf" : "9d");
	if (virtual && (!w->on || wide || image & F_TF || (image & F_IF && w->virt & F_VIP))) {
		expect_fault(t, GP, 0);
		expect_flags(t, 0, 0);
		expect(t, X_GPR, A_ESP, 0, t->gpr[A_ESP]);
		return;
	}
	if (iret) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
	} else {
		expect_done(t);
	}
	expect(t, X_EFLAGS, 0, F_ARITH | F_DF | F_NT, image);
	if (virtual)
		expect_flags(t, F_VIF, image & F_IF ? F_VIF : 0);
	else
		expect_flags(t, w->iopl >= cpl ? F_IF : 0, image);
}

static void interrupt(struct gen *g, unsigned vector, bool redirected, const struct world *w)
{
	struct tcase *t = start(g, "int", sys_text("%02x_bit%u", vector, redirected), w, CM_V86, 3);
	u32 at = win(A_SS, CASE_OFF) - 6, image = t->eflags & 0xffff;

	sys_op(t, OP_TSSLIM, 0, 0x98, 0);
	sys_op(t, OP_TSS, (TSS_REDIR + vector / 32 * 4) / 4, redirected ? 1u << vector % 32 : 0, 0);
	sys_op(t, OP_IVT, vector, (u32)(CASE_CS_BASE >> 4) << 16 | TARGET, 0);
	set_mem32(t, at, 0x5aa55aa5, 4);
	set_mem32(t, at + 4, ~image, 2);
	sys_code(t, "cd");
	t->code[t->code_len++] = (u8)vector;
	if (w->on && !redirected) { /* by the program's own table */
		if (w->iopl < 3)
			image = (image & ~(u32)F_IF) | F_IOPL | (w->virt & F_VIF ? F_IF : 0);
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
		expect_flags(t, w->iopl < 3 ? F_VIF : F_IF, 0);
		expect_mem(t, at, 4, 0, (CASE_OFF + 2) | (u32)(CASE_CS_BASE >> 4) << 16);
		expect_mem(t, at + 4, 2, 0xffff, image);
		expect(t, X_GPR, A_ESP, 0, t->gpr[A_ESP] - 6);
		return;
	}
	expect_same(t, at, 4);
	if (w->iopl < 3) {
		expect_fault(t, GP, 0);
	} else if (vector == INT_DPL0) {
		expect_fault(t, GP, vector * 8 + 2);
	} else {
		expect(t, X_VECTOR, 0, 0, vector);
		expect(t, X_EIP, 0, 0, CASE_OFF + 2);
	}
}

void gen_sys_vme(struct gen *g)
{
	static const struct {
		u8 mode, cpl;
	} modes[] = {{CM_V86, 3},  {CM_PM16, 3}, {CM_PM32, 3}, {CM_FLAT32, 3},
		     {CM_PM32, 1}, {CM_PM32, 2}, {CM_PM32, 0}};
	static const u32 virt[3] = {0, F_VIF, F_VIP};
	unsigned m, i, k;
	struct world w;

	for (m = 0; m < sizeof modes / sizeof *modes; m++)
		for (w.iopl = 0; w.iopl < 4; w.iopl++)
			for (k = 0; k < 6; k++) {
				unsigned mode = modes[m].mode, cpl = modes[m].cpl;

				/* Ring 0 is entered by POPF, which keeps VIF and VIP. */
				if (!cpl && k > 1)
					continue;
				w.on = k & 1;
				w.virt = virt[k / 2];
				cli_sti(g, false, &w, mode, cpl);
				cli_sti(g, true, &w, mode, cpl);
				pushf(g, false, &w, mode, cpl);
				pushf(g, true, &w, mode, cpl);
				for (i = 0; i < sizeof images / sizeof *images; i++) {
					if (!cpl)
						continue; /* group iret */
					popf(g, i, false, false, &w, mode, cpl);
					popf(g, i, true, false, &w, mode, cpl);
					if (mode == CM_V86) {
						popf(g, i, false, true, &w, mode, cpl);
						popf(g, i, true, true, &w, mode, cpl);
					}
				}
				for (i = 0; i < 2 && mode == CM_V86; i++) {
					interrupt(g, INT_DPL3, i, &w);
					interrupt(g, INT_DPL0, i, &w);
				}
			}
}
