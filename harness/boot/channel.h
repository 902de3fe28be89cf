/* SPDX-License-Identifier: MIT
 * The text of one channel as far as the watcher has seen it.
 */
#ifndef HARNESS_BOOT_CHANNEL_H
#define HARNESS_BOOT_CHANNEL_H

#include <regex.h>
#include <stdbool.h>
#include <sys/types.h>

struct text {
	const char *path; /* a growing file, or NULL where others set the text */
	off_t read;       /* of the file */
	char *buf;        /* zero-terminated, without CR and NUL bytes */
	size_t len, room;
	size_t consumed; /* up to here milestones have been found */
	size_t checked;  /* up to here no failure was found */
};

/* Append what the file has grown by. */
void text_follow(struct text *t);

/* Replace the text (a screen). */
void text_set(struct text *t, const char *s);

/* Look behind what milestones have consumed; on a hit consume it and copy the
 * matched line to seen[n]. */
bool text_milestone(struct text *t, const regex_t *r, char *seen, size_t n);

/* Look at lines that were not looked at before (text_checked). */
bool text_failure(const struct text *t, const regex_t *r, char *seen, size_t n);

/* All failures have been looked for. */
void text_checked(struct text *t);

#endif
