/* SPDX-License-Identifier: MIT
 * Enumeration of encodings by decoding all of them, and the walk over a case's
 * code (slots.h).  Opcode maps: SDM vol. 2D appendix A.
 */
#include "conformance/coverage/slots.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct slot slots[SLOTS_MAX];
static unsigned nslots;
static bool ready;

#define NO_SLOT 0xffffu
/* By map, mandatory prefix, opcode, then 0-7 memory /digit, 8-15 register /digit,
 * 16 no ModRM; x87 register forms by ModRM byte. */
static u16 by_form[2][PFX_COUNT][256][17];
static u16 by_x87[8][8 + 64];

static bool has_row[ZYDIS_MNEMONIC_MAX_VALUE + 1], has_set[ZYDIS_ISA_SET_MAX_VALUE + 1];
static ZydisDecoder decoder[3];
enum { DEC_16, DEC_32, DEC_REAL };

static const u8 pfx_byte[PFX_COUNT] = {0, 0x66, 0xf3, 0xf2};
static const u8 prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};

static void setup_decoders(void)
{
	static const struct {
		ZydisMachineMode mode;
		ZydisStackWidth width;
	} how[] = {{ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16},
		   {ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32},
		   {ZYDIS_MACHINE_MODE_REAL_16, ZYDIS_STACK_WIDTH_16}};
	/* Newer than the table; their encodings are older ones'. */
	static const ZydisDecoderMode off[] = {
		ZYDIS_DECODER_MODE_MPX,   ZYDIS_DECODER_MODE_CET,      ZYDIS_DECODER_MODE_LZCNT,
		ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE,
	};

	for (unsigned d = 0; d < 3; d++) {
		ZydisDecoderInit(&decoder[d], how[d].mode, how[d].width);
		for (unsigned k = 0; k < sizeof off / sizeof *off; k++)
			ZydisDecoderEnableMode(&decoder[d], off[k], ZYAN_FALSE);
	}
}

static void read_table(void)
{
#define I(m, c)   has_row[ZYDIS_MNEMONIC_##m] = true;
#define SET(s, c) has_set[ZYDIS_ISA_SET_##s] = true;
#include "bt/insn.def"
}

/* ISA sets that came after the Pentium III. */
static bool later_set(ZydisISASet s)
{
	switch (s) {
	case ZYDIS_ISA_SET_SSE2:
	case ZYDIS_ISA_SET_SSE2MMX:
	case ZYDIS_ISA_SET_SSE3:
	case ZYDIS_ISA_SET_SSE3X87:
	case ZYDIS_ISA_SET_SSSE3:
	case ZYDIS_ISA_SET_SSSE3MMX:
	case ZYDIS_ISA_SET_CLFSH:
	case ZYDIS_ISA_SET_PREFETCH_NOP: /* 0F 0D */
	case ZYDIS_ISA_SET_PAUSE:        /* REP NOP on a Pentium III */
	case ZYDIS_ISA_SET_LONGMODE:
	case ZYDIS_ISA_SET_AMD:
		return true;
	default:
		return false;
	}
}

static int map_of(const ZydisDecodedInstruction *z)
{
	if (z->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT)
		return z->opcode >= 0xd8 && z->opcode <= 0xdf ? MAP_X87 : MAP_ONE;
	return z->opcode_map == ZYDIS_OPCODE_MAP_0F ? MAP_0F : -1;
}

static enum slot_prefix mandatory(const ZydisDecodedInstruction *z)
{
	for (unsigned k = 0; k < z->raw.prefix_count; k++)
		if (z->raw.prefixes[k].type == ZYDIS_PREFIX_TYPE_MANDATORY)
			for (unsigned p = 1; p < PFX_COUNT; p++)
				if (z->raw.prefixes[k].value == pfx_byte[p])
					return (enum slot_prefix)p;
	return PFX_NONE;
}

static bool decode(unsigned how, const u8 *code, unsigned n, ZydisDecodedInstruction *z)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder[how], NULL, code, n, z));
}

