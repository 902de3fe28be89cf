/* SPDX-License-Identifier: MIT
 * VGA registers: masks, protection, attribute flip-flop, DAC, input status.
 */
#include "devices/vgabench.h"

START_TEST(registers_hold_their_bits)
{
	vga_setup();
	vga_put(0x3c2, 0xff);
	ck_assert_uint_eq(vga_get(0x3cc), 0xef);
	vga_set(0x3c4, 4, 0xff);
	ck_assert_uint_eq(vga_get(0x3c5), 0x0e);
	vga_set(0x3ce, 5, 0xff);
	ck_assert_uint_eq(vga_get(0x3cf), 0x7b);
	ck_assert_uint_eq(vga_get(0x3ce), 5);
	vga_set(0x3d4, 0x18, 0xa5);
	ck_assert_uint_eq(vga_get(0x3d5), 0xa5);
	vga_set(0x3d4, 0x30, 0xa5); /* not there */
	ck_assert_uint_eq(vga_get(0x3d5), 0);
}
END_TEST

START_TEST(colour_and_monochrome_ports)
{
	vga_setup();
	vga_put(0x3c2, 0x66);
	ck_assert_uint_eq(vga_get(0x3d4), 0xff);
	vga_put(0x3b4, 0x0f);
	ck_assert_uint_eq(vga_get(0x3b4), 0x0f);
	vga_put(0x3c2, 0x67);
	ck_assert_uint_eq(vga_get(0x3b4), 0xff);
	ck_assert_uint_eq(vga_get(0x3d4), 0x0f);
}
END_TEST

START_TEST(crtc_protect_bit)
{
	vga_setup();
	vga_text_mode(); /* register 11h: 8Eh, protected */
	vga_set(0x3d4, 0, 0x11);
	ck_assert_uint_eq(vga_get(0x3d5), 0x5f);
	vga_set(0x3d4, 7, 0xe0);
	ck_assert_uint_eq(vga_get(0x3d5), 0x0f); /* only line compare bit 8 */
	vga_set(0x3d4, 0x11, 0x0e);
	vga_set(0x3d4, 0, 0x11);
	ck_assert_uint_eq(vga_get(0x3d5), 0x11);
}
END_TEST

START_TEST(attribute_flip_flop)
{
	vga_setup();
	vga_put(0x3c2, 0x67);
	vga_get(0x3da);
	vga_put(0x3c0, 0x05);
	vga_put(0x3c0, 0x3f);
	vga_put(0x3c0, 0x06); /* index again */
	vga_get(0x3da);       /* back to index */
	vga_put(0x3c0, 0x05);
	ck_assert_uint_eq(vga_get(0x3c1), 0x3f);
	ck_assert_uint_eq(vga_get(0x3c0), 0x05);
	vga_get(0x3da);
	vga_put(0x3c0, 0x25); /* screen on: the palette is locked */
	vga_put(0x3c0, 0x00);
	ck_assert_uint_eq(vga_get(0x3c1), 0x3f);
	vga_put(0x3c0, 0x30);
	vga_put(0x3c0, 0xff);
	ck_assert_uint_eq(vga_get(0x3c1), 0xef);
}
END_TEST

START_TEST(dac_triplets)
{
	vga_setup();
	vga_put(0x3c8, 7);
	ck_assert_uint_eq(vga_get(0x3c7), 0);
	vga_put(0x3c9, 0xff); /* six bits */
	vga_put(0x3c9, 0x02);
	vga_put(0x3c9, 0x03);
	ck_assert_uint_eq(vga_get(0x3c8), 8);
	vga_put(0x3c7, 7);
	ck_assert_uint_eq(vga_get(0x3c7), 3);
	ck_assert_uint_eq(vga_get(0x3c9), 0x3f);
	ck_assert_uint_eq(vga_get(0x3c9), 0x02);
	ck_assert_uint_eq(vga_get(0x3c9), 0x03);
	vga_put(0x3c6, 0x0f);
	ck_assert_uint_eq(vga_get(0x3c6), 0x0f);
}
END_TEST

START_TEST(retrace_once_per_frame)
{
	unsigned retraces = 0, blank = 0;
	bool last = false;

	vga_setup();
	vga_text_mode();
	for (unsigned us = 0; us < 1000000; us += 10) {
		u8 s = vga_get(0x3da);
		bool now = s & 8;

		retraces += now && !last;
		blank += s & 1;
		if (now)
			ck_assert_uint_eq(s & 1, 1); /* retrace is not display */
		last = now;
		bench.now += 10 * US;
	}
	ck_assert_uint_ge(retraces, 69);
	ck_assert_uint_le(retraces, 71);
	ck_assert_uint_ge(blank, 25000);
	ck_assert_uint_le(blank, 33000);
}
END_TEST

static struct {
	unsigned calls;
	u32 base, size;
} moved;

static void memory_moved(void *host, u32 base, u32 size)
{
	moved.calls++;
	moved.base = base;
	moved.size = size;
}

static void config(unsigned reg, u32 v)
{
	static struct pci_bus bus;

	bus.wire.fn[0] = &vga.fn;
	pci_out(&bus, 0, 0x80000000 | reg, 4);
	pci_out(&bus, 4, v, 4);
}

START_TEST(tells_where_its_memory_is)
{
	u8 b;

	vga_setup();
	vga.wire.memory_moved = memory_moved;
	config(PCI_BAR0, 0xe0000000);
	ck_assert_uint_eq(moved.calls, 0); /* not decoded yet */
	config(PCI_COMMAND, PCI_COMMAND_MEM);
	ck_assert_uint_eq(moved.calls, 1);
	ck_assert_uint_eq(moved.base, 0xe0000000);
	ck_assert_uint_eq(moved.size, VGA_MEMORY);
	config(PCI_INT_LINE, 11);
	ck_assert_uint_eq(moved.calls, 1);
	config(PCI_BAR0, 0xd1000000);
	ck_assert_uint_eq(moved.base, 0xd1000000);
	vga.wire.memory[5] = 0x42;
	ck_assert(vga_pci_read(&vga, 0xd1000005, &b));
	ck_assert_uint_eq(b, 0x42);
	vga_reset(&vga);
	ck_assert_uint_eq(moved.calls, 3);
	ck_assert_uint_eq(moved.size, 0);
}
END_TEST

BENCH_MAIN("vga", tells_where_its_memory_is, registers_hold_their_bits, colour_and_monochrome_ports,
	   crtc_protect_bit, attribute_flip_flop, dac_triplets, retrace_once_per_frame)
