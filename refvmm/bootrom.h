/* SPDX-License-Identifier: MIT
 * The option ROM that starts a kernel, and the firmware configuration items it
 * loads it from.
 */
#ifndef REFVMM_BOOTROM_H
#define REFVMM_BOOTROM_H

#include "devices/pc.h"
#include "refvmm/load.h"

#define BOOTROM_SIZE 2048u

struct bootrom {
	u8 image[BOOTROM_SIZE];
	struct pc_item item[BOOT_BLOCKS + 1];
	unsigned n_items;
};

/* Fill `out` for a plan, which has to outlive it. */
void bootrom_build(const struct boot_plan *plan, struct bootrom *out);

#endif
