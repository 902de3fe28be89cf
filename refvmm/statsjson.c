/* SPDX-License-Identifier: MIT
 * JSON (RFC 8259) writer for counters.
 */
#include "refvmm/statsjson.h"
#include "refvmm/exit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stats {
	FILE *out; /* a memory stream */
	char *text;
	size_t size;
	unsigned depth;
	bool comma;
};

struct stats *stats_new(void)
{
	struct stats *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->out = open_memstream(&s->text, &s->size);
	if (!s->out) {
		free(s);
		return NULL;
	}
	putc('{', s->out);
	return s;
}

static void quote(FILE *out, const char *v)
{
	putc('"', out);
	for (; *v; v++) {
		unsigned char c = (unsigned char)*v;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void member(struct stats *s, const char *name)
{
	if (s->comma)
		putc(',', s->out);
	quote(s->out, name);
	putc(':', s->out);
	s->comma = true;
}

void stats_number(struct stats *s, const char *name, u64 value)
{
	member(s, name);
	fprintf(s->out, "%llu", (unsigned long long)value);
}

void stats_string(struct stats *s, const char *name, const char *value)
{
	member(s, name);
	quote(s->out, value);
}

void stats_bool(struct stats *s, const char *name, bool value)
{
	member(s, name);
	fputs(value ? "true" : "false", s->out);
}

void stats_open(struct stats *s, const char *name)
{
	member(s, name);
	putc('{', s->out);
	s->comma = false;
	s->depth++;
}

void stats_close(struct stats *s)
{
	putc('}', s->out);
	s->comma = true;
	s->depth--;
}

char *stats_text(struct stats *s)
{
	char *text;
	bool lost;

	while (s->depth)
		stats_close(s);
	fputs("}\n", s->out);
	lost = ferror(s->out);
	lost |= fclose(s->out) != 0;
	text = s->text;
	free(s);
	if (!lost)
		return text;
	free(text);
	return NULL;
}

int stats_write(struct stats *s, const struct config *cfg)
{
	int rc = RC_OK;
	char *text = stats_text(s);
	size_t size = text ? strlen(text) : 0;

	if (!text)
		rc = refuse(RC_INTERNAL, "--stats", "out of memory");
	fflush(stdout); /* it comes last there */
	for (size_t done = 0; rc == RC_OK && cfg->stats_fd >= 0 && done < size;) {
		ssize_t n = write(cfg->stats_fd, text + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			rc = refuse(RC_OUTPUT, "--stats", "cannot write '%s': %s",
				    cfg->stats_path ? cfg->stats_path : "stdout", strerror(errno));
	}
	free(text);
	return rc;
}
