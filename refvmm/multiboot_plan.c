/* SPDX-License-Identifier: MIT
 * What goes where for a Multiboot 1 kernel: its segments, the modules behind it,
 * and the boot information (Multiboot Specification 0.6.96, section 3.3) wherever
 * there is room.  The first block is the boot information: the option ROM adds
 * the firmware's memory map to it before it puts the rest into place.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOADER_MAGIC = 0x2badb002,
	INFO_MEMORY = 1 << 0,
	INFO_CMDLINE = 1 << 2,
	INFO_MODS = 1 << 3,
	INFO_MMAP = 1 << 6,
	INFO_LOADER_NAME = 1 << 9,
	MMAP_AVAILABLE = 1,
	MMAP_RESERVED = 2,
};

/* The usual PC map: an EBDA of 1 KiB below 640 KiB, adapters and ROM above. */
#define EBDA     0x9fc00u
#define HOLE     0xa0000u
#define ONE_MIB  0x100000u
#define ROM_BASE 0xfffc0000u
/* Below it, room for the boot information; above it the option ROM's stack. */
#define LOW_TOP 0x90000u
#define PAGE    0x1000u

struct info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
		mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name,
		apm_table, vbe[4];
};
_Static_assert(sizeof(struct info) == 88, "Multiboot information structure");

struct mmap_entry {
	u32 size; /* of what follows */
	u64 base, length;
	u32 type;
} __attribute__((packed));

struct module {
	u32 start, end, text, reserved;
};

struct boot_info {
	struct info info;
	struct mmap_entry map[32]; /* as many as the option ROM fills in */
	struct module module[BOOT_FILES];
	char text[]; /* loader name, command line, module texts */
};

/* Room for `size` bytes below `top`, where no block lies, low memory first. */
static u32 find_room(const struct boot_plan *p, u64 size, u64 top)
{
	for (u64 at = PAGE; at + size <= top; at += PAGE) {
		bool taken = at < ONE_MIB && at + size > EBDA;

		for (unsigned i = 1; i < p->n && !taken; i++)
			taken = at < (u64)p->block[i].phys + p->block[i].mem_size &&
				p->block[i].phys < at + size;
		if (!taken)
			return (u32)at;
	}
	return 0;
}

static unsigned memory_map(struct mmap_entry *m, u64 ram_size)
{
	const struct mmap_entry map[] = {
		{20, 0, EBDA, MMAP_AVAILABLE},
		{20, EBDA, HOLE - EBDA, MMAP_RESERVED},
		{20, 0xe0000, ONE_MIB - 0xe0000, MMAP_RESERVED},
		{20, ONE_MIB, ram_size - ONE_MIB, MMAP_AVAILABLE},
		{20, ROM_BASE, 0x100000000ull - ROM_BASE, MMAP_RESERVED},
	};

	memcpy(m, map, sizeof(map));
	return sizeof(map);
}

static void add_block(struct boot_plan *p, const u8 *data, u32 size, u32 mem_size, u32 phys)
{
	p->block[p->n++] =
		(struct boot_block){.data = data, .size = size, .mem_size = mem_size, .phys = phys};
}

static int add_kernel(const struct config *cfg, bool low, struct boot_plan *p, u64 *end)
{
	const struct kernel_image *k = &cfg->kernel_image;

	for (unsigned i = 0; i < k->n_segments; i++) {
		const struct kernel_segment *s = &k->segment[i];
		u64 after = (u64)s->phys + s->mem_size;

		if (after > cfg->memory)
			return refuse(RC_INTERNAL, "--kernel",
				      "checked for more RAM than there is");
		if (low && (s->phys < 0x500 || (s->phys < ONE_MIB && after > LOW_TOP)))
			return refuse(RC_INPUT, "--kernel",
				      "'%s' has a segment where the firmware keeps its data "
				      "(it may start with --bios none)",
				      k->path);
		add_block(p, k->bytes + s->offset, s->file_size, s->mem_size, s->phys);
		if (after > *end)
			*end = after;
	}
	return RC_OK;
}

/* Modules follow the kernel, each at a page of its own. */
static int add_modules(const struct config *cfg, struct boot_plan *p, u64 end)
{
	for (unsigned i = 0; i < cfg->boot_files.n; i++) {
		const struct boot_file *f = &cfg->boot_files.file[i];

		end = (end + PAGE - 1) & ~(u64)(PAGE - 1);
		if (end + f->size > cfg->memory - FIRMWARE_TOP)
			return refuse(RC_INPUT, "--initrd",
				      "'%s' needs more memory than --memory gives", f->text);
		add_block(p, f->data, (u32)f->size, (u32)f->size, (u32)end);
		end += f->size;
	}
	return RC_OK;
}

