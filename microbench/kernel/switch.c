/* SPDX-License-Identifier: MIT
 * An indirect jump with many targets: a bytecode interpreter around a dense
 * switch.
 */
#include "microbench/kernel.h"

static const u8 program[16] = {3, 14, 1, 5, 9, 2, 6, 13, 8, 0, 7, 10, 4, 15, 11, 12};

u32 k_switch(u32 n)
{
	u32 a = 1, b = 0x55;

	for (; n; n--) {
		for (u32 pc = 0; pc < 16; pc++) {
			u8 op = program[pc];

			/* The compiler must not unroll the program away. */
			__asm__ volatile("" : "+q"(op));
			switch (op & 15) {
			case 0:
				a += b;
				break;
			case 1:
				a ^= b;
				break;
			case 2:
				a -= 77;
				break;
			case 3:
				b = a * 3;
				break;
			case 4:
				b ^= a >> 3;
				break;
			case 5:
				a = ~a;
				break;
			case 6:
				b += 0x1234567;
				break;
			case 7:
				a = a << 7 | a >> 25;
				break;
			case 8:
				b -= a;
				break;
			case 9:
				a += 11;
				break;
			case 10:
				b = b >> 1 | b << 31;
				break;
			case 11:
				a ^= 0xdeadbeef;
				break;
			case 12:
				b += a & 0xff;
				break;
			case 13:
				a -= b;
				break;
			case 14:
				b |= 1;
				break;
			case 15:
				a *= 5;
				break;
			}
		}
	}
	return a ^ b;
}
