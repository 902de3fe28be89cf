/* SPDX-License-Identifier: MIT
 * Boot a guest on one VMM, note when each milestone is reached, type what the
 * scenario says, and describe how it ended.
 *
 *   bootwatch --json FILE --scenario FILE --limit S [--control KIND:ARG]
 *             [--serial FILE] [--debugcon FILE] [--screen FILE] [--picture FILE]
 *             [--stdout FILE] [--stderr FILE] [--dir DIR]
 *             [--samples FILE] [--counters SOCKET] [--every S]
 *             [--string NAME VALUE]... -- COMMAND ARG...
 *   bootwatch --check --scenario FILE       is it one?
 *
 * The serial and debugcon files are written by the VMM, screen (text) and
 * picture (PNG) by this program, through the control channel (control.h).  Samples
 * (sample.h) are taken at milestones and every S seconds.  Limits
 * count processor time of the VMM (progress.h).  Nothing is judged here.
 *
 * Exit: 0 the VMM ran (however it ended), 2 usage, 3 it could not be started
 * or a file could not be written, 130 interrupted (the VMM was killed).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/boot/channel.h"
#include "harness/boot/control.h"
#include "harness/boot/cputime.h"
#include "harness/boot/picture.h"
#include "harness/boot/sample.h"
#include "harness/boot/scenario.h"
#include "harness/jsonout.h"
#include "harness/launch.h"
#include "harness/progress.h"

enum {
	MAX_STRINGS = 16,
	TICK_MS = 10,
	LOOK_MS = 100,
	SCREEN_MS = 250,
	PICTURE_MS = 1000,
	KEY_MS = 60,
	KEY_WAIT_MS = 300,
};

static struct job {
	const char *json, *out, *err, *dir, *screen, *picture;
	struct scenario scenario;
	struct control control;
	struct text text[CHANNELS];
	struct progress progress;
	struct sampler sampler;
	const char *name[MAX_STRINGS], *value[MAX_STRINGS];
	int nstrings;
	char **argv;
	/* While it runs. */
	long long begin, looked, screened, pictured, keyed;
	int at;           /* next milestone */
	const char *keys; /* still to be typed */
} job;

static struct outcome {
	const char *stop; /* success, fail, limit, exit, interrupted */
	enum channel where;
	char seen[120]; /* what a failure looked like */
	int status;
	long long ns, cpu_ns;
} outcome;

static __attribute__((noreturn)) void die(int code, const char *what, const char *name)
{
	fprintf(stderr, "bootwatch: %s '%s'\n", what, name);
	exit(code);
}

static void parse(struct job *j, int argc, char **argv)
{
	enum {
		JSON,
		SCENARIO,
		LIMIT,
		CONTROL,
		SERIAL,
		DEBUGCON,
		SCREEN,
		PICTURE,
		OUT,
		ERR,
		DIR_,
		SAMPLES,
		COUNTERS,
		EVERY,
		STRING,
		CHECK
	};
	static const struct option opts[] = {
		{"json", 1, 0, JSON},
		{"scenario", 1, 0, SCENARIO},
		{"limit", 1, 0, LIMIT},
		{"control", 1, 0, CONTROL},
		{"serial", 1, 0, SERIAL},
		{"debugcon", 1, 0, DEBUGCON},
		{"screen", 1, 0, SCREEN},
		{"picture", 1, 0, PICTURE},
		{"stdout", 1, 0, OUT},
		{"stderr", 1, 0, ERR},
		{"dir", 1, 0, DIR_},
		{"samples", 1, 0, SAMPLES},
		{"counters", 1, 0, COUNTERS},
		{"every", 1, 0, EVERY},
		{"string", 1, 0, STRING},
		{"check", 0, 0, CHECK},
		{0, 0, 0, 0},
	};
	const char *scenario = NULL;
	bool check = false;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "+", opts, NULL)) != -1) {
		switch (c) {
		case JSON:
			j->json = optarg;
			break;
		case SCENARIO:
			scenario = optarg;
			break;
		case LIMIT:
			j->progress.limit = strtod(optarg, &end);
			if (*end || !(j->progress.limit > 0))
				die(2, "not a number of seconds:", optarg);
			break;
		case CONTROL:
			if (!control_init(&j->control, optarg))
				die(2, "no control channel of this kind:", optarg);
			break;
		case SERIAL:
			j->text[CH_SERIAL].path = optarg;
			break;
		case DEBUGCON:
			j->text[CH_DEBUGCON].path = optarg;
			break;
		case SCREEN:
			j->screen = optarg;
			break;
		case PICTURE:
			j->picture = optarg;
			break;
		case OUT:
			j->out = optarg;
			break;
		case ERR:
			j->err = optarg;
			break;
		case DIR_:
			j->dir = optarg;
			break;
		case SAMPLES:
			if (!sampler_open(&j->sampler, optarg))
				die(3, "cannot write", optarg);
			break;
		case COUNTERS:
			j->sampler.socket = optarg;
			break;
		case EVERY:
			j->sampler.period = (long long)(strtod(optarg, &end) * 1e9);
			if (*end || j->sampler.period <= 0)
				die(2, "not a number of seconds:", optarg);
			break;
		case STRING:
			if (j->nstrings == MAX_STRINGS || optind >= argc)
				die(2, "too many or incomplete --string", optarg);
			j->name[j->nstrings] = optarg;
			j->value[j->nstrings++] = argv[optind++];
			break;
		case CHECK:
			check = true;
			break;
		default:
			exit(2);
		}
	}
	if (check && scenario) {
		scenario_read(&j->scenario, scenario);
		exit(0);
	}
	j->argv = argv + optind;
	if (!j->json || !scenario || !j->progress.limit || !*j->argv)
		die(2, "missing one of", "--json, --scenario, --limit, command");
	scenario_read(&j->scenario, scenario);
	for (int i = 0; i < CHANNELS; i++)
		if (j->text[i].path) {
			unlink(j->text[i].path); /* an earlier run's output is none of ours */
			j->progress.file[j->progress.nfiles++] = j->text[i].path;
		}
}

