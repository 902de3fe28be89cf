/* SPDX-License-Identifier: MIT
 * Firmware configuration device: how SeaBIOS learns what CMOS cannot say, and
 * where the kernel loader gets its kernel from.
 */
#ifndef DEVICES_FWCFG_H
#define DEVICES_FWCFG_H

#include "refvmm/types.h"

#define FWCFG_ITEMS 80u
#define FWCFG_FILES 16u

struct fwcfg {
	u16 select;
	u32 offset;
	u32 dma_high; /* upper half of the DMA descriptor's address */
	struct {
		/* Guest physical memory, for DMA. */
		void (*mem_read)(void *host, u32 phys, void *dst, u32 size);
		void (*mem_write)(void *host, u32 phys, const void *src, u32 size);
		void *host;
		/* A file is about to be read: the last moment to bring it up to date. */
		void (*refresh)(void *arg);
		void *refresh_arg;
		/* What there is to read; set up once. */
		struct fwcfg_item {
			const u8 *data;
			u32 size;
			u16 select;
		} item[FWCFG_ITEMS];
		unsigned items, files;
		u8 directory[4 + 64 * FWCFG_FILES];
		u8 ram_size[8], e820[20];
	} wire;
};

/* The items every machine has; `ram_size` in bytes. */
void fwcfg_init(struct fwcfg *f, u64 ram_size);
void fwcfg_reset(struct fwcfg *f);
/* Add an item under its number, or a file under its name (at most 55 characters).
 * `data` is not copied.  False when there is no room. */
bool fwcfg_add(struct fwcfg *f, u16 select, const void *data, u32 size);
bool fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, u32 size);

/* Ports 510h (selector, 16 bits) and 511h (data, one byte per read). */
u32 fwcfg_in(void *chip, unsigned reg, unsigned size);
void fwcfg_out(void *chip, unsigned reg, u32 v, unsigned size);
/* Ports 514h-51Bh: address of a DMA descriptor, big-endian; writing its lower
 * half starts the transfer. */
u32 fwcfg_dma_in(void *chip, unsigned reg, unsigned size);
void fwcfg_dma_out(void *chip, unsigned reg, u32 v, unsigned size);

#endif
