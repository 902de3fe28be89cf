/* SPDX-License-Identifier: MIT
 * Deep recursion: returns in last-in-first-out order with two sites.
 */
#include "microbench/kernel.h"

/* Two separate calls stay two calls: no inlining, no tail call. */
static __attribute__((noinline)) u32 fib(u32 i)
{
	u32 a, b;

	if (i < 2)
		return i;
	a = fib(i - 1);
	__asm__ volatile("" : "+r"(a));
	b = fib(i - 2);
	__asm__ volatile("" : "+r"(b));
	return a + b;
}

u32 k_fib(u32 n)
{
	u32 sum = 0;

	for (; n; n--)
		sum = sum * 3 + fib(15);
	return sum;
}
