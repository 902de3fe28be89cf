/* SPDX-License-Identifier: MIT
 * What the watcher of a boot can ask a running VMM: the text and the picture on
 * the screen, and key presses.  One implementation per kind of VMM.
 */
#ifndef HARNESS_BOOT_CONTROL_H
#define HARNESS_BOOT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SCREEN_TEXT = 32768 };

struct control {
	const struct control_ops *ops;
	const char *arg; /* behind "KIND:" */
	pid_t pid;       /* of the VMM, set after the start */
	int in;          /* its standard input where `ops->stdin_pipe`, else -1 */
	int fd;          /* connection, -1 while there is none */
	int bad;         /* complaints in a row */
};

struct control_ops {
	const char *kind;
	bool stdin_pipe; /* commands go to the VMM's standard input */
	/* Text of the screen, zero-terminated lines into out[SCREEN_TEXT]. */
	bool (*text)(struct control *c, char *out);
	/* A PNG file of the screen; NULL where the VMM draws none. */
	bool (*picture)(struct control *c, const char *path);
	/* Press and release keys together: QEMU's names with '-' between, "ctrl-b";
	 * NULL where there is no keyboard. */
	bool (*key)(struct control *c, const char *name);
};

/* From "KIND:ARG"; false when there is no such kind. */
bool control_init(struct control *c, const char *spec);

/* Lines from VGA text cells (character, attribute), 80 columns; what lies
 * behind the last line that is not blank is left out. */
void control_cells(const unsigned char *cells, size_t bytes, char *out);

/* Room for the longest: all modifiers and "bracket_right". */
enum { KEY_NAME = 48 };

/* One key after the other from a text with names in <>, such as "abc<enter>":
 * copies the next key's name to out[KEY_NAME] and returns what follows it, NULL at
 * the end or, with `*bad` set, where there is no such key. */
const char *control_next_key(const char *text, char *out, bool *bad);

extern const struct control_ops control_qmp, control_line, control_bochs, control_file;

#endif
