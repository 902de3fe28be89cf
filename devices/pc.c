/* SPDX-License-Identifier: MIT
 * The PC board: a 440FX/PIIX3 machine with ISA-style peripherals.  This file is
 * the wiring: who drives which interrupt, gate, reset and memory line; the port
 * map is in pc_ports.c.
 */
#include "devices/board.h"

#include <stdlib.h>

#include "devices/cmos_pc.h"

enum {
	IRQ_TIMER = 0,
	IRQ_KEYBOARD = 1,
	IRQ_COM1 = 4,
	IRQ_FLOPPY = 6,
	IRQ_RTC = 8,
	IRQ_SCI = 9,
	IRQ_MOUSE = 12,
	IRQ_FPU = 13,
	IRQ_IDE0 = 14,
	IRQ_IDE1 = 15
};

#define VGA_WINDOW 0xa0000u
#define VGA_SIZE   0x20000u

static void on_intr(void *arg, unsigned n, bool level)
{
	struct pc *pc = arg;

	pc->host.intr(pc->host.host, level);
}

static void on_nmi(void *arg, unsigned n, bool level)
{
	struct pc *pc = arg;

	if (pc->host.nmi)
		pc->host.nmi(pc->host.host, level);
}

static void on_ignne(void *arg, unsigned n, bool level)
{
	struct pc *pc = arg;

	if (pc->host.ignne)
		pc->host.ignne(pc->host.host, level);
}

/* One A20 latch with two handles, the last write wins.  The PIIX3 would OR the
 * two, but then INT 15h AX=2400h could not close the gate that the keyboard
 * controller holds open from power-on. */
static void on_a20(void *arg, unsigned n, bool level)
{
	struct pc *pc = arg;

	pc->kbc.output_port = level ? pc->kbc.output_port | 2 : pc->kbc.output_port & (u8)~2;
	pc->port92.value = level ? pc->port92.value | 2 : pc->port92.value & (u8)~2;
	if (pc->a20 == level)
		return;
	pc->a20 = level;
	pc->host.a20(pc->host.host, level);
}

static void on_reset(void *arg, unsigned cause, bool level)
{
	struct pc *pc = arg;

	pc->host.reset(pc->host.host, (enum pc_reset_cause)cause);
}

static void on_sleep(void *arg, unsigned type)
{
	struct pc *pc = arg;

	if (type == 0) /* PIIX4: soft off */
		pc->host.stop(pc->host.host, PC_STOP_SHUTDOWN, 0, "ACPI soft off");
	else
		pc->host.stop(pc->host.host, PC_STOP_IO_ERROR, 0,
			      "ACPI sleep states other than soft off are not supported");
}

/* Firmware first places the power management block, then asks for the tables. */
static void on_file(void *arg)
{
	struct pc *pc = arg;
	u16 base;

	if (acpi_pm_base(&pc->pm, &base))
		acpi_tables_build(&pc->acpi, base);
}

static enum i8254_request on_tick(void *arg)
{
	const struct i8259 *pic = &((struct pc *)arg)->pic;

	if (!i8259_requested(pic, IRQ_TIMER))
		return I8254_TAKEN;
	return i8259_waiting(pic, IRQ_TIMER) ? I8254_WAITS : I8254_MASKED;
}

static void on_load(void *arg)
{
	const struct pc_host *h = &((struct pc *)arg)->host;

	if (h->going_on)
		h->going_on(h->host);
}

