/* SPDX-License-Identifier: MIT
 * AT (101-key) keyboard: commands and replies, scan codes, typematic.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and
 * 102-key)": command table, "Commands from the system", scan code sets,
 * typematic rate and delay.
 *
 * The shift codes that surround the grey keys while Num Lock is on are not
 * sent: no driver needs them, and QEMU does not send them either.
 */
#include "devices/at_keyboard.h"

#include <string.h>

enum { ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa, OVERRUN = 0x00, OVERRUN_SET1 = 0xff };

static void answer(struct at_keyboard *k, u8 v)
{
	if (k->answers < AT_KEYBOARD_ANSWER)
		k->answer[k->answers++] = v;
}

static void queue(struct at_keyboard *k, u8 v)
{
	k->queue[(k->head + k->count++) % AT_KEYBOARD_QUEUE] = v;
}

static void push(struct at_keyboard *k, const u8 *v, unsigned n)
{
	u8 overrun = k->set == 1 ? OVERRUN_SET1 : OVERRUN;

	/* The last place is kept for the overrun code. */
	if (k->count + n > AT_KEYBOARD_QUEUE - 1) {
		if (k->count == AT_KEYBOARD_QUEUE ||
		    (k->count && k->queue[(k->head + k->count - 1) % AT_KEYBOARD_QUEUE] == overrun))
			return;
		queue(k, overrun);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		queue(k, v[i]);
}

static void defaults(struct at_keyboard *k)
{
	k->count = 0;
	k->expect = 0;
	k->set = 2;
	k->rate = 0x2b; /* 10.9 characters/s after 500 ms */
	k->scanning = true;
	k->held = KEY_NONE;
	for (unsigned i = 0; i < KEY_COUNT; i++)
		k->type[i] = key_codes[i].type;
}

void at_keyboard_reset(struct at_keyboard *k)
{
	bool down[KEY_COUNT];

	memcpy(down, k->down, sizeof down); /* fingers stay where they are */
	*k = (struct at_keyboard){0};
	memcpy(k->down, down, sizeof down);
	defaults(k);
}

/* One key of set 3, or all for key < 0. */
static void set_type(struct at_keyboard *k, int set3, char type)
{
	for (unsigned i = 0; i < KEY_COUNT; i++)
		if (set3 < 0 || key_codes[i].set3 == set3)
			k->type[i] = type;
}

static void parameter(struct at_keyboard *k, u8 v)
{
	u8 cmd = k->expect;

	answer(k, ACK);
	if (cmd >= 0xfb) { /* a list of keys, ended by the next command */
		set_type(k, v, "TBM"[cmd - 0xfb]);
		return;
	}
	k->expect = 0;
	switch (cmd) {
	case 0xed:
		k->leds = v & 7;
		break;
	case 0xf3:
		k->rate = v & 0x7f;
		break;
	case 0xf0:
		if (v == 0)
			answer(k, k->set);
		else if (v <= 3)
			k->set = v;
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
		k->answers = 0;
	switch (v) {
	case 0xee: /* echo */
		answer(k, 0xee);
		break;
	case 0xf2: /* read ID */
		answer(k, ACK);
		answer(k, 0xab);
		answer(k, 0x83);
		break;
	case 0xed:
	case 0xf0:
	case 0xf3:
	case 0xfb:
	case 0xfc:
	case 0xfd:
		k->expect = v;
		answer(k, ACK);
		break;
	case 0xf4:
		k->scanning = true;
		k->count = 0;
		k->held = KEY_NONE;
		answer(k, ACK);
		break;
	case 0xf5: /* default and disable */
		defaults(k);
		k->scanning = false;
		answer(k, ACK);
		break;
	case 0xf6:
		defaults(k);
		answer(k, ACK);
		break;
	case 0xf7: /* all keys: typematic, make and break, make, both */
	case 0xf8:
	case 0xf9:
	case 0xfa:
		set_type(k, -1, "TBMA"[v - 0xf7]);
		answer(k, ACK);
		break;
	case 0xfe:
		answer(k, k->last);
		break;
	case 0xff:
		defaults(k);
		k->leds = 0;
		answer(k, ACK);
		answer(k, BAT_OK);
		break;
	default:
		answer(k, RESEND);
		break;
	}
}

bool at_keyboard_take(struct at_keyboard *k, u8 *v)
{
	if (k->answers) {
		*v = k->answer[0];
		memmove(k->answer, k->answer + 1, --k->answers);
	} else if (k->count) {
		*v = k->queue[k->head];
		k->head = (u8)((k->head + 1) % AT_KEYBOARD_QUEUE);
		k->count--;
	} else {
		return false;
	}
	k->last = *v;
	return true;
}

/* Append the code of one make or break in set 1 or 2. */
static u8 *put_code(const struct at_keyboard *k, u8 *p, u16 set2, bool down)
{
	u8 code = (u8)set2;

	if (set2 & 0x100)
		*p++ = 0xe0;
	if (k->set == 1) {
		code = code == 0x83 ? 0x41 : code == 0x84 ? 0x54 : key_set1_of[code & 0x7f];
		*p++ = down ? code : code | 0x80;
		return p;
	}
	if (!down)
		*p++ = 0xf0;
	*p++ = code;
	return p;
}

/* Print Screen and Pause depend on other keys; set 1 and 2. */
static u8 *put_special(const struct at_keyboard *k, u8 *p, enum key key, bool down)
{
	bool alt = k->down[KEY_ALT] || k->down[KEY_ALT_R];
	bool ctrl = k->down[KEY_CTRL] || k->down[KEY_CTRL_R];
	bool shift = k->down[KEY_SHIFT] || k->down[KEY_SHIFT_R];

	if (key == KEY_PRINT && alt)
		return put_code(k, p, 0x84, down); /* SysRq */
	if (key == KEY_PRINT) {
		if (down && !ctrl && !shift)
			p = put_code(k, p, 0x112, true);
		p = put_code(k, p, 0x17c, down);
		if (!down && !ctrl && !shift)
			p = put_code(k, p, 0x112, false);
		return p;
	}
	if (!down) /* Pause sends make and break at once */
		return p;
	if (ctrl) { /* Break */
		p = put_code(k, p, 0x17e, true);
		return put_code(k, p, 0x17e, false);
	}
	*p++ = 0xe1;
	p = put_code(k, p, 0x14, true);
	p = put_code(k, p, 0x77, true);
	*p++ = 0xe1;
	p = put_code(k, p, 0x14, false);
	return put_code(k, p, 0x77, false);
}

static void send(struct at_keyboard *k, enum key key, bool down)
{
	u8 code[10], *p = code;

	if (k->set == 3) {
		if (!down && (k->type[key] == 'T' || k->type[key] == 'M'))
			return;
		if (!down)
			*p++ = 0xf0;
		*p++ = key_codes[key].set3;
	} else if (key == KEY_PRINT || key == KEY_PAUSE) {
		p = put_special(k, p, key, down);
	} else {
		p = put_code(k, p, key_codes[key].set2, down);
	}
	if (p != code)
		push(k, code, (unsigned)(p - code));
}

void at_keyboard_key(struct at_keyboard *k, enum key key, bool down)
{
	bool repeats = k->set == 3 ? k->type[key] == 'T' || k->type[key] == 'A' : key != KEY_PAUSE;

	if (k->scanning)
		send(k, key, down);
	k->down[key] = down;
	if (down)
		k->held = repeats && k->scanning ? key : KEY_NONE;
	else if (k->held == key)
		k->held = KEY_NONE;
}

u64 at_keyboard_delay(const struct at_keyboard *k, bool first)
{
	if (first)
		return ((k->rate >> 5 & 3) + 1) * 250000000ull;
	return ((k->rate & 7) + 8ull) * (1u << (k->rate >> 3 & 3)) * 4170000ull;
}

void at_keyboard_repeat(struct at_keyboard *k)
{
	if (k->scanning)
		send(k, (enum key)k->held, true);
}
