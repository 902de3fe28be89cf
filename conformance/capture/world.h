/* SPDX-License-Identifier: MIT
 * The memory of a vector.  Six 64 KiB windows as in arena.h, of which only some
 * pages exist, so that operands and code can lie across the end of what is
 * mapped:
 *
 *   page 0     ends at the limit of the 4 KiB segment, begins below the
 *              expand-down one
 *   page 1     code, operands, stack
 *   page 7     ends where nothing is mapped
 *   page 9     writable, page A read-only
 *   page F     ends at the limit of the 64 KiB segments
 */
#ifndef CONFORMANCE_CAPTURE_WORLD_H
#define CONFORMANCE_CAPTURE_WORLD_H

#include "conformance/arena.h"

#define WORLD_LOW       0x0001u /* 0 */
#define WORLD_WORK      0x0002u /* 1: every vector may touch it */
#define WORLD_ABSENT    0x0080u /* 7, next to a page that is not there */
#define WORLD_RO        0x0600u /* 9 and A */
#define WORLD_LIMIT     0x8000u /* F */
#define WORLD_PAGES     (WORLD_LOW | WORLD_WORK | WORLD_ABSENT | WORLD_RO | WORLD_LIMIT)
#define WORLD_RO_PAGE   10u

#define WORLD_CODE_OFF  0x1100u
#define WORLD_DATA_OFF  0x1400u
#define WORLD_STACK_OFF 0x1c00u

/* Not every segment of segments.def can be made by modify_ldt. */
static inline bool world_segment(unsigned i)
{
	return i != SG_CONF && i != SG_RING0;
}

static inline bool world_page(u32 lin)
{
	return lin >= ARENA_LO && lin < ARENA_HI && (WORLD_PAGES >> ((lin >> 12) & 15) & 1);
}

/* What unlisted bytes hold.  Two versions: a vector whose outcome depends on
 * which one it ran in does not list everything it reads. */
static inline u8 world_background(unsigned version, u32 lin)
{
	bool code = lin >= CASE_CS_BASE && lin < CASE_CS_BASE + 0x10000;

	if (code)
		return version ? 0xcc : 0xf4;
	return (u8)((lin * 0x9e3779b1u) >> 24) ^ (version ? 0x5a : 0);
}

#endif
