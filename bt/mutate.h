/* SPDX-License-Identifier: MIT
 * Mutants of the translator (MODE=mutate only): every call of an emit primitive
 * is a site, every row of insn.def too.  Which single one of them is wrong, and
 * how, is chosen when the program starts, so one binary serves all mutants.
 *
 * Included by emit.h behind the primitives; from here on their names stand for
 * wrappers that know their site.  tr_mark() is wrapped in translate.h.
 */
#ifndef BT_MUTATE_H
#define BT_MUTATE_H

struct insn;

/* One call of a primitive; the linker collects their addresses. */
struct mut_site {
	const char *prim, *file, *func, *text;
	u32 line;
	u32 hits;    /* times executed */
	u32 patched; /* times what it emitted was overwritten by patch_rel32() */
};

/* The active mutant: `arg` of the call at `site` becomes
 * ((value & keep) ^ flip) + add; arg MUT_SKIP: the call is left out. */
struct mut_active {
	struct mut_site *site;
	unsigned arg;
	u32 keep, flip, add;
	u32 fired; /* times that the result differed from the value */
};

#define MUT_SKIP 99

extern struct mut_active mut_active;

#define MUT_SITE(prim, text)                                                                       \
	({                                                                                         \
		static struct mut_site site_ = {prim, __FILE__, __func__, text, __LINE__, 0, 0};   \
		static struct mut_site *at_ __attribute__((section("mut_sites"), used)) = &site_;  \
		(void)at_;                                                                         \
		&site_;                                                                            \
	})

/* Decoded instruction `i` (by these numbers of Zydis) under a table mutant. */
void mut_insn(struct insn *i, unsigned mnemonic, unsigned isa_set);

/* Remember which site wrote the rel32 at `at`; was it a placeholder? */
void mut_wrote(struct mut_site *s, u32 at);
void mut_patched(u32 at);

/* Limits for a process whose code generator is broken on purpose. */
void mut_jail(void);

static inline bool mut_skip(struct mut_site *s)
{
	s->hits++;
	if (s != mut_active.site || mut_active.arg != MUT_SKIP)
		return false;
	mut_active.fired++;
	return true;
}

static inline u32 mut_arg(const struct mut_site *s, unsigned arg, u32 v)
{
	u32 w;

	if (s != mut_active.site || arg != mut_active.arg)
		return v;
	w = ((v & mut_active.keep) ^ mut_active.flip) + mut_active.add;
	mut_active.fired += w != v;
	return w;
}

static inline void mut_e8(struct mut_site *s, struct emit *e, unsigned b)
{
	if (!mut_skip(s))
		e8(e, mut_arg(s, 0, b & 0xff));
}

static inline void mut_e16(struct mut_site *s, struct emit *e, unsigned w)
{
	if (!mut_skip(s))
		e16(e, mut_arg(s, 0, w & 0xffff));
}

static inline void mut_e32(struct mut_site *s, struct emit *e, u32 d)
{
	if (!mut_skip(s))
		e32(e, mut_arg(s, 0, d));
}

/* Argument 0 is the first byte, 1 the length. */
static inline void mut_ebytes(struct mut_site *s, struct emit *e, const u8 *b, unsigned n)
{
	if (mut_skip(s))
		return;
	n = n ? mut_arg(s, 1, n) : 0;
	for (unsigned i = 0; i < n; i++)
		e8(e, i ? b[i] : mut_arg(s, 0, b[i]));
}

static inline void mut_patch_rel32(struct mut_site *s, u32 at, u32 to)
{
	if (!mut_skip(s))
		patch_rel32(at, mut_arg(s, 0, to));
	mut_patched(at);
}

static inline void mut_gs_modrm(struct mut_site *s, struct emit *e, unsigned opcode, unsigned reg,
				u32 off)
{
	if (!mut_skip(s))
		gs_modrm(e, mut_arg(s, 0, opcode), mut_arg(s, 1, reg), mut_arg(s, 2, off));
}

static inline void mut_e_store(struct mut_site *s, struct emit *e, u32 off, unsigned reg)
{
	if (!mut_skip(s))
		e_store(e, mut_arg(s, 0, off), mut_arg(s, 1, reg));
}

static inline void mut_e_load(struct mut_site *s, struct emit *e, unsigned reg, u32 off)
{
	if (!mut_skip(s))
		e_load(e, mut_arg(s, 0, reg), mut_arg(s, 1, off));
}

static inline void mut_e_load8(struct mut_site *s, struct emit *e, unsigned reg, u32 off)
{
	if (!mut_skip(s))
		e_load8(e, mut_arg(s, 0, reg), mut_arg(s, 1, off));
}

static inline void mut_e_load16(struct mut_site *s, struct emit *e, unsigned reg, u32 off)
{
	if (!mut_skip(s))
		e_load16(e, mut_arg(s, 0, reg), mut_arg(s, 1, off));
}

static inline void mut_gs_base(struct mut_site *s, struct emit *e, unsigned opcode, unsigned reg,
			       unsigned base, u32 off)
{
	if (!mut_skip(s))
		gs_base(e, mut_arg(s, 0, opcode), mut_arg(s, 1, reg), base, mut_arg(s, 2, off));
}

static inline void mut_e_table8(struct mut_site *s, struct emit *e, unsigned dst, unsigned index,
				u32 table)
{
	if (!mut_skip(s))
		e_table8(e, dst, index, mut_arg(s, 0, table));
}

