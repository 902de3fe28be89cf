/* SPDX-License-Identifier: MIT
 * librefvmm: make a machine, its memory, run it; see librefvmm.h.
 */
#include "refvmm/librefvmm.h"

#include "refvmm/arena.h"
#include "refvmm/cpuid.h"
#include "refvmm/exit.h"
#include "refvmm/lib.h"
#include "refvmm/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MIB 0x100000u

struct refvmm *the_lib;

static const int signals[LIB_SIGNALS] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGALRM};

static int fail(int error, char *reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(int error, char *reason, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (reason)
		vsnprintf(reason, REFVMM_REASON, format, ap);
	va_end(ap);
	return -error;
}

/* Guest memory and the monitor area go to the low 4 GiB: nothing may be there. */
static int low_memory_free(char *reason)
{
	unsigned long long from, to;
	char line[512], what[200];
	FILE *f = fopen("/proc/self/maps", "re");
	int r = 0;

	if (!f)
		return fail(errno, reason, "/proc/self/maps: %s", strerror(errno));
	while (!r && fgets(line, sizeof(line), f)) {
		what[0] = 0;
		if (sscanf(line, "%llx-%llx %*s %*s %*s %*s %199[^\n]", &from, &to, what) >= 2 &&
		    from < (u64)REFVMM_MONITOR_BASE + MON_SIZE)
			r = fail(EBUSY, reason,
				 "%s is mapped at %#llx, where the guest goes: the program has to "
				 "be position-independent",
				 what[0] ? what : "something", from);
	}
	fclose(f);
	return r;
}

static int find_cpu(const char *name, u8 *cpu, char *reason)
{
	for (unsigned k = 0; k < CPU_COUNT; k++)
		if (!strcmp(name, cpu_models[k].name)) {
			*cpu = (u8)k;
			return 0;
		}
	return fail(EINVAL, reason, "no processor model \"%s\"", name);
}

static int check_options(const struct refvmm_options *o, struct config *cfg, char *reason)
{
	if (o->memory < 2 * MIB || o->memory > 1024ull * MIB || o->memory % MIB)
		return fail(EINVAL, reason, "memory: 2 to 1024 MiB, whole ones");
	if (o->cache && o->cache < 2 * BT_UNIT_BYTES)
		return fail(EINVAL, reason, "cache: at least %u bytes", 2 * BT_UNIT_BYTES);
	cfg->memory = o->memory;
	cfg->count = o->count;
	cfg->cache = o->cache;
	cfg->page0 = o->shift ? PAGE0_SHIFT : PAGE0_AUTO;
	cfg->no_reboot = true;
	cfg->stats_fd = cfg->gdb_fd = -1;
	cfg->cpu = 0; /* the default is the first of cpus.def */
	return o->cpu ? find_cpu(o->cpu, &cfg->cpu, reason) : 0;
}

static bool start_clock(struct refvmm *lib)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	const struct itimerspec second = {{1, 0}, {1, 0}};

	if (!lib->options.hang_seconds)
		return true;
	if (timer_create(CLOCK_MONOTONIC, &ev, &lib->clock))
		return false;
	lib->has_clock = true;
	return timer_settime(lib->clock, 0, &second, NULL) == 0;
}

static bool take_signals(struct refvmm *lib)
{
	if (sigaltstack(NULL, &lib->old_stack))
		return false;
	for (unsigned k = 0; k < LIB_SIGNALS; k++)
		if (sigaction(signals[k], NULL, &lib->old_action[k]))
			return false;
	lib->has_signals = true;
	return trap_init(lib->vm);
}

static void give_signals_back(struct refvmm *lib)
{
	stack_t ours;

	for (unsigned k = 0; k < LIB_SIGNALS; k++)
		sigaction(signals[k], &lib->old_action[k], NULL);
	if (!sigaltstack(NULL, &ours) && !sigaltstack(&lib->old_stack, NULL) &&
	    !(ours.ss_flags & SS_DISABLE) && ours.ss_sp != lib->old_stack.ss_sp)
		munmap(ours.ss_sp, ours.ss_size);
}

