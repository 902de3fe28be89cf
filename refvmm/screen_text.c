/* SPDX-License-Identifier: MIT
 * Draws the text screen with ANSI (ECMA-48) cursor addressing: whole rows that
 * changed, then the cursor.
 */
#include "refvmm/screen_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct screen_text {
	FILE *out;
	bool tty, drawn;
	struct pc_screen last;
};

/* IBM code page 437 with the glyphs of the control range (Unicode mapping table
 * IBMGRAPH.TXT for 00-1F and 7F, CP437.TXT for 80-FF). */
/* clang-format off */
static const u16 low[32] = {
	0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022,
	0x25d8, 0x25cb, 0x25d9, 0x2642, 0x2640, 0x266a, 0x266b, 0x263c,
	0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7, 0x25ac, 0x21a8,
	0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const u16 high[129] = {
	0x2302, /* 7F */
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7,
	0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5,
	0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
	0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192,
	0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
	0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
	0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
	0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510,
	0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
	0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
	0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
	0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
	0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229,
	0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
	0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};
/* clang-format on */

u32 cp437_to_unicode(u8 c)
{
	if (c < 0x20)
		return low[c];
	return c < 0x7f ? c : high[c - 0x7f];
}

static void put_cell(FILE *out, u8 c)
{
	u32 u = cp437_to_unicode(c);

	if (u < 0x80) {
		putc((int)u, out);
	} else if (u < 0x800) {
		putc((int)(0xc0 | u >> 6), out);
		putc((int)(0x80 | (u & 0x3f)), out);
	} else {
		putc((int)(0xe0 | u >> 12), out);
		putc((int)(0x80 | (u >> 6 & 0x3f)), out);
		putc((int)(0x80 | (u & 0x3f)), out);
	}
}

static bool blank(u8 c)
{
	return c == 0 || c == ' ' || c == 0xff;
}

static unsigned row_length(const struct pc_screen *s, unsigned y)
{
	unsigned n = s->cols;

	while (n && blank(s->cell[y * s->cols + n - 1]))
		n--;
	return n;
}

static void put_row(FILE *out, const struct pc_screen *s, unsigned y)
{
	unsigned n = row_length(s, y);

	for (unsigned x = 0; x < n; x++)
		put_cell(out, s->cell[y * s->cols + x]);
}

static unsigned used_rows(const struct pc_screen *s)
{
	unsigned rows = s->rows;

	while (rows && !row_length(s, rows - 1))
		rows--;
	return rows;
}

void screen_text_print(FILE *out, const struct pc_screen *s, unsigned n)
{
	for (unsigned y = 0; y < n; y++) {
		put_row(out, s, y);
		putc('\n', out);
	}
}

struct screen_text *screen_text_open(FILE *out)
{
	struct screen_text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->out = out;
	t->tty = isatty(fileno(out));
	return t;
}

void screen_text_update(struct screen_text *t, const struct pc_screen *now)
{
	struct pc_screen *old = &t->last;
	bool all = !t->drawn || now->cols != old->cols || now->rows != old->rows, moved;

	if ((u64)now->cols * now->rows > sizeof(now->cell))
		return; /* no such mode: the board never reports one */
	moved = all || now->cursor_x != old->cursor_x || now->cursor_y != old->cursor_y;
	if (t->tty && all)
		fputs("\033[2J", t->out);
	for (unsigned y = 0; t->tty && y < now->rows; y++) {
		u32 at = y * now->cols;

		if (!all && !memcmp(now->cell + at, old->cell + at, now->cols))
			continue;
		fprintf(t->out, "\033[%u;1H", y + 1);
		put_row(t->out, now, y);
		fputs("\033[K", t->out);
		moved = true;
	}
	if (t->tty && moved) {
		fprintf(t->out, "\033[%u;%uH", now->cursor_y + 1, now->cursor_x + 1);
		fflush(t->out);
	}
	*old = *now;
	t->drawn = true;
}

bool screen_text_close(struct screen_text *t)
{
	const struct pc_screen *s = &t->last;
	bool ok;

	if (t->tty && t->drawn)
		fprintf(t->out, "\033[%u;1H\n", s->rows);
	if (!t->tty && t->drawn)
		screen_text_print(t->out, s, used_rows(s));
	ok = fflush(t->out) == 0 && !ferror(t->out);
	free(t);
	return ok;
}
