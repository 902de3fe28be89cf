/* SPDX-License-Identifier: MIT
 * refvmm's control socket (docs/control.md): one order per line, answered by "ok",
 * "ok N" and N lines, or "error REASON".
 */
#include "harness/boot/control.h"
#include "harness/boot/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

/* The answer's lines go to out[SCREEN_TEXT] where it is not NULL. */
static bool order(struct control *c, const char *text, char *out)
{
	char line[4096], *end;
	unsigned long lines = 0;
	size_t at = 0;

	if (c->fd < 0 && (c->fd = socket_connect(c->arg)) < 0)
		return false;
	if (!socket_send(c->fd, text) || !socket_send(c->fd, "\n") ||
	    !socket_line(c->fd, line, sizeof(line), PATIENCE_MS))
		return false;
	if (strncmp(line, "ok", 2)) {
		if (!out) /* no text in a graphics mode is nothing to complain of */
			fprintf(stderr, "bootwatch: %s: %s\n", text, line);
		return false;
	}
	if (line[2])
		lines = strtoul(line + 2, &end, 10);
	for (; lines; lines--) {
		if (!socket_line(c->fd, line, sizeof(line), PATIENCE_MS))
			return false;
		for (const char *p = line; out && *p && at < SCREEN_TEXT - 2; p++)
			if ((*p & 0xc0) != 0x80) /* one letter for one of UTF-8 */
				out[at++] = *p & 0x80 ? '.' : *p;
		if (out)
			out[at++] = '\n';
	}
	if (out)
		out[at] = 0;
	return true;
}

static bool text(struct control *c, char *out)
{
	return order(c, "text", out);
}

static bool picture(struct control *c, const char *path)
{
	char cmd[4200];

	snprintf(cmd, sizeof(cmd), "screendump %s", path);
	return order(c, cmd, NULL);
}

static bool key(struct control *c, const char *name)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "key %s", name);
	return order(c, cmd, NULL);
}

const struct control_ops control_line = {"line", false, text, picture, key};
