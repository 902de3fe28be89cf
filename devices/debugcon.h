/* SPDX-License-Identifier: MIT
 * Debug console: one write-only byte port (E9h of Bochs, 402h of SeaBIOS) that
 * reads back E9h so that programs can find it.
 */
#ifndef DEVICES_DEBUGCON_H
#define DEVICES_DEBUGCON_H

#include "devices/pc.h"

struct debugcon {
	struct {
		struct pc_char backend;
	} wire;
};

u8 debugcon_in(void *chip, unsigned reg);
void debugcon_out(void *chip, unsigned reg, u8 v);

#endif
