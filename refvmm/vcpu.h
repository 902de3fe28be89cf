/* SPDX-License-Identifier: MIT
 * Architectural state of the guest processor.
 *
 * One struct vcpu lives at the bottom of the monitor area, where translated
 * code reaches it through the reserved segment (GS) and 64-bit code reaches it
 * by the same linear address.  Fields that emitted code or enter.S touch come
 * first; their offsets are fixed by vcpu_offsets.h and checked in vcpu.c.
 *
 * While guest code runs, gpr[] and the arithmetic flags live in the hardware
 * registers; after an exit they are here and exact.
 */
#ifndef REFVMM_VCPU_H
#define REFVMM_VCPU_H

#include "refvmm/types.h"

/* ORDER gpr: ModRM register encoding (SDM vol. 2A table 2-2). */
enum gpr { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI };

/* ORDER sreg: ModRM segment register encoding (SDM vol. 2A table 3-1). */
enum sreg { S_ES, S_CS, S_SS, S_DS, S_FS, S_GS, S_COUNT };

/* vcpu.hsel[] also holds a second shadow of GS, for the offsets that wrap below its
 * base: thread-local storage at gs:[-4]. */
#define HSEL_GS_LOW 7

/* EFLAGS (SDM vol. 1 section 3.4.3). */
enum {
	FL_CF = 1u << 0,
	FL_ONE = 1u << 1,
	FL_PF = 1u << 2,
	FL_AF = 1u << 4,
	FL_ZF = 1u << 6,
	FL_SF = 1u << 7,
	FL_TF = 1u << 8,
	FL_IF = 1u << 9,
	FL_DF = 1u << 10,
	FL_OF = 1u << 11,
	FL_IOPL = 3u << 12,
	FL_NT = 1u << 14,
	FL_RF = 1u << 16,
	FL_VM = 1u << 17,
	FL_AC = 1u << 18,
	FL_VIF = 1u << 19,
	FL_VIP = 1u << 20,
	FL_ID = 1u << 21,
	/* Live in the hardware register while guest code runs. */
	FL_HW = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_DF | FL_OF,
	/* Kept in vcpu.vflags at all times. */
	FL_VIRT = FL_TF | FL_IF | FL_IOPL | FL_NT | FL_RF | FL_VM | FL_AC | FL_VIF | FL_VIP | FL_ID,
};

enum {
	CR0_PE = 1u << 0,
	CR0_MP = 1u << 1,
	CR0_EM = 1u << 2,
	CR0_TS = 1u << 3,
	CR0_ET = 1u << 4,
	CR0_NE = 1u << 5,
	CR0_WP = 1u << 16,
	CR0_AM = 1u << 18,
	CR0_NW = 1u << 29,
	CR0_CD = 1u << 30,
	CR0_PG = 1u << 31,
	CR4_VME = 1u << 0,
	CR4_PVI = 1u << 1,
	CR4_TSD = 1u << 2,
	CR4_DE = 1u << 3,
	CR4_PSE = 1u << 4,
	CR4_PAE = 1u << 5,
	CR4_MCE = 1u << 6,
	CR4_PGE = 1u << 7,
	CR4_PCE = 1u << 8,
	CR4_OSFXSR = 1u << 9,
	CR4_OSXMMEXCPT = 1u << 10,
};

#define MTRR_RANGES 8u

enum vector {
	V_DE = 0,
	V_DB = 1,
	V_NMI = 2,
	V_BP = 3,
	V_OF = 4,
	V_BR = 5,
	V_UD = 6,
	V_NM = 7,
	V_DF = 8,
	V_TS = 10,
	V_NP = 11,
	V_SS = 12,
	V_GP = 13,
	V_PF = 14,
	V_MF = 16,
	V_AC = 17,
	V_XM = 19,
};

/* Descriptor attributes: bits 8-15 and 20-23 of the descriptor's high dword,
 * in place (SDM vol. 3A figure 3-8), so that D_TYPE etc. read like the manual.
 */
