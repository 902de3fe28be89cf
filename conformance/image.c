/* SPDX-License-Identifier: MIT
 * Bootable images: a 1.44 MB floppy, a raw hard disk (also inside VHD and VMDK),
 * a CD, or a multiboot 1 ELF, all from the same boot loader, blob and pack.  ELF:
 * System V gABI, "ELF header" and "program header"; one PT_LOAD segment at 1 MiB.
 */
#include <elf.h>
#include <string.h>

#include "conformance/image.h"
#include "conformance/sysarena.h"
#include "guests/lib/crc32.h"
#include "guests/lib/recordarea.h"

const char *const medium_names[MEDIUM_COUNT] = {"floppy", "disk", "multiboot",
						"iso",    "vhd",  "vmdk"};

#define FLOPPY_BYTES (80u * 2 * 18 * 512)
/* 1024 cylinders would confuse nobody; 16 heads and 63 sectors are what BIOSes
 * assume of a small disk. */
#define DISK_CYLINDER (16u * 63 * 512)
/* Less of it would not be worth a boot. */
#define AREA_LEAST 64u
#define BLOB_ADDR  0x100000u
#define BLOB_END   PG_BASE /* page tables of the runtime */

bool image_has_area(enum medium m)
{
	return m == MEDIUM_FLOPPY || m == MEDIUM_DISK || m == MEDIUM_VHD || m == MEDIUM_VMDK;
}

struct boot_params *image_params(const struct buf *image)
{
	u8 *at = image->p + 512 * PARAMS_LBA + PARAMS_AT;

	return image->n >= BOOT_BYTES && !memcmp(at, "VMPL", 4) ? (struct boot_params *)at : NULL;
}

static const char *boot_medium(const struct buf *boot, const struct buf *blob, bool floppy,
			       u32 area_sectors, struct buf *out)
{
	u32 sectors = (u32)((blob->n + 511) / 512);
	u32 area_lba = BOOT_BYTES / 512 + sectors;
	struct boot_params *p;

	/* A floppy has what is left of it; the guest says when that is full. */
	if (floppy && area_sectors && area_lba + area_sectors > FLOPPY_BYTES / 512) {
		if (area_lba + AREA_LEAST > FLOPPY_BYTES / 512)
			return "the selected cases leave no room for records on a floppy";
		area_sectors = FLOPPY_BYTES / 512 - area_lba;
	}
	if (boot->n != BOOT_BYTES)
		return "the boot loader is not 4096 bytes long";
	if (floppy && BOOT_BYTES + (size_t)sectors * 512 > FLOPPY_BYTES)
		return "the selected cases do not fit on a floppy";
	if (!image_params(boot))
		return "the boot loader has no parameter block";
	buf_add(out, boot->p, boot->n);
	p = image_params(out);
	p->blob_sectors = sectors;
	if (area_sectors) {
		p->area_lba = area_lba;
		p->area_sectors = area_sectors;
	}
	buf_add(out, blob->p, blob->n);
	if (area_sectors) {
		buf_add(out, NULL, area_lba * 512 - out->n);
		buf_add(out, AREA_MAGIC, sizeof AREA_MAGIC - 1);
		buf_add(out, NULL, (size_t)area_sectors * 512 - (sizeof AREA_MAGIC - 1));
	}
	if (floppy) {
		buf_add(out, NULL, FLOPPY_BYTES - out->n);
		return NULL;
	}
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
			u32 area_sectors, struct buf *out)
{
	const char *bad;

	if (blob->n > BLOB_END - BLOB_ADDR)
		return "the selected cases do not fit in the guest's memory";
	if (area_sectors && !image_has_area(m))
		return "only disks and floppies have a record area";
	if (m == MEDIUM_MULTIBOOT)
		return multiboot(blob, out);
	if (m == MEDIUM_ISO)
		return image_iso(boot, blob, out);
	bad = boot_medium(boot, blob, m == MEDIUM_FLOPPY, area_sectors, out);
	if (!bad && m == MEDIUM_VHD)
		image_vhd(crc32_add(0, blob->p, (u32)blob->n), out);
	return bad;
}
