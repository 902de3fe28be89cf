/* SPDX-License-Identifier: MIT
 * Between the files of the ATA disk: what a command does (ata_disk.c), how its
 * sectors move (ata_transfer.c).
 */
#ifndef DEVICES_ATA_H
#define DEVICES_ATA_H

#include "devices/ide.h"

#define ATA_WORK_TIME 10000u /* ns of BSY before a command or block is ready */

enum ata_way { ATA_PIO, ATA_PIO_MULTIPLE, ATA_DMA };

/* End the command; error 0: it succeeded. */
void ata_finish(struct ide_drive *d, u8 error);
/* Does the command use 48-bit addresses? */
bool ata_is_ext(u8 command);
/* First sector the task file names; false when it is not on the disk. */
bool ata_first_sector(const struct ide_drive *d, u64 *lba);
u32 ata_sector_count(const struct ide_drive *d);
/* Leave the address of sector `lba` in the task file. */
void ata_put_address(struct ide_drive *d, u64 lba);

void ata_transfer(struct ide_drive *d, bool writing, enum ata_way way);
/* The next block of a transfer is due; the host moved a block; the bus master
 * runs. */
void ata_next_block(struct ide_drive *d);
void ata_block_done(struct ide_drive *d);
void ata_dma(struct ide_drive *d);

#endif
