/* SPDX-License-Identifier: MIT
 * The statements of device scripts (README.md) and the steps they become.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/parse.h"

/* Hexadecimal, or buf with an optional +offset. */
static bool number(const char *s, u32 *v)
{
	char *end;

	*v = 0;
	if (!strncmp(s, "buf", 3)) {
		*v = DEV_BUF_LOW;
		s += 3;
		if (!*s)
			return true;
		if (*s++ != '+')
			return false;
	}
	if (!*s || strspn(s, "0123456789abcdef") != strlen(s))
		return false;
	*v += (u32)strtoul(s, &end, 16);
	return true;
}

/* %a to %h. */
static bool variable(const char *s, u32 *v)
{
	if (s[0] != '%' || s[1] < 'a' || s[1] >= (char)('a' + DEV_VARS))
		return false;
	*v = (u32)(s[1] - 'a');
	return true;
}

/* A port, %a or %a+offset. */
static bool port(const char *s, struct dev_step *st)
{
	u32 v = 0, var;

	if (variable(s, &var)) {
		if (s[2] && (s[2] != '+' || !number(s + 3, &v)))
			return false;
		st->size |= (u8)((var + 1) << 4);
	} else if (!number(s, &v)) {
		return false;
	}
	st->port = (u16)v;
	return v < 0x10000;
}

static u32 all_ones(unsigned size)
{
	return size == 4 ? 0xffffffffu : (1u << 8 * size) - 1;
}

/* "& MASK" if it stands next. */
static bool mask(char ***w, unsigned *n, unsigned size, u32 *m)
{
	*m = all_ones(size);
	if (*n < 2 || strcmp((*w)[0], "&"))
		return true;
	if (!number((*w)[1], m))
		return false;
	*w += 2;
	*n -= 2;
	return true;
}

static bool range(const char *s, u32 *lo, u32 *hi)
{
	const char *dots = strstr(s, "..");
	char low[12];

	if (!dots || dots - s >= (long)sizeof low)
		return false;
	memcpy(low, s, (size_t)(dots - s));
	low[dots - s] = 0;
	return number(low, lo) && number(dots + 2, hi) && *lo <= *hi && *hi < 0x10000;
}

static void text_of(struct dev_expect *e, char **w, unsigned n)
{
	unsigned i;
	size_t at = 0;

	for (i = 0; i < n && at + 1 < sizeof e->text; i++)
		at += (size_t)snprintf(e->text + at, sizeof e->text - at, "%s%s", i ? " " : "",
				       w[i]);
}

/* Behind "=": values with | between them. */
static bool accepted(struct parser *p, struct dev_expect *e, char **w, unsigned n, u32 m)
{
	unsigned i;
	u32 v;

	for (i = 0; i < n; i++) {
		if (i % 2) {
			if (strcmp(w[i], "|"))
				return false;
			continue;
		}
		if (!number(w[i], &v) || e->naccepted == DEV_ACCEPT_MAX)
			return false;
		if (v & ~m)
			return dev_wrong(p, "%s has bits outside the mask", w[i]);
		e->accepted[e->naccepted++] = v;
	}
	e->scored = e->size;
	p->target->complete = true;
	return n % 2;
}

/* What stands behind a read: nothing, "?", "= VALUES" or "LOW..HIGH". */
static bool seen(struct parser *p, struct dev_step *st, u8 forget, char **all, unsigned used,
		 char **w, unsigned n, u32 m)
{
	unsigned size = DV_SIZE(st->size);
	struct dev_expect *e;
	u32 lo, hi;

	if (!n && m == all_ones(size)) {
		st->op = forget;
		return true;
	}
	if (n == 1 && range(w[0], &lo, &hi) && st->op == DV_IN) {
		st->op = DV_RANGE;
		st->value = lo | hi << 16;
		e = dev_add_log(p, DEV_RANGE_LOG);
		text_of(e, all, used + 1);
		e->scored = 1;
		e->accepted[e->naccepted++] = 1;
		p->target->complete = true;
		return true;
	}
	if (!n || !(n == 1 ? !strcmp(w[0], "?") : !strcmp(w[0], "=")))
		return false;
	e = dev_add_log(p, size);
	text_of(e, all, used);
	return n == 1 || accepted(p, e, w + 1, n - 1, m);
}

