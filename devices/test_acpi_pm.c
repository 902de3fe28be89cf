/* SPDX-License-Identifier: MIT
 * PIIX4 power management: decoding, timer, SCI, sleep, APM commands.
 */
#include "devices/acpi_pm.h"
#include "devices/testbench.h"

static struct acpi_pm pm;
static unsigned slept = 99;

static void on_sleep(void *host, unsigned type)
{
	slept = type;
}

static void setup(void)
{
	memset(&pm, 0, sizeof pm);
	acpi_pm_init(&pm, bench_clock());
	pm.wire.sci = bench_line(9);
	pm.wire.sleep = on_sleep;
}

START_TEST(identity_and_decoding)
{
	u16 base;

	setup();
	ck_assert_uint_eq(pci_get32(&pm.fn, 0), 0x71138086);
	ck_assert_uint_eq(pm.fn.config[0x5b] & 2, 2); /* APMC already enabled */
	pci_put16(&pm.fn, 0x40, 0xb001);
	ck_assert(!acpi_pm_base(&pm, &base));
	pm.fn.config[0x80] = 1;
	ck_assert(acpi_pm_base(&pm, &base));
	ck_assert_uint_eq(base, 0xb000);
	acpi_pm_reset(&pm);
	ck_assert(!acpi_pm_base(&pm, &base));
}
END_TEST

START_TEST(timer_is_24_bits_of_3_58_mhz)
{
	setup();
	bench_pass(S);
	ck_assert_uint_eq(acpi_pm_in(&pm, 8, 4), 3579545);
	ck_assert_uint_eq(acpi_pm_in(&pm, 8, 2), 3579545 & 0xffff);
	ck_assert_uint_eq(acpi_pm_in(&pm, 10, 1), 3579545 >> 16);
	bench_pass(4 * S);
	ck_assert_uint_eq(acpi_pm_in(&pm, 8, 4), 5 * 3579545 - 0x1000000);
}
END_TEST

START_TEST(overflow_raises_sci)
{
	setup();
	acpi_pm_out(&pm, 2, 1, 2);
	acpi_apm_out(&pm, 0, 0xf1);
	ck_assert_uint_eq(acpi_pm_in(&pm, 4, 2), 1);
	bench_pass(2 * S);
	ck_assert(!bench.level[9]);
	bench_pass(400 * MS); /* bit 23 changes after 2.3435 s */
	ck_assert(bench.level[9]);
	ck_assert_uint_eq(acpi_pm_in(&pm, 0, 2), 1);
	acpi_pm_out(&pm, 0, 1, 2);
	ck_assert(!bench.level[9]);
	bench_pass(2 * S + 400 * MS);
	ck_assert(bench.level[9]);
	acpi_apm_out(&pm, 0, 0xf0);
	ck_assert(!bench.level[9]);
}
END_TEST

START_TEST(sleep_enable_is_write_only)
{
	setup();
	acpi_pm_out(&pm, 4, 0x2400, 2);
	ck_assert_uint_eq(slept, 1);
	ck_assert_uint_eq(acpi_pm_in(&pm, 4, 2), 0x0400);
	acpi_pm_out(&pm, 4, 0x2000, 2);
	ck_assert_uint_eq(slept, 0);
	acpi_apm_out(&pm, 1, 0x5a);
	ck_assert_uint_eq(acpi_apm_in(&pm, 1), 0x5a);
}
END_TEST

START_TEST(power_button_raises_sci)
{
	setup();
	acpi_pm_out(&pm, 2, 0x0100, 2);
	acpi_apm_out(&pm, 0, 0xf1);
	acpi_pm_power_button(&pm);
	ck_assert(bench.level[9]);
	ck_assert_uint_eq(acpi_pm_in(&pm, 0, 2), 0x0100);
	acpi_pm_out(&pm, 0, 0x0100, 2);
	ck_assert(!bench.level[9]);
}
END_TEST

BENCH_MAIN("acpi_pm", identity_and_decoding, timer_is_24_bits_of_3_58_mhz, overflow_raises_sci,
	   sleep_enable_is_write_only, power_button_raises_sci)
