/* SPDX-License-Identifier: MIT
 * What the two kinds of ATA device say about themselves, and SET FEATURES.
 * Facts: ATA/ATAPI-6 (T13/1410D): IDENTIFY DEVICE, IDENTIFY PACKET DEVICE, SET
 * FEATURES.  Words 1-6 also as ATA-1 had them, which the
 * Bochs BIOS reads.
 */
#include "devices/ide.h"

#include <string.h>

enum { SET_MODE = 0x03, CACHE_ON = 0x02, CACHE_OFF = 0x82 };
enum { MULTIWORD = 0x20, ULTRA = 0x40 };

struct ata_geometry ata_geometry_of(u64 sectors)
{
	u64 cylinders = sectors / (16 * 63);

	if (cylinders < 1)
		cylinders = 1;
	if (cylinders > 16383)
		cylinders = 16383;
	return (struct ata_geometry){(u16)cylinders, 16, 63};
}

static void put(u8 *out, unsigned word, u16 v)
{
	out[2 * word] = (u8)v;
	out[2 * word + 1] = (u8)(v >> 8);
}

static void put32(u8 *out, unsigned word, u32 v)
{
	put(out, word, (u16)v);
	put(out, word + 1, (u16)(v >> 16));
}

/* ATA strings: padded with blanks, the bytes of each word swapped. */
static void put_text(u8 *out, unsigned word, unsigned words, const char *s)
{
	for (unsigned i = 0; i < 2 * words; i++)
		out[2 * word + (i ^ 1)] = *s ? (u8)*s++ : ' ';
}

/* The supported modes of one kind, and in the high byte the selected one. */
static u16 modes(const struct ide_drive *d, u8 kind, u16 supported)
{
	if ((d->transfer_mode & 0xf8) == kind)
		supported |= (u16)(0x100 << (d->transfer_mode & 7));
	return supported;
}

static void transfer_modes(const struct ide_drive *d, u8 *out)
{
	put(out, 53, 0x0007); /* words 54-58, 64-70 and 88 are valid */
	put(out, 63, modes(d, MULTIWORD, 0x0007));
	put(out, 64, 0x0003); /* PIO 3 and 4 */
	for (unsigned i = 65; i <= 68; i++)
		put(out, i, 120); /* ns */
	put(out, 88, modes(d, ULTRA, 0x003f));
}

static u16 unit_passed(const struct ide_drive *d)
{
	bool second = d == &d->wire.channel->drive[1];

	/* 80 wires; device number by jumper; passed */
	return second ? 0x6b00 : 0x600b;
}

void ata_identify(const struct ide_drive *d, u8 *out)
{
	const struct ata_geometry *g = &d->wire.geometry, *now = &d->now;
	u64 sectors = d->wire.media->sectors;

	memset(out, 0, 512);
	put(out, 0, 0x0040); /* fixed device */
	put(out, 1, g->cylinders);
	put(out, 3, g->heads);
	put(out, 4, (u16)(512 * g->sectors)); /* bytes per track, */
	put(out, 5, 512);                     /* per sector */
	put(out, 6, g->sectors);
	put_text(out, 10, 10, d == &d->wire.channel->drive[1] ? "VP00000002" : "VP00000001");
	put_text(out, 23, 4, "1.0");
	put_text(out, 27, 20, "VMPROOF HARDDISK");
	put(out, 47, 0x8000 | IDE_MAX_MULTIPLE);
	put(out, 48, 1);      /* 32-bit data port */
	put(out, 49, 0x0b00); /* IORDY, LBA, DMA */
	put(out, 51, 0x0200); /* PIO 2 */
	put(out, 54, now->cylinders);
	put(out, 55, now->heads);
	put(out, 56, now->sectors);
	put32(out, 57, (u32)now->cylinders * now->heads * now->sectors);
	put(out, 59, d->multiple_count ? 0x0100 | d->multiple_count : 0);
	put32(out, 60, sectors < 0x0fffffff ? (u32)sectors : 0x0fffffff);
	transfer_modes(d, out);
	put(out, 80, 0x007e); /* ATA-1 to ATA/ATAPI-6 */
	put(out, 82, 0x4020); /* NOP, write cache */
	put(out, 83, 0x7400); /* FLUSH CACHE (EXT), 48-bit addresses */
	put(out, 84, 0x4000);
	put(out, 85, d->cache_off ? 0x4000 : 0x4020);
	put(out, 86, 0x3400);
	put(out, 87, 0x4000);
	put(out, 93, unit_passed(d));
	put32(out, 100, (u32)sectors);
	put32(out, 102, (u32)(sectors >> 32));
}

void atapi_identify(const struct ide_drive *d, u8 *out)
{
	memset(out, 0, 512);
	put(out, 0, 0x85c0); /* CD-ROM, removable, DRQ within 50 us, 12-byte packets */
	put_text(out, 10, 10, "VP00000003");
	put_text(out, 23, 4, "1.0");
	put_text(out, 27, 20, "VMPROOF CD-ROM");
	put(out, 48, 1);
	put(out, 49, 0x0b00);
	put(out, 51, 0x0200);
	transfer_modes(d, out);
	put(out, 71, 30); /* us from the packet to the release of the bus, */
	put(out, 72, 30); /* from SERVICE to BSY clear */
	put(out, 80, 0x007e);
	put(out, 82, 0x4210); /* NOP, DEVICE RESET, PACKET */
	put(out, 83, 0x4000);
	put(out, 84, 0x4000);
	put(out, 85, 0x4210);
	put(out, 87, 0x4000);
	put(out, 93, unit_passed(d));
}

static bool set_mode(struct ide_drive *d)
{
	u8 mode = d->count;

	if (mode > 0x01 && (mode < 0x08 || mode > 0x0c) && (mode < 0x20 || mode > 0x22) &&
	    (mode < 0x40 || mode > 0x45))
		return false;
	/* A PIO mode leaves the DMA mode selected. */
	if (mode >= MULTIWORD)
		d->transfer_mode = mode;
	return true;
}

bool ata_set_features(struct ide_drive *d)
{
	switch (d->feature) {
	case SET_MODE:
		return set_mode(d);
	case CACHE_ON:
	case CACHE_OFF:
		d->cache_off = d->feature == CACHE_OFF;
		return true;
	case 0x55: /* read look-ahead off, on */
	case 0xaa:
	case 0x66: /* keep settings over a software reset or not: they are kept */
	case 0xcc:
		return true;
	default:
		return false;
	}
}
