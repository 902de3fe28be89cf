/* SPDX-License-Identifier: MIT
 * What a CD-ROM drive says about the disc: one data track in one session.
 * Facts: MMC-3 (T10/1363-D): READ TOC/PMA/ATIP, READ SUB-CHANNEL, READ DISC
 * INFORMATION.
 */
#include "devices/atapi.h"

#include <string.h>

enum { ADR_CONTROL = 0x14, LEAD_OUT = 0xaa }; /* position; data, no copying */

/* A block address, or as minute, second, frame from the start of the lead-in. */
static void put_address(u8 *p, u32 lba, bool msf)
{
	if (!msf) {
		put_be32(p, lba);
		return;
	}
	lba += 150;
	p[0] = 0;
	p[1] = (u8)(lba / (75 * 60));
	p[2] = (u8)(lba / 75 % 60);
	p[3] = (u8)(lba % 75);
}

static u8 *put_track(u8 *p, u8 track, u32 lba, bool msf)
{
	memset(p, 0, 8);
	p[1] = ADR_CONTROL;
	p[2] = track;
	put_address(p + 4, lba, msf);
	return p + 8;
}

static bool reply_sized(struct ide_drive *d, const u8 *end)
{
	u32 n = (u32)(end - d->buf);

	put_be16(d->buf, n - 2);
	return cd_reply(d, n, get_be16(d->cd.packet + 7));
}

static bool toc_tracks(struct ide_drive *d, u8 first, bool msf)
{
	u8 *p = d->buf + 4;

	if (first > 1 && first != LEAD_OUT)
		return cd_invalid_field(d);
	d->buf[2] = d->buf[3] = 1; /* first and last track */
	if (first <= 1)
		p = put_track(p, 1, 0, msf);
	p = put_track(p, LEAD_OUT, cd_blocks(d), msf);
	return reply_sized(d, p);
}

static bool toc_sessions(struct ide_drive *d, bool msf)
{
	d->buf[2] = d->buf[3] = 1;
	return reply_sized(d, put_track(d->buf + 4, 1, 0, msf));
}

/* Lead-in as it is on the disc: points A0h-A2h and the track. */
static bool toc_raw(struct ide_drive *d, bool msf)
{
	static const u8 points[4] = {0xa0, 0xa1, 0xa2, 1};
	u8 *p = d->buf + 4;

	d->buf[2] = d->buf[3] = 1;
	for (unsigned i = 0; i < 4; i++, p += 11) {
		memset(p, 0, 11);
		p[0] = 1; /* session */
		p[1] = ADR_CONTROL;
		p[3] = points[i];
		if (points[i] == 0xa0 || points[i] == 0xa1)
			p[8] = 1;
		else
			put_address(p + 7, points[i] == 0xa2 ? cd_blocks(d) : 0, msf);
	}
	return reply_sized(d, p);
}

bool cd_toc(struct ide_drive *d)
{
	const u8 *c = d->cd.packet;
	bool msf = c[1] & 2;
	u8 format = c[2] & 15;

	if (!format) /* drives of SFF-8020i have it elsewhere */
		format = c[9] >> 6;
	switch (format) {
	case 0:
		return toc_tracks(d, c[6], msf);
	case 1:
		return toc_sessions(d, msf);
	case 2:
		return toc_raw(d, msf);
	default:
		return cd_invalid_field(d);
	}
}

/* Nothing plays, there is no catalogue number and no ISRC. */
bool cd_subchannel(struct ide_drive *d)
{
	const u8 *c = d->cd.packet;
	bool msf = c[1] & 2;
	u8 *p = d->buf;
	u32 n = 4;

	memset(p, 0, 24);
	p[1] = 0x15; /* audio status: none to report */
	if (c[2] & 0x40) {
		p[4] = c[3];
		switch (c[3]) {
		case 1:
			p[5] = ADR_CONTROL;
			p[6] = p[7] = 1; /* track, index */
			put_address(p + 8, 0, msf);
			put_address(p + 12, 0, false);
			n = 16;
			break;
		case 2:
		case 3:
			n = 24;
			break;
		default:
			return cd_invalid_field(d);
		}
		put_be16(p + 2, n - 4);
	}
	return cd_reply(d, n, get_be16(c + 7));
}

bool cd_disc_information(struct ide_drive *d)
{
	u8 *p = d->buf;

	if (d->cd.packet[1] & 7)
		return cd_invalid_field(d);
	memset(p, 0, 34);
	put_be16(p, 32);
	p[2] = 0x0e;                   /* complete disc, last session complete */
	p[3] = p[4] = p[5] = p[6] = 1; /* tracks and sessions */
	p[7] = 0x20;                   /* unrestricted use */
	memset(p + 16, 0xff, 8);       /* no further session can start */
	return cd_reply(d, 34, get_be16(d->cd.packet + 7));
}
