/* SPDX-License-Identifier: MIT
 * Bus master of one IDE channel, as in the PIIX3.
 */
#ifndef DEVICES_IDE_BUSMASTER_H
#define DEVICES_IDE_BUSMASTER_H

#include "devices/ide.h"
#include "devices/pci.h"

#define BUSMASTER_PORTS 16u /* both channels */

struct busmaster {
	u8 command, status;
	u32 table;      /* descriptor table pointer register */
	u32 next;       /* address of the next descriptor */
	u32 at, left;   /* rest of the memory region of the current one */
	bool last;      /* it was the last of the table */
	bool irq_level; /* of the channel, to see it rise */
	struct {
		struct ide *channel;
		const struct pci_function *fn; /* its command register gates the bus */
		void (*mem_read)(void *host, u32 phys, void *dst, u32 size);
		void (*mem_write)(void *host, u32 phys, const void *src, u32 size);
		void *host;
	} wire;
};

void busmaster_reset(struct busmaster *b);

/* Registers of two channels, `chip` is the first of two struct busmaster; reg
 * 0-15, size 1, 2 or 4. */
u32 busmaster_in(void *chip, unsigned reg, unsigned size);
void busmaster_out(void *chip, unsigned reg, u32 v, unsigned size);

/* Started, allowed on the bus, and with memory left to fill? */
bool busmaster_active(const struct busmaster *b);
/* Move `n` bytes between a device and the memory the table names; returns how
 * many, fewer than `n` when the table ended. */
u32 busmaster_move(struct busmaster *b, u8 *buf, u32 n, bool to_memory);
/* The channel's interrupt line. */
void busmaster_irq(struct busmaster *b, bool level);

#endif
