/* SPDX-License-Identifier: MIT
 * A CD: ISO 9660 (ECMA-119, sections 6.8, 8.4, 9.1, 9.4) with an El Torito 1.0
 * boot record (section 2, figures 2, 3 and 7) without emulation, which PCs take
 * since the nineties.  The boot image is the loader as on disks; it reads the blob
 * in sectors of 2,048 bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/image.h"
#include "guests/lib/recordarea.h"

enum {
	SECTOR = 2048,
	/* Layout in sectors. */
	AT_PVD = 16,
	AT_BOOT_RECORD,
	AT_END,
	AT_PATH_L,
	AT_PATH_M,
	AT_ROOT,
	AT_CATALOG,
	AT_LOADER,
	AT_BLOB = AT_LOADER + BOOT_BYTES / SECTOR,
};

static void le(u8 *at, unsigned bytes, u32 v)
{
	for (; bytes--; v >>= 8)
		*at++ = (u8)v;
}

static void be(u8 *at, unsigned bytes, u32 v)
{
	for (; bytes--; v >>= 8)
		at[bytes] = (u8)v;
}

/* Section 7.2.3 and 7.3.3: both byte orders, little first. */
static void both(u8 *at, unsigned bytes, u32 v)
{
	le(at, bytes, v);
	be(at + bytes, bytes, v);
}

/* Section 9.1; returns the record's length.  `name` of 1 byte: 0 "." and 1 "..". */
static unsigned directory_record(u8 *at, u32 sector, u32 bytes, bool dir, const char *name,
				 unsigned len)
{
	unsigned n = 33 + len + !(len & 1);

	at[0] = (u8)n;
	both(at + 2, 4, sector);
	both(at + 10, 4, bytes);
	at[25] = dir ? 2 : 0;
	both(at + 28, 2, 1);
	at[32] = (u8)len;
	memcpy(at + 33, name, len);
	return n;
}

static void descriptor(u8 *at, u8 type)
{
	at[0] = type;
	memcpy(at + 1, "CD001", 5);
	at[6] = 1;
}

static void no_date(u8 *at)
{
	memset(at, '0', 16);
	at[16] = 0;
}

static void primary(u8 *at, u32 sectors)
{
	descriptor(at, 1);
	memset(at + 8, ' ', 64);
	memcpy(at + 40, "VMPROOF", 7);
	both(at + 80, 4, sectors);
	both(at + 120, 2, 1); /* one volume */
	both(at + 124, 2, 1);
	both(at + 128, 2, SECTOR);
	both(at + 132, 4, 10); /* path table: the root alone */
	le(at + 140, 4, AT_PATH_L);
	be(at + 148, 4, AT_PATH_M);
	directory_record(at + 156, AT_ROOT, SECTOR, true, "", 1);
	memset(at + 190, ' ', 623);
	for (unsigned i = 0; i < 4; i++)
		no_date(at + 813 + 17 * i);
	at[881] = 1;
}

static void path_tables(u8 *l, u8 *m)
{
	l[0] = m[0] = 1;
	le(l + 2, 4, AT_ROOT);
	be(m + 2, 4, AT_ROOT);
	le(l + 6, 2, 1);
	be(m + 6, 2, 1);
}

static void root(u8 *at, u32 blob_bytes)
{
	at += directory_record(at, AT_ROOT, SECTOR, true, "", 1);
	at += directory_record(at, AT_ROOT, SECTOR, true, "\1", 1);
	at += directory_record(at, AT_CATALOG, SECTOR, false, "BOOT.CAT;1", 10);
	at += directory_record(at, AT_BLOB, blob_bytes, false, "CASES.BIN;1", 11);
	directory_record(at, AT_LOADER, BOOT_BYTES, false, "LOADER.BIN;1", 12);
}

static void el_torito(u8 *record, u8 *catalog)
{
	u16 sum = 0;

	descriptor(record, 0);
	memcpy(record + 7, "EL TORITO SPECIFICATION", 23);
	le(record + 71, 4, AT_CATALOG);
	catalog[0] = 1; /* validation entry, platform 80x86 */
	memcpy(catalog + 4, "vmproof", 7);
	catalog[30] = 0x55;
	catalog[31] = 0xaa;
	for (unsigned i = 0; i < 32; i += 2)
		sum = (u16)(sum + (catalog[i] | catalog[i + 1] << 8));
	le(catalog + 28, 2, (u16)-sum);
	catalog[32] = 0x88; /* bootable, no emulation, segment 7C0 */
	le(catalog + 38, 2, BOOT_BYTES / 512);
	le(catalog + 40, 4, AT_LOADER);
}

const char *image_iso(const struct buf *boot, const struct buf *blob, struct buf *out)
{
	u32 blob_sectors = (u32)((blob->n + SECTOR - 1) / SECTOR);
	struct buf loader = {0};
	struct boot_params *p;

	if (boot->n != BOOT_BYTES)
		return "the boot loader is not 4096 bytes long";
	if (!image_params(boot))
		return "the boot loader has no parameter block";
	buf_add(&loader, boot->p, boot->n);
	p = image_params(&loader);
	p->blob_sectors = (u32)((blob->n + 511) / 512);
	p->cd_lba = AT_BLOB;
	loader.p[BOOT_CD_FLAG] = 1;
	buf_add(out, NULL, AT_LOADER * SECTOR);
	primary(out->p + AT_PVD * SECTOR, AT_BLOB + blob_sectors);
	el_torito(out->p + AT_BOOT_RECORD * SECTOR, out->p + AT_CATALOG * SECTOR);
	descriptor(out->p + AT_END * SECTOR, 255);
	path_tables(out->p + AT_PATH_L * SECTOR, out->p + AT_PATH_M * SECTOR);
	root(out->p + AT_ROOT * SECTOR, (u32)blob->n);
	buf_add(out, loader.p, loader.n);
	buf_add(out, blob->p, blob->n);
	buf_add(out, NULL, (size_t)(AT_BLOB + blob_sectors) * SECTOR - out->n);
	buf_free(&loader);
	return NULL;
}
