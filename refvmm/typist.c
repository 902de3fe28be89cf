/* SPDX-License-Identifier: MIT
 * The typist: a script becomes a list of steps, and each look at the machine
 * does the steps that are due.  Keys are held long enough for guests that poll
 * the keyboard once per picture.
 */
#include "refvmm/typist.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_NS  25000000ull /* key down */
#define GAP_NS   10000000ull /* all keys up */
#define MAX_KEYS 4u

enum step_kind { STEP_KEYS, STEP_DOWN, STEP_UP, STEP_SCREEN, STEP_SERIAL, STEP_SLEEP, STEP_MOUSE };

struct step {
	enum step_kind kind;
	u16 key[MAX_KEYS]; /* STEP_KEYS: pressed in this order */
	unsigned keys;
	char *text;     /* STEP_SCREEN, STEP_SERIAL */
	u64 ns;         /* STEP_SLEEP */
	s32 dx, dy, dz; /* STEP_MOUSE */
	bool set_buttons;
	u8 buttons;
};

struct typist {
	struct typist_machine m;
	struct step *step;
	unsigned count, at;
	bool holding;  /* the keys of step `at` are down */
	bool sleeping; /* `due` is the end of step `at` */
	u64 due;
	u8 buttons;
};

static char error[120];

static const char *bad(const char *fmt, const char *what, size_t n)
{
	snprintf(error, sizeof(error), fmt, (int)n, what);
	return error;
}

struct typist *typist_new(const struct typist_machine *machine)
{
	struct typist *t = calloc(1, sizeof(*t));

	if (t && machine)
		t->m = *machine;
	return t;
}

static void drop(struct typist *t, unsigned from)
{
	for (unsigned i = from; i < t->count; i++)
		free(t->step[i].text);
	t->count = from;
}

void typist_free(struct typist *t)
{
	if (!t)
		return;
	drop(t, 0);
	free(t->step);
	free(t);
}

static bool append(struct typist *t, const struct step *s)
{
	struct step *grown = realloc(t->step, (t->count + 1) * sizeof(*grown));

	if (!grown) {
		free(s->text);
		return false;
	}
	t->step = grown;
	t->step[t->count++] = *s;
	return true;
}

static const char *keys_named(struct step *s, const char *p, size_t n)
{
	static const struct {
		const char *name;
		enum key key;
	} alias[] = {{"enter", KEY_RET}, {"space", KEY_SPC}, {"del", KEY_DELETE}};
	const char *whole = p, *end = p + n;

	while (p < end) {
		const char *dash = memchr(p, '-', (size_t)(end - p));
		size_t part = (size_t)((dash ? dash : end) - p);
		enum key k = key_by_name(p, part);

		for (unsigned i = 0; i < sizeof(alias) / sizeof(*alias); i++)
			if (strlen(alias[i].name) == part && !memcmp(alias[i].name, p, part))
				k = alias[i].key;
		if (k == KEY_NONE)
			return bad("no key is called '%.*s'", p, part);
		if (s->keys == MAX_KEYS)
			return bad("too many keys at once: '%.*s'", whole, n);
		s->key[s->keys++] = (u16)k;
		p += part + 1;
	}
	return s->keys ? NULL : bad("{%.*s} names no key", whole, n);
}

/* Seconds with up to nine decimals. */
static bool seconds(const char *p, u64 *ns)
{
	u64 whole = 0, frac = 0, scale = 1000000000;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		whole = whole * 10 + (u64)(*p - '0');
		if (whole > 1000000)
			return false;
	}
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p) && scale > 1; p++) {
			scale /= 10;
			frac += (u64)(*p - '0') * scale;
		}
	*ns = whole * 1000000000 + frac;
	return !*p;
}

static const char *action(struct step *s, const char *word, size_t n, char *argument)
{
	char rest;

	if (n == 4 && !memcmp(word, "wait", n)) {
		s->kind = STEP_SCREEN;
		s->text = argument;
	} else if (n == 6 && !memcmp(word, "serial", n)) {
		s->kind = STEP_SERIAL;
		s->text = argument;
	} else if (n == 5 && !memcmp(word, "sleep", n)) {
		s->kind = STEP_SLEEP;
		if (!seconds(argument, &s->ns))
			return bad("'%.*s' is no number of seconds", argument, strlen(argument));
	} else if ((n == 4 && !memcmp(word, "down", n)) || (n == 2 && !memcmp(word, "up", n))) {
		s->kind = n == 4 ? STEP_DOWN : STEP_UP;
		return keys_named(s, argument, strlen(argument));
	} else if (n == 5 && !memcmp(word, "mouse", n)) {
		s->kind = STEP_MOUSE;
		if (sscanf(argument, "%d %d %c", &s->dx, &s->dy, &rest) != 2 &&
		    sscanf(argument, "%d %d %d %c", &s->dx, &s->dy, &s->dz, &rest) != 3)
			return bad("{mouse %.*s}: two or three numbers are needed", argument,
				   strlen(argument));
	} else if (n == 7 && !memcmp(word, "buttons", n)) {
		unsigned b;

		s->kind = STEP_MOUSE;
		s->set_buttons = true;
		if (sscanf(argument, "%u %c", &b, &rest) != 1 || b > 31)
			return bad("{buttons %.*s}: a sum of 1, 2, 4, 8, 16 is needed", argument,
				   strlen(argument));
		s->buttons = (u8)b;
	} else {
		return bad("unknown action {%.*s ...}", word, n);
	}
	return NULL;
}

