/* SPDX-License-Identifier: MIT
 * The guest linear window over a real memory file: what is mapped where and with
 * which rights, seen through the mappings themselves, and that nothing stays which
 * the guest took back (window.c, mmu.c).
 */
#include "refvmm/window.h"

#include "refvmm/mmu.h"
#include "refvmm/test_main.h"
#include "refvmm/test_paging_support.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LIN   0x00205000u /* above the lowest addresses a host lets map */
#define FRAME (AT_DATA + 0x7000)
#define OTHER (AT_DATA + 0x3000)
#define BIG   0x00400000u

static int pipes[2];
static unsigned checked_pages, checked_all;

void bt_check_pages(struct bt *bt, enum page_class class, bool globals_too)
{
	checked_all++;
}

void bt_check_page(struct bt *bt, u32 lin)
{
	checked_pages++;
}

void alias_update(struct vm *m)
{
}

void shadow_all(struct vm *m)
{
}

static void start_window(u32 cr4)
{
	start(cr4);
	ck_assert_int_eq(pipe(pipes), 0);
	vm->page0_maps = true;
	vm->window->floor = 0;
	window_init(vm->window, (RAM + BEHIND_RAM) >> 12);
	vm->window->user_top = vm->mon;
}

static void *at(u32 lin)
{
	return (void *)(uintptr_t)(lin + vm->linbase);
}

/* System calls say EFAULT where an access would fault. */
static bool readable(u32 lin)
{
	u8 x;

	if (write(pipes[1], at(lin), 1) < 0) {
		ck_assert_int_eq(errno, EFAULT);
		return false;
	}
	ck_assert_int_eq(read(pipes[0], &x, 1), 1);
	return true;
}

static bool writable(u32 lin)
{
	u8 x = 0;

	if (!readable(lin))
		return false;
	memcpy(&x, at(lin), 1);
	ck_assert_int_eq(write(pipes[1], &x, 1), 1);
	if (read(pipes[0], at(lin), 1) < 0) {
		ck_assert_int_eq(errno, EFAULT);
		ck_assert_int_eq(read(pipes[0], &x, 1), 1);
		return false;
	}
	return true;
}

/* "": nothing, "r", "rw". */
static const char *shows(u32 lin)
{
	const char *s = !readable(lin) ? "" : writable(lin) ? "rw" : "r";
	u32 e = vm->window->entry[lin >> 12];

	/* The books agree with the host. */
	ck_assert_int_eq(!!(e & WIN_MAPPED), *s != 0);
	ck_assert_int_eq(!!(e & WIN_WRITE), s[0] && s[1]);
	return s;
}

static u32 word(u32 lin)
{
	u32 x;

	memcpy(&x, at(lin), 4);
	return x;
}

static void fill(u32 lin, bool write)
{
	ck_assert_int_eq(window_fill(vm, lin, write), FILL_DONE);
}

/* ---- filling ---- */

static const struct {
	const char *name;
	u64 entry;
	u8 cpl;
	bool wp, write, code; /* code: the frame is protected */
	enum fill fill;
	const char *shows;
} fills[] = {
	{"absent", 0, 0, false, false, false, FILL_FAULT, ""},
	{"read, clean: not writable before D is set", FRAME | ALL, 0, false, false, false,
	 FILL_DONE, "r"},
	{"read, dirty", FRAME | SET, 0, false, false, false, FILL_DONE, "rw"},
	{"write", FRAME | ALL, 0, false, true, false, FILL_DONE, "rw"},
	{"read of read-only", FRAME | P | A | D, 0, true, false, false, FILL_DONE, "r"},
	{"write to read-only", FRAME | P | A | D, 0, true, true, false, FILL_FAULT, ""},
	{"write to read-only, WP = 0: the monitor's", FRAME | P, 0, false, true, false, FILL_SOFT,
	 ""},
	{"user, supervisor page", FRAME | P | W, 3, true, false, false, FILL_FAULT, ""},
	{"user page", FRAME | ALL, 3, true, true, false, FILL_DONE, "rw"},
	{"code frame, read", FRAME | SET, 0, false, false, true, FILL_DONE, "r"},
	{"code frame, write", FRAME | SET, 0, false, true, true, FILL_SOFT, ""},
	{"ROM, read", 0xd0000 | SET, 0, false, false, false, FILL_DONE, "r"},
	{"ROM, write", 0xd0000 | SET, 0, false, true, false, FILL_SOFT, ""},
	{"device", 0xa0000 | SET, 0, false, false, false, FILL_SOFT, ""},
	{"behind RAM", 0x40000000 | SET, 0, false, false, false, FILL_SOFT, ""},
};

