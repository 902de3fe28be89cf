/* SPDX-License-Identifier: MIT
 * NMI status and control (61h), PIIX3 datasheet 290550 section 2.5.5: bits 0-3
 * read back, bit 4 toggles with every refresh (15.085 us, counter 1 in the
 * PC/AT), bit 5 is OUT of counter 2, bit 6 says that IOCHK# was seen while bit 3
 * allowed it; writing 1 to bit 3 clears it.  Nothing on the board drives SERR#,
 * so bit 7 is 0.  NMI is the status behind the mask in port 70h; the processor
 * looks at its rising edge.
 */
#include "devices/port61.h"

#define REFRESH_NS 15085u
/* That many looks so close together are a loop that waits, and a longer pause in one was
 * the host's. */
#define ROUNDS        16u
#define WAITING_NS    50000u
#define AWAY_NS       200000u
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
	p->out = false;
	p->looked = 0;
	p->rounds = 0;
	update(p);
	i8254_gate(p->wire.timer, 2, false);
}

/* Guests learn the speed of the TSC in a loop that reads it and then looks at OUT until
 * the count is over, and sort out measurements that were disturbed by the longest of its
 * rounds.  Where the host runs another process during the last look, the count is over
 * when that comes back, but the TSC was last read long before: the round is none, and the
 * TSC seems slow (Linux believed 80 MHz).  So such a look is answered as of before the
 * pause, the next sees OUT: one more round, which the guest sorts out.  A look behind a new
 * count, control word or GATE is none of such a loop. */
static bool look(struct port61 *p, u64 now)
{
	u64 away = now - p->looked;
	bool out = i8254_output(p->wire.timer, 2);

	if (p->touched != p->wire.timer->touched)
		p->rounds = 0;
	p->touched = p->wire.timer->touched;
	if (out && !p->out && p->rounds >= ROUNDS && away > AWAY_NS)
		out = false;
	p->out = out;
	p->looked = now;
	p->rounds = away >= WAITING_NS ? 0 : p->rounds < ROUNDS ? p->rounds + 1 : ROUNDS;
	return out;
}

u8 port61_in(void *chip, unsigned reg)
{
	struct port61 *p = chip;
	u64 now = clock_now(p->wire.clock);
	bool refresh = now / REFRESH_NS & 1;

	return p->value | (refresh ? 0x10 : 0) | (look(p, now) ? 0x20 : 0) |
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
