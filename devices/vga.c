/* SPDX-License-Identifier: MIT
 * VGA registers: sequencer, CRT controller, graphics and attribute controllers,
 * DAC.  Facts: IBM PS/2 Hardware Interface Technical Reference, "Video
 * subsystem" (VGA function), register by register.
 *
 * The input status register follows the clock: 31.47 kHz lines, as many per
 * frame as the CRT controller is programmed for.
 */
#include "devices/vga.h"

#include <string.h>

#define LINE_NS 31778u /* 25.175 MHz / 800 dots */
#define SHOW_NS 25422u /* 640 of them */

enum { MISC_COLOR = 0x01, CRTC_PROTECT = 0x80 };

/* Bits that exist; the others read 0. */
static const u8 seq_mask[8] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0};
static const u8 gfx_mask[16] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};

static u8 attr_mask(unsigned index)
{
	static const u8 high[5] = {0xef, 0xff, 0x3f, 0x0f, 0x0f};

	return index < 16 ? 0x3f : index < 21 ? high[index - 16] : 0;
}

static void config_changed(void *arg, unsigned reg, unsigned size)
{
	struct vga *v = arg;
	u32 base;

	if (v->wire.memory_moved) {
		if (!pci_bar_base(&v->fn, PCI_BAR0, &base))
			base = 0;
		if (base != v->memory_at)
			v->wire.memory_moved(v->wire.host, base, base ? VGA_MEMORY : 0);
		v->memory_at = base;
	}
	if (!v->wire.rom_moved || reg + size <= PCI_ROM || reg >= PCI_ROM + 4)
		return;
	if (v->wire.rom && pci_bar_base(&v->fn, PCI_ROM, &base))
		v->wire.rom_moved(v->wire.host, base, v->wire.rom_size);
	else
		v->wire.rom_moved(v->wire.host, 0, 0);
}

void vga_init(struct vga *v, struct clock *clock, u8 *memory, const u8 *rom, u32 rom_size)
{
	u32 bar = 2048;

	pci_function_init(&v->fn, 0x1234, 0x1111, 0x030000, 0x02);
	pci_add_bar(&v->fn, PCI_BAR0, VGA_MEMORY);
	if (rom) {
		while (bar < rom_size)
			bar <<= 1;
		pci_add_bar(&v->fn, PCI_ROM, bar);
	}
	v->fn.wire.changed = config_changed;
	v->fn.wire.arg = v;
	v->wire.clock = clock;
	v->wire.memory = memory;
	v->wire.rom = rom;
	v->wire.rom_size = rom_size;
	vga_reset(v);
}

void vga_reset(struct vga *v)
{
	pci_put16(&v->fn, PCI_COMMAND, 0);
	pci_put32(&v->fn, PCI_BAR0, 8); /* prefetchable */
	pci_put32(&v->fn, PCI_ROM, 0);
	config_changed(v, PCI_ROM, 4);
	v->misc = v->feature = 0;
	v->enable = 1;
	memset(v->seq, 0, sizeof v->seq);
	memset(v->gfx, 0, sizeof v->gfx);
	memset(v->crtc, 0, sizeof v->crtc);
	memset(v->attr, 0, sizeof v->attr);
	memset(v->dac, 0, sizeof v->dac);
	memset(v->latch, 0, sizeof v->latch);
	v->seq_index = v->gfx_index = v->crtc_index = v->attr_index = 0;
	v->attr_data = false;
	v->dac_mask = 0xff;
	v->dac_write = v->dac_read = v->dac_state = v->dac_part = 0;
	dispi_reset(v);
}

static unsigned crtc_lines(const struct vga *v)
{
	unsigned n = v->crtc[6] | (v->crtc[7] & 0x01) << 8 | (v->crtc[7] & 0x20) << 4;

	return n < 100 ? 449 : n + 2; /* not programmed: the 400-line mode */
}

/* Input status 1: bit 0 no display, bit 3 vertical retrace. */
static u8 status1(const struct vga *v)
{
	unsigned lines = crtc_lines(v), shown = vga_display_lines(v);
	unsigned start = v->crtc[0x10] | (v->crtc[7] & 0x04) << 6 | (v->crtc[7] & 0x80) << 2;
	u64 now = clock_now(v->wire.clock);
	unsigned line = (unsigned)(now / LINE_NS % lines), dot = (unsigned)(now % LINE_NS);
	unsigned length = ((v->crtc[0x11] & 15u) - start) & 15;
	u8 r = 0;

	if (start >= lines || start < 100) { /* not programmed */
		start = lines - 37;
		length = 2;
	}
	if (line >= shown || dot >= SHOW_NS)
		r |= 0x01;
	if (line >= start && line < start + (length ? length : 16))
		r |= 0x08;
	return r;
}