/* "in", "inw" or "inl" and the like: bytes, or 0. */
static unsigned width(const char *s, const char *stem)
{
	size_t n = strlen(stem);

	if (strncmp(s, stem, n))
		return 0;
	s += n;
	if (!*s || !strcmp(s, "b"))
		return 1;
	return !strcmp(s, "w") ? 2 : !strcmp(s, "l") ? 4 : 0;
}

static bool st_out(struct parser *p, char **w, unsigned n, unsigned size)
{
	struct dev_step *st = dev_add_step(p, DV_OUT, (u8)size);

	if (n != 3 || !port(w[1], st))
		return false;
	if (variable(w[2], &st->value) && !w[2][2]) {
		st->op |= DV_VALUE_VAR;
		return true;
	}
	return number(w[2], &st->value) && !(st->value & ~all_ones(size));
}

static bool st_in(struct parser *p, char **w, unsigned n, unsigned size)
{
	struct dev_step *st = dev_add_step(p, DV_IN, (u8)size);
	char **r = w + 2;
	unsigned left = n - 2;

	return n >= 2 && port(w[1], st) && mask(&r, &left, size, &st->mask) &&
	       seen(p, st, DV_READ, w, n - left, r, left, st->mask);
}

/* PORT [& MASK] = VALUE */
static bool wanted(struct parser *p, char **w, unsigned n, unsigned size, u8 op)
{
	struct dev_step *st = dev_add_step(p, op, (u8)size);
	char **r = w + 2;
	unsigned left = n - 2;

	return n >= 4 && port(w[1], st) && mask(&r, &left, size, &st->mask) && left == 2 &&
	       !strcmp(r[0], "=") && number(r[1], &st->value) && !(st->value & ~st->mask);
}

static bool st_wait(struct parser *p, char **w, unsigned n, unsigned size)
{
	return wanted(p, w, n, size, DV_WAIT);
}

/* The steps in between run more than once, so that they cannot record. */
static bool st_try(struct parser *p)
{
	if (p->trying)
		return dev_wrong(p, "a try within a try");
	p->trying = true;
	p->try_log = p->target->log;
	dev_add_step(p, DV_TRY, 1);
	return true;
}

static bool st_until(struct parser *p, char **w, unsigned n, unsigned size)
{
	if (!p->trying)
		return dev_wrong(p, "an until without try");
	if (p->try_log != p->target->log)
		return dev_wrong(p, "a value between try and until");
	p->trying = false;
	return wanted(p, w, n, size, DV_UNTIL);
}

/* get %a in PORT [& MASK] */
static bool st_get(struct parser *p, char **w, unsigned n)
{
	unsigned size = n >= 4 ? width(w[2], "in") : 0, left = n - 4;
	struct dev_step *st = dev_add_step(p, DV_GET, (u8)size);
	char **r = w + 4;

	return size && variable(w[1], &st->value) && !w[1][2] && port(w[3], st) &&
	       mask(&r, &left, size, &st->mask) && !left;
}

/* diff %a %b [& MASK] LOW..HIGH: b - a */
static bool st_diff(struct parser *p, char **w, unsigned n)
{
	struct dev_step *st = dev_add_step(p, DV_DIFF, 4);
	unsigned left = n - 3;
	char **r = w + 3;
	u32 a, b, lo, hi;
	struct dev_expect *e;

	if (n < 4 || !variable(w[1], &a) || !variable(w[2], &b) || !mask(&r, &left, 4, &st->mask) ||
	    left != 1 || !range(r[0], &lo, &hi))
		return false;
	st->port = (u16)(a | b << 8);
	st->value = lo | hi << 16;
	e = dev_add_log(p, DEV_RANGE_LOG);
	text_of(e, w, n);
	e->scored = 1;
	e->accepted[e->naccepted++] = 1;
	p->target->complete = true;
	return true;
}

