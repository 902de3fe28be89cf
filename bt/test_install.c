/* SPDX-License-Identifier: MIT
 * Units that leave the translation cache and come back.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"

#include <stdio.h>

static struct bt_unit *unit(u32 u)
{
	return &bt->unit[u];
}

static u32 rel32_target(u32 at)
{
	u32 rel;

	memcpy(&rel, (void *)(uintptr_t)at, 4);
	return at + 4 + rel;
}

static u32 leads_to(u32 u, u32 k)
{
	return rel32_target(unit(u)->body + bt->exit[unit(u)->exits + k].patch);
}

static u32 thunk_of(u32 u, u32 k)
{
	return unit(u)->body + bt->exit[unit(u)->exits + k].thunk;
}

static u32 table_of(u32 u)
{
	return *bt_table_entry(&bt->ctx[unit(u)->ctx], unit(u)->eip);
}

static void chain(u32 from, u32 k, u32 to)
{
	bt_chain(bt, unit(from)->exits + k, to);
}

static void take_out_all(void)
{
	for (unsigned k = 0; k < BT_REGIONS; k++)
		bt_next_region(bt);
}

/* Code that was not patched is the same at another place, but for the way to stubs. */
START_TEST(same_code_elsewhere)
{
	static const char *const code[] = {"40 f4",    "9d c3", "8c 1b eb fe",
					   "e2 fe",    "0f 0b", "ce",
					   "fb 90 90", "0f 31", "8e d8 eb fe"};
	u8 before[512];
	u32 a, at;

	start(_i % 2);
	put(0x1000, code[_i / 2]);
	a = translate(0x1000);
	at = unit(a)->body;
	memcpy(before, (void *)(uintptr_t)at, unit(a)->len);
	take_out_all();
	ck_assert_uint_eq(unit(a)->body, 0);
	ck_assert_uint_eq(bt_unit_at(bt, at), 0);
	bt->tc_next += 0x123;
	bt_install(bt, a);
	ck_assert_uint_ne(unit(a)->body, at);
	ck_assert_uint_eq(bt_unit_at(bt, unit(a)->body), a);
	ck_assert_uint_eq(bt_unit_at(bt, unit(a)->body + unit(a)->len - 1), a);
	for (u32 k = 0, left = unit(a)->n_relocs; k < unit(a)->len; k++) {
		u32 was, is;

		if (before[k] == *(u8 *)(uintptr_t)(unit(a)->body + k))
			continue;
		for (k = k < 3 ? 0 : k - 3;; k++) { /* the rel32 that starts here or before */
			memcpy(&was, before + k, 4);
			memcpy(&is, (void *)(uintptr_t)(unit(a)->body + k), 4);
			if (at + was == unit(a)->body + is)
				break;
			if (was - at == is - unit(a)->body)
				break;
		}
		if (was - at == is - unit(a)->body) { /* an address in the unit */
			k += 3;
			continue;
		}
		is += unit(a)->body + k + 4;
		ck_assert(is >= TEST_MON + MON_STUBS && is < bt->stubs_end);
		ck_assert_uint_ne(left--, 0);
		k += 3;
	}
	ck_assert_uint_eq(bt->stat[ST_units_installed], 1);
	ck_assert_uint_eq(bt->stat[ST_units_removed], 1);
	bt_install(bt, a); /* twice is once */
	ck_assert_uint_eq(bt->stat[ST_units_installed], 1);
}
END_TEST

/* a: jz c; b: jmp c; c: jmp c, on one page or three. */
static u32 a, b, c;

static void three(u32 page)
{
	start(false);
	put(0x1100, "eb fe");
	if (page) {
		put(0x1000, "0f 84 fa 1f 00 00"); /* jz 3000h */
		put(0x2000, "e9 fb 0f 00 00");    /* jmp 3000h */
		put(0x3000, "eb fe");
		a = translate(0x1000);
		b = translate(0x2000);
		c = translate(0x3000);
	} else {
		put(0x1000, "0f 84 fa 00 00 00"); /* jz 1100h */
		put(0x1080, "eb 7e");
		a = translate(0x1000);
		b = translate(0x1080);
		c = translate(0x1100);
	}
	chain(a, 0, c);
	chain(b, 0, c);
	chain(c, 0, c);
}

