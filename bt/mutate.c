/* SPDX-License-Identifier: MIT
 * The list of mutants and the choice of one (see mutate.h).  Not in other modes.
 *
 *   BT_MUTANT=list     print all mutants and leave: number, stratum, class or
 *                      primitive, place, text, operator, between tabs
 *   BT_MUTANT=N        be mutant N; 0 is the translator as it is
 *   BT_MUTANT_LOG=F    append to F at the end: "fired N TIMES", and with N = 0 a
 *                      line "hit MUTANT TIMES" for each mutant whose site ran
 *
 * A mutant runs in a jail: its translations can be anything.  Exit code 70: this
 * file could not do its part.
 */
#include "bt/decode.h"
#include "bt/emit.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mut_active mut_active;

/* The linker puts these around the section that the sites are in. */
extern struct mut_site *__start_mut_sites[], *__stop_mut_sites[];

static size_t n_sites(void)
{
	return ((uintptr_t)__stop_mut_sites - (uintptr_t)__start_mut_sites) /
	       sizeof(struct mut_site *);
}

/* ---- rows of the instruction table ---- */

enum row_op {
	ROW_DROP,     /* does nothing */
	ROW_UD,       /* raises #UD */
	ROW_OPSIZE,   /* copied with the other operand size */
	ROW_NO_REP,   /* copied without its repeat prefix */
	ROW_INVERT,   /* the opposite condition */
	ROW_AS_IDENT, /* treated as other classes: */
	ROW_AS_STACK,
	ROW_AS_JMP,
	ROW_AS_X87,
};

static const char *const row_op_name[] = {
	[ROW_DROP] = "dropped",        [ROW_UD] = "raises #UD",
	[ROW_OPSIZE] = "operand size", [ROW_NO_REP] = "repeat prefix lost",
	[ROW_INVERT] = "inverted",     [ROW_AS_IDENT] = "as IDENT",
	[ROW_AS_STACK] = "as STACK",   [ROW_AS_JMP] = "as JMP",
	[ROW_AS_X87] = "as X87",
};

#define OP(name) 1u << ROW_##name

static const u32 class_ops[] = {
	[IC_IDENT] = OP(DROP) | OP(UD) | OP(OPSIZE),
	[IC_STRING] = OP(DROP) | OP(UD) | OP(OPSIZE) | OP(NO_REP) | OP(AS_IDENT),
	[IC_STACK] = OP(DROP) | OP(UD) | OP(OPSIZE),
	[IC_X87] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_X87_ENV] = OP(DROP) | OP(UD) | OP(AS_X87),
	[IC_MMX] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_SSE] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_WAIT] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_RDTSC] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_JCC] = OP(DROP) | OP(UD) | OP(INVERT),
	[IC_LOOP] = OP(DROP) | OP(UD) | OP(INVERT),
	[IC_JMP] = OP(DROP) | OP(UD),
	[IC_CALL] = OP(DROP) | OP(UD) | OP(AS_JMP),
	[IC_RET] = OP(DROP) | OP(UD),
	[IC_PUSHF] = OP(DROP) | OP(UD) | OP(AS_STACK),
	[IC_POPF] = OP(DROP) | OP(UD) | OP(AS_STACK),
	[IC_CLI] = OP(DROP) | OP(UD),
	[IC_STI] = OP(DROP) | OP(UD),
	[IC_INTO] = OP(DROP) | OP(UD),
	[IC_ARPL] = OP(DROP) | OP(UD) | OP(AS_IDENT),
	[IC_MON] = OP(DROP) | OP(UD),
	[IC_UD] = OP(DROP),
	[IC_STOP] = OP(DROP) | OP(UD),
};

