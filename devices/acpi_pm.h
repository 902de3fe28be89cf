/* SPDX-License-Identifier: MIT
 * PIIX4 power management function: timer, fixed registers, APM port.
 */
#ifndef DEVICES_ACPI_PM_H
#define DEVICES_ACPI_PM_H

#include "devices/clock.h"
#include "devices/line.h"
#include "devices/pci.h"

#define ACPI_PM_HZ    3579545u
#define ACPI_PM_PORTS 64u

/* Commands on the APM control port that switch ACPI mode, as the FADT names them. */
enum { ACPI_ENABLE = 0xf1, ACPI_DISABLE = 0xf0 };

struct acpi_pm {
	struct pci_function fn;
	u16 status, enable, control;
	u64 overflow; /* half wraps of the timer already in `status` */
	u8 apm_control, apm_status;
	struct {
		struct clock *clock;
		unsigned timer;
		struct line sci; /* IRQ9 */
		/* The guest asks for sleep type 0-7. */
		void (*sleep)(void *host, unsigned type);
		void *host;
	} wire;
};

void acpi_pm_init(struct acpi_pm *a, struct clock *clock);
void acpi_pm_reset(struct acpi_pm *a);

/* First port of the register block; false while it is not decoded. */
bool acpi_pm_base(const struct acpi_pm *a, u16 *base);
u32 acpi_pm_in(void *chip, unsigned reg, unsigned size);
void acpi_pm_out(void *chip, unsigned reg, u32 v, unsigned size);

/* Somebody pushes the power button (datasheet section 7.2.1, PWRBTN_STS). */
void acpi_pm_power_button(struct acpi_pm *a);

/* APM control and status, ports B2h and B3h. */
u8 acpi_apm_in(void *chip, unsigned reg);
void acpi_apm_out(void *chip, unsigned reg, u8 v);

#endif
