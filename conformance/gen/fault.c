/* SPDX-License-Identifier: MIT
 * Exceptions and odd encodings: insn/fault.def byte by byte, and the few
 * instructions whose operands need care: BOUND, CMPXCHG8B, XLAT, BSWAP r16,
 * instruction fetch across the CS limit.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/sys/sys.h"

struct raw {
	const char *group, *mnemonic, *form;
	const char *bytes;
	unsigned n;
	const char *modes, *cls, *no_native, *cite;
};

#define RAW(group, mnemonic, form, bytes, modes, cls, native, cite)                                \
	{#group, #mnemonic, #form, bytes, sizeof bytes - 1, modes, cls, native, cite},
static const struct raw raws[] = {
#include "conformance/insn/fault.def"
};
#undef RAW

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool wanted(const struct raw *r, const struct mode_cpl *mc)
{
	if (mc->mode == CM_REAL16)
		return strchr(r->modes, 'r');
	return strpbrk(r->modes, mc->cpl ? "u3" : "p");
}

/* Another row for the same cell. */
static bool covered(const struct raw *r, const struct mode_cpl *mc)
{
	unsigned n;

	for (n = 0; n < sizeof raws / sizeof *raws; n++) {
		const struct raw *o = &raws[n];

		if (is(o->group, r->group) && is(o->mnemonic, r->mnemonic) &&
		    is(o->form, r->form) && is(o->cls, r->cls) && wanted(o, mc))
			return true;
	}
	return false;
}

/* Where the host CPU is no witness: INT n of ring 0, INT1, CLI and STI. */
static void raw_rules(const struct raw *r, struct tcase *t)
{
	if (is(r->group, "int")) {
		expect(t, X_VECTOR, 0, 0, is(r->mnemonic, "int1") ? DB : t->code[1]);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + t->code_len);
	} else if (is(r->group, "flags")) {
		expect_done(t);
		expect(t, X_EFLAGS, 0, F_IF, is(r->mnemonic, "sti") ? F_IF : 0);
	}
}

static void raw_cells(struct gen *g)
{
	unsigned n, m;

	for (n = 0; n < sizeof raws / sizeof *raws; n++)
		for (m = 0; m < MODE_CPL_COUNT; m++) {
			const struct raw *r = &raws[n];
			struct cell c = {r->group, r->mnemonic, r->form, r->cite, &mode_cpls[m]};
			struct tcase *t;

			if (!wanted(r, &mode_cpls[m])) {
				if (!covered(r, &mode_cpls[m]))
					gen_empty(g, &c, r->cls,
						  "another outcome there, see the other class");
				continue;
			}
			t = gen_case(g, &c, r->cls);
			memcpy(t->code, r->bytes, r->n);
			t->code_len = (u8)r->n;
			t->no_native = r->no_native;
			if (strchr(r->modes, '3'))
				t->eflags |= F_IOPL;
			if (is(r->cls, "of"))
				t->eflags |= F_OF;
			if (is(r->cls, "noof"))
				t->eflags &= ~(u32)F_OF;
			if (r->no_native)
				raw_rules(r, t);
			if (is(r->cls, "last")) {
				/* [EBX] or, under 67 in 32-bit code, [BP+DI] */
				set_gpr(t, A_EBX, 0x1040);
				set_gpr(t, A_EBP, 0x1000);
				set_gpr(t, A_EDI, 0x0040);
			}
		}
}

/* BOUND r, m: in, at the edges, below, above; signed. */
static void bound_cells(struct gen *g)
{
	static const struct {
		const char *cls;
		s32 lo, hi, v;
	} cl[] = {
		{"in", -100, 100, 5},       {"atlow", -100, 100, -100}, {"athigh", -100, 100, 100},
		{"below", -100, 100, -101}, {"above", -100, 100, 101},  {"swapped", 100, -100, 5},
		{"over", -100, 100, 5},
	};
	unsigned m, size, k;

	for (size = 2; size <= 4; size += 2)
		for (m = 0; m < MODE_CPL_COUNT; m++)
			for (k = 0; k < sizeof cl / sizeof *cl; k++) {
				char form[16];
				struct cell c = {"fault", "bound", form, "SDM 2A BOUND",
						 &mode_cpls[m]};
				struct memref mr = {.sreg = A_SREGS,
						    .used = 1u << A_EAX,
						    .off = 0x1040 + rnd_below(g, 0x40)};
				struct insn i = {0};
				struct tcase *t;

				snprintf(form, sizeof form, "r%u_m", 8 * size);
				t = gen_case(g, &c, cl[k].cls);
				if (is(cl[k].cls, "over")) {
					mr.off = 0x10000 - size - 1;
					mr.sreg = A_FS;
				}
				ins_opsize(t, &i, size);
				ins_opcode(&i, 0x62);
				ins_mem(g, t, &i, A_EAX, &mr);
				set_reg(t, size, A_EAX, (u32)cl[k].v);
				set_mem32(t, mr.lin, (u32)cl[k].lo, size);
				set_mem32(t, mr.lin + size, (u32)cl[k].hi, size);
				ins_done(t, &i);
			}
}