/* The inside of {...}, n bytes. */
static const char *braces(struct step *s, const char *p, size_t n)
{
	const char *space = memchr(p, ' ', n), *wrong;
	size_t word = space ? (size_t)(space - p) : n, len = 0;
	char *argument;

	s->kind = STEP_KEYS;
	if (!space)
		return keys_named(s, p, n);
	argument = malloc(n);
	if (!argument)
		return "out of memory";
	for (size_t i = word + 1; i < n; i++) {
		argument[len++] = p[i];
		i += p[i] == '}'; /* doubled, see typist_add() */
	}
	argument[len] = 0;
	wrong = len ? action(s, p, word, argument) : bad("{%.*s} needs an argument", p, n);
	if (s->text != argument || wrong) {
		free(argument);
		s->text = NULL;
	}
	return wrong;
}

/* End of {...}: the first } that is not doubled. */
static const char *closing(const char *p)
{
	for (; *p; p++) {
		if (*p != '}')
			continue;
		if (p[1] != '}')
			return p;
		p++;
	}
	return NULL;
}

const char *typist_add(struct typist *t, const char *script)
{
	unsigned before = t->count;
	const char *wrong = NULL;

	for (const char *p = script; *p && !wrong; p++) {
		struct step s = {.kind = STEP_KEYS};
		bool shift;
		enum key k;

		if (*p == '{' && p[1] != '{') {
			const char *end = closing(p + 1);

			if (!end) {
				wrong = bad("'%.*s' has no closing brace", p, strlen(p));
				break;
			}
			wrong = braces(&s, p + 1, (size_t)(end - p - 1));
			p = end;
		} else {
			p += *p == '{'; /* {{ types one */
			k = key_for_char(*p, &shift);
			if (k == KEY_NONE) {
				wrong = bad("no key types '%.*s'", p, 1);
				break;
			}
			if (shift)
				s.key[s.keys++] = KEY_SHIFT;
			s.key[s.keys++] = (u16)k;
		}
		if (!wrong && !append(t, &s))
			wrong = "out of memory";
	}
	if (wrong)
		drop(t, before);
	return wrong;
}

const char *typist_check(const char *script)
{
	struct typist *t = typist_new(NULL);
	const char *wrong = t ? typist_add(t, script) : "out of memory";

	typist_free(t);
	return wrong;
}

static void press(struct typist *t, const struct step *s, enum key_move move)
{
	for (unsigned i = 0; i < s->keys; i++)
		t->m.key(t->m.arg, (enum key)s->key[i], move);
}

static void release(struct typist *t, const struct step *s)
{
	for (unsigned i = s->keys; i-- > 0;)
		t->m.key(t->m.arg, (enum key)s->key[i], KEY_RELEASED);
}

/* One step; false when it is not over yet. */
static bool perform(struct typist *t, const struct step *s, u64 now)
{
	switch (s->kind) {
	case STEP_KEYS:
		if (!t->holding) {
			press(t, s, KEY_TAPPED);
			t->holding = true;
			t->due = now + HOLD_NS;
			return false;
		}
		release(t, s);
		t->holding = false;
		t->due = now + GAP_NS;
		return true;
	case STEP_DOWN:
		press(t, s, KEY_PRESSED);
		t->due = now + GAP_NS;
		return true;
	case STEP_UP:
		release(t, s);
		t->due = now + GAP_NS;
		return true;
	case STEP_SCREEN:
		return t->m.screen_has(t->m.arg, s->text);
	case STEP_SERIAL:
		return t->m.serial_has(t->m.arg, s->text);
	case STEP_SLEEP:
		if (!t->sleeping)
			t->due = now + s->ns;
		t->sleeping = !t->sleeping;
		return !t->sleeping;
	case STEP_MOUSE:
		if (s->set_buttons)
			t->buttons = s->buttons;
		t->m.mouse(t->m.arg, s->dx, s->dy, s->dz, t->buttons);
		t->due = now + GAP_NS;
		return true;
	}
	return true;
}

void typist_step(struct typist *t, u64 now)
{
	while (t->at < t->count && now >= t->due) {
		struct step *s = &t->step[t->at];

		/* What was typed before has to be taken before more is typed. */
		if (s->kind < STEP_SCREEN && !t->holding && !t->m.taken(t->m.arg))
			return;
		if (!perform(t, s, now))
			return;
		t->at++;
	}
	if (t->at == t->count && t->count) {
		drop(t, 0);
		t->at = 0;
	}
}

bool typist_idle(const struct typist *t)
{
	return t->count == 0 && t->m.taken(t->m.arg);
}

bool typist_waits_for_serial(const struct typist *t)
{
	for (unsigned i = t->at; i < t->count; i++)
		if (t->step[i].kind == STEP_SERIAL)
			return true;
	return false;
}
