/* SPDX-License-Identifier: MIT
 * Bochs display interface ("VBE DISPI"): high resolutions through two ports,
 * and the PCI memory of the adapter (linear frame buffer, option ROM).
 * Facts: Bochs developer documentation, "VBE display API", version B0C5.
 */
#include "devices/vga.h"

#include <string.h>

enum { ID_FIRST = 0xb0c0, ID_LAST = 0xb0c5, MAX_X = 2560, MAX_Y = 1600, MAX_BPP = 32 };

void dispi_reset(struct vga *v)
{
	memset(v->dispi, 0, sizeof v->dispi);
	v->dispi[DISPI_ID] = ID_LAST;
	v->dispi[DISPI_XRES] = 640;
	v->dispi[DISPI_YRES] = 480;
	v->dispi[DISPI_BPP] = 8;
	v->dispi[DISPI_MEMORY_64K] = VGA_MEMORY >> 16;
	v->dispi_index = 0;
}

/* Bytes of one line; those of four planes in the 16-colour modes. */
static u32 line_bytes(const struct vga *v)
{
	u32 bpp = v->dispi[DISPI_BPP];

	if (bpp == 4)
		return v->dispi[DISPI_VIRT_WIDTH] / 2u;
	return v->dispi[DISPI_VIRT_WIDTH] * ((bpp + 7) / 8);
}

/* The memory decides how many virtual lines there are. */
static void set_virtual(struct vga *v, u16 width)
{
	u32 bytes;

	if (width < v->dispi[DISPI_XRES])
		width = v->dispi[DISPI_XRES];
	v->dispi[DISPI_VIRT_WIDTH] = width;
	bytes = line_bytes(v);
	if (!bytes)
		return;
	bytes = VGA_MEMORY / bytes;
	v->dispi[DISPI_VIRT_HEIGHT] = (u16)(bytes > 0xffff ? 0xffff : bytes);
}

static void enable(struct vga *v, u16 value)
{
	bool was = v->dispi[DISPI_ENABLE] & DISPI_ENABLED;

	v->dispi[DISPI_ENABLE] = value & (DISPI_ENABLED | DISPI_GETCAPS | DISPI_8BIT_DAC |
					  DISPI_LFB | DISPI_NOCLEAR);
	v->dispi[DISPI_BANK] = 0;
	if (!(value & DISPI_ENABLED) || was)
		return;
	v->dispi[DISPI_X_OFFSET] = v->dispi[DISPI_Y_OFFSET] = 0;
	set_virtual(v, v->dispi[DISPI_XRES]);
	if (!(value & DISPI_NOCLEAR))
		memset(v->wire.memory, 0, (size_t)line_bytes(v) * v->dispi[DISPI_YRES]);
}

static u16 read_data(const struct vga *v)
{
	unsigned i = v->dispi_index;

	if (v->dispi[DISPI_ENABLE] & DISPI_GETCAPS) {
		if (i == DISPI_XRES)
			return MAX_X;
		if (i == DISPI_YRES)
			return MAX_Y;
		if (i == DISPI_BPP)
			return MAX_BPP;
	}
	return i < DISPI_REGS ? v->dispi[i] : 0;
}

static bool valid_bpp(u16 bpp)
{
	return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

static bool fits(const struct vga *v, u32 x, u32 y, u32 bpp)
{
	return (u64)x * y * ((bpp + 7) / 8) <= VGA_MEMORY;
}

static void write_data(struct vga *v, u16 value)
{
	u16 *r = v->dispi;
	bool on = r[DISPI_ENABLE] & DISPI_ENABLED;

	switch (v->dispi_index) {
	case DISPI_ID:
		if (value >= ID_FIRST && value <= ID_LAST)
			r[DISPI_ID] = value;
		break;
	case DISPI_XRES: /* the mode is fixed while it is shown */
		if (!on && value <= MAX_X && !(value & 7) &&
		    fits(v, value, r[DISPI_YRES], r[DISPI_BPP]))
			r[DISPI_XRES] = value;
		break;
	case DISPI_YRES:
		if (!on && value <= MAX_Y && fits(v, r[DISPI_XRES], value, r[DISPI_BPP]))
			r[DISPI_YRES] = value;
		break;
	case DISPI_BPP:
		value = value ? value : 8;
		if (!on && valid_bpp(value) && fits(v, r[DISPI_XRES], r[DISPI_YRES], value))
			r[DISPI_BPP] = value;
		break;
	case DISPI_ENABLE:
		enable(v, value);
		break;
	case DISPI_BANK:
		if (value < VGA_MEMORY >> 16)
			r[DISPI_BANK] = value;
		break;
	case DISPI_VIRT_WIDTH:
		set_virtual(v, value);
		break;
	case DISPI_X_OFFSET:
	case DISPI_Y_OFFSET:
		r[v->dispi_index] = value;
		break;
	}
}

u32 dispi_in(void *chip, unsigned reg, unsigned size)
{
	struct vga *v = chip;

	if (size != 2)
		return ~0u; /* 16-bit registers only */
	return reg ? read_data(v) : v->dispi_index;
}

void dispi_out(void *chip, unsigned reg, u32 value, unsigned size)
{
	struct vga *v = chip;

	if (size != 2)
		return;
	if (reg)
		write_data(v, (u16)value);
	else
		v->dispi_index = (u16)value;
}

bool vga_pci_read(struct vga *v, u32 phys, u8 *value)
{
	u32 base;

	if (pci_bar_base(&v->fn, PCI_BAR0, &base) && phys - base < VGA_MEMORY) {
		*value = v->wire.memory[phys - base];
		return true;
	}
	if (v->wire.rom && pci_bar_base(&v->fn, PCI_ROM, &base) && phys >= base &&
	    phys - base < v->wire.rom_size) {
		*value = v->wire.rom[phys - base];
		return true;
	}
	return false;
}

bool vga_pci_write(struct vga *v, u32 phys, u8 value)
{
	u32 base;

	if (!pci_bar_base(&v->fn, PCI_BAR0, &base) || phys - base >= VGA_MEMORY)
		return false;
	v->wire.memory[phys - base] = value;
	return true;
}
