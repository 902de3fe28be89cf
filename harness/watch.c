/* SPDX-License-Identifier: MIT
 * Run one VMM under limits and describe how it ended in a JSON file.
 *
 *   watch --json FILE --limit S [--idle S] [--progress FILE]... [--until FILE]
 *         [--string NAME VALUE]... [--channel NAME FILE]...
 *         [--stdout FILE] [--stderr FILE] [--dir DIR] -- COMMAND ARG...
 *
 * The VMM runs in its own process group with stdin from /dev/null.  It is
 * killed when it has run for --limit seconds, when none of the --progress files
 * grew for --idle seconds, or, with --until, a moment after a line that begins
 * with "END " is complete in that file.  Nothing is judged here: drivers use
 * this program to leave driver.json beside the raw channel files.
 *
 * Exit: 0 the VMM ran (however it ended), 2 usage, 3 it could not be started
 * or a file could not be written, 130 interrupted (the VMM was killed).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/jsonout.h"

enum { MAX_FILES = 8, TICK_MS = 20, GRACE_MS = 300 };

struct pair {
	const char *name, *value;
};

struct job {
	const char *json, *out, *err, *dir, *until;
	double limit, idle;
	const char *progress[MAX_FILES];
	int nprogress;
	struct pair string[MAX_FILES], channel[MAX_FILES];
	int nstring, nchannel;
	char **argv;
};

struct outcome {
	const char *timeout; /* NULL, "limit" or "idle" */
	bool ended;          /* killed after END */
	bool interrupted;
	int status;
	long long ns, cpu_ns;
};

static void die(int code, const char *what, const char *name)
{
	fprintf(stderr, "watch: %s%s%s%s%s\n", what, name ? " '" : "", name ? name : "",
		name ? "'" : "", "");
	exit(code);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static double seconds(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !(v > 0 && v < 1e6))
		die(2, "not a number of seconds:", s);
	return v;
}

static void add_pair(struct pair *list, int *n, const char *name, char **argv, int argc)
{
	if (*n == MAX_FILES)
		die(2, "too many values for --string or --channel", NULL);
	if (optind >= argc)
		die(2, "a value is missing after", name);
	list[(*n)++] = (struct pair){name, argv[optind++]};
}

static void parse(struct job *j, int argc, char **argv)
{
	static const struct option opts[] = {
		{"json", 1, 0, 'j'},     {"limit", 1, 0, 'l'},  {"idle", 1, 0, 'i'},
		{"progress", 1, 0, 'p'}, {"until", 1, 0, 'u'},  {"string", 1, 0, 's'},
		{"channel", 1, 0, 'c'},  {"stdout", 1, 0, 'o'}, {"stderr", 1, 0, 'e'},
		{"dir", 1, 0, 'd'},      {0, 0, 0, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", opts, NULL)) != -1) {
		switch (c) {
		case 'j':
			j->json = optarg;
			break;
		case 'l':
			j->limit = seconds(optarg);
			break;
		case 'i':
			j->idle = seconds(optarg);
			break;
		case 'p':
			if (j->nprogress == MAX_FILES)
				die(2, "too many --progress files", NULL);
			j->progress[j->nprogress++] = optarg;
			break;
		case 'u':
			j->until = optarg;
			break;
		case 's':
			add_pair(j->string, &j->nstring, optarg, argv, argc);
			break;
		case 'c':
			add_pair(j->channel, &j->nchannel, optarg, argv, argc);
			break;
		case 'o':
			j->out = optarg;
			break;
		case 'e':
			j->err = optarg;
			break;
		case 'd':
			j->dir = optarg;
			break;
		default:
			exit(2);
		}
	}
	j->argv = argv + optind;
	if (!j->json || !j->limit || !*j->argv)
		die(2, "--json, --limit and a command are required", NULL);
}

static void redirect(const char *path, int fd)
{
	int f = open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (f < 0 || dup2(f, fd) < 0)
		_exit(126);
}

/* The child reports a failed exec through the close-on-exec pipe. */
static pid_t start(const struct job *j)
{
	int report[2], code = 0;
	sigset_t none;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) || (pid = fork()) < 0)
		die(3, strerror(errno), j->argv[0]);
	if (!pid) {
		int in = open("/dev/null", O_RDONLY);

		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(in, 0);
		redirect(j->out, 1);
		redirect(j->err, 2);
		if (!j->dir || !chdir(j->dir))
			execvp(j->argv[0], j->argv);
		code = errno;
		_exit(write(report[1], &code, sizeof(code)) == sizeof(code) ? 127 : 126);
	}
	setpgid(pid, pid);
	close(report[1]);
	if (read(report[0], &code, sizeof(code)) == sizeof(code)) {
		waitpid(pid, NULL, 0);
		die(3, strerror(code), j->argv[0]);
	}
	close(report[0]);
	return pid;
}

