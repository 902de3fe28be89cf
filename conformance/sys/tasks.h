/* SPDX-License-Identifier: MIT
 * A switch between two tasks as a case: by which way it comes, and what the new task's
 * segment holds.  Shared by the groups of tasks.  SDM vol. 3A chapter 7.
 */
#ifndef CONFORMANCE_SYS_TASKS_H
#define CONFORMANCE_SYS_TASKS_H

#include "conformance/sys/sys.h"

#define NEW_TSS     (CASE_FS_BASE + CASE_OFF)
#define HANDLER_TSS (CASE_GS_BASE + CASE_OFF)
/* Where the new task and the handler's task go on, in the code window. */
#define TASK_EIP    (CASE_OFF + 0x90u)
#define HANDLER_EIP (CASE_OFF + 0xf0u)
#define HANDLER_ESP (CASE_OFF + 0x100u)
#define NEW_ESP     CASE_OFF

/* Offsets in a TSS of 32 bits (figure 7-2) and of 16 bits (figure 7-10). */
enum { T32_CR3 = 28, T32_EIP = 32, T32_FLAGS = 36, T32_GPR = 40, T32_SEG = 72, T32_LDT = 96 };
enum { T32_TRAP = 100, T16_IP = 14, T16_FLAGS = 16, T16_GPR = 18, T16_SEG = 34, T16_LDT = 42 };

/* Slots of the GDT: the new TSS, the gate to it, a segment to break, the handler's TSS,
 * an LDT to break. */
enum { SLOT_TSS, SLOT_GATE, SLOT_BAD, SLOT_HANDLER, SLOT_LDT, SLOT_OLD };

enum way { W_JMP, W_CALL, W_GATE_JMP, W_GATE_CALL, W_INT, W_UD, W_IRQ, W_IRET, WAYS };
extern const char *const way_names[WAYS];
#define TASK_INT_N 0x61u

struct task_plan {
	enum way way;
	bool wide;         /* the new TSS has 32 bits */
	unsigned cpl, new; /* CPL of both tasks */
	/* The new task. */
	u32 eip, esp, eflags, cr3, gpr[8];
	u16 seg[A_SREGS], ldt, trap;
	/* How it is found. */
	u32 lin, limit; /* of its descriptor */
	u8 access;
	u16 sel, gate_sel; /* what names the TSS, and the gate */
	u8 gate_access;
	bool pages; /* written by the caller, as it lies in pages */
};

/* Every way's plan that arrives: DPL 3 where a DPL counts. */
void task_plan(struct task_plan *p, enum way way, bool wide, unsigned cpl, unsigned new);
/* Ways that nest; ways whose error codes have EXT. */
bool task_nests(enum way way);
bool task_external(enum way way);
/* The new TSS into b (104 or 44 bytes). */
unsigned task_image(const struct task_plan *p, u8 b[104]);
void task_put(u8 *b, unsigned at, u32 v, unsigned n);
/* Its TSS, its descriptor, gates and the code that switches to it. */
void task_setup(struct tcase *t, const struct task_plan *p);
/* Address at which the old task would go on, as its TSS tells it. */
u32 task_saved_eip(const struct tcase *t, const struct task_plan *p);
/* A task in ring 0 that takes a vector through a task gate and stops at HANDLER_EIP. */
void task_handler(struct tcase *t, unsigned vector, u32 cr3);

#endif
