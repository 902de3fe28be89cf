/* SPDX-License-Identifier: MIT
 * Firmware configuration device: how SeaBIOS learns what CMOS cannot say.
 */
#ifndef DEVICES_FWCFG_H
#define DEVICES_FWCFG_H

#include "refvmm/types.h"

struct fwcfg {
	u16 select;
	u32 offset;
	u64 ram_size;
};

/* Ports 510h (selector, 16 bits) and 511h (data, one byte per read). */
u32 fwcfg_in(void *chip, unsigned reg, unsigned size);
void fwcfg_out(void *chip, unsigned reg, u32 v, unsigned size);

#endif
