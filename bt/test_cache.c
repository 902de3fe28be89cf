/* SPDX-License-Identifier: MIT
 * The translation cache: contexts, lookup, chaining, invalidation, flushing,
 * poll patches and the recovery of guest state.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"

#include <stdlib.h>

static u32 rel32_target(u32 at)
{
	u32 rel;

	memcpy(&rel, (void *)(uintptr_t)at, 4);
	return at + 4 + rel;
}

static struct bt_unit *unit(u32 u)
{
	return &bt->unit[u];
}

static struct bt_exit_slot *exit_of(u32 u, u32 k)
{
	ck_assert_uint_lt(k, unit(u)->n_exits);
	return &bt->exit[unit(u)->exits + k];
}

/* Where the exit leads now. */
static u32 leads_to(u32 u, u32 k)
{
	return rel32_target(unit(u)->body + exit_of(u, k)->patch);
}

static u32 thunk_of(u32 u, u32 k)
{
	return unit(u)->body + exit_of(u, k)->thunk;
}

static u32 table_of(u32 u)
{
	const struct bt_ctx *c = &bt->ctx[unit(u)->ctx];
	u32 *t = (u32 *)(uintptr_t)c->table;

	return t[unit(u)->eip & (c->big ? 0xffff : 0xff)];
}

START_TEST(contexts)
{
	u32 a, b;

	start(false);
	a = bt_context(bt, 0);
	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(bt_context(bt, 0), a);
	ck_assert(bt->ctx[a].big);
#define DIFFERS(change, undo)                                                                      \
	do {                                                                                       \
		change;                                                                            \
		b = bt_context(bt, 0);                                                             \
		ck_assert_msg(b != a, #change);                                                    \
		ck_assert_uint_eq(bt_context(bt, 0), b);                                           \
		undo;                                                                              \
		ck_assert_msg(bt_context(bt, 0) == a, #undo);                                      \
	} while (0)
	DIFFERS(vcpu->cpl = 3, vcpu->cpl = 0);
	DIFFERS(vcpu->seg[S_CS].base = 0x1000, vcpu->seg[S_CS].base = 0);
	DIFFERS(vcpu->seg[S_CS].limit = 0xffff, vcpu->seg[S_CS].limit = 0xffffffff);
	DIFFERS(vcpu->seg[S_CS].attr &= ~D_DB, vcpu->seg[S_CS].attr |= D_DB);
	DIFFERS(vcpu->seg[S_SS].attr &= ~D_DB, vcpu->seg[S_SS].attr |= D_DB);
	DIFFERS(vcpu->cr0 &= ~CR0_PE, vcpu->cr0 |= CR0_PE);
	DIFFERS(vcpu->cr0 |= CR0_TS, vcpu->cr0 &= ~CR0_TS);
	DIFFERS(vcpu->cr0 |= CR0_EM, vcpu->cr0 &= ~CR0_EM);
	DIFFERS(vcpu->cr0 |= CR0_MP, vcpu->cr0 &= ~CR0_MP);
	DIFFERS(vcpu->cr4 |= CR4_TSD, vcpu->cr4 &= ~CR4_TSD);
	DIFFERS(vcpu->cr4 &= ~CR4_OSFXSR, vcpu->cr4 |= CR4_OSFXSR);
	DIFFERS(vcpu->vflags |= FL_IOPL, vcpu->vflags = 0);
	DIFFERS(vcpu->vflags |= FL_NT, vcpu->vflags = 0);
	DIFFERS(vcpu->vflags |= FL_TF, vcpu->vflags = 0);
	DIFFERS(vcpu->fs_owner = OWNER_GS, vcpu->fs_owner = OWNER_FS);
	ck_assert_uint_ne(bt_context(bt, M_SINGLE), a);
	/* What no translation depends on makes no new context. */
	vcpu->vflags = FL_IF;
	vcpu->seg[S_CS].sel = 0x1234;
	vcpu->seg[S_DS].base = 0x5000;
	ck_assert_uint_eq(bt_context(bt, 0), a);
}
END_TEST

START_TEST(more_contexts_than_fit)
{
	start(false);
	for (u32 k = 0; k < 3 * BT_CTXS; k++) {
		u32 c = bt_context_of(bt, k * 16, 0xffff, M_PE);

		if (!c || c >= BT_CTXS || bt->ctx[c].cs_base != k * 16)
			ck_abort_msg("context %u for base %x", c, k * 16);
	}
	ck_assert_uint_ge(bt->stat[ST_cache_flushes], 4); /* bt_init() counts one */
	/* Big tables are few; the rest get small ones. */
	bt_flush(bt);
	for (u32 k = 0; k <= MON_BIG_COUNT; k++)
		ck_assert_int_eq(bt->ctx[bt_context_of(bt, k, ~0u, M_PE | M_D)].big,
				 k < MON_BIG_COUNT);
}
END_TEST

START_TEST(lookup)
{
	u32 a, b, real, ctx;

	start(false);
	put(0x1000, "40 c3");
	ctx = bt_context(bt, 0);
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1000), 0);
	a = translate(0x1000);
	b = translate(0x1001);
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1000), a);
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1001), b);
	real16();
	real = translate(0x1000); /* same bytes, other meaning */
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1000), a);
	ck_assert_uint_eq(bt_find(bt, unit(real)->ctx, 0x1000), real);
	bt_invalidate(bt, a);
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1000), 0);
	ck_assert_uint_eq(bt_find(bt, ctx, 0x1001), b);
	bt_invalidate(bt, a); /* twice is once */
	ck_assert_uint_eq(bt->stat[ST_units_invalidated], 1);

	for (u32 h = bt->tc_start - 16; h < bt->tc_next + 16; h++) {
		u32 u = bt_unit_at(bt, h), want = 0;

		for (u32 k = 1; k < bt->n_units; k++)
			if (h >= unit(k)->body && h < unit(k)->body + unit(k)->len)
				want = k;
		if (u != want)
			ck_abort_msg("host %x: unit %u, not %u", h, u, want);
	}
}
END_TEST

