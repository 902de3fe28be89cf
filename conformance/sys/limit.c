/* SPDX-License-Identifier: MIT
 * Group seglimit: accesses of 1 to 28 bytes around the limit of a segment: byte and
 * page granular, expand-up and expand-down, 16- and 32-bit.  Rules: SDM vol. 3A
 * section 5.3 (the whole operand must lie inside; #SS(0) through SS, else #GP(0)).
 */
#include <string.h>

#include "conformance/sys/sys.h"

static const struct segment {
	const char *name;
	u32 limit;
	u8 access, flags;
} segments[] = {
	{"up_0", 0, 0x93, 4},
	{"up_f", 0xf, 0x93, 4},
	{"up_fff", 0xfff, 0x93, 4},
	{"up_1004", 0x1004, 0x93, 0},
	{"up_ffff", 0xffff, 0x93, 4},
	{"up_g0", 0, 0x93, 0xc},
	{"up_gf", 0xf, 0x93, 0xc},
	{"down_fff", 0xfff, 0x97, 4},
	{"down16_fff", 0xfff, 0x97, 0},
	{"down_g0", 0, 0x97, 0xc},
	{"down16_g0", 0, 0x97, 0x8},
	{"down16_0", 0, 0x97, 0},
	{"down_fff_ro", 0xfff, 0x95, 4},
	{"up_fff_ro", 0xfff, 0x91, 4},
};

/* [EBX], ModRM 3; bytes accessed; 1: writes; 2: needs the FPU set up; 4: may
 * fault for what it reads. */
static const struct access {
	const char *name, *code;
	u8 size, flags;
	u32 need;
} accesses[] = {
	{"mov_r8", "8a 03", 1, 0, 0},      {"mov_r16", "66 8b 03", 2, 0, 0},
	{"mov_r32", "8b 03", 4, 0, 0},     {"mov_m8", "88 03", 1, 1, 0},
	{"mov_m16", "66 89 03", 2, 1, 0},  {"mov_m32", "89 03", 4, 1, 0},
	{"add_m32", "01 03", 4, 1, 0},     {"fld_m64", "dd 03", 8, 2, N_FPU},
	{"fst_m64", "dd 13", 8, 3, N_FPU}, {"fld_m80", "db 2b", 10, 2, N_FPU},
	{"fstenv", "d9 33", 28, 3, N_FPU}, {"cmpxchg8b", "0f c7 0b", 8, 1, N_CX8},
	{"les", "c4 0b", 6, 4, 0},         {"bound", "62 03", 8, 4, 0},
};

static u64 top_of(const struct segment *s)
{
	return s->flags & 4 ? 0xffffffffu : 0xffffu;
}

static u32 limit_of(const struct segment *s)
{
	return s->flags & 8 ? s->limit << 12 | 0xfff : s->limit;
}

static bool down(const struct segment *s)
{
	return s->access & 4;
}

static bool inside(const struct segment *s, u32 off, unsigned size)
{
	u64 last = (u64)off + size - 1;

	return down(s) ? off > limit_of(s) && last <= top_of(s) : last <= limit_of(s);
}

static void one(struct gen *g, const struct segment *s, const struct access *a, unsigned cpl,
		unsigned sreg, const char *cls, u32 off)
{
	struct tcase *t = sys_case(g, "seglimit", a->name,
				   sys_text("%s_%s", s->name, sreg == A_SS ? "ss" : "ds"),
				   CM_FLAT32, cpl, cls, "SDM 3A 5.3");
	bool wrong_type = a->flags & 1 && !(s->access & 2);
	u8 access = (u8)(s->access | cpl << 5);

	t->need = a->need;
	sys_desc(t, OP_GDT, 0, 0x60000, s->limit, access, s->flags);
	if (a->flags & 2)
		sys_op(t, OP_FPU, 1, 0, 0);
	set_sel(t, sreg, SEL_SLOT(0, cpl));
	set_gpr(t, A_EBX, off);
	set_gpr(t, A_EAX, 0x5a5a5a5a);
	if (sreg == A_SS)
		sys_code(t, "36");
	sys_code(t, a->code);
	if (!wrong_type && inside(s, off, a->size)) {
		/* LES and BOUND find what does no harm, where a case may put it. */
		bool put = a->flags & 4 && off < 0x10000;

		if (put) {
			u8 b[8] = {0x78, 0x56, 0x34, 0x12};

			if (a->name[0] == 'l')
				memcpy(b + 4, &t->sel[A_ES], 2);
			else
				memcpy(b, "\0\0\0\0\xff\xff\xff\x7f", 8);
			set_mem(t, 0x60000 + off, b, a->size);
		}
		if (put || !(a->flags & 4))
			expect_done(t);
	} else {
		expect_fault(t, sreg == A_SS ? SS : GP, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
		expect(t, X_GPR, A_EAX, 0, t->gpr[A_EAX]);
		expect_same(t, 0x60000 + off, 1);
	}
}

/* Offsets around the limit; small operands and limits make some of them equal. */
static void around(struct gen *g, const struct segment *s, const struct access *a, unsigned cpl,
		   unsigned sreg)
{
	u32 l = limit_of(s), top = (u32)top_of(s), n = a->size;
	const struct {
		const char *cls;
		u32 off;
	} down_at[] = {{"below", l},
		       {"first", l + 1},
		       {"cross", l - n + 2},
		       {"last", top - n + 1},
		       {"beyond", top - n + 2}},
	  up_at[] = {{"last", l - n + 1},
		     {"cross", l - n + 2},
		     {"behind", l + 1},
		     {"onto", l},
		     {"first", 0}},
	  *at = down(s) ? down_at : up_at;
	unsigned i, k;

	for (i = 0; i < 5; i++) {
		for (k = 0; k < i && at[k].off != at[i].off; k++)
			;
		if (k == i && (down(s) || i || l + 1 >= n))
			one(g, s, a, cpl, sreg, at[i].cls, at[i].off);
	}
}

/* SS of CPL 0 takes the frame of the trap that ends the case: only CPL 3 tries it,
 * and there only writable segments can be SS. */
void gen_sys_limit(struct gen *g)
{
	unsigned s, a;

	for (s = 0; s < sizeof segments / sizeof *segments; s++)
		for (a = 0; a < sizeof accesses / sizeof *accesses; a++) {
			around(g, &segments[s], &accesses[a], 0, A_DS);
			around(g, &segments[s], &accesses[a], 3, A_DS);
			if (segments[s].access & 2)
				around(g, &segments[s], &accesses[a], 3, A_SS);
		}
}
