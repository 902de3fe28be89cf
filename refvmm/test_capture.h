/* SPDX-License-Identifier: MIT
 * For tests of functions that refuse: collects what goes to stderr.  Check runs
 * each test in its own process, so nothing needs to be undone.
 */
#ifndef REFVMM_TEST_CAPTURE_H
#define REFVMM_TEST_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *captured;

/* Call first in a test; failing assertions are reported by the parent. */
static inline void capture_stderr(void)
{
	captured = tmpfile();
	if (!captured || dup2(fileno(captured), STDERR_FILENO) < 0)
		abort();
}

/* What was printed since the last call. */
static inline const char *printed(void)
{
	static char text[4096];
	static off_t seen;
	ssize_t n = pread(fileno(captured), text, sizeof(text) - 1, seen);

	if (n < 0)
		abort();
	text[n] = '\0';
	seen += n;
	return text;
}

/* A fresh file with these bytes; the name is static and reused round robin. */
static inline char *file_with(const void *bytes, size_t n)
{
	static char names[8][32];
	static unsigned next;
	char *name = names[next++ % 8];
	int fd;

	strcpy(name, "/tmp/refvmm-test-XXXXXX");
	fd = mkstemp(name);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) < 0)
		abort();
	return name;
}

#endif
