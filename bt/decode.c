/* SPDX-License-Identifier: MIT
 * Decoding with Zydis, narrowed to the modelled processors: newer ISA sets are
 * #UD, and encodings that older processors execute as NOP, BSF or BSR (F3 0F BC
 * and friends) decode as those.  Host context: Zydis is compiled with SSE.
 */
#include "bt/decode.h"

#ifdef BT_MUTATE
#include "bt/emit.h"
#endif

#include "refvmm/cpuid.h"

#include <Zydis/Zydis.h>
#include <string.h>

#define CLASS_NONE 0xff

static ZydisDecoder decoder_real, decoder_16, decoder_32;
static u8 class_of[ZYDIS_MNEMONIC_MAX_VALUE + 1];
static u8 class_of_set[ZYDIS_ISA_SET_MAX_VALUE + 1];
static bool ready;

static void decoder_setup(ZydisDecoder *d, ZydisMachineMode mode, ZydisStackWidth width)
{
	/* Not on the modelled processors; their encodings are older ones'. */
	static const ZydisDecoderMode off[] = {
		ZYDIS_DECODER_MODE_MPX,   ZYDIS_DECODER_MODE_CET,      ZYDIS_DECODER_MODE_LZCNT,
		ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE,
	};

	ZydisDecoderInit(d, mode, width);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		ZydisDecoderEnableMode(d, off[i], ZYAN_FALSE);
}

