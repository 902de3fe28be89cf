/* SPDX-License-Identifier: MIT
 * Group fetch: instructions of each length, every number of their bytes before the end
 * of a page or of the code segment; what is behind it absent, the supervisor's, or
 * good.  Rules: SDM vol. 3A sections 4.7 (CR2 is the byte that is missing, EIP the
 * instruction) and 5.3; table 6-2.
 */
#include <string.h>

#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define EDGE   (PG_LIN + 0x1000u) /* frames 60000 and 61000 */
#define FRAME  0x60000u
#define TARGET (CASE_OFF + 0x90u)

static const struct form {
	const char *name;
	u8 prefix, len, b[10];
} forms[] = {
	{"nop", 0x2e, 1, {0x90}},
	{"mov_eax", 0x3e, 5, {0xb8, 0x78, 0x56, 0x34, 0x12}},
	{"add_ebx", 0x26, 3, {0x83, 0xc3, 0x11}},
	{"mov_m", 0x3e, 10, {0xc7, 0x05, 0x40, 0x10, 0x03, 0x00, 0x78, 0x56, 0x34, 0x12}},
};

enum behind { B_ABSENT, B_SUPER, B_GOOD, B_LIMIT, BEHINDS };
static const char *const behinds[BEHINDS] = {"absent", "super", "good", "limit"};

static void done(struct tcase *t, const struct form *f, u32 next)
{
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, next);
	if (f->b[0] == 0xb8)
		expect(t, X_GPR, A_EAX, 0, 0x12345678);
	if (f->b[0] == 0xc7)
		expect_mem(t, 0x31040, 4, 0, 0x12345678);
}

static void one(struct gen *g, const struct form *f, unsigned len, unsigned in, enum behind b,
		unsigned cpl)
{
	struct tcase *t =
		sys_case(g, "fetch", f->name, sys_text("len%u_%s", len, behinds[b]), CM_FLAT32, cpl,
			 sys_text("in%u", in),
			 b == B_LIMIT ? "SDM 3A 5.3, table 6-2" : "SDM 3A 4.7, table 6-2");
	u8 code[16];

	memset(code, f->prefix, sizeof code);
	memcpy(code + len - f->len, f->b, f->len);
	code[len] = 0xcc;
	if (b == B_LIMIT) {
		set_mem(t, CASE_CS_BASE + TARGET, code, len + 1);
		sys_desc(t, OP_GDT, 0, CASE_CS_BASE, TARGET + in - 1, (u8)(0x9b | cpl << 5), 4);
		sys_code(t, "ea D W", TARGET, SEL_SLOT(0, cpl));
		expect_fault(t, GP, 0);
		expect(t, X_EIP, 0, 0, TARGET);
		expect(t, X_SEL, A_CS, 0, SEL_SLOT(0, cpl));
		return;
	}
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, FRAME | P | W | U | AD, 0);
	if (b != B_ABSENT)
		sys_op(t, OP_PTE, 1, (FRAME + 0x1000) | P | W | AD | (b == B_GOOD ? U : 0), 0);
	set_mem(t, FRAME + 0x1000 - in, code, len + 1);
	set_gpr(t, A_EDX, EDGE - in);
	sys_code(t, "ff e2");
	if (b == B_GOOD || (b == B_SUPER && !cpl)) {
		done(t, f, EDGE - in + len + 1);
		return;
	}
	expect_fault(t, PF, (b == B_SUPER ? 1 : 0) | (cpl ? 4 : 0));
	expect(t, X_EIP, 0, 0, EDGE - in);
	expect_mem(t, OBS_CR2, 4, 0, EDGE);
	expect_same(t, 0x31040, 4);
}

void gen_sys_fetch(struct gen *g)
{
	static const struct {
		u8 behind, cpl;
	} worlds[] = {{B_ABSENT, 0}, {B_ABSENT, 3}, {B_SUPER, 0}, {B_SUPER, 3},
		      {B_GOOD, 3},   {B_LIMIT, 0},  {B_LIMIT, 3}};
	unsigned i, len, in, w;

	for (i = 0; i < sizeof forms / sizeof *forms; i++)
		for (len = forms[i].len < 2 ? 2 : forms[i].len; len <= 15; len++)
			for (in = 1; in < len; in++)
				for (w = 0; w < sizeof worlds / sizeof *worlds; w++)
					one(g, &forms[i], len, in, (enum behind)worlds[w].behind,
					    worlds[w].cpl);
}