START_TEST(colliding_units)
{
	u32 ctx, u[64];

	start(false);
	ctx = bt_context(bt, 0);
	/* Equal low bits: same table entry, often the same hash chain. */
	memset(guest, 0xc3, sizeof(guest));
	for (u32 k = 0; k < 60; k++)
		if (k != DEVICE_FRAME && k != ABSENT_FRAME)
			u[k] = translate(k << 12);
	for (u32 k = 0; k < 60; k += 3)
		if (k != DEVICE_FRAME && k != ABSENT_FRAME)
			bt_invalidate(bt, u[k]);
	for (u32 k = 0; k < 60; k++)
		if (k != DEVICE_FRAME && k != ABSENT_FRAME)
			ck_assert_uint_eq(bt_find(bt, ctx, k << 12), k % 3 ? u[k] : 0);
}
END_TEST

START_TEST(publish)
{
	u32 a, other, third;

	start(false);
	put(0x1000, "c3");
	a = translate(0x1000);
	ck_assert_uint_eq(table_of(a), bt->stub_indirect);
	bt_publish(bt, a);
	ck_assert_uint_eq(table_of(a), unit(a)->entry);
	other = translate(0x11000); /* shares the entry: the low 16 bits */
	bt_publish(bt, other);
	ck_assert_uint_eq(table_of(a), unit(other)->entry);
	ck_assert_uint_eq(rel32_target(unit(other)->entry + 16), unit(a)->entry);
	third = translate(0x21000);
	bt_publish(bt, third);
	bt_publish(bt, third);    /* twice is once */
	bt_invalidate(bt, other); /* out of the middle */
	ck_assert_uint_eq(table_of(a), unit(third)->entry);
	ck_assert_uint_eq(rel32_target(unit(third)->entry + 16), unit(a)->entry);
	bt_invalidate(bt, third);
	ck_assert_uint_eq(table_of(a), unit(a)->entry);
	ck_assert_uint_eq(rel32_target(unit(a)->entry + 16), bt->stub_indirect);
	bt_invalidate(bt, a);
	ck_assert_uint_eq(table_of(a), bt->stub_indirect);
}
END_TEST

