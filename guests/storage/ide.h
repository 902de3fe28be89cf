/* SPDX-License-Identifier: MIT
 * An ATA channel for the storage programs.  They poll; the channel's interrupts
 * are counted, and let in only where a program asks for their number.
 */
#ifndef GUESTS_STORAGE_IDE_H
#define GUESTS_STORAGE_IDE_H

#include "guests/display/say.h"
#include "guests/lib/io.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS, CONTROL = 0x206 };
enum { BSY = 0x80, DRDY = 0x40, DRQ = 0x08, ERR = 0x01 };
enum { BM_COMMAND, BM_STATUS = 2, BM_TABLE = 4 };

/* Primary or secondary channel; unmasks its interrupt alone. */
void ide_open(bool secondary);
u8 ide_in(unsigned reg);
void ide_out(unsigned reg, u8 v);
u16 ide_in16(void);
void ide_out16(u16 v);
/* Wait until BSY is clear; the alternate status leaves the interrupt alone. */
u8 ide_wait(void);
/* The channel's interrupts since the last call. */
u32 ide_irq(void);
void ide_reset(void);
/* Registers and the command, then ide_wait(). */
u8 ide_command(u8 device, u32 address, u8 count, u8 code);
/* Take or give `n` words. */
void ide_take(u16 *to, u32 n);
void ide_give(const u16 *from, u32 n);

/* The bus master of the channel: find it and its ports.  False: none. */
bool bm_open(void);
u8 bm_in(unsigned reg);
void bm_out(unsigned reg, u8 v);
/* Descriptor `n` of the table. */
void bm_prd(u32 n, const void *at, u16 count, bool last);
void bm_start(bool to_memory);
/* Wait for the interrupt bit or the end of patience; the status. */
u8 bm_wait(void);

#endif
