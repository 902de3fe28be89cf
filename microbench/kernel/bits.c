/* SPDX-License-Identifier: MIT
 * Bit scans, bit tests, double shifts, byte swaps: instructions whose flags are
 * partly undefined, which an emulator may handle specially.
 */
#include "microbench/kernel.h"

u32 k_bits(u32 n)
{
	u32 a = 0x2545f491, sum = 0;

	for (; n; n--) {
		u32 low, high, set;

		a = a * 1664525 + 1013904223;
		__asm__("bsf %3, %0\n\t"
			"bsr %3, %1\n\t"
			"xor %2, %2\n\t"
			"bt %0, %4\n\t"
			"setc %b2"
			: "=&r"(low), "=&r"(high), "=&q"(set)
			: "r"(a | 0x100), "r"(sum)
			: "cc");
		__asm__("shld $7, %1, %0\n\tbswap %0" : "+r"(sum) : "r"(a) : "cc");
		sum += low + high * 8 + set;
	}
	return sum;
}
