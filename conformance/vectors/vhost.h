/* SPDX-License-Identifier: MIT
 * Vectors inside a guest: which fit, their records, and judging what came back.
 */
#ifndef CONFORMANCE_VECTORS_VHOST_H
#define CONFORMANCE_VECTORS_VHOST_H

#include "conformance/pack.h"
#include "conformance/vectors/judge.h"
#include "conformance/vectors/vpack.h"
#include "conformance/vectors/vset.h"

#define VHOST_RAM 0x200000u /* of the buffer that vguest_judge() wants, all zero */

struct vguest {
	u32 id;
	struct expectation e;
	struct moo_test test; /* final memory: with the exception frame, where there is one */
	u32 page[VPACK_PAGES], n_pages, slot;
	struct vpack_patch patch[2];
	u32 n_patches;
	u8 vector; /* how it has to end, as vpack_result.end */
	u8 frame[30];
};

/* NULL, or why the test does not run in a guest.  *v has to live on; *g may not be
 * moved. */
const char *vguest_make(struct vguest *g, const struct vset_test *v);
void vguest_pack(const struct vguest *g, struct buf *b);
/* Judge a payload of the result protocol; ram is zero again afterwards. */
void vguest_judge(const struct vguest *g, const char *payload, u8 *ram, struct outcome *o);

#endif