/* One encoding in 32-bit code: 0 not in the table, 1 without, 2 with ModRM. */
static int probe(unsigned map, unsigned p, unsigned op, unsigned modrm, struct slot *s)
{
	u8 code[16] = {0};
	unsigned n = 0;
	ZydisDecodedInstruction z, bare;

	if (p)
		code[n++] = pfx_byte[p];
	if (map == MAP_0F)
		code[n++] = 0x0f;
	code[n++] = (u8)op;
	code[n++] = (u8)modrm;
	if (!decode(DEC_32, code, sizeof code, &z) || map_of(&z) != (int)map || z.opcode != op ||
	    mandatory(&z) != p)
		return 0;
	if (!has_row[z.mnemonic] && !has_set[z.meta.isa_set])
		return 0;
	if (map == MAP_0F && op >= 0x20 && op <= 0x23 && modrm < 0xc0)
		return 0; /* MOV CR and DR: mod is taken as 3 */
	/* REP INS and the like: the prefix makes no other instruction. */
	if (p && decode(DEC_32, code + 1, sizeof code - 1, &bare) && bare.mnemonic == z.mnemonic &&
	    bare.meta.isa_set == z.meta.isa_set)
		return 0;
	*s = (struct slot){.map = (u8)map, .prefix = (u8)p, .op = (u8)op, .digit = -1, .form = '-'};
	snprintf(s->name, sizeof s->name, "%s", ZydisMnemonicGetString(z.mnemonic));
	s->level = later_set(z.meta.isa_set) ? LEVEL_LATER : LEVEL_P3;
	return z.attributes & ZYDIS_ATTRIB_HAS_MODRM ? 2 : 1;
}

static unsigned add(const struct slot *s, const char *sub)
{
	struct slot *d = &slots[nslots];

	if (nslots == SLOTS_MAX) {
		fprintf(stderr, "coverage: more than %u encodings\n", SLOTS_MAX);
		exit(3);
	}
	*d = *s;
	snprintf(d->key, sizeof d->key, "%.2s%s%02X%s",
		 s->prefix ? (const char *[]){"", "66", "F3", "F2"}[s->prefix] : "",
		 s->map == MAP_0F ? "0F" : "", s->op, sub);
	return nslots++;
}

static bool same(const struct slot *a, const struct slot *b)
{
	return a->level == b->level && !strcmp(a->name, b->name);
}

/* Forms of one opcode with ModRM: one slot for memory and one for registers, or
 * sixteen where /digit selects. */
static void add_modrm(unsigned map, unsigned p, unsigned op)
{
	struct slot s[16];
	bool def[16], group = false;
	char sub[8];

	for (unsigned k = 0; k < 16; k++) {
		def[k] = probe(map, p, op, k < 8 ? k << 3 | 3 : 0xc0 | (k & 7) << 3, &s[k]) == 2;
		group |= def[k] != def[k & 8] || (def[k] && !same(&s[k], &s[k & 8]));
	}
	for (unsigned k = 0; k < 16; k++) {
		if (!def[k] || (!group && k & 7))
			continue;
		s[k].form = k < 8 ? 'm' : 'r';
		s[k].modrm = (u8)(k < 8 ? k << 3 | 3 : 0xc0 | (k & 7) << 3);
		if (group) {
			s[k].digit = (s8)(k & 7);
			snprintf(sub, sizeof sub, "/%u%c", k & 7, s[k].form);
		} else {
			snprintf(sub, sizeof sub, "%c", s[k].form);
		}
		by_form[map][p][op][k] = (u16)add(&s[k], sub);
		for (unsigned d = 1; !group && d < 8; d++)
			by_form[map][p][op][k | d] = by_form[map][p][op][k];
	}
}

static void add_x87(unsigned op)
{
	struct slot s;
	char sub[8];

	for (unsigned k = 0; k < 72; k++) {
		unsigned modrm = k < 8 ? k << 3 | 3 : 0xc0 + k - 8;

		if (probe(MAP_X87, PFX_NONE, op, modrm, &s) != 2)
			continue;
		s.form = k < 8 ? 'm' : 'r';
		s.modrm = (u8)modrm;
		s.digit = (s8)(modrm >> 3 & 7);
		snprintf(sub, sizeof sub, k < 8 ? "/%um" : "%02X", k < 8 ? k : modrm);
		by_x87[op - 0xd8][k] = (u16)add(&s, sub);
	}
}

