/* SPDX-License-Identifier: MIT
 * Taking samples.  Fields of /proc/PID/status, smaps_rollup and maps: proc(5).  The
 * counters are asked for over a connection of their own and read when they have come:
 * neither the guest nor the look-out for milestones waits for them.
 */
#include "harness/boot/sample.h"
#include "harness/boot/cputime.h"
#include "harness/boot/socket.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool sampler_open(struct sampler *s, const char *path)
{
	s->out = fopen(path, "w");
	s->fd = -1;
	return s->out != NULL;
}

void sampler_mark(struct sampler *s, const char *name)
{
	size_t n = strlen(s->names);

	if (!s->out)
		return;
	/* Names come from a checked manifest: letters, digits, - and . */
	if (n + strlen(name) + 4 < sizeof(s->names))
		snprintf(s->names + n, sizeof(s->names) - n, "%s\"%s\"", n ? "," : "", name);
	s->wanted = true;
}

static FILE *proc_file(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

bool sample_proc(struct sample *s, pid_t pid, bool maps)
{
	FILE *f = proc_file(pid, "status");
	char line[256];
	int ch;

	s->rss_kb = s->anon_kb = s->shmem_kb = s->maps = s->pss_kb = -1;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "VmRSS: %ld", &s->rss_kb);
		sscanf(line, "RssAnon: %ld", &s->anon_kb);
		sscanf(line, "RssShmem: %ld", &s->shmem_kb);
	}
	fclose(f);
	if (maps && (f = proc_file(pid, "maps"))) {
		s->maps = 0;
		while ((ch = getc_unlocked(f)) != EOF)
			s->maps += ch == '\n';
		fclose(f);
	}
	if (maps && (f = proc_file(pid, "smaps_rollup"))) {
		while (fgets(line, sizeof(line), f))
			sscanf(line, "Pss: %ld", &s->pss_kb);
		fclose(f);
	}
	cputime_split(pid, &s->user_ns, &s->system_ns);
	return s->rss_kb >= 0;
}

const char *sample_reply(const char *text, size_t n, unsigned k, bool *bad)
{
	const char *end = text + n, *line;

	for (*bad = false;; k--) {
		line = memchr(text, '\n', (size_t)(end - text));
		*bad = line && (line - text != 4 || memcmp(text, "ok 1", 4));
		if (!line || *bad)
			return NULL;
		text = memchr(line + 1, '\n', (size_t)(end - line - 1));
		if (!text)
			return NULL;
		if (!k)
			return line + 1;
		text++;
	}
}

static void write_sample(struct sampler *s, const char *settled, const char *json)
{
	fprintf(s->out,
		"{\"ns\":%lld,\"at\":[%s],\"user_ns\":%lld,\"system_ns\":%lld,\"rss_kb\":%ld,"
		"\"anon_kb\":%ld,\"shmem_kb\":%ld",
		s->at.ns, s->asked_names, s->at.user_ns, s->at.system_ns, s->at.rss_kb,
		s->at.anon_kb, s->at.shmem_kb);
	if (s->at.maps >= 0)
		fprintf(s->out, ",\"maps\":%ld", s->at.maps);
	if (s->at.pss_kb >= 0)
		fprintf(s->out, ",\"pss_kb\":%ld", s->at.pss_kb);
	if (settled)
		fprintf(s->out, ",\"settled\":%.*s", (int)strcspn(settled, "\n"), settled);
	if (json)
		fprintf(s->out, ",\"stats\":%.*s", (int)strcspn(json, "\n"), json);
	fputs("}\n", s->out);
	fflush(s->out);
}

static void hang_up(struct sampler *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->asked = s->settling = false;
}

static void ask(struct sampler *s, pid_t pid, long long ns)
{
	if (s->socket && s->fd < 0 && (s->fd = socket_connect(s->socket)) < 0)
		return; /* not yet listening: at the next step */
	if (!sample_proc(&s->at, pid, s->counting))
		return;
	s->at.ns = ns;
	memcpy(s->asked_names, s->names, sizeof(s->names));
	s->names[0] = 0;
	s->wanted = s->counting = false;
	s->n = 0;
	if (!s->socket)
		write_sample(s, NULL, NULL);
	else if (socket_send(s->fd, s->settling ? "drop\nstats\n" : "stats\n"))
		s->asked = true;
	else
		hang_up(s);
}

static void collect(struct sampler *s)
{
	const char *json, *settled = NULL;
	bool bad = false;
	ssize_t n;

	while (s->n < sizeof(s->reply) - 1 &&
	       (n = recv(s->fd, s->reply + s->n, sizeof(s->reply) - 1 - s->n, MSG_DONTWAIT)) > 0)
		s->n += (size_t)n;
	s->reply[s->n] = 0;
	if (s->settling)
		settled = sample_reply(s->reply, s->n, 0, &bad);
	json = bad ? NULL : sample_reply(s->reply, s->n, s->settling, &bad);
	if (bad || s->n == sizeof(s->reply) - 1) {
		fprintf(stderr, "bootwatch: no counters: %.60s\n", s->reply);
		hang_up(s);
	} else if (json) {
		write_sample(s, settled, json);
		s->asked = s->settling = false;
	}
}

void sampler_step(struct sampler *s, pid_t pid, long long ns)
{
	if (!s->out)
		return;
	if (s->asked)
		collect(s);
	if (s->period && ns - s->last >= s->period) {
		s->last = ns;
		s->wanted = s->counting = true;
		s->settling = !s->asked && s->socket && ++s->n_periods % SAMPLE_SETTLE == 0;
	}
	if (s->wanted && !s->asked)
		ask(s, pid, ns);
}
