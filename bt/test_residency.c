/* SPDX-License-Identifier: MIT
 * Units are reached without a look at the page tables only while their pages show
 * the frames they were made from: chains and table entries go when that changes, and
 * nothing else does.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"

/* A jumps to B, to C in its own page and, over a page end, to D. */
#define A 0x1000u
#define C 0x1800u
#define B 0x2000u
#define D 0x2ffeu /* mov eax, imm32: into page 3 */

static u32 a, b, c, d;

static u32 leads_to(u32 u)
{
	u32 patch = bt->unit[u].body + bt->exit[bt->unit[u].exits].patch, rel;

	memcpy(&rel, (void *)(uintptr_t)patch, 4);
	return patch + 4 + rel;
}

static bool chained(u32 from, u32 to)
{
	const struct bt_exit_slot *x = &bt->exit[bt->unit[from].exits];

	if (!x->to) {
		ck_assert_uint_eq(leads_to(from), bt->unit[from].body + x->thunk);
		return false;
	}
	ck_assert_uint_eq(x->to, to);
	ck_assert_uint_eq(leads_to(from), bt->unit[to].body);
	return true;
}

static bool published(u32 u)
{
	const struct bt_ctx *ctx = &bt->ctx[bt->unit[u].ctx];
	u32 at = ((u32 *)(uintptr_t)ctx->table)[bt->unit[u].eip & (ctx->big ? 0xffff : 0xff)];

	ck_assert(at == bt->unit[u].entry || at == bt->stub_indirect);
	return at == bt->unit[u].entry;
}

static void chain(u32 from, u32 to)
{
	bt_chain(bt, bt->unit[from].exits, to);
}

static void start_at(u8 cpl)
{
	start(false);
	vcpu->cpl = cpl;
	put(A, "e9 fb 0f 00 00");         /* jmp B */
	put(A + 0x100, "e9 fb 06 00 00"); /* jmp C */
	put(A + 0x200, "e9 f9 1d 00 00"); /* jmp D */
	put(B, "c3");
	put(C, "c3");
	put(D, "b8 11 22 33 44 c3");
	a = translate(A);
	b = translate(B);
	c = translate(C);
	d = translate(D);
	ck_assert_uint_eq(bt->unit[d].frame[1], 3);
	bt_publish(bt, b);
	chain(a, b);
	ck_assert(chained(a, b));
	ck_assert(published(b));
}

static enum page_class class_at(u8 cpl)
{
	return cpl == 3 ? PAGE_CLASS_USER : PAGE_CLASS_SYSTEM;
}

/* How page 2 can change, and how the guest says so. */
static const struct {
	const char *name;
	struct mapping now;
	bool stays_system, stays_user;
} changes[] = {
	{"nothing", {0}, true, true},
	{"another frame", {.moved = true, .frame = 9}, false, false},
	{"absent", {.absent = true}, false, false},
	{"supervisor", {.system = true}, true, false},
	{"became global", {.global = true}, false, false},
};

START_TEST(checked)
{
	const u8 cpl = _i & 1 ? 3 : 0;
	const bool whole = _i & 2;
	const unsigned k = (unsigned)_i >> 2;
	bool stays = cpl == 3 ? changes[k].stays_user : changes[k].stays_system;

	start_at(cpl);
	mapping[2] = changes[k].now;
	ck_assert(chained(a, b)); /* nothing before the guest says so */
	if (whole) {
		bt_check_pages(bt, class_at(cpl ^ 3), true); /* the other class */
		ck_assert(chained(a, b));
		bt_check_pages(bt, class_at(cpl), false);
	} else {
		bt_check_page(bt, B + 0x234);
	}
	ck_assert_msg(chained(a, b) == stays, "%s", changes[k].name);
	ck_assert_msg(published(b) == stays, "%s", changes[k].name);
	ck_assert(bt->unit[b].live); /* it is found again when the frame is back */
	mapping[2] = (struct mapping){0};
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), b);
	chain(a, b);
	bt_publish(bt, b);
	ck_assert(chained(a, b));
	ck_assert(published(b));
}
END_TEST

