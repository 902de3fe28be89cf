/* SPDX-License-Identifier: MIT
 * Host bridge identity and PAM regions.
 */
#include "devices/i440fx.h"
#include "devices/testbench.h"

static struct i440fx bridge;
static struct pci_bus bus;
static unsigned calls;
static unsigned attr_at[256]; /* by 4 KiB page of the first MiB */

static void pam(void *host, u32 base, u32 size, unsigned attr)
{
	calls++;
	for (u32 p = base >> 12; p < (base + size) >> 12; p++)
		attr_at[p] = attr;
}

static void setup(void)
{
	i440fx_init(&bridge);
	bridge.wire.pam = pam;
	i440fx_reset(&bridge);
	pci_attach(&bus, 0, 0, &bridge.fn);
}

static void config(unsigned reg, u8 v)
{
	pci_out(&bus, 0, 0x80000000 | (reg & 0xfc), 4);
	pci_out(&bus, 4 + (reg & 3), v, 1);
}

START_TEST(identity)
{
	setup();
	pci_out(&bus, 0, 0x80000000, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0x12378086);
	pci_out(&bus, 0, 0x8000002c, 4);
	ck_assert_uint_eq(pci_in(&bus, 4, 4), 0x11001af4);
}
END_TEST

START_TEST(reset_tells_all_thirteen_regions)
{
	memset(attr_at, 0xff, sizeof attr_at);
	setup();
	ck_assert_uint_eq(calls, 13);
	for (unsigned p = 0xc0; p < 0x100; p++)
		ck_assert_uint_eq(attr_at[p], 0);
	ck_assert_uint_eq(attr_at[0xbf], ~0u);
}
END_TEST

START_TEST(each_nibble_moves_its_region_only)
{
	setup();
	for (unsigned i = 0; i < 12; i++) {
		u32 page = 0xc0 + 4 * i;

		calls = 0;
		config(0x5a + i / 2, i & 1 ? 0x20 : 0x01);
		ck_assert_uint_ge(calls, 1);
		for (unsigned k = 0; k < 4; k++)
			ck_assert_uint_eq(attr_at[page + k], i & 1 ? PC_PAM_WRITE : PC_PAM_READ);
	}
	config(0x59, 0xff);
	ck_assert_uint_eq(bridge.fn.config[0x59], 0x30);
	for (unsigned p = 0xf0; p < 0x100; p++)
		ck_assert_uint_eq(attr_at[p], PC_PAM_READ | PC_PAM_WRITE);
}
END_TEST

START_TEST(no_call_without_a_change)
{
	setup();
	config(0x59, 0x30);
	calls = 0;
	config(0x59, 0x30);
	config(0x72, 0x0a);
	ck_assert_uint_eq(calls, 0);
	i440fx_reset(&bridge);
	ck_assert_uint_eq(attr_at[0xf8], 0);
}
END_TEST

BENCH_MAIN("i440fx", identity, reset_tells_all_thirteen_regions, each_nibble_moves_its_region_only,
	   no_call_without_a_change)
