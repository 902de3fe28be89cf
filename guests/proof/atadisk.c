/* SPDX-License-Identifier: MIT
 * Disks on the two ATA channels of a PC, polled PIO.
 * ATA/ATAPI-6: registers section 7, IDENTIFY DEVICE ECh, READ SECTOR(S) 20h,
 * WRITE SECTOR(S) 30h, FLUSH CACHE E7h section 8.
 */
#include "guests/lib/io.h"
#include "guests/proof/diskchannel.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS, CONTROL = 0x206 };
enum { BSY = 0x80, DF = 0x20, DRQ = 0x08, ERR = 0x01 };

#define PATIENCE 4000000u /* status reads; a second and more everywhere */

static u16 base;
static u8 device;

static void pause_400ns(void)
{
	for (unsigned i = 0; i < 4; i++)
		inb((u16)(base + CONTROL));
}

/* True when BSY went away and, if asked for, data may be moved. */
static bool ready(u8 want)
{
	u32 n;
	u8 s;

	pause_400ns();
	for (n = 0; n < PATIENCE; n++) {
		s = inb((u16)(base + STATUS));
		if (s == 0xff)
			return false; /* nobody drives the bus */
		if (s & BSY)
			continue;
		if (s & (ERR | DF))
			return false;
		if ((s & want) == want)
			return true;
	}
	return false;
}

static void command(u32 lba, u8 code)
{
	outb((u16)(base + CONTROL), 0x02); /* nIEN: no interrupts */
	outb((u16)(base + DEVICE), (u8)(device | 0x40 | (lba >> 24 & 15)));
	pause_400ns();
	outb((u16)(base + COUNT), 1);
	outb((u16)(base + LBA0), (u8)lba);
	outb((u16)(base + LBA1), (u8)(lba >> 8));
	outb((u16)(base + LBA2), (u8)(lba >> 16));
	outb((u16)(base + STATUS), code);
}

static bool take(void *to)
{
	u32 n = SECTOR / 2;

	if (!ready(DRQ))
		return false;
	__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(base) : "memory");
	return true;
}

static bool read_sector(u32 lba, u8 *to)
{
	command(lba, 0x20);
	return take(to);
}

static bool write_sector(u32 lba, const u8 *from)
{
	u32 n = SECTOR / 2;

	command(lba, 0x30);
	if (!ready(DRQ))
		return false;
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(base) : "memory");
	return ready(0);
}

static void flush(void)
{
	command(0, 0xe7);
	ready(0);
}

bool atadisk_open(unsigned n, struct disk *d)
{
	static const u16 bases[2] = {0x1f0, 0x170};
	static u16 identity[SECTOR / 2];
	u8 s;

	base = bases[n / 2];
	device = n % 2 ? 0xb0 : 0xa0;
	outb((u16)(base + DEVICE), device);
	pause_400ns();
	s = inb((u16)(base + STATUS));
	if (s == 0xff || s == 0 || (s & BSY))
		return false;
	/* IDENTIFY ends in an error on what is not an ATA disk; word 49 bit 9: LBA. */
	command(0, 0xec);
	if (!take(identity) || !(identity[49] & 0x200))
		return false;
	*d = (struct disk){"ata", read_sector, write_sector, flush};
	return true;
}
