/* SPDX-License-Identifier: MIT
 * Builds the lines of the result protocol (conformance/protocol.md).
 */
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/proof/runtime.h"

static char line[20000];
static u32 len, total;

void line_begin(void)
{
	len = 0;
}

static void put(char c)
{
	if (len < sizeof line)
		line[len++] = c;
}

void line_text(const char *s)
{
	while (*s)
		put(*s++);
}

void line_dec(u32 v)
{
	char tmp[10];
	unsigned n = 0;

	do
		tmp[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		put(tmp[--n]);
}

void line_hex(u32 v, unsigned digits)
{
	while (digits--)
		put("0123456789abcdef"[(v >> (4 * digits)) & 15]);
}

void hex_le(u32 v, unsigned bytes)
{
	while (bytes--) {
		line_hex(v & 0xff, 2);
		v >>= 8;
	}
}

void line_end(void)
{
	put('\n');
	channel_write(line, len);
}

void line_end_crc(void)
{
	u32 crc = crc32_add(0, line, len);

	total = crc32_add(total, line, len);
	put(' ');
	line_hex(crc, 8);
	line_end();
}

u32 line_total_crc(void)
{
	return total;
}

void line_total_set(u32 crc)
{
	total = crc;
}
