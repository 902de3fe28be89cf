/* SPDX-License-Identifier: MIT
 * A VGA on the bench, with the register values of the standard BIOS modes
 * (IBM PS/2 BIOS Interface Technical Reference, video parameter tables).
 */
#ifndef DEVICES_VGABENCH_H
#define DEVICES_VGABENCH_H

#include "devices/testbench.h"
#include "devices/vga.h"

static struct vga vga;

static inline void vga_put(u16 port, u8 v)
{
	vga_out(&vga, port - 0x3b0u, v);
}

static inline u8 vga_get(u16 port)
{
	return vga_in(&vga, port - 0x3b0u);
}

/* Indexed register behind port (index) and port + 1 (data). */
static inline void vga_set(u16 port, u8 index, u8 v)
{
	vga_put(port, index);
	vga_put(port + 1, v);
}

static inline void vga_setup(void)
{
	static const u8 rom[1000] = {0x55, 0xaa, 2};

	memset(&vga, 0, sizeof vga);
	vga_init(&vga, bench_clock(), calloc(1, VGA_MEMORY), rom, sizeof rom);
}

/* Mode 3: 80 x 25 text, 720 x 400. */
static inline void vga_text_mode(void)
{
	static const u8 crtc[25] = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00,
				    0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
				    0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff};
	static const u8 seq[5] = {0x03, 0x00, 0x03, 0x00, 0x02};
	static const u8 gfx[9] = {0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff};

	vga_put(0x3c2, 0x67);
	for (u8 i = 0; i < 5; i++)
		vga_set(0x3c4, i, seq[i]);
	vga_set(0x3d4, 0x11, 0);
	for (u8 i = 0; i < 25; i++)
		vga_set(0x3d4, i, crtc[i]);
	for (u8 i = 0; i < 9; i++)
		vga_set(0x3ce, i, gfx[i]);
}

/* Mode 12h: 640 x 480, four planes at A0000h. */
static inline void vga_planar_mode(void)
{
	vga_text_mode();
	vga_set(0x3c4, 2, 0x0f);
	vga_set(0x3c4, 4, 0x06);
	vga_set(0x3ce, 5, 0x00);
	vga_set(0x3ce, 6, 0x05);
}

static inline void vga_poke(u32 phys, u8 v)
{
	vga_window_write(&vga, phys - 0xa0000, v);
}

static inline u8 vga_peek(u32 phys)
{
	return vga_window_read(&vga, phys - 0xa0000);
}

static inline u8 *vga_plane(unsigned plane, u32 address)
{
	return &vga.wire.memory[4 * address + plane];
}

#endif
