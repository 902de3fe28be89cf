/* SPDX-License-Identifier: MIT
 * Loads, queries and far transfers by the manual, for the generators whose cases the host
 * CPU cannot run: see rules.h.
 */
#include "conformance/gen/rules.h"

struct target target_seg(const struct tcase *t, unsigned seg)
{
	const struct seg_def *s = &case_segs[seg];
	u8 dpl = t->cpl && seg != SG_RING0 ? 0x60 : 0;

	return (struct target){TO_DESC, s->access | dpl, s->flags, s->base, s->limit};
}

struct target target_flat(u8 access)
{
	return (struct target){TO_DESC, access, 0xc, 0, 0xfffff};
}

static bool is_code(u8 access)
{
	return (access & 0x18) == 0x18;
}

static unsigned dpl_of(const struct target *to)
{
	return to->access >> 5 & 3;
}

static bool above(const struct tcase *t, u16 sel, const struct target *to)
{
	return t->cpl > dpl_of(to) || (sel & 3u) > dpl_of(to);
}

void rule_load(struct tcase *t, unsigned sreg, u16 sel, const struct target *to)
{
	u8 a = to->access;
	bool stack = sreg == A_SS, bad;

	if (to->kind == TO_NULL && !stack) {
		expect_done(t);
		expect(t, X_SEL, sreg, 0, sel);
		return;
	}
	if (to->kind != TO_DESC) {
		expect_fault(t, GP, to->kind == TO_NULL ? 0 : sel & 0xfffcu);
		return;
	}
	if (stack)
		bad = !(a & 0x10) || is_code(a) || !(a & 2) || (sel & 3u) != t->cpl ||
		      dpl_of(to) != t->cpl;
	else
		bad = !(a & 0x10) || (is_code(a) && !(a & 2)) ||
		      (!(is_code(a) && a & 4) && above(t, sel, to));
	if (bad) {
		expect_fault(t, GP, sel & 0xfffcu);
	} else if (!(a & 0x80)) {
		expect_fault(t, stack ? SS : NP, sel & 0xfffcu);
	} else {
		expect_done(t);
		expect(t, X_SEL, sreg, 0, sel);
	}
}

static bool seen(const struct tcase *t, unsigned op, u16 sel, const struct target *to)
{
	u8 a = to->access;

	if (to->kind != TO_DESC)
		return false;
	if (!(a & 0x10)) { /* of these cases: the LDT */
		if (op > 3)
			return false;
	} else if (op == 4 && is_code(a) && !(a & 2)) {
		return false;
	} else if (op == 5 && (is_code(a) || !(a & 2))) {
		return false;
	}
	return ((a & 0x1c) == 0x1c) || !above(t, sel, to);
}

void rule_query(struct tcase *t, unsigned op, unsigned reg, u16 sel, const struct target *to)
{
	bool ok = seen(t, op, sel, to);

	expect_done(t);
	expect(t, X_EFLAGS, 0, F_ZF, ok ? F_ZF : 0);
	if (op > 3)
		return;
	if (!ok)
		expect(t, X_GPR, reg, 0, t->gpr[reg]);
	else if (op == 2)
		expect(t, X_GPR, reg, 0xffff, (u32)to->access << 8);
}

void rule_far(struct tcase *t, bool back, u16 sel, const struct target *to, u32 ip, bool over)
{
	u8 a = to->access;
	bool bad;

	if (to->kind != TO_DESC) {
		expect_fault(t, GP, to->kind == TO_NULL ? 0 : sel & 0xfffcu);
		return;
	}
	if (back)
		bad = (sel & 3u) < t->cpl ||
		      ((a & 4) ? dpl_of(to) > (sel & 3u) : dpl_of(to) != (sel & 3u));
	else
		bad = (a & 4) ? dpl_of(to) > t->cpl : (sel & 3u) > t->cpl || dpl_of(to) != t->cpl;
	if (!is_code(a) || bad) {
		expect_fault(t, GP, sel & 0xfffcu);
	} else if (!(a & 0x80)) {
		expect_fault(t, NP, sel & 0xfffcu);
	} else if (over) {
		expect_fault(t, GP, 0);
	} else {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, ip + 1);
		expect(t, X_SEL, A_CS, 0, (sel & ~3u) | t->cpl);
	}
}
