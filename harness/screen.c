/* SPDX-License-Identifier: MIT
 * Print what the last screen of a guest says, as one JSON object.
 *
 *   screen CHANNEL
 *
 * CHANNEL is what `watch --screen` has left, or the text of one screen (typed off the
 * monitor of a PC): lines as conformance/protocol.md has them under "Summary on the screen".
 *
 * Exit: 0 whatever is there, 2 usage, 3 the file cannot be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/jsonout.h"
#include "harness/summary.h"

/* Screens are small; of a long log only the end matters. */
enum { ROOM = 1 << 16 };

static bool read_end(const char *path, char *text)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0, i;
	long size;
	bool ok;

	if (!f)
		return false;
	ok = !fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 &&
	     !fseek(f, size > ROOM ? size - ROOM : 0, SEEK_SET);
	if (ok)
		n = fread(text, 1, ROOM, f);
	ok = ok && !ferror(f);
	fclose(f);
	for (i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	text[n] = 0;
	return ok;
}

int main(int argc, char **argv)
{
	static const char *const states[] = {"none", "damaged", "whole"};
	static char text[ROOM + 1];
	struct summary s;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: screen CHANNEL\n");
		return 2;
	}
	if (!read_end(argv[1], text)) {
		fprintf(stderr, "screen: '%s' cannot be read\n", argv[1]);
		return 3;
	}
	summary_parse(summary_last(text), &s);
	printf("{\"state\":\"%s\"", states[s.state]);
	if (s.state == SUMMARY_WHOLE)
		printf(",\"digest\":\"%s\",\"cases\":%u,\"crc\":\"%08x\",\"unmet\":\"%08x\"",
		       s.digest, s.cases, s.crc, s.unmet);
	if (s.done >= 0)
		printf(",\"done\":%lld,\"all\":%lld", (long long)s.done, (long long)s.all);
	if (*s.stopped) {
		printf(",\"stopped\":");
		json_string(stdout, s.stopped);
	}
	puts("}");
	return fflush(stdout) || ferror(stdout) ? 3 : 0;
}
