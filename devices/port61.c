/* SPDX-License-Identifier: MIT
 * NMI status and control (61h), PIIX3 datasheet 290550 section 2.5.5: bits 0-3
 * read back, bit 4 toggles with every refresh (15.085 us, counter 1 in the
 * PC/AT), bit 5 is OUT of counter 2, bits 6-7 report NMI sources: none here.
 */
#include "devices/port61.h"

#define REFRESH_NS 15085u

void port61_reset(struct port61 *p)
{
	p->value = 0;
	i8254_gate(p->wire.timer, 2, false);
}

u8 port61_in(void *chip, unsigned reg)
{
	struct port61 *p = chip;
	bool refresh = clock_now(p->wire.clock) / REFRESH_NS & 1;

	return p->value | (refresh ? 0x10 : 0) | (i8254_output(p->wire.timer, 2) ? 0x20 : 0);
}

void port61_out(void *chip, unsigned reg, u8 v)
{
	struct port61 *p = chip;

	p->value = v & 0x0f;
	i8254_gate(p->wire.timer, 2, v & 1);
}