static struct row {
	const char *name, *class;
	u8 cls;
	bool is_set;
	u16 key; /* mnemonic or ISA set */
	u32 hits, sized, repeated;
} rows[] = {
#define I(m, c)   {#m, #c, IC_##c, false, ZYDIS_MNEMONIC_##m, 0, 0, 0},
#define SET(s, c) {"set " #s, #c, IC_##c, true, ZYDIS_ISA_SET_##s, 0, 0, 0},
#include "bt/insn.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct row *active_row;
static enum row_op active_op;

static struct row *row_of(unsigned mnemonic, unsigned isa_set)
{
	static struct row *by_mnemonic[ZYDIS_MNEMONIC_MAX_VALUE + 1];
	static struct row *by_set[ZYDIS_ISA_SET_MAX_VALUE + 1];
	static bool ready;

	for (size_t k = 0; k < ROWS && !ready; k++)
		*(rows[k].is_set ? &by_set[rows[k].key] : &by_mnemonic[rows[k].key]) = &rows[k];
	ready = true;
	return by_mnemonic[mnemonic] ? by_mnemonic[mnemonic] : by_set[isa_set];
}

/* An instruction without effect: a copy of no bytes and no prefixes. */
static void drop(struct insn *i)
{
	i->cls = IC_IDENT;
	i->opcode_off = i->len;
	i->lock = i->rep = i->mand66 = i->has_mem = i->modrm_off = i->writes_mem = 0;
	i->opsize = i->adsize = 4;
}

static void invert(struct insn *i)
{
	u8 *opcode = &i->bytes[i->opcode_off];

	opcode[*opcode == 0x0f] ^= 1;
	i->opcode ^= 1;
}

/* Does the operand size mean anything to it?  Not to operations on bytes and flags, BCD
 * arithmetic, XLAT and NOP (SDM vol. 2, appendix A). */
static bool sized(const struct insn *i)
{
	if (i->width == 1 || !insn_takes_opsize(i))
		return false;
	if (i->map)
		return i->map != 1 || (i->opcode & 0xf0) != 0x90; /* SETcc */
	switch (i->opcode) {
	case 0x27: /* DAA DAS AAA AAS AAM AAD */
	case 0x2f:
	case 0x37:
	case 0x3f:
	case 0xd4:
	case 0xd5:
	case 0x90: /* NOP */
	case 0x9e: /* SAHF LAHF */
	case 0x9f:
	case 0xd6: /* SALC XLAT */
	case 0xd7:
	case 0xf5: /* CMC CLC STC CLD STD */
	case 0xf8:
	case 0xf9:
	case 0xfc:
	case 0xfd:
		return false;
	}
	return true;
}

/* A repeat prefix that does repeat: of string instructions, not of XLAT. */
static bool repeated(const struct insn *i)
{
	return i->rep && (i->map || i->opcode != 0xd7);
}

void mut_insn(struct insn *i, unsigned mnemonic, unsigned isa_set)
{
	struct row *r = row_of(mnemonic, isa_set);

	/* decode.c gives some forms another class than the row's */
	if (!r || i->cls != r->cls)
		return;
	r->hits++;
	r->sized += sized(i);
	r->repeated += repeated(i);
	if (r != active_row)
		return;
	switch (active_op) {
	case ROW_DROP:
		drop(i);
		break;
	case ROW_UD:
		i->cls = IC_UD;
		break;
	case ROW_OPSIZE:
		if (!sized(i))
			return;
		i->opsize ^= 2 ^ 4;
		break;
	case ROW_NO_REP:
		if (!repeated(i))
			return;
		i->rep = 0;
		break;
	case ROW_INVERT:
		invert(i);
		break;
	case ROW_AS_IDENT:
		i->cls = IC_IDENT;
		break;
	case ROW_AS_STACK:
		i->cls = IC_STACK;
		break;
	case ROW_AS_JMP:
		i->cls = IC_JMP;
		break;
	case ROW_AS_X87:
		i->cls = IC_X87;
		break;
	}
	mut_active.fired++;
}

/* ---- calls of the emit primitives ---- */

/* Kinds of arguments and what can be wrong with them. */
enum arg_kind { ARG_NONE, ARG_BYTE, ARG_IMM, ARG_REG, ARG_OFF, ARG_TO, ARG_CC, ARG_FIX, ARG_COUNT };

static const struct arg_op {
	u8 kind;
	const char *name;
	u32 keep, flip, add;
} arg_ops[] = {
	{ARG_BYTE, "bit 0", ~0u, 1, 0},
	{ARG_BYTE, "bit 1", ~0u, 2, 0},
	{ARG_BYTE, "bit 2", ~0u, 4, 0},
	{ARG_BYTE, "bit 3", ~0u, 8, 0},
	{ARG_BYTE, "bit 4", ~0u, 0x10, 0},
	{ARG_BYTE, "bit 5", ~0u, 0x20, 0},
	{ARG_BYTE, "bit 6", ~0u, 0x40, 0},
	{ARG_BYTE, "bit 7", ~0u, 0x80, 0},
	{ARG_IMM, "bit 0", ~0u, 1, 0},
	{ARG_IMM, "bit 3", ~0u, 8, 0},
	{ARG_IMM, "bit 9", ~0u, 0x200, 0},
	{ARG_IMM, "bit 12", ~0u, 0x1000, 0},
	{ARG_IMM, "bit 31", ~0u, 1u << 31, 0},
	{ARG_IMM, "plus 1", ~0u, 0, 1},
	{ARG_IMM, "minus 1", ~0u, 0, -1u},
	{ARG_REG, "register ^ 1", ~0u, 1, 0},
	{ARG_REG, "register ^ 2", ~0u, 2, 0},
	{ARG_REG, "register ^ 4", ~0u, 4, 0},
	{ARG_OFF, "offset + 1", ~0u, 0, 1},
	{ARG_OFF, "offset + 4", ~0u, 0, 4},
	{ARG_OFF, "offset - 4", ~0u, 0, -4u},
	{ARG_TO, "target + 1", ~0u, 0, 1},
	{ARG_TO, "target - 1", ~0u, 0, -1u},
	{ARG_CC, "condition inverted", ~0u, 1, 0},
	{ARG_CC, "other condition", ~0u, 2, 0},
	{ARG_FIX, "fix dropped", 0, 0, 0},
	{ARG_FIX, "fix of ECX flipped", ~0u, 2, 0},
	{ARG_COUNT, "one byte less", ~0u, 0, -1u},
};

static const struct prim {
	const char *name;
	u8 arg[3];
} prims[] = {
	{"e8", {ARG_BYTE}},
	{"e16", {ARG_IMM}},
	{"e32", {ARG_IMM}},
	{"ebytes", {ARG_BYTE, ARG_COUNT}},
	{"patch_rel32", {ARG_TO}},
	{"gs_modrm", {ARG_BYTE, ARG_REG, ARG_OFF}},
	{"e_store", {ARG_OFF, ARG_REG}},
	{"e_load", {ARG_REG, ARG_OFF}},
	{"e_load8", {ARG_REG, ARG_OFF}},
	{"e_load16", {ARG_REG, ARG_OFF}},
	{"gs_base", {ARG_BYTE, ARG_REG, ARG_OFF}},
	{"e_table8", {ARG_OFF}},
	{"e_table16", {ARG_OFF}},
	{"e_table32", {ARG_OFF}},
	{"e_store_imm", {ARG_OFF, ARG_IMM}},
	{"e_store_imm8", {ARG_OFF, ARG_BYTE}},
	{"e_lea", {ARG_REG, ARG_REG, ARG_IMM}},
	{"e_jmp", {ARG_TO}},
	{"e_jcc", {ARG_CC, ARG_TO}},
	{"e_jmp8", {ARG_NONE}},
	{"e_jecxz", {ARG_NONE}},
	{"e_here8", {ARG_TO}},
	{"tr_mark", {ARG_FIX}},
};

/* rel32 fields written lately, by address: was one overwritten later? */
static struct wrote {
	u32 at;
	struct mut_site *site;
} wrote[4096];

void mut_wrote(struct mut_site *s, u32 at)
{
	wrote[at & 4095] = (struct wrote){at, s};
}

void mut_patched(u32 at)
{
	struct wrote *w = &wrote[at & 4095];

	if (w->site && w->at == at) {
		w->site->patched++;
		w->site = NULL;
	}
}

/* ---- all mutants ---- */

struct mutant {
	unsigned number;
	struct row *row; /* or site */
	enum row_op op;
	struct mut_site *site;
	unsigned arg;
	const struct arg_op *arg_op; /* NULL: skip */
};

typedef void mutant_fn(const struct mutant *m, void *arg);

static void each_of_site(struct mut_site *s, unsigned *number, mutant_fn *fn, void *arg)
{
	const struct prim *p = prims;
	struct mutant m = {.site = s, .arg = MUT_SKIP};

	while (strcmp(p->name, s->prim))
		p++;
	m.number = ++*number;
	fn(&m, arg);
	for (m.arg = 0; m.arg < 3; m.arg++)
		for (size_t k = 0; k < sizeof(arg_ops) / sizeof(arg_ops[0]); k++) {
			if (!p->arg[m.arg] || arg_ops[k].kind != p->arg[m.arg])
				continue;
			m.number = ++*number;
			m.arg_op = &arg_ops[k];
			fn(&m, arg);
		}
}

/* Call `fn` for all of them, in an order that is the same in each run. */
static void each_mutant(mutant_fn *fn, void *arg)
{
	unsigned number = 0;

	for (size_t k = 0; k < ROWS; k++)
		for (unsigned op = 0; op < sizeof(row_op_name) / sizeof(row_op_name[0]); op++) {
			struct mutant m = {.row = &rows[k], .op = op};

			if (!(class_ops[rows[k].cls] & 1u << op))
				continue;
			m.number = ++number;
			fn(&m, arg);
		}
	for (size_t k = 0; k < n_sites(); k++)
		each_of_site(__start_mut_sites[k], &number, fn, arg);
}

/* A site by what it says, not by its line: "function: text", the second one of the
 * same text with "#2". */
static void print_site(FILE *f, const struct mut_site *s)
{
	unsigned nth = 1;

	for (size_t k = 0; k < n_sites(); k++) {
		const struct mut_site *o = __start_mut_sites[k];

		nth += o->line < s->line && !strcmp(o->text, s->text) &&
		       !strcmp(o->func, s->func) && !strcmp(o->prim, s->prim);
	}
	fprintf(f, "%s: %s", s->func, s->text);
	if (nth > 1)
		fprintf(f, " #%u", nth);
}

static void print_mutant(const struct mutant *m, void *arg)
{
	FILE *f = arg;

	if (m->row) {
		fprintf(f, "%u\ttable\t%s\tbt/insn.def\t%s\t%s\n", m->number, m->row->class,
			m->row->name, row_op_name[m->op]);
	} else {
		fprintf(f, "%u\temit\t%s\t%s:%u\t", m->number, m->site->prim, m->site->file,
			m->site->line);
		print_site(f, m->site);
		fprintf(f, "\t%s\n", m->arg_op ? m->arg_op->name : "left out");
	}
}

static unsigned chosen;

static void choose(const struct mutant *m, void *arg)
{
	if (m->number != chosen)
		return;
	*(bool *)arg = true;
	active_row = m->row;
	active_op = m->op;
	mut_active.site = m->site;
	mut_active.arg = m->arg;
	if (m->arg_op) {
		mut_active.keep = m->arg_op->keep;
		mut_active.flip = m->arg_op->flip;
		mut_active.add = m->arg_op->add;
	}
}

/* Overwritten before it can run: a jump to 0 stands for one whose target comes later. */
static bool target_later(const struct mutant *m)
{
	const char *text = m->site->text;
	size_t n = strlen(text);

	return m->arg_op && m->arg_op->kind == ARG_TO && n && text[n - 1] == '0' &&
	       (n == 1 || text[n - 2] == ' ');
}

/* Of 16 bits there is no bit 31. */
static bool outside(const struct mutant *m)
{
	return m->arg_op && !strcmp(m->site->prim, "e16") && m->arg_op->flip > 0xffff;
}

static void print_hits(const struct mutant *m, void *arg)
{
	u32 hits;

	if (m->row) {
		hits = m->op == ROW_OPSIZE   ? m->row->sized
		       : m->op == ROW_NO_REP ? m->row->repeated
					     : m->row->hits;
	} else if (target_later(m) || outside(m)) {
		return;
	} else {
		hits = m->site->hits;
		/* What is always overwritten never runs: no mutant. */
		if (m->arg_op && m->arg_op->kind == ARG_TO)
			hits -= m->site->patched;
	}
	if (hits)
		fprintf(arg, "hit %u %u\n", m->number, hits);
}

static void die(const char *why)
{
	fprintf(stderr, "BT_MUTANT: %s\n", why);
	_exit(70);
}

__attribute__((constructor)) static void start(void)
{
	const char *s = getenv("BT_MUTANT");
	bool found = false;
	char *end;

	if (s && !strcmp(s, "list")) {
		each_mutant(print_mutant, stdout);
		_exit(fflush(stdout) ? 70 : 0);
	}
	chosen = s ? (unsigned)strtoul(s, &end, 10) : 0;
	if (!s || !*s || *end)
		die("list or a number is needed");
	each_mutant(choose, &found);
	if (chosen && !found)
		die("no such mutant");
	mut_jail();
}

__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("BT_MUTANT_LOG");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "fired %u %u\n", chosen, mut_active.fired);
	if (!chosen)
		each_mutant(print_hits, f);
	fclose(f);
}
