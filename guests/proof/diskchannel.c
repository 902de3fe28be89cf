/* SPDX-License-Identifier: MIT
 * Records on a disk, for VMMs that offer neither E9 nor a serial port: on an ATA disk, or where
 * there is none on the disk or floppy that the machine was booted from, by its BIOS.
 * Only a disk is written that carries a record area of ours (guests/lib/recordarea.h),
 * and only inside that area.
 */
#include "guests/proof/diskchannel.h"

#include "guests/lib/channel.h"
#include "guests/lib/recordarea.h"

static struct disk disk;
static u32 next_lba, last_lba;
static u8 sector[SECTOR] __attribute__((aligned(4)));
static u32 fill;
static bool full;

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
		if (!disk.read(next_lba, sector))
			return false;
		for (fill = 0; fill < sizeof sector && sector[fill]; fill++)
			;
		if (fill < sizeof sector)
			return true;
	}
	return false;
}

/* Does this disk have a record area that takes what is written? */
static bool usable(void)
{
	const struct boot_params *b = (const void *)(sector + PARAMS_AT);
	u32 lba, n;

	if (!disk.read(PARAMS_LBA, sector) || !starts_with(sector + PARAMS_AT, "VMPL"))
		return false;
	lba = b->area_lba;
	n = b->area_sectors;
	if (!lba || n < 3 || !disk.read(lba, sector) || !starts_with(sector, AREA_MAGIC))
		return false;
	next_lba = lba + 1;
	last_lba = lba + n - 1;
	return find_end() && disk.write(next_lba, sector);
}

static void clear(void)
{
	for (unsigned i = 0; i < sizeof sector; i++)
		sector[i] = 0;
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
		sector[i] = (u8)why[i];
	disk.write(last_lba, sector);
}

static void disk_write(const char *text, u32 n)
{
	for (; n && !full; n--) {
		sector[fill++] = (u8)*text++;
		if (fill < sizeof sector)
			continue;
		if (next_lba == last_lba)
			give_up();
		else if (!disk.write(next_lba++, sector))
			full = true;
		clear();
	}
	/* Each line is on the disk before the next case runs. */
	if (!full && fill && !disk.write(next_lba, sector))
		full = true;
}

static void disk_drain(void)
{
	disk.flush();
}

const char *diskchannel_open(void)
{
	unsigned i;
	bool found = false;

	for (i = 0; i < 4 && !found; i++)
		found = atadisk_open(i, &disk) && usable();
	if (!found)
		found = biosdisk_open(&disk) && usable();
	if (!found)
		return NULL;
	channel_redirect(disk_write, disk_drain);
	return disk.name;
}