static bool in_buffer(u32 lin)
{
	return (lin >= DEV_BUF_LOW && lin < DEV_BUF_HIGH) || (lin >= 0xa0000 && lin < 0x100000) ||
	       lin >= 0xfff00000;
}

/* insw PORT COUNT ADDRESS, outsw too */
static bool st_string(struct parser *p, char **w, unsigned n, unsigned size, u8 op)
{
	struct dev_step *st = dev_add_step(p, op, (u8)size);

	return n == 4 && port(w[1], st) && number(w[2], &st->value) && number(w[3], &st->mask) &&
	       in_buffer(st->mask);
}

static bool st_poke(struct parser *p, char **w, unsigned n, unsigned size)
{
	struct dev_step *st = dev_add_step(p, DV_POKE, (u8)size);

	return n == 3 && number(w[1], &st->mask) && in_buffer(st->mask) &&
	       number(w[2], &st->value) && !(st->value & ~all_ones(size));
}

static bool st_peek(struct parser *p, char **w, unsigned n, unsigned size)
{
	struct dev_step *st = dev_add_step(p, DV_PEEK, (u8)size);
	unsigned left = n - 2;
	char **r = w + 2;

	return n >= 2 && number(w[1], &st->mask) && in_buffer(st->mask) &&
	       mask(&r, &left, size, &st->value) &&
	       seen(p, st, DV_TOUCH, w, n - left, r, left, st->value);
}

static bool st_ints(struct parser *p, char **w, unsigned n)
{
	struct dev_step *st = dev_add_step(p, DV_INTS, 1);
	struct dev_expect *e;
	unsigned i;
	u32 v;

	/* "ints ?": only the count, and nobody judges it. */
	if (n == 2 && !strcmp(w[1], "?")) {
		text_of(dev_add_log(p, 1), w, 1);
		return true;
	}
	if (n < 2 || strcmp(w[1], "=") || n > 9)
		return false;
	st->value = n - 2;
	e = dev_add_log(p, n - 1);
	text_of(e, w, 1);
	e->accepted[0] = n - 2;
	for (i = 2; i < n; i++) {
		if (!number(w[i], &v) || v > 0xff)
			return false;
		e->accepted[0] |= (u64)v << 8 * (i - 1);
	}
	e->naccepted = 1;
	e->scored = e->size;
	p->target->complete = true;
	return true;
}

/* A statement with one number. */
static bool st_one(struct parser *p, char **w, unsigned n, u8 op, u32 max)
{
	struct dev_step *st = dev_add_step(p, op, 1);

	return n == 2 && number(w[1], &st->value) && st->value <= max;
}

/* A step that records a byte; what it must be stands behind "=". */
static bool st_log(struct parser *p, struct dev_step *st, char **w, unsigned n, unsigned used)
{
	struct dev_expect *e;

	st->size = 1;
	if (n < used + 1 || (n == used + 1 && strcmp(w[used], "?")) ||
	    (n > used + 1 && strcmp(w[used], "=")))
		return false;
	e = dev_add_log(p, 1);
	text_of(e, w, used);
	return n == used + 1 || accepted(p, e, w + used + 1, n - used - 1, 0xff);
}

static bool st_fill(struct parser *p, char **w, unsigned n)
{
	struct dev_step *st = dev_add_step(p, DV_FILL, 1);
	u32 count, byte;

	if (n != 4 || !number(w[1], &st->mask) || !in_buffer(st->mask) || !number(w[2], &count) ||
	    !number(w[3], &byte) || byte > 0xff || count > 0x10000)
		return false;
	st->value = byte | count << 8;
	return true;
}