static void wire_chips(struct pc *pc)
{
	const struct pc_host *h = &pc->host;

#define IRQ(number)  ((struct line){i8259_irq, &pc->pic, (number)})
#define RESET(cause) ((struct line){on_reset, pc, (cause)})
#define A20          ((struct line){on_a20, pc, 0})
	pc->pic.wire.intr = (struct line){on_intr, pc, 0};
	pc->pit.wire.out0 = IRQ(IRQ_TIMER);
	pc->pit.wire.request = on_tick;
	pc->pit.wire.on_load = on_load;
	pc->pit.wire.board = pc;
	pc->rtc.wire.irq = IRQ(IRQ_RTC);
	pc->rtc.wire.nmi_mask = (struct line){port61_mask, &pc->port61, 0};
	pc->kbc.wire.irq1 = IRQ(IRQ_KEYBOARD);
	pc->kbc.wire.irq12 = IRQ(IRQ_MOUSE);
	pc->kbc.wire.a20 = A20;
	pc->kbc.wire.reset = RESET(PC_RESET_8042);
	pc->ferr.wire.irq13 = IRQ(IRQ_FPU);
	pc->ferr.wire.ignne = (struct line){on_ignne, pc, 0};
	pc->port92.wire.a20 = A20;
	pc->port92.wire.reset = RESET(PC_RESET_PORT92);
	pc->piix3.wire.reset = RESET(PC_RESET_CF9);
	pc->com1.wire.irq = IRQ(IRQ_COM1);
	pc->com1.wire.backend = pc->cfg.com1;
	pc->com1.wire.unpaced = true;
	pc->fdc.wire.irq = IRQ(IRQ_FLOPPY);
	pc->fdc.wire.dma = &pc->dma;
	pc->ide[0].wire.irq = IRQ(IRQ_IDE0);
	pc->ide[1].wire.irq = IRQ(IRQ_IDE1);
	for (unsigned i = 0; i < 2; i++) {
		pc->ide[i].wire.busmaster = &pc->busmaster[i];
		pc->busmaster[i].wire.channel = &pc->ide[i];
		pc->busmaster[i].wire.fn = &pc->piix3.ide;
		pc->busmaster[i].wire.mem_read = h->dma_read;
		pc->busmaster[i].wire.mem_write = h->dma_write;
		pc->busmaster[i].wire.host = h->host;
	}
	pc->pm.wire.sci = IRQ(IRQ_SCI);
	pc->pm.wire.sleep = on_sleep;
	pc->pm.wire.host = pc;
	pc->port61.wire.timer = &pc->pit;
	pc->port61.wire.clock = &pc->clock;
	pc->port61.wire.nmi = (struct line){on_nmi, pc, 0};
	pc->dma.wire.mem_read = h->dma_read;
	pc->dma.wire.mem_write = h->dma_write;
	pc->dma.wire.host = h->host;
	pc->fwcfg.wire.mem_read = h->dma_read;
	pc->fwcfg.wire.mem_write = h->dma_write;
	pc->fwcfg.wire.host = h->host;
	pc->fwcfg.wire.refresh = on_file;
	pc->fwcfg.wire.refresh_arg = pc;
	pc->bridge.wire.pam = h->pam;
	pc->bridge.wire.host = h->host;
	pc->debugcon.wire.backend = pc->cfg.debugcon;
	pc->biosdebug.wire.backend = pc->cfg.biosdebug;
	pc->exitport.wire.stop = h->stop;
	pc->exitport.wire.host = h->host;
#undef IRQ
#undef RESET
#undef A20
}

static void fill_cmos(struct pc *pc)
{
	struct cmos_setup s = {
		.ram_size = pc->cfg.ram_size,
		.floppy_type = pc->fdc.wire.media ? pc->fdc.wire.media->cmos_type : 0,
		.boot_order = pc->cfg.boot_order,
	};

	for (unsigned i = 0; i < 2; i++) {
		const struct ide_drive *d = &pc->ide[0].drive[i];
		const struct ata_geometry *g = &d->wire.geometry;

		if (d->wire.kind)
			s.disk[i] = (struct cmos_disk){d->wire.media->sectors, g->cylinders,
						       g->heads, g->sectors};
	}
	cmos_pc_fill(pc->rtc.ram, &s);
}

static void plug_drives(struct pc *pc)
{
	if (pc->cfg.hda)
		ide_attach(&pc->ide[0], 0, &ata_disk, pc->cfg.hda);
	if (pc->cfg.hdb)
		ide_attach(&pc->ide[0], 1, &ata_disk, pc->cfg.hdb);
	if (pc->cfg.cdrom)
		ide_attach(&pc->ide[1], 0, &atapi_cdrom, pc->cfg.cdrom);
}

