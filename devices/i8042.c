/* SPDX-License-Identifier: MIT
 * Keyboard controller of the PC/AT (Intel 8042, IBM's program) with the PS/2
 * additions, a keyboard and a mouse on its two cables.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and
 * auxiliary device controller": status register, commands 20h-FFh, scan code
 * translation table; IBM PC/AT Technical Reference for D0h, D1h, E0h, FEh.
 *
 * The controller answers at once; a byte of the keyboard takes 100 us, less
 * than the 1 ms of the real cable because no program can tell, except that some
 * BIOSes count loop iterations.
 */
#include "devices/i8042.h"

#define BYTE_TIME 100000u /* ns */

enum { OBF = 0x01, SYS = 0x04, CMD = 0x08, UNLOCKED = 0x10, AUX_OBF = 0x20, TIMEOUT = 0x40 };
enum {
	INT_KBD = 0x01,
	INT_AUX = 0x02,
	SYS_FLAG = 0x04,
	KBD_OFF = 0x10,
	AUX_OFF = 0x20,
	XLATE = 0x40
};
enum { P2_RESET = 0x01, P2_A20 = 0x02, P2_ONES = 0xcc };

static void update_irq(struct i8042 *c)
{
	bool aux = c->status & AUX_OBF, full = c->status & OBF;

	line_set(&c->wire.irq1, full && !aux && (c->ram[0] & INT_KBD));
	line_set(&c->wire.irq12, full && aux && (c->ram[0] & INT_AUX));
}

/* Does a cable that is switched on have a byte? */
static bool keyboard_ready(const struct i8042 *c)
{
	return at_keyboard_waiting(&c->keyboard) && !(c->ram[0] & KBD_OFF);
}

static bool mouse_ready(const struct i8042 *c)
{
	return c->mouse.count && !(c->ram[0] & AUX_OFF);
}

/* Something may be waiting in the keyboard or the mouse: give it its time on the cable. */
static void schedule(struct i8042 *c)
{
	bool can = !(c->status & OBF) && (keyboard_ready(c) || mouse_ready(c));

	if (!can)
		clock_set(c->wire.clock, c->wire.timer, CLOCK_NEVER);
	else if (c->wire.clock->at[c->wire.timer] == CLOCK_NEVER)
		clock_set(c->wire.clock, c->wire.timer, clock_now(c->wire.clock) + BYTE_TIME);
}

static void reply(struct i8042 *c, u8 v, u8 flags)
{
	c->out = v;
	c->status = (c->status & (u8) ~(AUX_OBF | TIMEOUT)) | OBF | flags;
	update_irq(c);
	schedule(c);
}

/* Returns false when the byte only changes the translation's state. */
static bool translate(struct i8042 *c, u8 *v)
{
	u8 code = *v;

	if (!(c->ram[0] & XLATE))
		return true;
	if (code == 0xf0) {
		c->break_code = true;
		return false;
	}
	if (code < 0x80)
		code = key_set1_of[code];
	else if (code == 0x83) /* F7 */
		code = 0x41;
	else if (code == 0x84) /* SysRq */
		code = 0x54;
	*v = c->break_code ? code | 0x80 : code;
	c->break_code = false;
	return true;
}

static void on_byte(void *arg)
{
	struct i8042 *c = arg;
	u8 v;

	if (c->status & OBF)
		return;
	if (keyboard_ready(c)) {
		at_keyboard_take(&c->keyboard, &v);
		if (translate(c, &v))
			reply(c, v, 0);
		else
			schedule(c);
	} else if (mouse_ready(c)) {
		ps2_mouse_take(&c->mouse, &v);
		reply(c, v, AUX_OBF);
	}
}

static void on_repeat(void *arg)
{
	struct i8042 *c = arg;

	if (c->keyboard.held == KEY_NONE)
		return;
	at_keyboard_repeat(&c->keyboard);
	clock_set(c->wire.clock, c->wire.repeat,
		  clock_now(c->wire.clock) + at_keyboard_delay(&c->keyboard, false));
	schedule(c);
}

static void on_sample(void *arg)
{
	struct i8042 *c = arg;

	if (!ps2_mouse_moved(&c->mouse))
		return;
	ps2_mouse_sample(&c->mouse);
	clock_set(c->wire.clock, c->wire.sample,
		  clock_now(c->wire.clock) + ps2_mouse_interval(&c->mouse));
	schedule(c);
}

void i8042_init(struct i8042 *c, struct clock *clock)
{
	c->wire.clock = clock;
	c->wire.timer = clock_add(clock, on_byte, c);
	c->wire.repeat = clock_add(clock, on_repeat, c);
	c->wire.sample = clock_add(clock, on_sample, c);
	i8042_reset(c);
}

void i8042_reset(struct i8042 *c)
{
	at_keyboard_reset(&c->keyboard);
	ps2_mouse_reset(&c->mouse);
	for (unsigned i = 0; i < 32; i++)
		c->ram[i] = 0;
	c->ram[0] = KBD_OFF | AUX_OFF;
	c->status = UNLOCKED | CMD;
	c->out = 0;
	c->command = 0;
	c->break_code = false;
	c->output_port = P2_RESET | P2_A20 | P2_ONES;
	update_irq(c);
	schedule(c);
}

