/* SPDX-License-Identifier: MIT
 * The world of a system case: what it may set up beyond registers and memory, and
 * where the guest reports what it changed there.  Shared by the guest runtime and
 * the generator.
 *
 * A system case is a case with PACK_SYS in its mode: it may run at CPL 0-3 or in
 * virtual-8086 mode, and its record ends with operations (struct sysop on the
 * host) that are undone behind it.
 */
#ifndef CONFORMANCE_SYSARENA_H
#define CONFORMANCE_SYSARENA_H

#include "conformance/arena.h"

/* Code and stack segments of rings 1 and 2, in the GDT behind the case segments. */
enum { RS_CODE16, RS_SS16, RS_CODE32, RS_SS32, RS_FCODE, RS_FDATA, RS_COUNT };
#define GDT_RING_FIRST (GDT_CASE_FIRST + SG_COUNT)
#define SEL_RING(ring, which)                                                                      \
	((u16)((GDT_RING_FIRST + ((ring)-1) * RS_COUNT + (which)) * 8u + (ring)))

/* Descriptors a case may write. */
#define SYS_SLOTS         6u
#define GDT_SYS_FIRST     (GDT_RING_FIRST + 2u * RS_COUNT)
#define GDT_TOTAL         ((GDT_SYS_FIRST + SYS_SLOTS + 1u) & ~1u)
#define LDT_TOTAL         ((SG_COUNT + SYS_SLOTS + 1u) & ~1u)
#define SEL_SLOT(n, rpl)  ((u16)((GDT_SYS_FIRST + (n)) * 8u | (rpl)))
#define SEL_LSLOT(n, rpl) ((u16)((SG_COUNT + (n)) * 8u | 4u | (rpl)))
#define SEL_MAIN_CODE     0x08u /* the runtime's flat code and data, TSS and LDT */
#define SEL_MAIN_DATA     0x10u
#define SEL_MAIN_TSS      0x28u
#define SEL_MAIN_LDT      0x30u

/* TSS of the runtime: 104 bytes, interrupt redirection bitmap, I/O bitmap. */
#define TSS_DWORDS 64u
#define TSS_LIMIT  103u
#define TSS_REDIR  0x68u
#define TSS_IOMAP  0x88u

/* The tables of the runtime (guests/proof/proof.ld), and how many gates there are. */
#define TABLES_IDT 0xa00000u
#define TABLES_GDT 0xa00800u

/* Paging: everything below PG_LIN is mapped to itself (the arena for user code,
 * the rest for ring 0), accessed and dirty.  From PG_LIN on the case decides. */
#define PG_LIN   0xc00000u
#define PG_PTES  8u
#define PG_BASE  0x8e0000u            /* what page tables the runtime and the cases have */
#define PG_PT    (PG_BASE + 0x4000u)  /* page table a PDE of the case may name, 32 bits */
#define PG_PAEPT (PG_BASE + 0x18000u) /* the same of PAE */
/* The directory in CR3 with PG_32, and a second one: PG_LIN is the window of GS there. */
#define PG_DIR  PG_BASE
#define PG_DIR2 (PG_BASE + 0x5000u)
enum { PG_NONE, PG_32, PG_PAE };

/* Operations: kind, index, then data. */
enum sys_op {
	OP_NEED,   /* CPUID leaf 1 EDX bits without which the case is not run */
	OP_GDT,    /* slot: descriptor */
	OP_LDT,    /* slot: descriptor */
	OP_IDT,    /* vector: gate */
	OP_TSS,    /* dword: value */
	OP_TSSLIM, /* limit of the TSS descriptor */
	OP_CR0,    /* bits to invert in 31: PE ET NE */
	OP_CR4,    /* bits to set */
	OP_DR,     /* register: value */
	OP_MSR,    /* low byte of an MSR 1xx: low dword */
	OP_PAGING, /* index: PG_32 or PG_PAE */
	OP_PTE,    /* page from PG_LIN: entry */
	OP_PDE,    /* 0 or 1 from PG_LIN: entry */
	OP_FPU,    /* index 1: FNINIT only; 2: with a pending unmasked #Z */
	OP_IRQ,    /* IRQ 0 at vector SYS_IRQ; 0: it waits for IF; else the 8254's count to it */
	OP_IVT,    /* vector: far pointer of real mode */
	OP_KINDS
};

static inline unsigned sys_op_bytes(unsigned kind)
{
	static const u8 bytes[OP_KINDS] = {4, 8, 8, 8, 4, 4, 4, 4, 4, 4, 0, 8, 8, 0, 4, 4};

	return bytes[kind];
}

/* As case_default_sel(), for every ring: data segments have DPL 3. */
static inline u16 case_sel_of(unsigned mode, unsigned cpl, unsigned sreg)
{
	if ((cpl == 1 || cpl == 2) && (sreg == A_CS || sreg == A_SS))
		return SEL_RING(cpl, 2 * (mode - 1u) + (sreg == A_SS));
	return case_default_sel(mode, cpl, sreg);
}

/* Vector of IRQ 0 in cases with OP_IRQ: firmware's is that of #DF. */
#define SYS_IRQ 0x68u
/* And of IRQ 13 with index 1. */
#define SYS_FERR (SYS_IRQ + 13u)

#define SYS_CR0  0x31u
#define SYS_DR6  0xffff0ff0u
#define SYS_DR7  0x400u

/* Observations, as runs of memory where no memory is.  Only what differs from
 * the state before the case is reported, each as a whole. */
#define OBS_BASE   0xf00000u
#define OBS_CR0    0xf00000u
#define OBS_CR2    0xf00004u
#define OBS_CR4    0xf0000cu
#define OBS_DR6    0xf00010u
#define OBS_DR7    0xf00014u
#define OBS_TR     0xf00018u /* selectors, 4 bytes */
#define OBS_LDTR   0xf0001cu
#define OBS_GDT(n) (0xf00100u + 8u * (n))
#define OBS_LDT(n) (0xf00200u + 8u * (n))
#define OBS_PTE(n) (0xf00300u + 8u * (n))
#define OBS_PDE(n) (0xf00400u + 8u * (n))
#define OBS_TSS    0xf00500u /* + offset */
#define OBS_END    0xf00600u
#define OBS_DEV    0xf10000u /* log of a device case (devscript.h) */
#define OBS_MAX    40u

/* Payload of a case that was not run: this byte and the missing bits of OP_NEED. */
#define RES_UNMET 0xffu

#endif
