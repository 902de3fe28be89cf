/* SPDX-License-Identifier: MIT
 * A processor in flat fake memory for the unit tests of the files behind arch.h:
 * tables, stacks and one descriptor of every kind in place, every memory access
 * and every callback of the other parts counted.
 */
#ifndef REFVMM_TEST_SUPPORT_H
#define REFVMM_TEST_SUPPORT_H

#include <check.h>

#include "refvmm/arch.h"

#define RAM_SIZE 0x100000u /* linear addresses wrap here */

/* Where things are in the fake memory. */
enum { GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, LDT = 0x4000, STACK0 = 0x8000 };
#define GDT_LIMIT      0x1ffu
#define IDT_LIMIT      0x3ffu
#define STACK_OF(ring) (STACK0 + 0x1000u * (ring) + 0x800u)

/* Selectors of the standard tables, RPL 0.  Ring r: CODE32 + 0x10 * r. */
enum {
	CODE32 = 0x08,     /* flat, DPL 0; 0x18, 0x28, 0x38: DPL 1, 2, 3 */
	DATA32 = 0x10,     /* flat, DPL 0; 0x20, 0x30, 0x40: DPL 1, 2, 3 */
	CODE16 = 0x48,     /* base 0, limit FFFF, DPL 0 */
	DATA16 = 0x50,     /* base 0, limit FFFF, B = 0, DPL 0 */
	CONFORMING = 0x58, /* flat, DPL 0 */
	TSS_SEL = 0x60,
	LDT_SEL = 0x68,
	CODE16_R3 = 0x70,
	DATA16_R3 = 0x78,
	SLOT = 0x100, /* free for the test */
	SLOT2 = 0x108,
	BEYOND = 0x200, /* outside the GDT */
	LOCAL = 0x04,   /* first LDT entry: a flat DPL 3 data segment */
};
#define CODE_OF(ring) ((u16)(CODE32 + 0x10 * (ring) + (ring)))
#define DATA_OF(ring) ((u16)(DATA32 + 0x10 * (ring) + (ring)))

/* Attribute words (high dword of a descriptor, base and limit bits 0). */
#define A_CODE   (D_P | D_S | D_CODE | D_READABLE | D_DB)
#define A_DATA   (D_P | D_S | D_WRITABLE | D_DB)
#define A_DPL(n) ((u32)(n) << 13)
#define A_SYS(t) (D_P | (u32)(t) << 8)
#define FLAT     0xffffffffu /* as a limit: G set, 4 GiB */

extern u8 ram[RAM_SIZE];
extern struct vcpu vcpu;
extern unsigned seg_changes[S_COUNT], mode_changes, writes; /* writes: lin_write calls */
/* Linear page (address >> 12) whose accesses raise #PF; ~0: none. */
extern u32 bad_page;
extern enum access probe_how; /* of the last lin_probe() */
extern u32 invalidated;       /* last mmu_invalidate_page() */

/* Fresh processor: protected mode at `ring` with the standard tables, or real
 * mode.  Both take the snapshot. */
struct vcpu *start_protected(unsigned ring);
struct vcpu *start_real(void);

/* Virtual-8086 mode below IOPL 3 unless `vflags` says more, segments at 0x10000
 * + 0x1000 * sreg, stack at 0x800. */
struct vcpu *start_v86(u32 vflags);

u32 peek(u32 lin, u32 n);
void poke(u32 lin, u32 n, u32 value);
void put_desc(u16 sel, u32 base, u32 limit, u32 attr);
void put_gate(u32 lin, u32 type_attr, u16 sel, u32 off, u32 params);
void put_idt(u8 vector, u32 type_attr, u16 sel, u32 off);
u32 desc_hi(u16 sel);

/* Remember registers and memory, to prove later that a fault left them alone
 * (the fault record and stop text apart). */
void snapshot(void);
bool unchanged(void);

#define ck_fault(m, vec, err)                                                                      \
	do {                                                                                       \
		ck_assert_int_eq(m, MON_FAULT);                                                    \
		ck_assert_uint_eq(vcpu.fault.vector, vec);                                         \
		ck_assert_uint_eq(vcpu.fault.error, err);                                          \
	} while (0)

/* A fault of the task that was just switched to: nothing is as it was. */
#define ck_task_fault(m, vec, err, tss)                                                            \
	do {                                                                                       \
		ck_fault(m, vec, err);                                                             \
		ck_assert(vcpu.fault.committed);                                                   \
		ck_assert_uint_eq(vcpu.tr.sel, tss);                                               \
	} while (0)

/* Compare with a name for table-driven cases. */
#define ck_case(name, what, got, want)                                                             \
	ck_assert_msg((got) == (want), "%s: %s is %x, not %x", name, what, (unsigned)(got),        \
		      (unsigned)(want))

/* Run one case list as a Check suite; the exit status of the program. */
int run_suite(const char *name, const TTest *const *tests, unsigned n);
#define RUN(name, ...)                                                                             \
	run_suite(name, (const TTest *const[]){__VA_ARGS__},                                       \
		  sizeof((const TTest *const[]){__VA_ARGS__}) / sizeof(TTest *))

#endif
