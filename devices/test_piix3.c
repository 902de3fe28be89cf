/* SPDX-License-Identifier: MIT
 * South bridge identity, interrupt routing registers, reset control.
 */
#include "devices/piix3.h"
#include "devices/testbench.h"

static struct piix3 piix;
static struct pci_bus bus;

static u32 config(unsigned function, unsigned reg)
{
	pci_out(&bus, 0, 0x80000800 | function << 8 | reg, 4);
	return pci_in(&bus, 4, 4);
}

static void setup(void)
{
	piix3_init(&piix);
	piix.wire.reset = bench_line(0);
	pci_attach(&bus, 1, 0, &piix.isa);
	pci_attach(&bus, 1, 1, &piix.ide);
}

START_TEST(identity)
{
	setup();
	ck_assert_uint_eq(config(0, 0), 0x70008086);
	ck_assert_uint_eq(config(0, 8), 0x06010000);
	ck_assert_uint_eq(config(0, 0x0c) >> 16 & 0xff, 0x80);
	ck_assert_uint_eq(config(1, 0), 0x70108086);
	ck_assert_uint_eq(config(1, 8), 0x01018000); /* bus master, legacy ports */
	ck_assert_uint_eq(config(1, 0x20), 1);
}
END_TEST

START_TEST(bus_master_ports)
{
	u16 base;

	setup();
	pci_out(&bus, 0, 0x80000920, 4);
	pci_out(&bus, 4, 0xffffffff, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xfffffff1); /* 16 ports */
	pci_out(&bus, 4, 0xc000, 4);
	ck_assert(!pci_io_bar_base(&piix.ide, PIIX3_BMIBA, &base));
	pci_out(&bus, 0, 0x80000904, 4);
	pci_out(&bus, 4, 5, 2);
	ck_assert(pci_io_bar_base(&piix.ide, PIIX3_BMIBA, &base));
	ck_assert_uint_eq(base, 0xc000);
	piix3_reset(&piix);
	ck_assert(!pci_io_bar_base(&piix.ide, PIIX3_BMIBA, &base));
	pci_out(&bus, 4, 1, 2);
	pci_out(&bus, 0, 0x80000920, 4);
	pci_out(&bus, 4, 0x10000, 4); /* no such port */
	ck_assert(!pci_io_bar_base(&piix.ide, PIIX3_BMIBA, &base));
}
END_TEST

START_TEST(interrupt_routing)
{
	setup();
	ck_assert_uint_eq(config(0, 0x60), 0x80808080);
	pci_out(&bus, 4, 0xff, 1);
	ck_assert_uint_eq(config(0, 0x60), 0x8080808f);
	piix3_reset(&piix);
	ck_assert_uint_eq(config(0, 0x60), 0x80808080);
}
END_TEST

START_TEST(reset_on_the_rising_edge)
{
	setup();
	piix3_rc_out(&piix, 0, 0x02);
	ck_assert(!bench.level[0]);
	piix3_rc_out(&piix, 0, 0x06);
	ck_assert(bench.level[0]);
	ck_assert_uint_eq(piix3_rc_in(&piix, 0), 0x06);
	bench.level[0] = false;
	piix3_rc_out(&piix, 0, 0x04);
	ck_assert(!bench.level[0]);
}
END_TEST

BENCH_MAIN("piix3", identity, bus_master_ports, interrupt_routing, reset_on_the_rising_edge)