START_TEST(filling)
{
	start_window(0);
	map4k(LIN, fills[_i].entry);
	vcpu->cpl = fills[_i].cpl;
	vcpu->cr0 |= fills[_i].wp ? CR0_WP : 0;
	vm->bt->frame_state[FRAME >> 12] = fills[_i].code ? PG_PROTECTED : PG_NONE;
	ck_assert_msg(window_fill(vm, LIN + 0x123, fills[_i].write) == fills[_i].fill, "%s",
		      fills[_i].name);
	ck_assert_msg(!strcmp(shows(LIN), fills[_i].shows), "%s: %s", fills[_i].name, shows(LIN));
	if (fills[_i].fill == FILL_FAULT)
		ck_assert_uint_eq(vcpu->fault.cr2, LIN + 0x123);
}
END_TEST

START_TEST(dirty_bit_first)
{
	start_window(0);
	map4k(LIN, FRAME | ALL);
	fill(LIN, false);
	ck_assert_str_eq(shows(LIN), "r");
	ck_assert_uint_eq(peek32(pte_at(LIN)), FRAME | ALL | A);
	fill(LIN, true);
	ck_assert_str_eq(shows(LIN), "rw");
	ck_assert_uint_eq(peek32(pte_at(LIN)), FRAME | ALL | A | D);
	/* A fault that no mapping explains is not answered by the same mapping again. */
	ck_assert_int_eq(window_fill(vm, LIN, true), FILL_SOFT);
}
END_TEST

/* Neighbours are mapped along as far as frames and rights go on. */
START_TEST(runs)
{
	start_window(0);
	for (u32 k = 0; k < 8; k++)
		map4k(LIN + k * 0x1000, (FRAME + k * 0x1000) | SET);
	map4k(LIN + 0x3000, (FRAME + 0x3000) | ((SET) & ~U)); /* another right */
	map4k(LIN + 0x6000, OTHER | SET);                     /* another frame */
	map4k(LIN + 0x7000, (FRAME + 0x7000) | ALL);          /* never accessed */
	for (u32 k = 0; k < 8; k++)
		poke32(FRAME + k * 0x1000, k + 1);
	fill(LIN + 0x1000, false);
	for (u32 k = 0; k < 3; k++)
		ck_assert_uint_eq(word(LIN + k * 0x1000), k + 1);
	for (u32 k = 3; k < 8; k++)
		ck_assert_str_eq(shows(LIN + k * 0x1000), "");
	fill(LIN + 0x4000, false);
	ck_assert_str_eq(shows(LIN + 0x3000), "");
	ck_assert_uint_eq(word(LIN + 0x5000), 6);
	ck_assert_str_eq(shows(LIN + 0x6000), "");
	ck_assert_uint_eq(vm->window->mapped[0], 5);
	window_drop_all(vm);
	for (u32 k = 0; k < 8; k++)
		ck_assert_str_eq(shows(LIN + k * 0x1000), "");
	ck_assert_uint_eq(vm->window->mapped[0], 0);
}
END_TEST

