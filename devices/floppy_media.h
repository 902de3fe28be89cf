/* SPDX-License-Identifier: MIT
 * Floppy disk formats by image size.
 */
#ifndef DEVICES_FLOPPY_MEDIA_H
#define DEVICES_FLOPPY_MEDIA_H

#include "refvmm/types.h"

struct floppy_media {
	u8 cylinders, heads, sectors;
	u8 cmos_type; /* drive that reads it: 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M */
};

/* Format of an image of so many 512-byte sectors.  A size that is no standard
 * format is the start of a 1.44M, else of a 2.88M disk; NULL when larger. */
const struct floppy_media *floppy_media_of(u64 sectors);

#endif