/* Configuration functions of PCI bus 0. */
static void plug_pci(struct pc *pc)
{
	pci_attach(&pc->pci, 0, 0, &pc->bridge.fn);
	pci_attach(&pc->pci, 1, 0, &pc->piix3.isa);
	pci_attach(&pc->pci, 1, 1, &pc->piix3.ide);
	pci_attach(&pc->pci, 1, 3, &pc->pm.fn);
	pci_attach(&pc->pci, 2, 0, &pc->vga.fn);
}

/* What firmware can ask for; false when there is too much of it. */
static bool plug_items(struct pc *pc)
{
	static const u8 menu[8] = {1}; /* little-endian */
	struct fwcfg *f = &pc->fwcfg;
	struct acpi_tables *a = &pc->acpi;
	bool ok;

	fwcfg_init(f, pc->cfg.ram_size);
	acpi_tables_build(a, 0);
	ok = fwcfg_add_file(f, "etc/acpi/tables", a->tables, sizeof a->tables) &&
	     fwcfg_add_file(f, "etc/acpi/rsdp", a->rsdp, sizeof a->rsdp) &&
	     fwcfg_add_file(f, "etc/table-loader", a->loader, a->loader_size);
	if (pc->cfg.boot_menu) /* a file wins over the item that switches the menu off */
		ok = ok && fwcfg_add_file(f, "etc/show-boot-menu", menu, sizeof menu);
	for (unsigned i = 0; ok && i < pc->cfg.n_items; i++) {
		const struct pc_item *t = &pc->cfg.items[i];

		ok = t->name ? fwcfg_add_file(f, t->name, t->data, t->size)
			     : fwcfg_add(f, t->select, t->data, t->size);
	}
	return ok;
}

struct pc *pc_create(const struct pc_config *cfg, const struct pc_host *host)
{
	struct pc *pc = calloc(1, sizeof *pc);

	if (!pc)
		return NULL;
	pc->cfg = *cfg;
	pc->cfg.boot_order[sizeof pc->cfg.boot_order - 1] = 0;
	pc->host = *host;
	if (!cfg->video_memory)
		pc->vga_memory = calloc(1, VGA_MEMORY);
	if (!cfg->video_memory && !pc->vga_memory) {
		free(pc);
		return NULL;
	}
	clock_init(&pc->clock, host->now_ns, host->deadline, host->host);
	i440fx_init(&pc->bridge);
	piix3_init(&pc->piix3);
	wire_chips(pc);
	/* The order of these is the order of equal deadlines. */
	i8254_init(&pc->pit, &pc->clock);
	mc146818_init(&pc->rtc, &pc->clock, cfg->rtc_epoch);
	i8042_init(&pc->kbc, &pc->clock);
	ns16550_init(&pc->com1, &pc->clock);
	i82077_init(&pc->fdc, &pc->clock, cfg->floppy);
	ide_init(&pc->ide[0], &pc->clock);
	ide_init(&pc->ide[1], &pc->clock);
	plug_drives(pc);
	acpi_pm_init(&pc->pm, &pc->clock);
	pc->vga.wire.memory_moved = host->video_memory;
	pc->vga.wire.rom_moved = host->option_rom;
	pc->vga.wire.host = host->host;
	vga_init(&pc->vga, &pc->clock, cfg->video_memory ? cfg->video_memory : pc->vga_memory,
		 cfg->vgabios, cfg->vgabios_size);
	if (!plug_items(pc))
		host->stop(host->host, PC_STOP_IO_ERROR, 0,
			   "more firmware configuration items than there is room for");
	plug_pci(pc);
	fill_cmos(pc);
	pc_reset(pc);
	if (cfg->floppy && !pc->fdc.wire.media)
		host->stop(host->host, PC_STOP_IO_ERROR, 0,
			   "the floppy image is larger than any floppy disk");
	return pc;
}

void pc_destroy(struct pc *pc)
{
	if (!pc)
		return;
	free(pc->vga_memory);
	free(pc);
}

