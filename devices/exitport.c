/* SPDX-License-Identifier: MIT
 * Exit ports, see exitport.h.  Sources: QEMU documentation of isa-debug-exit
 * (status (n << 1) | 1); Bochs user manual, "unmapped" device, port 8900h.
 */
#include "devices/exitport.h"

u32 exitport_in(void *chip, unsigned reg, unsigned size)
{
	return ~0u;
}

void exitport_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct exitport *e = chip;

	e->wire.stop(e->wire.host, PC_STOP_EXIT_PORT, (int)((v << 1 | 1) & 0x7fffffff),
		     "exit port");
}

u8 exitport_shutdown_in(void *chip, unsigned reg)
{
	return 0xff;
}

void exitport_shutdown_out(void *chip, unsigned reg, u8 v)
{
	static const char word[] = "Shutdown";
	struct exitport *e = chip;

	if (v != (u8)word[e->matched])
		e->matched = 0; /* 'S' occurs only at the start */
	if (v == (u8)word[e->matched])
		e->matched++;
	if (e->matched < sizeof word - 1)
		return;
	e->matched = 0;
	e->wire.stop(e->wire.host, PC_STOP_SHUTDOWN, 0, "Shutdown on port 0x8900");
}
