/* SPDX-License-Identifier: MIT
 * Does this host have what the engine needs?  (--check-host)
 */
#ifndef REFVMM_CHECK_HOST_H
#define REFVMM_CHECK_HOST_H

#include "refvmm/config.h"

/* What probes ask the host by other means than system calls.  Tests replace
 * members to see each probe fail; system calls they deny with seccomp. */
struct host_env {
	const char *proc; /* "/proc" */
	unsigned long (*hwcap2)(void);
	u32 (*cpuid_1_edx)(void);
	u16 cs, ss; /* selectors the engine's far jumps use */
};
extern const struct host_env host_env_real;

/* Print one line per feature: name, ok | MISSING | info, what was found or what
 * to do.  RC_OK, or RC_HOST if something required is missing. */
int check_host(const struct host_env *env, FILE *out);

/* The same before a run: silent, or one line on stderr for the first missing
 * feature.  PAGE0_MAP makes page 0 required.  RC_OK or RC_HOST. */
int check_host_quietly(const struct host_env *env, enum page0_mode page0);

/* Can this process map the page at address 0? */
bool check_host_page0(void);

#endif
