/* SPDX-License-Identifier: MIT
 * Group transcend: the x87's transcendental instructions within one unit in the last
 * place of the true result (transcend.def), arguments outside of their range, and
 * exact results.  Rules: SDM vol. 1 sections 8.3.8 and 8.3.10, vol. 2A F2XM1 to FYL2XP1.
 */
#include <string.h>

#include "conformance/sys/sys.h"

#define RESULT (CASE_OFF + 0x40u)

static const struct value {
	u16 exp;
	u64 sig;
} one = {0x3fff, 1ull << 63};

#define TRANS(name, xe, xs, ye, ys, re, rs) {#name, {xe, xs}, {ye, ys}, {re, rs}},
static const struct row {
	const char *name;
	struct value x, y, r;
} rows[] = {
#include "conformance/sys/transcend.def"
};
#undef TRANS

static const struct insn_bytes {
	const char *name, *code;
	bool pushes;
} insns[] = {
	{"f2xm1", "d9 f0", false},  {"fyl2x", "d9 f1", false},   {"fptan", "d9 f2", true},
	{"fpatan", "d9 f3", false}, {"fyl2xp1", "d9 f9", false}, {"fsincos", "d9 fb", true},
	{"fsin", "d9 fe", false},   {"fcos", "d9 ff", false},
};

static const struct insn_bytes *insn_of(const char *name)
{
	unsigned i;

	for (i = 0; strcmp(insns[i].name, name); i++)
		;
	return &insns[i];
}

static void put(struct tcase *t, u32 lin, const struct value *v)
{
	u8 b[10];

	memcpy(b, &v->sig, 8);
	memcpy(b + 8, &v->exp, 2);
	set_mem(t, lin, b, 10);
}

/* ST(1) = y, ST(0) = x, the instruction, status word to AX, result to memory. */
static struct tcase *start(struct gen *g, const char *name, const char *form, const char *cls,
			   const struct value *x, const struct value *y, bool pop_first)
{
	const struct insn_bytes *n = insn_of(name);
	struct tcase *t =
		sys_case(g, "transcend", name, form, CM_FLAT32, 3, cls, "SDM 1 8.3.8, 8.3.10");

	t->need = N_FPU;
	sys_op(t, OP_FPU, 1, 0, 0);
	put(t, win(A_DS, CASE_OFF), x);
	put(t, win(A_DS, CASE_OFF + 0x10), y);
	set_gpr(t, A_EAX, 0);
	sys_code(t, "db 2d D db 2d D", win(A_DS, CASE_OFF + 0x10), win(A_DS, CASE_OFF));
	sys_code(t, n->code);
	sys_code(t, "df e0");
	if (pop_first)
		sys_code(t, "dd d8");
	sys_code(t, "db 3d D", win(A_DS, RESULT));
	return t;
}

static void row(struct gen *g, const struct row *r, unsigned i)
{
	bool pushes = insn_of(r->name)->pushes;
	struct value not = {(u16)~r->r.exp, ~r->r.sig};
	struct tcase *t = start(g, r->name, sys_text("row%u", i), "ulp", &r->x, &r->y, pushes);
	u32 at = win(A_DS, RESULT);

	put(t, at, &not );
	/* Which neighbour it is, and so C1, is the processor's affair. */
	t->ign_lin = at;
	t->ign_len = 10;
	t->ign_reg = A_EAX;
	t->ign_mask = 0x200;
	expect_done(t);
	expect_ulp(t, at, r->r.sig);
	expect_mem(t, at + 8, 2, 0xffff, r->r.exp);
	/* C2 and all exceptions but precision and denormal results */
	expect(t, X_GPR, A_EAX, 0x044d, 0);
}

/* |x| from 2^63 on: C2 set, nothing changed (and nothing pushed). */
static void range(struct gen *g, const char *name, const char *cls, const struct value *x)
{
	struct value not = {(u16)~x->exp, ~x->sig};
	struct tcase *t = start(g, name, "range", cls, x, &one, false);

	put(t, win(A_DS, RESULT), &not );
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0x3c4d, 0x3400); /* C2, TOP 6 */
	expect_mem(t, win(A_DS, RESULT), 4, 0, (u32)x->sig);
	expect_mem(t, win(A_DS, RESULT + 4), 4, 0, (u32)(x->sig >> 32));
	expect_mem(t, win(A_DS, RESULT + 8), 2, 0xffff, x->exp);
}

