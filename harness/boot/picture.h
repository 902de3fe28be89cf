/* SPDX-License-Identifier: MIT
 * A few words about a picture, to be searched like text.
 */
#ifndef HARNESS_BOOT_PICTURE_H
#define HARNESS_BOOT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

/* "WIDTHxHEIGHT colours=N rows=PERCENT" of a PNG file, where rows counts the rows of
 * pixels that have more than one colour: how much of the screen shows something.
 * False when the file cannot be read. */
bool picture_words(const char *path, char *out, size_t n);

#endif
