/* SPDX-License-Identifier: MIT
 * Building the machine, power-on and reset, and the report at the end.
 */
#include "refvmm/machine.h"

#include "refvmm/arena.h"
#include "refvmm/board.h"
#include "refvmm/bootrom.h"
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"
#include "refvmm/panel.h"
#include "refvmm/screen_text.h"
#include "refvmm/screenshot.h"
#include "refvmm/statsjson.h"
#include "refvmm/window.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* The option ROM that starts --kernel.  SeaBIOS gets it as a file; Bochs' BIOS looks
 * through C8000-DFFFF. */
#define BOOTROM_AT 0xd0000u
static struct bootrom bootrom;

/* ROM images where the processor sees them: the end of the BIOS below 1 MiB, the
 * option ROM at C0000, the whole BIOS below 4 GiB. */
static void load_roms(struct vm *vm)
{
	const struct rom_image *bios = &vm->cfg->bios_image, *vga = &vm->cfg->vgabios_image;
	u8 *low = vm->ram + vm->ram_size, *high = low + ROM_LOW_SIZE;
	u32 shown = bios->size < 0x20000 ? bios->size : 0x20000;

	memset(low, 0xff, ROM_LOW_SIZE + ROM_HIGH_SIZE);
	if (vga->data)
		memcpy(low, vga->data, vga->size);
	if (bios->data) {
		memcpy(low + ROM_LOW_SIZE - shown, bios->data + bios->size - shown, shown);
		memcpy(high + ROM_HIGH_SIZE - bios->size, bios->data, bios->size);
	}
	if (vm->cfg->boot_plan.n)
		memcpy(low + BOOTROM_AT - ROM_LOW_BASE, bootrom.image, BOOTROM_SIZE);
}

/* Offset of the first cell: 0 stands for none in the tables of ports. */
#define CELLS_AT 4u

/* Let translated code use the board's cells, by port.  Not when port accesses are
 * traced. */
static void show_cells(struct vm *vm)
{
	if (vm->cfg->trace[TRACE_IO])
		return;
	for (u32 k = 0; k < PC_CELLS; k++) {
		const struct pc_cell *c = &pc_cells[k];

		if (c->in)
			bt_port(vm->bt, c->port, c->size, false, CELLS_AT + 4 * k);
		if (c->out)
			bt_port(vm->bt, c->port, c->size, true, CELLS_AT + 4 * k);
	}
}

static int make_board(struct vm *vm)
{
	const struct config *c = vm->cfg;
	struct pc_host host = board_host(vm);
	struct pc_config pc = {
		.ram_size = vm->ram_size,
		.video_memory = vm->ram + vm->ram_size + ROM_LOW_SIZE + ROM_HIGH_SIZE,
		.boot_menu = c->boot_menu,
		.hda = c->hda_block,
		.hdb = c->hdb_block,
		.cdrom = c->cdrom_block,
		.floppy = c->floppy_block,
		.com1 = panel_listen(vm->panel, &c->com1_char),
		.debugcon = c->debugcon_char,
		.biosdebug = c->biosdebug_char,
		.vgabios = c->vgabios_image.data,
		.vgabios_size = c->vgabios_image.size,
		.rtc_epoch = (u64)time(NULL),
		.items = bootrom.item,
		.n_items = bootrom.n_items,
		.cells = (u32 *)(uintptr_t)(vm->mon + MON_CELLS + CELLS_AT),
	};

	memcpy(pc.boot_order, c->boot_plan.n ? "n" : c->boot_order,
	       c->boot_plan.n ? 2 : sizeof(pc.boot_order));
	vm->pc = pc_create(&pc, &host);
	return vm->pc ? RC_OK : refuse(RC_INTERNAL, NULL, "out of memory");
}

/* Multiboot 1 section 3.2: flat protected mode. */
static int start_kernel(struct vm *vm)
{
	struct vcpu *v = vm->v;
	struct boot_state b;
	const u32 data = D_P | D_S | D_WRITABLE | D_ACCESSED | D_DB | D_G;
	int rc = load_multiboot(vm->cfg, vm->ram, vm->ram_size, &b);

	if (rc)
		return rc;
	for (int s = 0; s < S_COUNT; s++)
		v->seg[s] = (struct seg){.limit = 0xffffffff, .attr = data, .sel = 0x10};
	v->seg[S_CS].attr = data | D_CODE;
	v->seg[S_CS].sel = 0x08;
	v->cr0 |= CR0_PE;
	v->cpl = 0;
	v->eip = b.eip;
	v->gpr[R_EAX] = b.eax;
	v->gpr[R_EBX] = b.ebx;
	v->gpr[R_ESP] = b.esp;
	pc_out(vm->pc, 0x92, 2, 1); /* A20 open */
	return RC_OK;
}

void machine_reset(struct vm *vm)
{
	host_begin(vm);
	vm->bt->stat[ST_resets]++;
	arena_reset_cpu(vm);
	pc_reset(vm->pc);
	if (!vm->cfg->bios && start_kernel(vm))
		vm_stop(vm, RC_INPUT, "");
	arena_reset_engine(vm);
}

static const char *const stat_name[ST_COUNT] = {
#define STAT(name, meaning) [ST_##name] = #name,
#include "bt/stats.def"
#undef STAT
};

