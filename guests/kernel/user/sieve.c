/* SPDX-License-Identifier: MIT
 * Primes below 200,000 in heap memory, again until the timer has come often.
 */
#include "guests/kernel/user/user.h"

enum { LIMIT = 200000 };

int main(void);
int main(void)
{
	u8 *composite = (u8 *)HEAP;
	u32 count = 0, hash = 0;

	call(SYS_BRK, LIMIT, 0);
	do {
		count = 0;
		hash = 1;
		for (u32 i = 0; i < LIMIT; i++)
			composite[i] = 0;
		for (u32 i = 2; i < LIMIT; i++) {
			if (composite[i])
				continue;
			count++;
			hash = mix(hash, i);
			for (u32 k = 2 * i; k < LIMIT; k += i)
				composite[k] = 1;
		}
		check(count == 17984, "number of primes");
	} while (!enough_ticks(10));
	report(count);
	report(hash);
	return 0;
}
