/* SPDX-License-Identifier: MIT
 * Cells: whichever way a plain register is accessed, both ways agree.
 */
#include "devices/pcbench.h"

static u32 cell[PC_CELLS];

static void setup_with_cells(void)
{
	struct pc_config c = {.ram_size = 16u << 20, .boot_order = "ac", .cells = cell};

	memset(cell, 0xa5, sizeof cell);
	pc_setup(&c);
}

START_TEST(reset_publishes)
{
	setup_with_cells();
	ck_assert_uint_eq((u8)cell[PC_CELL_KBC_STATUS], pc_in(pc, 0x64, 1));
	ck_assert_uint_eq((u8)cell[PC_CELL_POST], pc_in(pc, 0x80, 1));
	ck_assert_uint_eq(cell[PC_CELL_PCI_ADDRESS], 0);
	cell[PC_CELL_PCI_ADDRESS] = 0x80000000;
	pc_reset(pc);
	ck_assert_uint_eq(cell[PC_CELL_PCI_ADDRESS], 0);
}
END_TEST

START_TEST(post_code)
{
	setup_with_cells();
	pc_out(pc, 0x80, 0x12, 1);
	ck_assert_uint_eq(cell[PC_CELL_POST], 0x12);
	cell[PC_CELL_POST] = 0xffffff34; /* as a byte store leaves it */
	ck_assert_uint_eq(pc_in(pc, 0x80, 1), 0x34);
	pc_run(pc);
	ck_assert_uint_eq(pc->post80.code, 0x34);
}
END_TEST

START_TEST(pci_address)
{
	setup_with_cells();
	cell[PC_CELL_PCI_ADDRESS] = 0xff000003; /* reserved bits */
	ck_assert_uint_eq(pc_in(pc, 0xcf8, 4), 0x80000000);
	ck_assert_uint_eq(cell[PC_CELL_PCI_ADDRESS], 0x80000000);
	ck_assert_uint_eq(pc_in(pc, 0xcfc, 4), 0x12378086); /* the host bridge */
	cell[PC_CELL_PCI_ADDRESS] = 0x80000058;
	pc_out(pc, 0xcfe, 1, 1); /* a write finds it too: PAM1 */
	ck_assert_uint_eq(pc->bridge.fn.config[0x5a], 1);
	pc_out(pc, 0xcf8, 0x80000800, 4);
	ck_assert_uint_eq(cell[PC_CELL_PCI_ADDRESS], 0x80000800);
}
END_TEST

/* The status changes by commands, by reads of the data port and as time passes. */
START_TEST(keyboard_status)
{
	setup_with_cells();
	pc_out(pc, 0x64, 0xaa, 1);
	ck_assert_uint_eq(cell[PC_CELL_KBC_STATUS] & 1, 1);
	pc_in(pc, 0x60, 1);
	ck_assert_uint_eq(cell[PC_CELL_KBC_STATUS] & 1, 0);
	pc_out(pc, 0x64, 0xae, 1);
	pc_key(pc, KEY_SPC, KEY_PRESSED);
	ck_assert_uint_eq(cell[PC_CELL_KBC_STATUS] & 1, 0);
	pc_pass(MS);
	ck_assert_uint_eq(cell[PC_CELL_KBC_STATUS] & 1, 1);
	ck_assert_uint_eq((u8)cell[PC_CELL_KBC_STATUS], pc_in(pc, 0x64, 1));
}
END_TEST

/* Between a command to the keyboard and its answer the status is asked for. */
START_TEST(keyboard_answer_on_its_way)
{
	setup_with_cells();
	pc_out(pc, 0x64, 0xae, 1);
	ck_assert(!seen.asked);
	pc_out(pc, 0x60, 0xee, 1); /* echo */
	ck_assert(seen.asked);
	ck_assert_uint_eq(seen.cell, PC_CELL_KBC_STATUS);
	ck_assert_uint_eq(pc_in(pc, 0x64, 1) & 1, 0);
	ck_assert(seen.asked);
	bench.now += MS; /* no alarm: the access sees what has become due */
	ck_assert_uint_eq(pc_in(pc, 0x64, 1) & 1, 1);
	ck_assert(!seen.asked);
	ck_assert_uint_eq(pc_in(pc, 0x60, 1), 0xee);
	ck_assert(!seen.asked);
	pc_out(pc, 0x60, 0xee, 1);
	ck_assert(seen.asked);
	pc_reset(pc);
	ck_assert(!seen.asked);
}
END_TEST

START_TEST(board_without_cells)
{
	struct pc_config c = {.ram_size = 16u << 20, .boot_order = "ac"};

	pc_setup(&c);
	pc_out(pc, 0x80, 0x56, 1);
	ck_assert_uint_eq(pc_in(pc, 0x80, 1), 0x56);
	pc_out(pc, 0xcf8, 0x80000000, 4);
	ck_assert_uint_eq(pc_in(pc, 0xcfc, 4), 0x12378086);
}
END_TEST

/* The list says what the port map says: one chip answers there in one piece. */
START_TEST(the_list)
{
	for (unsigned k = 0; k < PC_CELLS; k++) {
		unsigned found = 0;

		ck_assert(pc_cells[k].in || pc_cells[k].out);
		for (unsigned r = 0; r < pc_port_ranges; r++) {
			if (pc_cells[k].port < pc_ports[r].first ||
			    pc_cells[k].port > pc_ports[r].last)
				continue;
			found++;
			if (pc_cells[k].size > 1)
				ck_assert(pc_ports[r].wide & pc_cells[k].size);
			else
				ck_assert_ptr_nonnull(pc_ports[r].in);
		}
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

BENCH_MAIN("pc_cells", reset_publishes, post_code, pci_address, keyboard_status,
	   keyboard_answer_on_its_way, board_without_cells, the_list)
