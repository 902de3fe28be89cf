/* SPDX-License-Identifier: MIT
 * Reading the guest's side of the result protocol (conformance/protocol.md):
 * what was announced, what was started, which records are whole.
 */
#ifndef HARNESS_PROTOCOL_H
#define HARNESS_PROTOCOL_H

#include "refvmm/types.h"

/* What became of one selected case.  PROTO_REST and PROTO_OPEN are only
 * possible when the run stopped before END. */
enum proto_state {
	PROTO_REST, /* never started: the run stopped before */
	PROTO_OK,   /* one whole record */
	PROTO_LOST, /* no record, or none that can be trusted; `why` says */
	PROTO_OPEN, /* started last, and then the run stopped */
};

struct proto_case {
	u32 num; /* number on the wire */
	enum proto_state state;
	const char *line; /* the whole record, into the text, not terminated */
	size_t line_len;
	const char *why; /* static text, NULL unless PROTO_LOST */
	bool started;
};

struct proto_log {
	bool plan, end, reboot;
	u32 plan_count, end_count;
	char digest[17];     /* of PLAN; empty if none */
	char corrupt[100];   /* text of a CORRUPT line; empty if none */
	char gave_up[100];   /* text of an INFO error line: why the guest says no more */
	u32 records;         /* whole records of selected cases */
	u32 unexpected;      /* records of cases that were not selected */
	u32 garbled;         /* protocol lines that could not be read */
	s64 last;            /* the case that started last, or -1 */
	const char *end_why; /* what is wrong with END, or NULL */
};

/* Parse a channel's bytes.  `cases` (sorted by num, `n` of them) gets state and
 * payload; reading stops at END, at a CORRUPT line or when the guest started
 * again.  Bytes that are not lines of the protocol are skipped: some VMMs mix
 * the channel with their own messages. */
void proto_parse(const char *text, size_t len, struct proto_case *cases, size_t n,
		 struct proto_log *log);

/* CRC-32 as in IEEE 802.3; `crc` is 0 at the start. */
u32 proto_crc32(u32 crc, const void *data, size_t len);

#endif
