/* SPDX-License-Identifier: MIT
 * See launch.h.
 */
#include "harness/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/jsonout.h"

void launch_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, NULL);
}

static void redirect(const char *path, int fd)
{
	int f = open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (f < 0 || dup2(f, fd) < 0)
		_exit(126);
}

/* In the child: become the VMM, or report errno through `report`. */
static __attribute__((noreturn)) void become(const struct launch *l, int in, int report)
{
	sigset_t none;
	int code;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in >= 0 ? in : open("/dev/null", O_RDONLY), 0);
	redirect(l->out, 1);
	redirect(l->err, 2);
	if (!l->dir || !chdir(l->dir))
		execvp(l->argv[0], l->argv);
	code = errno;
	_exit(write(report, &code, sizeof(code)) == sizeof(code) ? 127 : 126);
}

int launch(const struct launch *l, pid_t *pid, int *in)
{
	int report[2], input[2] = {-1, -1}, code = 0;

	/* A successful exec closes the pipe. */
	if (pipe2(report, O_CLOEXEC) || (l->piped && pipe2(input, O_CLOEXEC)) ||
	    (*pid = fork()) < 0)
		return errno;
	if (!*pid)
		become(l, input[0], report[1]);
	setpgid(*pid, *pid);
	close(report[1]);
	if (l->piped)
		close(input[0]);
	if (read(report[0], &code, sizeof(code)) == sizeof(code))
		waitpid(*pid, NULL, 0);
	else
		code = 0;
	close(report[0]);
	*in = input[1];
	return code;
}

long long launch_cpu_ns(const struct rusage *use)
{
	return (use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1000000000ll +
	       (use->ru_utime.tv_usec + use->ru_stime.tv_usec) * 1000ll;
}

void launch_json_status(FILE *f, int status, bool ours)
{
	if (WIFEXITED(status))
		fprintf(f, "\"exit\":%d,\"signal\":null", WEXITSTATUS(status));
	else if (ours)
		fprintf(f, "\"exit\":null,\"signal\":null");
	else
		fprintf(f, "\"exit\":null,\"signal\":%d", WTERMSIG(status));
}

void launch_json_command(FILE *f, char **argv)
{
	fprintf(f, "\"command\":[");
	for (int i = 0; argv[i]; i++) {
		fputs(i ? "," : "", f);
		json_string(f, argv[i]);
	}
	fputc(']', f);
}
