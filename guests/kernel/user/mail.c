/* SPDX-License-Identifier: MIT
 * Two processes send each other words, each waiting for the other.
 */
#include "guests/kernel/user/user.h"

enum { ROUNDS = 1000 };

int main(void);
int main(void)
{
	u32 parent = call(SYS_PID, 0, 0), child, hash = 5;
	int status = -1;

	check(call(SYS_SEND, 77, 1) == (u32)-1, "mail to nobody");
	child = call(SYS_FORK, 0, 0);
	check(child != (u32)-1, "fork");
	if (!child) {
		for (u32 i = 0; i < ROUNDS; i++)
			call(SYS_SEND, parent, mix(call(SYS_RECEIVE, 0, 0), i));
		return 0;
	}
	for (u32 i = 0; i < ROUNDS; i++) {
		check(call(SYS_SEND, child, hash) == 0, "send");
		hash = mix(call(SYS_RECEIVE, 0, 0), hash);
	}
	check(call(SYS_WAIT, (u32)&status, 0) == child && status == 0, "wait");
	say("mail: 1000 rounds, %x\n", hash);
	report(hash);
	return 0;
}