/* Every linear page of a frame loses its write permission. */
START_TEST(protection)
{
	start_window(0);
	map4k(LIN, FRAME | SET);
	map4k(LIN + 0x2000, FRAME | SET);
	map4k(LIN + 0x4000, OTHER | SET);
	fill(LIN, true);
	fill(LIN + 0x2000, true);
	fill(LIN + 0x4000, true);
	vm->bt->frame_state[FRAME >> 12] = PG_PROTECTED;
	bt_protect_frame(vcpu, FRAME >> 12);
	ck_assert_str_eq(shows(LIN), "r");
	ck_assert_str_eq(shows(LIN + 0x2000), "r");
	ck_assert_str_eq(shows(LIN + 0x4000), "rw");
	ck_assert_int_eq(window_fill(vm, LIN, true), FILL_SOFT);
	vm->bt->frame_state[FRAME >> 12] = PG_SELFCHECK;
	fill(LIN, true);
	ck_assert_str_eq(shows(LIN), "rw");
}
END_TEST

/* ---- what the guest takes back ---- */

enum how { BY_INVLPG, BY_CR3, BY_PGE, BY_WP };

static void invalidate(enum how how, u32 lin)
{
	switch (how) {
	case BY_INVLPG:
		mmu_invalidate_page(vcpu, lin);
		break;
	case BY_CR3:
		ck_assert_int_eq(mmu_set_cr3(vcpu, vcpu->cr3), MON_OK);
		break;
	case BY_PGE:
		ck_assert_int_eq(mmu_set_mode(vcpu, vcpu->cr0, vcpu->cr4 ^ CR4_PGE), MON_OK);
		break;
	case BY_WP:
		ck_assert_int_eq(mmu_set_mode(vcpu, vcpu->cr0 ^ CR0_WP, vcpu->cr4), MON_OK);
		break;
	}
}

static const struct {
	const char *name;
	u64 before, after;
	const char *shows;
} changes[] = {
	{"nothing", FRAME | SET, FRAME | SET, "rw"},
	{"not present", FRAME | SET, 0, ""},
	{"another frame", FRAME | SET, OTHER | SET, ""},
	{"read-only", FRAME | SET, FRAME | (SET & ~W), "r"},
	{"supervisor", FRAME | SET, FRAME | (SET & ~U), ""},
	{"user", FRAME | (SET & ~U), FRAME | SET, ""},
	{"D cleared", FRAME | SET, FRAME | (SET & ~D), "r"},
	{"A cleared", FRAME | SET, FRAME | (SET & ~A), ""},
	{"more rights", FRAME | (SET & ~W), FRAME | SET, "r"},
	{"to a device", FRAME | SET, 0xa0000 | SET, ""},
};

START_TEST(taken_back)
{
	enum how how = (enum how)(_i / 16);
	u32 k = (u32)_i % 16;

	if (k >= sizeof(changes) / sizeof(changes[0]))
		return;
	start_window(how == BY_PGE ? 0 : CR4_PGE);
	map4k(LIN, changes[k].before);
	fill(LIN, false);
	map4k(LIN, changes[k].after);
	ck_assert_str_ne(shows(LIN), ""); /* a TLB may keep it so long */
	invalidate(how, LIN + 0x800);
	ck_assert_msg(!strcmp(shows(LIN), changes[k].shows), "%s, %d: %s", changes[k].name, how,
		      shows(LIN));
	ck_assert_uint_ge(checked_all + checked_pages, 1); /* code, too */
}
END_TEST

START_TEST(globals)
{
	start_window(CR4_PGE);
	map4k(LIN, FRAME | SET | G);
	map4k(LIN + 0x2000, FRAME | SET);
	fill(LIN, true);
	fill(LIN + 0x2000, true);
	map4k(LIN, 0);
	map4k(LIN + 0x2000, 0);
	invalidate(BY_CR3, 0);
	ck_assert_str_eq(shows(LIN + 0x2000), "");
	ck_assert_str_eq(shows(LIN), "rw"); /* stays, as its G bit says */
	invalidate(BY_INVLPG, LIN);
	ck_assert_str_eq(shows(LIN), "");
	map4k(LIN, FRAME | SET | G);
	fill(LIN, true);
	map4k(LIN, 0);
	invalidate(BY_PGE, 0);
	ck_assert_str_eq(shows(LIN), "");
}
END_TEST

/* INVLPG of any address in a big page drops all of it, also when the directory entry
 * is something else by then; and the monitor's own translations with it. */
