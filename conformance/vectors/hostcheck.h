/* SPDX-License-Identifier: MIT
 * What is known about the tests of a set beside what is in them: HOST_CHECK.tsv.gz
 * (file, index, hash, what an IA-32 host does) and revocation_list.txt (hashes of
 * withdrawn tests).
 */
#ifndef CONFORMANCE_VECTORS_HOSTCHECK_H
#define CONFORMANCE_VECTORS_HOSTCHECK_H

#include <stdbool.h>

#include "refvmm/types.h"

enum host_result {
	HOST_UNKNOWN, /* not in the list */
	HOST_OK,      /* the same state */
	HOST_EXC_OK,  /* the same exception */
	HOST_UNDEF,   /* only flags differ, those of the mask, all of them undefined */
	HOST_SS,      /* #GP there, #SS on the host */
	HOST_CS,      /* the host's harness could not store through CS */
};

struct host_row {
	char file[24];
	u32 index;
	u8 hash[20];
	u8 result; /* enum host_result */
	u32 mask;  /* HOST_UNDEF: flags that the host has the other way round */
};

struct hostcheck {
	struct host_row *row; /* in the order of the list: by file, then by index */
	u32 n;
	u8 (*revoked)[20];
	u32 n_revoked;
};

/* Read both from `dir`; a file that is not there is an empty list.  False: `why`, a
 * buffer of 200 bytes, says what is wrong with one. */
bool hostcheck_load(struct hostcheck *h, const char *dir, char *why);
void hostcheck_free(struct hostcheck *h);
/* The row of a test, NULL: none.  A row of another hash is no row. */
const struct host_row *hostcheck_find(const struct hostcheck *h, const char *file, u32 index,
				      const u8 hash[20]);
bool hostcheck_revoked(const struct hostcheck *h, const u8 hash[20]);

#endif
