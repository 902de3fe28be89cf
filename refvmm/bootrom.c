/* SPDX-License-Identifier: MIT
 * Making the option ROM from loader_rom.asm and a boot plan: parameters, one DMA
 * descriptor for each block (big-endian: control, length, address), checksums.
 *
 * SeaBIOS takes the image as the file genroms/..., Bochs' BIOS finds it at
 * D0000 (machine.c).  Both read the blocks as items 8100h and up.
 */
#include "refvmm/bootrom.h"

#include <string.h>

/* Offsets in loader_rom.asm. */
enum {
	PNP = 0x20,
	PNP_SIZE = 32,
	PNP_CHECKSUM = PNP + 9,
	KIND = 0x48,
	COUNT = 0x4a,
	ENTRY = 0x4c,
	STACK = 0x50,
	KERNEL = 0x54,
	INFO = 0x58,
	MAP = 0x5c,
	BLOCK = 0x60,
	MAX_BLOCKS = 48,
};
_Static_assert(BOOT_BLOCKS <= MAX_BLOCKS, "room for descriptors in the ROM");

enum { FIRST_ITEM = 0x8100, DMA_READ = 2, DMA_SELECT = 8 };

extern const u8 loader_rom[];

static void put(u8 *p, u32 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (u8)(v >> 8 * i);
}

static void put_be32(u8 *p, u32 v)
{
	put(p, __builtin_bswap32(v), 4);
}

/* The byte that makes n bytes sum to zero. */
static u8 checksum(const u8 *p, unsigned n)
{
	u8 sum = 0;

	while (n--)
		sum = (u8)(sum + *p++);
	return (u8)-sum;
}

void bootrom_build(const struct boot_plan *plan, struct bootrom *out)
{
	u8 *rom = out->image;

	memcpy(rom, loader_rom, BOOTROM_SIZE);
	put(rom + KIND, plan->kind == KERNEL_MULTIBOOT, 2);
	put(rom + COUNT, plan->n, 2);
	put(rom + ENTRY, plan->ip, 2);
	put(rom + ENTRY + 2, plan->cs, 2);
	put(rom + STACK, plan->sp, 2);
	put(rom + STACK + 2, plan->ss, 2);
	put(rom + KERNEL, plan->entry, 4);
	put(rom + INFO, plan->info, 4);
	put(rom + MAP, plan->map, 4);
	for (unsigned i = 0; i < plan->n; i++) {
		const struct boot_block *b = &plan->block[i];
		u8 *d = rom + BLOCK + 16 * i;

		put_be32(d, (FIRST_ITEM + i) << 16 | DMA_SELECT | DMA_READ);
		put_be32(d + 4, b->mem_size);
		put_be32(d + 12, b->phys);
		out->item[i] = (struct pc_item){
			.select = (u16)(FIRST_ITEM + i), .data = b->data, .size = b->size};
	}
	rom[PNP_CHECKSUM] = checksum(rom + PNP, PNP_SIZE);
	rom[BOOTROM_SIZE - 1] = checksum(rom, BOOTROM_SIZE);
	out->item[plan->n] =
		(struct pc_item){.name = "genroms/kernel.rom", .data = rom, .size = BOOTROM_SIZE};
	out->n_items = plan->n + 1;
}
