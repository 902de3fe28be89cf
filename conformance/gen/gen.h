/* SPDX-License-Identifier: MIT
 * What the generators of the instruction families share: making a case,
 * seeded values, and an assembler for one instruction.
 */
#ifndef CONFORMANCE_GEN_GEN_H
#define CONFORMANCE_GEN_GEN_H

#include "conformance/tcase.h"

struct gen {
	struct tlist *list;
	u64 rng; /* seeded by the name of the case at hand */
};

/* Identity of a case before its class is known. */
struct cell {
	const char *group, *mnemonic, *form, *cite;
	const struct mode_cpl *mc;
};

/* A new case with default state and random arithmetic flags.  The pointer is
 * good until the next call. */
struct tcase *gen_case(struct gen *g, const struct cell *c, const char *cls);
/* Name a cell that stays empty. */
void gen_empty(struct gen *g, const struct cell *c, const char *cls, const char *reason);
/* Drop the newest case again. */
void gen_drop(struct gen *g);

u32 rnd(struct gen *g);
static inline u32 rnd_below(struct gen *g, u32 n)
{
	return rnd(g) % n;
}

static inline u32 size_mask(unsigned size)
{
	return size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1;
}

void set_gpr(struct tcase *t, unsigned reg, u32 value);
/* Write a register operand of 1 (AL..BH), 2 or 4 bytes, leaving the rest. */
void set_reg(struct tcase *t, unsigned size, unsigned reg, u32 value);
void set_sel(struct tcase *t, unsigned sreg, u16 sel);
void set_mem(struct tcase *t, u32 lin, const void *data, unsigned n);
void set_mem32(struct tcase *t, u32 lin, u32 value, unsigned size);
/* Linear address of an offset in one of the six segments' 64 KiB. */
static inline u32 win(unsigned sreg, u32 off)
{
	return case_seg_base(sreg) + off;
}
/* Offset that an instruction must use in this mode to reach win(sreg, off). */
static inline u32 mode_off(const struct tcase *t, unsigned sreg, u32 off)
{
	return win(sreg, off) - case_default_base(t->mode, sreg);
}

/* --- one instruction --- */
struct insn {
	u8 prefix[16];
	u8 nprefix;
	u8 op[3];
	u8 nop;
	u8 modrm[8];
	u8 nmodrm;
	u8 imm[8];
	u8 nimm;
};

void ins_prefix(struct insn *i, u8 b);
/* 66 and 67 where `bytes` is not the mode's default. */
void ins_opsize(const struct tcase *t, struct insn *i, unsigned bytes);
void ins_addrsize(const struct tcase *t, struct insn *i, unsigned bytes);
void ins_opcode(struct insn *i, u32 opcode); /* 0F00 | op for two-byte ones */
void ins_imm(struct insn *i, u32 value, unsigned bytes);
void ins_modrm_reg(struct insn *i, unsigned reg, unsigned rm);
void ins_segment(struct insn *i, unsigned sreg); /* override prefix */
void ins_done(struct tcase *t, const struct insn *i);

/* A memory operand reaching offset `off` of segment register `sreg`. */
struct memref {
	u8 sreg;     /* A_SREGS: choose one */
	u8 addr;     /* 0: choose; 2 or 4: address size */
	u8 used;     /* registers that must not become base or index */
	bool writes; /* CS is no choice in protected mode */
	bool plain;  /* default segment, absolute address, no prefix 67 */
	u32 off;
	u32 lin; /* out */
	u8 regs; /* out: registers the address depends on */
};
void ins_mem(struct gen *g, struct tcase *t, struct insn *i, unsigned reg, struct memref *m);

/* Vector of a limit violation through this segment register: 12 or 13. */
static inline unsigned limit_vector(unsigned sreg)
{
	return sreg == A_SS ? 12 : 13;
}

/* The families, in id order. */
void gen_table(struct gen *g);
void gen_string(struct gen *g);
void gen_stack(struct gen *g);
void gen_flow(struct gen *g);
void gen_segment(struct gen *g);
void gen_fault(struct gen *g);
void gen_system(struct gen *g);
void gen_sys(struct gen *g);
void gen_opmap(struct gen *g);

#endif
