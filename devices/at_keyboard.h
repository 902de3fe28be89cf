/* SPDX-License-Identifier: MIT
 * The keyboard at the end of the cable: an 8048 with its 16-byte queue.
 */
#ifndef DEVICES_AT_KEYBOARD_H
#define DEVICES_AT_KEYBOARD_H

#include "devices/keys.h"

#define AT_KEYBOARD_QUEUE  16u
#define AT_KEYBOARD_ANSWER 4u

struct at_keyboard {
	u8 queue[AT_KEYBOARD_QUEUE]; /* scan codes */
	u8 head, count;
	u8 answer[AT_KEYBOARD_ANSWER]; /* replies to commands go first */
	u8 answers;
	u8 expect; /* command whose parameter comes next, or 0 */
	u8 set;    /* scan code set 1-3 */
	u8 leds, rate, last;
	bool scanning;
	bool down[KEY_COUNT];
	u16 held;             /* enum key that repeats, KEY_NONE */
	char type[KEY_COUNT]; /* set 3: 'T', 'M', 'B' or 'A' (typematic and break) */
};

void at_keyboard_reset(struct at_keyboard *k);
/* A byte from the controller to the keyboard. */
void at_keyboard_write(struct at_keyboard *k, u8 v);
/* Next byte for the controller; false when nothing waits. */
bool at_keyboard_take(struct at_keyboard *k, u8 *v);
static inline bool at_keyboard_waiting(const struct at_keyboard *k)
{
	return k->count || k->answers;
}

/* A key goes down or up.  Dropped when scanning is off; when the queue cannot
 * take the whole sequence, the overrun code goes in instead. */
void at_keyboard_key(struct at_keyboard *k, enum key key, bool down);
/* Nanoseconds until a held key repeats: for the first time, then again. */
u64 at_keyboard_delay(const struct at_keyboard *k, bool first);
/* The held key (held != KEY_NONE) repeats. */
void at_keyboard_repeat(struct at_keyboard *k);

#endif
