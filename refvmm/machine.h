/* SPDX-License-Identifier: MIT
 * The machine as the command line sees it.
 */
#ifndef REFVMM_MACHINE_H
#define REFVMM_MACHINE_H

#include "refvmm/config.h"

/* Base of the monitor area in the guest linear window.  The ASan build moves it
 * below ASan's shadow memory (see docs/host-rules.md, rule 17). */
#ifndef REFVMM_MONITOR_BASE
#define REFVMM_MONITOR_BASE 0xff800000u
#endif

/* Run the machine until it ends; the result is the exit code of refvmm
 * (refvmm/exit.def).  Prints one line on stderr for every ending but RC_OK and
 * the guest's exit port.  The caller closes `cfg`. */
int machine_run(const struct config *cfg);

#endif
