/* SPDX-License-Identifier: MIT
 * Inside librefvmm: the machine, and the board in place of devices/pc.c.
 */
#ifndef REFVMM_LIB_H
#define REFVMM_LIB_H

#include "refvmm/librefvmm.h"
#include "refvmm/vm.h"

#include <signal.h>
#include <time.h>

#define LIB_SIGNALS 7

struct refvmm {
	struct vm *vm;
	struct config cfg;
	struct refvmm_options options;
	u8 vector;    /* of refvmm_interrupt() */
	bool running; /* in loop_run() */
	bool hlt, ferr, stopped, hung;
	unsigned ticks; /* of the clock, in this run */
	bool has_clock, has_signals;
	timer_t clock;
	struct sigaction old_action[LIB_SIGNALS];
	stack_t old_stack;
	u16 old_gs;
};

/* The machine of this process, NULL: none. */
extern struct refvmm *the_lib;

#endif
