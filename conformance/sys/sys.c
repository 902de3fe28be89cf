/* SPDX-License-Identifier: MIT
 * System cases: making one, its code, its set-up, its expectations.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/sys/sys.h"

static __attribute__((noreturn)) void too_much(const struct tcase *t, const char *what)
{
	fprintf(stderr, "conformance: %s: too much %s\n", t->name, what);
	exit(3);
}

static const struct mode_cpl *mode_of(unsigned mode, unsigned cpl)
{
	unsigned i;

	for (i = 0; i < MODE_CPL_COUNT; i++)
		if (mode_cpls[i].mode == mode && mode_cpls[i].cpl == cpl)
			return &mode_cpls[i];
	for (i = 0; i < RING_MODE_COUNT; i++)
		if (ring_modes[i].mode == mode && ring_modes[i].cpl == cpl)
			return &ring_modes[i];
	fprintf(stderr, "conformance: no mode %u at CPL %u\n", mode, cpl);
	exit(3);
}

const char *sys_text(const char *format, ...)
{
	static char text[4][40];
	static unsigned next;
	char *s = text[next++ % 4];
	va_list ap;

	va_start(ap, format);
	vsnprintf(s, sizeof text[0], format, ap);
	va_end(ap);
	return s;
}

struct tcase *sys_case(struct gen *g, const char *group, const char *mnemonic, const char *form,
		       unsigned mode, unsigned cpl, const char *cls, const char *cite)
{
	struct cell c = {group, mnemonic, form, cite, mode_of(mode, cpl)};
	struct tcase *t = gen_case(g, &c, cls);

	t->sys = true;
	t->no_native = "a case for the whole machine";
	if (mode == CM_V86)
		t->eflags |= F_VM;
	return t;
}

void sys_code(struct tcase *t, const char *s, ...)
{
	bool wide = mode_opsize(t->mode) == 4 && t->mode != CM_V86;
	va_list ap;

	va_start(ap, s);
	while (*s) {
		unsigned n = 1;
		u32 v;

		if (*s == ' ') {
			s++;
			continue;
		}
		if (*s == 'W' || *s == 'D') {
			n = *s == 'W' ? 2 : 4;
			v = va_arg(ap, u32);
			s++;
		} else if (*s == 'O' || *s == 'o') {
			n = wide == (*s == 'o');
			v = 0x66;
			s++;
		} else {
			v = (u32)strtoul((char[]){s[0], s[1], 0}, NULL, 16);
			s += 2;
		}
		for (; n; n--, v >>= 8) {
			if (t->code_len == TC_CODE_MAX)
				too_much(t, "code");
			t->code[t->code_len++] = (u8)v;
		}
	}
	va_end(ap);
}

void sys_op(struct tcase *t, unsigned kind, unsigned idx, u32 lo, u32 hi)
{
	if (t->nop == TC_OPS_MAX)
		too_much(t, "set-up");
	t->op[t->nop++] = (struct sysop){(u8)kind, (u8)idx, lo, hi};
}

u32 desc_low(u32 base, u32 limit)
{
	return (limit & 0xffff) | base << 16;
}

u32 desc_high(u32 base, u32 limit, u8 access, u8 flags)
{
	return ((base >> 16) & 0xff) | (u32)access << 8 | (limit & 0xf0000) | (u32)flags << 20 |
	       (base & 0xff000000);
}

void sys_desc(struct tcase *t, unsigned kind, unsigned slot, u32 base, u32 limit, u8 access,
	      u8 flags)
{
	sys_op(t, kind, slot, desc_low(base, limit), desc_high(base, limit, access, flags));
}

void sys_gate(struct tcase *t, unsigned kind, unsigned slot, u16 sel, u32 offset, u8 access,
	      u8 count)
{
	sys_op(t, kind, slot, (offset & 0xffff) | (u32)sel << 16,
	       (offset & 0xffff0000) | (u32)access << 8 | count);
}

static void add(struct tcase *t, struct texp e)
{
	if (t->nexp == TC_EXP_MAX)
		too_much(t, "expectation");
	t->exp[t->nexp++] = e;
}

void expect(struct tcase *t, unsigned kind, unsigned idx, u32 mask, u32 value)
{
	add(t, (struct texp){.kind = (u8)kind, .idx = (u8)idx, .mask = mask, .value = value});
}

void expect_mem(struct tcase *t, u32 lin, unsigned n, u32 mask, u32 value)
{
	add(t,
	    (struct texp){.kind = X_MEM, .idx = (u8)n, .lin = lin, .mask = mask, .value = value});
}

void expect_same(struct tcase *t, u32 lin, unsigned n)
{
	add(t, (struct texp){.kind = X_SAME, .idx = (u8)n, .lin = lin});
}

void expect_or(struct tcase *t, const char *choice, u32 alt)
{
	struct texp *e = &t->exp[t->nexp - 1];

	e->either = true;
	e->alt = alt;
	t->choice = choice;
	if (e->kind == X_GPR) {
		t->ign_reg = e->idx;
		t->ign_mask |= e->value ^ alt;
	} else if (e->kind == X_SAME || e->kind == X_MEM) {
		t->ign_lin = e->lin;
		t->ign_len = e->idx;
	} else {
		too_much(t, "choice");
	}
}

void expect_done(struct tcase *t)
{
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + t->code_len + 1u);
}

void expect_fault(struct tcase *t, unsigned vector, u32 error)
{
	expect(t, X_VECTOR, 0, 0, vector);
	if (t->mode != CM_REAL16 &&
	    (vector == DF || (vector >= TS && vector <= PF) || vector == AC))
		expect(t, X_ERROR, 0, 0, error);
}

void gen_sys(struct gen *g)
{
	gen_sys_check(g);
	gen_sys_load(g);
	gen_sys_limit(g);
	gen_sys_page(g);
	gen_sys_priv(g);
	gen_sys_iomap(g);
	gen_sys_align(g);
	gen_sys_fpu(g);
	gen_sys_gate(g);
	gen_sys_iret(g);
	gen_sys_debug(g);
	gen_sys_cross(g);
	gen_sys_task(g);
	gen_sys_sensitive(g);
}