static void cmpxchg8b_cells(struct gen *g)
{
	static const char *const cl[] = {"equal", "low", "high", "lock", "edge", "over", "ro"};
	unsigned m, k;

	for (m = 0; m < MODE_CPL_COUNT; m++)
		for (k = 0; k < sizeof cl / sizeof *cl; k++) {
			struct cell c = {"atomic", "cmpxchg8b", "m64", "SDM 2A CMPXCHG8B",
					 &mode_cpls[m]};
			struct memref mr = {
				.sreg = A_SREGS, .writes = true, .used = 0x0f, .off = 0x1040};
			struct insn i = {0};
			struct tcase *t;
			u32 lo, hi;

			if (is(cl[k], "ro") && mode_cpls[m].mode == CM_REAL16) {
				gen_empty(g, &c, cl[k], "real mode has no read-only segments");
				continue;
			}
			t = gen_case(g, &c, cl[k]);
			lo = rnd(g);
			hi = rnd(g);
			if (is(cl[k], "edge") || is(cl[k], "over")) {
				mr.sreg = A_GS;
				mr.off = is(cl[k], "edge") ? 0xfff8 : 0xfffc;
			}
			if (is(cl[k], "ro")) {
				mr.sreg = A_FS;
				set_sel(t, A_FS, CASE_SEL(t->cpl, SG_RO));
			}
			if (is(cl[k], "lock"))
				ins_prefix(&i, 0xf0);
			ins_opcode(&i, 0x0fc7);
			ins_mem(g, t, &i, 1, &mr);
			ins_done(t, &i);
			set_gpr(t, A_EAX, lo);
			set_gpr(t, A_EDX, hi);
			set_gpr(t, A_EBX, rnd(g));
			set_gpr(t, A_ECX, rnd(g));
			set_mem32(t, mr.lin, is(cl[k], "low") ? lo ^ 0x10 : lo, 4);
			set_mem32(t, mr.lin + 4, is(cl[k], "high") ? hi ^ 0x8000 : hi, 4);
		}
}

static void xlat_cells(struct gen *g)
{
	static const char *const cl[] = {"plain", "segov", "wrap"};
	unsigned m, addr, k;

	for (addr = 2; addr <= 4; addr += 2)
		for (m = 0; m < MODE_CPL_COUNT; m++)
			for (k = 0; k < 3; k++) {
				char form[8];
				struct cell c = {"data", "xlat", form, "SDM 2D XLAT",
						 &mode_cpls[m]};
				bool flat = mode_cpls[m].mode == CM_FLAT32;
				unsigned seg = A_DS;
				struct insn i = {0};
				struct tcase *t;
				u32 al, off;

				snprintf(form, sizeof form, "a%u", 8 * addr);
				t = gen_case(g, &c, cl[k]);
				al = rnd(g) & 0xff;
				if (is(cl[k], "segov") || (flat && addr == 2))
					seg = rnd(g) & 1 ? A_FS : A_GS;
				if (seg != A_DS)
					ins_segment(&i, seg);
				ins_addrsize(t, &i, addr);
				ins_opcode(&i, 0xd7);
				ins_done(t, &i);
				/* wrap: the sum passes the top of the address size */
				off = mode_off(t, seg, is(cl[k], "wrap") ? 0x0008 : 0x1040 + al) -
				      al;
				set_reg(t, 1, A_EAX, al);
				set_reg(t, addr, A_EBX, off);
			}
}

static void bswap16_cells(struct gen *g)
{
	unsigned m;

	for (m = 0; m < MODE_CPL_COUNT; m++) {
		struct cell c = {"data", "bswap", "o16", "SDM 2A BSWAP: 16-bit result undefined",
				 &mode_cpls[m]};
		struct tcase *t = gen_case(g, &c, "rand");
		unsigned reg = rnd_below(g, 4);
		struct insn i = {0};

		ins_opsize(t, &i, 2);
		ins_opcode(&i, 0x0fc8 + reg);
		ins_done(t, &i);
		t->ign_reg = (u8)reg;
		t->ign_mask = 0xffff;
	}
}

/* A jump to an instruction whose second byte lies behind the CS limit. */
static void fetch_cells(struct gen *g)
{
	static const u8 mov[8] = {0xb0, 0x5a, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc};
	unsigned m;

	for (m = 0; m < MODE_CPL_COUNT; m++) {
		struct cell c = {"fault", "fetch", "jmp_limit", "SDM 3A 5.3", &mode_cpls[m]};
		struct insn i = {0};
		struct tcase *t;

		if (mode_cpls[m].mode == CM_FLAT32) {
			gen_empty(g, &c, "over", "CS is flat: no limit within reach");
			continue;
		}
		t = gen_case(g, &c, "over");
		ins_opcode(&i, 0xe9);
		ins_imm(&i, 0xffff - (CASE_OFF + 1 + mode_opsize(t->mode)), mode_opsize(t->mode));
		ins_done(t, &i);
		set_mem(t, win(A_CS, 0xffff), mov, sizeof mov);
	}
}

void gen_fault(struct gen *g)
{
	raw_cells(g);
	bound_cells(g);
	cmpxchg8b_cells(g);
	xlat_cells(g);
	bswap16_cells(g);
	fetch_cells(g);
}