static long long total_size(const struct job *j)
{
	long long sum = 0;
	struct stat st;

	for (int i = 0; i < j->nprogress; i++)
		if (!stat(j->progress[i], &st))
			sum += st.st_size;
	return sum;
}

/* Is a complete line beginning with "END " in the file?  Reads on from *at. */
static bool saw_end(const char *path, off_t *at)
{
	static const char key[] = "\nEND ";
	char buf[65536];
	int f = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;
	ssize_t n;

	if (f < 0)
		return false;
	while (!found && (n = pread(f, buf, sizeof(buf) - 1, *at)) > 0) {
		char *hit = memmem(buf, n, key, sizeof(key) - 1);

		if (hit) {
			*at += hit - buf;
			found = memchr(hit + 1, '\n', (size_t)(buf + n - hit - 1)) != NULL;
			break;
		}
		if (n < (ssize_t)sizeof(buf) - 1)
			break;
		*at += n - (ssize_t)sizeof(key); /* the key may straddle two reads */
	}
	close(f);
	return found;
}

static void supervise(const struct job *j, struct outcome *o)
{
	long long begin = now_ns(), moved = begin, end_seen = 0, size = -1;
	struct timespec tick = {0, TICK_MS * 1000000};
	bool killed = false;
	struct rusage use;
	sigset_t set;
	off_t at = 0;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < j->nprogress; i++)
		unlink(j->progress[i]); /* what an earlier run left is no progress */
	pid = start(j);
	for (;;) {
		int sig = sigtimedwait(&set, NULL, &tick);
		long long now = now_ns(), grown = total_size(j);

		if (wait4(pid, &o->status, WNOHANG, &use) == pid)
			break;
		if (sig > 0 && sig != SIGCHLD)
			o->interrupted = true;
		if (grown != size) {
			size = grown;
			moved = now;
		}
		if (j->until && !end_seen && saw_end(j->until, &at))
			end_seen = now;
		if (killed)
			continue;
		if (end_seen && now - end_seen > GRACE_MS * 1000000ll)
			o->ended = true;
		else if (now - begin > j->limit * 1e9)
			o->timeout = "limit";
		else if (j->idle && now - moved > j->idle * 1e9)
			o->timeout = "idle";
		killed = o->ended || o->timeout || o->interrupted;
		if (killed)
			kill(-pid, SIGKILL);
	}
	kill(-pid, SIGKILL); /* whatever the VMM left behind */
	o->ns = now_ns() - begin;
	o->cpu_ns = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000ll +
		    (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000ll;
}

static void write_json(const struct job *j, const struct outcome *o)
{
	bool ours = o->timeout || o->ended || o->interrupted;
	FILE *f = fopen(j->json, "w");

	if (!f)
		die(3, strerror(errno), j->json);
	fputc('{', f);
	for (int i = 0; i < j->nstring; i++) {
		json_string(f, j->string[i].name);
		fputc(':', f);
		json_string(f, j->string[i].value);
		fputc(',', f);
	}
	if (WIFEXITED(o->status))
		fprintf(f, "\"exit\":%d,\"signal\":null", WEXITSTATUS(o->status));
	else
		fprintf(f, ours ? "\"exit\":null,\"signal\":null" : "\"exit\":null,\"signal\":%d",
			WTERMSIG(o->status));
	fprintf(f, ",\"timeout\":");
	if (o->timeout)
		json_string(f, o->timeout);
	else
		fprintf(f, "null");
	fprintf(f, ",\"ended\":%s,\"interrupted\":%s,\"ns\":%lld,\"cpu_ns\":%lld,\"channels\":{",
		o->ended ? "true" : "false", o->interrupted ? "true" : "false", o->ns, o->cpu_ns);
	for (int i = 0; i < j->nchannel; i++) {
		fputs(i ? "," : "", f);
		json_string(f, j->channel[i].name);
		fputc(':', f);
		json_string(f, j->channel[i].value);
	}
	fprintf(f, "},\"command\":[");
	for (int i = 0; j->argv[i]; i++) {
		fputs(i ? "," : "", f);
		json_string(f, j->argv[i]);
	}
	fprintf(f, "]}\n");
	if (ferror(f) | fclose(f))
		die(3, "cannot write", j->json);
}

int main(int argc, char **argv)
{
	struct job j = {0};
	struct outcome o = {0};

	parse(&j, argc, argv);
	supervise(&j, &o);
	write_json(&j, &o);
	return o.interrupted ? 130 : 0;
}
