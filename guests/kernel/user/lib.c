/* SPDX-License-Identifier: MIT
 * Functions of all user programs.
 */
#include "guests/kernel/user/user.h"

u32 call(u32 number, u32 a, u32 b)
{
	static u32 turn, fast = 2;

	if (fast == 2)
		fast = call_slow(SYS_FAST, 0, 0, 0);
	return fast && (turn++ & 1) ? call_fast(number, a, b, 0) : call_slow(number, a, b, 0);
}

void say(const char *format, u32 value)
{
	char line[120];
	u32 n = 0;

	for (; *format && n < sizeof(line) - 12; format++) {
		u32 base = format[1] == 'x' ? 16 : 10, width = base == 16 ? 8 : 1, k = 0;
		char digits[12];

		if (*format != '%') {
			line[n++] = *format;
			continue;
		}
		format++;
		do {
			digits[k++] = "0123456789abcdef"[value % base];
			value /= base;
		} while (value || k < width);
		while (k)
			line[n++] = digits[--k];
	}
	call(SYS_PRINT, (u32)line, n);
}

void check(bool ok, const char *what)
{
	if (ok)
		return;
	say("user: failed: ", 0);
	say(what, 0);
	say("\n", 0);
	call_slow(SYS_EXIT, 1, 0, 0);
}

void report(u32 word)
{
	call(SYS_REPORT, word, 0);
}

bool enough_ticks(u32 n)
{
	return call(SYS_PREEMPTED, 0, 0) >= n;
}

u32 mix(u32 hash, u32 word)
{
	hash ^= word;
	hash *= 16777619u;
	return hash ^ hash >> 15;
}
