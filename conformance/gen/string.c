/* SPDX-License-Identifier: MIT
 * String instructions: width x address size x repeat prefix x mode, with both
 * directions, count zero, matches and mismatches in the middle, overrides, and
 * limit faults in the middle of a repetition.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/gen/gen.h"

struct row {
	const char *mnemonic;
	u8 opcode;
	const char *attr, *cite;
};

#define STR(mnemonic, opcode, attr, cite) {#mnemonic, opcode, attr, cite},
static const struct row rows[] = {
#include "conformance/insn/string.def"
};
#undef STR

enum rep { REP_NONE, REPNE, REPE, REP_COUNT };

static const char *const classes[] = {
	"up", "down", "zero", "match", "segov", "over", "overd", "ro", "lockud",
};

#define ELEMENTS 6

struct str {
	const struct row *row;
	unsigned size, addr;
	enum rep rep;
};

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool has(const struct str *s, char attr)
{
	return strchr(s->row->attr, attr);
}

/* Why this class makes no sense here; NULL when it does. */
static const char *not_here(const struct str *s, const char *cls, unsigned mode)
{
	bool flat = mode == CM_FLAT32;

	if (is(cls, "zero") && s->rep == REP_NONE)
		return "no count without a repeat prefix";
	if (is(cls, "match") && !has(s, 'c'))
		return "compares nothing";
	if ((is(cls, "segov") || is(cls, "over")) && !has(s, 's'))
		return "has no source operand to override";
	if (is(cls, "overd") && !has(s, 'd'))
		return "has no destination operand";
	if (is(cls, "overd") && flat)
		return "ES is flat: no limit within reach";
	if (is(cls, "ro") && mode == CM_REAL16)
		return "real mode has no read-only segments";
	if (is(cls, "ro") && !has(s, 'w'))
		return "writes nothing";
	return NULL;
}

/* Index register: offset, junk above it when only 16 bits count. */
static void set_index(struct gen *g, struct tcase *t, unsigned reg, u32 off, unsigned addr)
{
	set_gpr(t, reg, addr == 2 ? (rnd(g) & 0xffff0000) | (off & 0xffff) : off);
}

/* The lowest byte of the area a string starting at `off` covers. */
static u32 area_low(u32 off, const struct str *s, bool down)
{
	return down ? off - (ELEMENTS - 1) * s->size : off;
}

/* Fault behind two whole elements; see `over` below. */
static u32 over_offset(const struct str *s, bool down)
{
	return down ? 0x1000 : 0x10000 - 2 * s->size - 1;
}

static void fill(struct gen *g, u8 *b, unsigned n)
{
	while (n--)
		*b++ = (u8)rnd(g);
}

static void make(struct gen *g, const struct str *s, const struct cell *c, const char *cls)
{
	struct tcase *t = gen_case(g, c, cls);
	bool down = is(cls, "down"), flat = t->mode == CM_FLAT32, over = is(cls, "over"),
	     overd = is(cls, "overd");
	unsigned src_seg = A_DS, dst_seg = A_ES, n = ELEMENTS * s->size, k;
	u32 src, dst, src_lin, dst_lin, count = 1 + rnd_below(g, 4), acc;
	u8 a[24], b[24];
	struct insn i = {0};

	if (is(cls, "lockud"))
		ins_prefix(&i, 0xf0);
	if (s->rep)
		ins_prefix(&i, s->rep == REPE ? 0xf3 : 0xf2);
	if (is(cls, "segov")) {
		static const u8 segs[5] = {A_ES, A_CS, A_SS, A_FS, A_GS};

		src_seg = segs[rnd_below(g, 5)];
		if (flat && s->addr == 2 && src_seg < A_FS)
			src_seg = A_FS; /* flat segments begin far below */
	} else if (flat && (s->addr == 2 || over)) {
		src_seg = is(cls, "ro") ? A_GS : A_FS; /* `ro` writes over FS */
	}
	if (has(s, 's') && src_seg != A_DS)
		ins_segment(&i, src_seg);
	ins_opsize(t, &i, s->size);
	ins_addrsize(t, &i, s->addr);
	ins_opcode(&i, s->row->opcode + (s->size > 1));
	ins_done(t, &i);

	src = 0x1040 + rnd_below(g, 0x20) + (down ? n : 0);
	dst = 0x1080 + rnd_below(g, 0x20) + (down ? n : 0);
	if (is(cls, "ro")) {
		set_sel(t, A_ES, CASE_SEL(t->cpl, SG_RO));
		dst_seg = A_FS;
	}
	if (over)
		src = over_offset(s, down);
	if (overd)
		dst = over_offset(s, down);
	src_lin = win(src_seg, area_low(src, s, down));
	dst_lin = win(dst_seg, area_low(dst, s, down));
	set_index(g, t, A_ESI, mode_off(t, src_seg, src), s->addr);
	set_index(g, t, A_EDI, mode_off(t, dst_seg, dst), s->addr);
	if (flat && s->addr == 2 && dst_seg == A_ES)
		dst_lin = area_low(dst, s, down); /* ES is flat: the low window */

	/* Data: for compares equal up to a random element. */
	fill(g, a, n);
	fill(g, b, n);
	acc = rnd(g);
	if (is(cls, "match") || has(s, 'c')) {
		unsigned same = is(cls, "match") ? ELEMENTS : 1 + rnd_below(g, 3);

		for (k = 0; k < same * s->size; k++) {
			unsigned at = down ? n - 1 - k : k;

			if (has(s, 's'))
				a[at] = b[at];
			else if (s->rep != REPNE || is(cls, "match"))
				b[at] = (u8)(acc >> (8 * (at % s->size)));
		}
		if (s->rep == REPNE && has(s, 's') && !is(cls, "match"))
			a[down ? n - 1 : 0] ^= 0x41;
	}
	/* The last bytes of `over` areas reach past the segment. */
	if (has(s, 's'))
		set_mem(t, src_lin, a, n);
	if (has(s, 'd'))
		set_mem(t, dst_lin, b, n);
	if (has(s, 'a') || is(cls, "match"))
		set_reg(t, s->size, A_EAX, acc);
	if (is(cls, "zero"))
		count = 0;
	if (over || overd)
		count = 5;
	if (s->rep)
		set_index(g, t, A_ECX, count, s->addr);
	if (down)
		t->eflags |= F_DF;
}

void gen_string(struct gen *g)
{
	static const char *const rep_name[REP_COUNT] = {"", "_repne", "_repe"};
	unsigned r, size, addr, rep, m, k;

	for (r = 0; r < sizeof rows / sizeof *rows; r++)
		for (size = 1; size <= 4; size *= 2)
			for (addr = 2; addr <= 4; addr += 2)
				for (rep = 0; rep < REP_COUNT; rep++) {
					struct str s = {&rows[r], size, addr, (enum rep)rep};
					char form[32];

					snprintf(form, sizeof form, "%c_a%u%s",
						 size == 1   ? 'b'
						 : size == 2 ? 'w'
							     : 'd',
						 addr * 8, rep_name[rep]);
					for (m = 0; m < MODE_CPL_COUNT; m++) {
						struct cell c = {"string", rows[r].mnemonic, form,
								 rows[r].cite, &mode_cpls[m]};

						for (k = 0; k < sizeof classes / sizeof *classes;
						     k++) {
							const char *why = not_here(
								&s, classes[k], mode_cpls[m].mode);

							if (why)
								gen_empty(g, &c, classes[k], why);
							else
								make(g, &s, &c, classes[k]);
						}
					}
				}
}
