/* SPDX-License-Identifier: MIT
 * Event traces, written in host context.  With the exec trace units are single
 * instructions, so there is one line per instruction with the state before it.
 */
#include "refvmm/trace.h"

#include <stdio.h>

void trace_unit_on(struct vm *vm, u32 unit)
{
	const struct vcpu *v = vm->v;
	const struct bt_unit *u = &vm->bt->unit[unit];
	struct decode_mode dm = {.code32 = v->seg[S_CS].attr & D_DB,
				 .protected = vcpu_protected(v)};
	u8 bytes[INSN_MAX];
	struct insn i;
	char text[96] = "(bad)";
	u32 top = 0;

	lin_read(vm->v,
		 v->seg[S_SS].base +
			 (v->seg[S_SS].attr & D_DB ? v->gpr[R_ESP] : (u16)v->gpr[R_ESP]),
		 &top, 4, ACC_READ);
	host_begin(vm);
	lin_read(vm->v, u->lin, bytes, INSN_MAX, ACC_READ);
	if (bt_decode(dm, bytes, INSN_MAX, v->eip, &i) == DECODE_OK)
		bt_disassemble(dm, &i, text, sizeof(text));
	fprintf(vm->cfg->trace[TRACE_EXEC],
		"X %04x:%08x eax=%08x ecx=%08x edx=%08x ebx=%08x esp=%08x ebp=%08x esi=%08x "
		"edi=%08x fl=%08x ss=%04x:[%08x] ds=%04x es=%04x lin=%08x %s\n",
		v->seg[S_CS].sel, v->eip, v->gpr[R_EAX], v->gpr[R_ECX], v->gpr[R_EDX],
		v->gpr[R_EBX], v->gpr[R_ESP], v->gpr[R_EBP], v->gpr[R_ESI], v->gpr[R_EDI],
		vcpu_eflags(v), v->seg[S_SS].sel, top, v->seg[S_DS].sel, v->seg[S_ES].sel, u->lin,
		text);
}

void trace_exception_on(struct vm *vm)
{
	const struct vcpu *v = vm->v;

	host_begin(vm);
	fprintf(vm->cfg->trace[TRACE_INT], "E vector=%u error=%x at %04x:%08x cpl=%u\n",
		v->fault.vector, v->fault.error, v->seg[S_CS].sel, v->eip, v->cpl);
}

void trace_interrupt_on(struct vm *vm, u8 vector)
{
	const struct vcpu *v = vm->v;

	host_begin(vm);
	fprintf(vm->cfg->trace[TRACE_INT], "I vector=%u at %04x:%08x cpl=%u\n", vector,
		v->seg[S_CS].sel, v->eip, v->cpl);
}

void trace_io_on(struct vm *vm, bool out, u16 port, u32 value, unsigned size)
{
	fprintf(vm->cfg->trace[TRACE_IO], "%c port=%04x size=%u value=%x at %04x:%08x\n",
		out ? 'O' : 'I', port, size, value, vm->v->seg[S_CS].sel, vm->v->eip);
}

static void unit_line(struct vm *vm, const char *what, u32 unit)
{
	const struct bt_unit *u = &vm->bt->unit[unit];
	const struct bt_ctx *c = &vm->bt->ctx[u->ctx];

	fprintf(vm->cfg->trace[TRACE_BT],
		"%s unit=%u eip=%08x lin=%08x len=%u insns=%u host=%08x-%08x mode=%x\n", what, unit,
		u->eip, u->lin, u->glen, u->n_insns, u->body, u->body + u->len, c->mode);
}

void trace_translated_on(struct vm *vm, u32 unit)
{
	unit_line(vm, "T", unit);
}

void trace_selfcheck_on(struct vm *vm, u32 unit)
{
	u8 now[32] = {0};
	const struct bt_unit *u = &vm->bt->unit[unit];

	host_begin(vm);
	unit_line(vm, "S", unit);
	lin_read(vm->v, u->lin, now, u->glen < 32 ? u->glen : 32, ACC_READ);
	for (int k = 0; k < 32 && k < u->glen; k++)
		fprintf(vm->cfg->trace[TRACE_BT], " %02x", now[k]);
	fputc('\n', vm->cfg->trace[TRACE_BT]);
}

void trace_mmio_on(struct vm *vm, bool write, u32 phys, u32 value, unsigned size)
{
	fprintf(vm->cfg->trace[TRACE_IO], "%c phys=%08x size=%u value=%x at %04x:%08x\n",
		write ? 'W' : 'R', phys, size, value, vm->v->seg[S_CS].sel, vm->v->eip);
}
