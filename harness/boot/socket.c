/* SPDX-License-Identifier: MIT
 * Lines over a UNIX socket.
 */
#include "harness/boot/socket.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int socket_connect(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool socket_send(int fd, const char *text)
{
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

bool socket_line(int fd, char *line, size_t n, int patience_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t at = 0;
	char ch;

	for (;;) {
		if (poll(&p, 1, patience_ms) != 1 || recv(fd, &ch, 1, 0) != 1)
			return false;
		if (ch == '\n')
			break;
		if (ch != '\r' && at < n - 1)
			line[at++] = ch;
	}
	line[at] = 0;
	return true;
}