START_TEST(chains_come_back)
{
	three(_i);
	ck_assert_uint_eq(leads_to(a, 0), unit(c)->body);
	ck_assert_uint_eq(thunk_of(a, 0), thunk_of(a, 1)); /* they share it */
	take_out_all();
	bt_install(bt, a); /* its target is not there */
	ck_assert_uint_eq(leads_to(a, 0), thunk_of(a, 0));
	ck_assert_uint_eq(leads_to(a, 1), thunk_of(a, 1));
	bt_install(bt, c);
	ck_assert_uint_eq(leads_to(a, 0), unit(c)->body);
	ck_assert_uint_eq(leads_to(c, 0), unit(c)->body);
	bt_install(bt, b); /* its target is there */
	ck_assert_uint_eq(leads_to(b, 0), unit(c)->body);
	bt_invalidate(bt, c);
	ck_assert_uint_eq(unit(c)->in, 0);
	ck_assert_uint_eq(leads_to(a, 0), thunk_of(a, 0));
	ck_assert_uint_eq(leads_to(b, 0), thunk_of(b, 0));
	ck_assert_uint_eq(leads_to(c, 0), thunk_of(c, 0));
	ck_assert_uint_eq(bt->stat[ST_chains], 3);
}
END_TEST

/* What happened to the target while the unit was not there. */
START_TEST(chains_that_do_not_hold)
{
	three(1);
	take_out_all();
	bt_install(bt, c);
	bt_invalidate(bt, c);
	bt_install(bt, a);
	ck_assert_uint_eq(leads_to(a, 0), thunk_of(a, 0));
	ck_assert_uint_eq(bt->exit[unit(a)->exits].to, 0);

	/* Not reachable from other pages any more, from its own it is. */
	for (int page = 0; page < 2; page++) {
		three(page);
		take_out_all();
		bt_install(bt, c);
		bt_unreach(bt, c);
		bt_install(bt, b);
		ck_assert_uint_eq(leads_to(b, 0), page ? thunk_of(b, 0) : unit(c)->body);
		ck_assert_uint_eq(leads_to(c, 0), unit(c)->body);
	}
	/* The unit itself goes while it is out: nothing of it stays in the lists. */
	three(1);
	take_out_all();
	bt_invalidate(bt, a);
	bt_install(bt, b);
	bt_install(bt, c);
	ck_assert_uint_eq(bt_find(bt, unit(a)->ctx, 0x1000), 0);
	ck_assert_uint_ne(unit(c)->in, unit(a)->exits);
}
END_TEST

/* Only the region that is begun loses its units. */
START_TEST(one_region_at_a_time)
{
	u32 u[BT_REGIONS], in_first[2];

	start(false);
	put(0x1000, "eb 0e"); /* jmp 1010h */
	put(0x1010, "eb ee"); /* jmp 1000h */
	in_first[0] = translate(0x1000);
	in_first[1] = translate(0x1010);
	for (u32 k = 1; k < BT_REGIONS; k++) {
		bt_next_region(bt);
		put(0x2000 + 16 * k, "e9 eb ef ff ff");
		u[k] = translate(0x2000 + 16 * k);
		chain(u[k], 0, in_first[0]);
		ck_assert_uint_eq(leads_to(u[k], 0), unit(in_first[0])->body);
	}
	chain(in_first[0], 0, in_first[1]);
	chain(in_first[1], 0, u[3]);
	bt_next_region(bt); /* the first again */
	ck_assert_uint_eq(unit(in_first[0])->body | unit(in_first[1])->body, 0);
	ck_assert_uint_eq(unit(u[3])->in, 0);
	for (u32 k = 1; k < BT_REGIONS; k++) {
		ck_assert_uint_ne(unit(u[k])->body, 0);
		ck_assert_uint_eq(leads_to(u[k], 0), thunk_of(u[k], 0));
	}
	bt_install(bt, in_first[0]);
	for (u32 k = 1; k < BT_REGIONS; k++)
		ck_assert_uint_eq(leads_to(u[k], 0), unit(in_first[0])->body);
	ck_assert_uint_eq(bt->stat[ST_cache_regions], BT_REGIONS);
	ck_assert_uint_eq(bt->stat[ST_cache_flushes], 1); /* by bt_init() */
}
END_TEST

