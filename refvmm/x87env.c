/* SPDX-License-Identifier: MIT
 * See x87env.h.
 */
#include "refvmm/x87env.h"

#include "refvmm/monstring.h"

void x87env_hide_pointers(u8 *image, u32 size, bool protected)
{
	switch (size) {
	case 14:
	case 94: /* control, status, tag; IP, CS or opcode, DP, DS */
		mon_set(image + 6, 0, 8);
		break;
	case 28:
	case 108:
		mon_set(image + 12, 0, 16);
		if (protected) {
			/* IP; CS and opcode; DP; DS with an unused half. */
			mon_set(image + 26, 0xff, 2);
		} else {
			/* The low half of a pointer, its other half unused;
			 * then the high half, with the opcode for IP. */
			mon_set(image + 14, 0xff, 2);
			mon_set(image + 22, 0xff, 2);
		}
		break;
	case 512: /* FOP, FIP, FCS; reserved; FDP, FDS */
		mon_set(image + 6, 0, 8);
		mon_set(image + 16, 0, 6);
		break;
	}
}
