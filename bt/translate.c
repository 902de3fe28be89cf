/* SPDX-License-Identifier: MIT
 * Making a translation unit:
 *
 *   1 scan   decode guest instructions (translate_scan.c);
 *   2 emit   the preludes, then each instruction by its class (insn.def), into the
 *            translation cache;
 *   3 close  thunks for the exits, the maps for precise faults, and a copy that
 *            install.c brings back after the place in the cache was needed.
 *
 * Layout of a unit:
 *
 *   body:   [count] [self-check]
 *           translated instructions
 *           thunks
 *
 * Host context: the decoder uses SSE.
 */
#include "bt/translate.h"

#include <Zydis/Mnemonic.h>
#include <string.h>

_Static_assert(BT_UNIT_BYTES <= 1u << 14, "bt_map.host");

#define MAPS_PER_INSN 4

/* Interrupts that STI or a load of SS holds off, where it did not leave the unit. */
static u8 shadow_behind(const struct insn *i)
{
	return i->cls == IC_STI ? SHADOW_STI : bt_segload_register(i) == S_SS ? SHADOW_SS : 0;
}

void(tr_mark)(struct tr *t, const struct insn *i, unsigned fix)
{
	struct bt *bt = t->bt;
	struct bt_map *m;
	u32 host = t->e.pc - t->u->body;

	if (t->u->n_map && bt->map[t->u->map + t->u->n_map - 1].host == host)
		m = &bt->map[t->u->map + t->u->n_map - 1];
	else
		m = &bt->map[t->u->map + t->u->n_map++];
	m->host = host & 0x3fff;
	m->guest = (i->eip - t->u->eip) & 0xff;
	m->fix = fix & 7;
	m->index = t->k & 31;
	m->shadow = t->k ? shadow_behind(&t->in[t->k - 1]) & 3 : 0;
}

u32 tr_exit(struct tr *t, u8 kind, u32 target, u32 patch)
{
	struct bt *bt = t->bt;
	u32 x = bt->n_exits;

	if (x + 1 >= BT_EXITS) {
		t->e.full = t->exhausted = true;
		return 0;
	}
	bt->n_exits++;
	bt->exit[x] = (struct bt_exit_slot){.patch = (u16)(patch - t->u->body),
					    .target = target,
					    .unit = t->index,
					    .kind = kind};
	t->u->n_exits++;
	return x;
}

u32 tr_keep_callout(struct tr *t, const struct insn *i)
{
	struct bt *bt = t->bt;

	if (bt->n_callouts + 1 >= BT_CALLOUTS) {
		t->e.full = t->exhausted = true;
		return 0;
	}
	bt->callout[bt->n_callouts] = *i;
	return bt->n_callouts++;
}

void tr_uncount(struct tr *t, u32 n)
{
	struct emit *e = &t->e;

	if (!t->bt->counting)
		return;
	e_store(e, V_SPILL_CHECK, R_ECX);
	e_load(e, R_ECX, V_RETIRED);
	e_lea(e, R_ECX, R_ECX, 0u - n);
	e_store(e, V_RETIRED, R_ECX);
	e_load(e, R_ECX, V_SPILL_CHECK);
}

void tr_callout(struct tr *t, const struct insn *i)
{
	tr_uncount(t, t->n - t->k);
	e_store_imm(&t->e, V_EXIT_ARG, tr_keep_callout(t, i));
	e_jmp(&t->e, t->bt->stub_callout);
	t->ended = true;
}

void tr_raise(struct tr *t, const struct insn *i, u8 vector)
{
	struct insn copy = *i;

	tr_uncount(t, t->n - t->k);
	copy.imm2 = vector;
	e_store_imm(&t->e, V_EXIT_ARG, tr_keep_callout(t, &copy));
	e_jmp(&t->e, t->bt->stub_raise);
	t->ended = true;
}

/* ---- 2 emit ---- */

/* Compare the source bytes with what was translated, without touching flags. */
static void emit_selfcheck(struct tr *t)
{
	struct emit *e = &t->e;
	u8 source[UNIT_INSNS * INSN_MAX];
	u32 n = 0, at = 0, ok;
	u32 lin = t->u->lin;

	for (unsigned k = 0; k < t->n; k++) {
		__builtin_memcpy(source + n, t->in[k].bytes, t->in[k].len);
		n += t->in[k].len;
	}
	while (at < n) {
		u32 size = n - at >= 4 ? 4 : n - at >= 2 ? 2 : 1;
		u32 room = 0x1000 - ((lin + at) & 0xfff), want = 0;

		if (size > room)
			size = room >= 2 ? 2 : 1;
		__builtin_memcpy(&want, source + at, size);
		e8(e, 0x65);
		if (size < 4)
			e8(e, 0x0f);
		e8(e, size == 4 ? 0x8b : size == 2 ? 0xb7 : 0xb6);
		e8(e, R_ECX << 3 | 5);
		e32(e, bt_window_address(t->bt->v, lin + at));
		e_lea(e, R_ECX, R_ECX, 0u - want);
		ok = e_jecxz(e);
		e_store_imm(e, V_EXIT_ARG, t->index);
		e_jmp(e, t->bt->stub_selfcheck);
		e_here8(e, ok);
		at += size;
	}
}

