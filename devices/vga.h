/* SPDX-License-Identifier: MIT
 * VGA with the Bochs DISPI extension, PCI function 1234:1111.
 */
#ifndef DEVICES_VGA_H
#define DEVICES_VGA_H

#include "devices/clock.h"
#include "devices/pc.h"
#include "devices/pci.h"

#define VGA_MEMORY PC_VIDEO_MEMORY

enum { SEQ_MAP_MASK = 2, SEQ_MEMORY = 4 };
enum {
	GFX_SET_RESET,
	GFX_ENABLE_SR,
	GFX_COMPARE,
	GFX_ROTATE,
	GFX_READ_MAP,
	GFX_MODE,
	GFX_MISC,
	GFX_DONT_CARE,
	GFX_BIT_MASK
};
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
	DISPI_Y_OFFSET,
	DISPI_MEMORY_64K,
	DISPI_REGS
};
enum {
	DISPI_ENABLED = 0x01,
	DISPI_GETCAPS = 0x02,
	DISPI_8BIT_DAC = 0x20,
	DISPI_LFB = 0x40,
	DISPI_NOCLEAR = 0x80
};

struct vga {
	struct pci_function fn;
	u8 misc, feature, enable;
	u8 seq_index, seq[8];
	u8 gfx_index, gfx[16];
	u8 crtc_index, crtc[32];
	u8 attr_index, attr[32];
	bool attr_data; /* next write to 3C0h is data */
	u8 dac[768], dac_mask, dac_write, dac_read, dac_state;
	u8 dac_part, dac_hold[3]; /* red and green wait for blue */
	u8 latch[4];
	u16 dispi_index, dispi[DISPI_REGS];
	u32 memory_at; /* where BAR 0 decodes it, as memory_moved was told; 0: nowhere */
	struct {
		struct clock *clock;
		/* VGA_MEMORY bytes: plane p of planar address a is byte 4a + p.
		 * Owned by the board or the machine around it. */
		u8 *memory;
		const u8 *rom;
		u32 rom_size;
		/* Where BAR 0 decodes the memory now (size 0: nowhere); may be NULL. */
		void (*memory_moved)(void *host, u32 base, u32 size);
		/* Where the ROM is decoded now (size 0: nowhere); may be NULL. */
		void (*rom_moved)(void *host, u32 base, u32 size);
		void *host;
	} wire;
};

void vga_init(struct vga *v, struct clock *clock, u8 *memory, const u8 *rom, u32 rom_size);
void vga_reset(struct vga *v);

/* reg: port - 3B0h. */
u8 vga_in(void *chip, unsigned reg);
void vga_out(void *chip, unsigned reg, u8 value);

/* vga_memory.c: one byte at A0000h + offset, offset < 128 KiB. */
u8 vga_window_read(struct vga *v, u32 offset);
void vga_window_write(struct vga *v, u32 offset, u8 value);

/* vga_dispi.c: ports 1CEh (index) and 1CFh, 1D0h (data); PCI memory. */
u32 dispi_in(void *chip, unsigned reg, unsigned size);
void dispi_out(void *chip, unsigned reg, u32 value, unsigned size);
void dispi_reset(struct vga *v);
/* Frame buffer or ROM at `phys`; false: not ours. */
bool vga_pci_read(struct vga *v, u32 phys, u8 *value);
bool vga_pci_write(struct vga *v, u32 phys, u8 value);

/* vga_text.c */
bool vga_text(const struct vga *v, struct pc_screen *out);
/* First scan line after the visible part. */
unsigned vga_display_lines(const struct vga *v);
/* The last scan line before the split screen. */
unsigned vga_line_compare(const struct vga *v);
/* Memory address of character counter n: byte, word or doubleword mode. */
u32 vga_crtc_address(const struct vga *v, u32 n);

/* vga_picture.c: the picture in pixels of 0x00RRGGBB, row by row. */
void vga_picture_size(const struct vga *v, unsigned *width, unsigned *height);
void vga_picture(const struct vga *v, u32 *pixel);

#endif