START_TEST(chaining)
{
	u32 from[3], to;

	start(false);
	put(0x1000, "74 7e"); /* jz 1080h */
	put(0x1010, "74 6e");
	put(0x1020, "eb 5e");
	put(0x1080, "eb fe"); /* itself */
	for (u32 k = 0; k < 3; k++) {
		from[k] = translate(0x1000 + k * 0x10);
		ck_assert_uint_eq(exit_of(from[k], 0)->target, 0x1080);
		ck_assert_uint_eq(leads_to(from[k], 0), thunk_of(from[k], 0));
	}
	ck_assert_uint_eq(unit(from[0])->n_exits, 2);
	ck_assert_uint_eq(exit_of(from[0], 1)->target, 0x1002);
	to = translate(0x1080);
	for (u32 k = 0; k < 3; k++) {
		bt_chain(bt, unit(from[k])->exits, to);
		ck_assert_uint_eq(leads_to(from[k], 0), unit(to)->body);
	}
	bt_chain(bt, unit(to)->exits, to);
	ck_assert_uint_eq(bt->stat[ST_chains], 4);

	bt_invalidate(bt, from[1]); /* out of the middle of the list */
	ck_assert_uint_eq(leads_to(from[1], 0), thunk_of(from[1], 0));
	ck_assert_uint_eq(leads_to(from[0], 0), unit(to)->body);
	ck_assert_uint_eq(leads_to(from[2], 0), unit(to)->body);

	bt_invalidate(bt, to); /* also leads to itself */
	ck_assert_uint_eq(unit(to)->in, 0);
	ck_assert_uint_eq(leads_to(to, 0), thunk_of(to, 0));
	ck_assert_uint_eq(leads_to(from[0], 0), thunk_of(from[0], 0));
	ck_assert_uint_eq(leads_to(from[2], 0), thunk_of(from[2], 0));
	ck_assert_uint_eq(exit_of(from[0], 0)->to, 0);
}
END_TEST

/* Each pool that runs out drops all units and the new one is made all the same. */
START_TEST(full)
{
	u64 flushes;
	u32 u;

	start(false);
	put(0x1000, "f4");    /* HLT: a callout */
	put(0x1010, "74 0e"); /* two exits */
	translate(0x1000);
	flushes = bt->stat[ST_cache_flushes];
	switch (_i) {
	case 0:
		bt->n_code = BT_CODE - 100;
		break;
	case 1:
		bt->n_units = BT_UNITS - 1;
		break;
	case 2:
		bt->n_exits = BT_EXITS - 2;
		break;
	case 3:
		bt->n_maps = BT_MAPS - 10;
		break;
	case 4:
		put(0x1010, "f4");
		bt->n_callouts = BT_CALLOUTS - 1;
		break;
	}
	u = translate(0x1010);
	ck_assert_uint_eq(bt->stat[ST_cache_flushes], flushes + 1);
	ck_assert_uint_eq(u, 1);
	ck_assert_uint_eq(bt->n_units, 2);
	ck_assert_uint_eq(bt_find(bt, bt_context(bt, 0), 0x1000), 0);
	ck_assert_uint_eq(unit(u)->body, bt->tc_start);
}
END_TEST

START_TEST(flush_forgets_everything)
{
	start(false);
	put(0x1000, "eb fe");
	translate(0x1000);
	ck_assert_int_eq(bt->frame_state[1], PG_PROTECTED);
	bt_flush(bt);
	ck_assert_int_eq(bt->frame_state[1], PG_NONE);
	ck_assert_uint_eq(bt->frame_units[1], 0);
	ck_assert_uint_eq(bt_find(bt, bt_context(bt, 0), 0x1000), 0);
	ck_assert_uint_eq(bt_unit_at(bt, bt->tc_start), 0);
}
END_TEST

/* ---- polls ---- */

static u8 *host_bytes(u32 u)
{
	return (u8 *)(uintptr_t)unit(u)->body;
}

START_TEST(poll_branches)
{
	u8 before[512];
	u32 a, b, n;

	start(false);
	put(0x1000, "40 74 7d"); /* inc eax; jz 1080h */
	a = translate(0x1000);
	b = translate(0x1080);
	bt_chain(bt, unit(a)->exits, b);
	n = unit(a)->len;
	memcpy(before, host_bytes(a), n);
	ck_assert(bt_poll_unit(bt, a, unit(a)->body));
	ck_assert_uint_eq(bt->polled, a);
	for (u32 k = 0; k < 2; k++)
		ck_assert_uint_eq(leads_to(a, k), thunk_of(a, k));
	bt_unpoll_unit(bt, a);
	ck_assert_uint_eq(bt->polled, 0);
	ck_assert_mem_eq(before, host_bytes(a), n);
	ck_assert_uint_eq(leads_to(a, 0), unit(b)->body);

	/* The target went away meanwhile. */
	ck_assert(bt_poll_unit(bt, a, unit(a)->body));
	bt_invalidate(bt, b);
	bt_unpoll_unit(bt, a);
	ck_assert_uint_eq(leads_to(a, 0), thunk_of(a, 0));

	/* Polling another unit takes the first patch back. */
	memcpy(before, host_bytes(a), n);
	ck_assert(bt_poll_unit(bt, a, unit(a)->body));
	ck_assert(bt_poll_unit(bt, b, unit(b)->body));
	ck_assert_mem_eq(before, host_bytes(a), n);
	ck_assert_uint_eq(bt->polled, b);
}
END_TEST

