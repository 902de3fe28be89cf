/* SPDX-License-Identifier: MIT
 * Keeping translations equal to their source bytes.
 *
 * A frame that holds translated code is first protected: its window mappings
 * become read-only and a guest store faults.  A frame that is written again and
 * again (code and hot data on one page, as in boot sectors and real-mode
 * programs) becomes writable for good and its units check their own source
 * bytes each time they run (translate.c, "self-check prelude").  Stores by the
 * monitor and by devices come through bt_frame_written().
 */
#include "bt/bt.h"

/* A second store to a protected frame makes it self-checking: one store is what
 * a loader does, two is a habit, and each costs a host signal. */
#define WRITES_TO_SELFCHECK 2
/* Unless as many units were translated in between: then it is not a habit of the
 * code on the page, but an operating system that uses the page for something else. */
#define HABIT_UNITS 256

/* Drop the units of a frame whose source overlaps [offset, offset + n). */
static void drop_overlapping(struct bt *bt, u32 frame, u32 offset, u32 n)
{
	u32 next;

	for (u32 i = bt->frame_units[frame]; i; i = next) {
		struct bt_unit *u = &bt->unit[i];
		u32 start = u->lin & 0xfff, len = u->glen;

		next = u->frame_next[u->frame[0] == frame ? 0 : 1];
		if (u->frame[0] != frame) { /* the part behind a page end */
			len -= 0x1000 - start;
			start = 0;
		} else if (len > 0x1000 - start) {
			len = 0x1000 - start;
		}
		if (offset < start + len && start < offset + n)
			bt_invalidate(bt, i);
	}
}

void bt_frame_written(struct bt *bt, u32 frame, u32 offset, u32 n)
{
#ifndef WITHOUT_WRITES_INVALIDATE
	if (frame < bt->n_frames && bt->frame_units[frame])
		drop_overlapping(bt, frame, offset, n);
#endif
}

bool bt_write_fault(struct bt *bt, u32 frame)
{
	if (frame >= bt->n_frames || bt->frame_state[frame] != PG_PROTECTED)
		return false;
	bt->stat[ST_code_page_writes]++;
	if ((u32)bt->stat[ST_units_translated] - bt->frame_when[frame] > HABIT_UNITS)
		bt->frame_writes[frame] = 0;
	bt->frame_when[frame] = (u32)bt->stat[ST_units_translated];
	if (++bt->frame_writes[frame] >= WRITES_TO_SELFCHECK) {
		/* Every unit of the frame goes: the new ones check themselves. */
		drop_overlapping(bt, frame, 0, 0x1000);
		bt->frame_state[frame] = PG_SELFCHECK;
		bt->stat[ST_pages_selfcheck]++;
		return true;
	}
	/* Let this store through; the frame is protected again when it is next
	 * translated from, so nothing made from it may stay. */
	drop_overlapping(bt, frame, 0, 0x1000);
	bt->frame_state[frame] = PG_NONE;
	return true;
}
