/* SPDX-License-Identifier: MIT
 * DISPI registers, banks, linear frame buffer, option ROM.
 */
#include "devices/vgabench.h"

static void put(u16 index, u16 v)
{
	dispi_out(&vga, 0, index, 2);
	dispi_out(&vga, 1, v, 2);
}

static u16 get(u16 index)
{
	dispi_out(&vga, 0, index, 2);
	return (u16)dispi_in(&vga, 1, 2);
}

START_TEST(identification)
{
	vga_setup();
	ck_assert_uint_eq(get(0), 0xb0c5);
	put(0, 0xb0c0);
	ck_assert_uint_eq(get(0), 0xb0c0);
	put(0, 0x1234);
	ck_assert_uint_eq(get(0), 0xb0c0);
	ck_assert_uint_eq(get(10), 256);
	put(4, 2); /* capabilities */
	ck_assert_uint_eq(get(1), 2560);
	ck_assert_uint_eq(get(3), 32);
	ck_assert_uint_eq(dispi_in(&vga, 1, 1), ~0u);
}
END_TEST

START_TEST(mode_set_clears_and_fixes_the_mode)
{
	vga_setup();
	memset(vga.wire.memory, 0xee, 0x200000);
	put(1, 1024);
	put(2, 768);
	put(3, 8);
	put(4, 0x41);
	ck_assert_uint_eq(vga.wire.memory[1024 * 768 - 1], 0);
	ck_assert_uint_eq(vga.wire.memory[1024 * 768], 0xee);
	ck_assert_uint_eq(get(6), 1024);
	ck_assert_uint_eq(get(7), 16384);
	put(1, 640);
	ck_assert_uint_eq(get(1), 1024);
	put(6, 2048);
	ck_assert_uint_eq(get(7), 8192);
}
END_TEST

START_TEST(impossible_modes_are_refused)
{
	vga_setup();
	put(1, 2561);
	put(2, 1601);
	put(3, 13);
	ck_assert_uint_eq(get(1), 640);
	ck_assert_uint_eq(get(2), 480);
	ck_assert_uint_eq(get(3), 8);
	put(1, 2560);
	put(2, 1600);
	put(3, 32); /* 16,384,000 bytes fit */
	ck_assert_uint_eq(get(3), 32);
}
END_TEST

START_TEST(banks_in_the_window)
{
	vga_setup();
	put(4, 1);
	put(5, 3);
	vga_poke(0xa0010, 0x77);
	ck_assert_uint_eq(vga.wire.memory[0x30010], 0x77);
	ck_assert_uint_eq(vga_peek(0xa0010), 0x77);
	ck_assert_uint_eq(vga_peek(0xb0010), 0xff);
	put(5, 256); /* no such bank */
	ck_assert_uint_eq(get(5), 3);
}
END_TEST

START_TEST(sixteen_colours_bank_the_planes)
{
	vga_setup();
	vga_planar_mode();
	put(1, 1152);
	put(2, 864);
	put(3, 4);
	memset(vga.wire.memory, 0xff, VGA_MEMORY);
	put(4, 1);
	ck_assert_uint_eq(get(7), VGA_MEMORY / (1152 / 2));        /* lines in memory */
	ck_assert_uint_eq(vga.wire.memory[1152 / 2 * 864 - 1], 0); /* all planes are cleared */
	ck_assert_uint_eq(vga.wire.memory[1152 / 2 * 864], 0xff);
	put(5, 1);
	vga_set(0x3c4, 2, 0x05);
	vga_poke(0xa0010, 0x77);
	ck_assert_mem_eq(vga_plane(0, 0x10010), ((u8[]){0x77, 0, 0x77, 0}), 4);
	vga_set(0x3ce, 4, 2);
	ck_assert_uint_eq(vga_peek(0xa0010), 0x77);
	put(5, 255); /* beyond the memory: it comes round */
	vga_poke(0xa0000, 0x12);
	ck_assert_uint_eq(*vga_plane(0, 0x3f0000), 0x12);
}
END_TEST

START_TEST(pci_memory)
{
	u8 v = 0;

	vga_setup();
	pci_put32(&vga.fn, PCI_BAR0, 0xe0000008);
	ck_assert(!vga_pci_read(&vga, 0xe0000000, &v));
	vga.fn.config[PCI_COMMAND] = PCI_COMMAND_MEM;
	ck_assert(vga_pci_write(&vga, 0xe0000123, 0x42));
	ck_assert(vga_pci_read(&vga, 0xe0000123, &v));
	ck_assert_uint_eq(v, 0x42);
	ck_assert(!vga_pci_read(&vga, 0xe1000000, &v));
	ck_assert(!vga_pci_read(&vga, 0xdfffffff, &v));
	pci_put32(&vga.fn, PCI_ROM, 0xf0000001);
	ck_assert(vga_pci_read(&vga, 0xf0000001, &v));
	ck_assert_uint_eq(v, 0xaa);
	ck_assert(!vga_pci_read(&vga, 0xf0000000 + 1000, &v));
	ck_assert(!vga_pci_write(&vga, 0xf0000000, 0));
}
END_TEST

BENCH_MAIN("vga_dispi", identification, mode_set_clears_and_fixes_the_mode,
	   impossible_modes_are_refused, banks_in_the_window, sixteen_colours_bank_the_planes,
	   pci_memory)
