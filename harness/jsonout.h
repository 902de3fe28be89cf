/* SPDX-License-Identifier: MIT
 * Writing JSON strings (RFC 8259 section 7).
 */
#ifndef HARNESS_JSONOUT_H
#define HARNESS_JSONOUT_H

#include <stdio.h>

/* Print `s` with quotes and escapes.  Bytes outside ASCII are written as the
 * code point of the same number: raw channel bytes survive, in order. */
static inline void json_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7f)
			fprintf(f, "\\u%04x", *p);
		else
			fputc(*p, f);
	}
	fputc('"', f);
}

#endif
