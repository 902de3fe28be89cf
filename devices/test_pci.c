/* SPDX-License-Identifier: MIT
 * Configuration mechanism 1: access sizes, absent functions, BAR sizing.
 */
#include "devices/pci.h"
#include "devices/testbench.h"

static struct pci_bus bus;
static struct pci_function fn;
static unsigned changed_reg, changed_size;

static void changed(void *arg, unsigned reg, unsigned size)
{
	changed_reg = reg;
	changed_size = size;
}

static void setup(void)
{
	memset(&bus, 0, sizeof bus);
	pci_function_init(&fn, 0x1234, 0x5678, 0x030000, 0x02);
	pci_add_bar(&fn, PCI_BAR0, 1 << 20);
	pci_add_bar(&fn, PCI_ROM, 1 << 16);
	fn.wire.changed = changed;
	pci_attach(&bus, 3, 1, &fn);
}

static void address(u32 v)
{
	pci_out(&bus, 0, v, 4);
}

START_TEST(address_register_is_a_dword)
{
	setup();
	address(0xffffffff);
	ck_assert_uint_eq(pci_in(&bus, 0, 4), 0x80fffffc);
	pci_out(&bus, 0, 0, 2); /* not decoded */
	ck_assert_uint_eq(pci_in(&bus, 0, 4), 0x80fffffc);
	ck_assert_uint_eq(pci_in(&bus, 0, 2), 0xffffffff);
}
END_TEST

START_TEST(reads_in_all_sizes)
{
	setup();
	address(0x80001900);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0x56781234);
	ck_assert_uint_eq(pci_in(&bus, 6, 2), 0x5678);
	ck_assert_uint_eq(pci_in(&bus, 5, 1), 0x12);
	ck_assert_uint_eq(pci_in(&bus, 6, 4), 0xffffffff); /* crosses the dword */
	address(0x80001908);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0x03000002);
}
END_TEST

START_TEST(absent_functions_read_ones)
{
	setup();
	address(0x80001800);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xffffffff);
	address(0x80011900); /* another bus */
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xffffffff);
	address(0x00001900); /* not enabled */
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xffffffff);
	pci_out(&bus, 4, 0, 4); /* and writes go nowhere */
}
END_TEST

START_TEST(writes_respect_the_mask)
{
	setup();
	address(0x80001900);
	pci_out(&bus, 4, 0, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0x56781234);
	address(0x80001904);
	pci_out(&bus, 4, 0xffff, 2);
	ck_assert_uint_eq(pci_in(&bus, 4, 2), 0x0107);
	ck_assert_uint_eq(changed_reg, 4);
	ck_assert_uint_eq(changed_size, 2);
	address(0x8000193c);
	pci_out(&bus, 4, 11, 1);
	ck_assert_uint_eq(pci_in(&bus, 4, 1), 11);
}
END_TEST

START_TEST(bar_sizing_and_decoding)
{
	u32 base;

	setup();
	address(0x80001910);
	pci_out(&bus, 4, 0xffffffff, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xfff00000);
	pci_out(&bus, 4, 0xe0000000, 4);
	ck_assert(!pci_bar_base(&fn, PCI_BAR0, &base));
	fn.config[PCI_COMMAND] |= PCI_COMMAND_MEM;
	ck_assert(pci_bar_base(&fn, PCI_BAR0, &base));
	ck_assert_uint_eq(base, 0xe0000000);
	address(0x80001930);
	pci_out(&bus, 4, 0xfffffffe, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0xffff0000);
	ck_assert(!pci_bar_base(&fn, PCI_ROM, &base));
	pci_out(&bus, 4, 0xf0000001, 4);
	ck_assert(pci_bar_base(&fn, PCI_ROM, &base));
	ck_assert_uint_eq(base, 0xf0000000);
}
END_TEST

BENCH_MAIN("pci", address_register_is_a_dword, reads_in_all_sizes, absent_functions_read_ones,
	   writes_respect_the_mask, bar_sizing_and_decoding)
