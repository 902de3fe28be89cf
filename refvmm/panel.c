/* SPDX-License-Identifier: MIT
 * The commands of the control channel and the typist's eyes and hands.  The
 * commands are listed in docs/control.md; the table below is that list.
 */
#include "refvmm/panel.h"

#include "refvmm/control.h"
#include "refvmm/exit.h"
#include "refvmm/footprint.h"
#include "refvmm/screen_text.h"
#include "refvmm/screenshot.h"
#include "refvmm/typist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEARD_MAX 65536u

struct panel {
	struct panel_machine m;
	struct control *control;
	struct typist *typist;
	struct pc_char com1;
	char *heard; /* what COM1 said and no {serial} has matched yet */
	size_t heard_size;
	bool typing;
};

static void type_key(void *arg, enum key key, enum key_move move)
{
	pc_key(*((struct panel *)arg)->m.pc, key, move);
}

static void type_mouse(void *arg, s32 dx, s32 dy, s32 dz, u8 buttons)
{
	pc_mouse(*((struct panel *)arg)->m.pc, dx, dy, dz, buttons);
}

static bool type_taken(void *arg)
{
	return pc_keys_taken(*((struct panel *)arg)->m.pc);
}

static bool screen_has(void *arg, const char *text)
{
	struct panel *p = arg;
	struct pc_screen s;

	return pc_screen_text(*p->m.pc, &s) &&
	       memmem(s.cell, (size_t)s.cols * s.rows, text, strlen(text));
}

static bool serial_has(void *arg, const char *text)
{
	struct panel *p = arg;
	char *at = memmem(p->heard, p->heard_size, text, strlen(text));

	if (!at)
		return false;
	at += strlen(text);
	p->heard_size -= (size_t)(at - p->heard);
	memmove(p->heard, at, p->heard_size);
	return true;
}

/* Keep the latest HEARD_MAX bytes. */
static int listen_write(void *arg, const u8 *data, int n)
{
	struct panel *p = arg;

	for (int i = 0; i < n; i++) {
		if (p->heard_size == HEARD_MAX) {
			p->heard_size /= 2;
			memmove(p->heard, p->heard + HEARD_MAX / 2, p->heard_size);
		}
		p->heard[p->heard_size++] = (char)data[i];
	}
	return p->com1.write ? p->com1.write(p->com1.arg, data, n) : n;
}

static int listen_read(void *arg, u8 *data, int n)
{
	struct panel *p = arg;

	return p->com1.read(p->com1.arg, data, n);
}

struct pc_char panel_listen(struct panel *p, const struct pc_char *com1)
{
	p->com1 = *com1;
	if (!panel_active(p))
		return *com1;
	return (struct pc_char){
		.arg = p, .write = listen_write, .read = com1->read ? listen_read : NULL};
}

struct panel *panel_new(const struct config *cfg, const struct panel_machine *machine)
{
	struct panel *p = calloc(1, sizeof(*p));
	const struct typist_machine hands = {p,          type_key,   type_mouse,
					     type_taken, screen_has, serial_has};

	if (!p)
		return NULL;
	p->m = *machine;
	p->control = cfg->control;
	p->typing = cfg->type;
	p->typist = typist_new(&hands);
	p->heard = malloc(HEARD_MAX);
	/* The script was checked with the command line. */
	if (!p->typist || !p->heard || (cfg->type && typist_add(p->typist, cfg->type))) {
		panel_free(p);
		return NULL;
	}
	return p;
}

void panel_free(struct panel *p)
{
	if (!p)
		return;
	typist_free(p->typist);
	free(p->heard);
	free(p);
}

bool panel_active(const struct panel *p)
{
	return p->control || p->typing;
}

static bool command_type(struct panel *p, struct control_client *c, char *text, bool again)
{
	const char *wrong = again ? NULL : typist_add(p->typist, text);

	if (wrong)
		control_reply(c, "error %s", wrong);
	else if (!typist_idle(p->typist))
		return false; /* answered when all is typed */
	else
		control_reply(c, "ok");
	return true;
}

/* key ctrl-alt-delete is type {ctrl-alt-delete}. */
static bool command_key(struct panel *p, struct control_client *c, char *name, bool again)
{
	char script[128];

	if (strlen(name) > sizeof(script) - 3 || strpbrk(name, "{} ")) {
		control_reply(c, "error no key is called '%.60s'", name);
		return true;
	}
	snprintf(script, sizeof(script), "{%s}", name);
	return command_type(p, c, script, again);
}

