/* SPDX-License-Identifier: MIT
 * The picture on the monitor, as colours: the CRT controller's counters walked
 * line by line, the attribute controller, the DAC; and DISPI's frame buffer.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, VGA function: CRT
 * controller registers 01h-18h, sequencer registers 1 and 3, graphics controller
 * register 5, attribute controller registers 00h-14h, alphanumeric modes.
 *
 * A pixel of the picture is a dot of the dot clock; modes that use every second
 * one (320 or 360 across) give two equal pixels.  What blinks is shown.
 */
#include "devices/vga.h"

#include <string.h>

enum { SEQ_CLOCKING = 1, SEQ_FONTS = 3, SEQ_8_DOTS = 0x01, SEQ_HALF = 0x08, SEQ_OFF = 0x20 };
enum { GFX_INTERLEAVE = 0x20, GFX_256 = 0x40 };
enum {
	ATTR_MODE = 0x10,
	ATTR_PLANES = 0x12,
	ATTR_PAN = 0x13,
	ATTR_COLORS = 0x14,
	ATTR_LINE_GRAPHICS = 0x04,
	ATTR_BLINK = 0x08,
	ATTR_PAN_SPLIT = 0x20,
	ATTR_P54 = 0x80
};

#define MAX_DOTS (257u * 18u)

/* One scan line on its way: where the CRT controller is, and the dots. */
struct scan {
	const struct vga *v;
	u32 n;        /* address counter at the left edge */
	unsigned row; /* row scan counter */
	unsigned pan;
	unsigned count;
	u32 dot[MAX_DOTS];
};

static bool text_mode(const struct vga *v)
{
	return !(v->gfx[GFX_MISC] & 1);
}

static bool dispi_on(const struct vga *v)
{
	return v->dispi[DISPI_ENABLE] & DISPI_ENABLED;
}

/* Six bits of the DAC as eight, in the way QEMU widens them, so that pictures
 * can be compared byte by byte. */
static u32 wide(u8 c)
{
	return (c << 2 | (c & 1) << 1 | (c & 1)) & 0xff;
}

static u32 dac_color(const struct vga *v, u8 index)
{
	const u8 *c = &v->dac[(index & v->dac_mask) * 3];

	if (v->dispi[DISPI_ENABLE] & DISPI_8BIT_DAC)
		return (u32)c[0] << 16 | (u32)c[1] << 8 | c[2];
	return wide(c[0]) << 16 | wide(c[1]) << 8 | wide(c[2]);
}

/* Four bits of the planes through palette and colour select. */
static u32 attr_color(const struct vga *v, unsigned c)
{
	u8 i = v->attr[c & 15], select = v->attr[ATTR_COLORS];

	if (v->attr[ATTR_MODE] & ATTR_P54)
		i = (u8)((i & 0x0f) | (select & 3) << 4);
	return dac_color(v, (u8)((i & 0x3f) | (select & 0x0c) << 4));
}

static void dots(struct scan *s, u32 color, unsigned times)
{
	if (s->v->seq[SEQ_CLOCKING] & SEQ_HALF)
		times *= 2;
	while (times-- && s->count < MAX_DOTS)
		s->dot[s->count++] = color;
}

/* Start of one of eight fonts in plane 2: sequencer register 3. */
static u32 font_base(const struct vga *v, bool a)
{
	u8 r = v->seq[SEQ_FONTS];
	unsigned n = a ? (r >> 2 & 3) | (r >> 3 & 4) : (r & 3) | (r >> 2 & 4);

	if (!(v->seq[SEQ_MEMORY] & 2))
		return 0; /* 64 KiB only: one font */
	return (n & 3) * 0x4000 + (n >> 2) * 0x2000;
}

