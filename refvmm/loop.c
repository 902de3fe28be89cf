/* SPDX-License-Identifier: MIT
 * The vCPU loop: enter the translation cache, see why it left, do that, go on.
 * Monitor context except where host_begin() says otherwise.
 */
#include "refvmm/accesses.h"
#include "refvmm/boundary.h"
#include "refvmm/debug.h"
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"
#include "refvmm/monstring.h"
#include "refvmm/montext.h"
#include "refvmm/soft.h"
#include "refvmm/trace.h"
#include "refvmm/window.h"

#include <Zydis/Mnemonic.h>

#define BUDGET 1000000u /* units between refills when counting */

__attribute__((no_sanitize("address", "undefined"))) void loop_enter(struct vm *vm)
{
	struct vcpu *v = vm->v;

	v->resume_cs = LDT_SEL(LDT_TC);
	segmemo_check(vm);
	vm->in_guest = true;
	if (vm->fpu_saved) {
		__asm__ volatile("fxrstor64 %0" : : "m"(vm->fpu));
		vm->fpu_saved = false;
		host_syscall_made(vm);
	}
	enter_guest(v);
	vm->in_guest = false;
	vm->bt->stat[ST_exits]++;
#ifdef REFVMM_SANITIZE
	host_begin(vm); /* instrumented code may use SSE and TLS anywhere */
#endif
	if (v->x87.op_note)
		bt_x87_resolve(vm->bt);
	if (v->seg_loaded) {
		segmemo_sync(vm);
		segmap_sync(vm);
	}
}

void loop_resume(struct vm *vm)
{
	vm->v->exit_code = vm->trap.exit_code;
	vm->v->resume = vm->trap.rip;
	loop_enter(vm);
}

void vm_stop(struct vm *vm, int exit_code, const char *text)
{
	if (vm->stop)
		return;
	vm->stop = true;
	vm->exit_code = exit_code;
	mon_format(vm->stop_text, sizeof(vm->stop_text), "%s", text);
}

/* INT n and IRETD by their memo when they go where they went before. */
static void callout(struct vm *vm, const struct insn *i)
{
	struct vcpu *v = vm->v;
	u8 from = v->vflags & FL_VM ? 0xff : v->cpl; /* never remembered from there */
	enum mon m;

	if (i->mnemonic == ZYDIS_MNEMONIC_INT) {
		if (gatememo_int(vm, (u8)i->imm, i->eip + i->len))
			return;
		m = callout_execute(v, i);
		if (m == MON_OK)
			gatememo_note_int(vm, (u8)i->imm, from);
	} else if (i->mnemonic == ZYDIS_MNEMONIC_IRETD) {
		if (gatememo_iret(vm))
			return;
		m = callout_execute(v, i);
		if (m == MON_OK)
			gatememo_note_iret(vm, from);
	} else {
		m = callout_execute(v, i);
		if (m == MON_OK && v->exit_code == EXIT_SEGLOAD)
			segmemo_note(vm, bt_segload_register(i));
	}
	boundary_finish(vm, m);
}

static void exit_callout(struct vm *vm)
{
	struct vcpu *v = vm->v;
	const struct insn *i = &vm->bt->callout[v->exit_arg];

	vm->bt->stat[ST_exit_callout]++;
	vm->bt->callouts[i->mnemonic]++;
	v->eip = i->eip;
	switch (i->cls) {
	case IC_JMP:
	case IC_CALL:
	case IC_RET:
	case IC_STRING:
	case IC_X87_ENV:
		boundary_finish(vm, soft_execute(v, i));
		break;
	case IC_STOP:
		mon_format(v->stop_text, sizeof(v->stop_text),
			   "instruction %s at %04x:%08x is not supported", bt_insn_name(i),
			   v->seg[S_CS].sel, i->eip);
		vm_stop(vm, RC_UNSUPPORTED, v->stop_text);
		break;
	default:
		callout(vm, i);
		/* SDM vol. 3B section 17.3.1.4: no single-step trap behind a load of
		 * SS, nor behind INT, which cleared TF for its handler. */
		if ((v->shadow && i->cls == IC_MON) ||
		    (!i->map && ((i->opcode >= 0xcc && i->opcode <= 0xce) || i->opcode == 0xf1)))
			vm->no_step_trap = STEP_SUPPRESSED;
	}
}

/* A stub has no place for tr_uncount(). */
static void exit_segload(struct vm *vm)
{
	struct vcpu *v = vm->v;
	u32 in_it = v->seg_return - 1;

	if (vm->bt->counting)
		v->retired -= bt_undone(vm->bt, bt_unit_at(vm->bt, in_it), in_it);
	segmemo_missed(vm, bt_segload_register(&vm->bt->callout[v->exit_arg]));
	exit_callout(vm);
}

