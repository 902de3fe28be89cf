/* SPDX-License-Identifier: MIT
 * System control port A: see port92.h for the source.
 */
#include "devices/port92.h"

u8 port92_in(void *chip, unsigned reg)
{
	struct port92 *p = chip;

	return p->value;
}

void port92_out(void *chip, unsigned reg, u8 v)
{
	struct port92 *p = chip;
	bool reset = (v & 1) && !(p->value & 1);

	p->value = v & 3;
	line_set(&p->wire.a20, v & 2);
	if (reset)
		line_set(&p->wire.reset, true);
}
