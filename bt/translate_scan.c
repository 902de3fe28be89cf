/* SPDX-License-Identifier: MIT
 * The first step of a translation: decoding guest instructions from EIP to the end of
 * the basic block, the page, the segment limit or UNIT_INSNS, whichever is first, and
 * protecting the frames that they come from.
 *
 * Host context: the decoder uses SSE.
 */
#include "bt/translate.h"

#include <string.h>

static bool ends_unit(const struct tr *t, const struct insn *i)
{
	switch (i->cls) {
	case IC_MON:
		return !tr_port_inline(t, i) && !tr_segload_inline(t, i);
	case IC_JCC:
	case IC_LOOP:
	case IC_JMP:
	case IC_CALL:
	case IC_RET:
	case IC_X87_ENV:
	case IC_UD:
	case IC_STOP:
		return true;
	default:
		return false;
	}
}

/* From here on the guest cannot change the bytes of frame `f` unnoticed. */
static void protect_source(struct bt *bt, u32 f)
{
	if (bt->frame_state[f] != PG_NONE)
		return;
	bt->frame_state[f] = PG_PROTECTED;
#ifndef WITHOUT_CODE_PAGE_PROTECTION
	bt_protect_frame(bt->v, f);
#endif
}

/* Instruction whose bytes cross into the next page: fetch both parts. */
static enum decode_status decode_crossing(struct tr *t, struct decode_mode dm, const u8 *page,
					  u32 lin, u32 eip, u32 room, enum mon *status)
{
	u8 bytes[INSN_MAX], copy[4096];
	u32 here = 0x1000 - (lin & 0xfff), frame;
	const u8 *next;

	if (here > INSN_MAX)
		here = INSN_MAX;
	__builtin_memcpy(bytes, page + (lin & 0xfff), here);
	switch (bt_code_page(t->bt->v, lin + here, &next, &frame, copy)) {
	case CODE_FAULT:
		*status = MON_FAULT;
		return DECODE_MORE;
	case CODE_DEVICE:
		next = copy;
		frame = NO_FRAME;
		break;
	case CODE_FRAME:
#ifndef WITHOUT_CROSSING_PROTECTION
		protect_source(t->bt, frame);
#endif
		break;
	}
	__builtin_memcpy(bytes + here, next, INSN_MAX - here);
	t->u->frame[1] = frame;
	return bt_decode(dm, bytes, room < INSN_MAX ? room : INSN_MAX, eip, &t->in[0]);
}

bool tr_scan(struct tr *t, u32 eip, enum mon *status)
{
	struct decode_mode dm = {.code32 = t->mode & M_D, .protected = t->mode & M_PE};
	unsigned cap = t->mode & (M_SINGLE | M_TF) ? 1 : UNIT_INSNS;
	u8 copy[4096];
	const u8 *page;
	u32 lin = t->ctx->cs_base + eip, frame, at = eip;
	u32 page_room = 0x1000 - (lin & 0xfff);

	if (eip > t->ctx->cs_limit) {
		*status = vcpu_fault(t->bt->v, V_GP, 0);
		return false;
	}
	switch (bt_code_page(t->bt->v, lin, &page, &frame, copy)) {
	case CODE_FAULT:
		*status = MON_FAULT;
		return false;
	case CODE_DEVICE:
		page = copy;
		frame = NO_FRAME;
		cap = 1;
		break;
	case CODE_FRAME:
		protect_source(t->bt, frame);
		break;
	}
	t->u->frame[0] = frame;
	t->u->frame[1] = NO_FRAME;
	t->selfcheck = frame != NO_FRAME && t->bt->frame_state[frame] == PG_SELFCHECK;
	/* Bytes that the unit cannot look at: one instruction, made anew each time. */
	if (t->selfcheck && !bt_in_window(t->bt->v, lin & ~0xfffu, 0x1000))
		cap = 1;
	while (t->n < cap) {
		struct insn *i = &t->in[t->n];
		u32 used = at - eip;
		u64 limit_room = (u64)t->ctx->cs_limit - at + 1;
		u32 room = page_room - used;
		enum decode_status s;

		if (used >= page_room || at > t->ctx->cs_limit || used > 240)
			break;
		if (t->n && bt_break_at(t->bt, lin + used))
			break;
		if (limit_room < room)
			room = (u32)limit_room;
		s = bt_decode(dm, page + (lin & 0xfff) + used, room, at, i);
		if (s == DECODE_MORE) {
			if (t->n)
				break; /* the next unit starts with it */
			if (limit_room > page_room && page_room < INSN_MAX) {
				u32 all = limit_room < INSN_MAX ? (u32)limit_room : INSN_MAX;

				s = decode_crossing(t, dm, page, lin, at, all, status);
				if (*status != MON_OK)
					return false;
				cap = 1;
			}
			if (s == DECODE_MORE) { /* runs over the segment limit */
				*status = vcpu_fault(t->bt->v, V_GP, 0);
				return false;
			}
		}
		if (s != DECODE_OK) {
			if (t->n)
				break;
			t->end_status = s;
			t->n = 1;
			i->eip = at;
			/* Any of these bytes may have decided that. */
			i->len = (u8)(room < INSN_MAX ? room : INSN_MAX);
			__builtin_memcpy(i->bytes, page + (lin & 0xfff), i->len);
			break;
		}
		t->n++;
		at += i->len;
		if (ends_unit(t, i))
			break;
#ifndef WITHOUT_SELFCHECK_AFTER_STORE
		/* A unit that checks its source may not outrun its own store. */
		if (t->selfcheck && i->writes_mem)
			break;
#endif
	}
	t->u->glen = 0;
	for (unsigned k = 0; k < t->n; k++)
		t->u->glen += t->in[k].len;
	if (t->u->frame[1] != NO_FRAME && t->bt->frame_state[t->u->frame[1]] == PG_SELFCHECK)
		t->selfcheck = true;
	if (t->selfcheck && !bt_in_window(t->bt->v, lin, t->u->glen)) {
		t->selfcheck = false;
		t->u->frame[0] = t->u->frame[1] = NO_FRAME;
	}
	return true;
}