int refvmm_create(const struct refvmm_options *options, struct refvmm **out, char *reason)
{
	struct refvmm *lib;
	char why[REFVMM_REASON] = "";
	int r;

	*out = NULL;
	if (the_lib)
		return fail(EBUSY, reason, "this process has a machine already");
	lib = calloc(1, sizeof(*lib));
	if (!lib)
		return fail(ENOMEM, reason, "out of memory");
	lib->options = *options;
	r = check_options(options, &lib->cfg, reason);
	if (!r)
		r = low_memory_free(reason);
	if (r) {
		free(lib);
		return r;
	}
	if (arena_make(&lib->cfg, &lib->vm, why, sizeof(why))) {
		free(lib);
		return fail(EIO, reason, "%s", why);
	}
	the_lib = lib;
	__asm__ volatile("mov %%gs, %w0" : "=r"(lib->old_gs));
	if (options->flat)
		lib->vm->ram_hole_end = 0xa0000;
	memset(lib->vm->ram + lib->vm->ram_size, 0xff, ROM_LOW_SIZE + ROM_HIGH_SIZE);
	if (!take_signals(lib) || !start_clock(lib))
		r = fail(EIO, reason, "signals or timers are not available");
	else if (arena_attach(lib->vm, why, sizeof(why)))
		r = fail(EIO, reason, "%s", why);
	if (r) {
		refvmm_destroy(lib);
		return r;
	}
	lib->vm->epoch_ns = 0;
	lib->vm->epoch_ns = vtime_now(lib->vm);
	refvmm_reset(lib);
	*out = lib;
	return 0;
}

void refvmm_destroy(struct refvmm *lib)
{
	if (!lib)
		return;
	host_begin(lib->vm);
	if (lib->has_clock)
		timer_delete(lib->clock);
	if (lib->has_signals)
		give_signals_back(lib);
	__asm__ volatile("mov %w0, %%gs" : : "r"((u32)lib->old_gs));
	arena_free(lib->vm);
	the_lib = NULL;
	free(lib);
}

void refvmm_reset(struct refvmm *lib)
{
	host_begin(lib->vm);
	machine_reset(lib->vm);
}

static bool is_ram(const struct refvmm *lib, uint32_t address, uint32_t n)
{
	const struct vm *vm = lib->vm;
	u64 end = (u64)address + n;

	return end <= vm->ram_size &&
	       (end <= 0xa0000 || address >= vm->ram_hole_end || vm->ram_hole_end == 0xa0000);
}

int refvmm_write(struct refvmm *lib, uint32_t address, const void *data, uint32_t n)
{
	struct vm *vm = lib->vm;
	const u8 *from = data;

	if (!is_ram(lib, address, n))
		return -EFAULT;
	while (n) {
		u32 in_page = address & 0xfff, part = 0x1000 - in_page;

		if (part > n)
			part = n;
		if (memcmp(vm->ram + address, from, part)) {
			memcpy(vm->ram + address, from, part);
			if (vm->bt->frame_units[address >> 12])
				bt_frame_written(vm->bt, address >> 12, in_page, part);
		}
		from += part;
		address += part;
		n -= part;
	}
	return 0;
}

int refvmm_read(struct refvmm *lib, uint32_t address, void *data, uint32_t n)
{
	if (!is_ram(lib, address, n))
		return -EFAULT;
	memcpy(data, lib->vm->ram + address, n);
	return 0;
}

const uint8_t *refvmm_ram(const struct refvmm *lib)
{
	return lib->vm->ram;
}

static u64 executed(const struct vm *vm)
{
	return vm->retired_tc + vm->v->retired + vm->v->retired_mon;
}

static enum refvmm_why why(const struct refvmm *lib)
{
	const struct vm *vm = lib->vm;

