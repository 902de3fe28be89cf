/* SPDX-License-Identifier: MIT
 * ATA channels: two devices on a cable (ide.c), the disk (ata_*.c) and the
 * CD-ROM drive (atapi*.c).
 */
#ifndef DEVICES_IDE_H
#define DEVICES_IDE_H

#include "devices/clock.h"
#include "devices/line.h"
#include "devices/pc.h"

#define IDE_MAX_MULTIPLE 16u
#define IDE_BUFFER       65536u

enum {
	ATA_ERR = 0x01,
	ATA_DRQ = 0x08,
	ATA_DSC = 0x10,
	ATA_DRDY = 0x40,
	ATA_BSY = 0x80,
};
enum { ATA_ABRT = 0x04, ATA_IDNF = 0x10, ATA_UNC = 0x40 };

/* What the end of a device's BSY time means. */
enum ide_phase { IDE_IDLE, IDE_RESETTING, IDE_DIAGNOSING, IDE_WORKING };

/* A DMA command wants its data moved / the bus master is at it. */
enum ide_dma { IDE_DMA_NONE, IDE_DMA_WAITING, IDE_DMA_RUNNING };

struct ata_geometry {
	u16 cylinders, heads, sectors;
};

/* What only a packet device has (atapi.c). */
struct atapi {
	u8 packet[12];
	u8 key, asc, ascq; /* sense data; key 0: none */
	u8 attention;      /* ASC of a pending UNIT ATTENTION, 0: none */
	u8 event;          /* media event not yet told */
	bool open, locked; /* tray */
	bool media;        /* data comes from the disc, not from the buffer */
	u64 offset;        /* next byte of the disc */
	u32 left;          /* bytes of the command's data not yet moved */
};

/* One device.  Both devices latch what is written to the registers; the hob_
 * ones are the previous contents that the 48-bit commands use (ATA/ATAPI-6
 * section 6.20). */
struct ide_drive {
	u8 feature, count, lba[3], device;
	u8 hob_feature, hob_count, hob_lba[3];
	u8 status, error;
	u8 command; /* in progress */
	u8 phase;   /* enum ide_phase */
	u8 dma;     /* enum ide_dma */
	bool intrq;
	bool writing;  /* direction of the block in `buf` */
	bool multiple; /* block size is `multiple_count` */
	u8 multiple_count;
	u8 transfer_mode;        /* SET FEATURES 03h: 20h multiword, 40h Ultra DMA */
	bool cache_off;          /* SET FEATURES 82h */
	struct ata_geometry now; /* translation set by INITIALIZE DEVICE PARAMETERS */
	u64 next;                /* sector of the next block */
	u32 left;                /* sectors still to move, the block in `buf` included */
	u32 pos, len;            /* bytes moved and end of the block in `buf` */
	struct atapi cd;
	u8 buf[IDE_BUFFER];
	struct {
		struct ide *channel;
		const struct ide_kind *kind; /* NULL: no device */
		unsigned timer;
		const struct pc_block *media;
		struct ata_geometry geometry;
	} wire;
};

/* The kinds of device: ata_disk, atapi_cdrom. */
struct ide_kind {
	u8 ready;                                      /* status after a reset */
	void (*reset)(struct ide_drive *d, bool hard); /* forget all work; hard: the RESET- pin */
	void (*signature)(struct ide_drive *d);
	void (*start)(struct ide_drive *d, u8 command); /* the command register was written */
	void (*work)(struct ide_drive *d);              /* BSY time is over */
	void (*block_done)(struct ide_drive *d);        /* the host moved the whole block */
	void (*dma)(struct ide_drive *d);               /* move the data of a DMA command */
};

extern const struct ide_kind ata_disk, atapi_cdrom;

struct busmaster;

struct ide {
	u8 control;
	u8 select; /* 0 or 1 */
	struct ide_drive drive[2];
	struct {
		struct clock *clock;
		struct line irq;
		struct busmaster *busmaster; /* NULL: none, DMA commands wait for ever */
	} wire;
};

/* Default CHS geometry of a disk: 16 heads, 63 sectors. */
struct ata_geometry ata_geometry_of(u64 sectors);

/* The channel with an empty cable; wire.irq and wire.busmaster are set before. */
void ide_init(struct ide *c, struct clock *clock);
/* Plug in a device.  `media` must outlive the channel. */
void ide_attach(struct ide *c, unsigned unit, const struct ide_kind *kind,
		const struct pc_block *media);
void ide_reset(struct ide *c); /* RESET- */

/* Command block, reg 0-7 from the channel's base port; sizes above 1 are for
 * the data register only. */
u32 ide_in(void *chip, unsigned reg, unsigned size);
void ide_out(void *chip, unsigned reg, u32 v, unsigned size);
/* Alternate status and device control (3F6h, 376h). */
u8 ide_control_in(void *chip, unsigned reg);
void ide_control_out(void *chip, unsigned reg, u8 v);
/* The bus master was started. */
void ide_dma_started(struct ide *c);

/* For the devices: begin BSY time; set INTRQ; offer a DMA transfer (DRQ), and
 * move `n` bytes of it.  ide_dma_move() returns how many the bus master took:
 * fewer than `n` when its table ended. */
void ide_busy(struct ide_drive *d, u64 ns);
void ide_interrupt(struct ide_drive *d, bool level);
void ide_dma_offer(struct ide_drive *d);
u32 ide_dma_move(struct ide_drive *d, u8 *buf, u32 n, bool to_memory);

/* ata_identify.c: 512 bytes of IDENTIFY (PACKET) DEVICE. */
void ata_identify(const struct ide_drive *d, u8 *out);
void atapi_identify(const struct ide_drive *d, u8 *out);
/* SET FEATURES for both kinds; false: not supported. */
bool ata_set_features(struct ide_drive *d);

/* atapi_command.c: run the packet.  Leaves the answer in `buf` and its size in
 * cd.left, or sets the sense data and returns false. */
bool atapi_execute(struct ide_drive *d);

#endif