static void emit_counting(struct tr *t)
{
	struct emit *e = &t->e;
	u32 empty, ok;

	e_load(e, R_ECX, V_BUDGET);
	empty = e_jecxz(e);
	ok = e_jmp8(e); /* over the exit */
	e_here8(e, empty);
	e_store_imm(e, V_EXIT_ARG, t->index);
	e_jmp(e, t->bt->stub_budget);
	e_here8(e, ok);
	e_lea(e, R_ECX, R_ECX, 0u - 1);
	e_store(e, V_BUDGET, R_ECX);
	e_load(e, R_ECX, V_RETIRED);
	e_lea(e, R_ECX, R_ECX, t->n);
	e_store(e, V_RETIRED, R_ECX);
}

static void emit_fpu_class(struct tr *t, const struct insn *i)
{
	u32 m = t->mode;

	switch (i->cls) {
	case IC_X87:
	case IC_X87_ENV:
		if (m & (M_EM | M_TS))
			tr_raise(t, i, V_NM);
		else if (i->cls == IC_X87_ENV)
			tr_callout(t, i);
		else
			tr_x87(t, i);
		break;
	case IC_WAIT:
		if ((m & M_MP) && (m & M_TS))
			tr_raise(t, i, V_NM);
		else
			tr_ident(t, i);
		break;
	default: /* IC_MMX, IC_SSE: SDM vol. 3A table 13-1 */
		if ((m & M_EM) || (i->cls == IC_SSE && !(m & M_OSFXSR)))
			tr_raise(t, i, V_UD);
		else if (m & M_TS)
			tr_raise(t, i, V_NM);
		else
			tr_ident(t, i);
		break;
	}
}

static void emit_insn(struct tr *t, const struct insn *i)
{
	switch ((enum insn_class)i->cls) {
	case IC_STRING:
		if (i->rep && t->mode & (M_TF | M_CHECK)) { /* a trap after each iteration */
			tr_callout(t, i);
			break;
		}
		/* fall through */
	case IC_IDENT:
		if (tr_store_checked(t, i)) {
			tr_store(t, i);
			break;
		}
		/* fall through */
	case IC_STACK:
		tr_ident(t, i);
		break;
	case IC_X87:
	case IC_X87_ENV:
	case IC_WAIT:
	case IC_MMX:
	case IC_SSE:
		emit_fpu_class(t, i);
		break;
	case IC_RDTSC:
		if ((t->mode & M_TSD) && tr_cpl(t))
			tr_raise(t, i, V_GP);
		else
			tr_rdtsc(t, i);
		break;
	case IC_ARPL:
		if (t->mode & M_PE)
			tr_ident(t, i);
		else
			tr_raise(t, i, V_UD);
		break;
	case IC_JCC:
		tr_jcc(t, i);
		break;
	case IC_LOOP:
		tr_loop(t, i);
		break;
	case IC_JMP:
		tr_jmp(t, i);
		break;
	case IC_CALL:
		tr_call(t, i);
		break;
	case IC_RET:
		tr_ret(t, i);
		break;
	case IC_PUSHF:
		tr_pushf(t, i);
		break;
	case IC_POPF:
		tr_popf(t, i);
		break;
	case IC_CLI:
		tr_cli(t, i);
		break;
	case IC_STI:
		tr_sti(t, i);
		break;
	case IC_PUSH_SEG:
		tr_push_seg(t, i);
		break;
	case IC_MOV_SEG:
		tr_mov_seg(t, i);
		break;
	case IC_INTO:
		tr_into(t, i);
		break;
	case IC_MON:
		if (tr_port_inline(t, i))
			tr_port(t, i);
		else if (tr_segload_inline(t, i)) {
			if (!(t->mode & M_PE)) /* else in the stub */
				tr_x87_guard(t, i);
			tr_segload(t, i);
		} else
			tr_callout(t, i);
		break;
	case IC_STOP:
		tr_callout(t, i);
		break;
	case IC_UD:
		tr_raise(t, i, V_UD);
		break;
	}
}

static void emit_body(struct tr *t)
{
	t->k = 0;
	tr_mark(t, &t->in[0], 0);
	if (t->selfcheck || t->bt->counting) {
		e_store(&t->e, V_SPILL_CHECK, R_ECX);
		if (t->bt->counting)
			emit_counting(t);
#ifndef WITHOUT_SELFCHECK
		if (t->selfcheck)
			emit_selfcheck(t);
#endif
		e_load(&t->e, R_ECX, V_SPILL_CHECK);
	}
	for (t->k = 0; t->k < t->n && !t->ended && !t->e.full; t->k++) {
		const struct insn *i = &t->in[t->k];

		if (t->end_status || (i->cls != IC_X87 && i->cls != IC_WAIT))
			tr_x87_flush(t);
		tr_mark(t, i, 0);
		if (t->end_status == DECODE_UD)
			tr_raise(t, i, V_UD);
		else if (t->end_status == DECODE_LONG)
			tr_raise(t, i, V_GP);
		else
			emit_insn(t, i);
		if (t->poll_in && --t->poll_in == 0 && !t->ended) {
			tr_x87_flush(t);
			tr_poll(t, i->eip + i->len);
		}
	}
	tr_x87_flush(t);
	if (!t->ended)
		tr_goto(t, t->in[t->n - 1].eip + t->in[t->n - 1].len);
}

