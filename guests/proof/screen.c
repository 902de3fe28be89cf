/* SPDX-License-Identifier: MIT
 * A summary on the text screen (VGA colour text memory at B8000, mode 3, 80 x 25):
 * for machines with no other channel, and for whoever sits in front of one.  Only
 * the summary verdict can be read from it (conformance/protocol.md).
 */
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/lib/io.h"
#include "guests/proof/runtime.h"

enum { COLUMNS = 80, ROWS = 25, ATTRIBUTE = 0x07 };

static char text[COLUMNS];
static u32 n;

static void put(char c)
{
	if (n < COLUMNS)
		text[n++] = c;
}

static void put_text(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_hex(u32 v)
{
	for (int i = 28; i >= 0; i -= 4)
		put("0123456789abcdef"[v >> i & 15]);
}

static void put_dec(u32 v)
{
	if (v >= 10)
		put_dec(v / 10);
	put((char)('0' + v % 10));
}

static void show(unsigned row)
{
	volatile u16 *at = (volatile u16 *)0xb8000 + row * COLUMNS;

	for (u32 i = 0; i < COLUMNS; i++)
		at[i] = (u16)(ATTRIBUTE << 8 | (u8)(i < n ? text[i] : ' '));
	n = 0;
}

static void no_text(const char *s, u32 len)
{
}

static void no_drain(void)
{
}

void screen_only(void)
{
	channel_redirect(no_text, no_drain);
}

void screen_open(void)
{
	for (unsigned row = 0; row < ROWS; row++)
		show(row);
	put_text("vmproof conformance cases");
	show(0);
}

void screen_progress(u32 done, u32 all)
{
	put_text("case ");
	put_dec(done);
	put_text(" of ");
	put_dec(all);
	show(2);
}

void screen_message(const char *s)
{
	put_text("stopped: ");
	put_text(s);
	show(6);
}

void screen_summary(u32 digest, u32 cases, const struct line_sums *sums)
{
	put_text("SUMMARY ");
	put_hex(digest);
	put(' ');
	put_dec(cases);
	put(' ');
	put_hex(sums->summary);
	put(' ');
	put_hex(sums->unmet);
	put(' ');
	put_hex(crc32_add(0, text, n - 1));
	show(4);
}
