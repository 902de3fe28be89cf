/* SPDX-License-Identifier: MIT
 * What must be seen during a boot, in order, and where; read from a file of
 * lines that the harness makes from a guest's manifest:
 *
 *   milestone NAME CHANNEL REGEX    extended regular expression, ^ and $ at lines
 *   fail CHANNEL REGEX              seen: the boot has failed
 *   keys MILESTONE TEXT             typed when the milestone has been reached
 *   end exit|kill                   after the last milestone the VMM must leave
 *                                   by itself, or is killed
 */
#ifndef HARNESS_BOOT_SCENARIO_H
#define HARNESS_BOOT_SCENARIO_H

#include <regex.h>
#include <stdbool.h>

enum { MAX_MILESTONES = 64, MAX_FAILURES = 16 };

enum channel { CH_SERIAL, CH_DEBUGCON, CH_SCREEN, CH_PICTURE, CHANNELS };
extern const char *const channel_names[CHANNELS];

struct milestone {
	char *name;
	enum channel channel;
	regex_t regex;
	char *keys; /* NULL: none */
	/* Set when it is reached: nanoseconds since the start, processor time so
	 * far, what matched. */
	bool reached;
	long long ns, cpu_ns;
	char seen[120];
};

struct scenario {
	struct milestone milestone[MAX_MILESTONES];
	int n;
	struct {
		enum channel channel;
		regex_t regex;
	} failure[MAX_FAILURES];
	int nfail;
	bool exits; /* end exit */
};

/* Read and check the file.  A bad line ends the program with status 2 and one
 * line on stderr that names it. */
void scenario_read(struct scenario *s, const char *path);

/* Does a milestone still to come, or a failure, look at this channel? */
bool scenario_needs(const struct scenario *s, enum channel c);

#endif
