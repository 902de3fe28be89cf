/* SPDX-License-Identifier: MIT
 * Does the A20 gate mask address bit 20 (PC/AT Technical Reference, keyboard
 * controller output port bit 1; PIIX3 data sheet 290550, port 92h bit 1)?  The runtime
 * lies at odd megabytes: a copy of the look runs at an even one, with interrupts off.
 */
#include "guests/proof/dev.h"

extern u8 a20_look[], a20_look_end[];

#define LOOK_COPY 0x88000u

u8 dev_a20(u16 port)
{
	u8 *to = (u8 *)LOOK_COPY;
	u32 i, kbc = port != 0x92, seen;

	for (i = 0; i < (u32)a20_look_end - (u32)a20_look; i++)
		to[i] = a20_look[i];
	/* EDI and the copy lie in [88000, 89000), whose alias at 188000 is the pack's
	 * or nobody's: it is put back. */
	__asm__ volatile("movl $1f, %%ebx\n\tjmp *%2\n1:"
			 : "=a"(seen), "+S"(kbc)
			 : "r"(to)
			 : "ebx", "ecx", "edx", "edi", "cc", "memory");
	return (u8)seen;
}
