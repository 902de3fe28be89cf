/* SPDX-License-Identifier: MIT
 * What a CD-ROM drive says about itself: mode pages, features, events, changer.
 * Facts: MMC-3 (T10/1363-D): features, mode pages, GET CONFIGURATION, GET EVENT
 * STATUS NOTIFICATION, MECHANISM STATUS.
 */
#include "devices/atapi.h"

#include <string.h>

enum { PAGE_RECOVERY = 0x01, PAGE_AUDIO = 0x0e, PAGE_CAPABILITIES = 0x2a, PAGE_ALL = 0x3f };
enum { PROFILE_CD_ROM = 0x08, PROFILE_DVD_ROM = 0x10 };

#define CD_LARGEST (80u * 60 * 75) /* blocks of an 80 minute disc */
#define SPEED      706u            /* KB/s, 4x */

static u8 *page_recovery(u8 *p)
{
	p[0] = PAGE_RECOVERY;
	p[1] = 6;
	p[3] = 5; /* retries */
	return p + 8;
}

static u8 *page_audio(u8 *p)
{
	p[0] = PAGE_AUDIO;
	p[1] = 14;
	p[2] = 4; /* immediate */
	p[8] = 1;
	p[9] = 0xff; /* channel 0 at full volume */
	p[10] = 2;
	p[11] = 0xff;
	return p + 16;
}

static u8 *page_capabilities(const struct ide_drive *d, u8 *p)
{
	p[0] = PAGE_CAPABILITIES;
	p[1] = 18;
	p[2] = 0x3b; /* reads CD-R, CD-RW, method 2, DVD-ROM and -R */
	p[4] = 0x70; /* mode 2 form 1 and 2, multiple sessions */
	p[6] = (u8)(0x29 | (d->cd.locked ? 2 : 0)); /* tray, ejects, locks */
	put_be16(p + 8, SPEED);
	put_be16(p + 10, 2);  /* volume levels */
	put_be16(p + 12, 64); /* KiB of buffer */
	put_be16(p + 14, SPEED);
	return p + 20;
}

static void clear_pages(u8 *p, u8 control)
{
	if (control != 1)
		return;
	/* Changeable values: none; the page headers stay. */
	memset(p + 2, 0, (size_t)p[1]);
}

bool cd_mode_sense(struct ide_drive *d)
{
	u8 page = d->cd.packet[2] & 0x3f, control = d->cd.packet[2] >> 6;
	u8 *p = d->buf + 8, *end = p;

	memset(d->buf, 0, 64);
	if (control == 3)
		return cd_sense(d, KEY_ILLEGAL_REQUEST, ASC_SAVING_NOT_SUPPORTED, 0);
	if (page == PAGE_RECOVERY || page == PAGE_ALL) {
		end = page_recovery(p);
		clear_pages(p, control);
	}
	if (page == PAGE_AUDIO || page == PAGE_ALL) {
		p = end;
		end = page_audio(p);
		clear_pages(p, control);
	}
	if (page == PAGE_CAPABILITIES || page == PAGE_ALL) {
		p = end;
		end = page_capabilities(d, p);
		clear_pages(p, control);
	}
	if (end == d->buf + 8)
		return cd_invalid_field(d);
	put_be16(d->buf, (u32)(end - d->buf) - 2);
	d->buf[2] = d->cd.open ? 0x71 : 0x01; /* medium type: door open, 120 mm data */
	return cd_reply(d, (u32)(end - d->buf), get_be16(d->cd.packet + 7));
}

static u8 *feature(u8 *p, u16 number, bool current, u8 version, u8 length)
{
	memset(p, 0, 4u + length);
	put_be16(p, number);
	/* persistent: profile list, core, morphing, removable medium */
	p[2] = (u8)(version << 2 | (number < 4 ? 2 : 0) | (current ? 1 : 0));
	p[3] = length;
	return p + 4 + length;
}

static u16 profile(const struct ide_drive *d)
{
	if (d->cd.open)
		return 0;
	return cd_blocks(d) > CD_LARGEST ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/* All features in ascending order; returns their end. */
static u8 *features(const struct ide_drive *d, u8 *p)
{
	u16 now = profile(d);
	u8 *f = p;

	p = feature(f, 0x0000, true, 0, 8);
	put_be16(f + 4, PROFILE_DVD_ROM);
	f[6] = now == PROFILE_DVD_ROM;
	put_be16(f + 8, PROFILE_CD_ROM);
	f[10] = now == PROFILE_CD_ROM;
	f = p;
	p = feature(f, 0x0001, true, 0, 4);
	f[7] = 2; /* ATAPI */
	f = p;
	p = feature(f, 0x0002, true, 0, 4);
	f = p;
	p = feature(f, 0x0003, true, 0, 4);
	f[4] = 0x29; /* tray, eject, lock */
	f = p;
	p = feature(f, 0x0010, now != 0, 0, 8); /* random readable */
	put_be32(f + 4, CD_BLOCK);
	put_be16(f + 8, 1);                                  /* block per readable unit */
	p = feature(p, 0x001d, now != 0, 0, 0);              /* multi-read */
	p = feature(p, 0x001e, now == PROFILE_CD_ROM, 0, 4); /* CD read */
	return p;
}

/* RT 0: all from the starting feature on; 1: of these the current ones; 2: only
 * that one. */
bool cd_configuration(struct ide_drive *d)
{
	u8 all[128];
	const u8 *c = d->cd.packet, *end = features(d, all);
	u8 *out = d->buf + 8;
	unsigned first = get_be16(c + 2), how = c[1] & 3;

	if (how == 3)
		return cd_invalid_field(d);
	for (const u8 *f = all; f < end; f += 4 + f[3]) {
		unsigned number = get_be16(f);

		if (number < first || (how == 1 && !(f[2] & 1)) || (how == 2 && number != first))
			continue;
		memcpy(out, f, 4u + f[3]);
		out += 4 + f[3];
	}
	memset(d->buf, 0, 8);
	put_be32(d->buf, (u32)(out - d->buf) - 4);
	put_be16(d->buf + 6, profile(d));
	return cd_reply(d, (u32)(out - d->buf), get_be16(c + 7));
}

/* Polled events; the media class is the only one. */
bool cd_event_status(struct ide_drive *d)
{
	const u8 *c = d->cd.packet;
	u8 *p = d->buf;

	if (!(c[1] & 1)) /* no waiting for an event */
		return cd_invalid_field(d);
	memset(p, 0, 8);
	p[3] = 0x10; /* supported: media */
	if (!(c[4] & 0x10)) {
		put_be16(p, 2);
		p[2] = 0x80; /* no event of the classes asked for */
		return cd_reply(d, 4, get_be16(c + 7));
	}
	put_be16(p, 6);
	p[2] = 4; /* media */
	p[4] = d->cd.event;
	p[5] = d->cd.open ? 1 : 2; /* tray open, medium present */
	if (get_be16(c + 7) > 4)
		d->cd.event = EVENT_NONE;
	return cd_reply(d, 8, get_be16(c + 7));
}

bool cd_mechanism_status(struct ide_drive *d)
{
	u8 *p = d->buf;

	memset(p, 0, 8);
	p[1] = d->cd.open ? 0x10 : 0;
	p[5] = 1; /* one slot, no table */
	return cd_reply(d, 8, get_be16(d->cd.packet + 8));
}
