/* SPDX-License-Identifier: MIT
 * A dependent table lookup per byte: CRC-32 (polynomial 0xEDB88320, IEEE 802.3).
 */
#include "microbench/kernel.h"

static u32 table[256];
static u8 data[1024];

static void setup(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (u32 bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + (i >> 3));
}

u32 k_crc32(u32 n)
{
	u32 crc = 0xffffffffu;

	setup();
	for (; n; n--)
		for (u32 i = 0; i < sizeof(data); i++)
			crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xff];
	return ~crc;
}
