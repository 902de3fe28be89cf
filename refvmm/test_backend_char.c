/* SPDX-License-Identifier: MIT
 * Character back ends and the outputs under them.  The terminal is a pseudo
 * terminal whose other side the test holds.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"
#include "refvmm/test_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

static struct pc_char file_back_end(const char *path)
{
	struct char_spec spec = {.kind = CHAR_FILE, .path = path};
	struct pc_char c;

	ck_assert_int_eq(char_open("--serial", &spec, &c), RC_OK);
	ck_assert_ptr_null(c.read);
	return c;
}

START_TEST(null)
{
	struct char_spec spec = {.kind = CHAR_NULL};
	struct pc_char c;

	ck_assert_int_eq(char_open("--serial", &spec, &c), RC_OK);
	ck_assert(!c.write && !c.read);
	char_close();
}
END_TEST

START_TEST(file_is_emptied_at_commit)
{
	char *path = file_with("before", 6), text[32] = "";
	struct pc_char c = file_back_end(path);
	struct stat st;
	int fd;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 6);
	ck_assert(output_is(st.st_dev, st.st_ino));
	ck_assert_int_eq(output_commit(), RC_OK);
	ck_assert_int_eq(c.write(c.arg, (const u8 *)"after", 5), 5);
	ck_assert_int_eq(char_status(), RC_OK);
	char_close();
	ck_assert_int_eq(output_close(), RC_OK);
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 5);
	ck_assert_str_eq(text, "after");
	unlink(path);
}
END_TEST

START_TEST(abandon_leaves_nothing)
{
	char *old = file_with("before", 6), *gone = file_with("", 0);
	struct stat st;

	unlink(gone);
	ck_assert_int_ge(output_open("--a", old), 0);
	ck_assert_int_ge(output_open("--b", gone), 0);
	ck_assert_int_eq(stat(gone, &st), 0);
	output_abandon();
	ck_assert_int_lt(stat(gone, &st), 0);
	ck_assert_int_eq(stat(old, &st), 0);
	ck_assert_int_eq(st.st_size, 6);
	unlink(old);
}
END_TEST

/* Lost output is told once and remembered; the guest is not held up. */
START_TEST(full_device)
{
	struct pc_char c;

	capture_stderr();
	c = file_back_end("/dev/full");
	ck_assert_int_eq(char_status(), RC_OK);
	ck_assert_int_eq(c.write(c.arg, (const u8 *)"x", 1), 1);
	ck_assert_str_eq(printed(),
			 "refvmm: --serial: cannot write '/dev/full': No space left on device\n");
	ck_assert_int_eq(c.write(c.arg, (const u8 *)"x", 1), 1);
	ck_assert_str_eq(printed(), "");
	ck_assert_int_eq(char_status(), RC_OUTPUT);
	char_close();
}
END_TEST

START_TEST(fifo_reader_leaves)
{
	char *path = file_with("", 0);
	struct pc_char c;
	int reader;

	capture_stderr();
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	c = file_back_end(path);
	ck_assert_int_eq(output_commit(), RC_OK);
	ck_assert_int_eq(c.write(c.arg, (const u8 *)"x", 1), 1);
	ck_assert_int_eq(char_status(), RC_OK);
	close(reader);
	c.write(c.arg, (const u8 *)"y", 1);
	ck_assert_int_eq(char_status(), RC_OUTPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "Broken pipe\n"));
	unlink(path);
}
END_TEST

/* A pseudo terminal as this process's stdin and stdout; returns the far side. */
static int become_terminal(struct termios *before)
{
	int far = posix_openpt(O_RDWR | O_NOCTTY), near;

	ck_assert_int_ge(far, 0);
	ck_assert_int_eq(grantpt(far) | unlockpt(far), 0);
	near = open(ptsname(far), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(near, 0);
	dup2(near, STDIN_FILENO);
	dup2(near, STDOUT_FILENO);
	close(near);
	ck_assert_int_eq(tcgetattr(far, before), 0);
	ck_assert(before->c_lflag & ICANON);
	return far;
}

static void open_stdio(struct pc_char *c)
{
	struct char_spec spec = {.kind = CHAR_STDIO};

	ck_assert_int_eq(char_open("--serial", &spec, c), RC_OK);
	ck_assert_int_eq(char_claim_tty(), RC_OK);
}

static void wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	ck_assert_int_eq(poll(&p, 1, -1), 1);
}