static void text_char(struct scan *s, u32 n)
{
	const struct vga *v = s->v;
	const u8 *cell = v->wire.memory + 4 * vga_crtc_address(v, n);
	u32 cursor = (u32)v->crtc[0x0e] << 8 | v->crtc[0x0f];
	u8 mode = v->attr[ATTR_MODE], a = cell[1];
	unsigned fg = a & 15, bg = a >> 4;
	unsigned wide9 = !(v->seq[SEQ_CLOCKING] & SEQ_8_DOTS);
	u8 line = v->wire.memory[4 * (font_base(v, a & 8) + cell[0] * 32u + s->row) + 2];
	bool ninth = (mode & ATTR_LINE_GRAPHICS) && (cell[0] & 0xe0) == 0xc0 && (line & 1);

	if (mode & ATTR_BLINK)
		bg &= 7;
	if ((a & 0x77) == 1 && s->row == (v->crtc[0x14] & 31u)) {
		line = 0xff; /* underline */
		ninth = true;
	}
	if (!(v->crtc[0x0a] & 0x20) && (n & 0xffff) == cursor && s->row >= (v->crtc[0x0a] & 31u) &&
	    s->row <= (v->crtc[0x0b] & 31u)) {
		line = 0xff;
		ninth = true;
	}
	fg &= v->attr[ATTR_PLANES];
	bg &= v->attr[ATTR_PLANES];
	for (unsigned i = 0; i < 8; i++)
		dots(s, attr_color(v, line & 0x80 >> i ? fg : bg), 1);
	if (wide9)
		dots(s, attr_color(v, ninth ? fg : bg), 1);
}

/* CGA and Hercules layouts take address bits 13 and 14 from the row counter. */
static u32 graphics_address(const struct scan *s, u32 n)
{
	u32 a = vga_crtc_address(s->v, n);

	if (!(s->v->crtc[0x17] & 1))
		a = (a & ~0x2000u) | (s->row & 1) << 13;
	if (!(s->v->crtc[0x17] & 2))
		a = (a & ~0x4000u) | (s->row & 2) << 13;
	return a;
}

static void graphics_char(struct scan *s, u32 n)
{
	const struct vga *v = s->v;
	const u8 *p = v->wire.memory + 4 * graphics_address(s, n);
	unsigned planes = v->attr[ATTR_PLANES];

	if (v->gfx[GFX_MODE] & GFX_256) {
		for (unsigned i = 0; i < 4; i++)
			dots(s, dac_color(v, p[i]), 2);
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned c = 0;

		if (v->gfx[GFX_MODE] & GFX_INTERLEAVE) {
			unsigned shift = 6 - 2 * (i & 3), odd = i >> 2;

			c = (p[odd] >> shift & 3u) | (p[odd + 2] >> shift & 3u) << 2;
		} else {
			for (unsigned k = 0; k < 4; k++)
				c |= (p[k] >> (7 - i) & 1u) << k;
		}
		dots(s, attr_color(v, c & planes), 1);
	}
}

/* Dots that panning pushes out on the left. */
static unsigned panned(const struct scan *s)
{
	const struct vga *v = s->v;
	unsigned n = s->pan;

	if (text_mode(v) && !(v->seq[SEQ_CLOCKING] & SEQ_8_DOTS))
		n = n == 8 ? 0 : n + 1; /* nine dots: 8 means none */
	else
		n &= 7;
	return v->seq[SEQ_CLOCKING] & SEQ_HALF ? 2 * n : n;
}

static void scan_line(struct scan *s, u32 *out, unsigned width)
{
	const struct vga *v = s->v;
	unsigned chars = v->crtc[1] + 2u, skip = panned(s); /* one more, for panning */

	s->count = 0;
	for (unsigned x = 0; x < chars; x++) {
		if (text_mode(v))
			text_char(s, s->n + x);
		else
			graphics_char(s, s->n + x);
	}
	for (unsigned x = 0; x < width; x++)
		out[x] = s->dot[x + skip];
}