/* Append a string to the boot information; returns its physical address. */
static u32 add_text(u8 *info, u32 *used, u32 phys, const char *a, const char *b, const char *c)
{
	u32 at = *used;

	*used += (u32)sprintf((char *)info + at, "%s%s%s", a, b, c) + 1;
	return phys + at;
}

static void fill(const struct config *cfg, const struct boot_plan *p, struct boot_info *b)
{
	const struct kernel_image *k = &cfg->kernel_image;
	const char *append = cfg->append ? cfg->append : "";
	const struct boot_block *module = &p->block[1 + k->n_segments];
	u32 used = sizeof(*b), phys = p->info;
	u8 *bytes = (u8 *)b;

	b->info.flags = INFO_MEMORY | INFO_CMDLINE | INFO_MMAP | INFO_LOADER_NAME;
	b->info.mem_lower = EBDA / 1024;
	b->info.mem_upper = (u32)((cfg->memory - ONE_MIB) / 1024);
	b->info.mmap_addr = phys + p->map;
	b->info.mmap_length = memory_map(b->map, cfg->memory);
	b->info.loader_name = add_text(bytes, &used, phys, "refvmm", "", "");
	/* File name first, then the arguments, as GRUB and QEMU do. */
	b->info.cmdline = add_text(bytes, &used, phys, k->path, *append ? " " : "", append);
	if (!cfg->boot_files.n)
		return;
	b->info.flags |= INFO_MODS;
	b->info.mods_count = cfg->boot_files.n;
	b->info.mods_addr = phys + (u32)offsetof(struct boot_info, module);
	for (unsigned i = 0; i < cfg->boot_files.n; i++)
		b->module[i] = (struct module){
			.start = module[i].phys,
			.end = module[i].phys + module[i].size,
			.text = add_text(bytes, &used, phys, cfg->boot_files.file[i].text, "", ""),
		};
}

int multiboot_plan(const struct config *cfg, bool low, struct boot_plan *out)
{
	u64 size = sizeof(struct boot_info) + 32 + strlen(cfg->kernel_image.path) +
		   (cfg->append ? strlen(cfg->append) : 0),
	    end = ONE_MIB;
	struct boot_info *info;
	int rc;

	*out = (struct boot_plan){
		.kind = KERNEL_MULTIBOOT,
		.n = 1,
		.entry = cfg->kernel_image.entry,
		.map = offsetof(struct boot_info, map),
	};
	for (unsigned i = 0; i < cfg->boot_files.n; i++)
		size += strlen(cfg->boot_files.file[i].text) + 1;
	rc = add_kernel(cfg, low, out, &end);
	if (!rc)
		rc = add_modules(cfg, out, end);
	if (rc)
		return rc;
	if (size < 60 * 1024)
		out->info = find_room(out, size, low ? LOW_TOP : cfg->memory);
	if (!out->info)
		return refuse(RC_INPUT, "--append", "no room for %llu bytes of boot information",
			      (unsigned long long)size);
	info = calloc(1, size);
	if (!info)
		return refuse(RC_INTERNAL, "--kernel", "out of memory");
	fill(cfg, out, info);
	out->owned[0] = (u8 *)info;
	out->block[0] = (struct boot_block){
		.data = out->owned[0], .size = (u32)size, .mem_size = (u32)size, .phys = out->info};
	return RC_OK;
}

int load_multiboot(const struct config *cfg, u8 *ram, u64 ram_size, struct boot_state *out)
{
	struct boot_plan plan;
	int rc = multiboot_plan(cfg, false, &plan);

	for (unsigned i = 0; !rc && i < plan.n; i++) {
		const struct boot_block *b = &plan.block[i];

		if ((u64)b->phys + b->mem_size > ram_size)
			rc = refuse(RC_INTERNAL, "--kernel", "checked for more RAM than there is");
		if (rc)
			break;
		memcpy(ram + b->phys, b->data, b->size);
		memset(ram + b->phys + b->size, 0, b->mem_size - b->size);
	}
	*out = (struct boot_state){.eip = plan.entry, .eax = LOADER_MAGIC, .ebx = plan.info};
	boot_plan_free(&plan);
	return rc;
}
