/* SPDX-License-Identifier: MIT
 * PCI configuration mechanism 1: PCI Local Bus Specification 2.1, section
 * 3.7.4.1; BAR sizing section 6.2.5.1.  Functions that are not there read all
 * ones (master abort).
 */
#include "devices/pci.h"

#include <string.h>

#define ENABLE 0x80000000u

void pci_function_init(struct pci_function *f, u16 vendor, u16 device, u32 class_code, u8 revision)
{
	memset(f, 0, sizeof *f);
	pci_put16(f, PCI_VENDOR, vendor);
	pci_put16(f, PCI_DEVICE, device);
	f->config[PCI_REVISION] = revision;
	f->config[PCI_CLASS] = (u8)class_code;
	f->config[PCI_CLASS + 1] = (u8)(class_code >> 8);
	f->config[PCI_CLASS + 2] = (u8)(class_code >> 16);
	pci_put32(f, PCI_SUBSYSTEM, 0x11001af4); /* as the firmware expects */
	f->wire.writable[PCI_COMMAND] = PCI_COMMAND_IO | PCI_COMMAND_MEM | PCI_COMMAND_MASTER;
	f->wire.writable[PCI_COMMAND + 1] = 1;
	f->wire.writable[0x0c] = f->wire.writable[0x0d] = 0xff; /* cache line, latency */
	f->wire.writable[PCI_INT_LINE] = 0xff;
}

void pci_add_bar(struct pci_function *f, unsigned reg, u32 size)
{
	u32 mask = ~(size - 1);

	if (reg == PCI_ROM)
		mask |= 1; /* decode enable */
	for (unsigned i = 0; i < 4; i++)
		f->wire.writable[reg + i] = (u8)(mask >> 8 * i);
}

/* All 32 bits can be written although ports have 16: SeaBIOS takes the size from
 * the whole register. */
void pci_add_io_bar(struct pci_function *f, unsigned reg, u32 size)
{
	pci_add_bar(f, reg, size);
	pci_put32(f, reg, 1);
}

bool pci_io_bar_base(const struct pci_function *f, unsigned reg, u16 *base)
{
	u32 v = pci_get32(f, reg) & ~3u;

	*base = (u16)v;
	return (f->config[PCI_COMMAND] & PCI_COMMAND_IO) && v && v <= 0xffff;
}

bool pci_bar_base(const struct pci_function *f, unsigned reg, u32 *base)
{
	u32 v = pci_get32(f, reg);

	*base = v & (reg == PCI_ROM ? ~0x7ffu : ~0xfu);
	if (reg == PCI_ROM) /* see pci.h: the command register is not asked */
		return (v & 1) && *base;
	return (f->config[PCI_COMMAND] & PCI_COMMAND_MEM) && *base;
}

void pci_attach(struct pci_bus *b, unsigned device, unsigned function, struct pci_function *f)
{
	b->wire.fn[device * 8 + function] = f;
}

static struct pci_function *target(const struct pci_bus *b)
{
	if (!(b->address & ENABLE) || (b->address & 0x00ff0000))
		return NULL; /* disabled, or behind a bridge that is not there */
	return b->wire.fn[b->address >> 8 & 0xff];
}

void pci_set_address(struct pci_bus *b, u32 v)
{
	b->address = v & 0x80fffffc;
}

u32 pci_in(void *chip, unsigned reg, unsigned size)
{
	struct pci_bus *b = chip;
	struct pci_function *f;
	u32 v = 0;

	if (reg == 0 && size == 4)
		return b->address;
	f = target(b);
	if (reg < 4 || reg + size > 8 || !f)
		return ~0u;
	reg = (b->address & 0xfc) + (reg - 4);
	for (unsigned i = 0; i < size; i++)
		v |= (u32)f->config[reg + i] << 8 * i;
	return v;
}

void pci_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct pci_bus *b = chip;
	struct pci_function *f;

	if (reg == 0 && size == 4) {
		pci_set_address(b, v);
		return;
	}
	f = target(b);
	if (reg < 4 || reg + size > 8 || !f)
		return;
	reg = (b->address & 0xfc) + (reg - 4);
	for (unsigned i = 0; i < size; i++) {
		u8 m = f->wire.writable[reg + i];

		f->config[reg + i] = (f->config[reg + i] & (u8)~m) | ((u8)(v >> 8 * i) & m);
	}
	if (f->wire.changed)
		f->wire.changed(f->wire.arg, reg, size);
}
