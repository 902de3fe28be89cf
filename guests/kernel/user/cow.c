/* SPDX-License-Identifier: MIT
 * Copy on write: a tree of forks in which everybody changes the same pages and
 * sees only his own changes.
 */
#include "guests/kernel/user/user.h"

enum { PAGES = 32, WORDS = PAGES * 1024 };

static u32 data[WORDS] __attribute__((aligned(4096)));

static void fill(u32 seed)
{
	for (u32 i = 0; i < WORDS; i++)
		data[i] = mix(seed, i);
}

static bool holds(u32 seed)
{
	for (u32 i = 0; i < WORDS; i++)
		if (data[i] != mix(seed, i))
			return false;
	return true;
}

static void child(u32 seed, u32 depth);

static void family(u32 seed, u32 depth)
{
	int status = -1;
	u32 pid = call(SYS_FORK, 0, 0);

	check(pid != (u32)-1, "fork");
	if (!pid) {
		child(seed, depth);
		call_slow(SYS_EXIT, 0, 0, 0);
	}
	check(call(SYS_WAIT, (u32)&status, 0) == pid, "wait");
	check(status == 0, "status of a child");
	check(holds(seed), "a child's writes are seen by its parent");
}

static void child(u32 seed, u32 depth)
{
	u32 before = call(SYS_COPIES, 0, 0);

	check(holds(seed), "what a parent wrote is seen by its child");
	/* Reading copies nothing. */
	check(call(SYS_COPIES, 0, 0) - before <= 3, "copies by reading");
	fill(seed + depth);
	check(call(SYS_COPIES, 0, 0) - before >= PAGES, "copies by writing");
	report(mix(seed, depth));
	if (depth)
		family(seed + depth, depth - 1);
	check(holds(seed + depth), "own writes");
}

int main(void);
int main(void)
{
	fill(1000);
	for (u32 i = 0; i < 3; i++)
		family(1000, 3);
	/* The kernel writes into a page that is shared: it copies, too. */
	family(1000, 0);
	say("cow: %u generations kept their own pages\n", 4);
	return 0;
}
