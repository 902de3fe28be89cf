/* SPDX-License-Identifier: MIT
 * PS/2 mouse: commands, packets, the IntelliMouse extensions.
 * Facts: IBM PS/2 Hardware Interface Technical Reference, "Mouse": commands,
 * status, data packet; Microsoft "Intelligent Input Devices: wheel and
 * five-button mouse" (IDs 3 and 4 behind sample rates 200, 100, 80 and 200, 200,
 * 80; fourth byte).
 */
#include "devices/ps2_mouse.h"

#include <string.h>

enum { ACK = 0xfa, RESEND = 0xfe, ERROR = 0xfc, BAT_OK = 0xaa };

static void push(struct ps2_mouse *m, u8 v)
{
	if (m->count == PS2_MOUSE_QUEUE)
		return;
	m->queue[(m->head + m->count) % PS2_MOUSE_QUEUE] = v;
	m->count++;
}

static void defaults(struct ps2_mouse *m)
{
	m->rate = 100;
	m->resolution = 2;
	m->scale2 = m->remote = m->wrap = m->reporting = false;
	m->dx = m->dy = m->dz = 0;
	m->reported = m->buttons;
}

void ps2_mouse_reset(struct ps2_mouse *m)
{
	u8 buttons = m->buttons;

	*m = (struct ps2_mouse){.buttons = buttons};
	defaults(m);
}

static s32 clamp(s32 v, s32 low, s32 high)
{
	return v < low ? low : v > high ? high : v;
}

/* Scaling 2:1 applies to what a stream sends (IBM table "Scaling 2:1"). */
static s32 scaled(const struct ps2_mouse *m, s32 d)
{
	static const s32 small[6] = {0, 1, 1, 3, 6, 9};
	s32 size = d < 0 ? -d : d;

	if (!m->scale2 || m->remote)
		return d;
	size = size < 6 ? small[size] : 2 * size;
	return clamp(d < 0 ? -size : size, -256, 255);
}

static void packet(struct ps2_mouse *m)
{
	s32 x = clamp(m->dx, -256, 255), y = clamp(m->dy, -256, 255), z = clamp(m->dz, -8, 7);

	m->dx -= x;
	m->dy -= y;
	m->dz -= z;
	m->reported = m->buttons;
	x = scaled(m, x);
	y = scaled(m, y);
	m->last[0] = (u8)(8 | (m->buttons & 7) | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0));
	m->last[1] = (u8)x;
	m->last[2] = (u8)y;
	m->last[3] = m->id == 4 ? (u8)((z & 15) | (m->buttons & 0x18) << 1) : (u8)z;
	m->last_size = m->id ? 4 : 3;
	for (unsigned i = 0; i < m->last_size; i++)
		push(m, m->last[i]);
}

static void status(struct ps2_mouse *m)
{
	u8 b = m->buttons;

	push(m, (u8)((b & 4 ? 2 : 0) | (b & 1 ? 4 : 0) | (b & 2 ? 1 : 0) | (m->scale2 ? 0x10 : 0) |
		     (m->reporting ? 0x20 : 0) | (m->remote ? 0x40 : 0)));
	push(m, m->resolution);
	push(m, m->rate);
}

static void set_rate(struct ps2_mouse *m, u8 v)
{
	m->rate = v ? v : 1;
	m->knock[0] = m->knock[1];
	m->knock[1] = m->knock[2];
	m->knock[2] = v;
	if (m->knock[0] == 200 && m->knock[1] == 100 && v == 80)
		m->id = 3;
	else if (m->knock[0] == 200 && m->knock[1] == 200 && v == 80)
		m->id = 4;
}

static void parameter(struct ps2_mouse *m, u8 v)
{
	u8 cmd = m->expect;

	m->expect = 0;
	if (cmd == 0xf3)
		set_rate(m, v);
	else if (v < 4)
		m->resolution = v;
	else {
		push(m, ERROR);
		return;
	}
	push(m, ACK);
}

static void command(struct ps2_mouse *m, u8 v)
{
	m->count = 0; /* what was on its way is discarded */
	switch (v) {
	case 0xe6:
	case 0xe7:
		m->scale2 = v == 0xe7;
		push(m, ACK);
		break;
	case 0xe8:
	case 0xf3:
		m->expect = v;
		push(m, ACK);
		break;
	case 0xe9:
		push(m, ACK);
		status(m);
		break;
	case 0xea:
	case 0xf0:
		m->remote = v == 0xf0;
		m->dx = m->dy = m->dz = 0;
		push(m, ACK);
		break;
	case 0xeb:
		push(m, ACK);
		packet(m);
		break;
	case 0xec:
	case 0xee:
		m->wrap = v == 0xee;
		push(m, ACK);
		break;
	case 0xf2:
		push(m, ACK);
		push(m, m->id);
		break;
	case 0xf4:
	case 0xf5:
		m->reporting = v == 0xf4;
		m->dx = m->dy = m->dz = 0;
		push(m, ACK);
		break;
	case 0xf6:
		defaults(m);
		push(m, ACK);
		break;
	case 0xfe:
		for (unsigned i = 0; i < m->last_size; i++)
			push(m, m->last[i]);
		break;
	case 0xff:
		ps2_mouse_reset(m);
		push(m, ACK);
		push(m, BAT_OK);
		push(m, m->id);
		break;
	default:
		push(m, RESEND);
		break;
	}
}

void ps2_mouse_write(struct ps2_mouse *m, u8 v)
{
	if (m->wrap && v != 0xec && v != 0xff)
		push(m, v);
	else if (m->expect)
		parameter(m, v);
	else
		command(m, v);
}

bool ps2_mouse_take(struct ps2_mouse *m, u8 *v)
{
	if (!m->count)
		return false;
	*v = m->queue[m->head];
	m->head = (u8)((m->head + 1) % PS2_MOUSE_QUEUE);
	m->count--;
	return true;
}

void ps2_mouse_move(struct ps2_mouse *m, s32 dx, s32 dy, s32 dz, u8 buttons)
{
	/* An idle mouse counts no further than a few packets' worth. */
	m->dx = clamp(m->dx + clamp(dx, -4096, 4096), -4096, 4096);
	m->dy = clamp(m->dy + clamp(dy, -4096, 4096), -4096, 4096);
	m->dz = clamp(m->dz + clamp(dz, -256, 256), -256, 256);
	m->buttons = buttons & 31;
	if (!m->reporting && !m->remote)
		m->dx = m->dy = m->dz = 0;
	if (!m->id)
		m->dz = 0;
}

bool ps2_mouse_moved(const struct ps2_mouse *m)
{
	u8 seen = m->id == 4 ? 0x1f : 0x07;

	return m->reporting && !m->remote && !m->wrap &&
	       (m->dx || m->dy || m->dz || ((m->buttons ^ m->reported) & seen));
}

void ps2_mouse_sample(struct ps2_mouse *m)
{
	if (ps2_mouse_moved(m) && m->count <= PS2_MOUSE_QUEUE - 4)
		packet(m);
}
