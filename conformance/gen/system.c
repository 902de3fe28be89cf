/* SPDX-License-Identifier: MIT
 * System instructions that are allowed: control, debug and descriptor table
 * registers, CLTS, LMSW at CPL 0, ports also at CPL 3 with IOPL 3 (SDM vol. 3A
 * chapter 2, vol. 1 chapter 19).  Each case is a short sequence: what such an
 * instruction did is only seen by reading back, and a change is undone for the
 * next case.
 *
 * Ports that keep what is written on every machine: the DMA page register of
 * channel 1 (one byte) and the PCI configuration address (one dword, PCI 2.1
 * section 3.2.2.3.2), behind which device 0 names itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/sys/sys.h"

struct row {
	const char *mnemonic, *form, *code, *modes;
	u32 eax, ecx, edx, ignored;
	const char *cite;
};

#define RANDOM 0xffffffffu
#define SYSTEM(m, form, code, modes, eax, ecx, edx, ignored, cite)                                 \
	{#m, #form, code, modes, eax, ecx, edx, ignored, cite},
static const struct row rows[] = {
#include "conformance/insn/system.def"
};
#undef SYSTEM

#define AT_EBX 0x1040u
#define AT_ESI 0x1050u
#define AT_EDI 0x1060u

static void assemble(struct tcase *t, const char *text)
{
	bool mode16 = mode_opsize(t->mode) == 2;
	unsigned n = 0;

	while (*text) {
		unsigned digit = (unsigned)text[1] - '0';

		if (n == TC_CODE_MAX) {
			fprintf(stderr, "conformance: %s: too long\n", t->name);
			exit(3);
		}
		if (*text == 'B')
			t->code[n++] = (u8)(digit << 3 | (mode16 ? 7 : 3));
		else if (*text == 'S')
			t->code[n++] = (u8)(digit << 3 | (mode16 ? 4 : 6));
		else if (*text != 'O')
			t->code[n++] = (u8)strtoul(text, NULL, 16);
		else if (digit != mode_opsize(t->mode))
			t->code[n++] = 0x66;
		text += text[2] ? 3 : 2;
	}
	t->code_len = (u8)n;
}

static const char *class_of(const struct row *r, const struct mode_cpl *mc)
{
	if (mc->mode == CM_REAL16)
		return strchr(r->modes, 'r') ? "cpl0" : NULL;
	if (mc->cpl)
		return strchr(r->modes, '3') ? "iopl3" : NULL;
	return strchr(r->modes, 'p') ? "cpl0" : NULL;
}

/* That it completes, and of some what is read back. */
static void rules(const struct row *r, struct tcase *t)
{
	bool real = t->mode == CM_REAL16, idt = !strcmp(r->mnemonic, "sidt");
	bool ldtr = strstr(r->mnemonic, "ldt"), tr = strstr(r->mnemonic, "tr");

	if (real && (!strcmp(r->mnemonic, "sldt") || !strcmp(r->mnemonic, "str") ||
		     !strcmp(r->mnemonic, "lldt") || !strcmp(r->mnemonic, "ltr"))) {
		expect_fault(t, UD, 0);
		return;
	}
	if (!strcmp(r->mnemonic, "ltr")) { /* busy: STR before it found its own */
		expect(t, X_VECTOR, 0, 0, GP);
		expect(t, X_ERROR, 0, 0, SEL_MAIN_TSS);
		return;
	}
	expect_done(t);
	if (!strcmp(r->mnemonic, "sgdt") || idt) {
		u32 at = win(A_DS, AT_EBX);

		set_mem32(t, at, 0xffffa55a, 4); /* no byte as it will be */
		set_mem32(t, at + 4, 0xffff, 2);
		expect_mem(t, at, 2, 0, !idt ? GDT_TOTAL * 8 - 1 : real ? 0x3ff : 0x7ff);
		expect_mem(t, at + 2, 4, 0, !idt ? TABLES_GDT : real ? 0 : TABLES_IDT);
	} else if ((ldtr || tr) && r->form[0] == 'r') {
		expect(t, X_GPR, A_ECX, 0xffff, tr ? SEL_MAIN_TSS : SEL_MAIN_LDT);
	} else if (!strcmp(r->form, "cr2") || !strcmp(r->form, "cr2_mod0") ||
		   !strcmp(r->form, "dr0") || !strcmp(r->form, "dr3")) {
		expect(t, X_GPR, A_ECX, 0, t->gpr[A_EAX]);
	}
}

static void make(struct gen *g, const struct row *r, const struct cell *c, const char *cls)
{
	struct tcase *t = gen_case(g, c, cls);

	set_gpr(t, A_EAX, r->eax == RANDOM ? rnd(g) : r->eax);
	set_gpr(t, A_ECX, r->ecx == RANDOM ? rnd(g) : r->ecx);
	set_gpr(t, A_EDX, r->edx == RANDOM ? rnd(g) : r->edx);
	set_gpr(t, A_EBX, mode_off(t, A_DS, AT_EBX));
	/* FS keeps its base in the flat mode, so its offset is another one. */
	set_gpr(t, A_ESI, !strcmp(r->form, "fs") ? AT_ESI : mode_off(t, A_DS, AT_ESI));
	set_gpr(t, A_EDI, mode_off(t, A_ES, AT_EDI));
	set_mem32(t, win(A_DS, AT_ESI), 0x80000000 | (rnd(g) & 0xfffffc), 4);
	assemble(t, r->code);
	t->ign_regs = (u8)r->ignored;
	if (t->cpl)
		t->eflags |= F_IOPL;
	t->no_native = "privileged";
	rules(r, t);
}

void gen_system(struct gen *g)
{
	unsigned n, m;

	for (n = 0; n < sizeof rows / sizeof *rows; n++)
		for (m = 0; m < MODE_CPL_COUNT; m++) {
			const struct row *r = &rows[n];
			struct cell c = {"system", r->mnemonic, r->form, r->cite, &mode_cpls[m]};
			const char *cls = class_of(r, &mode_cpls[m]);

			if (cls)
				make(g, r, &c, cls);
			else
				gen_empty(g, &c, "cpl0",
					  mode_cpls[m].cpl ? "refused there, see fault"
							   : "#UD in real mode");
		}
}
