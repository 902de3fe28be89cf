/* SPDX-License-Identifier: MIT
 * The area of a disk that takes records from guests without another channel
 * (conformance/protocol.md, "Record area").  Shared by the guest that writes it,
 * the writer of images and the host's reader.
 */
#ifndef GUESTS_LIB_RECORDAREA_H
#define GUESTS_LIB_RECORDAREA_H

#include "refvmm/types.h"

/* Sector 1 of every medium of ours, from its byte PARAMS_AT on. */
#define PARAMS_LBA 1u
#define PARAMS_AT  4u

struct boot_params {
	char magic[4];    /* VMPL */
	u32 blob_sectors; /* behind the loader, from sector 8 */
	u32 area_lba;     /* first sector of the record area; 0: none */
	u32 area_sectors; /* its size, the header included */
	u32 cd_lba;       /* of the blob in sectors of 2,048 bytes; 0: no CD */
};

/* Behind it in memory, where the loader ran: what it knows of the drive it was booted
 * from, for guests that have to use the BIOS. */
#define LOADER_AT 0x7c00u
struct boot_told {
	u16 sectors, heads; /* geometry */
	u8 extended;        /* INT 13h AH=42h and 43h */
	u8 drive;           /* DL */
	u8 pic[2];          /* masks of the 8259s, as the firmware had them */
};

/* The area: one header sector, then text up to the first NUL byte. */
#define AREA_MAGIC "VMPROOF RECORDS 1\n"

#endif
