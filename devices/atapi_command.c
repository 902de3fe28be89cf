/* SPDX-License-Identifier: MIT
 * Packet commands of a CD-ROM drive: dispatch, sense data, unit attention, the
 * tray, capacity, reading.
 * Facts: SFF-8020i revision 2.6; MMC-3 (T10/1363-D), command by command; SPC-3
 * (sense data).
 */
#include "devices/atapi.h"

#include <string.h>

bool cd_sense(struct ide_drive *d, u8 key, u8 asc, u8 ascq)
{
	d->cd.key = key;
	d->cd.asc = asc;
	d->cd.ascq = ascq;
	return false;
}

bool cd_invalid_field(struct ide_drive *d)
{
	return cd_sense(d, KEY_ILLEGAL_REQUEST, ASC_INVALID_FIELD, 0);
}

bool cd_reply(struct ide_drive *d, u32 n, u32 limit)
{
	d->cd.left = n < limit ? n : limit;
	return true;
}

static bool test_ready(struct ide_drive *d)
{
	return true; /* atapi_execute() has looked for the disc */
}

static bool request_sense(struct ide_drive *d)
{
	u8 *p = d->buf;

	if (d->cd.attention && !d->cd.key) { /* reported here instead of by a failure */
		cd_sense(d, KEY_UNIT_ATTENTION, d->cd.attention, 0);
		d->cd.attention = 0;
	}
	memset(p, 0, 18);
	p[0] = 0xf0; /* current error, "valid" */
	p[2] = d->cd.key;
	p[7] = 10;
	if (d->cd.key) {
		p[12] = d->cd.asc;
		p[13] = d->cd.ascq;
	}
	d->cd.key = d->cd.asc = d->cd.ascq = 0;
	return cd_reply(d, 18, d->cd.packet[4]);
}

static bool inquiry(struct ide_drive *d)
{
	u8 *p = d->buf;

	if (d->cd.packet[1] & 3) /* vital product data and command support data */
		return cd_invalid_field(d);
	memset(p, 0, 36);
	p[0] = 0x05; /* CD-ROM */
	p[1] = 0x80; /* removable */
	p[3] = 0x21; /* ATAPI */
	p[4] = 31;
	memcpy(p + 8, "VMPROOF CD-ROM          1.0 ", 28);
	return cd_reply(d, 36, d->cd.packet[4]);
}

/* LoEj and Start; a locked tray does not open. */
static bool start_stop(struct ide_drive *d)
{
	u8 how = d->cd.packet[4];

	if (how & 0xf0) /* power conditions */
		return cd_invalid_field(d);
	if ((how & 3) == 2) {
		if (d->cd.locked)
			return cd_sense(d, d->cd.open ? KEY_NOT_READY : KEY_ILLEGAL_REQUEST,
					ASC_REMOVAL_PREVENTED, 2);
		if (!d->cd.open)
			d->cd.event = EVENT_REMOVAL;
		d->cd.open = true;
	} else if ((how & 3) == 3 && d->cd.open) {
		d->cd.open = false;
		d->cd.event = EVENT_NEW_MEDIA;
		d->cd.attention = ASC_MEDIUM_CHANGED;
	}
	return true;
}

static bool prevent_removal(struct ide_drive *d)
{
	d->cd.locked = d->cd.packet[4] & 1;
	return true;
}

static bool read_capacity(struct ide_drive *d)
{
	put_be32(d->buf, cd_blocks(d) - 1);
	put_be32(d->buf + 4, CD_BLOCK);
	return cd_reply(d, 8, 8);
}

static bool read_blocks(struct ide_drive *d, u32 lba, u32 n)
{
	if (lba > cd_blocks(d) || n > cd_blocks(d) - lba)
		return cd_sense(d, KEY_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE, 0);
	d->cd.media = true;
	d->cd.offset = (u64)lba * CD_BLOCK;
	d->cd.left = n * CD_BLOCK;
	return true;
}

static bool read_10(struct ide_drive *d)
{
	return read_blocks(d, get_be32(d->cd.packet + 2), get_be16(d->cd.packet + 7));
}

static bool read_12(struct ide_drive *d)
{
	u32 n = get_be32(d->cd.packet + 6);

	if (n >= 0x100000) /* 2 GiB */
		return cd_invalid_field(d);
	return read_blocks(d, get_be32(d->cd.packet + 2), n);
}

/* READ CD: the 2,048 user bytes of a block or nothing. */
static bool read_cd(struct ide_drive *d)
{
	u32 n = (u32)d->cd.packet[6] << 16 | get_be16(d->cd.packet + 7);
	u8 what = d->cd.packet[9] & 0xfe;

	if (what == 0)
		return true;
	if (what != 0x10 || (d->cd.packet[10] & 7))
		return cd_invalid_field(d);
	return read_blocks(d, get_be32(d->cd.packet + 2), n);
}

static bool seek(struct ide_drive *d)
{
	return read_blocks(d, get_be32(d->cd.packet + 2), 0);
}

static bool set_speed(struct ide_drive *d)
{
	return true;
}

enum { ANY_TIME = 1, NEEDS_DISC = 2 }; /* ANY_TIME: a unit attention does not stop it */

static const struct command {
	u8 code, flags;
	bool (*run)(struct ide_drive *d);
} commands[] = {
	{0x00, NEEDS_DISC, test_ready},
	{0x03, ANY_TIME, request_sense},
	{0x12, ANY_TIME, inquiry},
	{0x1b, 0, start_stop},
	{0x1e, 0, prevent_removal},
	{0x25, NEEDS_DISC, read_capacity},
	{0x28, NEEDS_DISC, read_10},
	{0x2b, NEEDS_DISC, seek},
	{0x42, NEEDS_DISC, cd_subchannel},
	{0x43, NEEDS_DISC, cd_toc},
	{0x46, ANY_TIME, cd_configuration},
	{0x4a, ANY_TIME, cd_event_status},
	{0x51, NEEDS_DISC, cd_disc_information},
	{0x5a, 0, cd_mode_sense},
	{0xa8, NEEDS_DISC, read_12},
	{0xbb, 0, set_speed},
	{0xbd, 0, cd_mechanism_status},
	{0xbe, NEEDS_DISC, read_cd},
};

bool atapi_execute(struct ide_drive *d)
{
	const struct command *c = NULL;

	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (commands[i].code == d->cd.packet[0])
			c = &commands[i];
	if (c && c->run == request_sense)
		return request_sense(d);
	d->cd.key = d->cd.asc = d->cd.ascq = 0;
	if (d->cd.attention && !(c && (c->flags & ANY_TIME))) {
		u8 asc = d->cd.attention;

		d->cd.attention = 0;
		return cd_sense(d, KEY_UNIT_ATTENTION, asc, 0);
	}
	if (!c)
		return cd_sense(d, KEY_ILLEGAL_REQUEST, ASC_INVALID_OPCODE, 0);
	if ((c->flags & NEEDS_DISC) && d->cd.open)
		return cd_sense(d, KEY_NOT_READY, ASC_NO_MEDIUM, 2); /* tray open */
	return c->run(d);
}
