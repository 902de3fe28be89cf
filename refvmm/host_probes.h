/* SPDX-License-Identifier: MIT
 * The single probes behind check_host.c.
 */
#ifndef REFVMM_HOST_PROBES_H
#define REFVMM_HOST_PROBES_H

#include "refvmm/check_host.h"

#define PROBE_TEXT 200

/* True: the feature works.  `text` (PROBE_TEXT bytes) gets what was found, or
 * what is wrong. */
typedef bool host_probe(const struct host_env *env, char *text);

/* host_probes.c: plain questions to the kernel */
host_probe probe_cpu, probe_selectors, probe_fsgsbase, probe_map_count, probe_timer, probe_page0,
	probe_userfaultfd, probe_seccomp;
/* host_probes_map.c: memory; call in a child */
host_probe probe_memfd, probe_window, probe_arena, probe_monitor;
/* host_probes_ldt.c: run code in LDT segments; call in a child */
host_probe probe_modify_ldt, probe_code32, probe_code16, probe_signals;

#endif
