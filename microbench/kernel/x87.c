/* SPDX-License-Identifier: MIT
 * The floating-point unit: basic arithmetic (k_x87), a dot product from memory
 * (k_x87mem), transcendental functions (k_x87trans).
 *
 * The basic operations and the square root are correctly rounded everywhere, so
 * their bits are compared.  Transcendental results differ in the last bits
 * between processors and emulators: they are rounded to 2^-20 first.
 */
#include "microbench/kernel.h"

u32 k_x87(u32 n)
{
	double x = 1.5, y = 0.25;
	u32 sum = 0;

	for (; n; n--) {
		s32 i;

		__asm__("fldl %1\n\t"
			"faddl %2\n\t"
			"fmull %1\n\t"
			"fld1\n\t"
			"fsubrp\n\t"
			"fabs\n\t"
			"fsqrt\n\t"
			"fidivl %4\n\t"
			"fstl %1\n\t"
			"fmuls %5\n\t"
			"fistpl %0"
			: "=m"(i), "+m"(x)
			: "m"(y), "m"(n), "m"((u32){3}), "m"((float){65536.0f})
			: "memory");
		y = x + 0.5;
		sum = sum * 5 + (u32)i;
	}
	return sum;
}

u32 k_x87mem(u32 n)
{
	static double a[64], b[64];
	union {
		double d;
		u32 w[2];
	} sum = {.d = 0};

	for (int i = 0; i < 64; i++) {
		a[i] = i * 0.125;
		b[i] = 3.0 - i * 0.0625;
	}
	for (; n; n--) {
		double dot = 0;

		for (int i = 0; i < 64; i++)
			dot += a[i] * b[i];
		sum.d = sum.d * 0.5 + dot;
		a[n & 63] += 0.0009765625;
	}
	return sum.w[0] ^ sum.w[1];
}

u32 k_x87trans(u32 n)
{
	u32 sum = 0;

	for (; n; n--) {
		u32 arg = n & 1023; /* 0 .. 1 in steps of 1/1024 */
		s32 i;

		__asm__("fildl %1\n\t"
			"fmuls %2\n\t" /* x */
			"fld %%st(0)\n\t"
			"fsin\n\t"
			"fld %%st(1)\n\t"
			"fcos\n\t"
			"fpatan\n\t" /* atan(sin x / cos x) */
			"fxch\n\t"
			"f2xm1\n\t" /* 2^x - 1 */
			"fld1\n\t"
			"faddp\n\t"
			"fld1\n\t"
			"fxch\n\t"
			"fyl2x\n\t" /* log2(2^x) */
			"faddp\n\t"
			"fmuls %3\n\t"
			"fistpl %0"
			: "=m"(i)
			: "m"(arg), "m"((float){1.0f / 1024}), "m"((float){1048576.0f})
			: "memory");
		sum = sum * 5 + (u32)i;
	}
	return sum;
}
