/* SPDX-License-Identifier: MIT
 * Bootable images: a 1.44 MB floppy, a raw hard disk, or a multiboot 1 ELF,
 * all from the same boot loader, blob and pack.  ELF: System V gABI, "ELF
 * header" and "program header"; one PT_LOAD segment at 1 MiB.
 */
#include <elf.h>
#include <string.h>

#include "conformance/pack.h"

const char *const medium_names[MEDIUM_COUNT] = {"floppy", "disk", "multiboot"};

#define FLOPPY_BYTES (80u * 2 * 18 * 512)
/* 1024 cylinders would confuse nobody; 16 heads and 63 sectors are what BIOSes
 * assume of a small disk. */
#define DISK_CYLINDER (16u * 63 * 512)
#define BOOT_BYTES    4096u
#define BLOB_ADDR     0x100000u
#define BLOB_END      0x700000u /* page tables of the runtime, sysarena.h */

static const char *boot_medium(const struct buf *boot, const struct buf *blob, bool floppy,
			       struct buf *out)
{
	static const u8 mark[4] = {'V', 'M', 'P', 'L'};
	u32 sectors = (u32)((blob->n + 511) / 512);
	size_t size, at;

	if (boot->n != BOOT_BYTES)
		return "the boot loader is not 4096 bytes long";
	for (at = 512; at + 8 < boot->n; at++)
		if (!memcmp(boot->p + at, mark, 4))
			break;
	if (at + 8 >= boot->n)
		return "the boot loader has no parameter block";
	size = BOOT_BYTES + (size_t)sectors * 512;
	if (floppy && size > FLOPPY_BYTES)
		return "the selected cases do not fit on a floppy";
	buf_add(out, boot->p, boot->n);
	memcpy(out->p + at + 4, &sectors, 4);
	buf_add(out, blob->p, blob->n);
	if (floppy)
		buf_add(out, NULL, FLOPPY_BYTES - out->n);
	else
		buf_add(out, NULL, DISK_CYLINDER - out->n % DISK_CYLINDER);
	return NULL;
}

static const char *multiboot(const struct buf *blob, struct buf *out)
{
	Elf32_Ehdr e = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_entry = BLOB_ADDR,
		.e_phoff = sizeof e,
		.e_ehsize = sizeof e,
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 1,
	};
	Elf32_Phdr p = {
		.p_type = PT_LOAD,
		.p_offset = BOOT_BYTES,
		.p_vaddr = BLOB_ADDR,
		.p_paddr = BLOB_ADDR,
		.p_filesz = (u32)blob->n,
		.p_memsz = (u32)blob->n,
		.p_flags = PF_R | PF_W | PF_X,
		.p_align = BOOT_BYTES,
	};

	buf_add(out, &e, sizeof e);
	buf_add(out, &p, sizeof p);
	buf_add(out, NULL, BOOT_BYTES - out->n);
	buf_add(out, blob->p, blob->n);
	return NULL;
}

const char *image_build(enum medium m, const struct buf *boot, const struct buf *blob,
			struct buf *out)
{
	if (blob->n > BLOB_END - BLOB_ADDR)
		return "the selected cases do not fit in the guest's memory";
	if (m == MEDIUM_MULTIBOOT)
		return multiboot(blob, out);
	return boot_medium(boot, blob, m == MEDIUM_FLOPPY, out);
}