static bool st_move(struct parser *p, char **w, unsigned n)
{
	struct dev_step *st = dev_add_step(p, DV_MOVE, 1);
	u32 count;

	if (n != 4 || !number(w[1], &st->mask) || !number(w[2], &st->value) ||
	    !number(w[3], &count) || !in_buffer(st->mask) || !in_buffer(st->value) ||
	    count > 0xffff)
		return false;
	st->port = (u16)count;
	return true;
}

static bool st_other(struct parser *p, char **w, unsigned n)
{
	struct dev_step *st;

	if (!strcmp(w[0], "ack")) {
		st = dev_add_step(p, DV_ACK, 1);
		return n == 2 && port(w[1], st);
	}
	if (!strcmp(w[0], "arm") && n == 1) {
		dev_add_step(p, DV_ARM, 1);
		return true;
	}
	if (!strcmp(w[0], "try") && n == 1)
		return st_try(p);
	if (!strcmp(w[0], "triple")) {
		st = dev_add_step(p, DV_TRIPLE, 1);
		return n == 1 || (n == 2 && number(w[1], &st->value) && st->value < LOST_KINDS);
	}
	if (!strcmp(w[0], "call") && n >= 2) {
		st = dev_add_step(p, DV_CALL, 1);
		return number(w[1], &st->mask) && in_buffer(st->mask) && st_log(p, st, w, n, 2);
	}
	if (!strcmp(w[0], "back"))
		return st_log(p, dev_add_step(p, DV_BACK, 1), w, n, 1);
	if (!strcmp(w[0], "a20") && n >= 3) {
		st = dev_add_step(p, DV_A20, 1);
		return port(w[1], st) && st_log(p, st, w, n, 2);
	}
	if (!strcmp(w[0], "random")) {
		/* Nothing is expected but that it ends: the byte says that it did. */
		st = dev_add_step(p, DV_RANDOM, 1);
		return n >= 4 && number(w[1], &st->value) && number(w[2], &st->mask) &&
		       st_log(p, st, w, n, 3);
	}
	return false;
}

bool dev_statement(struct parser *p, char **w, unsigned n)
{
	static const struct {
		const char *word;
		u8 op;
		u32 max;
	} ones[] = {{"await", DV_AWAIT, 0xff}, {"eoi", DV_EOI, 1}, {"delay", DV_DELAY, 0x800}};
	static const struct {
		const char *stem;
		bool (*f)(struct parser *p, char **w, unsigned n, unsigned size);
	} wide[] = {{"out", st_out},     {"in", st_in},     {"wait", st_wait},
		    {"until", st_until}, {"poke", st_poke}, {"peek", st_peek}};
	unsigned i, size;

	for (i = 0; i < sizeof wide / sizeof *wide; i++)
		if ((size = width(w[0], wide[i].stem)))
			return wide[i].f(p, w, n, size);
	for (i = 0; i < sizeof ones / sizeof *ones; i++)
		if (!strcmp(w[0], ones[i].word))
			return st_one(p, w, n, ones[i].op, ones[i].max);
	if ((size = width(w[0], "ins")))
		return st_string(p, w, n, size, DV_INS);
	if ((size = width(w[0], "outs")))
		return st_string(p, w, n, size, DV_OUTS);
	if (!strcmp(w[0], "use"))
		return n == 2 && dev_use(p, w[1]);
	if (!strcmp(w[0], "get"))
		return st_get(p, w, n);
	if (!strcmp(w[0], "diff"))
		return st_diff(p, w, n);
	if (!strcmp(w[0], "ints"))
		return st_ints(p, w, n);
	if (!strcmp(w[0], "fill"))
		return st_fill(p, w, n);
	if (!strcmp(w[0], "move"))
		return st_move(p, w, n);
	return st_other(p, w, n);
}
