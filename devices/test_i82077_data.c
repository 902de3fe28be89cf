/* SPDX-License-Identifier: MIT
 * Floppy data commands by DMA and by PIO.
 */
#include "devices/fdcbench.h"

static unsigned number(const u8 *p)
{
	return p[0] | p[1] << 8;
}

static const u8 *stored(u64 lba)
{
	return (u8 *)disk->arg + lba * 512;
}

#define TARGET (memory + 0x10000)

START_TEST(reads_one_sector)
{
	fdc_start(2880);
	fdc_dma(512, true);
	/* cylinder 2, head 1, sector 5 */
	ck_assert_uint_eq(FDC(0xe6, 0x04, 2, 1, 5, 2, 18, 0x1b, 0xff), 7);
	ck_assert_uint_eq(bench.rises[6], 1);
	ck_assert_uint_eq(result[0], 0x04);
	ck_assert_uint_eq(result[1] | result[2], 0);
	ck_assert_uint_eq(number(TARGET), (2 * 2 + 1) * 18 + 4);
	ck_assert_mem_eq(result + 3, ((u8[]){2, 1, 6, 2}), 4);
	ck_assert(!bench.level[6]); /* taking the result ends the request */
}
END_TEST

START_TEST(multitrack_goes_on_with_head_1)
{
	fdc_start(2880);
	fdc_dma(3 * 512, true);
	FDC(0xe6, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0x04);
	ck_assert_uint_eq(number(TARGET), 16);
	ck_assert_uint_eq(number(TARGET + 1024), 18);
	ck_assert_mem_eq(result + 3, ((u8[]){0, 1, 2, 2}), 4);
	fdc_dma(2 * 512, true); /* to the end of the cylinder */
	FDC(0xe6, 0x04, 0, 1, 17, 2, 18, 0x1b, 0xff);
	ck_assert_mem_eq(result + 3, ((u8[]){1, 0, 1, 2}), 4);
}
END_TEST

START_TEST(end_of_track_without_terminal_count)
{
	fdc_start(2880);
	fdc_dma(4 * 512, true);
	FDC(0x66, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0x40);
	ck_assert_uint_eq(result[1], 0x80);
}
END_TEST

START_TEST(writes_by_dma)
{
	fdc_start(2880);
	memset(TARGET, 0x5a, 1024);
	fdc_dma(700, false); /* the rest of the second sector is zero */
	FDC(0xc5, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0);
	ck_assert_uint_eq(stored(2)[511], 0x5a);
	ck_assert_uint_eq(stored(3)[187], 0x5a);
	ck_assert_uint_eq(stored(3)[188], 0);
	disk->read_only = true;
	FDC(0xc5, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0x40);
	ck_assert_uint_eq(result[1], 0x02);
}
END_TEST

START_TEST(bad_addresses)
{
	fdc_start(2880);
	fdc_dma(512, true);
	FDC(0xe6, 0x00, 0, 0, 19, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[1], 0x04);
	FDC(0xe6, 0x00, 80, 0, 1, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[1], 0x04);
	FDC(0xe6, 0x00, 0, 1, 1, 2, 18, 0x1b, 0xff); /* H differs from the head */
	ck_assert_uint_eq(result[1], 0x04);
	FDC(0xe6, 0x00, 0, 0, 1, 3, 18, 0x1b, 0xff); /* 1024-byte sectors */
	ck_assert_uint_eq(result[1], 0x04);
	FDC(0xe6, 0x01, 0, 0, 1, 2, 18, 0x1b, 0xff); /* drive B: */
	ck_assert_uint_eq(result[0], 0x41);
	ck_assert_uint_eq(result[1], 0x01);
}
END_TEST

START_TEST(masked_dma_overruns)
{
	fdc_start(2880);
	FDC(0xe6, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0x40);
	ck_assert_uint_eq(result[1], 0x10);
}
END_TEST

START_TEST(no_disk_or_no_motor)
{
	fdc_start(0);
	FDC(0x4a, 0);
	ck_assert_uint_eq(result[1], 0x01);
	fdc_start(2880);
	i82077_out(&fdc, DOR, 0x0c);
	FDC(0x4a, 0);
	ck_assert_uint_eq(result[1], 0x01);
}
END_TEST

START_TEST(read_id_names_the_cylinder)
{
	fdc_start(2880);
	FDC(0x0f, 0, 7);
	FDC(0x08);
	ck_assert_uint_eq(FDC(0x4a, 4), 7);
	ck_assert_mem_eq(result, ((u8[]){4, 0, 0, 7, 1, 1, 2}), 7);
}
END_TEST