START_TEST(terminal)
{
	struct termios before, now;
	u8 buf[16];
	struct pc_char c;
	int far;

	if (!have_pty("terminal"))
		return;
	far = become_terminal(&before);
	open_stdio(&c);
	ck_assert_int_eq(tcgetattr(far, &now), 0);
	ck_assert_uint_eq(now.c_lflag & (ICANON | ECHO), 0);
	ck_assert_uint_eq(now.c_lflag & ISIG, ISIG);
	ck_assert_int_eq(c.read(c.arg, buf, sizeof(buf)), 0);
	/* One key, no line end; CR stays CR. */
	ck_assert_int_eq(write(far, "a\r", 2), 2);
	wait_readable(STDIN_FILENO);
	ck_assert_int_eq(c.read(c.arg, buf, 1), 1);
	ck_assert_int_eq(buf[0], 'a');
	ck_assert_int_eq(c.read(c.arg, buf, sizeof(buf)), 1);
	ck_assert_int_eq(buf[0], '\r');
	ck_assert_int_eq(c.write(c.arg, (const u8 *)"hi", 2), 2);
	wait_readable(far);
	ck_assert_int_eq(read(far, buf, sizeof(buf)), 2);
	char_close();
	ck_assert_int_eq(tcgetattr(far, &now), 0);
	ck_assert_uint_eq(now.c_lflag, before.c_lflag);
	ck_assert_uint_eq(now.c_iflag, before.c_iflag);
}
END_TEST

/* Killed without a chance to clean up: the guard process restores. */
START_TEST(terminal_after_kill)
{
	struct termios before, now;
	struct pc_char c;
	int far;
	pid_t pid;

	if (!have_pty("terminal_after_kill"))
		return;
	far = become_terminal(&before);
	pid = fork();
	if (pid == 0) {
		open_stdio(&c);
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	/* The guard acts a moment after the death; Check's timeout bounds the wait. */
	do
		ck_assert_int_eq(tcgetattr(far, &now), 0);
	while (!(now.c_lflag & ICANON));
	ck_assert_uint_eq(now.c_lflag, before.c_lflag);
}
END_TEST

START_TEST(end_of_input)
{
	struct char_spec spec = {.kind = CHAR_STDIO};
	struct pc_char c;
	u8 buf[4];
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	dup2(fd[0], STDIN_FILENO);
	ck_assert_int_eq(char_open("--serial", &spec, &c), RC_OK);
	ck_assert_int_eq(char_claim_tty(), RC_OK); /* no terminal: nothing to do */
	ck_assert_int_eq(write(fd[1], "xyz", 3), 3);
	ck_assert_int_eq(c.read(c.arg, buf, 2), 2);
	ck_assert_int_eq(c.read(c.arg, buf, 4), 1);
	ck_assert_int_eq(c.read(c.arg, buf, 4), 0);
	close(fd[1]);
	ck_assert_int_eq(c.read(c.arg, buf, 4), 0);
	ck_assert_int_eq(c.read(c.arg, buf, 4), 0);
	char_close();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, null);
	tcase_add_test(tc, file_is_emptied_at_commit);
	tcase_add_test(tc, abandon_leaves_nothing);
	tcase_add_test(tc, full_device);
	tcase_add_test(tc, fifo_reader_leaves);
	tcase_add_test(tc, terminal);
	tcase_add_test(tc, terminal_after_kill);
	tcase_add_test(tc, end_of_input);
}

TEST_MAIN("backend_char")
