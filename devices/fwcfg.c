/* SPDX-License-Identifier: MIT
 * The fw_cfg interface of QEMU machines, ports 510h to 51Bh.  Facts: QEMU
 * specification docs/specs/fw_cfg: selectors, the big-endian file directory and
 * DMA descriptor, unknown items read as zero bytes.
 *
 * Every machine has the signature, interface version, RAM size, processors, boot
 * menu off, and the file etc/e820, the memory map; the board adds more.
 * A transfer is complete when the write that starts it is.
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
	FILE_FIRST = 0x20,
	WRITE_CHANNEL = 0x4000, /* a bit of the selector that older guests set */
};

enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };

#define DMA_SIGNATURE 0x51454d5520434647ull /* "QEMU CFG" */
#define DESCRIPTOR    16u

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

static u32 get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

bool fwcfg_add(struct fwcfg *f, u16 select, const void *data, u32 size)
{
	if (f->wire.items == FWCFG_ITEMS)
		return false;
	f->wire.item[f->wire.items++] =
		(struct fwcfg_item){.data = data, .size = size, .select = select};
	return true;
}

bool fwcfg_add_file(struct fwcfg *f, const char *name, const void *data, u32 size)
{
	u8 *entry = f->wire.directory + 4 + 64 * f->wire.files;
	u16 select = (u16)(FILE_FIRST + f->wire.files);

	if (f->wire.files == FWCFG_FILES || strlen(name) > 55 || !fwcfg_add(f, select, data, size))
		return false;
	put_be(entry, size, 4);
	put_be(entry + 4, select, 2);
	memcpy(entry + 8, name, strlen(name));
	put_be(f->wire.directory, ++f->wire.files, 4);
	return true;
}

void fwcfg_init(struct fwcfg *f, u64 ram_size)
{
	static const u8 one[2] = {1, 0}, none[2] = {0, 0};
	static const u8 version[4] = {3, 0, 0, 0}; /* bit 0: the ports; bit 1: DMA */

	put_le(f->wire.ram_size, ram_size, 8);
	put_le(f->wire.e820 + 8, ram_size, 8); /* base 0 */
	put_le(f->wire.e820 + 16, 1, 4);       /* RAM */
	fwcfg_add(f, SIGNATURE, "QEMU", 4);
	fwcfg_add(f, ID, version, 4);
	fwcfg_add(f, RAM_SIZE, f->wire.ram_size, 8);
	fwcfg_add(f, NB_CPUS, one, 2);
	fwcfg_add(f, MAX_CPUS, one, 2);
	fwcfg_add(f, BOOT_MENU, none, 2); /* do not wait for a key */
	fwcfg_add(f, FILE_DIR, f->wire.directory, sizeof(f->wire.directory));
	fwcfg_add_file(f, "etc/e820", f->wire.e820, sizeof(f->wire.e820));
}

void fwcfg_reset(struct fwcfg *f)
{
	f->select = 0;
	f->offset = f->dma_high = 0;
}

static void choose(struct fwcfg *f, u16 select)
{
	f->select = select & (u16)~WRITE_CHANNEL;
	f->offset = 0;
	if (f->select >= FILE_FIRST && f->wire.refresh)
		f->wire.refresh(f->wire.refresh_arg);
}

/* What is left of the selected item; *data is where it goes on. */
static u32 rest(const struct fwcfg *f, const u8 **data)
{
	for (unsigned i = 0; i < f->wire.items; i++) {
		const struct fwcfg_item *item = &f->wire.item[i];

		if (item->select != f->select || f->offset >= item->size)
			continue;
		*data = item->data + f->offset;
		return item->size - f->offset;
	}
	return 0;
}

static void skip(struct fwcfg *f, u32 n)
{
	f->offset = n > ~f->offset ? ~0u : f->offset + n;
}

u32 fwcfg_in(void *chip, unsigned reg, unsigned size)
{
	struct fwcfg *f = chip;
	const u8 *data;

	if (reg == 0)
		return ~0u; /* the selector cannot be read */
	if (!rest(f, &data))
		return 0;
	f->offset++;
	return *data;
}

void fwcfg_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	if (reg == 0 && size == 2)
		choose(chip, (u16)v);
}

/* The item's bytes to guest memory, zeros behind its end. */
static void dma_to_guest(struct fwcfg *f, u32 phys, u32 n)
{
	static const u8 zeros[4096];
	const u8 *data;
	u32 have = rest(f, &data);

	if (have > n)
		have = n;
	if (have)
		f->wire.mem_write(f->wire.host, phys, data, have);
	skip(f, n);
	phys += have;
	for (n -= have; n;) {
		u32 part = n < sizeof(zeros) ? n : (u32)sizeof(zeros);

		f->wire.mem_write(f->wire.host, phys, zeros, part);
		phys += part;
		n -= part;
	}
}

static void dma(struct fwcfg *f, u32 at)
{
	u8 d[DESCRIPTOR];
	u32 control, length, result = 0;

	f->wire.mem_read(f->wire.host, at, d, sizeof(d));
	control = get_be32(d);
	length = get_be32(d + 4);
	if (control & DMA_SELECT)
		choose(f, (u16)(control >> 16));
	if (control & DMA_WRITE || ((control & DMA_READ) && get_be32(d + 8)))
		result = DMA_ERROR; /* no item can be written; no memory above 4 GiB */
	else if (control & DMA_READ)
		dma_to_guest(f, get_be32(d + 12), length);
	else if (control & DMA_SKIP)
		skip(f, length);
	put_be(d, result, 4);
	f->wire.mem_write(f->wire.host, at, d, 4);
}

u32 fwcfg_dma_in(void *chip, unsigned reg, unsigned size)
{
	u8 bytes[8];
	u32 v = 0;

	put_be(bytes, DMA_SIGNATURE, 8);
	for (unsigned i = 0; i < size && reg + i < 8; i++)
		v |= (u32)bytes[reg + i] << 8 * i;
	return v;
}

void fwcfg_dma_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct fwcfg *f = chip;
	u8 bytes[4];

	if (size != 4)
		return;
	put_le(bytes, v, 4);
	if (reg == 0) {
		f->dma_high = get_be32(bytes);
	} else if (reg == 4) {
		if (!f->dma_high && f->wire.mem_read)
			dma(f, get_be32(bytes));
		f->dma_high = 0;
	}
}
