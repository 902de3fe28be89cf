/* SPDX-License-Identifier: MIT
 * Translations against changes of their source: protection, the change to
 * self-checking units, exact overlap, units on two pages.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"

static bool live(u32 u)
{
	return bt->unit[u].live;
}

/* Does the unit compare its source?  The compare loads from the window. */
static bool checks_itself(u32 u)
{
	u32 lin = bt_window_address(vcpu, bt->unit[u].lin);

	return memmem((void *)(uintptr_t)bt->unit[u].body, 48, &lin, 4);
}

START_TEST(protect_then_self_check)
{
	u32 u;

	start(false);
	put(0x1000, "40 eb fd");
	u = translate(0x1000);
	ck_assert_uint_eq(protections[1], 1);
	ck_assert(!checks_itself(u));

	ck_assert(bt_write_fault(bt, 1));
	ck_assert(!live(u));
	ck_assert_int_eq(bt->frame_state[1], PG_NONE);
	ck_assert(!bt_write_fault(bt, 1)); /* not protected: somebody else's fault */
	ck_assert_uint_eq(bt->stat[ST_code_page_writes], 1);

	u = translate(0x1000);
	ck_assert_uint_eq(protections[1], 2);
	ck_assert(bt_write_fault(bt, 1));
	ck_assert_int_eq(bt->frame_state[1], PG_SELFCHECK);
	ck_assert_uint_eq(bt->stat[ST_pages_selfcheck], 1);
	ck_assert(!live(u));

	u = translate(0x1000);
	ck_assert(checks_itself(u));
	ck_assert_int_eq(bt->frame_state[1], PG_SELFCHECK); /* and so it stays */
	ck_assert_uint_eq(protections[1], 2);
	ck_assert(!bt_write_fault(bt, 1));
	ck_assert(live(u));
}
END_TEST

START_TEST(other_frames)
{
	start(false);
	ck_assert(!bt_write_fault(bt, 5));
	ck_assert(!bt_write_fault(bt, FRAMES));
	ck_assert(!bt_write_fault(bt, NO_FRAME));
	bt_frame_written(bt, FRAMES, 0, 4); /* out of range: nothing */
	bt_frame_written(bt, NO_FRAME, 0, 4);
	ck_assert_uint_eq(bt->stat[ST_code_page_writes], 0);
}
END_TEST

/* Three units on one page: a store drops those whose bytes it touches. */
START_TEST(exact_overlap)
{
	static const struct {
		u32 off, n;
		unsigned dropped; /* bit per unit */
	} stores[] = {
		{0x0ff, 1, 0},     {0x0ff, 2, 1},    {0x100, 1, 1},      {0x102, 1, 1},
		{0x103, 1, 2},     {0x103, 4, 2},    {0x105, 1, 2},      {0x106, 1, 0},
		{0x106, 0xfa, 0},  {0x106, 0xfb, 4}, {0x000, 0x1000, 7}, {0x200, 2, 4},
		{0x202, 0xdfe, 0},
	};
	u32 u[3];

	start(false);
	put(0x1100, "40 eb 00 40 eb fd");
	put(0x1200, "eb fe");
	u[0] = translate(0x1100);
	u[1] = translate(0x1103);
	u[2] = translate(0x1200);
	bt_frame_written(bt, 1, stores[_i].off, stores[_i].n);
	for (unsigned k = 0; k < 3; k++)
		ck_assert_msg(live(u[k]) != (stores[_i].dropped >> k & 1), "unit %u", k);
	ck_assert_int_eq(bt->frame_state[1], PG_PROTECTED); /* monitor stores see all */
}
END_TEST

START_TEST(two_pages)
{
	static const struct {
		u32 frame, off, n;
		bool dropped;
	} stores[] = {
		{1, 0xffd, 1, false}, {1, 0xffe, 1, true}, {1, 0xfff, 1, true},
		{2, 0x000, 1, true},  {2, 0x003, 1, true}, {2, 0x004, 1, false},
	};
	u32 u;

	start(false);
	put(0x1ffe, "81 c0 78 56 34 12"); /* add eax, imm32 */
	u = translate(0x1ffe);
	ck_assert_uint_eq(bt->unit[u].frame[0], 1);
	ck_assert_uint_eq(bt->unit[u].frame[1], 2);
	ck_assert_uint_eq(protections[1], 1);
	ck_assert_uint_eq(protections[2], 1);
	bt_frame_written(bt, stores[_i].frame, stores[_i].off, stores[_i].n);
	ck_assert_int_eq(live(u), !stores[_i].dropped);
	/* Gone from both lists. */
	ck_assert_uint_eq(bt->frame_units[1], stores[_i].dropped ? 0 : u);
	ck_assert_uint_eq(bt->frame_units[2], stores[_i].dropped ? 0 : u);
}
END_TEST

START_TEST(second_page_checks)
{
	u32 u;

	start(false);
	put(0x1ffe, "81 c0 78 56 34 12");
	bt->frame_state[2] = PG_SELFCHECK;
	u = translate(0x1ffe);
	ck_assert(checks_itself(u));
	ck_assert_uint_eq(protections[2], 0);
}
END_TEST

/* A self-checking unit ends behind its first store: it checked only once. */
START_TEST(store_ends_a_checking_unit)
{
	u32 u;

	start(false);
	put(0x1000, "40 89 03 40 40 eb fe");
	u = translate(0x1000);
	ck_assert_uint_eq(bt->unit[u].n_insns, 5);
	bt_flush(bt);
	bt->frame_state[1] = PG_SELFCHECK;
	u = translate(0x1000);
	ck_assert_uint_eq(bt->unit[u].n_insns, 2);
	put(0x1000, "50 40 40"); /* PUSH stores too */
	bt_invalidate(bt, u);
	ck_assert_uint_eq(bt->unit[translate(0x1000)].n_insns, 1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, protect_then_self_check);
	tcase_add_test(tc, other_frames);
	tcase_add_loop_test(tc, exact_overlap, 0, 13);
	tcase_add_loop_test(tc, two_pages, 0, 6);
	tcase_add_test(tc, second_page_checks);
	tcase_add_test(tc, store_ends_a_checking_unit);
}

TEST_MAIN("coherency")
