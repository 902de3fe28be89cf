/* SPDX-License-Identifier: MIT
 * POST code display, see post80.h.
 */
#include "devices/post80.h"

u8 post80_in(void *chip, unsigned reg)
{
	struct post80 *p = chip;

	return p->code;
}

void post80_out(void *chip, unsigned reg, u8 v)
{
	struct post80 *p = chip;

	p->code = v;
	p->writes++;
}
