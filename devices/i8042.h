/* SPDX-License-Identifier: MIT
 * Keyboard controller: an 8042 with the PC/AT and PS/2 program.
 */
#ifndef DEVICES_I8042_H
#define DEVICES_I8042_H

#include "devices/at_keyboard.h"
#include "devices/clock.h"
#include "devices/line.h"
#include "devices/ps2_mouse.h"

struct i8042 {
	struct at_keyboard keyboard;
	struct ps2_mouse mouse;
	u8 ram[32]; /* byte 0: the command byte */
	u8 status;
	u8 out;          /* output buffer, port 60h */
	u8 output_port;  /* P2: bit 0 RESET# of the processor, bit 1 A20 */
	u8 command;      /* command whose parameter comes next, or 0 */
	bool break_code; /* translation saw F0h */
	struct {
		struct clock *clock;
		unsigned timer, repeat, sample;
		struct line irq1, irq12, a20;
		struct line reset; /* pulsed high */
	} wire;
};

void i8042_init(struct i8042 *c, struct clock *clock);
void i8042_reset(struct i8042 *c);

/* reg 0: port 60h, reg 1: port 64h. */
u8 i8042_in(void *chip, unsigned reg);
void i8042_out(void *chip, unsigned reg, u8 v);

/* A key moves. */
void i8042_key(struct i8042 *c, enum key key, enum key_move move);
/* Is nothing of the keyboard on its way to the program? */
bool i8042_idle(const struct i8042 *c);
/* Does the status change by itself, by a byte that is on the cable? */
bool i8042_receiving(const struct i8042 *c);
/* See ps2_mouse_move(). */
void i8042_mouse(struct i8042 *c, s32 dx, s32 dy, s32 dz, u8 buttons);

#endif
