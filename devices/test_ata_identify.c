/* SPDX-License-Identifier: MIT
 * IDENTIFY DEVICE and SET FEATURES.
 */
#include "devices/atabench.h"

START_TEST(identify_describes_the_disk)
{
	u16 w[256];

	setup();
	ck_assert_uint_eq(ide_command(0xa0, 0, 0, 0xec), 0x58);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(w[0] & 0x8000, 0);
	ck_assert_uint_eq(w[1], 4);
	ck_assert_uint_eq(w[3], 16);
	ck_assert_uint_eq(w[5], 512);
	ck_assert_uint_eq(w[6], 63);
	ck_assert_uint_eq(w[27], 'V' << 8 | 'M');
	ck_assert_uint_eq(w[49] & 0x0300, 0x0300); /* LBA, DMA */
	ck_assert_uint_eq(w[60], SECTORS);
	ck_assert_uint_eq(w[63], 0x0007);
	ck_assert_uint_eq(w[88], 0x003f);
	ck_assert_uint_eq(w[83] & 0xc000, 0x4000);
	ck_assert_uint_eq(w[100], SECTORS);
}
END_TEST

static void identify(u16 *w)
{
	ck_assert_uint_eq(ide_command(0xa0, 0, 0, 0xec), 0x58);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
}

static u8 set_features(u8 feature, u8 value)
{
	put(ERROR, feature);
	return ide_command(0xa0, 0, value, 0xef);
}

START_TEST(transfer_modes)
{
	u16 w[256];

	setup();
	ck_assert_uint_eq(set_features(0x03, 0x0c), 0x50); /* PIO 4 */
	ck_assert_uint_eq(set_features(0x03, 0x22), 0x50); /* multiword DMA 2 */
	identify(w);
	ck_assert_uint_eq(w[63], 0x0407);
	ck_assert_uint_eq(w[88], 0x003f);
	ck_assert_uint_eq(set_features(0x03, 0x45), 0x50); /* Ultra DMA 5 */
	identify(w);
	ck_assert_uint_eq(w[63], 0x0007);
	ck_assert_uint_eq(w[88], 0x203f);
	ck_assert_uint_eq(set_features(0x03, 0x12), 0x51); /* single word DMA */
	ck_assert_uint_eq(get(ERROR), 0x04);
	ck_assert_uint_eq(set_features(0x03, 0x46), 0x51);
	ck_assert_uint_eq(set_features(0x03, 0x0d), 0x51);
	ide_reset(&ide);
	identify(w);
	ck_assert_uint_eq(w[88], 0x003f);
}
END_TEST

START_TEST(features)
{
	u16 w[256];

	setup();
	identify(w);
	ck_assert_uint_eq(w[85] & 0x20, 0x20); /* write cache on */
	ck_assert_uint_eq(set_features(0x82, 0), 0x50);
	identify(w);
	ck_assert_uint_eq(w[85] & 0x20, 0);
	ck_assert_uint_eq(set_features(0x02, 0), 0x50);
	identify(w);
	ck_assert_uint_eq(w[85] & 0x20, 0x20);
	ck_assert_uint_eq(set_features(0xaa, 0), 0x50);
	ck_assert_uint_eq(set_features(0x05, 0x80), 0x51); /* power levels */
}
END_TEST

START_TEST(default_geometry)
{
	struct ata_geometry g = ata_geometry_of(2048);

	ck_assert_uint_eq(g.cylinders, 2);
	ck_assert_uint_eq(g.heads, 16);
	ck_assert_uint_eq(g.sectors, 63);
	ck_assert_uint_eq(ata_geometry_of(1).cylinders, 1);
	ck_assert_uint_eq(ata_geometry_of(1ull << 40).cylinders, 16383);
}
END_TEST

BENCH_MAIN("ata_identify", transfer_modes, features, default_geometry, identify_describes_the_disk)