START_TEST(big_pages)
{
	static const u64 then[] = {0, AT_PT | SET, BIG | PS | (SET & ~U)};
	u32 cr4 = _i & 1 ? CR4_PAE : CR4_PSE, size = _i & 1 ? 0x200000 : 0x400000, x;
	u32 from = 0x1000000;

	start_window(cr4);
	put_pde(from, BIG | SET | PS);
	poke32(BIG + size - 0x1000, 0x1234);
	fill(from, true);
	ck_assert_str_eq(shows(from + size - 0x1000), "rw");
	ck_assert_str_eq(shows(from + size), "");
	ck_assert_int_eq(lin_read(vcpu, from + size - 0x1000, &x, 4, ACC_READ), MON_OK);
	put_pde(from, then[_i / 2]);
	checked_all = 0;
	invalidate(BY_INVLPG, from + 0x5000);
	for (u32 k = 0; k < size; k += 0x1000)
		ck_assert_str_eq(shows(from + k), "");
	ck_assert_uint_ge(checked_all, 1);
	if (_i < 4)
		ck_assert_int_eq(lin_read(vcpu, from + size - 0x1000, &x, 4, ACC_READ), MON_FAULT);
}
END_TEST

/* ---- without another host fault ---- */

static const struct {
	const char *name;
	u64 entry;
	u8 cpl;
	bool write;
	const char *shows;
} resolved[] = {
	{"read", FRAME | SET, 3, false, "rw"},
	{"write", FRAME | SET, 3, true, "rw"},
	{"read of a clean page", FRAME | (SET & ~D), 3, false, "r"},
	{"write to a clean page: D is set by the access", FRAME | (SET & ~D), 3, true, ""},
	{"A is set by the access", FRAME | ALL, 3, false, ""},
	{"still absent", 0, 3, false, ""},
	{"user code, supervisor page", FRAME | (SET & ~U), 3, false, ""},
	{"kernel, supervisor page", FRAME | (SET & ~U), 0, true, "rw"},
};

START_TEST(fill_resolved)
{
	start_window(0);
	map4k(LIN, resolved[_i].entry);
	vcpu->cpl = resolved[_i].cpl;
	window_fill_resolved(vm, LIN + 0x10, resolved[_i].write);
	ck_assert_msg(!strcmp(shows(LIN), resolved[_i].shows), "%s: %s", resolved[_i].name,
		      shows(LIN));
	ck_assert_uint_eq(peek32(pte_at(LIN)), (u32)resolved[_i].entry);
}
END_TEST

/* The frame that the guest put there for a write replaces the one that was read. */
START_TEST(resolved_copy_on_write)
{
	start_window(0);
	map4k(LIN, FRAME | (SET & ~W));
	poke32(OTHER, 7);
	fill(LIN, false);
	map4k(LIN, OTHER | SET);
	vcpu->cpl = 3;
	window_fill_resolved(vm, LIN, true);
	ck_assert_str_eq(shows(LIN), "rw");
	ck_assert_uint_eq(word(LIN), 7);
}
END_TEST

/* ---- address spaces ---- */

/* What a CR3 does not touch any more is not mapped for ever when it comes back. */
START_TEST(recall_forgets)
{
	const u32 pd2 = 0x30000;
	u32 missing = 0;

	start_window(0);
	map4k(LIN, FRAME | SET);
	map4k(LIN + 0x4000, OTHER | SET);
	fill(LIN, true);
	fill(LIN + 0x4000, true);
	for (u32 round = 0; round < 3 * RECALL_LEARN; round++) {
		ck_assert_int_eq(mmu_set_cr3(vcpu, pd2), MON_OK);
		ck_assert_str_eq(shows(LIN), "");
		ck_assert_int_eq(mmu_set_cr3(vcpu, AT_PD), MON_OK);
		if (!*shows(LIN)) {
			missing++;
			fill(LIN, true);
		}
	}
	ck_assert_uint_eq(missing, 3);
	ck_assert_str_eq(shows(LIN + 0x4000), "");
}
END_TEST

