/* SPDX-License-Identifier: MIT
 * Disassembly of a generated program and its rows of bt/insn.def.
 */
#include "conformance/fuzz/coverage.h"

#include <Zydis/Zydis.h>
#include <string.h>

struct row {
	const char *name;
	bool set;
	int id;
};

static const struct row rows[] = {
#define I(m, c)   {#m, false, ZYDIS_MNEMONIC_##m},
#define SET(s, c) {"SET " #s, true, ZYDIS_ISA_SET_##s},
#include "bt/insn.def"
};

u32 row_count(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

const char *row_name(u32 row)
{
	return rows[row].name;
}

static u32 row_of(const ZydisDecodedInstruction *z)
{
	for (u32 pass = 0; pass < 2; pass++) /* mnemonics come before sets */
		for (u32 k = 0; k < row_count(); k++)
			if (rows[k].set == (pass == 1) &&
			    rows[k].id == (pass ? (int)z->meta.isa_set : (int)z->mnemonic))
				return k;
	return ROW_NONE;
}

static void decoder_for(ZydisDecoder *d, u32 mode)
{
	bool d32 = mode == MODE_PM32_0 || mode == MODE_PM32_3;

	ZydisDecoderInit(d,
			 mode == MODE_REAL ? ZYDIS_MACHINE_MODE_REAL_16
			 : d32             ? ZYDIS_MACHINE_MODE_LEGACY_32
					   : ZYDIS_MACHINE_MODE_LEGACY_16,
			 d32 ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
}

void walk_program(const struct gen *g, void (*see)(void *arg, const struct item *i), void *arg)
{
	ZydisFormatter f;

	ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL);
	for (u32 k = 0; k < g->n_blocks; k++) {
		const struct block *b = &g->block[k];
		bool d32 = b->mode == MODE_PM32_0 || b->mode == MODE_PM32_3;
		const u8 *bytes = d32 ? g->code32.bytes : g->code16.bytes;
		ZydisDecoder d;

		decoder_for(&d, b->mode);
		for (u32 at = b->start; at < b->end + 2u;) {
			ZydisDecodedInstruction z;
			ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
			struct item i = {.block = k, .offset = at, .len = 1, .row = ROW_NONE};

			strcpy(i.text, "(bad)");
			i.decoded = ZYAN_SUCCESS(
				ZydisDecoderDecodeFull(&d, bytes + at, b->end + 2u - at, &z, op));
			if (i.decoded) {
				i.len = z.length;
				i.row = row_of(&z);
				ZydisFormatterFormatInstruction(&f, &z, op, z.operand_count_visible,
								i.text, sizeof(i.text), at, NULL);
			}
			see(arg, &i);
			at += i.len;
		}
	}
}

struct listing {
	const struct gen *g;
	FILE *out;
	u32 block;
	u32 pad;
};

static void list_item(void *arg, const struct item *i)
{
	static const char *const mode[] = {"real", "pm16.0", "pm32.0", "pm16.3", "pm32.3"};
	struct listing *l = arg;
	const struct block *b = &l->g->block[i->block];
	bool d32 = b->mode == MODE_PM32_0 || b->mode == MODE_PM32_3;
	const u8 *bytes = d32 ? l->g->code32.bytes : l->g->code16.bytes;
	bool is_pad = false;

	if (i->block != l->block) {
		l->block = i->block;
		fprintf(l->out, "block %x %s cs=%x ss=%x ds=%x es=%x gs=%x flags=%x next %x %x\n",
			i->block, mode[b->mode], b->cs, b->ss, b->ds, b->es, b->gs, b->flags,
			b->succ[0], b->succ[1]);
	}
	for (u32 k = 0; k < b->n_pads; k++)
		is_pad |= l->g->pad[b->pads + k] == i->offset;
	fprintf(l->out, "%c %04x ", is_pad ? '*' : ' ', i->offset);
	for (u32 k = 0; k < 12; k++)
		if (k < i->len)
			fprintf(l->out, "%02x", bytes[i->offset + k]);
		else
			fputs("  ", l->out);
	fprintf(l->out, " %s\n", i->text);
}

void list_program(const struct gen *g, FILE *out)
{
	struct listing l = {.g = g, .out = out, .block = FZ_MAX_BLOCKS};

	walk_program(g, list_item, &l);
}

static void count_item(void *arg, const struct item *i)
{
	u32 *count = arg;

	if (i->row != ROW_NONE)
		count[i->row]++;
}

void list_classes(const struct gen *g, FILE *out)
{
	u32 count[sizeof(rows) / sizeof(rows[0])] = {0};

	walk_program(g, count_item, count);
	for (u32 k = 0; k < row_count(); k++)
		fprintf(out, "%u\t%s\n", count[k], rows[k].name);
}

/* What ran: whole blocks, or single addresses of the two code regions. */
struct ran {
	const struct gen *g;
	const char *bits;
	const u8 *at16, *at32;
	u32 insns;
	bool row[sizeof(rows) / sizeof(rows[0])];
};

static void ran_item(void *arg, const struct item *i)
{
	struct ran *r = arg;
	u32 mode = r->g->block[i->block].mode;
	bool d32 = mode == MODE_PM32_0 || mode == MODE_PM32_3;

	if (r->bits ? i->block >= strlen(r->bits) || r->bits[i->block] != '1'
		    : !(d32 ? r->at32 : r->at16)[i->offset])
		return;
	r->insns++;
	if (i->row != ROW_NONE)
		r->row[i->row] = true;
}

static void list_ran(struct ran *r, FILE *out)
{
	walk_program(r->g, ran_item, r);
	fprintf(out, "insns %u\n", r->insns);
	for (u32 k = 0; k < row_count(); k++)
		if (r->row[k])
			fprintf(out, "row %s\n", rows[k].name);
}

void list_ended(const struct gen *g, const char *bits, FILE *out)
{
	struct ran r = {.g = g, .bits = bits};

	list_ran(&r, out);
}

bool list_executed(const struct gen *g, const char *path, FILE *out)
{
	static u8 at16[0x10000], at32[0x10000];
	struct ran r = {.g = g, .at16 = at16, .at32 = at32};
	unsigned cs, eip;
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	while (fscanf(f, "%x:%x", &cs, &eip) == 2) {
		u32 sel = cs & ~3u;

		if (eip > 0xffff)
			continue;
		if (cs == FZ_CODE16 / 16 || sel == SEL_C16_0 || sel == SEL_C16_3)
			at16[eip] = 1;
		else if (sel == SEL_C32_0 || sel == SEL_C32_3 || sel == SEL_LDT_CODE32)
			at32[eip] = 1;
	}
	fclose(f);
	list_ran(&r, out);
	return true;
}
