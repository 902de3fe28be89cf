/* SPDX-License-Identifier: MIT
 * Registers, FLAGS and memory against an expectation (judge.h).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conformance/vectors/judge.h"

u32 start_value(const struct expectation *e, const struct moo_test *t, unsigned reg)
{
	return e->start[reg] | (is_gpr(reg) && !t->init.regs.wide ? JUNK : 0);
}

void differ(struct outcome *o, const char *format, ...)
{
	size_t n = strlen(o->text);
	va_list ap;

	o->verdict = FAIL;
	if (n && n + 3 < sizeof(o->text)) {
		strcpy(o->text + n, ", ");
		n += 2;
	}
	va_start(ap, format);
	vsnprintf(o->text + n, sizeof(o->text) - n, format, ap);
	va_end(ap);
}

/* FLAGS that differ where they are compared: as the other chip's, undefined ones,
 * or wrong.  False: wrong. */
static bool flags_agree(const struct expectation *e, u32 difference, bool strict, struct outcome *o)
{
	enum verdict v;

	if (!difference)
		return true;
	if (e->other && difference == e->other)
		v = PASS_OTHER;
	else if (!(difference & ~e->undefined) && !strict)
		v = PASS_THIRD;
	else
		return false;
	if (o->verdict < v)
		o->verdict = v;
	return true;
}

static void registers(const struct expectation *e, const struct moo_test *t, bool strict,
		      const struct observed *seen, struct outcome *o)
{
	for (unsigned r = 0; r < MOO_REGS; r++) {
		u32 want = e->value[r] | (is_gpr(r) && !t->init.regs.wide ? JUNK : 0);
		u32 d = (want ^ seen->reg[r]) & e->care[r];

		if (r == MOO_EFLAGS && flags_agree(e, d, strict, o))
			continue;
		if (d)
			differ(o, "%s %x expected %x", moo_reg_name(r), seen->reg[r] & e->care[r],
			       want & e->care[r]);
	}
}

static void overlay(u8 want[4096], u32 page, const struct moo_ram *r)
{
	for (u32 k = 0; k < r->n; k++)
		if (moo_ram_address(r, k) >> 12 == page)
			want[moo_ram_address(r, k) & 0xfff] = moo_ram_byte(r, k);
}

/* Every byte of the test's pages; pushed FLAGS are judged like FLAGS. */
static void memory(const struct expectation *e, const struct moo_test *t, bool strict,
		   const struct observed *seen, struct outcome *o)
{
	u32 pushed = 0; /* difference of the FLAGS in memory */
	u8 want[4096];

	for (u32 k = 0; k < seen->n_pages; k++) {
		u32 at = seen->page[k] << 12;
		const u8 *have = seen->ram + at;

		memset(want, 0, sizeof(want));
		overlay(want, seen->page[k], &t->init.ram);
		if (!e->fault)
			overlay(want, seen->page[k], &t->fina.ram);
		if (!memcmp(want, have, sizeof(want)))
			continue;
		for (u32 i = 0; i < sizeof(want); i++) {
			u32 d = want[i] ^ have[i], byte = at + i - e->flags_address;

			if (!d)
				continue;
			if (e->has_flags_address && byte < 2)
				pushed |= d << 8 * byte;
			else
				differ(o, "[%x] %02x expected %02x", at + i, have[i], want[i]);
		}
	}
	pushed &= e->care[MOO_EFLAGS];
	if (!flags_agree(e, pushed, strict, o))
		differ(o, "pushed flags at [%x]: bits %x", e->flags_address, pushed);
}

void judge(const struct expectation *e, const struct moo_test *t, bool strict,
	   const struct observed *seen, struct outcome *o)
{
	registers(e, t, strict, seen, o);
	memory(e, t, strict, seen, o);
}
