/* SPDX-License-Identifier: MIT
 * Records on a disk, for VMMs that offer neither E9 nor a serial port: polled
 * PIO on the two ATA channels of a PC.  Only a disk is written that carries a
 * record area of ours (guests/lib/recordarea.h), and only inside that area.
 * ATA/ATAPI-6: registers section 7, IDENTIFY DEVICE ECh, READ SECTOR(S) 20h,
 * WRITE SECTOR(S) 30h, FLUSH CACHE E7h section 8.
 */
#include "guests/proof/diskchannel.h"

#include "guests/lib/channel.h"
#include "guests/lib/io.h"
#include "guests/lib/recordarea.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS, CONTROL = 0x206 };
enum { BSY = 0x80, DF = 0x20, DRQ = 0x08, ERR = 0x01 };

#define PATIENCE 4000000u /* status reads; a second and more everywhere */

static u16 base;
static u8 device;
static u32 next_lba, last_lba;
static union {
	u8 b[512];
	u16 w[256];
} sector;
static u32 fill;
static bool full;

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

static bool take(void)
{
	void *to = sector.w;
	u32 n = 256;

	if (!ready(DRQ))
		return false;
	__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(base) : "memory");
	return true;
}

static bool read_sector(u32 lba)
{
	command(lba, 0x20);
	return take();
}

static bool write_sector(u32 lba)
{
	const void *from = sector.w;
	u32 n = 256;

	command(lba, 0x30);
	if (!ready(DRQ))
		return false;
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(base) : "memory");
	return ready(0);
}

static bool starts_with(const u8 *p, const char *s)
{
	while (*s)
		if (*p++ != (u8)*s++)
			return false;
	return true;
}

/* Behind what an earlier boot of this run said: a reset loses no line.  The sector
 * that the text ends in is read into the buffer. */
static bool find_end(void)
{
	for (; next_lba < last_lba; next_lba++) {
		if (!read_sector(next_lba))
			return false;
		for (fill = 0; fill < sizeof sector && sector.b[fill]; fill++)
			;
		if (fill < sizeof sector)
			return true;
	}
	return false;
}

static bool probe(void)
{
	const struct boot_params *b = (const void *)(sector.b + PARAMS_AT);
	u32 lba, n;
	u8 s;

	outb((u16)(base + DEVICE), device);
	pause_400ns();
	s = inb((u16)(base + STATUS));
	if (s == 0xff || s == 0 || (s & BSY))
		return false;
	/* IDENTIFY ends in an error on what is not an ATA disk; word 49 bit 9: LBA. */
	command(0, 0xec);
	if (!take() || !(sector.w[49] & 0x200))
		return false;
	if (!read_sector(PARAMS_LBA) || !starts_with(sector.b + PARAMS_AT, "VMPL"))
		return false;
	lba = b->area_lba;
	n = b->area_sectors;
	if (!lba || n < 3 || !read_sector(lba) || !starts_with(sector.b, AREA_MAGIC))
		return false;
	next_lba = lba + 1;
	last_lba = lba + n - 1;
	return find_end();
}

static void clear(void)
{
	for (unsigned i = 0; i < 256; i++)
		sector.w[i] = 0;
	fill = 0;
}

/* What cannot be written is not lost in silence: the last sector says so, and the
 * log has no END. */
static void give_up(void)
{
	static const char why[] = "\nINFO error the record area is full\n";

	full = true;
	clear();
	for (unsigned i = 0; why[i]; i++)
		sector.b[i] = (u8)why[i];
	write_sector(last_lba);
}

static void disk_write(const char *text, u32 n)
{
	for (; n && !full; n--) {
		sector.b[fill++] = (u8)*text++;
		if (fill < sizeof sector)
			continue;
		if (next_lba == last_lba)
			give_up();
		else if (!write_sector(next_lba++))
			full = true;
		clear();
	}
	/* Each line is on the disk before the next case runs. */
	if (!full && fill && !write_sector(next_lba))
		full = true;
}

static void disk_drain(void)
{
	command(0, 0xe7);
	ready(0);
}

bool diskchannel_open(void)
{
	static const u16 bases[2] = {0x1f0, 0x170};
	unsigned i;

	for (i = 0; i < 4; i++) {
		base = bases[i / 2];
		device = i % 2 ? 0xb0 : 0xa0;
		if (probe()) {
			channel_redirect(disk_write, disk_drain);
			return true;
		}
	}
	return false;
}
