/* SPDX-License-Identifier: MIT
 * Two 8237A DMA controllers and the page registers of the PC/AT.
 */
#ifndef DEVICES_I8237_H
#define DEVICES_I8237_H

#include "refvmm/types.h"

struct i8237_chan {
	u16 base_addr, base_count, addr, count;
	u8 mode;
};

struct i8237_chip {
	struct i8237_chan chan[4];
	u8 command, status, request, mask, temp;
	bool flipflop; /* next access is the high byte */
};

struct i8237 {
	struct i8237_chip chip[2]; /* 0: channels 0-3, bytes; 1: 4-7, words */
	u8 page[16];               /* ports 80h-8Fh; 80h belongs to post80.c */
	struct {
		void (*mem_read)(void *host, u32 phys, void *dst, u32 size);
		void (*mem_write)(void *host, u32 phys, const void *src, u32 size);
		void *host;
	} wire;
};

void i8237_reset(struct i8237 *d);

/* A device on channel `chan` (0-3, 5-7) asserts DREQ and moves up to n bytes
 * (n even on 5-7); to_memory is the device's direction.  Returns the bytes
 * moved: 0 when the channel is masked, disabled or programmed the other way.
 * *tc tells that the terminal count was reached. */
u32 i8237_transfer(struct i8237 *d, unsigned chan, u8 *buf, u32 n, bool to_memory, bool *tc);

/* reg 0-15 of the byte controller, 16-31 of the word controller. */
u8 i8237_in(void *chip, unsigned reg);
void i8237_out(void *chip, unsigned reg, u8 v);
u8 i8237_page_in(void *chip, unsigned reg);
void i8237_page_out(void *chip, unsigned reg, u8 v);

#endif
