/* SPDX-License-Identifier: MIT
 * What a BIOS keeps at the bottom of memory: the vector table and its data area at 400h (IBM
 * PC/AT Technical Reference, ROM BIOS).  The runtime has vectors of its own there.
 */
#include "guests/proof/runtime.h"

u8 firmware[FIRMWARE_BYTES];

/* Address 0 is the vector table, not NULL. */
static u8 *bottom(void)
{
	u8 *p = NULL;

	__asm__("" : "+r"(p));
	return p;
}

void firmware_save(void)
{
	const u8 *from = bottom();
	u32 i;

	for (i = 0; i < FIRMWARE_BYTES; i++)
		firmware[i] = from[i];
}

void firmware_swap(void)
{
	volatile u8 *low = bottom();
	u32 i;

	for (i = 0; i < FIRMWARE_BYTES; i++) {
		u8 was = low[i];

		low[i] = firmware[i];
		firmware[i] = was;
	}
}