START_TEST(verify_needs_no_dma)
{
	fdc_start(2880);
	FDC(0xd6, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0] & 0xc0, 0);
}
END_TEST

START_TEST(formats_a_track)
{
	fdc_start(2880);
	for (u8 i = 0; i < 18; i++)
		memcpy(TARGET + 4 * i, ((u8[]){1, 0, (u8)(i + 1), 2}), 4);
	fdc_dma(18 * 4, false);
	FDC(0x4d, 0x00, 2, 18, 0x6c, 0xf6);
	ck_assert_uint_eq(result[0], 0);
	ck_assert_uint_eq(stored(36)[0], 0xf6);
	ck_assert_uint_eq(stored(53)[511], 0xf6);
	ck_assert_uint_eq(number(stored(54)), 54);
}
END_TEST

START_TEST(reads_by_pio)
{
	static const u8 cmd[9] = {0x46, 0, 0, 0, 17, 2, 18, 0x1b, 0xff};

	fdc_start(2880);
	FDC(0x03, 0xaf, 0x03); /* no DMA */
	for (unsigned i = 0; i < 9; i++)
		i82077_out(&fdc, FIFO, cmd[i]);
	bench_pass(MS);
	for (unsigned sector = 16; sector < 18; sector++) {
		u8 data[512];

		ck_assert(bench.level[6]);
		ck_assert_uint_eq(i82077_in(&fdc, MSR), 0xf0);
		for (unsigned i = 0; i < 512; i++)
			data[i] = i82077_in(&fdc, FIFO);
		ck_assert_uint_eq(number(data), sector);
	}
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0xd0);
	ck_assert_uint_eq(i82077_in(&fdc, FIFO), 0x40);
	ck_assert_uint_eq(i82077_in(&fdc, FIFO), 0x80); /* no TC without DMA */
}
END_TEST

START_TEST(writes_by_pio)
{
	static const u8 cmd[9] = {0x45, 0, 0, 0, 18, 2, 18, 0x1b, 0xff};

	fdc_start(2880);
	FDC(0x03, 0xaf, 0x03);
	for (unsigned i = 0; i < 9; i++)
		i82077_out(&fdc, FIFO, cmd[i]);
	bench_pass(MS);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0xb0);
	for (unsigned i = 0; i < 512; i++)
		i82077_out(&fdc, FIFO, 0xee);
	ck_assert_uint_eq(i82077_in(&fdc, MSR), 0xd0);
	ck_assert_uint_eq(stored(17)[511], 0xee);
}
END_TEST

START_TEST(short_image_reads_zeros_past_its_end)
{
	fdc_start(3);
	memset(TARGET, 0xff, 1024);
	fdc_dma(1024, true);
	FDC(0xe6, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	ck_assert_uint_eq(result[0], 0);
	ck_assert_uint_eq(number(TARGET), 2);
	ck_assert_uint_eq(number(TARGET + 512), 0);
}
END_TEST

START_TEST(implied_seek)
{
	fdc_start(2880);
	ck_assert_uint_eq(i82077_in(&fdc, DIR), 0xff);
	fdc_dma(512, true);
	ck_assert_uint_eq(FDC(0xe6, 0, 7, 0, 1, 2, 18, 0x1b, 0xff), 7);
	ck_assert_uint_eq(result[0], 0);
	ck_assert_uint_eq(fdc.pcn[0], 0); /* off: the chip believes nothing new */
	FDC(0x13, 0, 0x40, 0);
	fdc_dma(512, true);
	ck_assert_uint_eq(FDC(0xe6, 0, 7, 0, 1, 2, 18, 0x1b, 0xff), 7);
	ck_assert_uint_eq(result[0], 0x20);
	ck_assert_uint_eq(fdc.pcn[0], 7);
	ck_assert_uint_eq(i82077_in(&fdc, DIR), 0x7f); /* the drive has stepped */
	FDC(0x4a, 0);
	ck_assert_uint_eq(result[0], 0);
	ck_assert_uint_eq(result[3], 7);
}
END_TEST

BENCH_MAIN("i82077_data", implied_seek, reads_one_sector, multitrack_goes_on_with_head_1,
	   end_of_track_without_terminal_count, writes_by_dma, bad_addresses, masked_dma_overruns,
	   no_disk_or_no_motor, read_id_names_the_cylinder, verify_needs_no_dma, formats_a_track,
	   reads_by_pio, writes_by_pio, short_image_reads_zeros_past_its_end)
