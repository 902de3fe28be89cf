/* SPDX-License-Identifier: MIT
 * The disk or floppy that our loader was booted from, through the BIOS: whatever it hangs on
 * (USB, AHCI, SCSI, a floppy controller), who could boot from it can write to it.
 * Ralf Brown's Interrupt List: INT 13/AH=00h, 02h, 03h, 42h, 43h.
 */
#include "guests/lib/recordarea.h"
#include "guests/proof/diskchannel.h"
#include "guests/proof/runtime.h"

/* biosdisk.asm */
#define CODE_AT   (REAL_BASE + 0xc00u)
#define PACKET_AT (REAL_BASE + 0x1c00u)
#define BUFFER_AT (REAL_BASE + 0x2000u) /* a sector, in one 64 KiB for DMA */

enum { RESET = 0x00, READ = 0x02, WRITE = 0x03, EXTENDED = 0x40, TRIES = 4 };

extern const u8 biosdisk_image[], biosdisk_image_end[];

struct request {
	u16 ax, bx, cx, dx, si, carry;
	u8 masks[2];
};

static struct boot_told told;

static bool int13(struct request *q)
{
	volatile struct request *at = (volatile struct request *)CODE_AT;
	u8 *to = (u8 *)CODE_AT;
	u32 i;

	for (i = 0; i < (u32)biosdisk_image_end - (u32)biosdisk_image; i++)
		to[i] = biosdisk_image[i];
	*at = *q;
	at->masks[0] = told.pic[0];
	at->masks[1] = told.pic[1];
	firmware_swap();
	run_bios();
	firmware_swap();
	*q = *at;
	return !q->carry;
}

static void extended(struct request *q, u8 function, u32 lba)
{
	struct packet {
		u8 size, zero;
		u16 count, offset, segment;
		u32 lba, lba_high;
	} *p = (struct packet *)PACKET_AT;

	*p = (struct packet){16, 0, 1, BUFFER_AT - REAL_BASE, REAL_BASE >> 4, lba, 0};
	q->ax = (u16)((EXTENDED | function) << 8); /* AL 0: write without verifying */
	q->si = PACKET_AT - REAL_BASE;
}

static void by_geometry(struct request *q, u8 function, u32 lba)
{
	u32 track = lba / told.sectors, cylinder = track / told.heads;

	q->ax = (u16)(function << 8 | 1);
	q->bx = BUFFER_AT - REAL_BASE;
	q->cx = (u16)((cylinder & 0xff) << 8 | (cylinder >> 8 & 3) << 6 | (lba % told.sectors + 1));
	q->dx = (u16)(q->dx | (track % told.heads) << 8);
}

static bool transfer(u8 function, u32 lba)
{
	unsigned i;

	for (i = 0; i < TRIES; i++) {
		struct request q = {.dx = told.drive}, reset = {.ax = RESET, .dx = told.drive};

		if (told.extended)
			extended(&q, function, lba);
		else
			by_geometry(&q, function, lba);
		if (int13(&q))
			return true;
		int13(&reset);
	}
	return false;
}

static bool read_sector(u32 lba, u8 *to)
{
	const u8 *buffer = (const u8 *)BUFFER_AT;
	unsigned i;

	if (!transfer(READ, lba))
		return false;
	for (i = 0; i < SECTOR; i++)
		to[i] = buffer[i];
	return true;
}

static bool write_sector(u32 lba, const u8 *from)
{
	u8 *buffer = (u8 *)BUFFER_AT;
	unsigned i;

	for (i = 0; i < SECTOR; i++)
		buffer[i] = from[i];
	return transfer(WRITE, lba);
}

/* INT 13h comes back when the sector has been written. */
static void flush(void)
{
}

bool biosdisk_open(struct disk *d)
{
	const u8 *loader = (const u8 *)(LOADER_AT + 512 * PARAMS_LBA + PARAMS_AT);
	const struct boot_params *b = (const void *)loader;

	/* Behind another loader, Multiboot's, nothing of ours lies there. */
	if (loader[0] != 'V' || loader[1] != 'M' || loader[2] != 'P' || loader[3] != 'L' ||
	    !b->area_lba)
		return false;
	told = *(const struct boot_told *)(b + 1);
	if (!told.extended && (!told.sectors || !told.heads))
		return false;
	*d = (struct disk){"bios", read_sector, write_sector, flush};
	return true;
}
