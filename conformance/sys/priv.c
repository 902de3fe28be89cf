/* SPDX-License-Identifier: MIT
 * Group privilege: every privileged, IOPL-sensitive and merely telling instruction
 * in rings 0 to 3 with each IOPL, in 16- and 32-bit code, in virtual-8086 mode with
 * and without VME and under PVI.  Rules: SDM vol. 3A sections 5.9, 20.2 and 20.3;
 * each instruction's own page.
 */
#include <string.h>

#include "conformance/sys/sys.h"

enum rule {
	R_CPL0,   /* #GP(0) outside ring 0 */
	R_PMODE,  /* the same, #UD where there is no protected mode */
	R_IOPL,   /* #GP(0) when CPL > IOPL */
	R_V86,    /* #GP(0) only in virtual-8086 mode with IOPL < 3 */
	R_PORT,   /* CPL > IOPL or virtual-8086: by the I/O bitmap, which there is not */
	R_GP,     /* #GP(0) everywhere */
	R_FREE,   /* runs everywhere */
	R_FREEPM, /* runs, #UD in virtual-8086 mode */
	R_NEVER,  /* #UD */
	R_HALT,   /* as R_CPL0; not run in ring 0, where it would wait for ever */
	R_WITNESS /* depends on more than the ring: the witnesses say */
};

