/* SPDX-License-Identifier: MIT
 * The fw_cfg interface of QEMU machines, ports 510h and 511h without DMA.
 * Facts: QEMU specification docs/specs/fw_cfg: selectors, the big-endian file
 * directory, unknown items read as zero bytes.
 *
 * Items: signature, interface version, RAM size, processors, boot menu off, and
 * one file, etc/e820, the memory map.
 */
#include "devices/fwcfg.h"

#include <string.h>

enum {
	SIGNATURE = 0x00,
	ID = 0x01,
	RAM_SIZE = 0x03,
	NB_CPUS = 0x05,
	BOOT_MENU = 0x0e,
	MAX_CPUS = 0x0f,
	FILE_DIR = 0x19,
	FILE_E820 = 0x20,
};

#define E820_ENTRY 20u /* base, length, type */
#define DIR_SIZE   (4u + 64u)

static void put_le(u8 *p, u64 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (u8)(v >> 8 * i);
}

static void put_be(u8 *p, u64 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (u8)(v >> 8 * (n - 1 - i));
}

/* The item's bytes in `out`; returns their number. */
static u32 item(const struct fwcfg *f, u16 select, u8 out[DIR_SIZE])
{
	memset(out, 0, DIR_SIZE);
	switch (select & 0x3fff) {
	case SIGNATURE:
		memcpy(out, "QEMU", 4);
		return 4;
	case ID: /* bit 0: this interface; bit 1 would be DMA */
		put_le(out, 1, 4);
		return 4;
	case RAM_SIZE:
		put_le(out, f->ram_size, 8);
		return 8;
	case NB_CPUS:
	case MAX_CPUS:
		put_le(out, 1, 2);
		return 2;
	case BOOT_MENU: /* do not wait for a key */
		return 2;
	case FILE_DIR:
		put_be(out, 1, 4);
		put_be(out + 4, E820_ENTRY, 4);
		put_be(out + 8, FILE_E820, 2);
		memcpy(out + 12, "etc/e820", 9);
		return DIR_SIZE;
	case FILE_E820:
		put_le(out, 0, 8);
		put_le(out + 8, f->ram_size, 8);
		put_le(out + 16, 1, 4); /* RAM */
		return E820_ENTRY;
	default:
		return 0;
	}
}

u32 fwcfg_in(void *chip, unsigned reg, unsigned size)
{
	struct fwcfg *f = chip;
	u8 data[DIR_SIZE];
	u32 len;

	if (reg == 0)
		return ~0u; /* the selector cannot be read */
	/* Bit 15 selects the architecture's items: none of ours. */
	len = f->select & 0x8000 ? 0 : item(f, f->select, data);
	return f->offset < len ? data[f->offset++] : 0;
}

void fwcfg_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct fwcfg *f = chip;

	if (reg || size != 2)
		return;
	f->select = (u16)v;
	f->offset = 0;
}
