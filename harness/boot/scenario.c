/* SPDX-License-Identifier: MIT
 * Reading a scenario.
 */
#include "harness/boot/scenario.h"
#include "harness/boot/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const channel_names[CHANNELS] = {"serial", "debugcon", "screen", "picture"};

static const char *file;
static int line_number;

static __attribute__((noreturn)) void bad(const char *what, const char *word)
{
	fprintf(stderr, "bootwatch: %s:%d: %s '%s'\n", file, line_number, what, word ? word : "");
	exit(2);
}

static enum channel channel(const char *word)
{
	for (int i = 0; i < CHANNELS; i++)
		if (word && !strcmp(word, channel_names[i]))
			return (enum channel)i;
	bad("no channel", word);
}

static void compile(regex_t *r, const char *text)
{
	if (!text || !*text || regcomp(r, text, REG_EXTENDED | REG_NEWLINE))
		bad("not a regular expression:", text);
}

static void add_keys(struct scenario *s, const char *name, const char *text)
{
	char key[KEY_NAME];
	bool wrong = false;
	const char *p = text;

	for (int i = 0; i < s->n; i++) {
		if (!name || strcmp(name, s->milestone[i].name))
			continue;
		while (p && (p = control_next_key(p, key, &wrong)))
			;
		if (!text || !*text || wrong)
			bad("unknown key in", text);
		s->milestone[i].keys = strdup(text);
		return;
	}
	bad("keys after an unknown milestone", name);
}

void scenario_read(struct scenario *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char buf[1024];

	file = path;
	if (!f)
		bad("cannot open", path);
	while (fgets(buf, sizeof(buf), f)) {
		char *rest = buf, *word;

		line_number++;
		buf[strcspn(buf, "\n")] = 0;
		word = strsep(&rest, " ");
		if (!strcmp(word, "milestone") && s->n < MAX_MILESTONES) {
			struct milestone *m = &s->milestone[s->n];
			char *name = strsep(&rest, " ");

			if (!name || !*name)
				bad("a milestone without", "name");
			m->name = strdup(name);
			m->channel = channel(strsep(&rest, " "));
			compile(&m->regex, rest);
			s->n++;
		} else if (!strcmp(word, "fail") && s->nfail < MAX_FAILURES) {
			s->failure[s->nfail].channel = channel(strsep(&rest, " "));
			compile(&s->failure[s->nfail].regex, rest);
			s->nfail++;
		} else if (!strcmp(word, "keys")) {
			char *name = strsep(&rest, " ");

			add_keys(s, name, rest);
		} else if (!strcmp(word, "end") && rest) {
			if (strcmp(rest, "exit") && strcmp(rest, "kill"))
				bad("end is exit or kill, not", rest);
			s->exits = !strcmp(rest, "exit");
		} else {
			bad("unknown word, or too many of", word);
		}
	}
	fclose(f);
	if (!s->n)
		bad("no milestone in", path);
}

bool scenario_needs(const struct scenario *s, enum channel c)
{
	for (int i = 0; i < s->nfail; i++)
		if (s->failure[i].channel == c)
			return true;
	for (int i = 0; i < s->n; i++)
		if (!s->milestone[i].reached)
			return s->milestone[i].channel == c;
	return false;
}
