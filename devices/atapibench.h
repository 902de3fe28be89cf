/* SPDX-License-Identifier: MIT
 * A CD-ROM drive on the bench, with a disc of CD_SECTORS / 4 blocks.
 */
#ifndef DEVICES_ATAPIBENCH_H
#define DEVICES_ATAPIBENCH_H

#include "devices/atapi.h"
#include "devices/idebench.h"

#define CD_SECTORS 4096u
#define CD_BLOCKS  (CD_SECTORS / 4)

static struct pc_block *disc;
static u8 answer[65536];

/* Powered on a moment ago: unit attention is pending. */
static inline void cd_power_on(void)
{
	ide_bench();
	disc = bench_disk(CD_SECTORS);
	ide_attach(&ide, 0, &atapi_cdrom, disc);
}

/* Announce a packet; returns the status, DRQ when the drive wants it. */
static inline u8 cd_packet_start(u8 features, u16 limit)
{
	put(DEVICE, 0xa0);
	put(ERROR, features);
	put(LBA1, (u8)limit);
	put(LBA2, (u8)(limit >> 8));
	put(STATUS, 0xa0);
	return ide_control_in(&ide, 0);
}

static inline void cd_packet_send(const u8 *bytes, unsigned n)
{
	u8 p[12] = {0};

	memcpy(p, bytes, n);
	for (unsigned i = 0; i < 12; i += 2)
		ide_out(&ide, DATA, (u32)(p[i] | p[i + 1] << 8), 2);
	bench_pass(MS);
}

/* Take the block that waits; returns its size. */
static inline unsigned cd_take(u8 *to)
{
	unsigned n = get(LBA1) | (unsigned)get(LBA2) << 8;

	for (unsigned i = 0; i < n; i += 2) {
		u32 v = ide_in(&ide, DATA, 2);

		to[i] = (u8)v;
		if (i + 1 < n)
			to[i + 1] = (u8)(v >> 8);
	}
	bench_pass(MS);
	return n;
}

/* Run a packet command by PIO; its data goes to answer[], its size is returned,
 * or -sense key when it fails. */
static inline int cd_command(const u8 *bytes, unsigned n)
{
	unsigned got = 0;

	memset(answer, 0xee, sizeof answer);
	ck_assert_uint_eq(cd_packet_start(0, 0xfffe), 0x58);
	ck_assert_uint_eq(get(COUNT) & 3, 1);
	cd_packet_send(bytes, n);
	while (get(STATUS) & ATA_DRQ)
		got += cd_take(answer + got);
	ck_assert_uint_eq(get(COUNT) & 3, 3);
	return get(STATUS) & ATA_ERR ? -(get(ERROR) >> 4) : (int)got;
}

#define CD(...) cd_command((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

/* Sense key, ASC and ASCQ as one number. */
static inline u32 cd_take_sense(void)
{
	ck_assert_int_eq(CD(0x03, 0, 0, 0, 18), 18);
	return (u32)answer[2] << 16 | (u32)answer[12] << 8 | answer[13];
}

/* Ready, as after a driver's first steps. */
static inline void cd_bench(void)
{
	cd_power_on();
	cd_take_sense();
	ck_assert_int_eq(CD(0x00), 0);
}

#endif
