/* SPDX-License-Identifier: MIT
 * Event traces (--trace): one line an event, made to be compared with the traces
 * of other emulators.  Each function does nothing when its trace is off.
 */
#ifndef REFVMM_TRACE_H
#define REFVMM_TRACE_H

#include "refvmm/vm.h"

void trace_unit_on(struct vm *vm, u32 unit);
void trace_exception_on(struct vm *vm);
void trace_interrupt_on(struct vm *vm, u8 vector);
void trace_io_on(struct vm *vm, bool out, u16 port, u32 value, unsigned size);

void trace_translated_on(struct vm *vm, u32 unit);
void trace_selfcheck_on(struct vm *vm, u32 unit);

static inline void trace_translated(struct vm *vm, u32 unit)
{
	if (vm->cfg->trace[TRACE_BT])
		trace_translated_on(vm, unit);
}

static inline void trace_selfcheck(struct vm *vm, u32 unit)
{
	if (vm->cfg->trace[TRACE_BT])
		trace_selfcheck_on(vm, unit);
}

static inline void trace_unit(struct vm *vm, u32 unit)
{
	if (vm->cfg->trace[TRACE_EXEC])
		trace_unit_on(vm, unit);
}

static inline void trace_exception(struct vm *vm)
{
	if (vm->cfg->trace[TRACE_INT])
		trace_exception_on(vm);
}

static inline void trace_interrupt(struct vm *vm, u8 vector)
{
	if (vm->cfg->trace[TRACE_INT])
		trace_interrupt_on(vm, vector);
}

/* The guest profile that microbench/replay reads (docs/mmu-policy.md): a letter and an address. */
void trace_mem_on(struct vm *vm, char what, u32 x);
void trace_touch_on(struct vm *vm, u32 page, bool write);
void trace_recall_on(struct vm *vm, u32 page, u32 entry);

static inline void trace_mem(struct vm *vm, char what, u32 x)
{
	if (vm->cfg->trace[TRACE_MEM])
		trace_mem_on(vm, what, x);
}

static inline void trace_touch(struct vm *vm, u32 page, bool write)
{
	if (vm->cfg->trace[TRACE_MEM])
		trace_touch_on(vm, page, write);
}

void trace_mmio_on(struct vm *vm, bool write, u32 phys, u32 value, unsigned size);

static inline void trace_mmio(struct vm *vm, bool write, u32 phys, u32 value, unsigned size)
{
	if (vm->cfg->trace[TRACE_IO])
		trace_mmio_on(vm, write, phys, value, size);
}

static inline void trace_io(struct vm *vm, bool out, u16 port, u32 value, unsigned size)
{
	if (vm->cfg->trace[TRACE_IO])
		trace_io_on(vm, out, port, value, size);
}

#endif
