/* SPDX-License-Identifier: MIT
 * The record area of a disk image (conformance/protocol.md): where guests without
 * another channel answer.
 */
#ifndef HARNESS_AREA_H
#define HARNESS_AREA_H

#include <stdbool.h>
#include <sys/types.h>

struct area {
	const char *disk, *out; /* image; file that gets the text */
	off_t at, end;          /* next byte of text, end of the area; 0 before area_find() */
};

/* Find the area of a->disk: NULL, or why there is none. */
const char *area_find(struct area *a);
/* Append to a->out what the guest has written since the last call; false when a
 * file cannot be read or written. */
bool area_follow(struct area *a);
/* Write the whole text to a->out anew, which must be found already. */
bool area_whole(struct area *a);

#endif
