/* SPDX-License-Identifier: MIT
 * The keyboard at the end of the cable: an 8048 with its 16-byte queue.
 */
#ifndef DEVICES_AT_KEYBOARD_H
#define DEVICES_AT_KEYBOARD_H

#include "refvmm/types.h"

#define AT_KEYBOARD_QUEUE 16u

struct at_keyboard {
	u8 queue[AT_KEYBOARD_QUEUE];
	u8 head, count;
	u8 expect; /* command whose parameter comes next, or 0 */
	u8 set;    /* scan code set 1-3 */
	u8 leds, rate, last;
	bool scanning;
};

void at_keyboard_reset(struct at_keyboard *k);
/* A byte from the controller to the keyboard. */
void at_keyboard_write(struct at_keyboard *k, u8 v);
/* Next byte for the controller; false when nothing waits. */
bool at_keyboard_take(struct at_keyboard *k, u8 *v);
/* A key moved: one byte of its set 2 sequence.  Dropped when scanning is off;
 * a full queue ends in the overrun code. */
void at_keyboard_key(struct at_keyboard *k, u8 set2);

#endif
