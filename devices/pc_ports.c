/* SPDX-License-Identifier: MIT
 * The I/O address map of the board, in address order, and how an access finds
 * its chip.  Fixed addresses: PIIX3 datasheet 290550 table 2-2 and the PC/AT;
 * the PIIX4 power management block and the bus master of the IDE
 * channels go where the guest puts them.
 */
#include "devices/board.h"

enum { BYTE = 1, WORD = 2, DWORD = 4 };

#define CHIP(member)      .chip = offsetof(struct pc, member)
#define BYTES(name)       .in = name##_in, .out = name##_out
#define WIDE(name, sizes) .wide = (sizes), .wide_in = name##_in, .wide_out = name##_out

const struct port_range pc_ports[] = {
	{0x0000, 0x000f, CHIP(dma), BYTES(i8237)},
	{0x0020, 0x0021, CHIP(pic), BYTES(i8259)},
	{0x0040, 0x0043, CHIP(pit), BYTES(i8254)},
	{0x0060, 0x0060, CHIP(kbc), BYTES(i8042)},
	{0x0061, 0x0061, CHIP(port61), BYTES(port61)},
	{0x0064, 0x0064, .base = 1, CHIP(kbc), BYTES(i8042)},
	{0x0070, 0x0071, CHIP(rtc), BYTES(mc146818)},
	{0x0080, 0x0080, CHIP(post80), BYTES(post80)},
	{0x0081, 0x008f, .base = 1, CHIP(dma), BYTES(i8237_page)},
	{0x0092, 0x0092, CHIP(port92), BYTES(port92)},
	{0x00a0, 0x00a1, .base = 2, CHIP(pic), BYTES(i8259)},
	{0x00b2, 0x00b3, CHIP(pm), BYTES(acpi_apm)},
	{0x00c0, 0x00df, .base = 16, .shift = 1, CHIP(dma), BYTES(i8237)},
	{0x00e9, 0x00e9, CHIP(debugcon), BYTES(debugcon)},
	{0x00f0, 0x00f1, CHIP(ferr), .out = ferr_out},
	{0x00f4, 0x00f4, CHIP(exitport), WIDE(exitport, BYTE | WORD | DWORD)},
	{0x0170, 0x0170, CHIP(ide[1]), WIDE(ide, BYTE | WORD | DWORD)},
	{0x0171, 0x0177, .base = 1, CHIP(ide[1]), WIDE(ide, BYTE)},
	{0x01ce, 0x01d0, CHIP(vga), WIDE(dispi, WORD)},
	{0x01f0, 0x01f0, CHIP(ide[0]), WIDE(ide, BYTE | WORD | DWORD)},
	{0x01f1, 0x01f7, .base = 1, CHIP(ide[0]), WIDE(ide, BYTE)},
	{0x0376, 0x0376, CHIP(ide[1]), BYTES(ide_control)},
	{0x03b0, 0x03bb, CHIP(vga), BYTES(vga)},
	{0x03c0, 0x03df, .base = 0x10, CHIP(vga), BYTES(vga)},
	{0x03f0, 0x03f5, CHIP(fdc), BYTES(i82077)},
	{0x03f6, 0x03f6, CHIP(ide[0]), BYTES(ide_control)},
	{0x03f7, 0x03f7, .base = 7, CHIP(fdc), BYTES(i82077)},
	{0x03f8, 0x03ff, CHIP(com1), BYTES(ns16550)},
	{0x0402, 0x0402, CHIP(biosdebug), BYTES(debugcon)},
	{0x04d0, 0x04d1, CHIP(pic), BYTES(i8259_elcr)},
	{0x0510, 0x0511, CHIP(fwcfg), WIDE(fwcfg, BYTE | WORD)},
	{0x0514, 0x051b, CHIP(fwcfg), WIDE(fwcfg_dma, BYTE | WORD | DWORD)},
	{0x0cf8, 0x0cf8, CHIP(pci), WIDE(pci, DWORD)},
	{0x0cf9, 0x0cf9, CHIP(piix3), BYTES(piix3_rc)},
	{0x0cfc, 0x0cff, .base = 4, CHIP(pci), WIDE(pci, BYTE | WORD | DWORD)},
	{0x8900, 0x8900, CHIP(exitport), BYTES(exitport_shutdown)},
};