static void setup(void)
{
	decoder_setup(&decoder_real, ZYDIS_MACHINE_MODE_REAL_16, ZYDIS_STACK_WIDTH_16);
	decoder_setup(&decoder_16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
	decoder_setup(&decoder_32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
	memset(class_of, CLASS_NONE, sizeof(class_of));
	memset(class_of_set, CLASS_NONE, sizeof(class_of_set));
#define I(m, c)   class_of[ZYDIS_MNEMONIC_##m] = IC_##c;
#define SET(s, c) class_of_set[ZYDIS_ISA_SET_##s] = IC_##c;
#include "bt/insn.def"
	ready = true;
}

/* The CPUID feature that an instruction needs besides being in the table: by ISA
 * set, and some by mnemonic.  PPRO stands for the family that has CMOV. */
static const struct {
	u16 set;
	u32 edx, ecx;
} set_needs[] = {
	{ZYDIS_ISA_SET_CMOV, F_CMOV, 0},
	{ZYDIS_ISA_SET_FCMOV, F_CMOV, 0},
	{ZYDIS_ISA_SET_PPRO, F_CMOV, 0},
	{ZYDIS_ISA_SET_FAT_NOP, F_CMOV, 0},
	{ZYDIS_ISA_SET_RDPMC, F_MMX, 0},
	{ZYDIS_ISA_SET_PENTIUMMMX, F_MMX, 0},
	{ZYDIS_ISA_SET_FXSAVE, F_FXSR, 0},
	{ZYDIS_ISA_SET_SSE, F_SSE, 0},
	{ZYDIS_ISA_SET_SSEMXCSR, F_SSE, 0},
	{ZYDIS_ISA_SET_SSE_PREFETCH, F_CMOV, 0}, /* a hint NOP before SSE */
	{ZYDIS_ISA_SET_SSE2, F_SSE2, 0},
	{ZYDIS_ISA_SET_SSE2MMX, F_SSE2, 0},
	{ZYDIS_ISA_SET_CLFSH, F_CLFSH, 0},
	{ZYDIS_ISA_SET_SSE3, 0, F_SSE3},
	{ZYDIS_ISA_SET_SSE3X87, 0, F_SSE3},
	{ZYDIS_ISA_SET_SSSE3, 0, F_SSSE3},
	{ZYDIS_ISA_SET_SSSE3MMX, 0, F_SSSE3},
};

static const struct {
	u16 mnemonic;
	u32 edx;
} insn_needs[] = {
	{ZYDIS_MNEMONIC_FCOMI, F_CMOV},    {ZYDIS_MNEMONIC_FCOMIP, F_CMOV},
	{ZYDIS_MNEMONIC_FUCOMI, F_CMOV},   {ZYDIS_MNEMONIC_FUCOMIP, F_CMOV},
	{ZYDIS_MNEMONIC_SYSENTER, F_SEP},  {ZYDIS_MNEMONIC_SYSEXIT, F_SEP},
	{ZYDIS_MNEMONIC_CMPXCHG8B, F_CX8},
};

/* What SSE added to the MMX registers, opcodes 0F xx; Zydis counts most of it to
 * MMX. */
static const u8 sse_on_mmx[] = {0x70, 0xc4, 0xc5, 0xd7, 0xda, 0xde, 0xe0,
				0xe3, 0xe4, 0xe7, 0xea, 0xee, 0xf6, 0xf7};

static u8 absent_set[ZYDIS_ISA_SET_MAX_VALUE + 1], absent[ZYDIS_MNEMONIC_MAX_VALUE + 1];

static bool no_sse;

void bt_decode_for(u32 edx, u32 ecx)
{
	no_sse = !(edx & F_SSE);
	for (size_t k = 0; k < sizeof(set_needs) / sizeof(set_needs[0]); k++)
		absent_set[set_needs[k].set] =
			(set_needs[k].edx & ~edx) || (set_needs[k].ecx & ~ecx);
	for (size_t k = 0; k < sizeof(insn_needs) / sizeof(insn_needs[0]); k++)
		absent[insn_needs[k].mnemonic] = !!(insn_needs[k].edx & ~edx);
}

static u8 sreg_of(ZydisRegister r)
{
	/* ORDER sreg: Zydis lists ES CS SS DS FS GS too. */
	return r >= ZYDIS_REGISTER_ES && r <= ZYDIS_REGISTER_GS ? r - ZYDIS_REGISTER_ES : NO_SEG;
}

static u8 gpr_of(ZydisRegister r)
{
	ZyanI8 id = r == ZYDIS_REGISTER_NONE ? -1 : ZydisRegisterGetId(r);

	return id < 0 ? NO_REG : (u8)id;
}

/* Sets from the 8086 to the Pentium III whose instructions must have a row. */
static bool modelled_set(ZydisISASet set)
{
	switch (set) {
	case ZYDIS_ISA_SET_I86:
	case ZYDIS_ISA_SET_I186:
	case ZYDIS_ISA_SET_I286REAL:
	case ZYDIS_ISA_SET_I286PROTECTED:
	case ZYDIS_ISA_SET_I386:
	case ZYDIS_ISA_SET_I486:
	case ZYDIS_ISA_SET_I486REAL:
	case ZYDIS_ISA_SET_PENTIUMREAL:
	case ZYDIS_ISA_SET_PPRO:
	case ZYDIS_ISA_SET_LAHF:
	case ZYDIS_ISA_SET_PAUSE:
	case ZYDIS_ISA_SET_FAT_NOP:
		return true;
	default:
		return false;
	}
}

/* Integer instructions of SSE and SSE2 on MMX registers need CR0.EM and TS clear
 * like MMX, but not CR4.OSFXSR; conversions (0F 2A, 2C, 2D) use MXCSR and do
 * (SDM vol. 3B section 23.25.3). */
static bool only_mmx(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	bool mmx = false;

	if (z->opcode >= 0x2a && z->opcode <= 0x2d)
		return false;
	for (unsigned k = 0; k < z->operand_count; k++) {
		ZydisRegisterClass c = op[k].type == ZYDIS_OPERAND_TYPE_REGISTER
					       ? ZydisRegisterGetClass(op[k].reg.value)
					       : ZYDIS_REGCLASS_INVALID;

		if (c == ZYDIS_REGCLASS_XMM)
			return false;
		mmx |= c == ZYDIS_REGCLASS_MMX;
	}
	return mmx;
}

/* Class by mnemonic, then the forms of one mnemonic that differ. */
static u8 classify(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	u8 c = class_of[z->mnemonic];

	if (absent_set[z->meta.isa_set] || absent[z->mnemonic])
		return IC_UD;
	if (no_sse && z->meta.isa_set == ZYDIS_ISA_SET_PENTIUMMMX &&
	    memchr(sse_on_mmx, z->opcode, sizeof(sse_on_mmx)))
		return IC_UD;
	if (c == CLASS_NONE)
		c = class_of_set[z->meta.isa_set];
	if (c == CLASS_NONE)
#ifdef WITHOUT_UNKNOWN_STOPS
		return IC_IDENT;
#else
		return modelled_set(z->meta.isa_set) ? IC_STOP : IC_UD;
#endif
	if (c == IC_SSE && only_mmx(z, op))
		return IC_MMX;
	switch (z->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (z->opcode_map == ZYDIS_OPCODE_MAP_0F)
			return IC_MON; /* control and debug registers */
		if (z->opcode == 0x8c || z->opcode == 0x8e)
			return z->opcode == 0x8c ? IC_MOV_SEG : IC_MON;
		break;
	case ZYDIS_MNEMONIC_MOVSD: /* the SSE2 instructions of these names */
	case ZYDIS_MNEMONIC_CMPSD:
		return z->opcode_map == ZYDIS_OPCODE_MAP_0F ? IC_SSE : IC_STRING;
	case ZYDIS_MNEMONIC_PUSH:
	case ZYDIS_MNEMONIC_POP:
		if (op[0].type == ZYDIS_OPERAND_TYPE_REGISTER && sreg_of(op[0].reg.value) != NO_SEG)
			return z->mnemonic == ZYDIS_MNEMONIC_PUSH ? IC_PUSH_SEG : IC_MON;
		break;
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_CALL:
	case ZYDIS_MNEMONIC_RET:
		if (z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
			return IC_MON;
		break;
	default:
		break;
	}
	return c;
}

#ifdef COPY_RAW
#ifndef COPY_RAW_FROM
#define COPY_RAW_FROM 1u
#endif

/* The listed instructions as if they meant no harm, from EIP COPY_RAW_FROM on: the
 * guest's runtime (guests/hostile/hostile.inc) stays as it is. */
static u8 copy_raw(const struct insn *i)
{
	static const u16 raw[] = {COPY_RAW};

	for (size_t k = 0; k < sizeof(raw) / sizeof(raw[0]); k++)
		if (i->mnemonic == raw[k] && i->eip >= COPY_RAW_FROM &&
		    (i->cls == IC_MON || i->cls == IC_UD))
			return IC_IDENT;
	return i->cls;
}
#endif

static void decode_operands(struct insn *o, const ZydisDecodedInstruction *z,
			    const ZydisDecodedOperand *op)
{
	o->base = o->index = NO_REG;
	o->mem_seg = NO_SEG;
	for (unsigned k = 0; k < z->operand_count; k++) {
		const ZydisDecodedOperand *p = &op[k];

		if (p->type != ZYDIS_OPERAND_TYPE_MEMORY)
			continue;
		if (p->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
			o->writes_mem = 1;
		if (p->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			continue;
		if (p->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT) {
			/* String source, XLAT table, MASKMOV: DS or the override. */
			if (gpr_of(p->mem.base) == R_ESI || gpr_of(p->mem.base) == R_EBX ||
			    insn_is_maskmov(o))
				o->mem_seg = sreg_of(p->mem.segment);
			continue;
		}
		if (o->has_mem)
			continue;
		if (o->cls == IC_STRING && o->mnemonic != ZYDIS_MNEMONIC_XLAT) {
			/* Strings in explicit operand notation. */
			if (gpr_of(p->mem.base) == R_ESI)
				o->mem_seg = sreg_of(p->mem.segment);
			continue;
		}
		o->has_mem = 1;
		o->mem_seg = sreg_of(p->mem.segment);
		o->mem_size = p->size / 8;
		o->mem_read = !!(p->actions & ZYDIS_OPERAND_ACTION_MASK_READ);
		o->mem_write = !!(p->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
		o->base = gpr_of(p->mem.base);
		o->index = gpr_of(p->mem.index);
		o->scale = p->mem.scale ? p->mem.scale : 1;
		o->disp = p->mem.disp.has_displacement ? (s32)p->mem.disp.value : 0;
	}
	o->width = z->operand_count ? op[0].size / 8 : 0;
}

/* LDS, LES and BOUND of a register and POP with a register field: undefined, but
 * Zydis takes them for VEX, EVEX and XOP prefixes and asks for more bytes. */
static bool vex_space(const u8 *bytes, unsigned avail)
{
	unsigned k = 0;

	while (k < avail && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", bytes[k]) &&
	       bytes[k])
		k++;
	if (k + 1 >= avail)
		return false;
	if (bytes[k] == 0x8f)
		return bytes[k + 1] & 0x38;
	return (bytes[k] == 0xc4 || bytes[k] == 0xc5 || bytes[k] == 0x62) && bytes[k + 1] >= 0xc0;
}

enum decode_status bt_decode(struct decode_mode mode, const u8 *bytes, unsigned avail, u32 eip,
			     struct insn *out)
{
	ZydisDecodedInstruction z;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	const ZydisDecoder *d;
	ZyanStatus st;
	bool has66 = false, has67 = false;

	if (!ready)
		setup();
	d = mode.code32 ? &decoder_32 : mode.protected ? &decoder_16 : &decoder_real;
	memset(out, 0, sizeof(*out));
	out->eip = eip;
	out->seg_prefix = NO_SEG;
	st = ZydisDecoderDecodeFull(d, bytes, avail, &z, op);
	/* Zydis has no SYSENTER and SYSEXIT in real mode; they are #GP there and in virtual-8086
	 * mode (SDM vol. 2B), not #UD. */
	if (!ZYAN_SUCCESS(st) && d == &decoder_real && st != ZYDIS_STATUS_NO_MORE_DATA &&
	    ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_16, bytes, avail, &z, op)) &&
	    (z.mnemonic == ZYDIS_MNEMONIC_SYSENTER || z.mnemonic == ZYDIS_MNEMONIC_SYSEXIT))
		st = ZYAN_STATUS_SUCCESS;
	if (!ZYAN_SUCCESS(st)) {
		if (st == ZYDIS_STATUS_NO_MORE_DATA && vex_space(bytes, avail))
			return DECODE_UD;
		if (st == ZYDIS_STATUS_NO_MORE_DATA)
			return avail >= INSN_MAX ? DECODE_LONG : DECODE_MORE;
		if (st == ZYDIS_STATUS_INSTRUCTION_TOO_LONG)
			return DECODE_LONG;
		return DECODE_UD;
	}
	out->mnemonic = z.mnemonic;
	out->len = z.length;
	memcpy(out->bytes, bytes, z.length);
	if (z.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
		return DECODE_UD; /* VEX, EVEX, XOP, 3DNow!: not modelled */
	out->opcode_off = z.raw.prefix_count;
	for (unsigned k = 0; k < z.raw.prefix_count; k++) {
		switch (z.raw.prefixes[k].value) {
		case 0x66:
			has66 = true;
			out->mand66 |= z.raw.prefixes[k].type == ZYDIS_PREFIX_TYPE_MANDATORY;
			break;
		case 0x67:
			has67 = true;
			break;
		case 0xf0:
			out->lock = 1;
			break;
		case 0xf2:
		case 0xf3:
			if (z.raw.prefixes[k].type != ZYDIS_PREFIX_TYPE_IGNORED)
				out->rep = z.raw.prefixes[k].value;
			break;
		case 0x26:
			out->seg_prefix = S_ES;
			break;
		case 0x2e:
			out->seg_prefix = S_CS;
			break;
		case 0x36:
			out->seg_prefix = S_SS;
			break;
		case 0x3e:
			out->seg_prefix = S_DS;
			break;
		case 0x64:
			out->seg_prefix = S_FS;
			break;
		case 0x65:
			out->seg_prefix = S_GS;
			break;
		}
	}
	if (z.mnemonic == ZYDIS_MNEMONIC_NOP)
		out->rep = 0; /* F3 0F 1E would be RDSSP on a host with shadow stacks */
	out->opsize = mode.code32 != (has66 && !out->mand66) ? 4 : 2;
	out->adsize = mode.code32 != has67 ? 4 : 2;
	out->opcode = z.opcode;
	out->map = z.opcode_map;
	if (z.attributes & ZYDIS_ATTRIB_HAS_MODRM) {
		out->modrm_off = z.raw.modrm.offset;
		out->mod = z.raw.modrm.mod;
		out->reg = z.raw.modrm.reg;
		out->rm = z.raw.modrm.rm;
	}
	out->disp_off = z.raw.disp.offset;
	out->disp_size = z.raw.disp.size / 8;
	out->imm_off = z.raw.imm[0].offset;
	out->imm_size = z.raw.imm[0].size / 8;
	out->imm = (u32)z.raw.imm[0].value.u;
	out->imm2 = (u32)z.raw.imm[1].value.u;
	out->cls = classify(&z, op);
#ifdef COPY_RAW /* test builds of refvmm/defences.def */
	out->cls = copy_raw(out);
#endif
	decode_operands(out, &z, op);
#ifdef BT_MUTATE
	mut_insn(out, z.mnemonic, z.meta.isa_set);
#endif
	if (out->cls == IC_UD)
		return DECODE_UD;
	if (z.raw.imm[0].is_relative) {
		out->rel_target = eip + z.length + (u32)z.raw.imm[0].value.s;
		if (out->opsize == 2)
			out->rel_target &= 0xffff;
	}
	/* Far pointer immediates: Zydis keeps them as a pointer operand. */
	if (z.operand_count && op[0].type == ZYDIS_OPERAND_TYPE_POINTER) {
		out->imm = op[0].ptr.offset;
		out->imm2 = op[0].ptr.segment;
	}
	return DECODE_OK;
}

const char *bt_insn_name(const struct insn *i)
{
	const char *s = ZydisMnemonicGetString(i->mnemonic);

	return s ? s : "(bad)";
}

void bt_disassemble(struct decode_mode mode, const struct insn *i, char *text, size_t size)
{
	ZydisDecodedInstruction z;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	ZydisFormatter f;
	const ZydisDecoder *d;

	if (!ready)
		setup();
	d = mode.code32 ? &decoder_32 : mode.protected ? &decoder_16 : &decoder_real;
	ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(d, i->bytes, i->len, &z, op)) ||
	    !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&f, &z, op, z.operand_count_visible, text,
							  size, i->eip, NULL)))
		*text = 0;
}