/* A page that turns up later has to be touched in two residences. */
START_TEST(recall_twice)
{
	const u32 pd2 = 0x30000;

	start_window(0);
	map4k(LIN, FRAME | SET);
	map4k(LIN + 0x4000, OTHER | SET);
	fill(LIN, true);
	for (u32 round = 0; round < 4; round++) {
		ck_assert_int_eq(mmu_set_cr3(vcpu, pd2), MON_OK);
		ck_assert_int_eq(mmu_set_cr3(vcpu, AT_PD), MON_OK);
		ck_assert_str_eq(shows(LIN), "rw");
		ck_assert_str_eq(shows(LIN + 0x4000), round < 3 ? "" : "rw");
		if (round == 1 || round == 2)
			fill(LIN + 0x4000, true);
	}
}
END_TEST

/* Mappings are counted by what they are, not by how often they were made. */
START_TEST(room)
{
	start_window(0);
	map4k(LIN, FRAME | SET);
	map4k(LIN + 0x2000, OTHER | SET);
	fill(LIN, true);
	vm->window->n_vmas = 1000000;
	fill(LIN + 0x2000, true);
	ck_assert_str_eq(shows(LIN), "rw");
	ck_assert_uint_eq(vm->bt->stat[ST_window_drops], 0);
	ck_assert_uint_lt(vm->window->n_vmas, 10);
}
END_TEST

START_TEST(address_spaces)
{
	const u32 pd2 = 0x30000, pt2 = 0x31000;

	start_window(0);
	map4k(LIN, FRAME | SET);
	map4k(LIN + 0x4000, OTHER | SET);
	poke32(pd2, pt2 | SET);
	poke32(pt2 + (LIN >> 12 & 0x3ff) * 4, OTHER | SET);
	poke32(FRAME, 1);
	poke32(OTHER, 2);
	fill(LIN, true);
	fill(LIN + 0x4000, true);
	ck_assert_uint_eq(word(LIN), 1);
	ck_assert_int_eq(mmu_set_cr3(vcpu, pd2), MON_OK);
	ck_assert_str_eq(shows(LIN), "");
	ck_assert_str_eq(shows(LIN + 0x4000), "");
	fill(LIN, true);
	ck_assert_uint_eq(word(LIN), 2);
	/* Back: what it had is mapped again, as its tables say now. */
	put_pte(LIN + 0x4000, FRAME | (SET & ~W));
	ck_assert_int_eq(mmu_set_cr3(vcpu, AT_PD), MON_OK);
	ck_assert_str_eq(shows(LIN), "rw");
	ck_assert_uint_eq(word(LIN), 1);
	ck_assert_str_eq(shows(LIN + 0x4000), "r");
	ck_assert_uint_eq(word(LIN + 0x4000), 1);
}
END_TEST

/* ---- user code ---- */

/* Supervisor pages above all user pages: user segments end below them. */
START_TEST(user_top)
{
	start_window(0);
	map4k(LIN, FRAME | SET);
	put_pde(0x70000000, AT_PT | SET);
	put_pte(0x70000000, OTHER | (SET & ~U));
	fill(LIN, true);
	fill(0x70000000, true);
	vcpu->cpl = 3;
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x70000000);
	ck_assert_uint_ge(mode_changes, 1);        /* shadows are chosen again */
	ck_assert_str_eq(shows(0x70000000), "rw"); /* stays for the kernel */
	ck_assert_str_eq(shows(LIN), "rw");
	ck_assert_uint_eq(vm->window->low_supers, 0);
	/* The kernel's next page lies lower, still above: the end moves. */
	vcpu->cpl = 0;
	put_pde(0x6fc00000, AT_PT | SET);
	fill(0x6fc00000, true);
	ck_assert_uint_eq(vm->window->low_supers, 1);
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x6fc00000);
	ck_assert_str_eq(shows(0x6fc00000), "rw");
}
END_TEST

/* Where no limit tells them apart the supervisor's go. */
static const struct {
	const char *name;
	u32 user, super;
} mixes[] = {
	{"in one region", 0x205000, 0x207000},
	{"one after the other in a region", 0x205000, 0x206000},
	{"supervisor below", 0x40000000, 0x205000},
	{"supervisor in region 0, user in region 0", 0x6000, 0x5000},
};

