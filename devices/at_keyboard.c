/* SPDX-License-Identifier: MIT
 * AT (101-key) keyboard: commands and replies.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and
 * 102-key)", command table and "Commands from the system".
 */
#include "devices/at_keyboard.h"

enum { ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa, OVERRUN = 0x00 };

static void push(struct at_keyboard *k, u8 v)
{
	if (k->count == AT_KEYBOARD_QUEUE)
		return;
	k->queue[(k->head + k->count) % AT_KEYBOARD_QUEUE] = v;
	k->count++;
}

static void defaults(struct at_keyboard *k)
{
	k->count = 0;
	k->expect = 0;
	k->set = 2;
	k->rate = 0x2b; /* 10.9 characters/s after 500 ms */
	k->scanning = true;
}

void at_keyboard_reset(struct at_keyboard *k)
{
	*k = (struct at_keyboard){0};
	defaults(k);
}

static void parameter(struct at_keyboard *k, u8 v)
{
	u8 cmd = k->expect;

	k->expect = 0;
	push(k, ACK);
	switch (cmd) {
	case 0xed:
		k->leds = v & 7;
		break;
	case 0xf3:
		k->rate = v & 0x7f;
		break;
	case 0xf0:
		if (v == 0)
			push(k, k->set);
		else if (v <= 3)
			k->set = v;
		break;
	default: /* FB-FD: key type lists of set 3, accepted */
		break;
	}
}

void at_keyboard_write(struct at_keyboard *k, u8 v)
{
	if (k->expect && v < 0xed) {
		parameter(k, v);
		return;
	}
	k->expect = 0; /* a new command aborts the old one */
	if (v != 0xfe)
		k->count = 0; /* a command clears the queue */
	switch (v) {
	case 0xee: /* echo */
		push(k, 0xee);
		break;
	case 0xf2: /* read ID */
		push(k, ACK);
		push(k, 0xab);
		push(k, 0x83);
		break;
	case 0xed:
	case 0xf0:
	case 0xf3:
	case 0xfb:
	case 0xfc:
	case 0xfd:
		k->expect = v;
		push(k, ACK);
		break;
	case 0xf4:
		k->scanning = true;
		push(k, ACK);
		break;
	case 0xf5: /* default and disable */
		defaults(k);
		k->scanning = false;
		push(k, ACK);
		break;
	case 0xf6:
		defaults(k);
		push(k, ACK);
		break;
	case 0xf7:
	case 0xf8:
	case 0xf9:
	case 0xfa: /* all keys typematic / make-break / make / all: set 3 */
		push(k, ACK);
		break;
	case 0xfe:
		push(k, k->last);
		break;
	case 0xff:
		defaults(k);
		k->leds = 0;
		push(k, ACK);
		push(k, BAT_OK);
		break;
	default:
		push(k, RESEND);
		break;
	}
}

bool at_keyboard_take(struct at_keyboard *k, u8 *v)
{
	if (!k->count)
		return false;
	*v = k->queue[k->head];
	k->head = (u8)((k->head + 1) % AT_KEYBOARD_QUEUE);
	k->count--;
	k->last = *v;
	return true;
}

void at_keyboard_key(struct at_keyboard *k, u8 set2)
{
	if (!k->scanning)
		return;
	if (k->count >= AT_KEYBOARD_QUEUE - 1) {
		if (k->count == AT_KEYBOARD_QUEUE - 1)
			push(k, OVERRUN);
		return;
	}
	push(k, set2);
}
