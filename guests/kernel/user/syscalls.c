/* SPDX-License-Identifier: MIT
 * Both ways into the kernel, many times, and their registers.
 */
#include "guests/kernel/user/user.h"

int main(void);
int main(void)
{
	u32 pid = call_slow(SYS_PID, 0, 0, 0), fast = call_slow(SYS_FAST, 0, 0, 0), n = 0;

	do {
		for (u32 i = 0; i < 1000; i++) {
			u32 esi = i, edi = ~i, got = 0;

			check(call_slow(SYS_PID, i, i, i) == pid, "INT 80h");
			check(!fast || call_fast(SYS_PID, i, i, i) == pid, "SYSENTER");
			check(call(99, 0, 0) == (u32)-1, "an unknown call");
			/* All registers but EAX are kept by INT 80h. */
			__asm__ volatile("push %%ebp; mov $0x12345678, %%ebp; int $0x80;"
					 "mov %%ebp, %0; pop %%ebp"
					 : "=&b"(got), "+S"(esi), "+D"(edi)
					 : "a"(SYS_PID)
					 : "ecx", "edx", "memory", "cc");
			check(got == 0x12345678 && esi == i && edi == ~i, "registers");
		}
		n++;
	} while (!enough_ticks(10));
	report(0x5ca11);
	return 0;
}