static bool command_screendump(struct panel *p, struct control_client *c, char *path, bool again)
{
	FILE *f = fopen(path, "wbe");
	const char *wrong;

	if (!f) {
		control_reply(c, "error cannot create '%s': %s", path, strerror(errno));
		return true;
	}
	wrong = screenshot_write(*p->m.pc, f);
	if (fclose(f) != 0 && !wrong)
		wrong = "cannot write the picture";
	if (wrong)
		control_reply(c, "error %s", wrong);
	else
		control_reply(c, "ok");
	return true;
}

static bool command_text(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	struct pc_screen s;
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	if (!pc_screen_text(*p->m.pc, &s)) {
		control_reply(c, "error the screen is in a graphics mode");
		return true;
	}
	f = open_memstream(&text, &size);
	if (f) {
		screen_text_print(f, &s, s.rows);
		if (fclose(f) == 0) {
			control_reply(c, "ok %u", s.rows);
			control_reply_bytes(c, text, size);
			free(text);
			return true;
		}
	}
	free(text);
	control_reply(c, "error out of memory");
	return true;
}

static bool command_stats(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	char *json = p->m.stats(p->m.arg);

	if (json) {
		control_reply(c, "ok 1");
		control_reply_bytes(c, json, strlen(json));
	} else {
		control_reply(c, "error out of memory");
	}
	free(json);
	return true;
}

static bool command_drop(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	struct footprint f;

	p->m.drop(p->m.arg);
	if (!footprint_read(&f)) {
		control_reply(c, "error cannot read /proc");
		return true;
	}
	control_reply(c, "ok 1");
	control_reply(c, "{\"rss_kb\":%llu,\"mappings\":%llu}", (unsigned long long)f.rss_kb,
		      (unsigned long long)f.mappings);
	return true;
}

static bool command_reset(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	p->m.reset(p->m.arg);
	control_reply(c, "ok");
	return true;
}

static bool command_powerdown(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	pc_power_button(*p->m.pc);
	control_reply(c, "ok");
	return true;
}

static bool command_nmi(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	pc_iochk(*p->m.pc);
	control_reply(c, "ok");
	return true;
}

static bool command_quit(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	p->m.quit(p->m.arg);
	control_reply(c, "ok");
	return true;
}

static bool command_help(struct panel *p, struct control_client *c, char *nothing, bool again);

static const struct command {
	const char *name, *argument, *help;
	bool (*run)(struct panel *p, struct control_client *c, char *argument, bool again);
} commands[] = {
	{"type", "TEXT", "type a script; answered when all is typed", command_type},
	{"key", "NAME[-NAME...]", "press keys together", command_key},
	{"screendump", "FILE", "write the picture of the screen as PNG", command_screendump},
	{"text", "", "the text screen, one line per row", command_text},
	{"stats", "", "the counters as one line of JSON", command_stats},
	{"drop", "", "unmap the window; what is left, as JSON", command_drop},
	{"reset", "", "push the reset button", command_reset},
	{"powerdown", "", "push the power button (ACPI)", command_powerdown},
	{"nmi", "", "push the button of an NMI card (IOCHK#)", command_nmi},
	{"quit", "", "end the run; exit code 0", command_quit},
	{"help", "", "this list", command_help},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static bool command_help(struct panel *p, struct control_client *c, char *nothing, bool again)
{
	control_reply(c, "ok %zu", COMMANDS);
	for (unsigned i = 0; i < COMMANDS; i++)
		control_reply(c, "%s%s%s - %s", commands[i].name, *commands[i].argument ? " " : "",
			      commands[i].argument, commands[i].help);
	return true;
}

static bool order(void *arg, struct control_client *client, char *line, bool again)
{
	size_t n = strcspn(line, " ");
	char *argument = line[n] ? line + n + 1 : line + n;

	if (!*line)
		return true;
	for (unsigned i = 0; i < COMMANDS; i++) {
		const struct command *k = &commands[i];

		if (strlen(k->name) != n || memcmp(k->name, line, n))
			continue;
		if (!*k->argument == !*argument)
			return k->run(arg, client, argument, again);
		control_reply(client, "error %s %s", k->name,
			      *k->argument ? "needs an argument" : "takes no argument");
		return true;
	}
	control_reply(client, "error unknown command '%.*s' (see help)", (int)n, line);
	return true;
}

void panel_poll(struct panel *p, u64 now)
{
	typist_step(p->typist, now);
	if (p->control)
		control_poll(p->control, order, p);
}
