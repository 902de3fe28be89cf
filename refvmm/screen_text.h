/* SPDX-License-Identifier: MIT
 * The VGA text screen on the host's standard output (--display text).
 */
#ifndef REFVMM_SCREEN_TEXT_H
#define REFVMM_SCREEN_TEXT_H

#include "devices/pc.h"

#include <stdio.h>

struct screen_text;

/* `out` stays the caller's; on a terminal the screen is drawn as it changes,
 * elsewhere only screen_text_close() prints.  NULL when out of memory. */
struct screen_text *screen_text_open(FILE *out);
/* Show `now`; draws only changed rows.  Call as often as convenient. */
void screen_text_update(struct screen_text *t, const struct pc_screen *now);
/* Print the last screen (terminal: leave it standing) and free `t`.  Trailing
 * blanks and trailing empty rows are left out.  False if `out` failed. */
bool screen_text_close(struct screen_text *t);

/* Rows 0 to n - 1 as UTF-8, trailing blanks left out. */
void screen_text_print(FILE *out, const struct pc_screen *s, unsigned n);

/* Unicode character of a code page 437 byte as the VGA font draws it. */
u32 cp437_to_unicode(u8 c);

#endif
