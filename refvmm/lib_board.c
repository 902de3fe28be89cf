/* SPDX-License-Identifier: MIT
 * What stands where a board is in refvmm, for librefvmm: the caller's ports, one
 * interrupt line, nothing in memory but RAM, and a clock that only notices runs
 * that do not end.  The functions are those that the engine asks of devices/pc.h
 * and of vtime.c.
 */
#include "refvmm/arena.h"
#include "refvmm/exit.h"
#include "refvmm/lib.h"
#include "refvmm/soft.h"

static u32 ones(unsigned size)
{
	return size == 4 ? 0xffffffff : (1u << 8 * size) - 1;
}

u32 port_in(struct vcpu *v, u16 port, unsigned size)
{
	const struct refvmm_options *o = &the_lib->options;

	host_begin(vm_of(v));
	return o->in ? o->in(o->arg, port, size) & ones(size) : ones(size);
}

void port_out(struct vcpu *v, u16 port, u32 value, unsigned size)
{
	const struct refvmm_options *o = &the_lib->options;

	host_begin(vm_of(v));
	if (o->out)
		o->out(o->arg, port, value & ones(size), size);
}

u32 pc_mmio_read(struct pc *pc, u32 phys, unsigned size)
{
	return ones(size);
}

void pc_mmio_write(struct pc *pc, u32 phys, u32 value, unsigned size)
{
}

u8 pc_intack(struct pc *pc)
{
	struct vcpu *v = the_lib->vm->v;

	v->intr = false;
	v->irq_pending &= (u8)~PENDING_INTR;
	return the_lib->vector;
}

void refvmm_interrupt(struct refvmm *lib, uint8_t vector)
{
	lib->vector = vector;
	lib->vm->v->intr = true;
	lib->vm->v->irq_pending |= PENDING_INTR;
}

void pc_ferr(struct pc *pc, bool level)
{
	if (level) {
		the_lib->ferr = true;
		vm_stop(the_lib->vm, RC_OK, "");
	}
}

void refvmm_stop(struct refvmm *lib)
{
	lib->stopped = true;
	vm_stop(lib->vm, RC_OK, "");
}

/* Nothing resets the machine: a triple fault stops it. */
void machine_reset(struct vm *vm)
{
	arena_reset_cpu(vm);
	arena_reset_engine(vm);
}

u64 vtime_now(struct vm *vm)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec - vm->epoch_ns;
}

/* The clock goes on by itself; one that fell between two looks comes again. */
void vtime_arm(struct vm *vm)
{
}

void vtime_arm_soon(struct vm *vm)
{
}

/* HLT. */
void vtime_wait(struct vm *vm)
{
	the_lib->hlt = true;
	vm_stop(vm, RC_OK, "");
}

/* Also asked while only an interrupt waits: that is no tick. */
void vtime_events(struct vm *vm)
{
	if (!(vm->v->irq_pending & PENDING_ALARM))
		return;
	vm->v->irq_pending &= (u8)~PENDING_ALARM;
	if (++the_lib->ticks > the_lib->options.hang_seconds) {
		the_lib->hung = true;
		vm_stop(vm, RC_LIMIT, "the run does not end");
	}
}