/* Indirect branches: the first bytes of the tail become a jump to the thunk; a
 * unit already inside the tail cannot be stopped there. */
START_TEST(poll_tails)
{
	static const char *const code[] = {"40 c3", "40 ff e0", "40 ff 10", "40 c2 08 00",
					   "40 ff 24 85 00 20 00 00"};
	u8 before[512];
	u32 a, n, patch;

	start(false);
	put(0x1000, code[_i]);
	a = translate(0x1000);
	ck_assert_uint_eq(unit(a)->n_exits, 1);
	ck_assert_int_eq(exit_of(a, 0)->kind, XK_TAIL);
	ck_assert_uint_eq(exit_of(a, 0)->target, 0x1001); /* the branch runs again */
	n = unit(a)->len;
	patch = unit(a)->body + exit_of(a, 0)->patch;
	memcpy(before, host_bytes(a), n);
	ck_assert(bt_poll_unit(bt, a, patch));
	ck_assert_uint_eq(*(u8 *)(uintptr_t)patch, 0xe9);
	ck_assert_uint_eq(rel32_target(patch + 1), thunk_of(a, 0));
	bt_unpoll_unit(bt, a);
	ck_assert_mem_eq(before, host_bytes(a), n);
	ck_assert(!bt_poll_unit(bt, a, patch + 1));
	ck_assert_uint_eq(bt->polled, 0);
	ck_assert_mem_eq(before, host_bytes(a), n);
}
END_TEST

/* ---- recovery ---- */

START_TEST(recover_eip)
{
	u32 a, eip, last = 0x1000;

	start(true); /* counting prelude included */
	put(0x1000, "01 d8 8b 03 9c 58 eb fe");
	a = translate(0x1000);
	ck_assert_uint_eq(unit(a)->n_insns, 5);
	for (u32 h = unit(a)->body; h < unit(a)->body + unit(a)->len; h++) {
		eip = bt_recover(bt, a, h);
		if (eip < last || !memchr("\x00\x02\x04\x05\x06", (int)(eip & 0xff), 5))
			ck_abort_msg("host +%x: eip %x after %x", h - unit(a)->body, eip, last);
		last = eip;
		/* Instructions at 0, 2, 4, 5, 6: this one and those behind it. */
		ck_assert_uint_eq(bt_undone(bt, a, h), eip == 0x1000   ? 5
						       : eip == 0x1002 ? 4
								       : 0x1007 - eip);
	}
	ck_assert_uint_eq(last, 0x1006);
	bt_publish(bt, a);
	ck_assert_uint_eq(bt_unit_at(bt, unit(a)->entry), a);
	ck_assert_uint_eq(bt_recover(bt, a, unit(a)->entry), 0x1000);
	ck_assert_uint_eq(bt_undone(bt, a, unit(a)->entry), 5);
}
END_TEST

/* What STI and a load of SS hold off until the instruction behind them has run. */
START_TEST(recover_shadow)
{
	u32 a, eip;
	unsigned seen = 0;

	start(false);
	put(0x1000, "90 fb 88 03 90 8e d0 88 03 fb eb fe");
	a = translate(0x1000);
	for (u32 h = unit(a)->body; h < unit(a)->body + unit(a)->len; h++) {
		eip = bt_recover(bt, a, h);
		ck_assert_uint_eq(bt_shadow(bt, a, h), eip == 0x1002 || eip == 0x100a ? SHADOW_STI
						       : eip == 0x1007                ? SHADOW_SS
										      : 0);
		seen |= 1u << (eip & 15);
	}
	ck_assert_uint_eq(seen, 1u | 1u << 1 | 1u << 2 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 9 |
					1u << 10);
}
END_TEST

/* MOV m16,Sreg and CALL m32 use a register of the guest's: behind the spill a
 * fault puts it back. */
START_TEST(recover_spilled)
{
	static const struct {
		const char *code;
		u8 reg;
	} cases[] = {
		{"8c 1b", R_EAX},    /* mov [ebx], ds */
		{"8c 18", R_ECX},    /* mov [eax], ds */
		{"8c 1c 08", R_EDX}, /* mov [eax + ecx], ds */
		{"ff 13", R_ECX},    /* call [ebx] */
	};
	u32 a;
	bool restored = false;

	start(false);
	put(0x1000, cases[_i].code);
	a = translate(0x1000);
	vcpu->spill_eax = vcpu->spill_ecx = vcpu->spill_edx = 0x600d;
	for (u32 h = unit(a)->body; h < unit(a)->body + unit(a)->len; h++) {
		for (int r = 0; r < 8; r++)
			vcpu->gpr[r] = 0xbad;
		ck_assert_uint_eq(bt_recover(bt, a, h) & ~0xfu, 0x1000);
		if (bt_recover(bt, a, h) != 0x1000)
			break;
		for (int r = 0; r < 8; r++)
			if (r != cases[_i].reg)
				ck_assert_uint_eq(vcpu->gpr[r], 0xbad);
		restored |= vcpu->gpr[cases[_i].reg] == 0x600d;
	}
	ck_assert(restored);
}
END_TEST

