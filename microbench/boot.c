/* SPDX-License-Identifier: MIT
 * Start a machine, read its markers as they arrive, stop it.
 *
 * The begin stamp is taken when the newline of B has been read, the end stamp
 * when the letter E has: what lies between is the kernel, one port write on
 * each side and the wake-up of this process.
 */
#include "microbench/boot.h"

#include "microbench/image.h"
#include "microbench/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile int boot_interrupted;

struct watch {
	struct boot *boot;
	const struct boot_plan *plan;
	struct counters counters;
	pid_t pid;
	char id[32]; /* of the open B */
	s64 begin_ns;
	double cpu_ns, counter[COUNTERS]; /* at the open B */
	bool done;
};

static s64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (s64)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void on_end(struct watch *w, const struct marker *m)
{
	struct boot *b = w->boot;
	struct pair *p = &b->pair[b->pairs];
	double counter[COUNTERS], cpu = cpu_time_ns(w->pid);

	counters_read(&w->counters, counter);
	if (!w->id[0] || strcmp(w->id, m->id)) {
		snprintf(b->error, sizeof(b->error), "end of %s without its beginning", m->id);
		w->done = true;
		return;
	}
	w->id[0] = 0;
	p->iterations = m->iterations;
	p->checksum = m->checksum;
	p->ns = (double)(m->first_ns - w->begin_ns);
	p->cpu_ns = cpu - w->cpu_ns;
	for (int i = 0; i < COUNTERS; i++)
		p->counter[i] = counter[i] - w->counter[i];
	b->pairs++;
	if (b->pairs == BOOT_PAIRS)
		w->done = true;
	if (w->plan->target_ns > 0 && p->ns >= w->plan->target_ns)
		w->done = true;
}

static void on_marker(void *arg, const struct marker *m)
{
	struct watch *w = arg;

	if (w->done)
		return;
	switch (m->kind) {
	case MARK_BEGIN:
		memcpy(w->id, m->id, sizeof(w->id));
		w->begin_ns = m->complete_ns;
		w->cpu_ns = cpu_time_ns(w->pid);
		counters_read(&w->counters, w->counter);
		break;
	case MARK_END:
		on_end(w, m);
		break;
	case MARK_ERROR:
		snprintf(w->boot->error, sizeof(w->boot->error), "guest: %s", m->text);
		w->done = true;
		break;
	case MARK_QUIT:
		w->done = true;
		break;
	}
}

/* In the child: descriptors, own process group, wait for the word, exec. */
static void child(const struct vmm *v, const struct vmm_command *c, const char *dir, int go,
		  int markers, int log)
{
	char byte;
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	if (read(go, &byte, 1) != 1)
		_exit(125);
	/* Sources are moved out of the way of their destinations first. */
	markers = fcntl(markers, F_DUPFD, 10);
	log = fcntl(log, F_DUPFD, 10);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	dup2(markers, v->marker_fd);
	if (chdir(dir) == 0) {
		closefrom(4);
		execv(c->argv[0], c->argv);
	}
	_exit(126);
}

static void why_it_ended(struct boot *b, int status, const char *log)
{
	char line[160] = "", text[160];
	FILE *f = fopen(log, "re");

	while (f && fgets(text, sizeof(text), f))
		if (text[strspn(text, " \n")])
			snprintf(line, sizeof(line), "%s", text);
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = 0;
	if (WIFSIGNALED(status))
		snprintf(b->error, sizeof(b->error), "ended by signal %d (%s)%s%s",
			 WTERMSIG(status), strsignal(WTERMSIG(status)), *line ? ": " : "", line);
	else
		snprintf(b->error, sizeof(b->error), "ended early with code %d%s%s",
			 WEXITSTATUS(status), *line ? ": " : "", line);
}

/* Read until the job is done, the machine ends or the limit passes.  Returns
 * false if the machine closed the channel. */
static bool watch_markers(struct watch *w, int fd, s64 deadline)
{
	struct marker_parser parser = {.length = 0};
	char buffer[4096];

	while (!w->done) {
		s64 left = (deadline - now_ns()) / 1000000;
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (left <= 0 || boot_interrupted) {
			snprintf(w->boot->error, sizeof(w->boot->error),
				 boot_interrupted ? "interrupted" : "no end within %.0f s",
				 w->plan->limit_s);
			return true;
		}
		if (poll(&p, 1, left > 200 ? 200 : (int)left) <= 0)
			continue;
		n = read(fd, buffer, sizeof(buffer));
		if (n <= 0)
			return false;
		marker_feed(&parser, buffer, (size_t)n, now_ns(), on_marker, w);
	}
	return true;
}

static void run_child(const struct vmm *v, const struct vmm_command *c, const char *dir,
		      const char *log_path, const struct boot_plan *plan, struct boot *out)
{
	struct watch w = {.boot = out, .plan = plan};
	int go[2], markers[2], status, log;
	s64 start = now_ns();
	bool open_end;

	log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log < 0 || pipe2(go, O_CLOEXEC) < 0 || pipe2(markers, O_CLOEXEC) < 0) {
		snprintf(out->error, sizeof(out->error), "%s: %s", log_path, strerror(errno));
		return;
	}
	w.pid = fork();
	if (w.pid == 0)
		child(v, c, dir, go[0], markers[1], log);
	close(go[0]);
	close(markers[1]);
	close(log);
	if (w.pid > 0) {
		setpgid(w.pid, w.pid);
		counters_open(&w.counters, w.pid);
		if (write(go[1], "g", 1) != 1)
			kill(w.pid, SIGKILL);
		open_end = watch_markers(&w, markers[0], start + (s64)(plan->limit_s * 1e9));
		if (open_end)
			kill(-w.pid, SIGKILL);
		waitpid(w.pid, &status, 0);
		kill(-w.pid, SIGKILL); /* helpers that outlive it */
		counters_close(&w.counters);
		if (!open_end)
			why_it_ended(out, status, log_path);
	} else {
		snprintf(out->error, sizeof(out->error), "fork: %s", strerror(errno));
	}
	close(go[1]);
	close(markers[0]);
	out->seconds = (double)(now_ns() - start) / 1e9;
}

void boot_run(const struct vmm *v, enum vmm_id id, const struct boot_plan *plan, const char *build,
	      const char *dir, struct boot *out)
{
	struct vmm_command command;
	char from[700], to[700];
	int err;

	*out = (struct boot){.pairs = 0};
	snprintf(from, sizeof(from), "%s/%s", build, v->image);
	snprintf(to, sizeof(to), "%s/%s", dir, v->image);
	err = image_patch(from, to, &plan->job);
	if (!err)
		err = vmm_command(v, id, dir, (int)ceil(plan->limit_s) + 5, &command);
	if (err) {
		snprintf(out->error, sizeof(out->error), "%.200s: %s", to, strerror(-err));
		return;
	}
	snprintf(from, sizeof(from), "%s/log", dir);
	run_child(v, &command, dir, from, plan, out);
}
