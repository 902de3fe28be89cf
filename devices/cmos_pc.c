/* SPDX-License-Identifier: MIT
 * CMOS layout: IBM PC/AT Technical Reference (bytes 0Eh-33h) and the bytes that
 * the Bochs BIOS defined for virtual machines and SeaBIOS reads too: 34h/35h
 * memory above 16 MiB in 64 KiB, 38h/3Dh boot sequence, 39h disk translation,
 * 3Fh fast boot, 5Bh-5Dh memory above 4 GiB, 5Fh processors.
 */
#include "devices/cmos_pc.h"

#include <string.h>

static void put16(u8 *ram, unsigned at, u64 v)
{
	ram[at] = (u8)v;
	ram[at + 1] = (u8)(v >> 8);
}

static void memory(u8 *ram, u64 size)
{
	u64 above_1m = size > 0x100000 ? size - 0x100000 : 0;
	u64 above_16m = size > 0x1000000 ? size - 0x1000000 : 0;
	u64 kib = above_1m / 1024;

	put16(ram, 0x15, 640);
	put16(ram, 0x17, kib > 0xffff ? 0xffff : kib);
	put16(ram, 0x30, kib > 0xffff ? 0xffff : kib);
	put16(ram, 0x34, above_16m / 0x10000);
}

/* Type 47 with its parameters at `at`, and how to translate drive `n`. */
static void disk(u8 *ram, unsigned n, const struct cmos_disk *s)
{
	bool plain = s->cylinders <= 1024 && s->sectors_total <= 1024u * 16 * 63;
	u8 *at = ram + (n ? 0x24 : 0x1b);

	ram[0x12] |= n ? 0x0f : 0xf0; /* type 15: see the extended byte */
	ram[0x19 + n] = 47;           /* user type: the parameters follow */
	put16(at, 0, s->cylinders);
	at[2] = (u8)s->heads;
	put16(at, 3, 0xffff);                  /* no write precompensation */
	at[5] = 0xc0 | (s->heads > 8 ? 8 : 0); /* no retries */
	put16(at, 6, s->cylinders);            /* landing zone */
	at[8] = (u8)s->sectors;
	if (!plain)
		ram[0x39] |= (u8)(1 << 2 * n); /* LBA assisted, else no translation */
}

static u8 boot_code(char device)
{
	switch (device) {
	case 'a':
		return 1;
	case 'c':
		return 2;
	case 'd':
		return 3;
	case 'n': /* a boot entry vector in an option ROM */
		return 4;
	default:
		return 0;
	}
}

static void boot_sequence(u8 *ram, const char *order)
{
	u8 code[3] = {0};

	for (unsigned i = 0; i < 3 && order[i]; i++)
		code[i] = boot_code(order[i]);
	ram[0x3d] = (u8)(code[0] | code[1] << 4);
	ram[0x38] = (u8)(code[2] << 4);
	if (code[0] == 1)
		ram[0x2d] |= 0x20; /* legacy bit: A: before C: */
}

void cmos_pc_fill(u8 *ram, const struct cmos_setup *s)
{
	unsigned sum = 0;

	memset(ram + 0x0e, 0, 0x32 - 0x0e);
	memset(ram + 0x33, 0, 0x80 - 0x33);
	ram[0x10] = (u8)(s->floppy_type << 4);
	/* Equipment: coprocessor, 80x25 left to the display adapter, drives. */
	ram[0x14] = 0x06 | (s->floppy_type ? 0x01 : 0);
	memory(ram, s->ram_size);
	for (unsigned i = 0; i < 2; i++)
		if (s->disk[i].sectors_total)
			disk(ram, i, &s->disk[i]);
	boot_sequence(ram, s->boot_order);
	ram[0x3f] = 1; /* no waiting for a boot menu key */
	for (unsigned i = 0x10; i <= 0x2d; i++)
		sum += ram[i];
	ram[0x2e] = (u8)(sum >> 8); /* the checksum is stored high byte first */
	ram[0x2f] = (u8)sum;
}