static void set_output_port(struct i8042 *c, u8 v)
{
	c->output_port = v;
	line_set(&c->wire.a20, v & P2_A20);
	if (!(v & P2_RESET))
		line_set(&c->wire.reset, true);
}

static void set_command_byte(struct i8042 *c, u8 v)
{
	c->ram[0] = v;
	c->status = v & SYS_FLAG ? c->status | SYS : c->status & (u8)~SYS;
	update_irq(c);
	schedule(c);
}

static void command(struct i8042 *c, u8 v)
{
	c->command = 0;
	if (v >= 0x20 && v <= 0x3f) {
		reply(c, c->ram[v & 31], 0);
		return;
	}
	if (v >= 0xf0) { /* pulse the output bits that are 0; only RESET# acts */
		if (!(v & 1))
			line_set(&c->wire.reset, true);
		return;
	}
	switch (v) {
	case 0xa4: /* password installed?  no */
		reply(c, 0xf1, 0);
		break;
	case 0xa7:
		set_command_byte(c, c->ram[0] | AUX_OFF);
		break;
	case 0xa8:
		set_command_byte(c, c->ram[0] & (u8)~AUX_OFF);
		break;
	case 0xa9: /* auxiliary clock and data lines are fine */
		reply(c, 0x00, 0);
		break;
	case 0xaa: /* self-test */
		c->status |= SYS;
		c->ram[0] |= SYS_FLAG;
		reply(c, 0x55, 0);
		break;
	case 0xab:
		reply(c, 0x00, 0);
		break;
	case 0xad:
		set_command_byte(c, c->ram[0] | KBD_OFF);
		break;
	case 0xae:
		set_command_byte(c, c->ram[0] & (u8)~KBD_OFF);
		break;
	case 0xc0: /* input port: not locked, colour display, no jumper */
		reply(c, 0xbf, 0);
		break;
	case 0xd0: /* bit 4: output buffer full as IRQ1 shows it */
		reply(c, c->output_port | (c->status & OBF ? 0x10 : 0), 0);
		break;
	case 0xdd: /* A20 off and on without the output port write */
		set_output_port(c, c->output_port & (u8)~P2_A20);
		break;
	case 0xdf:
		set_output_port(c, c->output_port | P2_A20);
		break;
	case 0xe0: /* test inputs: clock and data idle high */
		reply(c, 0x03, 0);
		break;
	default:
		if ((v >= 0x60 && v <= 0x7f) || (v >= 0xd1 && v <= 0xd4))
			c->command = v;
		break; /* the program ignores what it does not know */
	}
}

static void parameter(struct i8042 *c, u8 v)
{
	u8 cmd = c->command;

	c->command = 0;
	if (cmd == 0x60)
		set_command_byte(c, v);
	else if (cmd > 0x60 && cmd <= 0x7f)
		c->ram[cmd & 31] = v;
	else if (cmd == 0xd1)
		set_output_port(c, v);
	else if (cmd == 0xd2) /* echo as if from the keyboard */
		reply(c, v, 0);
	else if (cmd == 0xd3)
		reply(c, v, AUX_OBF);
	else if (cmd == 0xd4) {
		ps2_mouse_write(&c->mouse, v);
		schedule(c);
	}
}

u8 i8042_in(void *chip, unsigned reg)
{
	struct i8042 *c = chip;

	if (reg)
		return c->status;
	c->status &= (u8) ~(OBF | AUX_OBF | TIMEOUT);
	update_irq(c);
	schedule(c);
	return c->out;
}

void i8042_out(void *chip, unsigned reg, u8 v)
{
	struct i8042 *c = chip;

	if (reg) {
		c->status |= CMD;
		command(c, v);
		return;
	}
	c->status &= (u8)~CMD;
	if (c->command) {
		parameter(c, v);
		return;
	}
	/* A byte for the keyboard turns its interface on. */
	c->ram[0] &= (u8)~KBD_OFF;
	at_keyboard_write(&c->keyboard, v);
	schedule(c);
}

void i8042_key(struct i8042 *c, enum key key, enum key_move move)
{
	struct at_keyboard *k = &c->keyboard;
	u64 repeat = CLOCK_NEVER;

	at_keyboard_key(k, key, move != KEY_RELEASED);
	if (move == KEY_TAPPED)
		k->held = KEY_NONE;
	if (k->held != KEY_NONE)
		repeat = clock_now(c->wire.clock) + at_keyboard_delay(k, true);
	if (move != KEY_RELEASED || k->held == KEY_NONE)
		clock_set(c->wire.clock, c->wire.repeat, repeat);
	schedule(c);
}

void i8042_mouse(struct i8042 *c, s32 dx, s32 dy, s32 dz, u8 buttons)
{
	ps2_mouse_move(&c->mouse, dx, dy, dz, buttons);
	if (c->wire.clock->at[c->wire.sample] == CLOCK_NEVER)
		on_sample(c);
}

bool i8042_idle(const struct i8042 *c)
{
	return !at_keyboard_waiting(&c->keyboard) && !(c->status & OBF);
}

bool i8042_receiving(const struct i8042 *c)
{
	return c->wire.clock->at[c->wire.timer] != CLOCK_NEVER;
}
