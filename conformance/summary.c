/* SPDX-License-Identifier: MIT
 * See summary.h.  The guest's half is in guests/proof/report.c.
 */
#include "conformance/summary.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/oracle.h"
#include "guests/lib/crc32.h"

/* In a payload: vector, mask, then EFLAGS in three bytes. */
enum { FLAGS_AT = 6, FLAGS_DIGITS = 6 };

bool summary_can(const struct tcase *t)
{
	return !t->dev && oracle_class(t) == ORACLE_REQUIRED && !t->choice && !t->ign_mask &&
	       !t->ign_regs && !t->ign_fields && !t->ign_len;
}

static void hex_le(char *at, u32 v, unsigned bytes)
{
	static const char digit[] = "0123456789abcdef";

	for (; bytes--; v >>= 8) {
		*at++ = digit[v >> 4 & 15];
		*at++ = digit[v & 15];
	}
}

/* The payload without undefined flags, in place; false when it is none. */
static bool without_undefined(char *payload, u32 undef)
{
	u32 v = 0;
	unsigned i;

	if (strlen(payload) < FLAGS_AT + FLAGS_DIGITS || !strncmp(payload, "ff", 2))
		return false;
	for (i = 0; i < FLAGS_DIGITS / 2; i++) {
		char byte[3] = {payload[FLAGS_AT + 2 * i], payload[FLAGS_AT + 2 * i + 1]};

		v |= (u32)strtoul(byte, NULL, 16) << 8 * i;
	}
	hex_le(payload + FLAGS_AT, v & ~undef, FLAGS_DIGITS / 2);
	return true;
}

/* CRC-32 going on with this case's line; false when the log cannot tell. */
static bool add(const struct tcase *t, const char *payload, u32 unmet, u32 *crc)
{
	char head[24], *text = NULL;
	bool ok;

	if (t->need & unmet) {
		text = calloc(1, 11);
		if (!text)
			abort();
		hex_le(text, RES_UNMET, 1);
		hex_le(text + 2, t->need & unmet, 4);
		ok = true;
	} else {
		text = strdup(payload ? payload : "");
		if (!text)
			abort();
		ok = without_undefined(text, t->undef);
	}
	snprintf(head, sizeof head, "R %u ", t->id);
	*crc = crc32_add(*crc, head, (u32)strlen(head));
	*crc = crc32_add(*crc, text, (u32)strlen(text));
	free(text);
	return ok;
}

struct summary summary_expect(const struct tlist *l, const struct log *g, const u8 *select,
			      u32 unmet)
{
	struct summary s = {0};
	unsigned i;

	for (i = 0; i < l->n; i++) {
		if (!select[i])
			continue;
		s.cases++;
		if (add(&l->v[i], g->payload[i], unmet, &s.crc))
			continue;
		if (!s.unknown++)
			s.first_unknown = i;
	}
	return s;
}