/* What is there now, not what has happened: a long run must not let it grow. */
static void live(struct vm *vm, struct stats *s)
{
	struct pc_timer t;

	stats_open(s, "live");
	stats_number(s, "units", vm->bt->n_units - 1);
	stats_number(s, "cache_bytes", vm->bt->tc_next - vm->bt->tc_start);
	stats_number(s, "ldt_slots", ldt_slots_used(vm));
	stats_number(s, "window_mappings", vm->window->n_vmas);
	stats_close(s);
	if (!vm->pc)
		return;
	pc_timer(vm->pc, &t);
	stats_open(s, "timer"); /* counter 0 of the 8254, see struct pc_timer */
	stats_number(s, "mode", t.mode);
	stats_number(s, "divisor", t.divisor);
	stats_number(s, "clocks", t.clocks);
	stats_number(s, "delivered", t.delivered);
	stats_number(s, "waiting", t.waiting);
	stats_number(s, "dropped", t.dropped);
	stats_close(s);
}

static struct stats *collect(struct vm *vm)
{
	struct stats *s = stats_new();

	if (!s)
		return NULL;
	vm->bt->stat[ST_retired_tc] = vm->retired_tc + vm->v->retired;
	vm->bt->stat[ST_retired_monitor] = vm->v->retired_mon;
	stats_string(s, "end", vm->stop_text);
	stats_number(s, "exit_code", (u64)vm->exit_code);
	stats_number(s, "window_base", vm->linbase);
	stats_number(s, "virtual_ns", vtime_now(vm));
	stats_open(s, "counters");
	for (int k = 0; k < ST_COUNT; k++)
		stats_number(s, stat_name[k], vm->bt->stat[k]);
	stats_close(s);
	live(vm, s);
	stats_open(s, "monitor_instructions"); /* by name: callouts and the software path */
	for (u32 k = 0; k < BT_MNEMONICS; k++) {
		struct insn i = {.mnemonic = (u16)k};

		if (vm->bt->callouts[k])
			stats_number(s, bt_insn_name(&i), vm->bt->callouts[k]);
	}
	stats_close(s);
	return s;
}

static char *panel_stats(void *arg)
{
	struct stats *s = collect(arg);

	return s ? stats_text(s) : NULL;
}

static void panel_quit(void *arg)
{
	vm_stop(arg, RC_OK, "");
}

/* Translated code faults it in again, as after a drop of the window's own. */
static void panel_drop(void *arg)
{
	window_drop_all(arg);
}

static void panel_reset(void *arg)
{
	((struct vm *)arg)->reset = true;
}

static int make_panel(struct vm *vm)
{
	const struct panel_machine m = {.arg = vm,
					.pc = &vm->pc,
					.quit = panel_quit,
					.reset = panel_reset,
					.stats = panel_stats,
					.drop = panel_drop};

	vm->panel = panel_new(vm->cfg, &m);
	return vm->panel ? RC_OK : refuse(RC_INTERNAL, NULL, "out of memory");
}

static int report(struct vm *vm)
{
	const struct config *c = vm->cfg;
	struct pc_screen screen;
	struct stats *s;
	int rc = RC_OK;

	if (vm->screen) {
		if (pc_screen_text(vm->pc, &screen))
			screen_text_update(vm->screen, &screen);
		if (!screen_text_close(vm->screen))
			rc = RC_OUTPUT;
	}
	if (c->screenshot) {
		const char *wrong = screenshot_write(vm->pc, c->screenshot);

		if (wrong && ferror(c->screenshot))
			rc = refuse(RC_OUTPUT, "--screenshot", "cannot write '%s': %s",
				    c->screenshot_path, strerror(errno));
		else if (wrong)
			rc = refuse(RC_OUTPUT, "--screenshot", "%s", wrong);
	}
	if (!c->stats)
		return rc;
	s = collect(vm);
	if (!s)
		return RC_INTERNAL;
	return stats_write(s, c) == RC_OK ? rc : RC_OUTPUT;
}

int machine_run(const struct config *cfg)
{
	char why[200];
	struct vm *vm;
	int rc = arena_make(cfg, &vm, why, sizeof(why));

	if (rc)
		return refuse(rc, NULL, "%s", why);
	if (cfg->boot_plan.n)
		bootrom_build(&cfg->boot_plan, &bootrom);
	load_roms(vm);
	if (cfg->display == DISPLAY_TEXT && !(vm->screen = screen_text_open(stdout)))
		return refuse(RC_INTERNAL, NULL, "out of memory");
	rc = make_panel(vm);
	if (rc)
		return rc;
	if (!trap_init(vm) || !vtime_init(vm))
		return refuse(RC_HOST, NULL,
			      "signals or timers are not available; see --check-host");
	rc = arena_attach(vm, why, sizeof(why));
	if (rc)
		return refuse(rc, NULL, "%s", why);
	rc = make_board(vm);
	if (rc)
		return rc;
	show_cells(vm);
	machine_reset(vm);
	if (vm->stop)
		return vm->exit_code; /* load_multiboot() said why */
	if (cfg->gdb && !gdb_open(vm))
		return refuse(RC_INTERNAL, "--gdb", "out of memory");
	loop_run(vm);
	host_begin(vm);
	gdb_close(vm, vm->exit_code);
	if (vm->stop_text[0])
		refuse(RC_OK, NULL, "%s", vm->stop_text);
	rc = report(vm);
	panel_free(vm->panel);
	pc_destroy(vm->pc);
	return vm->exit_code ? vm->exit_code : rc;
}
