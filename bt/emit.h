/* SPDX-License-Identifier: MIT
 * Writing host code.  All bytes that guest context executes pass through these
 * functions (stubs included), so the rule "no host selector load, far transfer
 * or system call on the guest's behalf" can be checked in one place: the only
 * far jump is in stubs.c.
 *
 * Emitted code is 32-bit compatibility-mode code; the TC is mapped writable at
 * the same address for 64-bit code.
 */
#ifndef BT_EMIT_H
#define BT_EMIT_H

#include "refvmm/layout.h"
#include "refvmm/vcpu.h"
#include "refvmm/vcpu_offsets.h"

struct emit {
	u32 pc;  /* next byte */
	u32 end; /* nothing is written at or behind this address */
	u32 mon; /* monitor base */
	bool full;
	u16 n_relocs;
	u16 *relocs; /* what depends on where the code stands; NULL: not kept */
	u32 base;
};

/* A relocation is an offset from emit.base: of a rel32 that leads to a stub, or, with
 * RELOC_OWN, of the address of a place in the code itself. */
#define RELOC_OWN   0x8000
#define EMIT_RELOCS 256 /* a unit has fewer */

static inline void e8(struct emit *e, unsigned b)
{
#ifndef WITHOUT_CACHE_BOUNDS
	if (e->pc >= e->end) {
		e->full = true;
		return;
	}
#endif
	*(u8 *)(uintptr_t)e->pc++ = (u8)b;
}

static inline void e16(struct emit *e, unsigned w)
{
	e8(e, w);
	e8(e, w >> 8);
}

static inline void e32(struct emit *e, u32 d)
{
	e16(e, d);
	e16(e, d >> 16);
}

static inline void ebytes(struct emit *e, const u8 *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		e8(e, b[i]);
}

/* A rel32 already written at `at` now leads to `to`. */
static inline void patch_rel32(u32 at, u32 to)
{
	u32 rel = to - (at + 4);

	__builtin_memcpy((void *)(uintptr_t)at, &rel, 4);
}

/* ---- instructions on vCPU state, GS:[monitor base + off]; flags untouched ---- */

static inline void gs_modrm(struct emit *e, unsigned opcode, unsigned reg, u32 off)
{
	e8(e, 0x65);
	e8(e, opcode);
	e8(e, reg << 3 | 5);
	e32(e, e->mon + off);
}

/* mov gs:[off], r32 */
static inline void e_store(struct emit *e, u32 off, unsigned reg)
{
	gs_modrm(e, 0x89, reg, off);
}

/* mov r32, gs:[off] */
static inline void e_load(struct emit *e, unsigned reg, u32 off)
{
	gs_modrm(e, 0x8b, reg, off);
}

/* mov dword gs:[off], imm32 */
static inline void e_store_imm(struct emit *e, u32 off, u32 imm)
{
	gs_modrm(e, 0xc7, 0, off);
	e32(e, imm);
}

/* mov byte gs:[off], imm8 */
static inline void e_store_imm8(struct emit *e, u32 off, unsigned imm)
{
	gs_modrm(e, 0xc6, 0, off);
	e8(e, imm);
}

/* movzx r32, byte gs:[off] */
static inline void e_load8(struct emit *e, unsigned reg, u32 off)
{
	e8(e, 0x65);
	e8(e, 0x0f);
	e8(e, 0xb6);
	e8(e, reg << 3 | 5);
	e32(e, e->mon + off);
}

/* movzx r32, word gs:[off] */
static inline void e_load16(struct emit *e, unsigned reg, u32 off)
{
	e8(e, 0x65);
	e8(e, 0x0f);
	e8(e, 0xb7);
	e8(e, reg << 3 | 5);
	e32(e, e->mon + off);
}

/* lea r32, [r32 + disp32] */
static inline void e_lea(struct emit *e, unsigned dst, unsigned base, u32 disp)
{
	e8(e, 0x8d);
	e8(e, 0x80 | dst << 3 | base);
	if (base == R_ESP)
		e8(e, 0x24);
	e32(e, disp);
}

static inline void emit_reloc(struct emit *e, u32 at, u16 kind)
{
	if (!e->relocs)
		return;
	if (e->n_relocs == EMIT_RELOCS)
		e->full = true;
	else
		e->relocs[e->n_relocs++] = (u16)(at - e->base) | kind;
}

/* jmp rel32 to a known address; returns where the rel32 stands */
static inline u32 e_jmp(struct emit *e, u32 to)
{
	e8(e, 0xe9);
	if (to - (e->mon + MON_STUBS) < MON_REDIRECT - MON_STUBS)
		emit_reloc(e, e->pc, 0);
	e32(e, to - (e->pc + 4));
	return e->pc - 4;
}

/* The imm32 at `at`, emitted before, is the address of the next byte. */
static inline void e_here32(struct emit *e, u32 at)
{
	if (!e->full)
		__builtin_memcpy((void *)(uintptr_t)at, &e->pc, 4);
	emit_reloc(e, at, RELOC_OWN);
}

/* jcc rel32 */
static inline u32 e_jcc(struct emit *e, unsigned cc, u32 to)
{
	e8(e, 0x0f);
	e8(e, 0x80 | cc);
	e32(e, to - (e->pc + 4));
	return e->pc - 4;
}

/* jecxz +0; returns where the rel8 stands, for e_here8() */
static inline u32 e_jecxz(struct emit *e)
{
	e8(e, 0xe3);
	e8(e, 0);
	return e->pc - 1;
}

/* jmp short; returns where the rel8 stands, for e_here8() */
static inline u32 e_jmp8(struct emit *e)
{
	e8(e, 0xeb);
	e8(e, 0);
	return e->pc - 1;
}

/* opcode reg, gs:[base + monitor base + off]: tables and cells */
static inline void gs_base(struct emit *e, unsigned opcode, unsigned reg, unsigned base, u32 off)
{
	e8(e, 0x65);
	e8(e, opcode);
	e8(e, 0x80 | reg << 3 | base);
	e32(e, e->mon + off);
}

/* movzx r32, byte gs:[index + table] */
static inline void e_table8(struct emit *e, unsigned dst, unsigned index, u32 table)
{
	e8(e, 0x65);
	e8(e, 0x0f);
	e8(e, 0xb6);
	e8(e, 0x80 | dst << 3 | index);
	e32(e, e->mon + table);
}

/* movzx r32, word gs:[index * 2 + table] */
static inline void e_table16(struct emit *e, unsigned dst, unsigned index, u32 table)
{
	e8(e, 0x65);
	e8(e, 0x0f);
	e8(e, 0xb7);
	e8(e, dst << 3 | 4);
	e8(e, 0x45 | index << 3);
	e32(e, e->mon + table);
}

/* mov r32, gs:[index * 4 + table] */
static inline void e_table32(struct emit *e, unsigned dst, unsigned index, u32 table)
{
	e8(e, 0x65);
	e8(e, 0x8b);
	e8(e, dst << 3 | 4);
	e8(e, 0x85 | index << 3);
	e32(e, e->mon + table);
}

/* Let the rel8 at `at` lead to the next byte, at most 127 behind it. */
static inline void e_here8(struct emit *e, u32 at)
{
	u32 distance = e->pc - (at + 1);

	if (e->full)
		return;
	if (distance > 127)
		__builtin_trap(); /* an emitter that forgot its longest operand */
	*(u8 *)(uintptr_t)at = (u8)distance;
}

#ifdef BT_MUTATE
#include "bt/mutate.h"
#endif

#endif
