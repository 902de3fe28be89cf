/* SPDX-License-Identifier: MIT
 * PIIX3 south bridge: ISA bridge and IDE configuration, reset control.
 */
#ifndef DEVICES_PIIX3_H
#define DEVICES_PIIX3_H

#include "devices/line.h"
#include "devices/pci.h"

enum { PIIX3_BMIBA = 0x20 }; /* I/O base of the bus master */

struct piix3 {
	struct pci_function isa, ide;
	u8 reset_control; /* port CF9h */
	struct {
		struct line reset;
	} wire;
};

void piix3_init(struct piix3 *p);
void piix3_reset(struct piix3 *p);

/* Reset control register, port CF9h. */
u8 piix3_rc_in(void *chip, unsigned reg);
void piix3_rc_out(void *chip, unsigned reg, u8 v);

#endif
