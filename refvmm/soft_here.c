/* SPDX-License-Identifier: MIT
 * The instruction at v->eip in the monitor: fetch, decode, execute.  For those whose
 * operand the hardware segments or the window cannot reach.
 */
#include "refvmm/monstring.h"
#include "refvmm/montext.h"
#include "refvmm/soft.h"
#include "refvmm/vm.h"

/* A GS operand on the other side of the segment's base than translated for? */
static void learn_wrap(struct vm *vm, const struct insn *i, u32 lin)
{
	const struct seg *gs = &vm->v->seg[S_GS];
	u32 unit = bt_unit_at(vm->bt, vm->trap.rip);

	if (gs->base && gs->limit == 0xffffffff && unit &&
	    bt_learn_wrap(vm->bt, i, lin, insn_ea(vm->v, i) >= 0u - gs->base))
		bt_invalidate(vm->bt, unit);
}

enum mon loop_soft(struct vm *vm)
{
	struct vcpu *v = vm->v;
	struct decode_mode dm = {.code32 = v->seg[S_CS].attr & D_DB,
				 .protected = vcpu_protected(v)};
	struct insn i;
	u8 bytes[INSN_MAX];
	u32 lin = v->seg[S_CS].base + v->eip, here = 0x1000 - (lin & 0xfff);
	enum mon m;

	/* It was fetched to be translated, so what is absent is behind it, and the accessed
	 * bits of its pages are set. */
	m = lin_read(v, lin, bytes, here < INSN_MAX ? here : INSN_MAX, ACC_FETCH);
	if (m == MON_OK && here < INSN_MAX &&
	    lin_read(v, lin + here, bytes + here, INSN_MAX - here, ACC_FETCH | ACC_DEBUG))
		mon_set(bytes + here, 0, INSN_MAX - here);
	if (m)
		return m;
	host_begin(vm);
	if (bt_decode(dm, bytes, INSN_MAX, v->eip, &i) != DECODE_OK)
		return mon_stop(v, "cannot decode the instruction at %04x:%08x that trapped",
				v->seg[S_CS].sel, v->eip);
	vm->bt->stat[ST_soft]++;
	vm->bt->callouts[i.mnemonic]++;
	if (i.has_mem && i.mem_seg == S_GS)
		learn_wrap(vm, &i, lin);
	if (i.cls == IC_PUSHF || i.cls == IC_POPF)
		return callout_execute(v, &i);
	return soft_execute(v, &i);
}
