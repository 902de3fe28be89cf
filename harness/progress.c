/* SPDX-License-Identifier: MIT
 * Watching a VMM through its output files and /proc (proc(5)).
 */
#include "harness/progress.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

long long progress_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static long long total_size(const struct progress *p)
{
	long long sum = 0;
	struct stat st;

	for (int i = 0; i < p->nfiles; i++)
		if (!stat(p->file[i], &st))
			sum += st.st_size;
	return sum;
}

bool progress_saw_end(const char *path, off_t *at)
{
	static const char key[] = "\nEND ";
	char buf[65536];
	int f = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;
	ssize_t n;

	if (f < 0)
		return false;
	while (!found && (n = pread(f, buf, sizeof(buf) - 1, *at)) > 0) {
		char *hit = memmem(buf, n, key, sizeof(key) - 1);

		if (hit && memchr(hit + 1, '\n', (size_t)(buf + n - hit - 1)))
			found = true;
		if (found || n < (ssize_t)sizeof(buf) - 1)
			break;
		/* The key, or its line, may straddle two reads. */
		*at += hit > buf ? hit - buf : n - (ssize_t)sizeof(key);
	}
	close(f);
	return found;
}

/* A process' or thread's stat line: state, and user + system clock ticks. */
static bool read_stat(const char *path, char *state, long long *ticks)
{
	char buf[1024], *p;
	int f = open(path, O_RDONLY | O_CLOEXEC);
	long long user, sys;
	ssize_t n;

	if (f < 0)
		return false;
	n = read(f, buf, sizeof(buf) - 1);
	close(f);
	if (n <= 0)
		return false;
	buf[n] = 0;
	p = strrchr(buf, ')'); /* the name may hold anything */
	if (!p || sscanf(p, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", state, &user,
			 &sys) != 3)
		return false;
	*ticks = user + sys;
	return true;
}

/* Processor time of the VMM so far, and whether all its threads sleep. */
static void look(pid_t pid, long long *cpu_ns, bool *asleep)
{
	char path[300], state;
	long long ticks = 0, mine;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_stat(path, &state, &ticks))
		*cpu_ns = ticks * (1000000000ll / sysconf(_SC_CLK_TCK));
	*asleep = true;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", pid, e->d_name);
		if (e->d_name[0] != '.' && read_stat(path, &state, &mine) && state != 'S')
			*asleep = false;
	}
	if (d)
		closedir(d);
}

const char *progress_overdue(struct progress *p)
{
	long long now = progress_now(), size = total_size(p), cpu = p->cpu_then;
	bool asleep;

	look(p->pid, &cpu, &asleep);
	if (!p->begin) {
		p->begin = p->last = now;
		p->size = -1;
	}
	if (size != p->size) {
		p->size = size;
		p->cpu_then = cpu;
		p->slept = 0;
	} else if (asleep) {
		p->slept += now - p->last;
	}
	p->last = now;
	if (cpu > p->limit * 1e9 || now - p->begin > 4 * p->limit * 1e9)
		return "limit";
	if (p->idle && (cpu - p->cpu_then > p->idle * 1e9 || p->slept > p->idle * 1e9))
		return "idle";
	return NULL;
}
