/* SPDX-License-Identifier: MIT
 * refvmm: read the command line, open the files, run the machine.
 */
#include "refvmm/check_host.h"
#include "refvmm/exit.h"
#include "refvmm/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Information that nobody received is a failure too. */
static int flush_stdout(int rc)
{
	if ((fflush(stdout) || ferror(stdout)) && rc == RC_OK)
		return refuse(RC_OUTPUT, NULL, "cannot write to stdout: %s", strerror(errno));
	return rc;
}

int main(int argc, char **argv)
{
	struct config cfg;
	int rc, closed;

	/* A closed standard descriptor would be taken by the first file opened. */
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return RC_INTERNAL;
	rc = options_parse(&cfg, argc, argv);
	if (rc == OPTIONS_RUN && cfg.check_host)
		rc = check_host(&host_env_real, stdout);
	if (rc == OPTIONS_RUN) {
		rc = check_host_quietly(&host_env_real, cfg.page0);
		if (rc == RC_OK)
			rc = config_open(&cfg);
		if (rc == RC_OK)
			rc = machine_run(&cfg);
	}
	closed = config_close(&cfg);
	/* The guest's own verdict does not count when what it said is lost. */
	if (closed && (rc == RC_OK || rc & 1))
		rc = closed;
	return flush_stdout(rc);
}
