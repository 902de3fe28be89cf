/* SPDX-License-Identifier: MIT
 * Error lines.  One problem is one line, so file names with line breaks or
 * escape sequences must not reach the terminal as they are.
 */
#include "refvmm/exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

int refuse(enum exit_code code, const char *what, const char *fmt, ...)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "refvmm: %s%s", what ? what : "", what ? ": " : "");
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && n < (int)sizeof(line))
		n += vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	if (n < 0 || n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	fflush(stdout);
	/* One write, so that lines of parallel runs do not mix; there is nowhere
	 * left to report a failing stderr. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return code;
	return code;
}