static inline void mut_e_table16(struct mut_site *s, struct emit *e, unsigned dst, unsigned index,
				 u32 table)
{
	if (!mut_skip(s))
		e_table16(e, dst, index, mut_arg(s, 0, table));
}

static inline void mut_e_table32(struct mut_site *s, struct emit *e, unsigned dst, unsigned index,
				 u32 table)
{
	if (!mut_skip(s))
		e_table32(e, dst, index, mut_arg(s, 0, table));
}

static inline void mut_e_store_imm(struct mut_site *s, struct emit *e, u32 off, u32 imm)
{
	if (!mut_skip(s))
		e_store_imm(e, mut_arg(s, 0, off), mut_arg(s, 1, imm));
}

static inline void mut_e_store_imm8(struct mut_site *s, struct emit *e, u32 off, unsigned imm)
{
	if (!mut_skip(s))
		e_store_imm8(e, mut_arg(s, 0, off), mut_arg(s, 1, imm));
}

static inline void mut_e_lea(struct mut_site *s, struct emit *e, unsigned dst, unsigned base,
			     u32 disp)
{
	if (!mut_skip(s))
		e_lea(e, mut_arg(s, 0, dst), mut_arg(s, 1, base), mut_arg(s, 2, disp));
}

static inline u32 mut_e_jmp(struct mut_site *s, struct emit *e, u32 to)
{
	u32 at;

	if (mut_skip(s))
		return e->pc - 4;
	at = e_jmp(e, mut_arg(s, 0, to));
	mut_wrote(s, at);
	return at;
}

static inline u32 mut_e_jcc(struct mut_site *s, struct emit *e, unsigned cc, u32 to)
{
	u32 at;

	if (mut_skip(s))
		return e->pc - 4;
	at = e_jcc(e, mut_arg(s, 0, cc), mut_arg(s, 1, to));
	mut_wrote(s, at);
	return at;
}

static inline u32 mut_e_jecxz(struct mut_site *s, struct emit *e)
{
	return mut_skip(s) ? e->pc - 1 : e_jecxz(e);
}

static inline u32 mut_e_jmp8(struct mut_site *s, struct emit *e)
{
	return mut_skip(s) ? e->pc - 1 : e_jmp8(e);
}

static inline void mut_e_here8(struct mut_site *s, struct emit *e, u32 at)
{
	struct emit moved = *e;

	if (mut_skip(s))
		return;
	moved.pc = mut_arg(s, 0, e->pc);
	e_here8(&moved, at);
}

/* clang-format off */
#define e8(e, b)		   mut_e8(MUT_SITE("e8", #b), e, b)
#define e16(e, w)		   mut_e16(MUT_SITE("e16", #w), e, w)
#define e32(e, d)		   mut_e32(MUT_SITE("e32", #d), e, d)
#define ebytes(e, b, n)		   mut_ebytes(MUT_SITE("ebytes", #b), e, b, n)
#define patch_rel32(at, to)	   mut_patch_rel32(MUT_SITE("patch_rel32", #at ", " #to), at, to)
#define gs_modrm(e, o, r, off)	   mut_gs_modrm(MUT_SITE("gs_modrm", #o ", " #r ", " #off), e, o, r, off)
#define e_store(e, off, r)	   mut_e_store(MUT_SITE("e_store", #off ", " #r), e, off, r)
#define e_load(e, r, off)	   mut_e_load(MUT_SITE("e_load", #r ", " #off), e, r, off)
#define e_load8(e, r, off)	   mut_e_load8(MUT_SITE("e_load8", #r ", " #off), e, r, off)
#define e_load16(e, r, off)	   mut_e_load16(MUT_SITE("e_load16", #r ", " #off), e, r, off)
#define gs_base(e, o, r, b, off)   mut_gs_base(MUT_SITE("gs_base", #o ", " #r ", " #off), e, o, r, b, off)
#define e_table8(e, d, i, t)	   mut_e_table8(MUT_SITE("e_table8", #t), e, d, i, t)
#define e_table16(e, d, i, t)	   mut_e_table16(MUT_SITE("e_table16", #t), e, d, i, t)
#define e_table32(e, d, i, t)	   mut_e_table32(MUT_SITE("e_table32", #t), e, d, i, t)
#define e_store_imm(e, off, imm)   mut_e_store_imm(MUT_SITE("e_store_imm", #off ", " #imm), e, off, imm)
#define e_store_imm8(e, off, imm)  mut_e_store_imm8(MUT_SITE("e_store_imm8", #off ", " #imm), e, off, imm)
#define e_lea(e, d, b, disp)	   mut_e_lea(MUT_SITE("e_lea", #d ", " #b ", " #disp), e, d, b, disp)
#define e_jmp(e, to)		   mut_e_jmp(MUT_SITE("e_jmp", #to), e, to)
#define e_jcc(e, cc, to)	   mut_e_jcc(MUT_SITE("e_jcc", #cc ", " #to), e, cc, to)
#define e_jmp8(e)		   mut_e_jmp8(MUT_SITE("e_jmp8", ""), e)
#define e_jecxz(e)		   mut_e_jecxz(MUT_SITE("e_jecxz", ""), e)
#define e_here8(e, at)		   mut_e_here8(MUT_SITE("e_here8", #at), e, at)
/* clang-format on */

#endif
