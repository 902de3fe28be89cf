/* SPDX-License-Identifier: MIT
 * The small kernel: its memory layout and what its files offer each other.
 *
 *   00000000-BFFFFFFF  user: program at 08000000, heap at 10000000, stack below
 *                      B0000000; all of it is filled on demand
 *   C0000000-C0FFFFFF  the first 16 MiB of RAM, supervisor only, in every space
 */
#ifndef GUESTS_KERNEL_KERNEL_H
#define GUESTS_KERNEL_KERNEL_H

#include "refvmm/types.h"

#define KERNEL_BASE 0xc0000000u
#define PAGE        4096u
#define USER_TEXT   0x08000000u
#define USER_HEAP   0x10000000u
#define HEAP_BYTES  (4u << 20)
#define USER_STACK  0xb0000000u /* its end */
#define STACK_BYTES (64u << 10)

/* Selectors; SYSENTER and SYSEXIT need these four in this order (SDM volume 2,
 * SYSENTER). */
enum { SEL_KCODE = 0x08, SEL_KDATA = 0x10, SEL_UCODE = 0x1b, SEL_UDATA = 0x23, SEL_TSS = 0x28 };

/* What the trap stubs push; the last two only when user mode was left. */
struct frame {
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u32 gs, fs, es, ds;
	u32 vector, error, eip, cs, eflags, esp, ss;
};

enum { MAX_PROCESSES = 8 };

enum state { FREE, READY, WAITING, RECEIVING, DEAD };

struct process {
	enum state state;
	int pid, parent;
	const struct program *program;
	u32 directory; /* physical */
	u32 *kstack;   /* lowest address; one page */
	u32 esp;       /* saved when it does not run */
	u32 heap;      /* bytes given by sys_brk */
	int status;    /* when DEAD */
	u32 mail, has_mail;
	u32 faults, copies, preempted, calls[2];
};

struct program {
	const char *name;
	const u8 *image, *end;
};

/* print.c: text on the result channel; %s %d %u %x (8 digits) %c. */
void print(const char *format, ...);
void panic(const char *format, ...) __attribute__((noreturn));

/* frames.c: page frames by physical address, with counts of their users. */
void frames_init(void);
u32 frame_get(void); /* zeroed, one user; panics when there is none */
void frame_share(u32 frame);
void frame_put(u32 frame);
u32 frame_users(u32 frame);
u32 frames_free(void);
static inline void *phys(u32 address)
{
	return (void *)(address + KERNEL_BASE);
}

/* paging.c: address spaces. */
u32 space_new(void);
u32 space_clone(u32 directory); /* copy on write, both sides */
void space_free(u32 directory);
void space_leave(void); /* to the space that has the kernel only */
/* A page fault of user mode, or of the kernel in user memory: true when the page is there now. */
bool space_fault(struct process *p, u32 address, u32 error);

/* cpu.c: descriptor tables; trap_stubs.asm: the stubs. */
void cpu_init(void);
void cpu_kernel_stack(u32 top);
bool cpu_has_sysenter(void);
extern u32 trap_stubs[]; /* address of the stub of each vector */
void sysenter_entry(void);
/* Save this context in *from and go on in `to`, a saved one. */
void switch_stack(u32 *from, u32 to);
void trap_return(void); /* leave through the struct frame on the stack */

/* timer.c: 8259 and 8254. */
enum { HZ = 200 };
void timer_init(void);
void timer_ack(void);
extern volatile u32 ticks;

/* process.c */
extern struct process *current;
int process_create(const struct program *program);
int process_fork(const struct frame *f);
void process_exit(int status) __attribute__((noreturn));
int process_wait(int *status); /* pid of a dead child, -1 without children */
bool schedule(void);           /* true after another process has run */
struct process *process_find(int pid);
/* Until all are dead; prints how the first ones left, returns how many badly. */
u32 processes_run(void);
extern u32 preemptions; /* by the timer, of one process for another */

/* trap.c, syscall.c */
void trap(struct frame *f);
void syscall(struct frame *f, bool fast);

#endif