static const struct {
	const char *name, *form, *code, *cite;
	enum rule rule;
	u32 eax, ecx, need;
} insns[] = {
	{"hlt", "none", "f4", "SDM 2A HLT", R_HALT, 0, 0, 0},
	{"clts", "none", "0f 06", "SDM 2A CLTS", R_CPL0, 0, 0, 0},
	{"wbinvd", "none", "0f 09", "SDM 2D WBINVD", R_CPL0, 0, 0, 0},
	{"invd", "none", "0f 08", "SDM 2A INVD", R_CPL0, 0, 0, 0},
	{"lmsw", "ax", "0f 01 f0", "SDM 2A LMSW", R_CPL0, 0x31, 0, 0},
	{"rdmsr", "tsc", "0f 32", "SDM 2B RDMSR", R_CPL0, 0, 0x174, N_SEP},
	{"wrmsr", "sep", "0f 30", "SDM 2D WRMSR", R_CPL0, 0, 0x174, N_SEP},
	{"rdmsr", "none", "0f 32", "SDM 2B RDMSR: reserved MSR", R_GP, 0, 0x4d5253, N_MSR},
	{"wrmsr", "none", "0f 30", "SDM 2D WRMSR: reserved MSR", R_GP, 0, 0x4d5253, N_MSR},
	{"mov", "r_cr0", "0f 20 c0", "SDM 2B MOV CR", R_CPL0, 0, 0, 0},
	{"mov", "r_cr2", "0f 20 d0", "SDM 2B MOV CR", R_CPL0, 0, 0, 0},
	{"mov", "r_cr4", "0f 20 e0", "SDM 2B MOV CR", R_CPL0, 0, 0, 0},
	{"mov", "cr0_r", "0f 22 c0", "SDM 2B MOV CR", R_CPL0, 0x31, 0, 0},
	{"mov", "cr0_nw", "0f 22 c0", "SDM 2B MOV CR: NW without CD", R_GP, 0x20000031, 0, 0},
	{"mov", "cr0_pg_nope", "0f 22 c0", "SDM 2B MOV CR: PG without PE", R_GP, 0x80000030, 0, 0},
	{"mov", "cr2_r", "0f 22 d0", "SDM 2B MOV CR", R_CPL0, 0, 0, 0},
	{"mov", "cr4_rsvd", "0f 22 e0", "SDM 2B MOV CR: reserved bits", R_GP, 0x80000000, 0, 0},
	{"mov", "r_dr0", "0f 21 c0", "SDM 2B MOV DR", R_CPL0, 0, 0, 0},
	{"mov", "r_dr6", "0f 21 f0", "SDM 2B MOV DR", R_CPL0, 0, 0, 0},
	{"mov", "r_dr7", "0f 21 f8", "SDM 2B MOV DR", R_CPL0, 0, 0, 0},
	{"mov", "dr0_r", "0f 23 c0", "SDM 2B MOV DR", R_CPL0, 0, 0, 0},
	{"mov", "dr7_r", "0f 23 f8", "SDM 2B MOV DR", R_CPL0, 0x400, 0, 0},
	{"mov", "r_cr1", "0f 20 c8", "SDM 2B MOV CR: no such register", R_WITNESS, 0, 0, 0},
	{"mov", "r_cr5", "0f 20 e8", "SDM 2B MOV CR: no such register", R_WITNESS, 0, 0, 0},
	{"invlpg", "m", "0f 01 3f", "SDM 2A INVLPG", R_CPL0, 0, 0, 0},
	{"invlpg", "r", "0f 01 f8", "SDM 2A INVLPG: register operand", R_NEVER, 0, 0, 0},
	{"lgdt", "r", "0f 01 d0", "SDM 2A LGDT: register operand", R_NEVER, 0, 0, 0},
	{"lldt", "null", "31 c0 0f 00 d0", "SDM 2A LLDT", R_PMODE, 0, 0, 0},
	{"ltr", "null", "31 c0 0f 00 d8", "SDM 2A LTR", R_PMODE, 0, 0, 0},
	{"cli", "none", "fa", "SDM 2A CLI", R_IOPL, 0, 0, 0},
	{"sti", "none", "fb 90", "SDM 2B STI", R_IOPL, 0, 0, 0},
	{"pushf", "w", "o 9c", "SDM 2B PUSHF", R_V86, 0, 0, 0},
	{"pushf", "d", "O 9c", "SDM 2B PUSHF", R_V86, 0, 0, 0},
	{"popf", "none", "6a 00 9d", "SDM 2B POPF", R_V86, 0, 0, 0},
	{"popf", "if", "68 02 02 9d 90", "SDM 2B POPF", R_V86, 0, 0, 0},
	{"int", "n", "cd 21", "SDM 2A INT n", R_WITNESS, 0, 0, 0},
	{"int3", "none", "cc", "SDM 2A INT3", R_WITNESS, 0, 0, 0},
	{"iret", "none", "cf", "SDM 2A IRET", R_WITNESS, 0, 0, 0},
	{"in", "al_imm", "e4 83", "SDM 2A IN", R_PORT, 0, 0, 0},
	{"in", "al_dx", "ec", "SDM 2A IN", R_PORT, 0, 0, 0},
	{"out", "imm_al", "e6 83", "SDM 2B OUT", R_PORT, 0, 0, 0},
	{"out", "dx_al", "ee", "SDM 2B OUT", R_PORT, 0, 0, 0},
	{"outsb", "dx", "6e", "SDM 2B OUTS", R_PORT, 0, 0, 0},
	{"smsw", "ax", "0f 01 e0", "SDM 2B SMSW", R_FREE, 0, 0, 0},
	{"sgdt", "r", "0f 01 c0", "SDM 2B SGDT: register operand", R_NEVER, 0, 0, 0},
	{"sldt", "ax", "0f 00 c0", "SDM 2B SLDT", R_FREEPM, 0, 0, 0},
	{"str", "ax", "0f 00 c8", "SDM 2B STR", R_FREEPM, 0, 0, 0},
	{"arpl", "ax_cx", "63 c8", "SDM 2A ARPL", R_FREEPM, 0, 0x3, 0},
	{"cpuid", "leaf0", "0f a2 O 31 c0 O 31 c9 O 31 d2 O 31 db", "SDM 2A CPUID", R_FREE, 0, 0,
	 0},
	{"rdtsc", "none", "0f 31 O 31 c0 O 31 d2", "SDM 2B RDTSC", R_FREE, 0, 0, N_FPU},
	{"ud2", "none", "0f 0b", "SDM 2B UD", R_NEVER, 0, 0, 0},
	{"sysenter", "cs0", "0f 34", "SDM 2B SYSENTER: MSR 174 is 0", R_WITNESS, 0, 0, N_SEP},
	{"sysexit", "cs0", "0f 35", "SDM 2B SYSEXIT: MSR 174 is 0", R_WITNESS, 0, 0, N_SEP},
};

struct place {
	unsigned mode, cpl, iopl;
	u32 cr4, need;
	const char *cls;
};

static bool refused(enum rule r, const struct place *p)
{
	bool v86 = p->mode == CM_V86;

	switch (r) {
	case R_CPL0:
	case R_PMODE:
	case R_HALT:
		return p->cpl > 0;
	case R_GP:
		return true;
	case R_IOPL:
		return p->cpl > p->iopl;
	case R_V86:
		return v86 && p->iopl < 3;
	case R_PORT:
		return v86 || p->cpl > p->iopl;
	default:
		return false;
	}
}

/* Virtual interrupts: SDM vol. 3A section 20.3 and table 20-2; the witnesses say. */
static bool virtual_if(enum rule r, const struct place *p)
{
	return (r == R_IOPL || r == R_V86) && p->cr4 && p->iopl < 3;
}

/* For IRET: back to the same CS, to INT3 further on. */
static void frame(struct tcase *t)
{
	unsigned size = t->mode == CM_PM32 ? 4 : 2;
	u32 at = win(A_SS, CASE_OFF);

	set_mem32(t, at, CASE_OFF + 0x80, size);
	set_mem32(t, at + size, t->sel[A_CS], size);
	set_mem32(t, at + 2 * size, 2, size);
}