static void start(struct job *j)
{
	const struct launch l = {
		.argv = j->argv,
		.out = j->out,
		.err = j->err,
		.dir = j->dir,
		.piped = j->control.ops && j->control.ops->stdin_pipe,
	};
	int error = launch(&l, &j->control.pid, &j->control.in);

	if (error)
		die(3, strerror(error), j->argv[0]);
	j->progress.pid = j->control.pid;
}

static void refresh_screen(struct job *j)
{
	static char text[SCREEN_TEXT + 1];

	if (j->control.ops && j->control.ops->text(&j->control, text))
		text_set(&j->text[CH_SCREEN], text);
}

static void refresh_picture(struct job *j)
{
	char words[120];

	if (j->control.ops && j->control.ops->picture && j->picture &&
	    j->control.ops->picture(&j->control, j->picture) &&
	    picture_words(j->picture, words, sizeof(words)))
		text_set(&j->text[CH_PICTURE], words);
}

static void store_screen(const struct job *j)
{
	FILE *f;

	if (!j->screen || !j->text[CH_SCREEN].buf)
		return;
	f = fopen(j->screen, "w");
	if (!f || fputs(j->text[CH_SCREEN].buf, f) < 0 || fclose(f))
		die(3, "cannot write", j->screen);
}

/* Begin and end marks measure the time between them: nothing may get between. */
static bool is_mark(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".begin") || !strcmp(dot, ".end"));
}

static void reach(struct job *j, struct milestone *m, bool running)
{
	m->reached = true;
	m->ns = progress_now() - j->begin;
	m->cpu_ns = running ? cputime_group(j->control.pid) : outcome.cpu_ns;
	if (running)
		sampler_mark(&j->sampler, m->name);
	if (m->keys) {
		j->keys = m->keys;
		j->keyed = progress_now() + (KEY_WAIT_MS - KEY_MS) * 1000000ll;
	}
	if (running && !is_mark(m->name) && m->channel != CH_PICTURE)
		refresh_picture(j);
}

static bool due(long long *then, int ms, long long now)
{
	if (now - *then < ms * 1000000ll)
		return false;
	*then = now;
	return true;
}

/* Look at all channels; true when the run is over. */
static bool observe(struct job *j, struct outcome *o, bool running)
{
	struct scenario *s = &j->scenario;
	long long now = progress_now();

	text_follow(&j->text[CH_SERIAL]);
	text_follow(&j->text[CH_DEBUGCON]);
	if (running && scenario_needs(s, CH_SCREEN) && due(&j->screened, SCREEN_MS, now))
		refresh_screen(j);
	if (running && scenario_needs(s, CH_PICTURE) && due(&j->pictured, PICTURE_MS, now))
		refresh_picture(j);
	for (int i = 0; i < s->nfail; i++)
		if (text_failure(&j->text[s->failure[i].channel], &s->failure[i].regex, o->seen,
				 sizeof(o->seen))) {
			o->where = s->failure[i].channel;
			o->stop = "fail";
			return true;
		}
	for (int i = 0; i < CHANNELS; i++)
		text_checked(&j->text[i]);
	for (; j->at < s->n; j->at++) {
		struct milestone *m = &s->milestone[j->at];

		if (!text_milestone(&j->text[m->channel], &m->regex, m->seen, sizeof(m->seen)))
			break;
		reach(j, m, running);
		if (m->keys) { /* what comes next is the answer to them */
			j->at++;
			break;
		}
	}
	if (j->at == s->n && !s->exits && !j->keys) {
		o->stop = "success";
		return true;
	}
	return false;
}

