/* SPDX-License-Identifier: MIT
 * Debug console, see debugcon.h.  A back end that takes nothing loses the byte,
 * as a printer without paper would: the port has no flow control.
 */
#include "devices/debugcon.h"

u8 debugcon_in(void *chip, unsigned reg)
{
	return 0xe9;
}

void debugcon_out(void *chip, unsigned reg, u8 v)
{
	struct debugcon *d = chip;

	if (d->wire.backend.write)
		d->wire.backend.write(d->wire.backend.arg, &v, 1);
}
