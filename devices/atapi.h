/* SPDX-License-Identifier: MIT
 * Between the files of the CD-ROM drive: the packet protocol (atapi.c), the
 * packet commands (atapi_command.c, atapi_mode.c, atapi_toc.c).
 */
#ifndef DEVICES_ATAPI_H
#define DEVICES_ATAPI_H

#include "devices/ide.h"

#define CD_BLOCK 2048u

/* Sense keys and ASC (SPC-3). */
enum {
	KEY_NOT_READY = 2,
	KEY_MEDIUM_ERROR = 3,
	KEY_ILLEGAL_REQUEST = 5,
	KEY_UNIT_ATTENTION = 6,
};
enum {
	ASC_UNRECOVERED_READ = 0x11,
	ASC_INVALID_OPCODE = 0x20,
	ASC_LBA_OUT_OF_RANGE = 0x21,
	ASC_INVALID_FIELD = 0x24,
	ASC_MEDIUM_CHANGED = 0x28,
	ASC_RESET = 0x29,
	ASC_SAVING_NOT_SUPPORTED = 0x39,
	ASC_NO_MEDIUM = 0x3a,
	ASC_REMOVAL_PREVENTED = 0x53,
};

/* Media events of GET EVENT STATUS NOTIFICATION. */
enum { EVENT_NONE = 0, EVENT_NEW_MEDIA = 2, EVENT_REMOVAL = 3 };

static inline u32 cd_blocks(const struct ide_drive *d)
{
	return (u32)((d->wire.media->sectors + 3) / 4); /* the last one may be short */
}

static inline u16 get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 get_be32(const u8 *p)
{
	return (u32)get_be16(p) << 16 | get_be16(p + 2);
}

static inline void put_be16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static inline void put_be32(u8 *p, u32 v)
{
	put_be16(p, v >> 16);
	put_be16(p + 2, v);
}

/* Set the sense data of a failing command; returns false. */
bool cd_sense(struct ide_drive *d, u8 key, u8 asc, u8 ascq);
bool cd_invalid_field(struct ide_drive *d);
/* `n` bytes of answer are in `buf`; the host asked for at most `limit`. */
bool cd_reply(struct ide_drive *d, u32 n, u32 limit);

/* atapi_mode.c */
bool cd_mode_sense(struct ide_drive *d);
bool cd_configuration(struct ide_drive *d);
bool cd_event_status(struct ide_drive *d);
bool cd_mechanism_status(struct ide_drive *d);
/* atapi_toc.c */
bool cd_toc(struct ide_drive *d);
bool cd_subchannel(struct ide_drive *d);
bool cd_disc_information(struct ide_drive *d);

#endif
