/* SPDX-License-Identifier: MIT
 * String instructions with a repeat prefix, and without one (k_lodstos).
 */
#include "microbench/kernel.h"

#define WORDS 1024
static u32 from[WORDS], to[WORDS];

static u32 digest(const u32 *p, u32 words)
{
	u32 sum = 0;

	for (u32 i = 0; i < words; i++)
		sum = sum * 31 + p[i];
	return sum;
}

static void fill(void)
{
	for (u32 i = 0; i < WORDS; i++) {
		from[i] = i * 0x01030507u | 0x01010101u; /* no zero byte */
		to[i] = 0;
	}
}

u32 k_repmovsd(u32 n)
{
	fill();
	for (; n; n--) {
		u32 c = WORDS;
		const u32 *s = from;
		u32 *d = to;

		from[n % WORDS] ^= n;
		__asm__ volatile("rep movsl" : "+c"(c), "+S"(s), "+D"(d) : : "memory");
	}
	return digest(to, WORDS);
}

u32 k_repstosd(u32 n)
{
	fill();
	for (; n; n--) {
		u32 c = WORDS;
		u32 *d = to;

		__asm__ volatile("rep stosl" : "+c"(c), "+D"(d) : "a"(n * 3) : "memory");
	}
	return digest(to, WORDS);
}

u32 k_repscasb(u32 n)
{
	u32 sum = 0;

	fill();
	((u8 *)from)[255] = 0;
	for (; n; n--) {
		u32 c = 0xffff;
		const u32 *d = from;

		__asm__ volatile("repne scasb" : "+c"(c), "+D"(d) : "a"(0) : "cc", "memory");
		sum = sum * 3 + c;
	}
	return sum;
}

u32 k_repcmpsb(u32 n)
{
	u32 sum = 0;

	fill();
	for (u32 i = 0; i < WORDS; i++)
		to[i] = from[i];
	((u8 *)to)[255] ^= 0x80;
	for (; n; n--) {
		u32 c = 0xffff;
		const u32 *s = from, *d = to;

		__asm__ volatile("repe cmpsb" : "+c"(c), "+S"(s), "+D"(d) : : "cc", "memory");
		sum = sum * 3 + c;
	}
	return sum;
}

u32 k_lodstos(u32 n)
{
	static u8 swap[256];

	fill();
	for (u32 i = 0; i < 256; i++)
		swap[i] = (u8)(i * 5 + 1);
	for (; n; n--) {
		u32 c = 256;
		const u32 *s = from;
		u32 *d = from;

		__asm__ volatile("1: lodsb\n\txlatb\n\tstosb\n\tdecl %0\n\tjnz 1b"
				 : "+c"(c), "+S"(s), "+D"(d)
				 : "b"(swap)
				 : "eax", "cc", "memory");
	}
	return digest(from, 64);
}