	if (vm->held)
		return REFVMM_EXCEPTION;
	if (lib->hung)
		return REFVMM_HANG;
	switch (vm->exit_code) {
	case RC_OK:
		return lib->hlt ? REFVMM_HLT : lib->ferr ? REFVMM_FERR : REFVMM_STOPPED;
	case RC_LIMIT:
		return REFVMM_LIMIT;
	case RC_TRIPLE_FAULT:
		return REFVMM_SHUTDOWN;
	case RC_UNSUPPORTED:
		return REFVMM_UNSUPPORTED;
	default:
		return REFVMM_BROKEN;
	}
}

/* The alarm that ended the run may have hit translated code between the stores of a
 * segment load: shadow and selector would be those of different segments, and a state
 * whose hidden part is that of the old one would not set them right.  The load did not
 * happen. */
static void segments_again(struct vm *vm)
{
	u32 owner = vm->v->fs_owner;

	segmemo_reset(vm);
	shadow_all(vm);
	vm->v->fs_owner = owner;
	vm->v->seg_dirty = 0xff;
}

int refvmm_run(struct refvmm *lib, unsigned how, uint64_t max_units, struct refvmm_exit *e,
	       char *reason)
{
	struct vm *vm = lib->vm;
	struct vcpu *v = vm->v;
	u64 before = executed(vm);
	u32 mxcsr;
	u16 fcw;

	if (how & ~(unsigned)(REFVMM_ONE | REFVMM_RETRANSLATE | REFVMM_COLD | REFVMM_HOLD))
		return fail(EINVAL, reason, "unknown ways to run: %#x", how);
	if (max_units && !lib->options.count)
		return fail(EINVAL, reason, "max_units needs options.count");
	if (lib->running)
		return fail(EBUSY, reason, "the machine is running");
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(fcw));
	vm->stop = vm->held = lib->hlt = lib->ferr = lib->stopped = lib->hung = false;
	vm->exit_code = RC_OK;
	vm->stop_text[0] = 0;
	vm->hold_exceptions = how & REFVMM_HOLD;
	vm->unit_single = how & REFVMM_ONE;
	vm->retranslate = how & REFVMM_RETRANSLATE;
	vm->retired_tc += v->retired;
	v->retired = 0;
	v->budget = 0;
	v->irq_pending &= (u8)~PENDING_ALARM;
	lib->cfg.limit_units = max_units;
	lib->ticks = 0;
	if (how & REFVMM_COLD)
		bt_flush(vm->bt);
	lib->running = true;
	loop_run(vm);
	host_begin(vm);
	lib->running = false;
	vm->in_guest = false;
	if (lib->hung)
		segments_again(vm);
	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(fcw));
	*e = (struct refvmm_exit){.why = why(lib), .instructions = executed(vm) - before};
	if (!lib->options.count)
		e->instructions = 0;
	if (vm->held) {
		e->vector = v->fault.vector;
		e->has_error = v->fault.has_error;
		e->error = v->fault.has_error ? v->fault.error : 0;
		e->cr2 = v->fault.vector == V_PF ? v->fault.cr2 : 0;
	}
	memcpy(e->text, vm->stop_text, sizeof(e->text));
	e->text[sizeof(e->text) - 1] = 0;
	return 0;
}

const char *refvmm_why_name(enum refvmm_why w)
{
	static const char *const name[] = {"HLT",     "exception",   "limit",
					   "stopped", "FERR#",       "shutdown",
					   "hang",    "unsupported", "broken"};

	return w < sizeof(name) / sizeof(*name) ? name[w] : "?";
}

uint64_t refvmm_counter(const struct refvmm *lib, const char *name)
{
	static const char *const names[ST_COUNT] = {
#define STAT(name, meaning) [ST_##name] = #name,
#include "bt/stats.def"
#undef STAT
	};

	for (unsigned k = 0; k < ST_COUNT; k++)
		if (!strcmp(names[k], name))
			return lib->vm->bt->stat[k];
	return 0;
}
