/* SPDX-License-Identifier: MIT
 * The processor's path to VGA memory: window mapping, odd/even and chain-4
 * addressing, latches, write modes 0-3, read modes 0 and 1.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, VGA function:
 * "Sequencer registers" 2 and 4, "Graphics controller registers" 0-8, "Data
 * flow" figures.
 *
 * Chained modes do not pack: the address keeps its upper bits, and what bits 0-1
 * (chain-4) or bit 0 (odd/even) leave free behind the choice of the plane is filled
 * from above, as the CRT controller's doubleword and word modes expect.
 */
#include "devices/vga.h"

enum { MISC_RAM = 0x02, MISC_PAGE = 0x20 };
enum { MEM_NO_ODD_EVEN = 0x04, MEM_CHAIN4 = 0x08 };
enum { MODE_READ1 = 0x08, MODE_ODD_EVEN = 0x10, MISC_CHAIN_OE = 0x02 };

/* Offset inside the window that the graphics controller decodes. */
static bool decode(const struct vga *v, u32 *offset)
{
	u32 base, size;

	switch (v->gfx[GFX_MISC] >> 2 & 3) {
	case 0:
		base = 0;
		size = 0x20000;
		break;
	case 1:
		base = 0;
		size = 0x10000;
		break;
	case 2:
		base = 0x10000;
		size = 0x8000;
		break;
	default:
		base = 0x18000;
		size = 0x8000;
		break;
	}
	if (!(v->misc & MISC_RAM) || !(v->enable & 1))
		return false;
	if (*offset < base || *offset - base >= size)
		return false;
	*offset -= base;
	return true;
}

/* With DISPI on, the window shows a 64 KiB bank of the linear frame buffer, or of the
 * planes in a 16-colour mode. */
static bool dispi_on(const struct vga *v)
{
	return v->dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

static bool linear(const struct vga *v)
{
	return dispi_on(v) && v->dispi[DISPI_BPP] != 4;
}

static u8 *banked(struct vga *v, u32 offset)
{
	u32 at = (u32)v->dispi[DISPI_BANK] * 0x10000 + offset;

	return offset < 0x10000 && at < VGA_MEMORY ? v->wire.memory + at : 0;
}

/* Address inside the planes. */
static u32 planar(const struct vga *v, u32 offset)
{
	if (v->seq[SEQ_MEMORY] & MEM_CHAIN4)
		offset = (offset & ~3u) | (offset >> 14 & 3);
	else if (v->gfx[GFX_MISC] & MISC_CHAIN_OE)
		offset = (offset & ~1u) | !(v->misc & MISC_PAGE);
	offset &= 0xffff;
	if (dispi_on(v))
		offset |= (u32)v->dispi[DISPI_BANK] << 16;
	return offset % (VGA_MEMORY / 4);
}

static u32 spread(unsigned planes)
{
	return (planes & 1 ? 0xffu : 0) | (planes & 2 ? 0xff00u : 0) |
	       (planes & 4 ? 0xff0000u : 0) | (planes & 8 ? 0xff000000u : 0);
}

static u32 load(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static void store(u8 *p, u32 w)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (u8)(w >> 8 * i);
}

u8 vga_window_read(struct vga *v, u32 offset)
{
	u32 window = offset, differs;
	unsigned plane = v->gfx[GFX_READ_MAP] & 3;

	if (linear(v)) {
		u8 *p = banked(v, offset);

		return p ? *p : 0xff;
	}
	if (!decode(v, &window))
		return 0xff;
	store(v->latch, load(v->wire.memory + 4 * planar(v, window)));
	if (v->gfx[GFX_MODE] & MODE_READ1) {
		differs = load(v->latch) ^ spread(v->gfx[GFX_COMPARE]);
		differs &= spread(v->gfx[GFX_DONT_CARE]);
		differs |= differs >> 16;
		return (u8) ~(differs | differs >> 8);
	}
	if (v->seq[SEQ_MEMORY] & MEM_CHAIN4)
		plane = window & 3;
	else if (v->gfx[GFX_MODE] & MODE_ODD_EVEN)
		plane = (plane & 2) | (window & 1);
	return v->latch[plane];
}

static u8 rotate(u8 b, unsigned n)
{
	return (u8)(b >> n | b << (8 - n));
}

/* The graphics controller's logic unit, on all planes at once. */
static u32 combine(const struct vga *v, u32 data, u32 latch)
{
	switch (v->gfx[GFX_ROTATE] >> 3 & 3) {
	case 1:
		return data & latch;
	case 2:
		return data | latch;
	case 3:
		return data ^ latch;
	default:
		return data;
	}
}

static u32 written(const struct vga *v, u8 b)
{
	u32 latch = load(v->latch), sr = spread(v->gfx[GFX_SET_RESET]);
	u8 turned = rotate(b, v->gfx[GFX_ROTATE] & 7), mask = v->gfx[GFX_BIT_MASK];
	u32 data, bits;

	switch (v->gfx[GFX_MODE] & 3) {
	case 0:
		data = turned * 0x01010101u;
		bits = spread(v->gfx[GFX_ENABLE_SR]);
		data = (data & ~bits) | (sr & bits);
		break;
	case 1:
		return latch;
	case 2:
		data = spread(b & 15);
		break;
	default:
		data = sr;
		mask &= turned;
		break;
	}
	bits = mask * 0x01010101u;
	return (combine(v, data, latch) & bits) | (latch & ~bits);
}

void vga_window_write(struct vga *v, u32 offset, u8 b)
{
	unsigned planes = v->seq[SEQ_MAP_MASK] & 15;
	u32 window = offset, keep;
	u8 *p;

	if (linear(v)) {
		p = banked(v, offset);
		if (p)
			*p = b;
		return;
	}
	if (!decode(v, &window))
		return;
	if (v->seq[SEQ_MEMORY] & MEM_CHAIN4)
		planes &= 1u << (window & 3);
	else if (!(v->seq[SEQ_MEMORY] & MEM_NO_ODD_EVEN))
		planes &= window & 1 ? 0xa : 0x5;
	p = v->wire.memory + 4 * planar(v, window);
	keep = ~spread(planes);
	store(p, (load(p) & keep) | (written(v, b) & ~keep));
}
