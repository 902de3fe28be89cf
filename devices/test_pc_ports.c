/* SPDX-License-Identifier: MIT
 * Port map: order, unclaimed ports, splitting of wide accesses, movable block.
 */
#include "devices/pcbench.h"

static const struct pc_config config = {.ram_size = 16u << 20};

START_TEST(table_is_in_address_order)
{
	for (unsigned i = 0; i < pc_port_ranges; i++) {
		const struct port_range *r = &pc_ports[i];

		ck_assert_uint_le(r->first, r->last);
		if (i)
			ck_assert_uint_gt(r->first, r[-1].last);
		ck_assert(r->out || r->wide);
		ck_assert(r->out || !r->in); /* some ports can only be written */
		ck_assert(!r->wide == !(r->wide_in && r->wide_out));
	}
}
END_TEST

START_TEST(unclaimed_ports_read_ones)
{
	static const u16 ports[] = {0x0010, 0x0065, 0x0168, 0x0201, 0x02f8, 0x0378, 0x1000, 0xffff};

	pc_setup(&config);
	for (unsigned i = 0; i < 8; i++) {
		pc_out(pc, ports[i], 0x12345678, 4);
		ck_assert_uint_eq(pc_in(pc, ports[i], 1), 0xff);
		ck_assert_uint_eq(pc_in(pc, ports[i], 2), 0xffff);
		ck_assert_uint_eq(pc_in(pc, ports[i], 4), 0xffffffff);
	}
}
END_TEST

START_TEST(words_split_low_byte_first)
{
	pc_setup(&config);
	pc_out(pc, 0x3ce, 0xa508, 2); /* index 8, data A5h */
	ck_assert_uint_eq(pc_in(pc, 0x3ce, 2), 0xa508);
	pc_out(pc, 0x70, 0x5a40, 2);
	ck_assert_uint_eq(pc_in(pc, 0x70, 2), 0x5aff);
	ck_assert_uint_eq(pc_in(pc, 0x80, 4) & 0xff, 0);
}
END_TEST

START_TEST(configuration_ports_share_their_dword)
{
	pc_setup(&config);
	pc_out(pc, 0xcf8, 0x80000000, 4);
	ck_assert_uint_eq(pc_in(pc, 0xcfc, 4), 0x12378086);
	ck_assert_uint_eq(pc_in(pc, 0xcfe, 2), 0x1237);
	pc_out(pc, 0xcf9, 0x02, 1); /* reset control, not the address */
	ck_assert_uint_eq(pc_in(pc, 0xcf8, 4), 0x80000000);
	ck_assert_uint_eq(pc_in(pc, 0xcf9, 1), 0x02);
	pc_out(pc, 0xcf8, 0x0400, 2); /* bytes: CF8h ignored, CF9h raises reset */
	ck_assert_uint_eq(seen.resets, 1);
	ck_assert_uint_eq(seen.cause, PC_RESET_CF9);
}
END_TEST

START_TEST(pm_block_moves)
{
	pc_setup(&config);
	ck_assert_uint_eq(pc_in(pc, 0xb008, 4), 0xffffffff);
	pc_out(pc, 0xcf8, 0x80000b40, 4);
	pc_out(pc, 0xcfc, 0xb001, 4);
	pc_out(pc, 0xcf8, 0x80000b80, 4);
	pc_out(pc, 0xcfc, 1, 1);
	bench.now = S;
	ck_assert_uint_eq(pc_in(pc, 0xb008, 4), 3579545);
	ck_assert_uint_eq(pc_in(pc, 0xb00a, 1), 3579545 >> 16);
	pc_out(pc, 0xb004, 0x2000, 2); /* soft off */
	ck_assert_uint_eq(seen.stops, 1);
	ck_assert_int_eq(seen.why, PC_STOP_SHUTDOWN);
	ck_assert_uint_eq(pc_in(pc, 0xb040, 1), 0xff);
}
END_TEST

START_TEST(bus_master_block_moves)
{
	pc_setup(&config);
	pc_out(pc, 0xcf8, 0x80000920, 4);
	pc_out(pc, 0xcfc, 0xc000, 4);
	pc_out(pc, 0xc004, 0x1000, 4);
	ck_assert_uint_eq(pc_in(pc, 0xc004, 4), 0xffffffff);
	pc_out(pc, 0xcf8, 0x80000904, 4);
	pc_out(pc, 0xcfc, 5, 2);
	pc_out(pc, 0xc004, 0x1000, 4);
	pc_out(pc, 0xc00c, 0x23456788, 4);
	ck_assert_uint_eq(pc_in(pc, 0xc004, 4), 0x1000);
	ck_assert_uint_eq(pc_in(pc, 0xc00e, 2), 0x2345);
	ck_assert_uint_eq(pc->busmaster[1].table, 0x23456788);
	ck_assert_uint_eq(pc_in(pc, 0xc00e, 4), 0xffff2345); /* over the end */
}
END_TEST

START_TEST(an_access_sees_timers_that_are_due)
{
	pc_setup(&config);
	bench.now = 3 * S + MS; /* nobody called pc_run */
	pc_out(pc, 0x70, 0, 1);
	ck_assert_uint_eq(pc_in(pc, 0x71, 1), 3);
}
END_TEST

START_TEST(word_dma_registers_are_two_apart)
{
	pc_setup(&config);
	pc_out(pc, 0xd8, 0, 1);
	pc_out(pc, 0xc4, 0x34, 1);
	pc_out(pc, 0xc4, 0x12, 1);
	ck_assert_uint_eq(pc->dma.chip[1].chan[1].addr, 0x1234);
}
END_TEST

BENCH_MAIN("pc_ports", table_is_in_address_order, unclaimed_ports_read_ones,
	   words_split_low_byte_first, configuration_ports_share_their_dword, pm_block_moves,
	   bus_master_block_moves, an_access_sees_timers_that_are_due,
	   word_dma_registers_are_two_apart)