/* ---- 3 close ---- */

static void emit_thunks(struct tr *t)
{
	for (u32 k = 0; k < t->u->n_exits; k++) {
		struct bt_exit_slot *x = &t->bt->exit[t->u->exits + k];

		if (k && x[-1].kind == XK_TAKEN) {
			x->thunk = x[-1].thunk;
		} else {
			x->thunk = (u16)(t->e.pc - t->u->body);
			e_store_imm(&t->e, V_EXIT_ARG, t->u->exits + k);
			e_jmp(&t->e, t->bt->stub_branch);
		}
		if (x->kind != XK_TAIL && !t->e.full)
			patch_rel32(t->u->body + x->patch, t->u->body + x->thunk);
	}
}

/* Keep a copy that can be installed anywhere: rel32s that lead to stubs hold the
 * stub's address, addresses in the unit are offsets, and a list says where they are. */
static void keep_code(struct tr *t)
{
	struct bt_unit *u = t->u;
	u8 *p = t->bt->code + t->bt->n_code;

	u->code = t->bt->n_code;
	u->n_relocs = t->e.n_relocs;
	memcpy(p, (const void *)(uintptr_t)u->body, u->len);
	for (u32 k = 0; k < u->n_relocs; k++) {
		u32 at = t->relocs[k] & ~RELOC_OWN, field;

		memcpy(&field, p + at, 4);
		field += t->relocs[k] & RELOC_OWN ? 0u - u->body : u->body + at + 4;
		memcpy(p + at, &field, 4);
	}
	p += (u->len + 7u) & ~7u;
	memcpy(p, t->relocs, 2 * u->n_relocs);
	t->bt->n_code += ((u->len + 7u) & ~7u) + ((2u * u->n_relocs + 7u) & ~7u);
}

static bool pools_low(const struct bt *bt)
{
	return bt->n_units + 1 >= BT_UNITS || bt->n_maps + UNIT_INSNS * MAPS_PER_INSN >= BT_MAPS ||
	       bt->n_code + BT_UNIT_BYTES >= BT_CODE;
}

u32 bt_translate(struct bt *bt, u32 ctx, u32 eip, enum mon *status)
{
	struct tr t;
	struct bt_unit *u;
	struct bt_ctx key = bt->ctx[ctx];
	u32 exits = bt->n_exits, callouts = bt->n_callouts;

	t.exhausted = pools_low(bt) || bt->flush_wanted;
	/* At most twice: in a region of its own, in an empty cache, there is room. */
	for (;;) {
		if (t.exhausted) {
			bt_flush(bt);
			ctx = bt_context_of(bt, key.cs_base, key.cs_limit, key.mode);
			exits = callouts = 1;
		} else if (!bt_room(bt, 8)) {
			bt_next_region(bt);
		}
		t.bt = bt;
		t.e = (struct emit){.pc = bt->tc_next,
				    .end = bt->tc_limit,
				    .mon = bt->mon,
				    .relocs = t.relocs,
				    .base = bt->tc_next};
		t.index = bt->n_units;
		t.u = u = &bt->unit[t.index];
		t.ctx = &bt->ctx[ctx];
		t.mode = key.mode;
		t.n = t.poll_in = 0;
		t.ended = t.selfcheck = t.exhausted = false;
		t.x87_op = t.x87_mem = NULL;
		t.end_status = DECODE_OK;
		bt->n_exits = exits;
		bt->n_callouts = callouts;
		*u = (struct bt_unit){.eip = eip,
				      .lin = key.cs_base + eip,
				      .ctx = ctx,
				      .body = bt->tc_next,
				      .map = bt->n_maps,
				      .exits = bt->n_exits,
				      .frame = {NO_FRAME, NO_FRAME}};
		*status = MON_OK;
		if (!tr_scan(&t, eip, status)) {
			u->body = 0;
			return 0;
		}
		emit_body(&t);
		emit_thunks(&t);
		if (!t.e.full)
			break;
		if (!t.exhausted)
			bt_next_region(bt);
	}
	u->n_insns = (u16)t.n;
	u->len = (u16)(t.e.pc - u->body);
	bt->n_maps += u->n_map;
	bt->n_units++;
	keep_code(&t);
	bt_installed(bt, t.index, u->body, t.e.pc);
	bt->stat[ST_units_translated]++;
	bt->stat[ST_insns_translated] += t.n;
	bt->stat[ST_host_bytes] += u->len;
	if (u->frame[0] == NO_FRAME) {
		u->live = false; /* device memory: run once, never found again */
		return t.index;
	}
	bt_insert(bt, t.index);
	return t.index;
}
