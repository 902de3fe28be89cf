/* SPDX-License-Identifier: MIT
 * Images that are put into guest memory: firmware, option ROM, kernel.  Every
 * function that can refuse prints one line naming `opt` and returns RC_INPUT.
 */
#ifndef REFVMM_LOAD_H
#define REFVMM_LOAD_H

#include "refvmm/types.h"

struct rom_image {
	u8 *data;
	u32 size;
};

struct kernel_segment {
	u64 offset; /* in the file */
	u32 phys;
	u32 file_size, mem_size; /* the rest is zeroed */
};

struct kernel_image {
	u8 *bytes; /* the whole file */
	u64 size;
	const char *path;
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

/* Read a whole regular file of 1..max bytes into malloc'd memory. */
int load_file(const char *opt, const char *path, u64 max, u8 **data, u64 *size);

/* System firmware: 64 to 256 KiB, a multiple of 64 KiB, with code at the reset
 * vector. */
int load_bios(const char *opt, const char *path, struct rom_image *out);
/* Option ROM: 55 AA signature, length byte within the file, checksum 0. */
int load_option_rom(const char *opt, const char *path, struct rom_image *out);

/* Read and check a Multiboot 1 kernel for a guest with ram_size bytes. */
int load_kernel(const char *opt, const char *path, u64 ram_size, struct kernel_image *out);

struct config;
/* Put the kernel and its information structure into guest RAM (`ram`: host
 * address of guest physical 0).  RC_OK or RC_INPUT. */
int load_multiboot(const struct config *cfg, u8 *ram, u64 ram_size, struct boot_state *out);

#endif
