/* SPDX-License-Identifier: MIT
 * Case packs (what the guest reads) and bootable images around them.
 */
#ifndef CONFORMANCE_PACK_H
#define CONFORMANCE_PACK_H

#include "conformance/tcase.h"

struct buf {
	u8 *p;
	size_t n, cap;
};
void buf_add(struct buf *b, const void *data, size_t n);
void buf_free(struct buf *b);

/* CRC-32 over the records of all cases: names the mapping from id to case. */
u32 pack_digest(const struct tlist *l);
/* The pack of the cases whose select[id] is set (NULL: all); `b` is appended
 * to.  Returns how many cases it holds. */
unsigned pack_build(const struct tlist *l, const u8 *select, struct buf *b);

enum medium { MEDIUM_FLOPPY, MEDIUM_DISK, MEDIUM_MULTIBOOT, MEDIUM_COUNT };
extern const char *const medium_names[MEDIUM_COUNT];

/* An image of this medium from the boot loader (4 KiB) and blob + pack; NULL or
 * why it cannot be made. */
const char *image_build(enum medium m, const struct buf *boot, const struct buf *blob,
			struct buf *out);

#endif
