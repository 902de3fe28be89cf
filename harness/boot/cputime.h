/* SPDX-License-Identifier: MIT
 * Processor time of a VMM with all its processes.
 */
#ifndef HARNESS_BOOT_CPUTIME_H
#define HARNESS_BOOT_CPUTIME_H

#include <sys/types.h>

/* User and system time in nanoseconds of all processes of a process group and
 * of the children that they have waited for, so far. */
long long cputime_group(pid_t group);

/* The same, user and system time apart. */
void cputime_split(pid_t group, long long *user_ns, long long *system_ns);

#endif
