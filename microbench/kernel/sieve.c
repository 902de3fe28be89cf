/* SPDX-License-Identifier: MIT
 * Byte stores and loads with short loops: the sieve of Eratosthenes.
 */
#include "microbench/kernel.h"

#define LIMIT 16384
static u8 composite[LIMIT];

u32 k_sieve(u32 n)
{
	u32 primes = 0;

	for (; n; n--) {
		for (u32 i = 0; i < LIMIT; i++)
			composite[i] = 0;
		for (u32 i = 2; i < LIMIT; i++) {
			if (composite[i])
				continue;
			primes += i;
			for (u32 j = i * 2; j < LIMIT; j += i)
				composite[j] = 1;
		}
	}
	return primes;
}