static void vga_lines(const struct vga *v, u32 *out, unsigned width, unsigned height)
{
	static struct scan s; /* too large for a signal-sized stack */
	u32 start = ((u32)v->crtc[0x0c] << 8 | v->crtc[0x0d]) + (v->crtc[8] >> 5 & 3u);
	unsigned last = v->crtc[9] & 31u, split = vga_line_compare(v) + 1, twice = 0;

	s = (struct scan){.v = v, .n = start, .row = v->crtc[8] & 31u, .pan = v->attr[ATTR_PAN]};
	for (unsigned y = 0; y < height; y++, out += width) {
		if (y == split) {
			s.n = 0;
			s.row = twice = 0;
			if (v->attr[ATTR_MODE] & ATTR_PAN_SPLIT)
				s.pan = text_mode(v) && !(v->seq[SEQ_CLOCKING] & SEQ_8_DOTS) ? 8
											     : 0;
		}
		scan_line(&s, out, width);
		if ((v->crtc[9] & 0x80) && !twice) {
			twice = 1;
			continue;
		}
		twice = 0;
		if (s.row++ == last) {
			s.row = 0;
			s.n += v->crtc[0x13] * 2u;
		}
		s.row &= 31;
	}
}

static u32 dispi_pixel(const struct vga *v, const u8 *p, unsigned bpp)
{
	unsigned w = p[0] | (unsigned)p[1] << 8, r, g, b;

	switch (bpp) {
	case 8:
		return dac_color(v, p[0]);
	case 15:
		r = w >> 10 & 31;
		g = w >> 5 & 31;
		b = w & 31;
		return (r << 3 | r >> 2) << 16 | (g << 3 | g >> 2) << 8 | (b << 3 | b >> 2);
	case 16:
		r = w >> 11;
		g = w >> 5 & 63;
		b = w & 31;
		return (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
	default:
		return (u32)p[2] << 16 | (u32)p[1] << 8 | p[0];
	}
}

/* Four planes, one bit of each for a pixel. */
static u32 dispi_pixel4(const struct vga *v, u32 bit)
{
	const u8 *p = v->wire.memory + (bit >> 3) * 4;
	unsigned c = 0;

	for (unsigned k = 0; k < 4; k++)
		c |= (p[k] >> (7 - (bit & 7)) & 1u) << k;
	return attr_color(v, c & v->attr[ATTR_PLANES]);
}

static void dispi_lines(const struct vga *v, u32 *out, unsigned width, unsigned height)
{
	const u16 *r = v->dispi;
	unsigned bpp = r[DISPI_BPP], bytes = (bpp + 7) / 8;

	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++, out++) {
			u64 at = (u64)(r[DISPI_Y_OFFSET] + y) * r[DISPI_VIRT_WIDTH] +
				 r[DISPI_X_OFFSET] + x;

			if (bpp == 4)
				*out = at / 8 < VGA_MEMORY / 4 ? dispi_pixel4(v, (u32)at) : 0;
			else if (at * bytes <= VGA_MEMORY - bytes)
				*out = dispi_pixel(v, v->wire.memory + at * bytes, bpp);
			else
				*out = 0;
		}
	}
}

void vga_picture_size(const struct vga *v, unsigned *width, unsigned *height)
{
	if (dispi_on(v)) {
		*width = v->dispi[DISPI_XRES];
		*height = v->dispi[DISPI_YRES];
		return;
	}
	*width = (v->crtc[1] + 1u) * (text_mode(v) && !(v->seq[SEQ_CLOCKING] & SEQ_8_DOTS) ? 9 : 8);
	if (v->seq[SEQ_CLOCKING] & SEQ_HALF)
		*width *= 2;
	*height = vga_display_lines(v);
}

void vga_picture(const struct vga *v, u32 *pixel)
{
	unsigned width, height;

	vga_picture_size(v, &width, &height);
	if (!(v->attr_index & 0x20) || (v->seq[SEQ_CLOCKING] & SEQ_OFF))
		memset(pixel, 0, (size_t)width * height * sizeof *pixel);
	else if (dispi_on(v))
		dispi_lines(v, pixel, width, height);
	else
		vga_lines(v, pixel, width, height);
}
