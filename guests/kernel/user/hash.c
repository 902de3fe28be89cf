/* SPDX-License-Identifier: MIT
 * A random number generator's sequence, the same every time, until the timer
 * has come often; what an interrupt would damage in registers shows here.
 */
#include "guests/kernel/user/user.h"

int main(void);
int main(void)
{
	u32 first = 0;

	do {
		u32 x = 2463534242u, hash = 7;

		for (u32 i = 0; i < 300000; i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			hash = mix(hash, x);
		}
		check(!first || hash == first, "a sequence changed");
		first = hash;
	} while (!enough_ticks(10));
	report(first);
	return 0;
}
