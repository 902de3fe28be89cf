/* SPDX-License-Identifier: MIT
 * Reading the result protocol.  A line is
 *
 *   PLAN count digest         R num payload crc        INFO text
 *   START num                 END count crc            CORRUPT text
 *
 * with decimal numbers and hexadecimal CRCs.  The rule for every doubt is that
 * a case without a whole, matching, single record is lost, never passed.
 */
#include "harness/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct field {
	const char *p;
	size_t n;
};

u32 proto_crc32(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static bool number(struct field f, unsigned base, u32 *out)
{
	static const char digits[] = "0123456789abcdef";
	u64 v = 0;

	if (!f.n || f.n > 10)
		return false;
	for (size_t i = 0; i < f.n; i++) {
		const char *d = memchr(digits, f.p[i], base);

		if (!d)
			return false;
		v = v * base + (u64)(d - digits);
	}
	*out = (u32)v;
	return v <= UINT32_MAX;
}

/* Cut the next blank-separated word off the front. */
static struct field word(struct field *line)
{
	struct field w;

	while (line->n && *line->p == ' ')
		line->p++, line->n--;
	w = (struct field){line->p, 0};
	while (line->n && *line->p != ' ')
		line->p++, line->n--, w.n++;
	return w;
}

static bool is(struct field w, const char *s)
{
	return w.n == strlen(s) && !memcmp(w.p, s, w.n);
}

static int by_num(const void *a, const void *b)
{
	const struct proto_case *x = a, *y = b;

	return (x->num > y->num) - (x->num < y->num);
}

struct parser {
	struct proto_case *cases, *open;
	size_t n;
	struct proto_log *log;
	u32 chain; /* CRC over all records, for END */
};

static struct proto_case *lookup(struct parser *ps, u32 num)
{
	struct proto_case key = {.num = num};

	return bsearch(&key, ps->cases, ps->n, sizeof(key), by_num);
}

static void lose(struct proto_case *c, const char *why)
{
	c->state = PROTO_LOST;
	c->why = why;
}

static void on_start(struct parser *ps, struct field rest)
{
	struct proto_case *c;
	u32 num;

	if (!number(word(&rest), 10, &num) || rest.n) {
		ps->log->garbled++;
		return;
	}
	if (ps->open)
		lose(ps->open, "no record before the next case started");
	ps->open = NULL;
	c = lookup(ps, num);
	if (!c) {
		ps->log->unexpected++;
	} else if (c->started) {
		lose(c, "started twice");
	} else {
		c->started = true;
		c->state = PROTO_OPEN;
		ps->open = c;
		ps->log->last = num;
	}
}

/* `line` is the whole line, `rest` what follows the R. */
static void on_record(struct parser *ps, struct field line, struct field rest)
{
	struct field id = word(&rest), sum;
	struct proto_case *c;
	u32 num, crc;
	size_t k = line.n;

	while (k && line.p[k - 1] != ' ')
		k--;
	sum = (struct field){line.p + k, line.n - k};
	if (!number(id, 10, &num) || sum.n != 8 || sum.p <= id.p + id.n) {
		ps->log->garbled++;
		return;
	}
	c = lookup(ps, num);
	if (!c) {
		ps->log->unexpected++;
		return;
	}
	if (!number(sum, 16, &crc) || crc != proto_crc32(0, line.p, k - 1)) {
		/* Its number cannot be trusted either: it accuses no other case. */
		ps->log->garbled++;
		if (c == ps->open)
			lose(c, "the record's CRC does not match");
	} else if (c->state == PROTO_OK) {
		lose(c, "two records");
	} else if (ps->open != c) {
		lose(c, "record out of order");
	} else {
		c->state = PROTO_OK;
		c->line = line.p;
		c->line_len = line.n;
	}
	ps->chain = proto_crc32(ps->chain, line.p, k - 1);
	if (ps->open == c)
		ps->open = NULL;
}

static void on_end(struct parser *ps, struct field rest)
{
	struct proto_log *log = ps->log;
	u32 crc;

	if (!number(word(&rest), 10, &log->end_count) || !number(word(&rest), 16, &crc)) {
		log->garbled++;
		return;
	}
	log->end = true;
	if (log->plan && log->end_count != log->plan_count)
		log->end_why = "END counts other cases than PLAN";
	else if (crc != ps->chain)
		log->end_why = "END's CRC does not match the records";
}

/* Returns false when nothing after this line counts. */
static bool on_line(struct parser *ps, struct field line)
{
	struct field rest = line, key = word(&rest), digest;
	struct proto_log *log = ps->log;

	if (is(key, "PLAN")) {
		if (log->plan) {
			log->reboot = true;
			return false;
		}
		log->plan = number(word(&rest), 10, &log->plan_count);
		digest = word(&rest);
		log->garbled += !log->plan;
		snprintf(log->digest, sizeof(log->digest), "%.*s", (int)digest.n, digest.p);
	} else if (is(key, "START")) {
		on_start(ps, rest);
	} else if (is(key, "R")) {
		on_record(ps, line, rest);
	} else if (is(key, "END")) {
		on_end(ps, rest);
		return !log->end;
	} else if (is(key, "INFO")) {
		if (is(word(&rest), "error"))
			snprintf(log->gave_up, sizeof(log->gave_up), "%.*s", (int)rest.n, rest.p);
	} else if (is(key, "CORRUPT")) {
		snprintf(log->corrupt, sizeof(log->corrupt), "%.*s", (int)rest.n, rest.p);
		if (!log->corrupt[0])
			strcpy(log->corrupt, " ");
		return false;
	}
	return true;
}

void proto_parse(const char *text, size_t len, struct proto_case *cases, size_t n,
		 struct proto_log *log)
{
	struct parser ps = {.cases = cases, .n = n, .log = log};
	const char *end = text + len, *nl;

	*log = (struct proto_log){.last = -1};
	for (; (nl = memchr(text, '\n', (size_t)(end - text))); text = nl + 1) {
		struct field line = {text, (size_t)(nl - text)};

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!on_line(&ps, line))
			break;
	}
	for (size_t i = 0; i < n; i++) {
		struct proto_case *c = &cases[i];

		if (c->state == PROTO_OK)
			log->records++;
		if (log->end && c->state == PROTO_REST)
			lose(c, "never started");
		else if (log->end && c->state == PROTO_OPEN)
			lose(c, "no record before END");
	}
}
