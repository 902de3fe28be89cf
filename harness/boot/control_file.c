/* SPDX-License-Identifier: MIT
 * A VMM that keeps its screen's text in the file ARG and reads keys from
 * ARG.keys: the scripted VMM with which the harness tests itself.
 */
#include "harness/boot/control.h"

#include <stdio.h>

static bool text(struct control *c, char *out)
{
	FILE *f = fopen(c->arg, "r");
	size_t n;

	if (!f)
		return false;
	n = fread(out, 1, SCREEN_TEXT - 1, f);
	out[n] = 0;
	fclose(f);
	return true;
}

static bool key(struct control *c, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s.keys", c->arg);
	f = fopen(path, "a");
	if (!f)
		return false;
	fprintf(f, "%s\n", name);
	return !fclose(f);
}

const struct control_ops control_file = {"file", false, text, NULL, key};