START_TEST(purge)
{
	u32 user = mixes[_i].user, super = mixes[_i].super;

	start_window(0);
	vm->linbase = PAGE0_SHIFT_BY; /* the host's lowest addresses */
	put_pde(user, AT_PT | SET);
	put_pde(super, AT_PT | SET);
	put_pte(user, FRAME | SET);
	put_pte(super, OTHER | (SET & ~U));
	for (int round = 0; round < 3; round++) {
		vcpu->cpl = 0;
		fill(super, true);
		if (!round)
			fill(user, true);
		vcpu->cpl = 3;
		window_enter_user(vm);
		ck_assert_msg(!strcmp(shows(super), ""), "%s: stays", mixes[_i].name);
		ck_assert_msg(!strcmp(shows(user), "rw"), "%s: gone", mixes[_i].name);
		ck_assert_uint_eq(vm->window->low_supers, 0);
		ck_assert_uint_gt(vm->window->user_top, user);
	}
}
END_TEST

/* A region of user pages that turns up above the end stays out of reach (the
 * monitor does those accesses); nothing of the supervisor's comes into it. */
START_TEST(user_above_top)
{
	start_window(0);
	map4k(LIN, FRAME | SET);
	put_pde(0x60000000, AT_PT | SET);
	put_pte(0x60000000, OTHER | (SET & ~U));
	fill(LIN, true);
	fill(0x60000000, true);
	vcpu->cpl = 3;
	window_enter_user(vm);
	put_pde(0x70000000, AT_PT | SET);
	put_pte(0x70005000, FRAME | SET);
	fill(0x70005000, true);
	window_enter_user(vm);
	ck_assert_uint_le(vm->window->user_top, 0x60000000);
	for (u32 k = 0; k < vm->window->user_top >> 12; k++)
		ck_assert(!vm->window->entry[k] || (vm->window->entry[k] & WIN_USER));
}
END_TEST

/* When the supervisor's pages have gone and user code meets the end, it moves up again. */
START_TEST(user_top_rises)
{
	start_window(0);
	map4k(LIN, FRAME | SET);
	put_pde(0x60000000, AT_PT | SET);
	put_pte(0x60000000, OTHER | (SET & ~U));
	put_pde(0x70000000, AT_PT | SET);
	put_pte(0x70001000, OTHER | (SET & ~U));
	fill(LIN, true);
	fill(0x60000000, true);
	fill(0x70001000, true);
	vcpu->cpl = 3;
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x60000000);
	vm->window->user_blocked = true;
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x60000000);
	put_pte(0x60000000, 0);
	invalidate(BY_INVLPG, 0x60000000);
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x60000000);
	vm->window->user_blocked = true;
	window_enter_user(vm);
	ck_assert_uint_eq(vm->window->user_top, 0x70000000);
	ck_assert(!vm->window->user_blocked);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, filling, 0, sizeof(fills) / sizeof(fills[0]));
	tcase_add_test(tc, dirty_bit_first);
	tcase_add_test(tc, runs);
	tcase_add_test(tc, protection);
	tcase_add_loop_test(tc, taken_back, 0, 64);
	tcase_add_test(tc, globals);
	tcase_add_loop_test(tc, big_pages, 0, 6);
	tcase_add_loop_test(tc, fill_resolved, 0, sizeof(resolved) / sizeof(resolved[0]));
	tcase_add_test(tc, resolved_copy_on_write);
	tcase_add_test(tc, address_spaces);
	tcase_add_test(tc, recall_forgets);
	tcase_add_test(tc, recall_twice);
	tcase_add_test(tc, room);
	tcase_add_test(tc, user_top);
	tcase_add_loop_test(tc, purge, 0, sizeof(mixes) / sizeof(mixes[0]));
	tcase_add_test(tc, user_above_top);
	tcase_add_test(tc, user_top_rises);
}

TEST_MAIN("window")
