/* SPDX-License-Identifier: MIT
 * Ways for a guest to end its virtual machine: port F4h with a code (QEMU's
 * isa-debug-exit) and the word "Shutdown" on port 8900h (Bochs).
 */
#ifndef DEVICES_EXITPORT_H
#define DEVICES_EXITPORT_H

#include "devices/pc.h"

struct exitport {
	u8 matched; /* characters of "Shutdown" seen in a row */
	struct {
		void (*stop)(void *host, enum pc_stop why, int code, const char *text);
		void *host;
	} wire;
};

/* Port F4h, any size; reads give all ones. */
u32 exitport_in(void *chip, unsigned reg, unsigned size);
void exitport_out(void *chip, unsigned reg, u32 v, unsigned size);
/* Port 8900h. */
u8 exitport_shutdown_in(void *chip, unsigned reg);
void exitport_shutdown_out(void *chip, unsigned reg, u8 v);

#endif
