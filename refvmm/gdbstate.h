/* SPDX-License-Identifier: MIT
 * The stub's own state, shared by gdbstub.c (when to stop) and gdbcmd.c (what to
 * answer).
 */
#ifndef REFVMM_GDBSTATE_H
#define REFVMM_GDBSTATE_H

#include "refvmm/gdbstub.h"
#include "refvmm/gdbwire.h"

#define GDB_WATCHES 16u
#define GDB_WATCHED 64u /* bytes of one watchpoint */

struct gdb_watch {
	u32 lin, n;
	bool known; /* `value` could be read */
	u8 value[GDB_WATCHED];
};

struct gdbstub {
	struct gdbwire wire;
	int listener;
	bool connected;
	bool running;         /* the debugger waits for the guest to stop */
	bool stepping;        /* stop after one instruction */
	bool step_interrupts; /* take interrupts while stepping */
	bool swbreak;         /* the debugger knows that stop reason */
	bool was_halted;      /* when the step began */
	bool changed;         /* the breakpoints, since the last flush */
	bool skip;            /* the breakpoint the guest is let go from */
	u32 skip_lin;
	u64 step_exceptions;
	struct gdb_watch watch[GDB_WATCHES];
	unsigned n_watch;
	enum gdb_why {
		WHY_NOT,
		WHY_START,
		WHY_STEP,
		WHY_BREAK,
		WHY_WATCH,
		WHY_INTERRUPT
	} why;         /* why to stop at the next boundary */
	u32 watch_lin; /* WHY_WATCH */
};

/* gdbstub.c: the debugger is gone or has detached; the guest runs on. */
void gdb_disconnect(struct vm *vm);

#endif
