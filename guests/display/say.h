/* SPDX-License-Identifier: MIT
 * Lines on the result channel: `name: 1f 2e`.  A program ends with program_end().
 */
#ifndef GUESTS_DISPLAY_SAY_H
#define GUESTS_DISPLAY_SAY_H

#include "guests/lib/channel.h"

void say(const char *text);
void say_hex(u32 value, unsigned digits);

/* One line: the name and `n` values of `digits` digits. */
void say_values(const char *name, const u32 *value, unsigned n, unsigned digits);
#define SAY(name, digits, ...)                                                                     \
	say_values(name, (const u32[]){__VA_ARGS__},                                               \
		   sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32), digits)

/* The closing line of every program, then stop the machine. */
void program_end(void) __attribute__((noreturn));

#endif
