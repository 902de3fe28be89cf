/* SPDX-License-Identifier: MIT
 * forks SECONDS: storms of processes, each of which answers with a number over a pipe
 * and with its exit code; then one storm of a user who may have only so many
 * (setrlimit(2), RLIMIT_NPROC), which has to end at exactly that number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STORM = 48, NOBODY = 65534, MAY_HAVE = 120 };

static unsigned touched[16384]; /* 64 KiB that children write to */

static void bad(const char *what, long got, long want)
{
	printf("BAD forks: %s: %ld, not %ld (errno %d)\n", what, got, want, errno);
	exit(1);
}

static int answer(int i)
{
	return (i * 7 + 3) & 0x7f;
}

static void child(int i, int fd, const char *self)
{
	char word[16];
	int status;
	pid_t pid;

	for (unsigned k = 0; k < 16384; k += 128)
		if (touched[k] != k)
			_exit(255); /* not what the parent wrote */
		else
			touched[k] = (unsigned)i;
	if (write(fd, &i, sizeof(i)) != sizeof(i))
		_exit(254);
	if (i % 8 == 0) {
		snprintf(word, sizeof(word), "%d", answer(i));
		execl(self, self, "exit", word, (char *)NULL);
		_exit(253);
	}
	if (i % 4 == 1) {
		pid = fork();
		if (!pid)
			_exit(answer(i));
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			_exit(252);
		_exit(WEXITSTATUS(status));
	}
	_exit(answer(i));
}

static void storm(const char *self)
{
	int fd[2], sum = 0, codes = 0, want = 0, i, n;
	pid_t pid;

	if (pipe(fd))
		bad("pipe", -1, 0);
	for (i = 0; i < STORM; i++) {
		pid = fork();
		if (pid < 0)
			bad("fork", i, STORM);
		if (!pid)
			child(i, fd[1], self);
		want += answer(i);
	}
	close(fd[1]);
	while (read(fd[0], &n, sizeof(n)) == sizeof(n))
		sum += n;
	close(fd[0]);
	for (i = 0; wait(&n) > 0; i++)
		codes += WIFEXITED(n) ? WEXITSTATUS(n) : 1000;
	if (i != STORM)
		bad("children waited for", i, STORM);
	if (sum != STORM * (STORM - 1) / 2)
		bad("sum over the pipe", sum, STORM * (STORM - 1) / 2);
	if (codes != want)
		bad("sum of exit codes", codes, want);
}

/* As a user of its own: itself and MAY_HAVE - 1 more, the next fork fails. */
static void limited(void)
{
	struct rlimit limit = {MAY_HAVE, MAY_HAVE};
	int hold[2], n = 0, status;
	pid_t pid = fork();
	char ch;

	if (!pid) {
		if (setrlimit(RLIMIT_NPROC, &limit) || setuid(NOBODY) || pipe(hold))
			_exit(250);
		while ((pid = fork()) > 0)
			n++;
		if (!pid) {
			close(hold[1]);
			_exit(read(hold[0], &ch, 1) == 0 ? 0 : 1); /* until the parent lets go */
		}
		if (errno != EAGAIN)
			_exit(251);
		close(hold[1]);
		while (wait(&status) > 0)
			n -= WIFEXITED(status) && !WEXITSTATUS(status);
		_exit(n ? 249 : 0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		bad("storm of a limited user", status, 0);
}

int main(int argc, char **argv)
{
	time_t end;
	long storms = 0;

	if (argc == 3 && !strcmp(argv[1], "exit"))
		return atoi(argv[2]);
	end = time(NULL) + atoi(argv[1]);
	for (unsigned k = 0; k < 16384; k++)
		touched[k] = k;
	do
		storm(argv[0]);
	while (++storms && time(NULL) < end);
	limited();
	printf("OK forks %ld\n", storms * (STORM + STORM / 4));
	return 0;
}
