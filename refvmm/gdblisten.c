/* SPDX-License-Identifier: MIT
 * Where a debugger can come: a TCP port of this host, a Unix socket, or standard
 * input and output.
 */
#include "refvmm/gdbstub.h"

#include "refvmm/exit.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool port_of(const char *s, u16 *port)
{
	unsigned long n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (unsigned long)(*s - '0');
		if (n > 65535)
			return false;
	}
	*port = (u16)n;
	return n != 0;
}

bool gdb_spec_valid(const char *spec)
{
	u16 port;

	if (!strncmp(spec, "tcp:", 4))
		return port_of(spec + 4, &port);
	if (!strncmp(spec, "unix:", 5))
		return spec[5] && strlen(spec + 5) < sizeof(((struct sockaddr_un *)0)->sun_path);
	return !strcmp(spec, "stdio");
}

int gdb_listen(const char *opt, const char *spec, int *fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const struct sockaddr *a = (struct sockaddr *)&in;
	socklen_t size = sizeof(in);
	int on = 1, s;
	u16 port;

	*fd = -1;
	if (!strcmp(spec, "stdio"))
		return RC_OK;
	s = socket(*spec == 't' ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return refuse(RC_OUTPUT, opt, "cannot make a socket: %s", strerror(errno));
	if (*spec == 't') {
		port_of(spec + 4, &port);
		in.sin_port = htons(port);
		/* Whoever reaches the stub owns the guest: this host only. */
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	} else {
		strcpy(un.sun_path, spec + 5);
		a = (struct sockaddr *)&un;
		size = sizeof(un);
	}
	if (bind(s, a, size) < 0 || listen(s, 1) < 0) {
		int rc = refuse(RC_OUTPUT, opt, "cannot listen on '%s': %s", spec, strerror(errno));

		close(s);
		return rc;
	}
	*fd = s;
	return RC_OK;
}

void gdb_unlisten(const char *spec, int fd)
{
	if (fd < 0)
		return;
	close(fd);
	if (!strncmp(spec, "unix:", 5))
		unlink(spec + 5);
}
