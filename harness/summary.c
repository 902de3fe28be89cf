/* SPDX-License-Identifier: MIT
 * See summary.h.
 */
#include "harness/summary.h"

#include <stdio.h>
#include <string.h>

#include "harness/protocol.h"

enum { WORD = 8 };

/* Eight hexadecimal digits. */
static bool hex_word(const char *p, u32 *v)
{
	*v = 0;
	for (int i = 0; i < WORD; i++) {
		const char *digits = "0123456789abcdef", *d = p[i] ? strchr(digits, p[i]) : NULL;

		if (!d)
			return false;
		*v = *v << 4 | (u32)(d - digits);
	}
	return true;
}

static bool blank_word(const char **p, u32 *v)
{
	if (**p != ' ' || !hex_word(*p + 1, v))
		return false;
	*p += 1 + WORD;
	return true;
}

/* "SUMMARY digest cases crc unmet check" */
static bool parse_line(const char *line, size_t n, struct summary *s)
{
	const char *p = line + strlen("SUMMARY ");
	u32 digest, check;
	int used = 0;

	if (!hex_word(p, &digest))
		return false;
	memcpy(s->digest, p, WORD);
	s->digest[WORD] = 0;
	p += WORD;
	if (*p != ' ' || p[1] < '0' || p[1] > '9' || sscanf(p, " %9u%n", &s->cases, &used) != 1)
		return false;
	p += used;
	if (!blank_word(&p, &s->crc) || !blank_word(&p, &s->unmet))
		return false;
	used = (int)(p - line);
	return blank_word(&p, &check) && (size_t)(p - line) == n &&
	       check == proto_crc32(0, line, (size_t)used);
}

static void parse_progress(const char *line, struct summary *s)
{
	unsigned done, all;

	if (sscanf(line, "case %9u of %9u", &done, &all) == 2) {
		s->done = done;
		s->all = all;
	}
}

void summary_parse(const char *screen, struct summary *s)
{
	static const char stopped[] = "stopped: ";
	const char *line = screen;
	size_t n;

	*s = (struct summary){.done = -1, .all = -1};
	for (; *line; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		if (!strncmp(line, "SUMMARY ", 8)) {
			/* Two of them are none. */
			bool whole = s->state == SUMMARY_NONE && parse_line(line, n, s);

			s->state = whole ? SUMMARY_WHOLE : SUMMARY_DAMAGED;
		} else if (!strncmp(line, "SUMMARY", n < 7 ? n : 7) && n) {
			s->state = SUMMARY_DAMAGED;
		} else if (!strncmp(line, stopped, sizeof stopped - 1)) {
			snprintf(s->stopped, sizeof s->stopped, "%.*s",
				 (int)(n - (sizeof stopped - 1)), line + sizeof stopped - 1);
		} else {
			parse_progress(line, s);
		}
	}
}

const char *summary_last(const char *log)
{
	const char *last = strrchr(log, '\f');

	return last ? last + 1 : log;
}
