/* SPDX-License-Identifier: MIT
 * What the generators of the system groups share: a case in any ring, its set-up,
 * its code as text, and what the manual's rules say of its outcome.
 */
#ifndef CONFORMANCE_SYS_SYS_H
#define CONFORMANCE_SYS_SYS_H

#include "conformance/gen/gen.h"

/* CPUID leaf 1 EDX. */
enum {
	N_FPU = 1u << 0,
	N_VME = 1u << 1,
	N_DE = 1u << 2,
	N_PSE = 1u << 3,
	N_MSR = 1u << 5,
	N_PAE = 1u << 6,
	N_CX8 = 1u << 8,
	N_SEP = 1u << 11,
	N_PGE = 1u << 13,
	N_CMOV = 1u << 15,
	N_PSE36 = 1u << 17,
	N_MMX = 1u << 23,
	N_FXSR = 1u << 24,
	N_SSE = 1u << 25,
	N_SSE2 = 1u << 26,
};

/* Control register bits (SDM vol. 3A section 2.5). */
enum { CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_NE = 0x20, CR0_WP = 0x10000, CR0_AM = 0x40000 };
enum {
	CR4_VME = 1,
	CR4_PVI = 2,
	CR4_TSD = 4,
	CR4_DE = 8,
	CR4_PSE = 0x10,
	CR4_PAE = 0x20,
	CR4_PGE = 0x80,
	CR4_OSFXSR = 0x200,
};

/* Exceptions by name. */
enum {
	DE = 0,
	DB = 1,
	UD = 6,
	NM = 7,
	DF = 8,
	TS = 10,
	NP = 11,
	SS = 12,
	GP = 13,
	PF = 14,
	MF = 16,
	AC = 17
};

/* A new system case group/mnemonic/form/mode/class; form and class are copied.
 * The pointer is good until the next one. */
struct tcase *sys_case(struct gen *g, const char *group, const char *mnemonic, const char *form,
		       unsigned mode, unsigned cpl, const char *cls, const char *cite);
/* text in the style of printf() for a form or class: good until four calls later. */
const char *sys_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Code: hexadecimal bytes, W and D for 16- and 32-bit arguments, 'O' for 66 in code
 * of 16-bit segments, 'o' for 66 in code of 32-bit segments. */
void sys_code(struct tcase *t, const char *text, ...);
/* Is the code of 32-bit segments? */
bool sys_wide(const struct tcase *t);
/* op (text), the ModRM byte of /reg with [disp], the offset. */
void sys_mem(struct tcase *t, const char *op, unsigned reg, u32 off);
void sys_op(struct tcase *t, unsigned kind, unsigned idx, u32 lo, u32 hi);
/* Descriptor (SDM vol. 3A figure 3-8); flags: 8 G, 4 D/B. */
void sys_desc(struct tcase *t, unsigned kind, unsigned slot, u32 base, u32 limit, u8 access,
	      u8 flags);
u32 desc_low(u32 base, u32 limit);
u32 desc_high(u32 base, u32 limit, u8 access, u8 flags);
/* Gate (figure 6-2, 5-8). */
void sys_gate(struct tcase *t, unsigned kind, unsigned slot, u16 sel, u32 offset, u8 access,
	      u8 count);

void expect(struct tcase *t, unsigned kind, unsigned idx, u32 mask, u32 value);
void expect_mem(struct tcase *t, u32 lin, unsigned n, u32 mask, u32 value);
void expect_same(struct tcase *t, u32 lin, unsigned n);
/* The 64-bit significand at lin, or one of its two neighbours. */
void expect_ulp(struct tcase *t, u32 lin, u64 sig);
/* The newest expectation accepts alt, too (of X_SAME: the bytes become alt); choice is
 * a row of conformance/choices.def.  What is open is not compared between VMMs. */
void expect_or(struct tcase *t, const char *choice, u32 alt);
/* The case ends at its INT3, or as a fault at its first instruction; an error code
 * where the vector has one. */
void expect_done(struct tcase *t);
void expect_fault(struct tcase *t, unsigned vector, u32 error);

/* Handlers in ring 0, in the case's code window (from SYS_HANDLER on) with a counter
 * in its stack window; for flat mode, outer rings and virtual-8086 mode: #DB that sets
 * IF and RF in the image it returns to; #DB that does so, and clears TF, at the nth
 * trap; a vector that is counted at SYS_COUNTER + 4 (also in real mode). */
#define SYS_HANDLER (CASE_CS_BASE + 0x1180u)
#define SYS_COUNTER (CASE_SS_BASE + 0x1180u)
void sys_handler_open(struct tcase *t);
void sys_handler_step(struct tcase *t, unsigned n);
void sys_handler_count(struct tcase *t, unsigned vector);
/* A handler of any vector from text of sys_code()'s kind, 32-bit code, at an offset
 * behind SYS_HANDLER; at most TC_MEM_LEN bytes. */
void sys_handler(struct tcase *t, unsigned vector, unsigned off, const char *text, ...);
/* A linear address of the stack window as an offset in the SS of a ring 0 handler. */
u32 sys_handler_ss(const struct tcase *t, u32 lin);

/* The groups, in id order. */
void gen_sys_check(struct gen *g);
void gen_sys_load(struct gen *g);
void gen_sys_limit(struct gen *g);
void gen_sys_far(struct gen *g);
void gen_sys_gate(struct gen *g);
void gen_sys_iret(struct gen *g);
void gen_sys_priv(struct gen *g);
void gen_sys_iomap(struct gen *g);
void gen_sys_page(struct gen *g);
void gen_sys_cross(struct gen *g);
void gen_sys_debug(struct gen *g);
void gen_sys_align(struct gen *g);
void gen_sys_fpu(struct gen *g);
void gen_sys_task(struct gen *g);
void gen_sys_sensitive(struct gen *g);
/* Those of sweeps.c. */
void gen_sys_sweeps(struct gen *g);
void gen_sys_irq(struct gen *g);
void gen_sys_rep(struct gen *g);
void gen_sys_smc(struct gen *g);
void gen_sys_implicit(struct gen *g);
void gen_sys_transcend(struct gen *g);
void gen_sys_mode(struct gen *g);
void gen_sys_timer(struct gen *g);
void gen_sys_fetch(struct gen *g);
void gen_sys_remap(struct gen *g);
void gen_sys_trap(struct gen *g);
void gen_sys_dfault(struct gen *g);
void gen_sys_prio(struct gen *g);
void gen_sys_sysenter(struct gen *g);
void gen_sys_vme(struct gen *g);
void gen_sys_x87env(struct gen *g);
void gen_sys_x87image(struct gen *g);
void gen_sys_taskfault(struct gen *g);
void gen_sys_taskstate(struct gen *g);
void gen_sys_taskdebug(struct gen *g);
void gen_sys_taskpage(struct gen *g);
void gen_sys_trapflow(struct gen *g);
void gen_sys_pagectl(struct gen *g);
void gen_sys_nowrite(struct gen *g);
void gen_sys_bus(struct gen *g);
void gen_bus_tables(struct gen *g);
void gen_sys_ferr(struct gen *g);
void gen_sys_nmi(struct gen *g);
void gen_sys_consume(struct gen *g);
void gen_sys_idtreal(struct gen *g);
void gen_sys_gdtpage(struct gen *g);
void gen_sys_spaces(struct gen *g);
void gen_sys_crossfar(struct gen *g);
void gen_sys_split(struct gen *g);
void gen_sys_counters(struct gen *g);

#endif
