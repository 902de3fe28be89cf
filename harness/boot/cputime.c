/* SPDX-License-Identifier: MIT
 * Processor time by process group, from /proc (proc(5)).
 */
#include "harness/boot/cputime.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void cputime_split(pid_t group, long long *user_ns, long long *system_ns)
{
	long long user = 0, system = 0, v[4], tick = 1000000000ll / sysconf(_SC_CLK_TCK);
	struct dirent *e;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d))) {
		char path[300], buf[1024], *p;
		ssize_t n;
		int f, pgrp;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = open(path, O_RDONLY | O_CLOEXEC);
		if (f < 0)
			continue;
		n = read(f, buf, sizeof(buf) - 1);
		close(f);
		if (n <= 0)
			continue;
		buf[n] = 0;
		p = strrchr(buf, ')'); /* the name may hold anything */
		if (p &&
		    sscanf(p, ") %*c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld",
			   &pgrp, &v[0], &v[1], &v[2], &v[3]) == 5 &&
		    pgrp == group) {
			user += v[0] + v[2];
			system += v[1] + v[3];
		}
	}
	if (d)
		closedir(d);
	*user_ns = user * tick;
	*system_ns = system * tick;
}

long long cputime_group(pid_t group)
{
	long long user, system;

	cputime_split(group, &user, &system);
	return user + system;
}
