/* SPDX-License-Identifier: MIT
 * Bochs through its debugger: SIGINT brings the prompt, `xp` shows the text
 * memory, `c` goes on.  ARG is the file that Bochs' standard output goes to.
 */
#include "harness/boot/control.h"
#include "harness/progress.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 4000, CELLS = 4000 };

/* Wait until the prompt stands in the output behind `from`. */
static bool prompt(struct control *c, off_t from, char *buf, size_t n)
{
	long long until = progress_now() + PATIENCE_MS * 1000000ll;
	struct timespec pause = {0, 5000000};
	ssize_t got;

	while (progress_now() < until) {
		int f = open(c->arg, O_RDONLY | O_CLOEXEC);

		got = f < 0 ? -1 : pread(f, buf, n - 1, from);
		if (f >= 0)
			close(f);
		if (got > 0) {
			buf[got] = 0;
			if (memmem(buf, (size_t)got, "<bochs:", 7))
				return true;
		}
		nanosleep(&pause, NULL);
	}
	return false;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_size;
}

static bool say(struct control *c, const char *line)
{
	return write(c->in, line, strlen(line)) == (ssize_t)strlen(line);
}

/* SIGINT before the debugger has its handler would end Bochs. */
static bool started(struct control *c)
{
	char buf[4096];
	ssize_t n;
	int f = open(c->arg, O_RDONLY | O_CLOEXEC);

	if (f < 0)
		return false;
	n = read(f, buf, sizeof(buf) - 1);
	close(f);
	return n > 0 && memmem(buf, (size_t)n, "Next at t=0", 11);
}

static bool text(struct control *c, char *out)
{
	static char buf[1 << 18];
	static unsigned char cells[CELLS];
	off_t from = size_of(c->arg);
	size_t n = 0;
	char *p;

	if (c->in < 0 || !started(c) || kill(c->pid, SIGINT) || !prompt(c, from, buf, sizeof(buf)))
		return false;
	from = size_of(c->arg);
	if (!say(c, "xp /1000wx 0xb8000\n") || !prompt(c, from, buf, sizeof(buf)) || !say(c, "c\n"))
		return false;
	for (p = buf; n < CELLS && (p = strstr(p, ">:")); p += 2) {
		char *q = p + 2;

		for (int i = 0; i < 4 && n < CELLS; i++, n += 4) {
			unsigned long v = strtoul(q, &q, 16);

			for (int b = 0; b < 4; b++)
				cells[n + b] = (unsigned char)(v >> 8 * b);
		}
	}
	control_cells(cells, n, out);
	return n == CELLS;
}

const struct control_ops control_bochs = {"bochs", true, text, NULL, NULL};
