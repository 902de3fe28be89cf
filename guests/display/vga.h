/* SPDX-License-Identifier: MIT
 * VGA ports and modes for display programs.
 */
#ifndef GUESTS_DISPLAY_VGA_H
#define GUESTS_DISPLAY_VGA_H

#include "guests/lib/io.h"

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

enum { SEQ = 0x3c4, GFX = 0x3ce, CRTC = 0x3d4 };

/* Register `index` behind port (index) and port + 1 (data). */
static inline void reg_write(u16 port, u8 index, u8 v)
{
	outb(port, index);
	outb(port + 1, v);
}

static inline u8 reg_read(u16 port, u8 index)
{
	outb(port, index);
	return inb(port + 1);
}

u8 attr_read(u8 index);
void attr_write(u8 index, u8 v); /* leaves the screen on */
void dac_write(u8 index, u8 r, u8 g, u8 b);

/* Memory at A0000h + offset (B8000h is offset 18000h). */
static inline volatile u8 *video(u32 offset)
{
	return (volatile u8 *)(0xa0000 + offset);
}

/* The registers of a mode, as in the parameter tables of the VGA BIOS. */
struct vga_mode {
	u8 misc;
	u8 seq[5], crtc[25], gfx[9], attr[21];
};

extern const struct vga_mode mode_text, mode_12h, mode_13h, mode_x;
void mode_set(const struct vga_mode *m);
/* Colours 0-15 of the standard palette, 16-255 a ramp. */
void palette_set(void);

/* DISPI registers, ports 1CEh and 1CFh. */
enum {
	DISPI_ID,
	DISPI_XRES,
	DISPI_YRES,
	DISPI_BPP,
	DISPI_ENABLE,
	DISPI_BANK,
	DISPI_VIRT_WIDTH,
	DISPI_VIRT_HEIGHT,
	DISPI_X_OFFSET,
	DISPI_Y_OFFSET
};

static inline void dispi_write(u16 index, u16 v)
{
	outw(0x1ce, index);
	outw(0x1cf, v);
}

static inline u16 dispi_read(u16 index)
{
	outw(0x1ce, index);
	return inw(0x1cf);
}

/* Linear frame buffer of PCI function 1234:1111, 0 if there is none. */
u32 frame_buffer(void);

#endif