static void exit_popf(struct vm *vm)
{
	struct vcpu *v = vm->v;
	const struct insn *i = &vm->bt->callout[v->exit_arg];

	vm->bt->stat[ST_exit_callout]++;
	vm->bt->callouts[i->mnemonic]++;
	vcpu_set_eflags(v, arch_popf_image(v, v->scratch, i->opsize));
	v->eip = i->eip + i->len;
	v->retired_mon++;
}

static void exit_raise(struct vm *vm)
{
	struct vcpu *v = vm->v;
	const struct insn *i = &vm->bt->callout[v->exit_arg];

	vm->bt->stat[ST_exit_raise]++;
	v->eip = i->eip;
	vcpu_fault(v, (u8)i->imm2, 0);
	boundary_deliver(vm);
}

/* A page fault in guest context that is the window's or the translator's business:
 * true when the instruction can simply go on.  *fault: it is the guest's own #PF. */
static bool hidden_fault(struct vm *vm, bool *fault)
{
	const struct trap *t = &vm->trap;
	u32 lin = (u32)t->cr2 - vm->linbase, unit, frame;
	bool write = t->error & 2, global;

	*fault = false;
	if (t->trapno != V_PF)
		return false;
	unit = bt_unit_at(vm->bt, t->rip);
	if (!unit)
		return false;
	switch (window_fill(vm, lin, write)) {
	case FILL_DONE:
		return true;
	case FILL_FAULT:
		*fault = true;
		return false;
	case FILL_SOFT:
		break;
	}
	/* Read-only for the sake of translations? */
	if (!write || !bt_code_frame(vm->v, lin, false, &frame, &global) ||
	    !bt_write_fault(vm->bt, frame))
		return false;
	/* A unit may not outrun a store to its own page. */
	return vm->bt->unit[unit].live && window_fill(vm, lin, true) == FILL_DONE;
}

/* A page fault that no mapping in the window can avoid. */
static void soft_after_fault(struct vm *vm, u32 unit)
{
	struct vcpu *v = vm->v;

	if ((vm->trap.error & 2) && alias_covers(vm, (u32)vm->trap.cr2 - vm->linbase))
		bt_store_faulted(vm->bt, unit, v->seg[S_CS].base + v->eip);
	boundary_finish(vm, loop_soft(vm));
}

static void exit_trap(struct vm *vm, bool guest_fault)
{
	struct vcpu *v = vm->v;
	const struct trap *t = &vm->trap;
	u32 u = bt_unit_at(vm->bt, t->rip);

	vm->bt->stat[ST_exit_trap]++;
	if (!u) {
		mon_format(v->stop_text, sizeof(v->stop_text),
			   "host trap %u error %x outside translated code at %08x", t->trapno,
			   t->error, t->rip);
		vm_stop(vm, RC_INTERNAL, v->stop_text);
		return;
	}
	v->eip = bt_recover(vm->bt, u, t->rip);
	if (vm->bt->counting)
		v->retired -= bt_undone(vm->bt, u, t->rip);
	x87_trapped(vm, u);
	switch (t->trapno) {
	case V_PF:
		vm->bt->stat[ST_trap_pf]++;
		if (guest_fault)
			boundary_deliver(vm);
		else if (!vm->bt->unit[u].live && vm->bt->unit[u].frame[0] != NO_FRAME) {
			vm->no_step_trap = STEP_NOT_EXECUTED; /* its page was written */
			v->shadow = bt_shadow(vm->bt, u, t->rip);
		} else {
			soft_after_fault(vm, u);
		}
		return;
	case V_GP:
		vm->bt->stat[ST_trap_gp]++;
		mmu_segment_trap(vm);
		boundary_finish(vm, loop_soft(vm));
		return;
	case V_SS:
		vm->bt->stat[ST_trap_ss]++;
		mmu_segment_trap(vm);
		boundary_finish(vm, loop_soft(vm));
		return;
	case V_MF:
	case V_DE:
	case V_BR:
	case V_UD:
	case V_XM:
		vm->bt->stat[ST_trap_other]++;
		vcpu_fault(v, arch_simd_vector(v, (u8)t->trapno), 0);
		boundary_deliver(vm);
		return;
	default:
		mon_format(v->stop_text, sizeof(v->stop_text),
			   "unexpected host trap %u at guest %04x:%08x", t->trapno,
			   v->seg[S_CS].sel, v->eip);
		vm_stop(vm, RC_INTERNAL, v->stop_text);
	}
}

