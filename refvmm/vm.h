/* SPDX-License-Identifier: MIT
 * The machine around the processor: memory, the board, the engine's bookkeeping.
 * One struct vm lives in the arena; vcpu.vm points to it.
 *
 * Three contexts (docs/contexts.md): guest context runs in the translation
 * cache; monitor context is 64-bit code that leaves the guest's FPU registers
 * alone; host context (devices, decoder, libc) is entered by host_begin().
 */
#ifndef REFVMM_VM_H
#define REFVMM_VM_H

#include "bt/bt.h"
#include "devices/pc.h"
#include "refvmm/arch.h"
#include "refvmm/config.h"
#include "refvmm/gatememo.h"
#include "refvmm/layout.h"
#include "refvmm/segmemo.h"

/* vcpu.irq_pending bits; emitted poll points test for non-zero. */
#define PENDING_INTR  1u /* INTR pin asserted */
#define PENDING_ALARM 2u /* the host alarm rang */
#define PENDING_NMI   4u /* vcpu.nmi */

#define ROM_LOW_BASE  0xc0000u /* ROM seen below 1 MiB where PAM shows ROM */
#define ROM_LOW_SIZE  0x40000u
#define ROM_HIGH_SIZE 0x40000u /* ROM at the top of 4 GiB */
/* The memory file: RAM, ROM_LOW, ROM_HIGH, the display adapter's memory. */
#define BEHIND_RAM (ROM_LOW_SIZE + ROM_HIGH_SIZE + PC_VIDEO_MEMORY)

struct ldt_entry {
	u32 base, limit; /* limit in bytes */
	u8 kind;         /* enum ldt_kind, 0: free */
	u64 used;        /* LRU */
};

/* A host fault in guest context, from the signal frame. */
struct trap {
	u32 trapno, error, rip;
	u32 exit_code; /* vcpu.exit_code before the signal */
	u64 cr2;
};

#define TLB_ENTRIES 512u
struct tlb_entry {
	u32 tag; /* linear page | 1 */
	u32 phys, frame;
	u8 rights;
	bool global;
	u8 *host;
};
/* In place of a physical page: an address beyond 4 GiB. */
#define NOTHING_THERE 0xffffffffu

struct window;

/* Why the instruction just done brings no single-step trap. */
enum { STEP_TRAP, STEP_SUPPRESSED, STEP_NOT_EXECUTED };

struct vm {
	u8 fpu[512] __attribute__((aligned(64))); /* guest FPU state while fpu_saved */
	bool fpu_saved;
	bool waiting;  /* in vtime_wait() */
	bool in_guest; /* from the last look at irq_pending to the return of enter_guest() */
	struct vcpu *v;
	struct bt *bt;
	struct pc *pc;
	const struct config *cfg;

	int ram_fd; /* RAM, then BEHIND_RAM */
	u8 *ram;    /* alias of the whole of it, above 4 GiB */
	u64 ram_size;
	u32 ram_hole_end; /* RAM below A0000 and from here on */
	u32 n_ram_frames;
	u32 linbase;                     /* guest linear 0 is at this address of the window */
	u32 mon;                         /* monitor base */
	u8 pam[ROM_LOW_SIZE >> 12];      /* PC_PAM_* by page */
	u32 option_rom, option_rom_size; /* its BAR; the image is at ROM_LOW */
	u32 video, video_size; /* BAR of the display adapter's memory; size 0: not decoded */

	struct ldt_entry ldt[LDT_SLOTS];
	u64 ldt_clock;

	struct trap trap;
	struct shadowed shadowed[S_COUNT];
	/* The last shadow of each register, for user code and for the rest: ring
	 * changes go back and forth between two. */
	struct shadowed shadows[2][S_COUNT];
	struct gate_memos memos;
	struct seg_memos seg_memos;
	struct window *window;
	struct tlb_entry tlb[TLB_ENTRIES];
	u32 tlb_generation; /* counts its flushes */
	bool page0_maps;    /* the window can begin at address 0 */
	bool user_stale;    /* user code pages were not checked since CR3 was loaded */
	/* The last guest page fault, until its instruction runs again. */
	struct {
		bool pending, write;
		u8 cpl;
		u32 lin, eip;
	} resolving;
	bool shadowed_protected;
	u32 shadowed_top;
	bool ready; /* the window is mapped */
	bool stop, reset;
	u8 no_step_trap; /* STEP_* */
	bool ferr;       /* the FERR# pin: units of one instruction until it drops */
	bool ignne;      /* the IGNNE# pin */
	bool nmi_pin;
	u8 fpu_masked;       /* steps until FCW is what it was again */
	u16 fcw;             /* what it was */
	bool gdb_request;    /* the debugger wants the guest stopped */
	bool gdb_single;     /* units of one instruction for the debugger */
	bool gdb_hold;       /* interrupts wait while it steps */
	struct gdbstub *gdb; /* --gdb, NULL: none */
	int exit_code;
	char stop_text[256];
	bool hold_exceptions; /* stop in place of delivering one (librefvmm.c) */
	bool held;            /* that happened */
	bool unit_single;     /* units of one instruction for whoever drives the machine */
	bool retranslate;     /* and a new translation at each look-up */
	u64 units_left;       /* --limit-units, beyond vcpu.budget */
	u64 retired_tc;

