/* SPDX-License-Identifier: MIT
 * Run one VMM under limits and describe how it ended in a JSON file.
 *
 *   watch --json FILE --limit S [--idle S] [--progress FILE]... [--until FILE]
 *         [--string NAME VALUE]... [--channel NAME FILE]...
 *         [--area DISK FILE] [--screen KIND:ARG FILE] [--stdout FILE] [--stderr FILE] [--dir DIR]
 * -- COMMAND ARG...
 *
 * The VMM runs in its own process group with stdin from /dev/null.  Seconds are
 * those of the VMM, so that a busy machine hangs nobody: --limit counts processor
 * time (and stops at four times as much by the clock), --idle counts since the
 * --progress files grew last, either processor time or time in which every thread
 * slept.  With --until the VMM is killed a moment after a line that begins with
 * "END " is complete in that file.  With --area the text that the guest writes into
 * the record area of DISK is copied to FILE as it comes.  With --screen FILE gets the text of
 * the VM's screen (boot/control.h) whenever it changed, and the VMM is killed when a whole summary,
 * or why the guest stopped, has been read there.  Nothing is judged here: drivers use this program
 * to leave driver.json beside the raw channel files.
 *
 * Exit: 0 the VMM ran (however it ended), 2 usage, 3 it could not be started
 * or a file could not be written, 130 interrupted (the VMM was killed).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/area.h"
#include "harness/jsonout.h"
#include "harness/launch.h"
#include "harness/progress.h"
#include "harness/screenlog.h"

enum { MAX_FILES = 8, TICK_MS = 20, LOOK_MS = 100, SCREEN_MS = 250, GRACE_MS = 300 };

struct pair {
	const char *name, *value;
};

struct job {
	const char *json, *out, *err, *dir, *until;
	struct progress progress;
	struct pair string[MAX_FILES], channel[MAX_FILES];
	int nstring, nchannel;
	struct area area; /* .disk is NULL: none */
	struct screenlog screen;
	char **argv;
};

struct outcome {
	const char *timeout; /* NULL, "limit" or "idle" */
	bool ended;          /* killed after END */
	bool interrupted;
	int status;
	long long ns, cpu_ns;
};

static __attribute__((noreturn)) void die(int code, const char *what, const char *name)
{
	fprintf(stderr, "watch: %s%s%s%s%s\n", what, name ? " '" : "", name ? name : "",
		name ? "'" : "", "");
	exit(code);
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
		{"json", 1, 0, 'j'},    {"limit", 1, 0, 'l'},
		{"idle", 1, 0, 'i'},    {"progress", 1, 0, 'p'},
		{"until", 1, 0, 'u'},   {"string", 1, 0, 's'},
		{"channel", 1, 0, 'c'}, {"stdout", 1, 0, 'o'},
		{"stderr", 1, 0, 'e'},  {"dir", 1, 0, 'd'},
		{"area", 1, 0, 'a'},    {"screen", 1, 0, 'S'},
		{0, 0, 0, 0},
	};
	const char *bad;
	int c;

	while ((c = getopt_long(argc, argv, "+", opts, NULL)) != -1) {
		switch (c) {
		case 'j':
			j->json = optarg;
			break;
		case 'l':
			j->progress.limit = seconds(optarg);
			break;
		case 'i':
			j->progress.idle = seconds(optarg);
			break;
		case 'p':
			if (j->progress.nfiles == PROGRESS_FILES)
				die(2, "too many --progress files", NULL);
			j->progress.file[j->progress.nfiles++] = optarg;
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
		case 'a':
			if (optind >= argc)
				die(2, "a value is missing after", optarg);
			j->area = (struct area){.disk = optarg, .out = argv[optind++]};
			break;
		case 'S':
			if (optind >= argc)
				die(2, "a value is missing after", optarg);
			if (!screenlog_init(&j->screen, optarg, argv[optind++]))
				die(2, "no control channel of this kind:", optarg);
			break;
		case 'd':
			j->dir = optarg;
			break;
		default:
			exit(2);
		}
	}
	j->argv = argv + optind;
	if (!j->json || !j->progress.limit || !*j->argv)
		die(2, "--json, --limit and a command are required", NULL);
	if (j->area.disk && (bad = area_find(&j->area)))
		die(2, bad, j->area.disk);
}

static void supervise(struct job *j, struct outcome *o)
{
	const struct launch l = {
		.argv = j->argv,
		.out = j->out,
		.err = j->err,
		.dir = j->dir,
		.piped = j->screen.out && j->screen.control.ops->stdin_pipe,
	};
	long long begin = progress_now(), end_seen = 0;
	long long looked = begin, screened = begin;
	struct timespec tick = {0, TICK_MS * 1000000};
	bool killed = false;
	struct rusage use;
	sigset_t set;
	off_t at = 0;
	pid_t pid;
	int in, error;

	launch_signals(&set);
	for (int i = 0; i < j->progress.nfiles; i++)
		unlink(j->progress.file[i]); /* what an earlier run left is no progress */
	error = launch(&l, &pid, &in);
	if (error)
		die(3, strerror(error), j->argv[0]);
	j->progress.pid = j->screen.control.pid = pid;
	j->screen.control.in = in;
	signal(SIGPIPE, SIG_IGN); /* a VMM that leaves while it is asked */
	for (;;) {
		int sig = sigtimedwait(&set, NULL, &tick);
		long long now = progress_now();

		if (wait4(pid, &o->status, WNOHANG, &use) == pid)
			break;
		if (sig > 0 && sig != SIGCHLD)
			o->interrupted = true;
		if (killed)
			continue;
		if (j->area.disk)
			area_follow(&j->area);
		if (j->screen.out && !end_seen && now - screened > SCREEN_MS * 1000000ll) {
			screened = now;
			if (screenlog_follow(&j->screen))
				end_seen = now;
		}
		if (j->until && !end_seen && progress_saw_end(j->until, &at))
			end_seen = now;
		o->ended = end_seen && now - end_seen > GRACE_MS * 1000000ll;
		if (!o->ended && now - looked > LOOK_MS * 1000000ll) {
			looked = now;
			o->timeout = progress_overdue(&j->progress);
		}
		killed = o->ended || o->timeout || o->interrupted;
		if (killed)
			kill(-pid, SIGKILL);
	}
	kill(-pid, SIGKILL); /* whatever the VMM left behind */
	if (j->area.disk && !area_whole(&j->area))
		die(3, "cannot copy the record area of", j->area.disk);
	o->ns = progress_now() - begin;
	o->cpu_ns = launch_cpu_ns(&use);
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
	launch_json_status(f, o->status, ours);
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
	fputs("},", f);
	launch_json_command(f, j->argv);
	fputs("}\n", f);
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