/* The alarm hit guest context.  Device work is done here and now; only when it
 * ends in an interrupt has the unit to be left, at its end. */
static void exit_async(struct vm *vm)
{
	struct vcpu *v = vm->v;
	u32 rip = vm->trap.rip, u;

	vm->bt->stat[ST_exit_async]++;
	for (;;) {
		vm->in_guest = true;
		host_begin(vm);
		vtime_events(vm);
		vtime_arm(vm);
		if (vm->stop || vm->reset)
			return;
		u = bt_unit_at(vm->bt, rip);
		if (boundary_interrupt_due(v) || vm->gdb_request) {
			if (!u || !bt_poll_unit(vm->bt, u, rip))
				vtime_arm_soon(vm);
		}
		loop_resume(vm);
		if (v->exit_code != EXIT_ASYNC)
			return;
		rip = vm->trap.rip;
	}
}

static void exit_branch(struct vm *vm)
{
	struct bt *bt = vm->bt;
	struct vcpu *v = vm->v;
	u32 x = bt_exit_taken(bt, v->exit_arg, v->hwflags), unit, ctx,
	    flushes = (u32)bt->stat[ST_cache_flushes];
	const struct bt_exit_slot *slot = &bt->exit[x];
	bool chain = slot->kind != XK_TAIL && bt->unit[slot->unit].live &&
		     !(bt->ctx[bt->unit[slot->unit].ctx].mode & (M_SINGLE | M_TF)) &&
		     !vm->cfg->trace[TRACE_EXEC] && !vm->retranslate &&
		     !bt_break_at(bt, bt->ctx[bt->unit[slot->unit].ctx].cs_base + slot->target);
	enum mon m;

	bt->stat[ST_exit_branch]++;
	v->eip = slot->target;
	if (slot->to && !v->irq_pending)
		bt->next_unit = slot->to;
	if (!chain || slot->to || (v->irq_pending & PENDING_ALARM) || boundary_interrupt_due(v))
		return;
	ctx = bt_context(bt, 0);
	unit = bt_find(bt, ctx, v->eip);
	if (!unit) {
		host_begin(vm);
		unit = bt_translate(bt, ctx, v->eip, &m);
	}
	if (unit && bt->unit[unit].live && flushes == (u32)bt->stat[ST_cache_flushes] &&
	    bt->unit[bt->exit[x].unit].live)
		bt_chain(bt, x, unit);
	bt->next_unit = unit;
}

static void exit_budget(struct vm *vm)
{
	struct vcpu *v = vm->v;
	u64 n = vm->units_left < BUDGET ? vm->units_left : BUDGET;

	vm->bt->stat[ST_exit_budget]++;
	v->eip = vm->bt->unit[v->exit_arg].eip;
	vm->retired_tc += v->retired;
	v->retired = 0;
	vm->units_left -= n;
	v->budget = (u32)n;
	if (!n)
		vm_stop(vm, RC_LIMIT, "--limit-units reached");
}

/* The unit that the last exit led to, if nothing came in between. */
static u32 known_unit(struct vm *vm, u32 ctx)
{
	u32 unit = vm->bt->next_unit;
	const struct bt_unit *u = &vm->bt->unit[unit];

	vm->bt->next_unit = 0;
	return u->live && u->ctx == ctx && u->eip == vm->v->eip ? unit : 0;
}