static bool is_prefix(unsigned op)
{
	return memchr(prefixes, (int)op, sizeof prefixes);
}

static void enumerate(void)
{
	struct slot s;

	memset(by_form, 0xff, sizeof by_form);
	memset(by_x87, 0xff, sizeof by_x87);
	for (unsigned map = MAP_ONE; map <= MAP_0F; map++)
		for (unsigned op = 0; op < 256; op++) {
			if (map == MAP_ONE && is_prefix(op)) {
				s = (struct slot){.op = (u8)op, .digit = -1, .form = '-'};
				strcpy(s.name, "prefix");
				by_form[map][PFX_NONE][op][16] = (u16)add(&s, "");
				continue;
			}
			if (map == MAP_ONE && (op == 0x0f || (op >= 0xd8 && op <= 0xdf)))
				continue;
			for (unsigned p = 0; p < PFX_COUNT; p++) {
				bool modrm = false;

				for (unsigned k = 0; k < 16 && !modrm; k++)
					modrm = probe(map, p, op,
						      k < 8 ? k << 3 | 3 : 0xc0 | (k & 7) << 3,
						      &s) == 2;
				if (modrm)
					add_modrm(map, p, op);
				else if (probe(map, p, op, 0, &s) == 1)
					by_form[map][p][op][16] = (u16)add(&s, "");
			}
		}
	for (unsigned op = 0xd8; op <= 0xdf; op++)
		add_x87(op);
}

const struct slot *slots_all(unsigned *n)
{
	if (!ready) {
		setup_decoders();
		read_table();
		enumerate();
		ready = true;
	}
	*n = nslots;
	return slots;
}

static unsigned slot_of(const ZydisDecodedInstruction *z)
{
	int map = map_of(z);
	unsigned modrm = z->raw.modrm.reg, form = 16, slot;

	if (map < 0)
		return NO_SLOT;
	if (map == MAP_X87)
		return by_x87[z->opcode - 0xd8]
			     [z->raw.modrm.mod == 3 ? 8 + modrm * 8 + z->raw.modrm.rm : modrm];
	if (z->attributes & ZYDIS_ATTRIB_HAS_MODRM) {
		form = modrm;
		/* MOV CR and DR: mod is ignored and taken as 3 (SDM vol. 2B). */
		if (z->raw.modrm.mod == 3 ||
		    (map == MAP_0F && z->opcode >= 0x20 && z->opcode <= 0x23))
			form |= 8;
	}
	slot = by_form[map][mandatory(z)][z->opcode][form];
	return slot != NO_SLOT ? slot : by_form[map][PFX_NONE][z->opcode][form];
}

/* Does the next instruction follow for sure? */
static bool ends(const ZydisDecodedInstruction *z)
{
	switch (z->meta.category) {
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_UNCOND_BR:
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_SYSRET:
		return true;
	default:
		return z->mnemonic == ZYDIS_MNEMONIC_HLT;
	}
}

unsigned slots_walk(const u8 *code, unsigned n, unsigned bits, bool real, unsigned last,
		    slot_seen *seen, void *arg, int *bad)
{
	unsigned at = 0, count = 0, unused;

	slots_all(&unused);
	*bad = -1;
	while (at < n && at <= last) {
		ZydisDecodedInstruction z;
		unsigned s;

		if (!decode(bits == 32 ? DEC_32
			    : real     ? DEC_REAL
				       : DEC_16,
			    code + at, n - at, &z)) {
			*bad = (int)at;
			break;
		}
		s = slot_of(&z);
		if (s != NO_SLOT)
			seen(arg, s);
		for (unsigned k = 0; k < z.raw.prefix_count; k++) {
			u8 p = z.raw.prefixes[k].value;

			if (is_prefix(p))
				seen(arg, by_form[MAP_ONE][PFX_NONE][p][16]);
		}
		count++;
		if (ends(&z))
			break;
		at += z.length;
	}
	return count;
}