	/* vtime.c */
	u64 epoch_ns;  /* host monotonic time at power-on */
	u64 deadline;  /* next device deadline, virtual ns */
	u64 armed;     /* host time the alarm is set for, 0: not set */
	u64 limit_at;  /* host time of --limit-time, 0: none */
	u64 next_poll; /* next look at inputs and the screen */
	bool poll_input;
	struct screen_text *screen;
	struct panel *panel;
};

static inline struct vm *vm_of(const struct vcpu *v)
{
	return v->vm;
}

/* hostctx.c */
void host_begin(struct vm *vm); /* may be nested and repeated; undone at guest entry */

/* A system call returns with SYSRET, which leaves the host's flat data segment in
 * SS: 4 GiB, no truncation.  Whoever makes one outside host context says so and
 * guest entry reloads SS. */
static inline void host_syscall_made(struct vm *vm)
{
#ifndef WITHOUT_RELOAD_SS_AFTER_SYSCALL
	vm->v->seg_dirty |= 1u << S_SS;
#endif
}

/* ldt.c: slots for shadow descriptors. */
enum ldt_kind {
	LDT_FREE,
	LDT_DATA_RW32,
	LDT_DATA_RW16,
	LDT_DATA_RO,
	LDT_EXPDOWN_RW16,
	LDT_EXPDOWN_RO16,
	LDT_EXPDOWN_RW32,
	LDT_EXPDOWN_RO32
};
bool ldt_init(struct vm *vm); /* false: the host refused */
u16 ldt_selector(struct vm *vm, u32 base, u32 limit, enum ldt_kind kind);
/* Slots in use, the fixed ones included. */
u32 ldt_slots_used(const struct vm *vm);

/* segmap.c: real-mode selectors and their shadows, for translated code. */
void segmap_note(struct vm *vm, enum sreg s);
void segmap_forget(struct vm *vm, const struct ldt_entry *e);
void segmap_sync(struct vm *vm);

/* shadow.c */
void shadow_all(struct vm *vm); /* after reset */

/* mmu.c */
void mmu_remapped(struct vm *vm); /* A20, PAM, ROM: physical memory looks different */
void mmu_reset(struct vm *vm);
/* #PF is about to be delivered; its instruction may be about to run again. */
void mmu_page_fault(struct vm *vm);
void mmu_resolved(struct vm *vm);
/* User code is about to run: nothing of the supervisor's may be in its reach. */
void mmu_enter_user(struct vm *vm);
/* A segment did not let an access through. */
void mmu_segment_trap(struct vm *vm);
/* Before each entry of guest context. */
static inline void mmu_step(struct vm *vm)
{
	if (vm->resolving.pending)
		mmu_resolved(vm);
	if (vm->v->cpl == 3)
		mmu_enter_user(vm);
}

/* alias.c: other mappings of guest memory, for stores of translated code. */
void alias_update(struct vm *vm); /* PAM or CR0.PG changed */
bool alias_covers(const struct vm *vm, u32 lin);

/* trap.c */
bool trap_init(struct vm *vm);
void enter_guest(struct vcpu *v);

/* vtime.c */
bool vtime_init(struct vm *vm);
u64 vtime_now(struct vm *vm); /* virtual ns; host context */
void vtime_arm(struct vm *vm);
void vtime_arm_soon(struct vm *vm); /* alarm again in a moment */
void vtime_wait(struct vm *vm);     /* HLT: sleep until the next deadline */
void vtime_events(struct vm *vm);   /* everything that is due; host context */

/* loop.c */
void loop_run(struct vm *vm);
/* Run guest context from v->resume until it leaves; v->exit_code says why. */
void loop_enter(struct vm *vm);
/* Go on where the alarm interrupted guest context. */
void loop_resume(struct vm *vm);
enum mon loop_soft(struct vm *vm); /* decode at v->eip and run in the monitor */
void machine_reset(struct vm *vm);
void vm_stop(struct vm *vm, int exit_code, const char *text);

/* checked.c: breakpoints and alignment, before the instruction at v->eip runs.
 * MON_FAULT: it does not.  Else the DR6 bits of what it will have hit. */
enum mon checked_before(struct vm *vm, u32 *dr6);

/* x87error.c: floating-point errors with CR0.NE clear. */
void x87_error(struct vm *vm);
void x87_after_step(struct vm *vm); /* while vm->ferr */
/* The instruction at v->eip, of this unit, trapped: x87 instructions before it. */
void x87_trapped(struct vm *vm, u32 unit);

/* guestmem.c */
u8 *phys_page(struct vm *vm, u32 phys, bool write, u32 *frame);

#endif