START_TEST(tables_come_back)
{
	u32 x, y, entry;

	start(false);
	put(0x1000, "c3");
	put(0x11000, "c3");
	x = translate(0x1000);
	y = translate(0x11000);
	bt_publish(bt, x);
	bt_publish(bt, y);
	entry = unit(x)->entry;
	take_out_all();
	ck_assert_uint_eq(table_of(x), bt->stub_indirect);
	ck_assert_uint_eq(bt_unit_at(bt, entry), 0);
	bt_install(bt, x);
	ck_assert_uint_eq(table_of(x), unit(x)->entry);
	ck_assert_uint_lt(unit(x)->entry, unit(x)->body);
	bt_install(bt, y);
	ck_assert_uint_eq(table_of(x), unit(y)->entry);
	ck_assert_uint_eq(rel32_target(unit(y)->entry + 16), unit(x)->entry);
	/* Unreachable: it comes back, but not into the table. */
	take_out_all();
	bt->resident[PAGE_CLASS_SYSTEM][1].global = true; /* and so not the same page now */
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, true);
	bt_install(bt, x);
	bt_install(bt, y);
	ck_assert(!unit(x)->tabled || !unit(y)->tabled);
}
END_TEST

/* An entry made later than its unit may go before it, or after it. */
START_TEST(entry_in_another_region)
{
	u32 x;

	start(false);
	put(0x1000, "c3");
	x = translate(0x1000);
	bt_next_region(bt);
	bt_publish(bt, x);
	ck_assert_uint_gt(unit(x)->entry, unit(x)->body);
	ck_assert_uint_eq(bt_unit_at(bt, unit(x)->entry), x);
	ck_assert_uint_eq(rel32_target(unit(x)->entry + 28), unit(x)->body);
	for (unsigned k = 1; k < BT_REGIONS; k++)
		bt_next_region(bt); /* up to the unit's own */
	ck_assert_uint_eq(unit(x)->body | unit(x)->entry, 0);
	ck_assert_uint_eq(table_of(x), bt->stub_indirect);
	bt_install(bt, x);
	bt_next_region(bt); /* what was the entry's, which is stale */
	ck_assert_uint_eq(table_of(x), unit(x)->entry);
	ck_assert_uint_ne(unit(x)->body, 0);
}
END_TEST

START_TEST(polled_unit_goes)
{
	three(1);
	ck_assert(bt_poll_unit(bt, a, unit(a)->body));
	take_out_all();
	ck_assert_uint_eq(bt->polled, 0);
	bt_install(bt, c);
	bt_install(bt, a);
	ck_assert_uint_eq(leads_to(a, 0), unit(c)->body);
	/* Its target comes back while it is polled. */
	ck_assert(bt_poll_unit(bt, a, unit(a)->body));
	for (unsigned k = 0; k < BT_REGIONS - 1; k++)
		bt_next_region(bt);
	ck_assert_uint_eq(leads_to(a, 0), thunk_of(a, 0));
	bt_unpoll_unit(bt, a);
	ck_assert_uint_eq(leads_to(a, 0), unit(c)->body);
}
END_TEST

/* Once round the cache, pages that check themselves may try without. */
START_TEST(selfchecks_are_forgotten)
{
	u32 u;

	start(false);
	put(0x1000, "eb fe");
	translate(0x1000);
	bt_write_fault(bt, 1);
	translate(0x1000);
	bt_write_fault(bt, 1);
	u = translate(0x1000);
	ck_assert_int_eq(bt->frame_state[1], PG_SELFCHECK);
	take_out_all();
	ck_assert_int_eq(bt->frame_state[1], PG_NONE);
	ck_assert(!unit(u)->live);
	translate(0x1000);
	ck_assert_int_eq(bt->frame_state[1], PG_PROTECTED);
}
END_TEST

/* A context that came too late for a big table gets one when it needs it. */
START_TEST(hot_context_gets_a_big_table)
{
	u32 ctx, eip = 0, flushes;

	start(false);
	memset(guest, 0xc3, sizeof(guest));
	for (u32 k = 0; k < MON_BIG_COUNT; k++)
		bt_context_of(bt, 0, 0xffffff + k, M_PE | M_D);
	ctx = bt_context(bt, 0);
	ck_assert(!bt->ctx[ctx].big);
	flushes = (u32)bt->stat[ST_cache_flushes];
	while (bt->stat[ST_cache_flushes] == flushes) {
		ck_assert_uint_lt(eip, 0x8000);
		bt_publish(bt, translate(eip++));
	}
	ck_assert(bt->ctx[bt_context(bt, 0)].big);
	ck_assert_uint_gt(eip, 1000);
	for (u32 k = 0; k < MON_BIG_COUNT - 1; k++)
		ck_assert(bt->ctx[bt_context_of(bt, 0, 0xffffff + k, M_PE | M_D)].big);
	ck_assert(!bt->ctx[bt_context_of(bt, 0, 0x123, M_PE | M_D)].big);
	/* It had what it wanted: no second time. */
	flushes = (u32)bt->stat[ST_cache_flushes];
	for (eip = 0; eip < 0x8000; eip++)
		bt_publish(bt, translate(eip));
	ck_assert_uint_eq(bt->stat[ST_cache_flushes], flushes);
}
END_TEST

