/* SPDX-License-Identifier: MIT
 * When the guest stops for the debugger, and the connection to it.
 *
 * Breakpoints: the translator ends units before them and never chains to them, so
 * that the loop passes every one of them.  Single steps and watchpoints run units
 * of one instruction; a watchpoint is a comparison after each.  While stepping,
 * interrupts wait, or every step would end in the timer's handler.
 *
 * gdb_before() and gdb_after() are monitor context until they call host_begin().
 */
#include "refvmm/gdbstate.h"

#include "refvmm/exit.h"
#include "refvmm/gdbmem.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- connection ---- */

void gdb_disconnect(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;

	if (g->connected && g->listener >= 0)
		close(g->wire.in);
	g->connected = g->running = g->stepping = false;
	g->wire = (struct gdbwire){.in = -1, .out = -1};
	g->n_watch = 0;
	g->changed = vm->bt->n_breaks != 0;
	vm->bt->n_breaks = 0;
	vm->gdb_single = vm->gdb_hold = vm->gdb_request = false;
	if (g->listener < 0)
		vm_stop(vm, RC_OK, ""); /* nobody can come back to it */
}

static void connected(struct gdbstub *g, int in, int out)
{
	g->wire = (struct gdbwire){.in = in, .out = out};
	g->connected = true;
}

static void wait_for_debugger(struct gdbstub *g)
{
	int s;

	if (g->listener < 0) {
		connected(g, STDIN_FILENO, STDOUT_FILENO);
		return;
	}
	do
		s = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC);
	while (s < 0 && errno == EINTR);
	if (s >= 0)
		connected(g, s, s);
}

bool gdb_open(struct vm *vm)
{
	struct gdbstub *g = calloc(1, sizeof(*g));

	if (!g)
		return false;
	vm->gdb = g;
	g->listener = vm->cfg->gdb_fd;
	vm->poll_input = true; /* for Ctrl-C and new debuggers */
	wait_for_debugger(g);
	g->why = WHY_START;
	vm->gdb_request = true;
	return true;
}

void gdb_close(struct vm *vm, int exit_code)
{
	struct gdbstub *g = vm->gdb;
	char text[8];

	if (!g)
		return;
	if (g->connected && g->running) {
		snprintf(text, sizeof(text), "W%02x", exit_code & 0xff);
		gdbwire_send_text(&g->wire, text);
	}
	gdb_disconnect(vm);
	free(g);
	vm->gdb = NULL;
}

void gdb_look(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;
	struct pollfd p = {.fd = g->listener, .events = POLLIN};

	if (!g->connected) {
		if (g->listener < 0 || poll(&p, 1, 0) <= 0)
			return;
		wait_for_debugger(g);
		vm->gdb_request = g->connected;
		g->why = WHY_START;
		return;
	}
	switch (gdbwire_poll(&g->wire)) {
	case GDB_BREAK_IN:
		g->why = WHY_INTERRUPT;
		vm->gdb_request = true;
		break;
	case GDB_CLOSED:
		gdb_disconnect(vm);
		break;
	case GDB_PACKET_IN:
		break;
	}
}

/* ---- stopping ---- */

static u32 linear_eip(const struct vm *vm)
{
	return vm->v->seg[S_CS].base + vm->v->eip;
}

static bool watch_changed(struct vm *vm, struct gdb_watch *w)
{
	u8 now[GDB_WATCHED];
	bool known = gdbmem_read(vm, w->lin, now, w->n);
	bool changed = known && w->known && memcmp(now, w->value, w->n);

	if (known)
		memcpy(w->value, now, w->n);
	w->known = known;
	return changed;
}

static void look_at_watches(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;

	for (unsigned i = 0; i < g->n_watch; i++)
		if (watch_changed(vm, &g->watch[i])) {
			g->why = WHY_WATCH;
			g->watch_lin = g->watch[i].lin;
		}
}

static void stop_reply(const struct gdbstub *g, char *to, size_t size)
{
	if (g->why == WHY_WATCH)
		snprintf(to, size, "T05watch:%x;", g->watch_lin);
	else if (g->why == WHY_BREAK && g->swbreak)
		snprintf(to, size, "T05swbreak:;");
	else
		snprintf(to, size, g->why == WHY_INTERRUPT ? "S02" : "S05");
}

static void serve(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;
	u64 stopped = vtime_now(vm), after;
	char reason[40];

	stop_reply(g, reason, sizeof(reason));
	g->why = WHY_NOT;
	vm->gdb_request = false;
	vm->in_guest = false; /* the alarm has nobody to wake */
	gdb_serve(vm, reason);
	after = vtime_now(vm);
	vm->epoch_ns += after - stopped;
	if (vm->limit_at)
		vm->limit_at += after - stopped;
	if (g->changed)
		bt_flush(vm->bt);
	g->changed = false;
	g->skip = true;
	g->skip_lin = linear_eip(vm);
	g->was_halted = vm->v->halted;
	vm->gdb_single = g->stepping || g->n_watch;
	vm->gdb_hold = g->stepping && !g->step_interrupts && !g->was_halted;
	look_at_watches(vm); /* what the debugger changed itself is no hit */
	g->why = WHY_NOT;
}

bool gdb_before(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;

	if (g->connected && g->why == WHY_NOT && !vm->v->halted) {
		u32 lin = linear_eip(vm);

		if (g->stepping && g->was_halted)
			g->why = WHY_STEP; /* it was to wake up */
		else if (bt_break_at(vm->bt, lin) && !(g->skip && lin == g->skip_lin))
			g->why = WHY_BREAK;
	}
	if (g->why)
		vm->gdb_request = true;
	if (!vm->gdb_request || !g->connected) {
		vm->gdb_request = false;
		g->step_exceptions = vm->bt->stat[ST_exceptions];
		return false;
	}
	host_begin(vm);
	serve(vm);
	return true;
}

void gdb_after(struct vm *vm)
{
	struct gdbstub *g = vm->gdb;

	/* Units that only found out that they have to be made again do not count. */
	if (vm->no_step_trap == STEP_NOT_EXECUTED &&
	    vm->bt->stat[ST_exceptions] == g->step_exceptions)
		return;
	g->skip = false;
	if (!g->connected)
		return;
	if (g->n_watch) {
		host_begin(vm);
		look_at_watches(vm);
	}
	if (g->stepping && !g->why)
		g->why = WHY_STEP;
}
