/* SPDX-License-Identifier: MIT
 * The picture on the guest's monitor as a PNG file (--screenshot, control
 * command screendump).
 */
#ifndef REFVMM_SCREENSHOT_H
#define REFVMM_SCREENSHOT_H

#include "devices/pc.h"

#include <stdio.h>

/* Write what `pc` shows now.  NULL, or why it could not be written; `out` stays
 * the caller's.  Equal pictures give equal files. */
const char *screenshot_write(struct pc *pc, FILE *out);
/* The same for a picture in memory: 0x00RRGGBB, row by row. */
const char *screenshot_pixels(const u32 *pixel, unsigned width, unsigned height, FILE *out);

#endif
