/* SPDX-License-Identifier: MIT
 * Streaming loads and stores by ordinary instructions (rep movsd is separate).
 */
#include "microbench/kernel.h"

#define WORDS 1024
static u32 from[WORDS], to[WORDS];

u32 k_memcpy(u32 n)
{
	for (u32 i = 0; i < WORDS; i++)
		from[i] = i * 2654435761u;
	for (; n; n--) {
		u32 *d = to;
		const u32 *s = from;

		for (u32 i = 0; i < WORDS; i += 4, d += 4, s += 4) {
			u32 a = s[0], b = s[1], c = s[2], e = s[3];

			d[0] = a;
			d[1] = b;
			d[2] = c;
			d[3] = e;
		}
		/* Each pass copies something else, and the last word is used. */
		from[n % WORDS] += to[WORDS - 1] ^ n;
	}
	return to[0] ^ to[WORDS / 2] ^ from[1];
}
