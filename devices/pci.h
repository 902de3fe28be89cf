/* SPDX-License-Identifier: MIT
 * PCI bus 0: configuration mechanism 1 and the configuration space of a
 * function.
 */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H

#include "refvmm/types.h"

/* Configuration space header, PCI Local Bus Specification 2.1 section 6.1. */
enum {
	PCI_VENDOR = 0x00,
	PCI_DEVICE = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_REVISION = 0x08,
	PCI_CLASS = 0x09, /* interface, subclass, class */
	PCI_HEADER = 0x0e,
	PCI_BAR0 = 0x10,
	PCI_SUBSYSTEM = 0x2c,
	PCI_ROM = 0x30,
	PCI_INT_LINE = 0x3c,
	PCI_INT_PIN = 0x3d,
};
enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MEM = 2, PCI_COMMAND_MASTER = 4 };

struct pci_function {
	u8 config[256];
	struct {
		u8 writable[256]; /* 1: the bit can be written */
		void (*changed)(void *arg, unsigned reg, unsigned size);
		void *arg;
	} wire;
};

struct pci_bus {
	u32 address; /* port CF8h */
	struct {
		struct pci_function *fn[256]; /* device * 8 + function */
	} wire;
};

/* Give a function its identity and the usual writable header bits. */
void pci_function_init(struct pci_function *f, u16 vendor, u16 device, u32 class_code, u8 revision);
/* A memory BAR (or PCI_ROM) of a power-of-two size. */
void pci_add_bar(struct pci_function *f, unsigned reg, u32 size);
/* An I/O BAR of a power-of-two size. */
void pci_add_io_bar(struct pci_function *f, unsigned reg, u32 size);
/* First port of an I/O BAR; false while it is not decoded. */
bool pci_io_bar_base(const struct pci_function *f, unsigned reg, u16 *base);
/* Base of a memory BAR or ROM; false while it is not decoded.  A ROM needs only
 * its own enable bit, not memory space in the command register: the Bochs BIOS
 * copies option ROMs before it enables the device. */
bool pci_bar_base(const struct pci_function *f, unsigned reg, u32 *base);
void pci_attach(struct pci_bus *b, unsigned device, unsigned function, struct pci_function *f);

static inline u16 pci_get16(const struct pci_function *f, unsigned reg)
{
	return (u16)(f->config[reg] | f->config[reg + 1] << 8);
}

static inline u32 pci_get32(const struct pci_function *f, unsigned reg)
{
	return pci_get16(f, reg) | (u32)pci_get16(f, reg + 2) << 16;
}

static inline void pci_put16(struct pci_function *f, unsigned reg, u16 v)
{
	f->config[reg] = (u8)v;
	f->config[reg + 1] = (u8)(v >> 8);
}

static inline void pci_put32(struct pci_function *f, unsigned reg, u32 v)
{
	pci_put16(f, reg, (u16)v);
	pci_put16(f, reg + 2, (u16)(v >> 16));
}

/* Ports CF8h (dword only) and CFCh-CFFh (any size); reg from CF8h. */
void pci_set_address(struct pci_bus *b, u32 v);
u32 pci_in(void *chip, unsigned reg, unsigned size);
void pci_out(void *chip, unsigned reg, u32 v, unsigned size);

#endif
