/* SPDX-License-Identifier: MIT
 * One decoded guest instruction.  Zydis decodes; this struct keeps what the
 * translator and the monitor's emulation need, and is plain data so that
 * callouts can keep it in the arena.
 */
#ifndef BT_DECODE_H
#define BT_DECODE_H

#include "refvmm/vcpu.h"

#define INSN_MAX 15
#define NO_SEG   0xff
#define NO_REG   0xff

/* How the translator treats an instruction; one row of insn.def each. */
enum insn_class {
	IC_IDENT,   /* copied, prefixes renormalised */
	IC_STRING,  /* copied; implicit memory operands */
	IC_STACK,   /* copied; implicit stack access */
	IC_X87,     /* copied after the CR0.EM/TS check */
	IC_X87_ENV, /* stores or loads FIP/FDP: monitor */
	IC_MMX,
	IC_SSE,
	IC_WAIT, /* FWAIT */
	IC_RDTSC,
	IC_JCC,
	IC_LOOP, /* LOOPcc, JCXZ/JECXZ */
	IC_JMP,  /* near: relative, register or memory */
	IC_CALL, /* near */
	IC_RET,  /* near */
	IC_PUSHF,
	IC_POPF,
	IC_CLI,
	IC_STI,
	IC_PUSH_SEG,
	IC_MOV_SEG, /* MOV r/m,Sreg in line; MOV Sreg,r/m by the monitor */
	IC_INTO,
	IC_ARPL, /* copied in protected mode, #UD elsewhere */
	IC_MON,  /* callout to the monitor handler of the same name */
	IC_UD,   /* raises #UD on every processor modelled */
	IC_STOP, /* known and not supported: stops the VM by name */
};

struct insn {
	u32 eip;      /* where it stands, guest EIP */
	u16 mnemonic; /* ZydisMnemonic */
	u8 cls;       /* enum insn_class */
	u8 len;
	u8 bytes[INSN_MAX];
	u8 opsize;     /* effective operand size of the code: 2 or 4 */
	u8 adsize;     /* effective address size: 2 or 4 */
	u8 width;      /* operand width in bytes of this instruction: 1, 2, 4 ... */
	u8 opcode_off; /* first byte after the legacy prefixes */
	u8 opcode;     /* last opcode byte */
	u8 map;        /* 0 one-byte, 1 0F, 2 0F38, 3 0F3A */
	u8 modrm_off;  /* 0: no ModRM */
	u8 mod, reg, rm;
	u8 rep; /* 0, 0xF2 or 0xF3 (also when mandatory) */
	u8 lock;
	u8 mand66;     /* 66 belongs to the opcode (SSE2) */
	u8 seg_prefix; /* enum sreg of the override, NO_SEG if none */
	u8 has_mem;    /* explicit ModRM or moffs memory operand, LEA excluded */
	u8 mem_seg;    /* enum sreg of that operand (or of a string source) */
	u8 mem_read, mem_write;
	u16 mem_size;           /* bytes accessed, 0 when none */
	u8 base, index, scale;  /* enum gpr or NO_REG; scale 1, 2, 4, 8 */
	u8 disp_off, disp_size; /* offset and bytes of the displacement */
	u8 imm_off, imm_size;
	u8 writes_mem; /* any memory write, implicit ones too */
	s32 disp;
	u32 imm;        /* zero-extended immediate as encoded; relative: target EIP */
	u32 imm2;       /* ENTER level, far pointer selector */
	u32 rel_target; /* branch target EIP, masked to opsize */
};

struct decode_mode {
	bool code32;    /* CS.D */
	bool protected; /* CR0.PE and not VM */
};

/* Decode `avail` bytes standing at guest EIP `eip`.  Returns
 *  0 ok;
 *  DECODE_MORE: bytes ran out (fetch of the next byte decides);
 *  DECODE_UD: not an instruction of the modelled processors: #UD;
 *  DECODE_LONG: over 15 bytes: #GP(0). */
enum decode_status { DECODE_OK, DECODE_MORE, DECODE_UD, DECODE_LONG };
enum decode_status bt_decode(struct decode_mode mode, const u8 *bytes, unsigned avail, u32 eip,
			     struct insn *out);

/* Decode for a processor with these CPUID features (leaf 1 EDX and ECX): the
 * instructions of the others are #UD.  Until called, all of them decode. */
void bt_decode_for(u32 edx, u32 ecx);

const char *bt_insn_name(const struct insn *i);
/* AT: "add eax, ebx" text for traces and messages. */
void bt_disassemble(struct decode_mode mode, const struct insn *i, char *text, size_t size);

/* Does an operand-size prefix select a size?  In front of the other instructions
 * it would select another instruction: 66 0F AE F0 is not MFENCE, and 66 0F C3
 * not MOVNTI (SDM vol. 2 appendix A). */
static inline bool insn_takes_opsize(const struct insn *i)
{
	if (i->cls == IC_MMX || i->cls == IC_SSE)
		return false;
	return i->map != 1 ||
	       (i->opcode != 0xae && i->opcode != 0xc3 && i->opcode != 0xc7 && i->opcode != 0x18);
}

/* MASKMOVQ and MASKMOVDQU: registers in ModRM, implicit operand at DS:[eDI]. */
static inline bool insn_is_maskmov(const struct insn *i)
{
	return i->map == 1 && i->opcode == 0xf7 && (i->cls == IC_SSE || i->cls == IC_MMX);
}

/* Effective address of the ModRM/moffs operand from monitor-held registers. */
static inline u32 insn_ea(const struct vcpu *v, const struct insn *i)
{
	u32 ea = (u32)i->disp;

	if (i->base != NO_REG)
		ea += v->gpr[i->base];
	if (i->index != NO_REG)
		ea += v->gpr[i->index] * i->scale;
	return i->adsize == 2 ? (u16)ea : ea;
}

#endif
