/* SPDX-License-Identifier: MIT
 * A conversation by lines over a UNIX socket, with a patience in milliseconds.
 */
#ifndef HARNESS_BOOT_SOCKET_H
#define HARNESS_BOOT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/* Connect; -1 when nobody listens (yet). */
int socket_connect(const char *path);

bool socket_send(int fd, const char *text);

/* The next line, without its end, cut to n - 1 bytes; false when none came in
 * time or the other side has gone. */
bool socket_line(int fd, char *line, size_t n, int patience_ms);

#endif
