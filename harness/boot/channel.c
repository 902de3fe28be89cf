/* SPDX-License-Identifier: MIT
 * Following the output files of a VMM and searching them.
 */
#include "harness/boot/channel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void append(struct text *t, const char *s, size_t n)
{
	if (t->len + n + 1 > t->room) {
		t->room = 2 * (t->len + n + 1);
		t->buf = realloc(t->buf, t->room);
		if (!t->buf) {
			fprintf(stderr, "bootwatch: out of memory\n");
			exit(3);
		}
	}
	/* Terminals' line ends and padding would hide ends of lines. */
	for (size_t i = 0; i < n; i++)
		if (s[i] && s[i] != '\r')
			t->buf[t->len++] = s[i];
	t->buf[t->len] = 0;
}

void text_follow(struct text *t)
{
	char piece[65536];
	ssize_t n;
	int f;

	if (!t->path || (f = open(t->path, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	while ((n = pread(f, piece, sizeof(piece), t->read)) > 0) {
		append(t, piece, (size_t)n);
		t->read += n;
	}
	close(f);
}

void text_set(struct text *t, const char *s)
{
	t->len = t->consumed = t->checked = 0;
	append(t, s, strlen(s));
}

static void line_of(const struct text *t, size_t at, size_t end, char *seen, size_t n)
{
	size_t i = 0;

	while (at && t->buf[at - 1] != '\n')
		at--;
	while (t->buf[end] && t->buf[end] != '\n')
		end++;
	for (; at < end && i < n - 1; at++)
		seen[i++] = t->buf[at];
	seen[i] = 0;
}

/* From a place in the text; ^ matches there only at the start of a line. */
static bool search(const struct text *t, size_t from, const regex_t *r, size_t *end, char *seen,
		   size_t n)
{
	regmatch_t m;
	int flags = from && t->buf[from - 1] != '\n' ? REG_NOTBOL : 0;

	if (!t->buf || regexec(r, t->buf + from, 1, &m, flags))
		return false;
	*end = from + (size_t)m.rm_eo;
	line_of(t, from + (size_t)m.rm_so, *end, seen, n);
	return true;
}

bool text_milestone(struct text *t, const regex_t *r, char *seen, size_t n)
{
	size_t end;

	if (!search(t, t->consumed, r, &end, seen, n))
		return false;
	if (t->path)
		t->consumed = end;
	return true;
}

bool text_failure(const struct text *t, const regex_t *r, char *seen, size_t n)
{
	size_t end;

	return search(t, t->checked, r, &end, seen, n);
}

void text_checked(struct text *t)
{
	/* The last line may still grow. */
	size_t at = t->len;

	while (at && t->buf[at - 1] != '\n')
		at--;
	if (at > t->checked)
		t->checked = at;
}
