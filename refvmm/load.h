/* SPDX-License-Identifier: MIT
 * Images that are put into guest memory: firmware, option ROM, kernel, and what
 * goes with a kernel.  Every function that can refuse prints one line naming
 * `opt` and returns RC_INPUT.
 *
 * A kernel is read and checked when the files are opened; a boot plan says which
 * bytes go where and how the kernel is entered.  The option ROM of bootrom.c
 * carries it out after the firmware, or, for Multiboot without firmware, the
 * machine does.
 */
#ifndef REFVMM_LOAD_H
#define REFVMM_LOAD_H

#include "refvmm/types.h"

struct rom_image {
	u8 *data;
	u32 size;
};

/* Another file for the kernel: initial RAM disk or Multiboot module. */
struct boot_file {
	u8 *data;
	u64 size;
	const char *text; /* file name and arguments */
};

#define BOOT_FILES 16u

struct boot_files {
	struct boot_file file[BOOT_FILES];
	unsigned n;
};

struct kernel_segment {
	u64 offset; /* in the file */
	u32 phys;
	u32 file_size, mem_size; /* the rest is zeroed */
};

enum kernel_kind { KERNEL_MULTIBOOT, KERNEL_LINUX };

struct kernel_image {
	enum kernel_kind kind;
	u8 *bytes; /* the whole file */
	u64 size;
	const char *path;
	/* Multiboot: */
	u32 entry; /* physical */
	unsigned n_segments;
	struct kernel_segment segment[16];
};

/* Processor state at the first kernel instruction, Multiboot 1 section 3.2:
 * protected mode, paging off, flat 32-bit segments, A20 open, IF and VM clear,
 * everything else undefined. */
struct boot_state {
	u32 eip;
	u32 eax; /* 0x2BADB002 */
	u32 ebx; /* physical address of the information structure */
	u32 esp; /* the specification leaves it undefined: 0 */
};

#define BOOT_BLOCKS 44u

/* `size` bytes of `data`, then zeros up to `mem_size`, go to `phys`. */
struct boot_block {
	const u8 *data;
	u32 size, mem_size, phys;
};

struct boot_plan {
	enum kernel_kind kind;
	struct boot_block block[BOOT_BLOCKS];
	unsigned n;
	u16 cs, ip, ss, sp;   /* Linux: the real-mode entry */
	u32 entry, info, map; /* Multiboot: entry and information structure, physical;
			       * offset of the memory map in it (block 0) */
	u8 *owned[2];         /* bytes made here; see boot_plan_free() */
};

/* Memory at the end of RAM that the firmware may use for its tables. */
#define FIRMWARE_TOP 0x20000u

/* Read a whole regular file of 1..max bytes into malloc'd memory. */
int load_file(const char *opt, const char *path, u64 max, u8 **data, u64 *size);

/* System firmware: 64 to 256 KiB, a multiple of 64 KiB, with code at the reset
 * vector. */
int load_bios(const char *opt, const char *path, struct rom_image *out);
/* Option ROM: 55 AA signature, length byte within the file, checksum 0. */
int load_option_rom(const char *opt, const char *path, struct rom_image *out);

/* Read and check a kernel for a guest with ram_size bytes: Multiboot 1 or Linux
 * bzImage/zImage. */
int load_kernel(const char *opt, const char *path, u64 ram_size, struct kernel_image *out);
/* The file that comes with a Linux kernel, or Multiboot modules: "file args,file2
 * args"; two commas stand for one. */
int load_boot_files(const char *opt, const char *spec, enum kernel_kind kind, u64 ram_size,
		    struct boot_files *out);
void free_boot_files(struct boot_files *files);

/* Multiboot 1 header, load_multiboot.c: is there one, and is it one of ours? */
bool multiboot_found(const struct kernel_image *k);
int multiboot_check(const char *opt, struct kernel_image *k, u64 ram_size);
/* Linux setup header, load_linux.c. */
bool linux_found(const struct kernel_image *k);
int linux_check(const char *opt, const struct kernel_image *k);

struct config;
/* The plan for cfg->kernel_image with cfg->boot_files and cfg->append, to be
 * carried out by the option ROM. */
int boot_plan(const struct config *cfg, struct boot_plan *out);
int linux_plan(const struct config *cfg, struct boot_plan *out);
/* `low`: the information structure must be reachable from real mode. */
int multiboot_plan(const struct config *cfg, bool low, struct boot_plan *out);
void boot_plan_free(struct boot_plan *plan);

/* Start a Multiboot kernel without firmware: put everything into guest RAM (`ram`:
 * host address of guest physical 0).  RC_OK or RC_INPUT. */
int load_multiboot(const struct config *cfg, u8 *ram, u64 ram_size, struct boot_state *out);

#endif
