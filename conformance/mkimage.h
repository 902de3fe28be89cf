/* SPDX-License-Identifier: MIT
 * `cases image`: the writer of bootable media.
 */
#ifndef CONFORMANCE_MKIMAGE_H
#define CONFORMANCE_MKIMAGE_H

#include "conformance/tcase.h"

/* `arg`: options and their values, NULL at the end.  The exit code. */
int cases_image(const struct tlist *l, char **arg);

/* cases.c: say why; 2. */
int cases_fail(const char *what, const char *why);
/* cases.c: mark in sel[] what the lines of a selection file (- is stdin) name. */
int cases_select(const struct tlist *l, const char *path, u8 *sel);

#endif
