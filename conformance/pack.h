/* SPDX-License-Identifier: MIT
 * Case packs (what the guest reads).
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
/* As pack_build(), for a guest that answers there and stops so. */
unsigned pack_build_for(const struct tlist *l, const u8 *select, enum pack_channel channel,
			enum pack_stop stop, struct buf *b);
extern const char *const pack_channels[PACK_CHANNELS], *const pack_stops[PACK_STOPS];

#endif
