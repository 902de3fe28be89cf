/* SPDX-License-Identifier: MIT
 * See screenlog.h.
 */
#include "harness/screenlog.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/summary.h"

enum { ROWS = 25 };

bool screenlog_init(struct screenlog *s, const char *spec, const char *out)
{
	if (!control_init(&s->control, spec))
		return false;
	s->out = out;
	unlink(out);
	return true;
}

/* What lies behind the visible rows is no screen. */
static void cut(char *text)
{
	for (int row = 0; row < ROWS; row++) {
		text = strchr(text, '\n');
		if (!text++)
			return;
	}
	*text = 0;
}

static void append(const struct screenlog *s, const char *text)
{
	FILE *f = fopen(s->out, "a");

	/* What cannot be written is missing from the channel: the reader says so. */
	if (!f)
		return;
	fprintf(f, "\f%s", text);
	fclose(f);
}

bool screenlog_follow(struct screenlog *s)
{
	static char text[SCREEN_TEXT];
	struct summary sum;

	if (!s->control.ops->text(&s->control, text))
		return false;
	cut(text);
	if (strcmp(text, s->last)) {
		strcpy(s->last, text);
		append(s, text);
	}
	summary_parse(text, &sum);
	return sum.state == SUMMARY_WHOLE || *sum.stopped;
}
