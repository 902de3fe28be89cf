/* SPDX-License-Identifier: MIT
 * What the VGA shows in text mode, as characters: the CRT controller's address
 * counter walked like the hardware walks it (IBM PS/2 Hardware Interface
 * Technical Reference, CRT controller registers 0Ch-18h).
 */
#include "devices/vga.h"

enum { MAX_ROWS = 60, MAX_COLS = 132 };

unsigned vga_display_lines(const struct vga *v)
{
	unsigned n = v->crtc[0x12] | (v->crtc[7] & 0x02) << 7 | (v->crtc[7] & 0x40) << 3;

	return n ? n + 1 : 400; /* not programmed yet */
}

unsigned vga_line_compare(const struct vga *v)
{
	return v->crtc[0x18] | (v->crtc[7] & 0x10) << 4 | (v->crtc[9] & 0x40) << 3;
}

/* Memory address of character counter n: byte, word or doubleword mode. */
u32 vga_crtc_address(const struct vga *v, u32 n)
{
	n &= 0xffff;
	if (v->crtc[0x14] & 0x40)
		return (n << 2 | (n >> 12 & 3)) & 0xffff;
	if (!(v->crtc[0x17] & 0x40))
		return (n << 1 | (n >> (v->crtc[0x17] & 0x20 ? 15 : 13) & 1)) & 0xffff;
	return n;
}

bool vga_text(const struct vga *v, struct pc_screen *out)
{
	unsigned height = (v->crtc[9] & 31u) + 1, cols = v->crtc[1] + 1u, rows;
	u32 start = (u32)v->crtc[0x0c] << 8 | v->crtc[0x0d];
	u32 pitch = v->crtc[0x13] * 2u;
	u32 cursor = (u32)v->crtc[0x0e] << 8 | v->crtc[0x0f];
	bool hidden = v->crtc[0x0a] & 0x20;

	if ((v->gfx[GFX_MISC] & 1) || (v->dispi[DISPI_ENABLE] & DISPI_ENABLED))
		return false;
	if (v->crtc[9] & 0x80)
		height *= 2; /* scan lines are doubled */
	rows = vga_display_lines(v) / height;
	rows = rows > MAX_ROWS ? MAX_ROWS : rows;
	cols = cols > MAX_COLS ? MAX_COLS : cols;
	*out = (struct pc_screen){.cols = cols, .rows = rows, .cursor_x = cols, .cursor_y = rows};
	for (unsigned y = 0; y < rows; y++) {
		/* Below the line compare the counter restarts at 0. */
		unsigned split = vga_line_compare(v) + 1;
		u32 n = start + y * pitch;

		if (y * height >= split)
			n = (y - (split + height - 1) / height) * pitch;
		for (unsigned x = 0; x < cols; x++) {
			out->cell[y * cols + x] = v->wire.memory[4 * vga_crtc_address(v, n + x)];
			if (!hidden && ((n + x) & 0xffff) == cursor) {
				out->cursor_x = x;
				out->cursor_y = y;
			}
		}
	}
	return true;
}
