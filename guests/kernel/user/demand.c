/* SPDX-License-Identifier: MIT
 * Demand paging: every page of the heap comes zeroed with its first touch, and
 * only then.
 */
#include "guests/kernel/user/user.h"

enum { PAGES = 512, WORDS = 1024 };

int main(void);
int main(void)
{
	u32 *heap = (u32 *)HEAP, hash = 3, before, after;

	check(call(SYS_BRK, 64u << 20, 0) == (u32)-1, "more heap than there is");
	check(call(SYS_BRK, PAGES * 4096, 0) == 0, "heap");
	before = call(SYS_FAULTS, 0, 0);
	/* 181 is prime to 512: each page once, none after its neighbour. */
	for (u32 i = 0; i < PAGES; i++) {
		u32 *page = heap + (i * 181 % PAGES) * WORDS;

		for (u32 k = 0; k < WORDS; k += 97)
			check(page[k] == 0, "a fresh page holds something");
		page[i % WORDS] = mix(i, 0x9e3779b9u);
		check(call(SYS_FAULTS, 0, 0) == before + i + 1, "number of page faults");
	}
	/* A word across two pages, both there. */
	*(volatile u32 *)(HEAP + 5 * 4096 - 2) = 0xcafef00d;
	check(*(volatile u32 *)(HEAP + 5 * 4096 - 2) == 0xcafef00d, "across pages");
	for (u32 i = 0; i < PAGES * WORDS; i++)
		hash = mix(hash, heap[i]);
	after = call(SYS_FAULTS, 0, 0);
	check(after == before + PAGES, "faults of the second pass");
	say("demand: %u pages came with their first touch\n", after - before);
	report(hash);
	return 0;
}
