/* SPDX-License-Identifier: MIT
 * Character back ends: the terminal, a file or FIFO, nothing.  A write that the
 * host refuses is reported once and remembered; the guest goes on, as a serial
 * line cannot tell it.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static struct char_back_end {
	int fd;
	const char *opt, *path;
	bool failed, eof;
} back_ends[4];
static unsigned n_back_ends;

static struct termios saved_tty;
static bool tty_claimed;
static pid_t guard = -1;
static int guard_pipe = -1;

static int char_write(void *arg, const u8 *data, int n)
{
	struct char_back_end *b = arg;

	for (int done = 0; done < n && !b->failed;) {
		ssize_t got = write(b->fd, data + done, (size_t)(n - done));

		if (got >= 0) {
			done += (int)got;
		} else if (errno == EAGAIN) {
			/* A terminal left non-blocking by someone else. */
			poll(&(struct pollfd){.fd = b->fd, .events = POLLOUT}, 1, 100);
		} else if (errno != EINTR) {
			b->failed = true;
			refuse(RC_OUTPUT, b->opt, "cannot write '%s': %s", b->path,
			       strerror(errno));
		}
	}
	return n;
}

static int stdin_read(void *arg, u8 *data, int n)
{
	struct char_back_end *b = arg;
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t got;

	if (b->eof || n <= 0 || poll(&p, 1, 0) != 1)
		return 0;
	got = read(STDIN_FILENO, data, (size_t)n);
	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		b->eof = true;
	return got > 0 ? (int)got : 0;
}

int char_open(const char *opt, const struct char_spec *spec, struct pc_char *c)
{
	struct char_back_end *b = &back_ends[n_back_ends];

	*c = (struct pc_char){.arg = NULL};
	if (spec->kind == CHAR_NULL)
		return RC_OK;
	if (n_back_ends == sizeof(back_ends) / sizeof(*back_ends))
		return refuse(RC_INTERNAL, opt, "too many character back ends");
	*b = (struct char_back_end){.fd = STDOUT_FILENO, .opt = opt, .path = "stdout"};
	if (spec->kind == CHAR_FILE) {
		b->path = spec->path;
		b->fd = output_open(opt, spec->path);
		if (b->fd < 0)
			return RC_OUTPUT;
	}
	/* A vanished reader is an error to report, not a reason to die. */
	signal(SIGPIPE, SIG_IGN);
	n_back_ends++;
	c->arg = b;
	c->write = char_write;
	c->read = spec->kind == CHAR_STDIO ? stdin_read : NULL;
	return RC_OK;
}

/* Waits until the pipe closes: with a byte in it the terminal has already been
 * restored, without one the monitor died. */
static void guard_main(int fd)
{
	static const int ignored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTTOU, SIGTSTP};
	ssize_t n;
	char c;

	for (unsigned i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	for (int i = 1; i < 256; i++) /* hold no file or lock of the run */
		if (i != fd)
			close(i);
	do
		n = read(fd, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved_tty);
	_exit(0);
}

int char_claim_tty(void)
{
	struct termios raw;
	int fd[2];

	if (!isatty(STDIN_FILENO) || tty_claimed)
		return RC_OK;
	if (tcgetattr(STDIN_FILENO, &saved_tty) < 0 || pipe(fd) < 0)
		return refuse(RC_INTERNAL, "terminal", "%s", strerror(errno));
	guard = fork();
	if (guard < 0)
		return refuse(RC_INTERNAL, "terminal", "fork: %s", strerror(errno));
	if (guard == 0) {
		close(fd[1]);
		guard_main(fd[0]);
	}
	close(fd[0]);
	guard_pipe = fd[1];
	tty_claimed = true;
	raw = saved_tty;
	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return refuse(RC_INTERNAL, "terminal", "%s", strerror(errno));
	return RC_OK;
}

int char_status(void)
{
	for (unsigned i = 0; i < n_back_ends; i++)
		if (back_ends[i].failed)
			return RC_OUTPUT;
	return RC_OK;
}

void char_close(void)
{
	n_back_ends = 0;
	if (!tty_claimed)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_tty);
	if (write(guard_pipe, "k", 1) != 1)
		kill(guard, SIGKILL);
	close(guard_pipe);
	while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
		;
	guard = -1;
	guard_pipe = -1;
	tty_claimed = false;
}
