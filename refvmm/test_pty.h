/* SPDX-License-Identifier: MIT
 * A bare root directory may have no /dev/pts; tests that need a terminal say so.
 */
#ifndef REFVMM_TEST_PTY_H
#define REFVMM_TEST_PTY_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* False after a SKIP line when no pseudo terminal can be had. */
static inline bool have_pty(const char *test)
{
	int far = posix_openpt(O_RDWR | O_NOCTTY);
	bool ok = far >= 0 && grantpt(far) == 0 && unlockpt(far) == 0 && ptsname(far) &&
		  access(ptsname(far), R_OK | W_OK) == 0;

	if (far >= 0)
		close(far);
	if (!ok) {
		printf("SKIP %s: no pseudo terminals here (is devpts mounted on /dev/pts?)\n",
		       test);
		fflush(stdout);
	}
	return ok;
}

#endif
