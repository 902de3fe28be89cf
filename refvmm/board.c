/* SPDX-License-Identifier: MIT
 * The machine side of the board (struct pc_host): interrupt pin, A20, shadow RAM,
 * DMA, reset and stop; and port access for monitor code.
 */
#include "refvmm/board.h"

#include "refvmm/exit.h"
#include "refvmm/soft.h"
#include "refvmm/trace.h"

#include <string.h>

static u64 board_now(void *host)
{
	return vtime_now(host);
}

static void board_deadline(void *host, u64 ns)
{
	((struct vm *)host)->deadline = ns;
}

/* vtime_arm() has something to do before the next entry. */
static void board_going_on(void *host)
{
	((struct vm *)host)->armed = 0;
}

static void board_intr(void *host, bool level)
{
	struct vm *vm = host;

	vm->v->intr = level;
	if (level)
		vm->v->irq_pending |= PENDING_INTR;
	else
		vm->v->irq_pending &= (u8)~PENDING_INTR;
}

/* The processor looks at the edge. */
static void board_nmi(void *host, bool level)
{
	struct vm *vm = host;

	if (level && !vm->nmi_pin) {
		vm->v->nmi = true;
		vm->v->irq_pending |= PENDING_NMI;
	}
	vm->nmi_pin = level;
}

/* The window shows other frames now. */
static void remap(struct vm *vm)
{
	if (!vm->ready)
		return;
	mmu_remapped(vm);
}

static void board_ignne(void *host, bool level)
{
	((struct vm *)host)->ignne = level;
}

static void board_a20(void *host, bool enabled)
{
	struct vm *vm = host;

	if (vm->v->a20 == enabled)
		return;
	vm->v->a20 = enabled;
	remap(vm);
}

static void board_pam(void *host, u32 base, u32 size, unsigned attr)
{
	struct vm *vm = host;
	bool changed = false;

	for (u32 at = base; at < base + size; at += 4096) {
		u8 *p = &vm->pam[(at - ROM_LOW_BASE) >> 12];

		changed |= *p != attr;
		*p = (u8)attr;
	}
	if (changed)
		remap(vm);
}

static void board_option_rom(void *host, u32 base, u32 size)
{
	struct vm *vm = host;

	/* Whole pages: behind the image the ROM area holds what an unclaimed
	 * address reads, all ones. */
	size = (size + 0xfff) & ~0xfffu;
	if (vm->option_rom == base && vm->option_rom_size == size)
		return;
	vm->option_rom = base;
	vm->option_rom_size = size;
	remap(vm);
}

static void board_video_memory(void *host, u32 base, u32 size)
{
	struct vm *vm = host;

	vm->video = base;
	vm->video_size = size;
	remap(vm);
}

static void board_cell(void *host, unsigned k, bool plain)
{
	struct vm *vm = host;

	if (!vm->cfg->trace[TRACE_IO])
		bt_port_plain(vm->bt, (u8)pc_cells[k].port, plain);
}

static void board_dma_read(void *host, u32 phys, void *dst, u32 size)
{
	struct vm *vm = host;
	u8 *to = dst;

	while (size) {
		u32 part = 0x1000 - (phys & 0xfff), frame;
		const u8 *p = phys_page(vm, phys, false, &frame);

		if (part > size)
			part = size;
		if (p)
			memcpy(to, p + (phys & 0xfff), part);
		else
			memset(to, 0xff, part);
		to += part;
		phys += part;
		size -= part;
	}
}

static void board_dma_write(void *host, u32 phys, const void *src, u32 size)
{
	struct vm *vm = host;
	const u8 *from = src;

	while (size) {
		u32 part = 0x1000 - (phys & 0xfff), frame;
		u8 *p = phys_page(vm, phys, true, &frame);

		if (part > size)
			part = size;
		if (p) {
			memcpy(p + (phys & 0xfff), from, part);
			bt_frame_written(vm->bt, frame, phys & 0xfff, part);
		}
		from += part;
		phys += part;
		size -= part;
	}
}

static void board_reset(void *host, enum pc_reset_cause cause)
{
	struct vm *vm = host;

	if (vm->cfg->no_reboot)
		vm_stop(vm, RC_OK, "");
	else
		vm->reset = true;
}

static void board_stop(void *host, enum pc_stop why, int code, const char *text)
{
	struct vm *vm = host;

	switch (why) {
	case PC_STOP_EXIT_PORT:
		vm_stop(vm, code & 0xff, "");
		break;
	case PC_STOP_SHUTDOWN:
		vm_stop(vm, RC_OK, "");
		break;
	case PC_STOP_IO_ERROR:
		vm_stop(vm, RC_OUTPUT, text);
		break;
	}
}

struct pc_host board_host(struct vm *vm)
{
	return (struct pc_host){
		.host = vm,
		.now_ns = board_now,
		.deadline = board_deadline,
		.going_on = board_going_on,
		.intr = board_intr,
		.nmi = board_nmi,
		.ignne = board_ignne,
		.a20 = board_a20,
		.pam = board_pam,
		.option_rom = board_option_rom,
		.video_memory = board_video_memory,
		.cell = board_cell,
		.dma_read = board_dma_read,
		.dma_write = board_dma_write,
		.reset = board_reset,
		.stop = board_stop,
	};
}

u32 port_in(struct vcpu *v, u16 port, unsigned size)
{
	struct vm *vm = vm_of(v);
	u32 value;

	host_begin(vm);
	value = pc_in(vm->pc, port, size);
	trace_io(vm, false, port, value, size);
	return value;
}

void port_out(struct vcpu *v, u16 port, u32 value, unsigned size)
{
	struct vm *vm = vm_of(v);

	host_begin(vm);
	trace_io(vm, true, port, value, size);
	pc_out(vm->pc, port, value, size);
}
