/* SPDX-License-Identifier: MIT
 * The control channel (--control): lines of text come in over a Unix socket or a
 * FIFO, answers go back over the socket.  Nothing here blocks: the vCPU looks at
 * the channel now and then, between guest instructions.
 */
#ifndef REFVMM_CONTROL_H
#define REFVMM_CONTROL_H

#include "refvmm/types.h"

struct control;
struct control_client;

struct control_spec {
	bool fifo; /* else a Unix socket that is created */
	const char *path;
};

/* Create the socket, or open the FIFO.  RC_OK, or another code after one line on
 * stderr naming `opt`. */
int control_open(const char *opt, const struct control_spec *spec, struct control **out);
/* Close all and remove the socket; NULL is allowed. */
void control_close(struct control *c);

/* Execute one line.  `again`: it was not finished last time.  Returns false when
 * it is not finished yet: then it comes again at the next look, and the client's
 * further lines wait. */
typedef bool control_handler(void *arg, struct control_client *client, char *line, bool again);

/* Take what has come in; calls `handler` for every complete line. */
void control_poll(struct control *c, control_handler *handler, void *arg);

/* Answer the client: printf arguments, without the line break. */
void control_reply(struct control_client *client, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void control_reply_bytes(struct control_client *client, const char *data, size_t n);

#endif