/* Results that are exact: those of zeros, and powers of two. */
static void exact(struct gen *g)
{
	static const struct {
		const char *name, *cls;
		struct value x, y, r;
	} v[] = {
		{"f2xm1", "zero", {0, 0}, {0x3fff, 1ull << 63}, {0, 0}},
		{"f2xm1", "minus_zero", {0x8000, 0}, {0x3fff, 1ull << 63}, {0x8000, 0}},
		{"f2xm1", "one", {0x3fff, 1ull << 63}, {0x3fff, 1ull << 63}, {0x3fff, 1ull << 63}},
		{"f2xm1",
		 "minus_one",
		 {0xbfff, 1ull << 63},
		 {0x3fff, 1ull << 63},
		 {0xbffe, 1ull << 63}},
		{"fsin", "zero", {0, 0}, {0x3fff, 1ull << 63}, {0, 0}},
		{"fsin", "minus_zero", {0x8000, 0}, {0x3fff, 1ull << 63}, {0x8000, 0}},
		{"fcos", "zero", {0, 0}, {0x3fff, 1ull << 63}, {0x3fff, 1ull << 63}},
		{"fptan", "zero", {0, 0}, {0x3fff, 1ull << 63}, {0x3fff, 1ull << 63}},
		{"fyl2x", "one", {0x3fff, 1ull << 63}, {0x4000, 1ull << 63}, {0, 0}},
		{"fyl2x",
		 "eight",
		 {0x4002, 1ull << 63},
		 {0x4000, 1ull << 63},
		 {0x4001, 3ull << 62}},
		{"fyl2x", "half", {0x3ffe, 1ull << 63}, {0x4000, 1ull << 63}, {0xc000, 1ull << 63}},
		{"fyl2xp1", "zero", {0, 0}, {0x4000, 1ull << 63}, {0, 0}},
		{"fpatan", "zero_one", {0x3fff, 1ull << 63}, {0, 0}, {0, 0}},
		{"fpatan", "minus_zero_one", {0x3fff, 1ull << 63}, {0x8000, 0}, {0x8000, 0}},
	};
	unsigned i;

	for (i = 0; i < sizeof v / sizeof *v; i++) {
		struct value not = {(u16)~v[i].r.exp, ~v[i].r.sig};
		struct tcase *t = start(g, v[i].name, "exact", v[i].cls, &v[i].x, &v[i].y, false);

		put(t, win(A_DS, RESULT), &not );
		expect_done(t);
		/* No exception; precision is what some processors report all the same. */
		expect(t, X_GPR, A_EAX, 0x045f, 0);
		t->ign_reg = A_EAX;
		t->ign_mask = 0x220;
		expect_mem(t, win(A_DS, RESULT), 4, 0, (u32)v[i].r.sig);
		expect_mem(t, win(A_DS, RESULT + 4), 4, 0, (u32)(v[i].r.sig >> 32));
		expect_mem(t, win(A_DS, RESULT + 8), 2, 0xffff, v[i].r.exp);
	}
}

void gen_sys_transcend(struct gen *g)
{
	static const char *const bounded[] = {"fsin", "fcos", "fptan", "fsincos"};
	static const struct {
		const char *cls;
		struct value x;
	} big[] = {{"2_63", {0x403e, 1ull << 63}},
		   {"minus_2_63", {0xc03e, 1ull << 63}},
		   {"2_63_odd", {0x403e, (1ull << 63) | 1}},
		   {"2_100", {0x4063, 0xc90fdaa22168c235ull}},
		   {"huge", {0x7ffe, ~0ull}}};
	unsigned i, k;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		row(g, &rows[i], i);
	for (i = 0; i < sizeof bounded / sizeof *bounded; i++)
		for (k = 0; k < sizeof big / sizeof *big; k++)
			range(g, bounded[i], big[k].cls, &big[k].x);
	exact(g);
}
