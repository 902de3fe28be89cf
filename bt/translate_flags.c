/* SPDX-License-Identifier: MIT
 * Instructions on EFLAGS bits that are virtual: IF, IOPL, NT, TF, AC, ID live in
 * vcpu.vflags, the arithmetic flags and DF in the hardware register.  IOPL, NT
 * and TF are part of the context, so their bits are constants here.
 */
#include "bt/translate.h"

#include <Zydis/Mnemonic.h>

/* Bits 8 to 15 of vcpu.vflags with the given IF. */
static unsigned vflags_byte1(const struct tr *t, bool interrupts)
{
	return (t->mode & M_TF ? FL_TF >> 8 : 0) | (interrupts ? FL_IF >> 8 : 0) | tr_iopl(t) << 4 |
	       (t->mode & M_NT ? FL_NT >> 8 : 0);
}

void tr_cli(struct tr *t, const struct insn *i)
{
	if (!tr_iopl_ok(t))
		tr_callout(t, i); /* #GP, or VIF */
	else
		e_store_imm8(&t->e, V_VFLAGS + 1, vflags_byte1(t, false));
}

/* Does `i` end the unit and see to interrupts behind itself?  Branches, and of what the
 * monitor does the ways out of a kernel and HLT. */
static bool is_flow(const struct insn *i)
{
	switch (i->cls) {
	case IC_JMP:
	case IC_CALL:
	case IC_RET:
	case IC_JCC:
	case IC_LOOP:
		return true;
	case IC_MON:
		return i->mnemonic == ZYDIS_MNEMONIC_SYSEXIT ||
		       i->mnemonic == ZYDIS_MNEMONIC_IRET || i->mnemonic == ZYDIS_MNEMONIC_IRETD ||
		       i->mnemonic == ZYDIS_MNEMONIC_HLT;
	default:
		return false;
	}
}

/* STI, then what ends the unit.  Nothing waits: an interrupt that comes
 * from here on leaves the unit behind it, as the shadow of STI wants it.
 * Else the monitor sees to it. */
static void sti_before_flow(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u32 ok;

	e_store(e, V_SPILL_ECX, R_ECX);
	e_load8(e, R_ECX, V_IRQ_PENDING);
	ok = e_jecxz(e);
	e_load(e, R_ECX, V_SPILL_ECX);
	tr_callout(t, i);
	t->ended = false;
	e_here8(e, ok);
	e_load(e, R_ECX, V_SPILL_ECX);
	e_store_imm8(e, V_VFLAGS + 1, vflags_byte1(t, true));
}

/* STI holds interrupts off until after the next instruction: when that one can
 * be copied into the same unit, poll behind it; when it ends the unit, look before;
 * else the monitor does it. */
void tr_sti(struct tr *t, const struct insn *i)
{
	const struct insn *next = t->k + 1 < t->n ? &t->in[t->k + 1] : NULL;

	if (!tr_iopl_ok(t)) {
		tr_callout(t, i);
		return;
	}
	if (next && !(t->mode & (M_TF | M_SINGLE)) && is_flow(next)) {
		sti_before_flow(t, i);
		return;
	}
	if (!next || t->mode & (M_TF | M_SINGLE) ||
	    (next->cls != IC_IDENT && next->cls != IC_STACK)) {
		tr_callout(t, i);
		return;
	}
	e_store_imm8(&t->e, V_VFLAGS + 1, vflags_byte1(t, true));
	t->poll_in = 2;
}

void tr_poll(struct tr *t, u32 eip)
{
	struct emit *e = &t->e;
	u32 none;

	e_store(e, V_SPILL_ECX, R_ECX);
	e_load8(e, R_ECX, V_IRQ_PENDING);
	none = e_jecxz(e);
	tr_uncount(t, t->n - t->k - 1);
	e_store_imm(e, V_EXIT_ARG, eip);
	e_jmp(e, t->bt->stub_poll);
	e_here8(e, none);
	e_load(e, R_ECX, V_SPILL_ECX);
}

/* The hardware pushes its own image: the guest's arithmetic flags and constant
 * other bits (IF = 1; IOPL, NT, TF, AC, ID = 0).  Adding vflags - IF makes it the
 * guest's.  The slot is rewritten through the same pop and push, which cannot
 * fault once the first push did not. */
