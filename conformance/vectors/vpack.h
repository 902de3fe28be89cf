/* SPDX-License-Identifier: MIT
 * What the image of vectors and its guest (guests/vectors) agree on: the pack behind
 * the blob, and the payload of a result.  Little-endian, no padding between records.
 */
#ifndef CONFORMANCE_VECTORS_VPACK_H
#define CONFORMANCE_VECTORS_VPACK_H

#include "refvmm/types.h"

#define VPACK_MAGIC 0x4b505656u /* VVPK */

struct vpack_header {
	u32 magic;
	u32 size; /* of the whole pack */
	u32 count, digest;
	u32 crc; /* of what follows */
};

/* ORDER gpr, ORDER sreg (refvmm/vcpu.h), by number: the guest knows no vcpu. */
struct vpack_record {
	u32 id;
	u16 slot;    /* page for the trampoline: none of the test's */
	u16 n_pages; /* of the test, sorted */
	u16 n_runs;  /* of memory before */
	u16 n_patches;
	u32 gpr[8], eip, eflags;
	u16 sel[6];
	/* u16 page[n_pages];
	 * struct vpack_patch patch[n_patches];
	 * n_runs of { u32 address | bytes << 24; u8 byte[bytes] } */
} __attribute__((packed));

/* A jump into the trampoline in place of the HLT that would end the test. */
struct vpack_patch {
	u32 address;
	u8 end; /* END_HLT or END_NEXT */
} __attribute__((packed));
#define PATCH_BYTES 5u /* EA, offset, segment */

/* How a test ended: a vector, or one of these. */
enum { END_OTHER_VECTOR = 32, END_NEXT = 0xfe, END_HLT = 0xff };

/* Payload of a result, in hex: this, then runs as above of the bytes of the test's
 * pages that changed; a run of 0 bytes means "and more". */
struct vpack_result {
	u8 end;
	u32 eflags, gpr[8];
	u32 stray;  /* the first byte outside its pages that changed, 0: none */
	u16 sel[6]; /* CS: not seen */
} __attribute__((packed));

#define VPACK_LOW_END  0xa0000u  /* memory of a PC that a test may use: up to here, */
#define VPACK_HIGH     0x100000u /* and from here */
#define VPACK_HIGH_END 0x10fff0u /* to here */
#define VPACK_PAGES    48u

#endif
