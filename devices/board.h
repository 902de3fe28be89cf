/* SPDX-License-Identifier: MIT
 * Inside of struct pc: the chips on the board.  Private to pc.c, pc_ports.c and
 * their tests.
 */
#ifndef DEVICES_BOARD_H
#define DEVICES_BOARD_H

#include "devices/acpi_pm.h"
#include "devices/acpi_tables.h"
#include "devices/clock.h"
#include "devices/debugcon.h"
#include "devices/exitport.h"
#include "devices/ferr.h"
#include "devices/fwcfg.h"
#include "devices/i440fx.h"
#include "devices/i8042.h"
#include "devices/i82077.h"
#include "devices/i8237.h"
#include "devices/i8254.h"
#include "devices/i8259.h"
#include "devices/ide.h"
#include "devices/ide_busmaster.h"
#include "devices/mc146818.h"
#include "devices/ns16550.h"
#include "devices/pc.h"
#include "devices/pci.h"
#include "devices/piix3.h"
#include "devices/port61.h"
#include "devices/port92.h"
#include "devices/post80.h"
#include "devices/vga.h"

struct pc {
	struct clock clock;
	struct i8259 pic;
	struct i8254 pit;
	struct mc146818 rtc;
	struct i8042 kbc;
	struct port61 port61;
	struct port92 port92;
	struct ferr ferr;
	struct post80 post80;
	struct i8237 dma;
	struct ns16550 com1;
	struct i82077 fdc;
	struct ide ide[2]; /* primary, secondary */
	struct busmaster busmaster[2];
	struct pci_bus pci;
	struct i440fx bridge;
	struct piix3 piix3;
	struct acpi_pm pm;
	struct vga vga;
	struct fwcfg fwcfg;
	struct debugcon debugcon, biosdebug;
	struct exitport exitport;
	bool a20;
	/* Not state: the world outside and what was allocated. */
	struct pc_config cfg;
	struct pc_host host;
	u8 *vga_memory; /* NULL: the caller has it */
	bool kbc_asked; /* told to host.cell: the status is no plain register now */
	struct acpi_tables acpi;
};

/* One range of the port table (pc_ports.c).  Byte chips have in and out; `wide`
 * is a mask of access sizes that go to wide_in and wide_out in one piece. */
struct port_range {
	u16 first, last;
	u8 base, shift; /* chip register = base + ((port - first) >> shift) */
	u8 wide;
	size_t chip; /* offset in struct pc */
	u8 (*in)(void *chip, unsigned reg);
	void (*out)(void *chip, unsigned reg, u8 v);
	u32 (*wide_in)(void *chip, unsigned reg, unsigned size);
	void (*wide_out)(void *chip, unsigned reg, u32 v, unsigned size);
};

/* pc_cells.c: at the beginning and the end of what the processor asks for. */
void pc_cells_collect(struct pc *pc);
void pc_cells_publish(struct pc *pc);

extern const struct port_range pc_ports[];
extern const unsigned pc_port_ranges;

#endif
