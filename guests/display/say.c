/* SPDX-License-Identifier: MIT
 * Lines on the result channel.
 */
#include "guests/display/say.h"

void say(const char *text)
{
	u32 n = 0;

	while (text[n])
		n++;
	channel_write(text, n);
}

void say_hex(u32 value, unsigned digits)
{
	while (digits--) {
		char c = "0123456789abcdef"[value >> 4 * digits & 15];

		channel_write(&c, 1);
	}
}

void say_values(const char *name, const u32 *value, unsigned n, unsigned digits)
{
	say(name);
	say(":");
	for (unsigned i = 0; i < n; i++) {
		say(" ");
		say_hex(value[i], digits);
	}
	say("\n");
}

void program_end(void)
{
	say("END display\n");
	channel_exit(0);
}
