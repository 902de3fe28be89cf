/* SPDX-License-Identifier: MIT
 * The packet protocol at the registers: signature, the packet, PIO blocks and
 * their limits, DMA, completion, resets.
 */
#include "devices/atapibench.h"

static const u8 read_2[] = {0x28, 0, 0, 0, 0, 10, 0, 0, 2};

START_TEST(signature_and_status_after_reset)
{
	cd_power_on();
	ck_assert_uint_eq(get(STATUS), 0); /* DRDY is clear */
	ck_assert_uint_eq(get(COUNT), 1);
	ck_assert_uint_eq(get(LBA0), 1);
	ck_assert_uint_eq(get(LBA1), 0x14);
	ck_assert_uint_eq(get(LBA2), 0xeb);
	put(LBA1, 0);
	ide_control_out(&ide, 0, 4);
	ide_control_out(&ide, 0, 0);
	ck_assert_uint_eq(get(STATUS), 0x80);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0);
	ck_assert_uint_eq(get(LBA1), 0x14);
}
END_TEST

START_TEST(ata_commands_fail_with_the_signature)
{
	static const u8 codes[] = {0xec, 0x20};

	cd_power_on();
	for (unsigned i = 0; i < sizeof codes; i++) {
		ck_assert_uint_eq(ide_command(0xa0, 0, 7, codes[i]) & 0x89, 1);
		ck_assert_uint_eq(get(ERROR), 4);
		ck_assert_uint_eq(get(COUNT), 1);
		ck_assert_uint_eq(get(LBA1), 0x14);
		ck_assert_uint_eq(get(LBA2), 0xeb);
	}
	ck_assert_uint_eq(ide_command(0xa0, 0, 7, 0x30) & 0x89, 1);
	ck_assert_uint_eq(get(COUNT), 7); /* only those two */
	ck_assert_uint_eq(ide_command(0xa0, 0, 0, 0xe5) & 0x89, 0);
	ck_assert_uint_eq(get(COUNT), 0xff);
}
END_TEST

START_TEST(identify_packet_device)
{
	u16 w[256];

	cd_power_on();
	ck_assert_uint_eq(ide_command(0xa0, 0, 0, 0xa1), 0x58);
	ck_assert(bench.level[14]);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(w[0], 0x85c0);
	ck_assert_uint_eq(w[49] & 0x0300, 0x0300);
	ck_assert_uint_eq(w[63], 7);
	ck_assert_uint_eq(w[82] & 0x0010, 0x0010);
	put(ERROR, 3); /* multiword DMA 2 shows as selected */
	ck_assert_uint_eq(ide_command(0xa0, 0, 0x22, 0xef), 0x50);
	ide_command(0xa0, 0, 0, 0xa1);
	for (unsigned i = 0; i < 256; i++)
		w[i] = (u16)ide_in(&ide, DATA, 2);
	ck_assert_uint_eq(w[63], 0x0407);
}
END_TEST

START_TEST(packet_without_data)
{
	cd_bench();
	bench.rises[14] = 0;
	ck_assert_uint_eq(cd_packet_start(0, 0), 0x58);
	ck_assert_uint_eq(get(COUNT) & 3, 1); /* a command, to the drive */
	ck_assert(!bench.level[14]);
	for (unsigned i = 0; i < 5; i++)
		ide_out(&ide, DATA, 0, 2);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x58);
	ide_out(&ide, DATA, 0, 2);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x80);
	bench_pass(MS);
	ck_assert_uint_eq(bench.rises[14], 1);
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(get(COUNT) & 3, 3);
	ck_assert_uint_eq(get(ERROR), 0);
}
END_TEST

START_TEST(blocks_keep_to_the_byte_limit)
{
	static const u16 limits[] = {2048, 4096, 8192, 512, 1366, 1367, 0xffff};

	for (unsigned k = 0; k < sizeof limits / sizeof limits[0]; k++) {
		unsigned got = 0, blocks = 0, limit = limits[k] & ~1u;

		cd_bench();
		cd_packet_start(0, limits[k]);
		bench.rises[14] = 0;
		cd_packet_send(read_2, sizeof read_2);
		while (get(STATUS) & ATA_DRQ) {
			unsigned n;

			ck_assert_uint_eq(get(COUNT) & 3, 2); /* data, to the host */
			n = cd_take(answer + got);
			ck_assert_uint_eq(n, 4096 - got < limit ? 4096 - got : limit);
			got += n;
			blocks++;
		}
		ck_assert_uint_eq(got, 4096);
		ck_assert_uint_eq(bench.rises[14], blocks + 1);
		for (unsigned i = 0; i < 8; i++)
			ck_assert_uint_eq(word_at(answer + 512 * i), 40 + i);
	}
}
END_TEST

START_TEST(odd_sized_answers)
{
	static const u8 inquiry[] = {0x12, 0, 0, 0, 5};

	cd_bench();
	cd_packet_start(0, 5); /* the limit is the size: odd is allowed */
	cd_packet_send(inquiry, 5);
	ck_assert_uint_eq(get(LBA1), 5);
	ck_assert_uint_eq(cd_take(answer), 5);
	ck_assert_uint_eq(get(STATUS), 0x50);
	cd_packet_start(0, 3); /* less: the even part of it */
	cd_packet_send(inquiry, 5);
	ck_assert_uint_eq(cd_take(answer), 2);
	ck_assert_uint_eq(cd_take(answer + 2), 2);
	ck_assert_uint_eq(cd_take(answer + 4), 1);
	ck_assert_uint_eq(answer[0], 0x05);
	ck_assert_uint_eq(answer[4], 31);
	ck_assert_uint_eq(get(STATUS), 0x50);
}
END_TEST