/* Run translated code at v->eip until it leaves, then do what it left for. */
static void step(struct vm *vm)
{
	struct vcpu *v = vm->v;
	struct bt *bt = vm->bt;
	bool checked = vcpu_checked(v);
	bool single = v->shadow || checked || vm->cfg->trace[TRACE_EXEC] || vm->gdb_single ||
		      vm->unit_single || vm->ferr;
	bool trap_after = v->vflags & FL_TF, guest_fault = false;
	u32 rf = v->vflags & FL_RF;
	u8 shadow = v->shadow;
	u32 ctx, unit, hits = 0;
	u64 exceptions = bt->stat[ST_exceptions];
	enum mon m = MON_OK;

	if (checked && checked_before(vm, &hits)) {
		boundary_deliver(vm);
		return;
	}
	mmu_step(vm);
	ctx = bt_context(bt, (single ? M_SINGLE : 0) | (checked ? M_CHECK : 0));
	v->shadow = 0;
	v->task_switched = false;
	vm->no_step_trap = STEP_TRAP;
	v->vflags &= ~FL_RF; /* holds for one instruction */
	unit = known_unit(vm, ctx);
	if (!unit)
		unit = bt_find(bt, ctx, v->eip);
	if (unit && vm->retranslate) {
		bt_invalidate(bt, unit);
		unit = 0;
	}
	if (!unit) {
		host_begin(vm);
		unit = bt_translate(bt, ctx, v->eip, &m);
		if (!unit) {
			boundary_finish(vm, m);
			return;
		}
		trace_translated(vm, unit);
	}
	if (v->exit_code == EXIT_INDIRECT && bt->unit[unit].live && !single && !trap_after &&
	    !vm->retranslate && !bt_break_at(bt, bt->unit[unit].lin))
		bt_publish(bt, unit);
	bt_install(bt, unit);
	trace_unit(vm, unit);
	v->resume = bt->unit[unit].body;
	vtime_arm(vm);
	loop_enter(vm);
	while (v->exit_code == EXIT_ASYNC || v->exit_code == EXIT_TRAP) {
		if (v->exit_code == EXIT_ASYNC) {
			exit_async(vm);
			if (vm->stop || vm->reset)
				break;
			continue;
		}
		if (!hidden_fault(vm, &guest_fault))
			break;
		vm->in_guest = true; /* before the look at irq_pending */
		__asm__ volatile("" : : : "memory");
		if (v->irq_pending)
			exit_async(vm);
		else
			loop_resume(vm);
		if (vm->stop || vm->reset)
			break;
	}
	if (bt->polled)
		bt_unpoll_unit(bt, bt->polled);
	if (vm->stop || vm->reset)
		return;
	switch (v->exit_code) {
	case EXIT_BRANCH:
		exit_branch(vm);
		break;
	case EXIT_INDIRECT:
		bt->stat[ST_exit_indirect]++;
		v->eip = v->target;
		break;
	case EXIT_CALLOUT:
		exit_callout(vm);
		break;
	case EXIT_SEGLOAD:
		exit_segload(vm);
		break;
	case EXIT_RAISE:
		exit_raise(vm);
		break;
	case EXIT_POLL:
		bt->stat[ST_exit_poll]++;
		v->eip = v->exit_arg;
		break;
	case EXIT_SELFCHECK:
		bt->stat[ST_exit_selfcheck]++;
		v->eip = bt->unit[v->exit_arg].eip;
		if (bt->counting)
			v->retired -= bt->unit[v->exit_arg].n_insns;
		trace_selfcheck(vm, v->exit_arg);
		bt_invalidate(bt, v->exit_arg);
		vm->no_step_trap = STEP_NOT_EXECUTED;
		break;
	case EXIT_BUDGET:
		exit_budget(vm);
		vm->no_step_trap = STEP_NOT_EXECUTED;
		break;
	case EXIT_POPF:
		exit_popf(vm);
		break;
	case EXIT_TRAP:
		exit_trap(vm, guest_fault);
		break;
	default:
		mon_format(v->stop_text, sizeof(v->stop_text), "unknown exit %u", v->exit_code);
		vm_stop(vm, RC_INTERNAL, v->stop_text);
	}
	if (vm->no_step_trap == STEP_NOT_EXECUTED) {
		if (single) { /* both wait for this instruction */
			v->vflags |= rf;
			v->shadow = shadow;
		}
		return;
	}
	if (bt->stat[ST_exceptions] != exceptions)
		return;
	if (trap_after && !vm->no_step_trap && !v->task_switched)
		hits |= DR6_BS;
	v->debug_trap |= hits;
}

void loop_run(struct vm *vm)
{
	struct vcpu *v = vm->v;

	vm->units_left = vm->cfg->limit_units ? vm->cfg->limit_units : UINT64_MAX;
	v->exit_code = 0;
	while (!vm->stop) {
		vm->in_guest = true;
		__asm__ volatile("" : : : "memory"); /* before the look below */
		if (vm->reset) {
			vm->reset = false;
			machine_reset(vm);
			if (vm->stop)
				return;
		}
		if (!boundary_events(vm))
			continue;
		if (vm->gdb && gdb_before(vm))
			continue;
		if (v->halted) {
			host_begin(vm);
			/* An NMI still here is blocked. */
			if (!(v->irq_pending & ~PENDING_NMI) || !(v->vflags & FL_IF))
				vtime_wait(vm);
			else if (!v->intr)
				continue;
			continue;
		}
		step(vm);
		if (vm->ferr)
			x87_after_step(vm);
		if (vm->gdb)
			gdb_after(vm);
	}
}
