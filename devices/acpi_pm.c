/* SPDX-License-Identifier: MIT
 * Power management function of the 82371AB (PIIX4), as far as a PC with a timer
 * and a soft-off switch needs it.  Facts: datasheet 290562-001, section 7.1
 * (configuration), 7.2 (I/O registers), 7.2.5 (timer, 24 bits).
 *
 * There is no SMM.  APMC already reads as enabled (DEVACTB bit 25), which tells
 * firmware that its SMI handler is in place; commands F1h and F0h switch ACPI
 * mode on and off, as such a handler would.
 */
#include "devices/acpi_pm.h"

enum { PMBA = 0x40, DEVACTB = 0x58, PMREGMISC = 0x80, SMBBA = 0x90, SMBHSTCFG = 0xd2 };
enum { PMSTS = 0, PMEN = 2, PMCNTRL = 4, PMTMR = 8 };
enum { TMR_OVERFLOW = 0x0001, POWER_BUTTON = 0x0100, SCI_EN = 0x0001, SLP_EN = 0x2000 };

static u64 ticks(const struct acpi_pm *a)
{
	return muldiv(clock_now(a->wire.clock), ACPI_PM_HZ, 1000000000u);
}

static void update(struct acpi_pm *a)
{
	u64 half_wraps = ticks(a) >> 23, at = CLOCK_NEVER;

	if (half_wraps > a->overflow)
		a->status |= TMR_OVERFLOW; /* bit 23 changed */
	a->overflow = half_wraps;
	line_set(&a->wire.sci, (a->control & SCI_EN) && (a->status & a->enable));
	if ((a->enable & TMR_OVERFLOW) && !(a->status & TMR_OVERFLOW))
		at = muldiv_up((half_wraps + 1) << 23, 1000000000u, ACPI_PM_HZ);
	clock_set(a->wire.clock, a->wire.timer, at);
}

static void on_overflow(void *arg)
{
	update(arg);
}

void acpi_pm_init(struct acpi_pm *a, struct clock *clock)
{
	u8 *w = a->fn.wire.writable;

	pci_function_init(&a->fn, 0x8086, 0x7113, 0x068000, 0x03);
	pci_put16(&a->fn, PCI_STATUS, 0x0280);
	a->fn.config[PCI_INT_PIN] = 1;
	w[PMBA] = 0xc0;
	w[PMBA + 1] = 0xff;
	for (unsigned i = 0x44; i < 0x80; i++)
		w[i] = 0xff;
	w[PMREGMISC] = 0x01;
	w[SMBBA] = 0xf0;
	w[SMBBA + 1] = 0xff;
	w[SMBHSTCFG] = 0xff;
	a->wire.clock = clock;
	a->wire.timer = clock_add(clock, on_overflow, a);
	acpi_pm_reset(a);
}

void acpi_pm_reset(struct acpi_pm *a)
{
	for (unsigned i = PMBA; i < 0x100; i++)
		a->fn.config[i] = 0;
	a->fn.config[PMBA] = a->fn.config[SMBBA] = 1; /* I/O space */
	a->fn.config[DEVACTB + 3] = 0x02;
	pci_put16(&a->fn, PCI_COMMAND, 0);
	a->status = a->enable = a->control = 0;
	a->apm_control = a->apm_status = 0;
	a->overflow = ticks(a) >> 23;
	update(a);
}

bool acpi_pm_base(const struct acpi_pm *a, u16 *base)
{
	*base = pci_get16(&a->fn, PMBA) & 0xffc0;
	return *base && (a->fn.config[PMREGMISC] & 1);
}

static u8 read_byte(struct acpi_pm *a, unsigned reg)
{
	u32 v = 0;

	if (reg < 2)
		v = a->status;
	else if (reg < 4)
		v = a->enable;
	else if (reg < 6)
		v = a->control;
	else if (reg >= PMTMR && reg < PMTMR + 4)
		v = (u32)ticks(a) & 0xffffff;
	return (u8)(v >> 8 * (reg >= PMTMR ? reg - PMTMR : reg & 1));
}

u32 acpi_pm_in(void *chip, unsigned reg, unsigned size)
{
	struct acpi_pm *a = chip;
	u32 v = 0;

	update(a);
	if (reg == PMTMR && size == 4)
		return (u32)ticks(a) & 0xffffff; /* one sample, not four */
	for (unsigned i = 0; i < size; i++)
		v |= (u32)read_byte(a, reg + i) << 8 * i;
	return v;
}

static void set_byte(u16 *r, unsigned high, u8 v)
{
	*r = (u16)(high ? (*r & 0x00ff) | v << 8 : (*r & 0xff00) | v);
}

void acpi_pm_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct acpi_pm *a = chip;

	update(a);
	for (unsigned i = 0; i < size; i++, reg++) {
		u8 b = (u8)(v >> 8 * i);

		if (reg < 2)
			a->status &= (u16) ~(b << 8 * reg); /* write 1 to clear */
		else if (reg < 4)
			set_byte(&a->enable, reg & 1, b);
		else if (reg < 6)
			set_byte(&a->control, reg & 1, b);
	}
	if (a->control & SLP_EN) {
		a->control &= (u16)~SLP_EN; /* reads as 0 */
		if (a->wire.sleep)
			a->wire.sleep(a->wire.host, a->control >> 10 & 7);
	}
	update(a);
}

void acpi_pm_power_button(struct acpi_pm *a)
{
	a->status |= POWER_BUTTON;
	update(a);
}

u8 acpi_apm_in(void *chip, unsigned reg)
{
	struct acpi_pm *a = chip;

	return reg ? a->apm_status : a->apm_control;
}

void acpi_apm_out(void *chip, unsigned reg, u8 v)
{
	struct acpi_pm *a = chip;

	if (reg) {
		a->apm_status = v;
		return;
	}
	a->apm_control = v;
	if (v == ACPI_ENABLE)
		a->control |= SCI_EN;
	else if (v == ACPI_DISABLE)
		a->control &= (u16)~SCI_EN;
	update(a);
}