enum {
	D_ACCESSED = 1u << 8,
	D_WRITABLE = 1u << 9,    /* data */
	D_READABLE = 1u << 9,    /* code */
	D_EXPDOWN = 1u << 10,    /* data */
	D_CONFORMING = 1u << 10, /* code */
	D_CODE = 1u << 11,
	D_S = 1u << 12, /* 1: code or data, 0: system */
	D_DPL = 3u << 13,
	D_P = 1u << 15,
	D_AVL = 1u << 20,
	D_DB = 1u << 22, /* CS.D, SS.B */
	D_G = 1u << 23,
	D_TYPE = 0xfu << 8,
	D_ALL = 0x00d0ff00u,
};

static inline unsigned d_dpl(u32 attr)
{
	return (attr >> 13) & 3;
}

/* The visible and hidden parts of a segment register. */
struct seg {
	u32 base;
	u32 limit; /* in bytes, G applied: last valid offset (expand-up) */
	u32 attr;  /* D_*; D_P clear and attr == 0: null or unusable */
	u16 sel;
	u16 pad;
};

struct dtr {
	u32 base;
	u32 limit;
};

/* The last x87 instruction that was no control instruction (SDM vol. 1 section
 * 8.1.8): 11 bits of its opcode, where it stood, where its operand was.  Translated
 * code only leaves notes: indexes of instructions in bt.callout[], 0: none, and the
 * registers of the operand's address.  bt_x87_resolve() makes the rest of them. */
struct x87_last {
	u32 op_note, mem_note, base, index;
	u32 op, ip, cs, dp, ds; /* 11 bits of op count */
};

/* A guest exception on its way to delivery. */
struct fault {
	u8 vector;
	bool has_error;
	u32 error;
	u32 cr2;        /* V_PF only */
	bool committed; /* raised by a task that was switched to: EIP and all are its own */
};

/* What keeps events off until the next instruction has run: after STI interrupts,
 * after a load of SS debug exceptions too. */
enum { SHADOW_STI = 1, SHADOW_SS };

/* How a monitor routine ended. */
enum mon {
	MON_OK,
	MON_FAULT, /* vcpu.fault says which guest exception; no state changed, unless
		    * fault.committed */
	MON_STOP,  /* the VM cannot go on; vcpu.stop_text names the reason */
};

struct vcpu {
	/* --- touched by emitted code and enter.S; vcpu_offsets.h --- */
	u32 gpr[8];      /* 0x00 */
	u32 eip;         /* 0x20 guest EIP, valid after an exit */
	u32 hwflags;     /* 0x24 FL_HW bits (+ FL_ONE), valid after an exit */
	u32 vflags;      /* 0x28 FL_VIRT bits, always valid */
	u32 exit_code;   /* 0x2c why translated code left (enum exit) */
	u32 exit_arg;    /* 0x30 */
	u32 spill_eax;   /* 0x34 in-TC sequences save registers here */
	u32 spill_ecx;   /* 0x38 */
	u32 spill_edx;   /* 0x3c */
	u32 target;      /* 0x40 EIP an indirect branch goes to */
	u32 scratch;     /* 0x44 */
	u32 resume;      /* 0x48 TC address to enter: far pointer, */
	u16 resume_cs;   /* 0x4c   with the TC code selector */
	u8 irq_pending;  /* 0x4e INTR asserted or an event waits */
	u8 seg_dirty;    /* 0x4f hardware DS/ES/SS/FS to reload, bit = sreg */
	u64 host_rsp;    /* 0x50 */
	u64 pad0;        /* 0x58 */
	u32 hsel[8];     /* 0x60 shadow selectors, ORDER sreg; CS: data alias; HSEL_GS_LOW */
	u32 gsel[8];     /* 0x80 guest selector values, ORDER sreg */
	u32 fs_owner;    /* 0xa0 which guest segment hardware FS holds */
	u32 budget;      /* 0xa4 units left when counting (--limit-units, --stats) */
	u32 retired;     /* 0xa8 guest instructions begun in the TC, when counting */
	u32 spill_check; /* 0xac ECX while a self-check prelude runs */
	u64 tsc_offset;  /* 0xb0 guest TSC - host TSC */
	u64 pad1;
	u8 window[512] __attribute__((aligned(64))); /* 0xc0 redirected operand */

