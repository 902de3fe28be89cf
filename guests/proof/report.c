/* SPDX-License-Identifier: MIT
 * Builds the lines of the result protocol (conformance/protocol.md).
 */
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/proof/runtime.h"

static char line[20000];
static u32 len;
static u32 flags_at, flags_defined; /* in the line; 0: no EFLAGS there */
struct line_sums line_sums;

void line_begin(void)
{
	len = flags_at = 0;
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

void line_eflags(u32 v, u32 undef)
{
	flags_at = len;
	flags_defined = v & ~undef;
	hex_le(v, 3);
}

void line_unmet(u32 missing)
{
	hex_le(missing, 4);
	line_sums.unmet |= missing;
}

void line_end(void)
{
	put('\n');
	channel_write(line, len);
}

void line_end_crc(void)
{
	u32 crc = crc32_add(0, line, len), n = len;

	line_sums.said = crc32_add(line_sums.said, line, n);
	put(' ');
	line_hex(crc, 8);
	line_end();
	if (flags_at) {
		len = flags_at;
		hex_le(flags_defined, 3);
	}
	line_sums.summary = crc32_add(line_sums.summary, line, n);
}