void pc_reset(struct pc *pc)
{
	i8254_reset(&pc->pit);
	mc146818_reset(&pc->rtc);
	i8042_reset(&pc->kbc);
	port61_reset(&pc->port61);
	pc->port92.value = 0;
	ferr_reset(&pc->ferr);
	i8237_reset(&pc->dma);
	ns16550_reset(&pc->com1);
	i82077_reset(&pc->fdc);
	for (unsigned i = 0; i < 2; i++) {
		ide_reset(&pc->ide[i]);
		busmaster_reset(&pc->busmaster[i]);
	}
	pc->pci.address = 0;
	piix3_reset(&pc->piix3);
	acpi_pm_reset(&pc->pm);
	vga_reset(&pc->vga);
	fwcfg_reset(&pc->fwcfg);
	pc->exitport.matched = 0;
	for (unsigned i = 0; i < 2; i++)
		i8259_elcr_out(&pc->pic, i, 0);
	i8259_reset(&pc->pic);
	i440fx_reset(&pc->bridge);
	on_a20(pc, 0, true);
	pc_cells_publish(pc);
}

void pc_ferr(struct pc *pc, bool level)
{
	ferr_set(&pc->ferr, level);
}

u8 pc_intack(struct pc *pc)
{
	bool ticked = i8259_waiting(&pc->pic, IRQ_TIMER);
	u8 vector = i8259_intack(&pc->pic);

	if (ticked && !i8259_waiting(&pc->pic, IRQ_TIMER))
		i8254_served(&pc->pit);
	return vector;
}

void pc_timer(struct pc *pc, struct pc_timer *out)
{
	struct i8254 *p = &pc->pit;
	u64 clocks = i8254_counted(p);

	*out = (struct pc_timer){.mode = p->chan[0].mode,
				 .divisor = p->chan[0].count,
				 .clocks = clocks,
				 .delivered = p->delivered,
				 .waiting = p->lost + p->behind_mask +
					    i8259_requested(&pc->pic, IRQ_TIMER),
				 .dropped = p->dropped};
}

void pc_went_on(struct pc *pc)
{
	i8254_went_on(&pc->pit);
}

void pc_run(struct pc *pc)
{
	pc_cells_collect(pc);
	clock_run(&pc->clock);
	pc_cells_publish(pc);
}

void pc_char_poll(struct pc *pc)
{
	ns16550_poll(&pc->com1);
}

void pc_key(struct pc *pc, enum key key, enum key_move move)
{
	pc_cells_collect(pc);
	i8042_key(&pc->kbc, key, move);
	pc_cells_publish(pc);
}

bool pc_keys_taken(struct pc *pc)
{
	return i8042_idle(&pc->kbc);
}

void pc_mouse(struct pc *pc, s32 dx, s32 dy, s32 dz, u8 buttons)
{
	pc_cells_collect(pc);
	i8042_mouse(&pc->kbc, dx, dy, dz, buttons);
	pc_cells_publish(pc);
}

void pc_power_button(struct pc *pc)
{
	acpi_pm_power_button(&pc->pm);
}

void pc_iochk(struct pc *pc)
{
	port61_iochk(&pc->port61);
	pc_cells_publish(pc);
}

bool pc_screen_text(struct pc *pc, struct pc_screen *out)
{
	return vga_text(&pc->vga, out);
}

void pc_picture_size(struct pc *pc, unsigned *width, unsigned *height)
{
	vga_picture_size(&pc->vga, width, height);
}

void pc_picture(struct pc *pc, u32 *pixel)
{
	vga_picture(&pc->vga, pixel);
}

u32 pc_mmio_read(struct pc *pc, u32 phys, unsigned size)
{
	u32 v = 0;

	for (unsigned i = 0; i < size; i++) {
		u32 at = phys + i;
		u8 b = 0xff;

		if (at - VGA_WINDOW < VGA_SIZE)
			b = vga_window_read(&pc->vga, at - VGA_WINDOW);
		else
			vga_pci_read(&pc->vga, at, &b);
		v |= (u32)b << 8 * i;
	}
	return v;
}

void pc_mmio_write(struct pc *pc, u32 phys, u32 value, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		u32 at = phys + i;
		u8 b = (u8)(value >> 8 * i);

		if (at - VGA_WINDOW < VGA_SIZE)
			vga_window_write(&pc->vga, at - VGA_WINDOW, b);
		else
			vga_pci_write(&pc->vga, at, b);
	}
}