static u8 crtc_read(const struct vga *v)
{
	switch (v->crtc_index) {
	case 0x22: /* the latch of the selected plane */
		return v->latch[v->gfx[GFX_READ_MAP] & 3];
	case 0x24: /* attribute controller toggle */
		return v->attr_data ? 0x80 : 0;
	default:
		return v->crtc_index < 0x19 ? v->crtc[v->crtc_index] : 0;
	}
}

static void crtc_write(struct vga *v, u8 b)
{
	unsigned i = v->crtc_index;

	if (i >= 0x19)
		return;
	if (i < 8 && (v->crtc[0x11] & CRTC_PROTECT)) {
		if (i == 7) /* line compare bit 8 stays writable */
			v->crtc[7] = (v->crtc[7] & (u8)~0x10) | (b & 0x10);
		return;
	}
	v->crtc[i] = b;
}

static u8 dac_read_data(struct vga *v)
{
	u8 b = v->dac[v->dac_read * 3 + v->dac_part];

	if (++v->dac_part == 3) {
		v->dac_part = 0;
		v->dac_read++;
	}
	return b;
}

static void dac_write_data(struct vga *v, u8 b)
{
	bool wide = v->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC;

	v->dac_hold[v->dac_part] = wide ? b : b & 0x3f;
	if (++v->dac_part < 3)
		return;
	v->dac_part = 0;
	memcpy(&v->dac[v->dac_write * 3], v->dac_hold, 3);
	v->dac_write++;
}

static bool crtc_port(const struct vga *v, unsigned reg)
{
	/* 3B4h, 3B5h, 3BAh in monochrome, 3D4h, 3D5h, 3DAh in colour */
	return (reg >= 0x20) == !!(v->misc & MISC_COLOR);
}

u8 vga_in(void *chip, unsigned reg)
{
	struct vga *v = chip;

	switch (reg) {
	case 0x04:
	case 0x24:
		return crtc_port(v, reg) ? v->crtc_index : 0xff;
	case 0x05:
	case 0x25:
		return crtc_port(v, reg) ? crtc_read(v) : 0xff;
	case 0x0a:
	case 0x2a:
		if (!crtc_port(v, reg))
			return 0xff;
		v->attr_data = false;
		return status1(v);
	case 0x10:
		return v->attr_index;
	case 0x11:
		return v->attr[v->attr_index & 31];
	case 0x12: /* input status 0: no interrupt, DAC comparator low */
		return 0;
	case 0x13:
		return v->enable;
	case 0x14:
		return v->seq_index;
	case 0x15:
		return v->seq[v->seq_index];
	case 0x16:
		return v->dac_mask;
	case 0x17: /* 3: prepared for reads, 0: for writes */
		return v->dac_state;
	case 0x18:
		return v->dac_write;
	case 0x19:
		return dac_read_data(v);
	case 0x1a:
		return v->feature;
	case 0x1c:
		return v->misc;
	case 0x1e:
		return v->gfx_index;
	case 0x1f:
		return v->gfx[v->gfx_index];
	default:
		return 0xff;
	}
}

static void attr_write(struct vga *v, u8 b)
{
	unsigned i = v->attr_index & 31;

	v->attr_data = !v->attr_data;
	if (v->attr_data) {
		v->attr_index = b & 0x3f;
		return;
	}
	/* The palette can be written only while bit 5 blanks the screen. */
	if (i >= 16 || !(v->attr_index & 0x20))
		v->attr[i] = b & attr_mask(i);
}

void vga_out(void *chip, unsigned reg, u8 b)
{
	struct vga *v = chip;

	switch (reg) {
	case 0x04:
	case 0x24:
		if (crtc_port(v, reg))
			v->crtc_index = b & 0x3f;
		break;
	case 0x05:
	case 0x25:
		if (crtc_port(v, reg))
			crtc_write(v, b);
		break;
	case 0x0a:
	case 0x2a:
		if (crtc_port(v, reg))
			v->feature = b & 0x0b;
		break;
	case 0x10:
		attr_write(v, b);
		break;
	case 0x12:
		v->misc = b & 0xef;
		break;
	case 0x13:
		v->enable = b & 1;
		break;
	case 0x14:
		v->seq_index = b & 7;
		break;
	case 0x15:
		v->seq[v->seq_index] = b & seq_mask[v->seq_index];
		break;
	case 0x16:
		v->dac_mask = b;
		break;
	case 0x17:
		v->dac_read = b;
		v->dac_part = 0;
		v->dac_state = 3;
		break;
	case 0x18:
		v->dac_write = b;
		v->dac_part = 0;
		v->dac_state = 0;
		break;
	case 0x19:
		dac_write_data(v, b);
		break;
	case 0x1e:
		v->gfx_index = b & 15;
		break;
	case 0x1f:
		v->gfx[v->gfx_index] = b & gfx_mask[v->gfx_index];
		break;
	}
}