/* ---- what cannot be translated ---- */

START_TEST(fetch_faults)
{
	enum mon m;
	u32 u;

	start(false);
	ck_assert_uint_eq(bt_translate(bt, bt_context(bt, 0), ABSENT_FRAME << 12, &m), 0);
	ck_assert_int_eq(m, MON_FAULT);
	ck_assert_uint_eq(vcpu->fault.vector, V_PF);

	/* The second half of an instruction is absent; what stands before runs. */
	put((ABSENT_FRAME << 12) - 3, "40 81 c0");
	vcpu->fault.vector = 0;
	u = bt_translate(bt, bt_context(bt, 0), (ABSENT_FRAME << 12) - 2, &m);
	ck_assert_uint_eq(u, 0);
	ck_assert_uint_eq(vcpu->fault.vector, V_PF);
	u = translate((ABSENT_FRAME << 12) - 3);
	ck_assert_uint_eq(unit(u)->n_insns, 1);
	ck_assert_uint_eq(unit(u)->frame[1], NO_FRAME);

	vcpu->seg[S_CS].limit = 0x1001;
	put(0x1000, "81 c0 00 00 00 00");
	ck_assert_uint_eq(bt_translate(bt, bt_context(bt, 0), 0x1000, &m), 0);
	ck_assert_uint_eq(vcpu->fault.vector, V_GP); /* runs over the limit */
	ck_assert_uint_eq(bt_translate(bt, bt_context(bt, 0), 0x1002, &m), 0);
	ck_assert_uint_eq(vcpu->fault.vector, V_GP); /* starts behind it */
}
END_TEST

START_TEST(device_code)
{
	u32 u;

	start(false);
	u = translate(DEVICE_FRAME << 12);
	ck_assert(!unit(u)->live);
	ck_assert_uint_eq(unit(u)->n_insns, 1);
	ck_assert_uint_eq(bt_find(bt, unit(u)->ctx, DEVICE_FRAME << 12), 0);
	bt_invalidate(bt, u); /* harmless */
	ck_assert_uint_eq(bt->stat[ST_units_invalidated], 0);
}
END_TEST

/* mov eax, cs:[1000h]; ret: hardware FS holds CS when the unit is left, so the return
 * goes through the table of the context that says so. */
START_TEST(owner_changes_before_return)
{
	u32 first, same, ctx, n;
	const u8 *p;

	start(false);
	n = put(0x1000, "2e a1 00 10 00 00");
	put(0x1000 + n, "c3");
	first = translate(0x1000);
	vcpu->fs_owner = OWNER_CS;
	ctx = bt_context(bt, 0);
	ck_assert_uint_ne(ctx, unit(first)->ctx);
	p = host_bytes(first) + exit_of(first, 0)->patch;
	while (memcmp(p, "\x65\xff\x24\x8d", 4) != 0) /* jmp gs:[table + ecx * 4] */
		p++;
	ck_assert_uint_eq(*(const u32 *)(p + 4), bt->ctx[ctx].table);
	/* Where FS holds CS from the start, nothing changes. */
	same = translate(0x1000);
	ck_assert_uint_eq(unit(same)->ctx, ctx);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, contexts);
	tcase_add_test(tc, more_contexts_than_fit);
	tcase_add_test(tc, lookup);
	tcase_add_test(tc, colliding_units);
	tcase_add_test(tc, publish);
	tcase_add_test(tc, chaining);
	tcase_add_loop_test(tc, full, 0, 5);
	tcase_add_test(tc, flush_forgets_everything);
	tcase_add_test(tc, poll_branches);
	tcase_add_loop_test(tc, poll_tails, 0, 5);
	tcase_add_test(tc, recover_eip);
	tcase_add_test(tc, recover_shadow);
	tcase_add_loop_test(tc, recover_spilled, 0, 4);
	tcase_add_test(tc, fetch_faults);
	tcase_add_test(tc, device_code);
	tcase_add_test(tc, owner_changes_before_return);
}

TEST_MAIN("cache")
