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

/* Appends to at most max bytes; returns how many there are then. */
static unsigned assemble(const struct tcase *t, u8 *out, unsigned at, unsigned max, bool wide,
			 const char *s, va_list ap)
{
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
			if (at == max)
				too_much(t, "code");
			out[at++] = (u8)v;
		}
	}
	return at;
}

bool sys_wide(const struct tcase *t)
{
	return mode_opsize(t->mode) == 4 && t->mode != CM_V86;
}

void sys_code(struct tcase *t, const char *s, ...)
{
	va_list ap;

	va_start(ap, s);
	t->code_len = (u8)assemble(t, t->code, t->code_len, TC_CODE_MAX, sys_wide(t), s, ap);
	va_end(ap);
}

void sys_mem(struct tcase *t, const char *op, unsigned reg, u32 off)
{
	char modrm[3];

	snprintf(modrm, sizeof modrm, "%02x", (reg << 3 | (sys_wide(t) ? 5 : 6)) & 0xff);
	sys_code(t, op);
	sys_code(t, modrm);
	sys_code(t, sys_wide(t) ? "D" : "W", off);
}

void sys_handler(struct tcase *t, unsigned vector, unsigned off, const char *s, ...)
{
	u8 code[TC_MEM_LEN];
	va_list ap;
	unsigned n;

	va_start(ap, s);
	n = assemble(t, code, 0, sizeof code, true, s, ap);
	va_end(ap);
	set_mem(t, SYS_HANDLER + off, code, n);
	sys_gate(t, OP_IDT, vector, SEL_MAIN_CODE, SYS_HANDLER + off, 0x8e, 0);
}

u32 sys_handler_ss(const struct tcase *t, u32 lin)
{
	bool based = !t->cpl && t->mode != CM_FLAT32 && t->mode != CM_V86;

	return lin - (based ? CASE_SS_BASE : 0);
}

void sys_handler_open(struct tcase *t)
{
	/* OR byte [ESP+9], 2; OR byte [ESP+10], 1; IRET */
	sys_handler(t, DB, 0, "80 4c 24 09 02 80 4c 24 0a 01 cf");
}

void sys_handler_step(struct tcase *t, unsigned n)
{
	set_mem32(t, SYS_COUNTER, n, 4);
	/* DEC dword [SS:counter]; JNZ; OR byte [ESP+9], 2; AND byte [ESP+9], FE; IRET */
	sys_handler(t, DB, 0, "36 ff 0d D 75 0a 80 4c 24 09 02 80 64 24 09 fe cf",
		    sys_handler_ss(t, SYS_COUNTER));
}

void sys_handler_count(struct tcase *t, unsigned vector)
{
	static const u8 real[6] = {0x36, 0xfe, 0x06, 0x84, 0x11, 0xcf}; /* INC byte [SS:1184] */

	set_mem32(t, SYS_COUNTER + 4, 0, 4);
	if (t->mode == CM_REAL16) {
		set_mem(t, SYS_HANDLER + 0x28, real, sizeof real);
		sys_op(t, OP_IVT, vector,
		       (CASE_CS_BASE << 12) | (SYS_HANDLER + 0x28 - CASE_CS_BASE), 0);
		return;
	}
	sys_handler(t, vector, 0x28, "36 fe 05 D cf", sys_handler_ss(t, SYS_COUNTER + 4));
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

void expect_ulp(struct tcase *t, u32 lin, u64 sig)
{
	add(t,
	    (struct texp){.kind = X_ULP, .lin = lin, .value = (u32)sig, .alt = (u32)(sig >> 32)});
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
	gen_sys_sweeps(g);
}
