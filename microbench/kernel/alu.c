/* SPDX-License-Identifier: MIT
 * How fast is plain register arithmetic?  A dependent chain, no memory.
 */
#include "microbench/kernel.h"

u32 k_alu(u32 n)
{
	u32 a = 0x12345678, b = 0x9abcdef0;

	for (; n; n--) {
		a ^= a << 13;
		a ^= a >> 17;
		a += b;
		b = (b << 5 | b >> 27) ^ n;
		a -= b * 5;
	}
	return a ^ b;
}
