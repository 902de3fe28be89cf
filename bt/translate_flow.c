/* SPDX-License-Identifier: MIT
 * Near control flow.
 *
 * Direct branches become a jump to the exit's thunk, patched to the target unit
 * when that exists (chaining).
 *
 * Indirect branches and returns put the target into vcpu.target and jump through
 * a table of the context, indexed by the low bits of the target; the unit found
 * there compares the whole target at its indirect entry (translate.c).  No flag
 * is touched and nothing is assumed about where a return goes, so a guest that
 * rewrites return addresses gets what the processor would do.
 */
#include "bt/translate.h"

/* Is EIP `target` outside the code segment?  Then the branch itself faults. */
static bool beyond_limit(const struct tr *t, u32 target)
{
	return target > t->ctx->cs_limit;
}

/* Could a branch of this operand size leave the code segment at run time? */
static bool needs_limit_check(const struct tr *t, const struct insn *i)
{
	return t->ctx->cs_limit < (i->opsize == 2 ? 0xffffu : 0xffffffffu);
}

void tr_goto(struct tr *t, u32 eip)
{
	u32 at = e_jmp(&t->e, t->e.pc + 5);

	tr_exit(t, XK_BRANCH, eip, at);
	t->ended = true;
}

void tr_jcc(struct tr *t, const struct insn *i)
{
	u32 next = i->eip + i->len, at, x;

	if (beyond_limit(t, i->rel_target)) { /* jcc around the raise */
		at = e_jcc(&t->e, (i->opcode & 15) ^ 1, 0);
		tr_raise(t, i, V_GP);
		if (!t->e.full)
			patch_rel32(at, t->e.pc);
		tr_goto(t, next);
		return;
	}
	at = e_jcc(&t->e, i->opcode & 15, t->e.pc + 6);
	x = tr_exit(t, XK_TAKEN, i->rel_target, at);
	t->bt->exit[x].cc = i->opcode & 15;
	tr_goto(t, next);
}

void tr_loop(struct tr *t, const struct insn *i)
{
	if (i->adsize == 2) /* CX instead of ECX */
		e8(&t->e, 0x67);
	e8(&t->e, i->opcode);
	e8(&t->e, 5); /* taken: over the jmp */
	tr_goto(t, i->eip + i->len);
	if (beyond_limit(t, i->rel_target)) {
		if (i->opcode != 0xe3) { /* a faulting LOOP leaves the count alone */
			if (i->adsize == 2)
				e8(&t->e, 0x66);
			e_lea(&t->e, R_ECX, R_ECX, 1);
		}
		tr_raise(t, i, V_GP);
		return;
	}
	tr_goto(t, i->rel_target);
}

/* The context that the end of the unit leaves: hardware FS may have changed owner. */
static const struct bt_ctx *context_left(struct tr *t)
{
	if (t->mode == t->ctx->mode)
		return t->ctx;
	if (t->bt->n_ctxs == BT_CTXS) { /* a flush would take this unit along */
		t->e.full = t->exhausted = true;
		return t->ctx;
	}
	return &t->bt->ctx[bt_context_of(t->bt, t->ctx->cs_base, t->ctx->cs_limit, t->mode)];
}

/* ECX holds the target and is spilled: leave through the context's table. */
static void tail(struct tr *t)
{
	const struct bt_ctx *ctx = context_left(t);
	struct emit *e = &t->e;

	e_store(e, V_TARGET, R_ECX);
	e8(e, 0x0f); /* movzx ecx, cx or cl */
	e8(e, ctx->big ? 0xb7 : 0xb6);
	e8(e, 0xc9);
	e8(e, 0x65); /* jmp gs:[table + ecx * 4] */
	e8(e, 0xff);
	e8(e, 0x24);
	e8(e, 0x8d);
	e32(e, ctx->table);
	t->ended = true;
}

/* ECX (spilled) = the r/m operand, zero-extended. */
static void load_target(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;

	e_store(e, V_SPILL_ECX, R_ECX);
	if (i->mod != 3) {
		tr_mem_op(t, i, false, i->opsize == 2, i->opsize == 2 ? 0xb7 : 0x8b, R_ECX);
		return;
	}
	if (i->opsize == 2)
		e8(e, 0x0f);
	e8(e, i->opsize == 2 ? 0xb7 : 0x8b);
	e8(e, 0xc0 | R_ECX << 3 | i->rm);
}

static void push_return(struct tr *t, const struct insn *i)
{
	u32 next = i->eip + i->len;

	if (i->opsize == 2) {
		e8(&t->e, 0x66);
		e8(&t->e, 0x68);
		e16(&t->e, next);
	} else {
		e8(&t->e, 0x68);
		e32(&t->e, next);
	}
}

void tr_jmp(struct tr *t, const struct insn *i)
{
	if (!i->modrm_off) {
		if (beyond_limit(t, i->rel_target))
			tr_raise(t, i, V_GP);
		else
			tr_goto(t, i->rel_target);
		return;
	}
	if (needs_limit_check(t, i)) {
		tr_callout(t, i);
		return;
	}
	tr_segment(t, i);
	tr_exit(t, XK_TAIL, i->eip, t->e.pc);
	load_target(t, i);
	tail(t);
}

void tr_call(struct tr *t, const struct insn *i)
{
	if (!i->modrm_off) {
		if (beyond_limit(t, i->rel_target)) {
			tr_raise(t, i, V_GP);
			return;
		}
		push_return(t, i);
		tr_goto(t, i->rel_target);
		return;
	}
	if (needs_limit_check(t, i)) {
		tr_callout(t, i);
		return;
	}
	tr_segment(t, i);
	tr_exit(t, XK_TAIL, i->eip, t->e.pc);
	load_target(t, i);
	tr_mark(t, i, FIX_ECX);
	push_return(t, i);
	tail(t);
}

void tr_add_esp(struct tr *t, u32 n)
{
	if (!(t->mode & M_B))
		e8(&t->e, 0x66);
	e_lea(&t->e, R_ESP, R_ESP, n);
}

void tr_ret(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;

	if (needs_limit_check(t, i)) {
		tr_callout(t, i);
		return;
	}
	tr_exit(t, XK_TAIL, i->eip, e->pc);
	e_store(e, V_SPILL_ECX, R_ECX);
	if (i->opsize == 2)
		e8(e, 0x66);
	e8(e, 0x59); /* pop ecx or cx */
	if (i->opsize == 2) {
		e8(e, 0x0f); /* movzx ecx, cx */
		e8(e, 0xb7);
		e8(e, 0xc9);
	}
	if (i->imm_size)
		tr_add_esp(t, (u16)i->imm);
	tail(t);
}