	struct seg seg[S_COUNT]; /* 0x2c0 gsel[] mirrors seg[].sel */
	u8 seg_loaded;           /* 0x320 translated code loaded segment registers */
	u8 pad2[3];
	u32 lin;             /* 0x324 linear address of a checked store */
	u8 seg_rw[8];        /* 0x328 seg[] is what is loaded, and may be written.  ORDER sreg */
	u32 seg_return;      /* 0x330 TC address behind a segment load */
	u32 seg_memo[8];     /* 0x334 memo of the last load by translated code, 0: none since */
	struct x87_last x87; /* 0x354 */

	/* --- monitor only --- */
	struct seg ldtr, tr;
	struct dtr gdtr, idtr;
	u32 cr0, cr2, cr3, cr4;
	u32 efer;     /* NXE only */
	u64 pdpte[4]; /* PAE: loaded with CR3 */
	u32 dr[8];
	u8 cpl;
	bool segs_plain; /* real mode; DS ES SS FS GS 64 KiB, read-write, SS.B = 0 */
	u8 shadow;       /* interrupt shadow: 0, SHADOW_STI or SHADOW_SS */
	bool halted;
	bool shutdown; /* a triple fault: the processor waits for RESET */
	bool a20;      /* A20 gate open */
	bool intr;     /* level of the INTR pin */
	bool nmi;      /* latched, to be delivered */
	bool nmi_blocked;
	u32 msr_sysenter[3]; /* CS, ESP, EIP */
	u32 msr_misc_enable;
	u64 msr_pat, mtrr_def_type;
	u64 mtrr_var[2 * MTRR_RANGES], mtrr_fix[11];
	u8 cpu;             /* enum cpu_id */
	u32 host_lacks;     /* leaf 1 ECX features that this host cannot run */
	u32 next_eip;       /* behind the instruction in the monitor's hands */
	u32 debug_trap;     /* DR6 bits of a #DB trap due before the next instruction */
	bool task_switched; /* by this instruction: no single-step trap behind it */
	struct fault fault;
	char stop_text[200];
	u64 retired_mon; /* guest instructions completed by monitor code */
	void *vm;        /* refvmm/vm.h: the machine around the processor */
};

static inline u32 vcpu_eflags(const struct vcpu *v)
{
	return (v->hwflags & FL_HW) | (v->vflags & FL_VIRT) | FL_ONE;
}

static inline void vcpu_set_eflags(struct vcpu *v, u32 fl)
{
	v->hwflags = (fl & FL_HW) | FL_ONE;
	v->vflags = fl & FL_VIRT;
}

static inline bool vcpu_protected(const struct vcpu *v)
{
	return (v->cr0 & CR0_PE) && !(v->vflags & FL_VM);
}

/* Does the type of the loaded segment let stores through (SDM vol. 3A 5.5)? */
static inline bool vcpu_seg_writable(const struct vcpu *v, enum sreg s)
{
	return !vcpu_protected(v) || (v->seg[s].attr & (D_CODE | D_WRITABLE)) == D_WRITABLE;
}

/* Record a guest exception; returns MON_FAULT so that callers can tail it. */
static inline enum mon vcpu_fault(struct vcpu *v, u8 vector, u32 error)
{
	v->fault = (struct fault){.vector = vector, .error = error};
	v->fault.has_error = vector == V_DF || (vector >= V_TS && vector <= V_PF) || vector == V_AC;
	return MON_FAULT;
}

#endif
