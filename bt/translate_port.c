/* SPDX-License-Identifier: MIT
 * IN and OUT of ports behind which there is nothing but a value: the board keeps
 * such registers in cells of the monitor area (devices/pc_cells.c), three tables
 * say by port which cell answers, and the access is a load or store there.
 * Every other port, and every access that the TSS bitmap decides about, is the
 * monitor's.
 *
 * A guest that polls such a port does not leave the cache.  While the chip is about
 * to change the register, bt_port_plain() sends each look at it to the monitor: guests
 * count how often they look, and the alarm may come late on a busy host.
 */
#include "bt/translate.h"

/* The table of ports for accesses of this kind, 0: there is none. */
static u32 table_for(unsigned size, bool out)
{
	if (!out)
		return size == 1 ? MON_PORT_IN8 : 0;
	return size == 1 ? MON_PORT_OUT8 : size == 4 ? MON_PORT_OUT32 : 0;
}

static u32 table_of(const struct insn *i)
{
	return table_for(i->opcode & 1 ? i->opsize : 1, i->opcode & 2);
}

static u8 *cell_of(const struct bt *bt, u32 table, u32 port)
{
	return (u8 *)(uintptr_t)(bt->mon + table + port);
}

void bt_port(struct bt *bt, u16 port, unsigned size, bool out, u8 cell)
{
	u32 table = table_for(size, out);

	if (table)
		*cell_of(bt, table, port) = cell;
	if (table == MON_PORT_IN8 && port < sizeof(bt->in_cell))
		bt->in_cell[port] = cell;
}

void bt_port_plain(struct bt *bt, u8 port, bool plain)
{
	*cell_of(bt, MON_PORT_IN8, port) = plain ? bt->in_cell[port] : 0;
}

/* E4-E7 take the port from an immediate, EC-EF from DX. */
bool tr_port_inline(const struct tr *t, const struct insn *i)
{
	u32 table;

	if (i->map || (i->opcode & 0xf4) != 0xe4 || i->lock || !tr_iopl_ok(t) ||
	    (t->mode & (M_VM | M_CHECK)))
		return false;
	table = table_of(i);
	if (table == MON_PORT_IN8 && !(i->opcode & 8))
		return t->bt->in_cell[i->imm & 0xff];
	return table && (i->opcode & 8 || *cell_of(t->bt, table, i->imm & 0xff));
}

/* AL or EAX from or to gs:[modrm operand] */
static unsigned mov_opcode(const struct insn *i)
{
	return (i->opcode & 2 ? 0x88 : 0x8a) | (i->opcode & 1);
}

void tr_port(struct tr *t, const struct insn *i)
{
	struct emit *e = &t->e;
	u32 table = table_of(i), slow, done;

	if (!(i->opcode & 8) && table != MON_PORT_IN8) {
		gs_modrm(e, mov_opcode(i), R_EAX,
			 MON_CELLS + *cell_of(t->bt, table, i->imm & 0xff));
		return;
	}
	e_store(e, V_SPILL_ECX, R_ECX);
	if (i->opcode & 8) {
		e8(e, 0x0f); /* movzx ecx, dx */
		e8(e, 0xb7);
		e8(e, 0xca);
		e_table8(e, R_ECX, R_ECX, table);
	} else {
		e_load8(e, R_ECX, table + (i->imm & 0xff));
	}
	slow = e_jecxz(e);
	gs_base(e, mov_opcode(i), R_EAX, R_ECX, MON_CELLS);
	e_load(e, R_ECX, V_SPILL_ECX);
	done = e_jmp8(e);
	e_here8(e, slow);
	e_load(e, R_ECX, V_SPILL_ECX);
	tr_callout(t, i);
	t->ended = false;
	e_here8(e, done);
}
