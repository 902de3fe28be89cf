/* SPDX-License-Identifier: MIT
 * 16-bit code called through a 16-bit code segment.
 */
#include "microbench/kernel.h"

struct far_ptr rt_code16;

u32 k_alu16(u32 n)
{
	u32 sum;

	__asm__ volatile("lcalll *%2"
			 : "=a"(sum), "+c"(n)
			 : "m"(rt_code16)
			 : "ebx", "edx", "cc", "memory");
	return sum;
}
