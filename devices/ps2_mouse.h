/* SPDX-License-Identifier: MIT
 * A PS/2 mouse with the IntelliMouse wheel and five buttons.
 */
#ifndef DEVICES_PS2_MOUSE_H
#define DEVICES_PS2_MOUSE_H

#include "refvmm/types.h"

#define PS2_MOUSE_QUEUE 16u

enum { MOUSE_LEFT = 1, MOUSE_RIGHT = 2, MOUSE_MIDDLE = 4, MOUSE_4TH = 8, MOUSE_5TH = 16 };

struct ps2_mouse {
	u8 queue[PS2_MOUSE_QUEUE];
	u8 head, count;
	u8 expect;     /* command whose parameter comes next, or 0 */
	u8 rate;       /* samples per second */
	u8 resolution; /* counts per mm, as a power of two */
	u8 knock[3];   /* the last three sample rates: the way to ID 3 and 4 */
	u8 id;         /* 0, 3 (wheel), 4 (wheel, five buttons) */
	bool remote, wrap, scale2, reporting;
	u8 buttons, reported;  /* now, and in the last packet */
	s32 dx, dy, dz;        /* moved since the last packet */
	u8 last[4], last_size; /* for RESEND */
};

void ps2_mouse_reset(struct ps2_mouse *m);
/* A byte from the controller to the mouse. */
void ps2_mouse_write(struct ps2_mouse *m, u8 v);
/* Next byte for the controller; false when nothing waits. */
bool ps2_mouse_take(struct ps2_mouse *m, u8 *v);

/* Moved by counts (x right, y up, z wheel towards the user) with these MOUSE_*
 * buttons held.  What does not fit into one packet goes into the next ones. */
void ps2_mouse_move(struct ps2_mouse *m, s32 dx, s32 dy, s32 dz, u8 buttons);
/* A sample is due: queue a packet if there is something to report. */
void ps2_mouse_sample(struct ps2_mouse *m);
/* Is there something to report once the sample interval is over? */
bool ps2_mouse_moved(const struct ps2_mouse *m);
static inline u64 ps2_mouse_interval(const struct ps2_mouse *m)
{
	return 1000000000ull / m->rate;
}

#endif
