/* SPDX-License-Identifier: MIT
 * Host side of the board's character and block interfaces (devices/pc.h).
 *
 * Outputs are opened in two steps, so that a refused run leaves nothing behind:
 * output_open() checks and creates without emptying, output_commit() empties
 * what is there, output_abandon() removes what output_open() created.
 */
#ifndef REFVMM_BACKEND_H
#define REFVMM_BACKEND_H

#include "devices/pc.h"
#include "refvmm/config.h"

/* Open `path` for writing and remember it.  Returns the file descriptor, or -1
 * after one line on stderr naming `opt`.  A FIFO waits for its reader. */
int output_open(const char *opt, const char *path);
/* Is the file one of the outputs so far?  (dev, ino) as in struct stat. */
bool output_is(u64 dev, u64 ino);
/* Empty all regular outputs; RC_OK, or RC_OUTPUT after one line. */
int output_commit(void);
/* Close all; before output_commit(), also remove those that did not exist. */
void output_abandon(void);
/* Close all; RC_OK, or RC_OUTPUT after one line. */
int output_close(void);

/* Connect `c` to what `spec` says.  RC_OK, or another code after one line. */
int char_open(const char *opt, const struct char_spec *spec, struct pc_char *c);
/* Set the terminal for COM1 input: no echo, no line editing, signals kept.  It
 * is restored at char_close(), and by a guard process if this one is killed. */
int char_claim_tty(void);
/* RC_OK, or RC_OUTPUT when a character back end lost data since char_open().
 * The first loss has been reported on stderr when it happened. */
int char_status(void);
void char_close(void);

/* Open a raw image.  max_sectors bounds its size.  RC_OK, or RC_INPUT after one
 * line; the back end is freed by block_close(). */
int block_open(const char *opt, const struct drive_spec *spec, u64 max_sectors,
	       struct pc_block **out);
/* RC_OK, or RC_OUTPUT when the host could not store what was written. */
int block_close(const char *opt, struct pc_block *b);

#endif
