/* SPDX-License-Identifier: MIT
 * QEMU through its machine protocol (docs/interop/qmp-spec): -qmp unix:ARG.
 */
#include "harness/boot/control.h"
#include "harness/boot/socket.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

/* Send one command and wait for its answer; events come in between. */
static bool command(struct control *c, const char *text)
{
	char line[4096];

	if (!socket_send(c->fd, text) || !socket_send(c->fd, "\n"))
		return false;
	while (socket_line(c->fd, line, sizeof(line), PATIENCE_MS)) {
		if (strstr(line, "\"return\""))
			return true;
		if (strstr(line, "\"error\"")) {
			fprintf(stderr, "bootwatch: QMP: %s\n", line);
			return false;
		}
	}
	return false;
}

static bool ready(struct control *c)
{
	char line[4096];

	if (c->fd >= 0)
		return true;
	c->fd = socket_connect(c->arg);
	if (c->fd < 0)
		return false;
	if (socket_line(c->fd, line, sizeof(line), PATIENCE_MS) &&
	    command(c, "{\"execute\":\"qmp_capabilities\"}"))
		return true;
	close(c->fd);
	c->fd = -1;
	return false;
}

/* Through a file beside the socket: QMP has no answer with memory in it. */
static bool text(struct control *c, char *out)
{
	static unsigned char cells[SCREEN_TEXT];
	char path[4096], cmd[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s.cells", c->arg);
	snprintf(cmd, sizeof(cmd),
		 "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":753664,\"size\":%d,"
		 "\"filename\":\"%s\"}}",
		 SCREEN_TEXT, path);
	if (!ready(c) || !command(c, cmd) || !(f = fopen(path, "r")))
		return false;
	n = fread(cells, 1, sizeof(cells), f);
	fclose(f);
	unlink(path);
	control_cells(cells, n, out);
	return n == sizeof(cells);
}

static bool picture(struct control *c, const char *path)
{
	char cmd[8192];

	snprintf(cmd, sizeof(cmd),
		 "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\","
		 "\"format\":\"png\"}}",
		 path);
	return ready(c) && command(c, cmd);
}

static bool key(struct control *c, const char *name)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd),
		 "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
		 "\"sendkey %s\"}}",
		 name);
	return ready(c) && command(c, cmd);
}

const struct control_ops control_qmp = {"qmp", false, text, picture, key};
