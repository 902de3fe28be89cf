/* SPDX-License-Identifier: MIT
 * One translation in progress, shared by translate*.c.
 */
#ifndef BT_TRANSLATE_H
#define BT_TRANSLATE_H

#include "bt/bt.h"
#include "bt/emit.h"

#define UNIT_INSNS 31 /* bt_map.index has 5 bits */

struct tr {
	struct bt *bt;
	struct emit e;
	u32 index; /* the unit being made */
	struct bt_unit *u;
	const struct bt_ctx *ctx;
	u32 mode; /* of ctx; M_OWNER follows the code emitted so far */
	struct insn in[UNIT_INSNS];
	unsigned n;                    /* instructions decoded */
	unsigned k;                    /* the one being emitted */
	bool selfcheck;                /* the source page is PG_SELFCHECK */
	bool ended;                    /* control does not reach the next instruction */
	unsigned poll_in;              /* emit an interrupt poll after this many instructions */
	enum decode_status end_status; /* why decoding stopped */
	const struct insn *x87_op;     /* to be noted: see translate_x87.c */
	const struct insn *x87_mem;    /* the last one with a memory operand */
	bool exhausted;                /* a pool of unit data is */
	u16 relocs[EMIT_RELOCS];
};

static inline unsigned tr_cpl(const struct tr *t)
{
	return t->mode >> M_CPL_SHIFT & 3;
}

static inline unsigned tr_iopl(const struct tr *t)
{
	return t->mode >> M_IOPL_SHIFT & 3;
}

/* CLI, STI and friends are allowed here (SDM vol. 1 section 19.4). */
static inline bool tr_iopl_ok(const struct tr *t)
{
	return tr_cpl(t) <= tr_iopl(t);
}

/* Fill t->in[] from EIP on.  False: the first instruction cannot be fetched; *status. */
bool tr_scan(struct tr *t, u32 eip, enum mon *status);

/* From here on a host fault belongs to instruction `i`, with `fix` to undo. */
void tr_mark(struct tr *t, const struct insn *i, unsigned fix);
#ifdef BT_MUTATE
static inline void mut_tr_mark(struct mut_site *s, struct tr *t, const struct insn *i, unsigned fix)
{
	if (!mut_skip(s))
		tr_mark(t, i, mut_arg(s, 0, fix));
}
#define tr_mark(t, i, fix) mut_tr_mark(MUT_SITE("tr_mark", #fix), t, i, fix)
#endif

/* The callout index by which the monitor finds `i`; 0: pool empty, e.full set. */
u32 tr_keep_callout(struct tr *t, const struct insn *i);
/* Leave to the monitor for `i`; ends the path. */
void tr_callout(struct tr *t, const struct insn *i);
void tr_raise(struct tr *t, const struct insn *i, u8 vector);

/* Reserve an exit slot (0: pool empty, e.full set); the thunk follows later. */
u32 tr_exit(struct tr *t, u8 kind, u32 target, u32 patch);

/* Copy `i` with normalised prefixes. */
void tr_ident(struct tr *t, const struct insn *i);
/* Prefixes for the memory operand of `i`, switching hardware FS if needed; call
 * tr_segment() before any register is spilled. */
void tr_segment(struct tr *t, const struct insn *i);
/* [66] opcode /reg with the memory operand of `i`. */
void tr_mem_op(struct tr *t, const struct insn *i, bool o16, unsigned map, unsigned opcode,
	       unsigned reg);

/* lea esp or sp, [esp + n], by the size of the guest's stack. */
void tr_add_esp(struct tr *t, u32 n);

/* Of the instructions that the unit's prelude counted, the last `n` are not done
 * by it: counting mode, before a way out in the middle. */
void tr_uncount(struct tr *t, u32 n);

/* An x87 instruction that may run; the note of those up to here, due before anything
 * but x87 instructions, and at the end. */
void tr_x87(struct tr *t, const struct insn *i);
void tr_x87_flush(struct tr *t);
/* Leave for `i`, which may change a selector, if notes depend on selectors. */
void tr_x87_guard(struct tr *t, const struct insn *i);

/* By family; each emits t->in[t->k]. */
void tr_jcc(struct tr *t, const struct insn *i);
void tr_loop(struct tr *t, const struct insn *i);
void tr_jmp(struct tr *t, const struct insn *i);
void tr_call(struct tr *t, const struct insn *i);
void tr_ret(struct tr *t, const struct insn *i);
void tr_goto(struct tr *t, u32 eip);
void tr_pushf(struct tr *t, const struct insn *i);
void tr_popf(struct tr *t, const struct insn *i);
void tr_cli(struct tr *t, const struct insn *i);
void tr_sti(struct tr *t, const struct insn *i);
void tr_poll(struct tr *t, u32 eip);
void tr_push_seg(struct tr *t, const struct insn *i);
void tr_mov_seg(struct tr *t, const struct insn *i);
void tr_rdtsc(struct tr *t, const struct insn *i);
void tr_into(struct tr *t, const struct insn *i);

/* IC_MON that need not leave; ask *_inline() first. */
bool tr_port_inline(const struct tr *t, const struct insn *i);
void tr_port(struct tr *t, const struct insn *i);
bool tr_segload_inline(const struct tr *t, const struct insn *i);
void tr_segload(struct tr *t, const struct insn *i);

/* Stores that faulted before; ask tr_store_checked() first. */
bool tr_store_checked(const struct tr *t, const struct insn *i);
void tr_store(struct tr *t, const struct insn *i);

#endif