static void type(struct job *j)
{
	char name[KEY_NAME];
	bool bad;

	if (!j->keys || !due(&j->keyed, KEY_MS, progress_now()))
		return;
	j->keys = control_next_key(j->keys, name, &bad);
	if (j->keys &&
	    (!j->control.ops || !j->control.ops->key || !j->control.ops->key(&j->control, name)))
		fprintf(stderr, "bootwatch: key '%s' could not be sent\n", name);
}

static void supervise(struct job *j, struct outcome *o)
{
	struct timespec tick = {0, TICK_MS * 1000000};
	struct rusage use;
	sigset_t set;

	launch_signals(&set);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	j->begin = j->looked = progress_now();
	start(j);
	for (;;) {
		int sig = sigtimedwait(&set, NULL, &tick);

		if (waitpid(j->control.pid, &o->status, WNOHANG) == j->control.pid) {
			getrusage(RUSAGE_CHILDREN, &use);
			o->cpu_ns = launch_cpu_ns(&use);
			o->ns = progress_now() - j->begin;
			observe(j, o, false);
			if (!o->stop)
				o->stop = j->at == j->scenario.n ? "success" : "exit";
			break;
		}
		if (sig > 0 && sig != SIGCHLD)
			o->stop = "interrupted";
		if (!o->stop && due(&j->looked, LOOK_MS, progress_now()) &&
		    progress_overdue(&j->progress))
			o->stop = "limit";
		if (!o->stop)
			observe(j, o, true);
		if (!o->stop)
			sampler_step(&j->sampler, j->control.pid, progress_now() - j->begin);
		if (o->stop) {
			if (strcmp(o->stop, "interrupted")) {
				/* Once more, unless that was just now: Bochs must have run on. */
				if (due(&j->screened, SCREEN_MS, progress_now()))
					refresh_screen(j);
				refresh_picture(j);
			}
			o->ns = progress_now() - j->begin;
			kill(-j->control.pid, SIGKILL);
			waitpid(j->control.pid, &o->status, 0);
			break;
		}
		type(j);
	}
	kill(-j->control.pid, SIGKILL); /* whatever the VMM left behind */
	while (waitpid(-1, NULL, 0) > 0)
		;
	getrusage(RUSAGE_CHILDREN, &use);
	o->cpu_ns = launch_cpu_ns(&use);
}

static void json_member(FILE *f, const char *name, const char *value)
{
	json_string(f, name);
	fputc(':', f);
	json_string(f, value);
	fputc(',', f);
}

static void write_json(const struct job *j, const struct outcome *o)
{
	FILE *f = fopen(j->json, "w");
	bool ours = WIFSIGNALED(o->status) && WTERMSIG(o->status) == SIGKILL;

	if (!f)
		die(3, strerror(errno), j->json);
	fputc('{', f);
	for (int i = 0; i < j->nstrings; i++)
		json_member(f, j->name[i], j->value[i]);
	json_member(f, "stop", o->stop);
	if (!strcmp(o->stop, "fail")) {
		json_member(f, "where", channel_names[o->where]);
		json_member(f, "seen", o->seen);
	}
	if (j->at < j->scenario.n)
		json_member(f, "missing", j->scenario.milestone[j->at].name);
	launch_json_status(f, o->status, ours);
	fprintf(f, ",\"ns\":%lld,\"cpu_ns\":%lld,\"milestones\":[", o->ns, o->cpu_ns);
	for (int i = 0; i < j->scenario.n && j->scenario.milestone[i].reached; i++) {
		const struct milestone *m = &j->scenario.milestone[i];

		fputs(i ? ",{" : "{", f);
		json_member(f, "name", m->name);
		json_member(f, "seen", m->seen);
		fprintf(f, "\"ns\":%lld,\"cpu_ns\":%lld}", m->ns, m->cpu_ns);
	}
	fputs("],", f);
	launch_json_command(f, j->argv);
	fputs("}\n", f);
	if (ferror(f) | fclose(f))
		die(3, "cannot write", j->json);
}

int main(int argc, char **argv)
{
	job.control.fd = job.control.in = -1;
	parse(&job, argc, argv);
	supervise(&job, &outcome);
	store_screen(&job);
	write_json(&job, &outcome);
	return strcmp(outcome.stop, "interrupted") ? 0 : 130;
}
