/* SPDX-License-Identifier: MIT
 * Parser of the result protocol.  A record counts only when its CRC is right;
 * everything odd is counted, nothing is repaired.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/log.h"
#include "guests/lib/crc32.h"

static bool number(const char **p, unsigned long *out, int base)
{
	char *end;

	if (!((**p >= '0' && **p <= '9') || (base == 16 && **p >= 'a' && **p <= 'f')))
		return false;
	*out = strtoul(*p, &end, base);
	*p = end;
	return true;
}

static bool literal(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

static void record(struct log *l, const char *line, size_t len, u32 *total)
{
	const char *p = line + 2, *hex;
	unsigned long id, crc;
	size_t body, n;

	if (!number(&p, &id, 10) || *p++ != ' ') {
		l->bad_lines++;
		return;
	}
	hex = p;
	p = strchr(p, ' ');
	if (!p || id >= l->ncases) {
		l->bad_lines++;
		return;
	}
	body = (size_t)(p - line);
	n = (size_t)(p - hex);
	p++;
	if (len - body != 9 || !number(&p, &crc, 16) || *p ||
	    crc32_add(0, line, (u32)body) != crc) {
		l->bad_crc++;
		return;
	}
	*total = crc32_add(*total, line, (u32)body);
	if (l->last_start != (int)id)
		l->no_start++;
	if (l->payload[id]) {
		l->duplicates++;
		return;
	}
	l->payload[id] = strndup(hex, n);
	if (!l->payload[id]) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	l->records++;
}

static void parse_line(struct log *l, const char *line, size_t len, u32 *total)
{
	const char *p = line;
	unsigned long a, b;

	if (literal(&p, "R ")) {
		record(l, line, len, total);
	} else if (literal(&p, "START ")) {
		if (!number(&p, &a, 10) || *p || a >= l->ncases) {
			l->bad_lines++;
			return;
		}
		l->started[a] = 1;
		l->last_start = (int)a;
	} else if (literal(&p, "PLAN ")) {
		if (!number(&p, &a, 10) || *p++ != ' ' || !number(&p, &b, 16) || *p) {
			l->bad_lines++;
			return;
		}
		l->have_plan = true;
		l->plan = (unsigned)a;
		l->digest = (u32)b;
	} else if (literal(&p, "END ")) {
		if (!number(&p, &a, 10) || *p++ != ' ' || !number(&p, &b, 16) || *p) {
			l->bad_lines++;
			return;
		}
		l->ended = true;
		l->bad_end = a != l->plan || (u32)b != *total;
	} else if (literal(&p, "CORRUPT ")) {
		snprintf(l->corrupt, sizeof l->corrupt, "%s", p);
	} else if (literal(&p, "INFO channel ")) {
		snprintf(l->channel, sizeof l->channel, "%s", p);
	} else if (literal(&p, "INFO error ")) {
		snprintf(l->error, sizeof l->error, "%s", p);
	}
}

void log_read(FILE *f, unsigned ncases, struct log *l)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	u32 total = 0;

	memset(l, 0, sizeof *l);
	l->ncases = ncases;
	l->last_start = -1;
	l->payload = calloc(ncases ? ncases : 1, sizeof *l->payload);
	l->started = calloc(ncases ? ncases : 1, 1);
	if (!l->payload || !l->started) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		bool whole = line[n - 1] == '\n';

		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = 0;
		if (strlen(line) != (size_t)n || !whole)
			continue; /* NUL inside, or cut off in the middle */
		parse_line(l, line, (size_t)n, &total);
	}
	free(line);
}

void log_free(struct log *l)
{
	unsigned i;

	for (i = 0; i < l->ncases; i++)
		free(l->payload[i]);
	free(l->payload);
	free(l->started);
	memset(l, 0, sizeof *l);
}
