/* SPDX-License-Identifier: MIT
 * A few words about a picture, to be searched like text.
 */
#ifndef HARNESS_BOOT_PICTURE_H
#define HARNESS_BOOT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

/* "WIDTHxHEIGHT colours=N lit=PERCENT" of a PNG file, where lit counts the
 * pixels that differ from the one in the upper left corner; false
 * when the file cannot be read. */
bool picture_words(const char *path, char *out, size_t n);

#endif