/* Instructions whose rule is theirs alone: INT n is refused in virtual-8086 mode with
 * IOPL below 3, else its gate counts (DPL 3); INT3 knows no IOPL; IRET as INT n;
 * SYSENTER and SYSEXIT with MSR 174h zero are #GP(0) everywhere; CR1 and CR5 do not
 * exist, but which of #UD and #GP comes first outside ring 0 is not said. */
static void by_name(struct tcase *t, const char *name, const struct place *p)
{
	bool refused_here = p->mode == CM_V86 && p->iopl < 3;
	bool redirected = p->mode == CM_V86 && p->cr4; /* by the bitmap of the TSS */

	if (!strncmp(name, "sys", 3)) {
		expect_fault(t, GP, 0);
	} else if (!strcmp(name, "mov")) {
		if (!p->cpl)
			expect_fault(t, UD, 0);
	} else if (!strcmp(name, "int3")) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + 1);
	} else if (redirected) {
		return;
	} else if (refused_here) {
		expect_fault(t, GP, 0);
	} else if (!strcmp(name, "int")) {
		expect(t, X_VECTOR, 0, 0, 0x21);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + 2);
	} else {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, CASE_OFF + 0x81);
	}
}

static void one(struct gen *g, unsigned n, const struct place *p)
{
	enum rule r = insns[n].rule;
	struct tcase *t;
	bool v86 = p->mode == CM_V86;

	if (r == R_HALT && !p->cpl)
		return;
	t = sys_case(g, "privilege", insns[n].name, insns[n].form, p->mode, p->cpl, p->cls,
		     insns[n].cite);
	t->need = insns[n].need | p->need;
	if (p->cr4)
		sys_op(t, OP_CR4, 0, p->cr4, 0);
	t->eflags = (t->eflags & ~(u32)F_IOPL) | p->iopl << 12;
	set_gpr(t, A_EAX, insns[n].eax);
	set_gpr(t, A_ECX, insns[n].ecx);
	set_gpr(t, A_EDX, 0x83);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	set_gpr(t, A_EDI, mode_off(t, A_DS, CASE_OFF));
	set_gpr(t, A_ESI, mode_off(t, A_DS, CASE_OFF));
	frame(t);
	if (insns[n].name[0] == 'p' && insns[n].form[0] == 'i' && mode_opsize(p->mode) == 4 && !v86)
		sys_code(t, "68 02 02 00 00 9d 90");
	else
		sys_code(t, insns[n].code);
	if (insns[n].name[0] == 'i' && insns[n].name[1] == 'n' && !insns[n].name[2])
		t->ign_regs = 1; /* what the port holds */
	if (virtual_if(r, p)) {  /* PUSHF of 32 bits has no virtual form */
		if (v86 && insns[n].form[0] == 'd')
			expect_fault(t, GP, 0);
		else
			expect_done(t);
	}
	if (r == R_WITNESS)
		by_name(t, &insns[n].name[0], p);
	if (r == R_WITNESS || virtual_if(r, p))
		return;
	if (r == R_NEVER || (v86 && (r == R_PMODE || r == R_FREEPM)))
		expect_fault(t, UD, 0);
	else if (refused(r, p) || (insns[n].code[0] == '3' && insns[n].name[1] == 't'))
		expect_fault(t, GP, 0);
	else
		expect_done(t);
}

void gen_sys_priv(struct gen *g)
{
	static const char *const iopl[4] = {"iopl0", "iopl1", "iopl2", "iopl3"};
	static const char *const vme[4] = {"vme_iopl0", "vme_iopl1", "vme_iopl2", "vme_iopl3"};
	unsigned n, i, cpl;

	for (n = 0; n < sizeof insns / sizeof *insns; n++) {
		for (cpl = 0; cpl < 4; cpl++)
			for (i = 0; i < 4; i++) {
				struct place p = {CM_PM32, cpl, i, 0, 0, iopl[i]};

				if (!cpl && i)
					continue;
				one(g, n, &p);
				p.mode = CM_PM16;
				if (i == 0 || i == 3)
					one(g, n, &p);
			}
		for (i = 0; i < 4; i++) {
			struct place p = {CM_V86, 3, i, 0, 0, iopl[i]};

			one(g, n, &p);
			p.cr4 = CR4_VME;
			p.need = N_VME;
			p.cls = vme[i];
			one(g, n, &p);
		}
		for (i = 0; i < 4; i += 3) {
			struct place p = {CM_PM32, 3,     i,
					  CR4_PVI, N_VME, i ? "pvi_iopl3" : "pvi_iopl0"};

			one(g, n, &p);
		}
	}
}
