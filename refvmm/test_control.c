/* SPDX-License-Identifier: MIT
 * The control channel: lines, answers, orders that take time, clients that
 * misbehave.
 */
#include "refvmm/control.h"
#include "refvmm/exit.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char path[] = "/tmp/refvmm-control-XXXXXX";
static char name[64];
static struct control *control;
static char log_text[400];
static unsigned delays;

/* Writes the line down; "later" takes as many looks as `delays` says. */
static bool handle(void *arg, struct control_client *client, char *line, bool again)
{
	if (!strcmp(line, "later") && delays) {
		delays--;
		return false;
	}
	snprintf(log_text + strlen(log_text), sizeof(log_text) - strlen(log_text), "%s%s;", line,
		 again ? "+" : "");
	control_reply(client, "ok %s", line);
	return true;
}

static void setup(void)
{
	struct control_spec spec = {.path = name};

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(name, sizeof(name), "%s/s", path);
	ck_assert_int_eq(control_open("--control", &spec, &control), RC_OK);
}

static int join(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, name);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	control_poll(control, handle, NULL);
}

/* What has come back, "closed" at the end of the connection. */
static const char *heard(int fd)
{
	static char text[2000];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n == 0)
		return "closed";
	text[n < 0 ? 0 : n] = 0;
	return text;
}

static void teardown(void)
{
	control_close(control);
	ck_assert_int_ne(access(name, F_OK), 0); /* the socket is removed */
	ck_assert_int_eq(rmdir(path), 0);
}

START_TEST(lines_and_answers)
{
	int fd;

	setup();
	fd = join();
	say(fd, "one\ntwo\r\nthr");
	ck_assert_str_eq(log_text, "one;two;");
	ck_assert_str_eq(heard(fd), "ok one\nok two\n");
	say(fd, "ee\n");
	ck_assert_str_eq(heard(fd), "ok three\n");
	teardown();
}
END_TEST

START_TEST(orders_that_take_time_hold_back_the_rest)
{
	int a, b;

	setup();
	a = join();
	b = join();
	delays = 2;
	say(a, "later\nnext\n");
	say(b, "other\n");
	ck_assert_str_eq(log_text, "other;");
	control_poll(control, handle, NULL);
	ck_assert_str_eq(log_text, "other;later+;next;");
	ck_assert_str_eq(heard(a), "ok later\nok next\n");
	ck_assert_str_eq(heard(b), "ok other\n");
	teardown();
}
END_TEST

START_TEST(a_client_may_leave_before_the_answer)
{
	int fd;

	setup();
	fd = join();
	delays = 3;
	say(fd, "later\n");
	shutdown(fd, SHUT_WR);
	for (unsigned i = 0; i < 5; i++)
		control_poll(control, handle, NULL);
	ck_assert_str_eq(log_text, "later+;");
	ck_assert_str_eq(heard(fd), "ok later\n");
	ck_assert_str_eq(heard(fd), "closed");
	close(fd);
	fd = join();
	say(fd, "still here\n");
	close(fd); /* answers to nobody */
	control_poll(control, handle, NULL);
	teardown();
}
END_TEST

START_TEST(long_lines_are_refused)
{
	char line[9000];
	int fd;

	setup();
	fd = join();
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = 0;
	say(fd, line);
	say(fd, "\nshort\n");
	ck_assert_str_eq(log_text, "short;");
	ck_assert_str_eq(heard(fd), "error the line is longer than 8192 bytes\nok short\n");
	teardown();
}
END_TEST

START_TEST(eight_clients_and_no_more)
{
	int fd[9];

	setup();
	for (unsigned i = 0; i < 9; i++)
		fd[i] = join();
	control_poll(control, handle, NULL);
	ck_assert_str_eq(heard(fd[8]), "closed");
	say(fd[7], "x\n");
	ck_assert_str_eq(heard(fd[7]), "ok x\n");
	teardown();
}
END_TEST

START_TEST(a_client_that_does_not_read_is_dropped)
{
	int fd;

	setup();
	fd = join();
	for (unsigned i = 0; i < 3000; i++) {
		char line[1000];

		memset(line, 'y', sizeof(line));
		line[998] = '\n';
		line[999] = 0;
		if (send(fd, line, 999, MSG_NOSIGNAL | MSG_DONTWAIT) != 999)
			break;
		control_poll(control, handle, NULL);
	}
	while (!strncmp(heard(fd), "ok", 2) || strchr(heard(fd), 'y'))
		;
	ck_assert_str_eq(heard(fd), "closed");
	teardown();
}
END_TEST

START_TEST(a_fifo_takes_orders)
{
	struct control_spec spec = {.fifo = true, .path = name};
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(path));
	snprintf(name, sizeof(name), "%s/f", path);
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	ck_assert_int_eq(control_open("--control", &spec, &control), RC_OK);
	for (unsigned i = 0; i < 2; i++) { /* writers come and go */
		fd = open(name, O_WRONLY | O_NONBLOCK);
		say(fd, "order\n");
		close(fd);
		control_poll(control, handle, NULL);
	}
	ck_assert_str_eq(log_text, "order;order;");
	control_close(control);
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(refusals)
{
	struct control_spec spec = {.path = "/nonexistent/socket"};

	capture_stderr();
	ck_assert_int_eq(control_open("--control", &spec, &control), RC_OUTPUT);
	ck_assert_str_eq(printed(), "refvmm: --control: cannot create '/nonexistent/socket': No "
				    "such file or directory\n");
	spec.fifo = true;
	ck_assert_int_eq(control_open("--control", &spec, &control), RC_INPUT);
	ck_assert_str_eq(printed(), "refvmm: --control: cannot open '/nonexistent/socket': No such "
				    "file or directory\n");
	spec.path = "/dev/null";
	ck_assert_int_eq(control_open("--control", &spec, &control), RC_INPUT);
	ck_assert_str_eq(printed(), "refvmm: --control: '/dev/null' is no FIFO\n");
	ck_assert_ptr_null(control);
	control_close(NULL);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, lines_and_answers);
	tcase_add_test(tc, orders_that_take_time_hold_back_the_rest);
	tcase_add_test(tc, a_client_may_leave_before_the_answer);
	tcase_add_test(tc, long_lines_are_refused);
	tcase_add_test(tc, eight_clients_and_no_more);
	tcase_add_test(tc, a_client_that_does_not_read_is_dropped);
	tcase_add_test(tc, a_fifo_takes_orders);
	tcase_add_test(tc, refusals);
}

TEST_MAIN("control")