const unsigned pc_port_ranges = sizeof pc_ports / sizeof pc_ports[0];

/* Addresses above FFFFh (a wide access at the end) are never claimed. */
static const struct port_range *find(u32 port)
{
	unsigned low = 0, high = pc_port_ranges;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (port > pc_ports[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < pc_port_ranges && port >= pc_ports[low].first ? &pc_ports[low] : NULL;
}

static unsigned reg_of(const struct port_range *r, u32 port)
{
	return r->base + ((port - r->first) >> r->shift);
}

static void *chip_of(struct pc *pc, const struct port_range *r)
{
	return (char *)pc + r->chip;
}

/* Blocks whose place the guest chooses. */
static const struct port_range pm_block = {CHIP(pm), WIDE(acpi_pm, BYTE | WORD | DWORD)};
static const struct port_range busmaster_block = {CHIP(busmaster),
						  WIDE(busmaster, BYTE | WORD | DWORD)};

/* Is the access inside one of them? */
static const struct port_range *movable(const struct pc *pc, u32 port, unsigned size, unsigned *reg)
{
	u16 base;

	if (acpi_pm_base(&pc->pm, &base) && port >= base && port + size <= base + ACPI_PM_PORTS) {
		*reg = port - base;
		return &pm_block;
	}
	if (pci_io_bar_base(&pc->piix3.ide, PIIX3_BMIBA, &base) && port >= base &&
	    port + size <= base + BUSMASTER_PORTS) {
		*reg = port - base;
		return &busmaster_block;
	}
	return NULL;
}

/* Timers that are due run before the access sees the chips. */
static void catch_up(struct pc *pc)
{
	if (pc->clock.told <= clock_now(&pc->clock))
		clock_run(&pc->clock);
}

static u8 in_byte(struct pc *pc, u32 port)
{
	const struct port_range *r = find(port);
	unsigned reg;

	if (r && r->in)
		return r->in(chip_of(pc, r), reg_of(r, port));
	if (r && (r->wide & BYTE))
		return (u8)r->wide_in(chip_of(pc, r), reg_of(r, port), 1);
	r = r ? NULL : movable(pc, port, 1, &reg);
	if (r)
		return (u8)r->wide_in(chip_of(pc, r), reg, 1);
	return 0xff;
}

u32 pc_in(struct pc *pc, u16 port, unsigned size)
{
	const struct port_range *r = find(port), *m;
	u32 v = 0;
	unsigned reg;

	pc_cells_collect(pc);
	catch_up(pc);
	if (r && (r->wide & size))
		v = r->wide_in(chip_of(pc, r), reg_of(r, port), size);
	else if (!r && (m = movable(pc, port, size, &reg)))
		v = m->wide_in(chip_of(pc, m), reg, size);
	else
		for (unsigned i = 0; i < size; i++)
			v |= (u32)in_byte(pc, port + i) << 8 * i;
	pc_cells_publish(pc);
	return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

static void out_byte(struct pc *pc, u32 port, u8 v)
{
	const struct port_range *r = find(port);
	unsigned reg;

	if (r && r->out)
		r->out(chip_of(pc, r), reg_of(r, port), v);
	else if (r && (r->wide & BYTE))
		r->wide_out(chip_of(pc, r), reg_of(r, port), v, 1);
	else if (!r && (r = movable(pc, port, 1, &reg)))
		r->wide_out(chip_of(pc, r), reg, v, 1);
}

void pc_out(struct pc *pc, u16 port, u32 value, unsigned size)
{
	const struct port_range *r = find(port), *m;
	unsigned reg;

	pc_cells_collect(pc);
	catch_up(pc);
	if (size < 4)
		value &= (1u << 8 * size) - 1;
	if (r && (r->wide & size))
		r->wide_out(chip_of(pc, r), reg_of(r, port), value, size);
	else if (!r && (m = movable(pc, port, size, &reg)))
		m->wide_out(chip_of(pc, m), reg, value, size);
	else
		for (unsigned i = 0; i < size; i++)
			out_byte(pc, port + i, (u8)(value >> 8 * i));
	pc_cells_publish(pc);
}
