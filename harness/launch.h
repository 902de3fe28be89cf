/* SPDX-License-Identifier: MIT
 * Starting a VMM as a process group of its own, and what is to be said about how it
 * ended.
 */
#ifndef HARNESS_LAUNCH_H
#define HARNESS_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>

struct launch {
	char **argv;
	const char *out, *err, *dir; /* NULL: /dev/null, /dev/null, where we are */
	bool piped;                  /* stdin is a pipe, else /dev/null */
};

/* Block SIGCHLD and what should end us, to be waited for with sigtimedwait(). */
void launch_signals(sigset_t *set);

/* Start it; it is killed when we end.  Returns 0 with its process id and, if piped, the
 * writing end of its stdin (the caller closes it), or the errno of what failed. */
int launch(const struct launch *l, pid_t *pid, int *in);

/* User and system time in nanoseconds. */
long long launch_cpu_ns(const struct rusage *use);

/* Members "exit" and "signal" of a JSON object, from the status of wait(); `ours`: the
 * signal was sent by us and says nothing. */
void launch_json_status(FILE *f, int status, bool ours);

/* Member "command". */
void launch_json_command(FILE *f, char **argv);

#endif
