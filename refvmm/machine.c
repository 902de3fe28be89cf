/* SPDX-License-Identifier: MIT
 * Building the machine, power-on and reset, and the report at the end.
 */
#include "refvmm/machine.h"

#include "refvmm/board.h"
#include "refvmm/bootrom.h"
#include "refvmm/cpuid.h"
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"
#include "refvmm/panel.h"
#include "refvmm/screen_text.h"
#include "refvmm/screenshot.h"
#include "refvmm/statsjson.h"
#include "refvmm/window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *map_at(u64 at, u64 size, int prot, int fd)
{
	int flags = MAP_SHARED | MAP_FIXED_NOREPLACE | (fd < 0 ? MAP_ANONYMOUS : 0);
	void *p = mmap((void *)at, size, prot, flags, fd, 0);

	return p == (void *)at ? p : NULL;
}

/* The arena: struct vm, then the translator's state. */
static struct vm *make_arena(u64 ram_size)
{
	u32 frames = (u32)((ram_size + BEHIND_RAM) >> 12);
	u64 vm_size = (sizeof(struct vm) + 4095) & ~4095ull;
	u64 bt_bytes = (bt_size(frames) + 4095) & ~4095ull;
	u64 size = vm_size + bt_bytes + window_size(frames);
	struct vm *vm = map_at(ARENA_BASE, size, PROT_READ | PROT_WRITE, -1);

	if (vm) {
		vm->bt = (struct bt *)((u8 *)vm + vm_size);
		vm->window = (struct window *)((u8 *)vm->bt + bt_bytes);
		window_init(vm->window, frames);
	}
	return vm;
}

static int make_memory(struct vm *vm)
{
	u64 size = vm->ram_size + BEHIND_RAM;

	vm->ram_fd = memfd_create("refvmm-ram", MFD_CLOEXEC);
	if (vm->ram_fd < 0 || ftruncate(vm->ram_fd, (off_t)size))
		return refuse(RC_HOST, NULL, "cannot create guest memory: %s", strerror(errno));
	vm->ram = map_at(RAM_ALIAS, size, PROT_READ | PROT_WRITE, vm->ram_fd);
	if (!vm->ram)
		return refuse(RC_HOST, NULL, "cannot map guest memory: %s", strerror(errno));
	/* Read, write and execute: emitted code and vCPU state.  Guest segments
	 * end below it and the TC's own code segment is execute-only. */
	if (!map_at(vm->mon, MON_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, -1))
		return refuse(RC_HOST, NULL, "cannot map the monitor area at %#x: %s", vm->mon,
			      strerror(errno));
	/* In it once more the RAM under the ROMs, for alias.c. */
	if (mmap((void *)(uintptr_t)(vm->mon + MON_SHADOW_RAM), ROM_LOW_SIZE,
		 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, vm->ram_fd,
		 ROM_LOW_BASE) == MAP_FAILED)
		return refuse(RC_HOST, NULL, "cannot map shadow RAM: %s", strerror(errno));
	return RC_OK;
}

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

/* Where guest linear 0 can lie (host rule 13). */
static int choose_base(struct vm *vm)
{
	void *p;

	if (vm->cfg->page0 != PAGE0_SHIFT) {
		p = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (p != MAP_FAILED) {
			munmap(p, 4096);
			vm->page0_maps = true;
			return RC_OK;
		}
		if (vm->cfg->page0 == PAGE0_MAP)
			return refuse(RC_HOST, "--page0", "page 0 cannot be mapped: %s",
				      strerror(errno));
	}
	return RC_OK;
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
	vm->ready = false;
	/* Before segments get shadows: real-mode loads will use these in line. */
	vm->linbase = vm->page0_maps ? 0 : PAGE0_SHIFT_BY;
	arch_reset(vm->v);
	vm->v->halted = false;
	vm->v->shadow = 0;
	vm->v->intr = false;
	vm->v->irq_pending = 0;
	vm->ferr = false;
	vm->fpu_masked = 0;
	pc_reset(vm->pc);
	if (!vm->cfg->bios && start_kernel(vm))
		vm_stop(vm, RC_INPUT, "");
	mmu_reset(vm);
	segmemo_reset(vm);
	bt_flush(vm->bt);
	shadow_all(vm);
	vm->ready = true;
	/* FNINIT and SSE state of RESET; guest entry loads it. */
	memset(vm->fpu, 0, sizeof(vm->fpu));
	vm->fpu[0] = 0x40; /* FCW at RESET: 0040h (SDM vol. 3A table 9-1) */
	vm->fpu[4] = 0xff; /* all registers tagged as holding 0.0 */
	vm->fpu[24] = 0x80;
	vm->fpu[25] = 0x1f; /* MXCSR 1F80h */
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

		if (wrong)
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
	struct vm *vm = make_arena(cfg->memory);
	int rc;

	if (!vm)
		return refuse(RC_HOST, NULL, "cannot map the arena: %s", strerror(errno));
	vm->cfg = cfg;
	vm->ram_size = cfg->memory;
	vm->n_ram_frames = (u32)(cfg->memory >> 12);
	vm->mon = REFVMM_MONITOR_BASE;
	rc = make_memory(vm);
	if (rc || (rc = choose_base(vm)))
		return rc;
	vm->v = (struct vcpu *)(uintptr_t)(vm->mon + MON_VCPU);
	vm->v->vm = vm;
	vm->v->cpu = cfg->cpu;
	vm->v->host_lacks = cpu_host_lacks();
	bt_decode_for(cpu_edx(vm->v), cpu_ecx(vm->v));
	vm->v->a20 = true;
	vm->fpu_saved = true;
	bt_init(vm->bt, vm->v, vm->mon, (u32)((vm->ram_size + BEHIND_RAM) >> 12),
		cfg->count || cfg->limit_units);
	if (cfg->cache)
		bt_limit_cache(vm->bt, cfg->cache);
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
	if (!ldt_init(vm))
		return refuse(RC_HOST, NULL, "modify_ldt is not available; see --check-host");
	/* The reserved segment, for good: no guest instruction loads GS. */
	__asm__ volatile("mov %w0, %%gs" : : "r"((u32)LDT_SEL(LDT_GS)));
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