/* Global pages are left alone by a load of CR3 only. */
START_TEST(globals)
{
	start(false);
	mapping[2].global = true;
	put(A, "e9 fb 0f 00 00");
	put(B, "c3");
	a = translate(A);
	b = translate(B);
	chain(a, b);
	mapping[2] = (struct mapping){.moved = true, .frame = 9, .global = true};
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, false);
	ck_assert(chained(a, b));
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, true);
	ck_assert(!chained(a, b));
}
END_TEST

/* Inside a page no check is needed, whatever the page shows: whoever runs there came
 * by a checked way. */
START_TEST(within_a_page)
{
	u32 from;

	start_at(0);
	from = translate(A + 0x100);
	chain(from, c);
	ck_assert(chained(from, c));
	mapping[1] = (struct mapping){.moved = true, .frame = 9};
	bt_check_page(bt, A);
	ck_assert(chained(from, c));
	ck_assert(!published(c));
	ck_assert_uint_eq(bt_find(bt, bt->unit[from].ctx, A + 0x100), 0); /* the checked way */
}
END_TEST

/* A unit over a page end depends on both pages. */
START_TEST(two_pages)
{
	for (u32 page = 2; page < 4; page++) {
		u32 from;

		start_at(0);
		from = translate(A + 0x200);
		chain(from, d);
		ck_assert(chained(from, d));
		mapping[page] = (struct mapping){.moved = true, .frame = 9};
		bt_check_page(bt, page << 12);
		ck_assert(!chained(from, d));
		ck_assert_uint_eq(bt_find(bt, bt->unit[d].ctx, D), 0);
		/* Not even asked for again while it is so. */
		chain(from, d);
		ck_assert(!chained(from, d));
		mapping[page] = (struct mapping){0};
		ck_assert_uint_eq(bt_find(bt, bt->unit[d].ctx, D), d);
		chain(from, d);
		ck_assert(chained(from, d));
	}
}
END_TEST

/* One linear address, two address spaces: each frame has a unit of its own. */
START_TEST(found_by_frame)
{
	u32 other;

	start_at(0);
	mapping[2] = (struct mapping){.moved = true, .frame = 9};
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, true);
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), 0);
	guest[0x9000] = 0xc3;
	other = translate(B);
	ck_assert_uint_ne(other, b);
	ck_assert_uint_eq(bt->unit[other].frame[0], 9);
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), other);
	chain(a, other);
	ck_assert(chained(a, other));
	mapping[2] = (struct mapping){0};
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, true);
	ck_assert(!chained(a, other));
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), b);
	mapping[2] = (struct mapping){.absent = true};
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), 0);
}
END_TEST

/* User code does not find units of pages that became the supervisor's. */
START_TEST(found_by_rights)
{
	start_at(3);
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), b);
	mapping[2].system = true;
	ck_assert_uint_eq(bt_find(bt, bt->unit[b].ctx, B), 0);
	ck_assert_uint_ne(bt_find(bt, bt->unit[a].ctx, A), 0);
}
END_TEST

START_TEST(no_room)
{
	start_at(0);
	bt_check_page(bt, B);
	bt->n_resident[PAGE_CLASS_SYSTEM] = BT_RESIDENT;
	put(0x5000, "c3");
	b = translate(0x5000);
	ck_assert(!published(b)); /* slower, not wrong */
	ck_assert(!bt_reach(bt, b));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, checked, 0, 4 * (int)(sizeof(changes) / sizeof(changes[0])));
	tcase_add_test(tc, globals);
	tcase_add_test(tc, within_a_page);
	tcase_add_test(tc, two_pages);
	tcase_add_test(tc, found_by_frame);
	tcase_add_test(tc, found_by_rights);
	tcase_add_test(tc, no_room);
}

TEST_MAIN("residency")
