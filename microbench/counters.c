/* SPDX-License-Identifier: MIT
 * Counters: libpfm4 turns names into perf_event_attr, the kernel decides what
 * opens.  A PMU known to libpfm4 is no proof that its events can be counted.
 */
#include "microbench/counters.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const counter_key[COUNTERS] = {
#define COUNTER(key, event) #key,
#include "microbench/counters.def"
#undef COUNTER
};

static const char *const counter_event[COUNTERS] = {
#define COUNTER(key, event) event,
#include "microbench/counters.def"
#undef COUNTER
};

static char why[COUNTERS][64];

const char *counter_error(enum counter which)
{
	return why[which];
}

static int open_one(enum counter i, pid_t pid)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};
	int fd, err = pfm_get_os_event_encoding(counter_event[i], PFM_PLM0 | PFM_PLM3,
						PFM_OS_PERF_EVENT, &arg);

	if (err != PFM_SUCCESS) {
		snprintf(why[i], sizeof(why[i]), "libpfm4: %s", pfm_strerror(err));
		return -1;
	}
	attr.inherit = 1;
	attr.disabled = 1;
	attr.enable_on_exec = 1;
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	fd = perf_event_open(&attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		/* perf_event_paranoid: user mode may still be allowed. */
		attr.exclude_kernel = 1;
		attr.exclude_hv = 1;
		fd = perf_event_open(&attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	}
	snprintf(why[i], sizeof(why[i]), "%s", fd < 0 ? strerror(errno) : "");
	return fd;
}

void counters_open(struct counters *c, pid_t pid)
{
	static int ready = PFM_ERR_NOTSUPP;

	if (ready != PFM_SUCCESS)
		ready = pfm_initialize();
	for (int i = 0; i < COUNTERS; i++) {
		c->fd[i] = -1;
		if (ready == PFM_SUCCESS)
			c->fd[i] = open_one(i, pid);
		else
			snprintf(why[i], sizeof(why[i]), "libpfm4: %s", pfm_strerror(ready));
	}
}

void counters_read(const struct counters *c, double out[COUNTERS])
{
	for (int i = 0; i < COUNTERS; i++) {
		u64 v[3]; /* count, time enabled, time running */

		out[i] = NAN;
		if (c->fd[i] < 0 || read(c->fd[i], v, sizeof(v)) != sizeof(v) || !v[2])
			continue;
		out[i] = (double)v[0] * ((double)v[1] / (double)v[2]);
	}
}

void counters_close(struct counters *c)
{
	for (int i = 0; i < COUNTERS; i++)
		if (c->fd[i] >= 0)
			close(c->fd[i]);
}

static double children_ns(pid_t pid)
{
	char path[64], name[512];
	double sum = 0;
	struct dirent *task;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (task = readdir(dir))) {
		FILE *f;
		int child;

		snprintf(name, sizeof(name), "%s/%s/children", path, task->d_name);
		f = task->d_name[0] == '.' ? NULL : fopen(name, "re");
		if (!f)
			continue;
		while (fscanf(f, "%d", &child) == 1) {
			double ns = cpu_time_ns(child);

			sum += isnan(ns) ? 0 : ns;
		}
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return sum;
}

double cpu_time_ns(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return NAN;
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec + children_ns(pid);
}