void tr_pushf(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	bool o16 = i->opsize == 2;

#ifdef WITHOUT_HIDDEN_FLAGS
	tr_ident(t, i);
	return;
#endif
	/* VM is not pushed, and below IOPL 3 there is more to it. */
	if (t->mode & M_VM && (!o16 || !tr_iopl_ok(t))) {
		tr_callout(t, i);
		return;
	}
	e_store(e, V_SPILL_ECX, R_ECX);
	e_store(e, V_SPILL_EDX, R_EDX);
	if (o16)
		e8(e, 0x66);
	e8(e, 0x9c); /* pushf: may fault, nothing to undo */
	if (o16)
		e8(e, 0x66);
	e8(e, 0x59); /* pop ecx */
	e_load(e, R_EDX, V_VFLAGS);
	e8(e, 0x8d); /* lea ecx, [ecx + edx - IF] */
	e8(e, 0x8c);
	e8(e, 0x11);
	e32(e, 0u - FL_IF);
	if (o16)
		e8(e, 0x66);
	e8(e, 0x51); /* push ecx */
	e_load(e, R_ECX, V_SPILL_ECX);
	e_load(e, R_EDX, V_SPILL_EDX);
}

/* When the popped image changes no virtual bit (and sets none that the hardware
 * would act on), let the hardware pop it again: the slot below ESP still holds
 * it.  Otherwise the monitor applies the image. */
void tr_popf(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	bool o16 = i->opsize == 2;
	u32 watched = o16 ? FL_VIRT & 0xffff : FL_VIRT;
	u32 slow1, slow2, done;

#ifdef WITHOUT_POPF_FILTER
	tr_ident(t, i);
	return;
#endif
	if (t->mode & (M_TF | M_NT | M_SINGLE) || (t->mode & M_VM && !tr_iopl_ok(t))) {
		tr_callout(t, i);
		return;
	}
	e_store(e, V_SPILL_ECX, R_ECX);
	if (o16)
		e8(e, 0x66);
	e8(e, 0x59); /* pop ecx: may fault, nothing to undo */
	if (o16) {
		e8(e, 0x0f); /* movzx ecx, cx */
		e8(e, 0xb7);
		e8(e, 0xc9);
	}
	e_store(e, V_SCRATCH, R_ECX);
	e8(e, 0x81); /* and ecx, watched: flags are about to be replaced */
	e8(e, 0xe1);
	e32(e, watched);
	gs_modrm(e, 0x3b, R_ECX, V_VFLAGS); /* cmp ecx, gs:[vflags] */
	slow1 = e_jcc(e, 5, 0);
	e8(e, 0xf7); /* test ecx, ~(IF | IOPL) */
	e8(e, 0xc1);
	e32(e, ~(FL_IF | FL_IOPL));
	slow2 = e_jcc(e, 5, 0);
	e_load(e, R_ECX, V_SPILL_ECX);
	if (!(t->mode & M_B))
		e8(e, 0x66);
	e_lea(e, R_ESP, R_ESP, 0u - (o16 ? 2 : 4));
	if (o16)
		e8(e, 0x66);
	e8(e, 0x9d); /* popf */
	done = e_jmp(e, 0);
	if (!e->full) {
		patch_rel32(slow1, e->pc);
		patch_rel32(slow2, e->pc);
	}
	tr_callout(t, i);
	t->ended = false;
	if (!e->full) {
		/* The callout just made leaves by the POPF stub. */
		patch_rel32(e->pc - 4, t->bt->stub_popf);
		patch_rel32(done, e->pc);
	}
}

/* The guest's counter: the host's plus vcpu.tsc_offset.  The addition goes around
 * the arithmetic flags by way of AH and AL. */
void tr_rdtsc(struct tr *t, const struct insn *i)
{
	static const u8 save[] = {0x9f, 0x0f, 0x90,
				  0xc0, 0x89, 0xc1}; /* lahf; seto al; mov ecx, eax */
	static const u8 restore[] = {0x91, 0x04, 0x7f,
				     0x9e, 0x89, 0xc8}; /* xchg; add al, 127; sahf; mov eax, ecx */
	struct emit *e = &t->e;

	e_store(e, V_SPILL_ECX, R_ECX);
	ebytes(e, save, sizeof(save));
	tr_ident(t, i);
	gs_modrm(e, 0x03, R_EAX, V_TSC_OFFSET);     /* add eax, gs:[] */
	gs_modrm(e, 0x13, R_EDX, V_TSC_OFFSET + 4); /* adc edx, gs:[] */
	ebytes(e, restore, sizeof(restore));
	e_load(e, R_ECX, V_SPILL_ECX);
}

/* jno over the callout */
void tr_into(struct tr *t, const struct insn *i)
{
	u32 over = e_jcc(&t->e, 1, 0);

	tr_callout(t, i);
	t->ended = false;
	if (!t->e.full)
		patch_rel32(over, t->e.pc);
}
