/* SPDX-License-Identifier: MIT
 * Operands below the base of GS.  Thread-local storage lies at negative offsets of a
 * flat segment with a base, which one hardware segment cannot let through together
 * with the positive ones when the top of the address space is cut off.  So GS has two
 * shadows (refvmm/shadow.c) and each instruction uses one of them: by the sign of its
 * displacement, until it is seen to fault with the other one right.
 */
#include "bt/bt.h"

/* An instruction that goes back and forth stays with the software path. */
#define MAX_CHANGES 8

static bool by_sign(const struct insn *i)
{
	return i->adsize == 4 && i->disp_size == 4 && i->disp < 0;
}

bool bt_wraps(const struct bt *bt, const struct insn *i, u32 lin)
{
	const struct bt_wrap *w = &bt->wrap[lin & (BT_WRAPS - 1)];

	return w->lin == lin ? w->low : by_sign(i);
}

bool bt_learn_wrap(struct bt *bt, const struct insn *i, u32 lin, bool low)
{
	struct bt_wrap *w = &bt->wrap[lin & (BT_WRAPS - 1)];

	if (bt_wraps(bt, i, lin) == low)
		return false;
	if (w->lin != lin)
		*w = (struct bt_wrap){.lin = lin};
	else if (w->changes == MAX_CHANGES)
		return false;
	w->low = low;
	w->changes++;
	bt->stat[ST_wraps_learned]++;
	return true;
}
