/* SPDX-License-Identifier: MIT
 * Marker parser: lines in, events with arrival times out.
 */
#include "microbench/marker.h"

#include <stdlib.h>
#include <string.h>

/* id: letters, digits, dot.  Returns its length. */
static size_t id_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.");
}

static bool take_id(const char **s, char id[32])
{
	size_t n = id_length(*s);

	if (!n || n >= 32)
		return false;
	memcpy(id, *s, n);
	id[n] = 0;
	*s += n;
	return true;
}

/* One number after one space, nothing but digits of that base. */
static bool take_number(const char **s, int base, u32 *out)
{
	const char *digits = "0123456789abcdef";
	size_t n;
	unsigned long long v;

	if (*(*s)++ != ' ')
		return false;
	n = base == 10 ? strspn(*s, "0123456789") : strspn(*s, digits);
	if (!n || n > 10)
		return false;
	v = strtoull(*s, NULL, base);
	if (v > UINT32_MAX)
		return false;
	*out = (u32)v;
	*s += n;
	return true;
}

static bool parse(const char *line, struct marker *m)
{
	const char *s = line + 1;

	switch (line[0]) {
	case 'B':
		m->kind = MARK_BEGIN;
		return take_id(&s, m->id) && !*s;
	case 'E':
		m->kind = MARK_END;
		return take_id(&s, m->id) && take_number(&s, 10, &m->iterations) &&
		       take_number(&s, 16, &m->checksum) && !*s;
	case 'Q':
		m->kind = MARK_QUIT;
		return !*s;
	case 'X':
		m->kind = MARK_ERROR;
		strncpy(m->text, s, sizeof(m->text) - 1);
		return *s;
	}
	return false;
}

void marker_feed(struct marker_parser *p, const char *bytes, size_t n, s64 ns, marker_fn *fn,
		 void *arg)
{
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		struct marker m = {.first_ns = p->first_ns, .complete_ns = ns};

		if (c != '\n') {
			if (!p->length)
				p->first_ns = ns;
			if (p->length < sizeof(p->line) - 1)
				p->line[p->length] = c;
			p->length++;
			continue;
		}
		if (!p->length)
			continue;
		if (p->length < sizeof(p->line)) {
			p->line[p->length] = 0;
			/* A zero byte would hide what follows it. */
			if (strlen(p->line) == p->length && parse(p->line, &m))
				fn(arg, &m);
			else
				p->other_lines++;
		} else {
			p->other_lines++;
		}
		p->length = 0;
	}
}
