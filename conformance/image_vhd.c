/* SPDX-License-Identifier: MIT
 * Raw disks for VMMs that want a container.  Fixed VHD: Microsoft, "Virtual Hard
 * Disk Image Format Specification" 1.0, section "Hard Disk Footer Format" (big
 * endian).  Flat VMDK: VMware, "Virtual Disk Format 1.1", section "The Descriptor
 * File".  Both name the geometry of 16 heads and 63 sectors that the raw disk has.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/image.h"

enum { HEADS = 16, SECTORS = 63, FOOTER = 512, TYPE_FIXED = 2 };

static void be(u8 *at, unsigned bytes, u64 v)
{
	while (bytes--) {
		at[bytes] = (u8)v;
		v >>= 8;
	}
}

void image_vhd(u32 id, struct buf *out)
{
	u8 f[FOOTER] = "conectix";
	u64 size = out->n;
	u32 sum = 0;

	be(f + 8, 4, 2);        /* features: reserved bit, always set */
	be(f + 12, 4, 0x10000); /* format version 1.0 */
	be(f + 16, 8, ~0ull);   /* no further structure */
	memcpy(f + 28, "vmpf", 4);
	be(f + 32, 4, 0x10000);
	memcpy(f + 36, "Wi2k", 4);
	be(f + 40, 8, size);
	be(f + 48, 8, size);
	be(f + 56, 2, size / 512 / HEADS / SECTORS);
	f[58] = HEADS;
	f[59] = SECTORS;
	be(f + 60, 4, TYPE_FIXED);
	memcpy(f + 68, "vmproof cases", 12);
	be(f + 80, 4, id);
	for (unsigned i = 0; i < FOOTER; i++)
		sum += f[i];
	be(f + 64, 4, ~sum);
	buf_add(out, f, FOOTER);
}

void image_vmdk(size_t bytes, u32 id, const char *extent, struct buf *out)
{
	char text[1024];
	int n = snprintf(text, sizeof text,
			 "# Disk DescriptorFile\n"
			 "version=1\n"
			 "CID=%08x\n"
			 "parentCID=ffffffff\n"
			 "createType=\"monolithicFlat\"\n"
			 "\n"
			 "# Extent description\n"
			 "RW %zu FLAT \"%s\" 0\n"
			 "\n"
			 "# The Disk Data Base\n"
			 "ddb.virtualHWVersion = \"4\"\n"
			 "ddb.geometry.cylinders = \"%zu\"\n"
			 "ddb.geometry.heads = \"%d\"\n"
			 "ddb.geometry.sectors = \"%d\"\n"
			 "ddb.adapterType = \"ide\"\n",
			 id, bytes / 512, extent, bytes / 512 / HEADS / SECTORS, HEADS, SECTORS);

	buf_add(out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}
