/* SPDX-License-Identifier: MIT
 * Control channel: listening socket or FIFO, up to eight clients, lines in,
 * answers out.  A client that does not read its answers loses its connection
 * when a megabyte waits; a line that is too long is answered with an error.
 */
#include "refvmm/control.h"

#include "refvmm/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS        8
#define LINE_MAX_BYTES 8192u
#define OUT_MAX        (1u << 20)

struct control_client {
	int fd; /* -1: free */
	bool fifo, eof, broken, again, overlong;
	char in[LINE_MAX_BYTES];
	size_t in_size;
	char *out;
	size_t out_size;
};

struct control {
	int listener; /* -1: a FIFO */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct control_client client[CLIENTS];
};

static int open_fifo(const char *opt, struct control *c, const char *path)
{
	/* For reading and writing: never at its end, never without a reader. */
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return refuse(RC_INPUT, opt, "cannot open '%s': %s", path, strerror(errno));
	c->client[0].fd = fd;
	c->client[0].fifo = true;
	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return refuse(RC_INPUT, opt, "'%s' is no FIFO", path);
	return RC_OK;
}

static int open_socket(const char *opt, struct control *c, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(a.sun_path))
		return refuse(RC_USAGE, opt, "'%s' is too long for a socket name", path);
	strcpy(a.sun_path, path);
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->listener < 0)
		return refuse(RC_OUTPUT, opt, "cannot make a socket: %s", strerror(errno));
	if (bind(c->listener, (struct sockaddr *)&a, sizeof(a)) < 0)
		return refuse(RC_OUTPUT, opt, "cannot create '%s': %s", path, strerror(errno));
	strcpy(c->path, path);
	if (listen(c->listener, CLIENTS) < 0)
		return refuse(RC_OUTPUT, opt, "cannot listen on '%s': %s", path, strerror(errno));
	return RC_OK;
}

int control_open(const char *opt, const struct control_spec *spec, struct control **out)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (!c)
		return refuse(RC_INTERNAL, opt, "out of memory");
	c->listener = -1;
	for (unsigned i = 0; i < CLIENTS; i++)
		c->client[i].fd = -1;
	rc = spec->fifo ? open_fifo(opt, c, spec->path) : open_socket(opt, c, spec->path);
	if (rc)
		control_close(c);
	else
		*out = c;
	return rc;
}

static void hang_up(struct control_client *k)
{
	if (k->fd >= 0)
		close(k->fd);
	free(k->out);
	*k = (struct control_client){.fd = -1};
}

static void send_waiting(struct control_client *k)
{
	while (k->out_size && !k->broken) {
		ssize_t n = send(k->fd, k->out, k->out_size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			k->broken = true;
			return;
		}
		k->out_size -= (size_t)n;
		memmove(k->out, k->out + n, k->out_size);
	}
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (c->client[i].fd >= 0)
			send_waiting(&c->client[i]);
		hang_up(&c->client[i]);
	}
	if (c->listener >= 0)
		close(c->listener);
	if (c->path[0])
		unlink(c->path);
	free(c);
}

void control_reply_bytes(struct control_client *k, const char *data, size_t n)
{
	char *grown;

	if (k->fifo || k->broken)
		return; /* nobody to tell */
	if (k->out_size + n > OUT_MAX || !(grown = realloc(k->out, k->out_size + n))) {
		k->broken = true;
		return;
	}
	k->out = grown;
	memcpy(k->out + k->out_size, data, n);
	k->out_size += n;
}

void control_reply(struct control_client *k, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	control_reply_bytes(k, line, (size_t)n);
}

static void accept_all(struct control *c)
{
	int fd;

	while (c->listener >= 0 &&
	       (fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		unsigned i = 0;

		while (i < CLIENTS && c->client[i].fd >= 0)
			i++;
		if (i == CLIENTS)
			close(fd);
		else
			c->client[i].fd = fd;
	}
}

static void receive(struct control_client *k)
{
	while (!k->eof && k->in_size < sizeof(k->in)) {
		ssize_t n = read(k->fd, k->in + k->in_size, sizeof(k->in) - k->in_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0)
			k->eof = true;
		else
			k->in_size += (size_t)n;
	}
}

static void consume(struct control_client *k, size_t n)
{
	k->in_size -= n;
	memmove(k->in, k->in + n, k->in_size);
}

/* Execute the client's complete lines; false when one of them has to wait. */
static bool execute(struct control_client *k, control_handler *handler, void *arg)
{
	char *end;

	while ((end = memchr(k->in, '\n', k->in_size))) {
		size_t n = (size_t)(end - k->in);

		if (!k->overlong) {
			char line[LINE_MAX_BYTES];

			memcpy(line, k->in, n);
			line[n] = 0;
			if (n && line[n - 1] == '\r')
				line[n - 1] = 0;
			k->again = !handler(arg, k, line, k->again);
			if (k->again)
				return false;
		}
		k->overlong = false;
		consume(k, n + 1);
	}
	if (k->in_size == sizeof(k->in)) {
		if (!k->overlong)
			control_reply(k, "error the line is longer than %u bytes", LINE_MAX_BYTES);
		k->overlong = true;
		k->in_size = 0;
	}
	return true;
}

void control_poll(struct control *c, control_handler *handler, void *arg)
{
	accept_all(c);
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct control_client *k = &c->client[i];
		bool done;

		if (k->fd < 0)
			continue;
		receive(k);
		done = execute(k, handler, arg);
		send_waiting(k);
		/* A client may close its end and still have its lines executed. */
		if (k->broken || (k->eof && done))
			hang_up(k);
	}
}