START_TEST(a_limit_of_nothing_fails)
{
	cd_bench();
	cd_packet_start(0, 0);
	cd_packet_send(read_2, sizeof read_2);
	ck_assert_uint_eq(get(STATUS) & 0x89, 1);
	ck_assert_uint_eq(cd_take_sense(), 0x52400);
}
END_TEST

START_TEST(data_by_dma)
{
	cd_bench();
	ide_prd(0, 0x20000, 100, false);
	ide_prd(1, 0x20064, 3996, true);
	ck_assert_uint_eq(cd_packet_start(1, 0), 0x58);
	bench.rises[14] = 0;
	cd_packet_send(read_2, sizeof read_2);
	ck_assert_uint_eq(ide_control_in(&ide, 0), 0x58);
	bm_start(true);
	bench_pass(MS);
	ck_assert_uint_eq(bm_status(), 4);
	ck_assert_uint_eq(bench.rises[14], 1); /* at the end only */
	ck_assert_uint_eq(get(STATUS), 0x50);
	ck_assert_uint_eq(get(COUNT) & 3, 3);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(word_at(memory + 0x20000 + 512 * i), 40 + i);
}
END_TEST

START_TEST(answers_by_dma_and_short_tables)
{
	static const u8 inquiry[] = {0x12, 0, 0, 0, 36};

	cd_bench();
	ide_prd(0, 0x20000, 36, true);
	cd_packet_start(1, 0);
	cd_packet_send(inquiry, 5);
	bm_start(true);
	bench_pass(MS);
	ck_assert_uint_eq(bm_status(), 4);
	ck_assert_int_eq(memcmp(memory + 0x20008, "VMPROOF ", 8), 0);
	ide_prd(0, 0x20000, 2048, true);
	cd_packet_start(1, 0);
	cd_packet_send(read_2, sizeof read_2);
	busmaster_out(master, BM_COMMAND, 0, 1);
	bm_start(true);
	bench_pass(MS);
	ck_assert_uint_eq(bm_status(), 0);
	ck_assert_uint_eq(get(STATUS), 0x58);
}
END_TEST

START_TEST(large_reads_by_dma)
{
	static const u8 read_100[] = {0xa8, 0, 0, 0, 0, 3, 0, 0, 0, 100};

	cd_bench();
	for (unsigned i = 0; i < 4; i++)
		ide_prd(i, 0x20000 + i * 0x10000, 0, i == 3);
	cd_packet_start(1, 0);
	bm_start(true); /* before the packet */
	cd_packet_send(read_100, sizeof read_100);
	ck_assert_uint_eq(get(STATUS), 0x50);
	for (unsigned i = 0; i < 400; i++)
		ck_assert_uint_eq(word_at(memory + 0x20000 + 512 * i), 12 + i);
}
END_TEST

START_TEST(overlap_is_refused)
{
	cd_bench();
	ck_assert_uint_eq(cd_packet_start(2, 0) & 0x89, 1);
	ck_assert_uint_eq(get(ERROR), 4);
}
END_TEST

START_TEST(device_reset_works_at_any_time)
{
	cd_bench();
	put(STATUS, 0xa1);
	ck_assert_uint_eq(get(STATUS), 0x80);
	put(STATUS, 0x08);
	ck_assert_uint_eq(get(STATUS), 0);
	ck_assert_uint_eq(get(LBA1), 0x14);
	bench_pass(MS);
	ck_assert_uint_eq(get(STATUS), 0); /* what was under way is gone */
	ck_assert(!bench.level[14]);
	ck_assert_int_eq(CD(0x00), -6);
	ck_assert_uint_eq(cd_take_sense(), 0x62900);
}
END_TEST

START_TEST(host_errors_are_medium_errors)
{
	cd_bench();
	disc->read = bench_disk_broken;
	ck_assert_int_eq(cd_command(read_2, sizeof read_2), -3);
	ck_assert_uint_eq(cd_take_sense(), 0x31100);
	ide_prd(0, 0x20000, 4096, true);
	cd_packet_start(1, 0);
	bm_start(true);
	cd_packet_send(read_2, sizeof read_2);
	ck_assert_uint_eq(get(STATUS) & 0x89, 1);
	ck_assert_uint_eq(get(ERROR) >> 4, 3);
}
END_TEST

START_TEST(a_packet_device_alone_is_silent_for_device_1)
{
	cd_power_on();
	put(DEVICE, 0xb0);
	put(COUNT, 0x55);
	ck_assert_uint_eq(get(DEVICE), 0xb0);
	for (unsigned i = ERROR; i <= LBA2; i++)
		ck_assert_uint_eq(get(i), 0);
	ck_assert_uint_eq(get(STATUS), 0);
	put(STATUS, 0x90); /* the diagnostic is for both */
	bench_pass(MS);
	ck_assert_uint_eq(get(DEVICE), 0xa0);
	ck_assert_uint_eq(get(STATUS), 0);
	ck_assert_uint_eq(get(LBA2), 0xeb);
	ck_assert_uint_eq(get(ERROR), 1);
}
END_TEST

BENCH_MAIN("atapi", signature_and_status_after_reset, ata_commands_fail_with_the_signature,
	   identify_packet_device, packet_without_data, blocks_keep_to_the_byte_limit,
	   odd_sized_answers, a_limit_of_nothing_fails, data_by_dma,
	   answers_by_dma_and_short_tables, large_reads_by_dma, overlap_is_refused,
	   device_reset_works_at_any_time, host_errors_are_medium_errors,
	   a_packet_device_alone_is_silent_for_device_1)
