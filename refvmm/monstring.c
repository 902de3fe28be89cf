/* SPDX-License-Identifier: MIT
 * See monstring.h.  REP MOVSB/STOSB through inline assembly, so that no
 * compiler can recognise a loop and turn it into a call to memcpy or memset.
 */
#include "refvmm/monstring.h"

void mon_copy(void *dst, const void *src, u32 n)
{
	u64 count = n;

	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(count) : : "memory");
}

void mon_set(void *dst, u8 byte, u32 n)
{
	u64 count = n;

	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(count) : "a"(byte) : "memory");
}
