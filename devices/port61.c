/* SPDX-License-Identifier: MIT
 * NMI status and control (61h), PIIX3 datasheet 290550 section 2.5.5: bits 0-3
 * read back, bit 4 toggles with every refresh (15.085 us, counter 1 in the
 * PC/AT), bit 5 is OUT of counter 2, bit 6 says that IOCHK# was seen while bit 3
 * allowed it; writing 1 to bit 3 clears it.  Nothing on the board drives SERR#,
 * so bit 7 is 0.  NMI is the status behind the mask in port 70h; the processor
 * looks at its rising edge.
 */
#include "devices/port61.h"

#define REFRESH_NS    15085u
#define IOCHK_DISABLE 0x08u
#define IOCHK_STATUS  0x40u

static void update(struct port61 *p)
{
	line_set(&p->wire.nmi, p->iochk && !p->masked);
}

void port61_reset(struct port61 *p)
{
	p->value = 0;
	p->iochk = false;
	p->masked = true;
	update(p);
	i8254_gate(p->wire.timer, 2, false);
}

u8 port61_in(void *chip, unsigned reg)
{
	struct port61 *p = chip;
	bool refresh = clock_now(p->wire.clock) / REFRESH_NS & 1;

	return p->value | (refresh ? 0x10 : 0) | (i8254_output(p->wire.timer, 2) ? 0x20 : 0) |
	       (p->iochk ? IOCHK_STATUS : 0);
}

void port61_out(void *chip, unsigned reg, u8 v)
{
	struct port61 *p = chip;

	p->value = v & 0x0f;
	i8254_gate(p->wire.timer, 2, v & 1);
	if (v & IOCHK_DISABLE)
		p->iochk = false;
	update(p);
}

void port61_iochk(struct port61 *p)
{
	if (!(p->value & IOCHK_DISABLE))
		p->iochk = true;
	update(p);
}

void port61_mask(void *chip, unsigned n, bool masked)
{
	struct port61 *p = chip;

	p->masked = masked;
	update(p);
}
