/* SPDX-License-Identifier: MIT
 * POST code display at port 80h.  In the PC/AT the port is an unused DMA page
 * register, so it reads back what was written.
 */
#ifndef DEVICES_POST80_H
#define DEVICES_POST80_H

#include "refvmm/types.h"

struct post80 {
	u8 code;
	u64 writes; /* also the classic I/O delay of PC software */
};

u8 post80_in(void *chip, unsigned reg);
void post80_out(void *chip, unsigned reg, u8 v);

#endif
