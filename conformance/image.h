/* SPDX-License-Identifier: MIT
 * Bootable media around a blob (runtime and case pack), all from one build.
 */
#ifndef CONFORMANCE_IMAGE_H
#define CONFORMANCE_IMAGE_H

#include "conformance/pack.h"

enum medium {
	MEDIUM_FLOPPY,
	MEDIUM_DISK,
	MEDIUM_MULTIBOOT,
	MEDIUM_ISO,
	MEDIUM_VHD,
	MEDIUM_VMDK,
	MEDIUM_COUNT
};
extern const char *const medium_names[MEDIUM_COUNT];

/* The loader is BOOT_BYTES long, the blob follows it on floppies and disks. */
#define BOOT_BYTES 4096u

/* True for media that have room for a record area: disks, and floppies, which have what is
 * left of them. */
bool image_has_area(enum medium m);

/* An image of this medium from the boot loader and the blob, with a record area
 * of this many sectors (0: none; guests/lib/recordarea.h).  MEDIUM_VMDK gives the
 * extent, see image_vmdk().  NULL, or why it cannot be made. */
const char *image_build(enum medium m, const struct buf *boot, const struct buf *blob,
			u32 area_sectors, struct buf *out);

/* image_iso.c: the same for a CD. */
const char *image_iso(const struct buf *boot, const struct buf *blob, struct buf *out);
/* image_vhd.c: append the footer that makes a disk a fixed VHD; `id` names it. */
void image_vhd(u32 id, struct buf *out);
/* image_vhd.c: the text file that makes a disk of this many bytes, in the file
 * `extent` beside it, a flat VMDK. */
void image_vmdk(size_t bytes, u32 id, const char *extent, struct buf *out);

/* Where the loader keeps its parameters (struct boot_params), or NULL. */
struct boot_params *image_params(const struct buf *image);
/* The byte of the first sector that tells the loader that it is on a CD. */
#define BOOT_CD_FLAG 0x1b4u

#endif
