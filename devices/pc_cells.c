/* SPDX-License-Identifier: MIT
 * Ports behind which there is nothing but a value (pc.h, struct pc_cell).  The
 * board's owner may let its processor read and write these in shared memory; the
 * chips stay as they are, and this file brings both in line whenever the board is
 * entered and left.
 */
#include "devices/board.h"

const struct pc_cell pc_cells[PC_CELLS] = {
	/* In the PC/AT a page register that no DMA channel uses. */
	[PC_CELL_POST] = {.port = 0x80, .size = 1, .in = true, .out = true},
	/* Reading it changes nothing; the data port does. */
	[PC_CELL_KBC_STATUS] = {.port = 0x64, .size = 1, .in = true},
	/* Reads back with reserved bits 0, so only writes are plain. */
	[PC_CELL_PCI_ADDRESS] = {.port = 0xcf8, .size = 4, .out = true},
};

void pc_cells_collect(struct pc *pc)
{
	const u32 *cell = pc->cfg.cells;

	if (!cell)
		return;
	pc->post80.code = (u8)cell[PC_CELL_POST];
	pci_set_address(&pc->pci, cell[PC_CELL_PCI_ADDRESS]);
}

void pc_cells_publish(struct pc *pc)
{
	u32 *cell = pc->cfg.cells;

	if (!cell)
		return;
	cell[PC_CELL_POST] = pc->post80.code;
	cell[PC_CELL_KBC_STATUS] = pc->kbc.status;
	cell[PC_CELL_PCI_ADDRESS] = pc->pci.address;
	if (pc->kbc_asked != i8042_receiving(&pc->kbc) && pc->host.cell) {
		pc->kbc_asked = !pc->kbc_asked;
		pc->host.cell(pc->host.host, PC_CELL_KBC_STATUS, !pc->kbc_asked);
	}
}