/* Which way a conditional branch went, by the flags at its thunk. */
START_TEST(shared_thunk)
{
	static const struct {
		u8 cc;
		u32 flags;
		bool taken;
	} cases[] = {
		{0, FL_OF, true},
		{0, 0, false},
		{1, 0, true},
		{2, FL_CF, true},
		{3, FL_CF, false},
		{4, FL_ZF, true},
		{5, FL_ZF, false},
		{6, FL_CF, true},
		{6, FL_ZF, true},
		{6, 0, false},
		{7, FL_ZF, false},
		{8, FL_SF, true},
		{9, FL_SF, false},
		{10, FL_PF, true},
		{11, FL_PF, false},
		{12, FL_SF, true},
		{12, FL_OF, true},
		{12, FL_SF | FL_OF, false},
		{13, FL_SF | FL_OF, true},
		{14, FL_ZF, true},
		{14, FL_OF, true},
		{14, 0, false},
		{15, FL_ZF, false},
		{15, 0, true},
		{1, ~FL_OF, true},
		{12, ~FL_SF & ~FL_OF, false},
	};
	char hex[16];
	u32 u;

	start(false);
	snprintf(hex, sizeof(hex), "%02x 10", 0x70 | cases[_i].cc);
	put(0x1000, hex);
	u = translate(0x1000);
	ck_assert_uint_eq(unit(u)->n_exits, 2);
	ck_assert_uint_eq(bt_exit_taken(bt, unit(u)->exits, cases[_i].flags),
			  unit(u)->exits + !cases[_i].taken);
	ck_assert_uint_eq(bt->exit[unit(u)->exits].target, 0x1012);
	ck_assert_uint_eq(bt->exit[unit(u)->exits + 1].target, 0x1002);
}
END_TEST

/* The smallest cache holds two of the longest units, each with its entry: here one that
 * counts, compares its source and fetches the pointers FXRSTOR loads, from FS and GS in
 * turn. */
START_TEST(longest_unit)
{
	u32 u[2];

	start(true);
	bt_limit_cache(bt, 2 * BT_UNIT_BYTES);
	ck_assert_uint_eq(bt->n_regions, 2);
	for (u32 page = 0; page < 2; page++) {
		for (u32 k = 0; k < 30; k++)
			put(0x1000 * (1 + page) + 8 * k,
			    k % 2 ? "64 0f ae 8d 00 01 00 00" : "65 0f ae 8d 00 01 00 00");
		put(0x1000 * (1 + page) + 240, "eb fe");
		bt->frame_state[1 + page] = PG_SELFCHECK;
		u[page] = translate(0x1000 * (1 + page));
		ck_assert_uint_ge(unit(u[page])->n_insns, 30);
		ck_assert_uint_ge(unit(u[page])->len, 0x1000);
		ck_assert_uint_le(unit(u[page])->len + 64u, BT_UNIT_BYTES);
	}
	ck_assert_uint_eq(unit(u[0])->body, bt->tc_start);
	ck_assert_uint_eq(unit(u[1])->body, bt->tc_start + BT_UNIT_BYTES);
	for (u32 k = 0; k < 8; k++) {
		bt_publish(bt, u[k % 2]);
		ck_assert(unit(u[k % 2])->body && unit(u[k % 2])->tabled);
		ck_assert_uint_le(bt->tc_next, bt->tc_start + 2 * BT_UNIT_BYTES);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, same_code_elsewhere, 0, 18);
	tcase_add_loop_test(tc, chains_come_back, 0, 2);
	tcase_add_test(tc, chains_that_do_not_hold);
	tcase_add_test(tc, one_region_at_a_time);
	tcase_add_test(tc, tables_come_back);
	tcase_add_test(tc, entry_in_another_region);
	tcase_add_test(tc, polled_unit_goes);
	tcase_add_test(tc, selfchecks_are_forgotten);
	tcase_add_test(tc, hot_context_gets_a_big_table);
	tcase_add_loop_test(tc, shared_thunk, 0, 26);
	tcase_add_test(tc, longest_unit);
}

TEST_MAIN("install")
