/* SPDX-License-Identifier: MIT
 * Wide multiplication and division, signed and unsigned.
 */
#include "microbench/kernel.h"

u32 k_muldiv(u32 n)
{
	u32 a = 0x1234567, sum = 0;

	for (; n; n--) {
		u32 lo, hi, quot, rem;
		s32 sq, sr;

		__asm__("mull %3" : "=a"(lo), "=d"(hi) : "a"(a), "r"(a ^ n) : "cc");
		/* High half below the divisor: the quotient always fits. */
		__asm__("divl %4"
			: "=a"(quot), "=d"(rem)
			: "a"(lo), "d"(hi & 0xffff), "r"(hi | 0x10000)
			: "cc");
		__asm__("cltd; idivl %3"
			: "=a"(sq), "=&d"(sr)
			: "a"((s32)lo), "r"((s32)(rem | 3) >> 1 | 1)
			: "cc");
		sum += (u32)sq * 31 + (u32)sr + quot;
		a = a * 69069 + 1;
	}
	return sum;
}
