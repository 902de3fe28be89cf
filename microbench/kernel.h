/* SPDX-License-Identifier: MIT
 * What kernels, the freestanding runtimes and the runner share: the kernel
 * table, the job block that the runner patches into an image, and the markers.
 *
 * A kernel runs `n` iterations and returns a checksum that depends on n only.
 * It is compiled once: the same object file is linked into the guest and into
 * the native process.
 *
 * Markers, on port 0xE9 in a guest and on descriptor 3 in the native process;
 * each starts with a newline so that other text on the channel cannot hide it:
 *   B<id>                         timing starts when this line is complete
 *   E<id> <iterations> <checksum> timing ends at the letter E
 *   Q                             job finished
 *   X<text>                       job impossible or failed
 */
#ifndef MICROBENCH_KERNEL_H
#define MICROBENCH_KERNEL_H

#include "refvmm/types.h"

#define R0 1
#define R3 2

enum kernel_class { INTEGER, CALLS, FPUREP, SYSTEM, SMC, MODE16, CLASSES };

enum {
	KERNELS = 0
#define KERNEL(name, class, rings, native, start, what) +1
#include "microbench/kernels.def"
#undef KERNEL
};

/* The runner finds this by its magic in guest.elf, floppy.img and native. */
#define JOB_MAGIC "vmproof-ubench1"
struct job {
	char magic[16];
	char name[16]; /* kernel; empty: run all once and leave (demonstration) */
	u32 ring;      /* 0 or 3; the native process ignores it */
	u32 start;     /* iterations of the first pair */
	u32 last;      /* double up to this count (0: until killed) ... */
	u32 reps;      /* ... and run it so many times */
};

typedef u32 kernel_fn(u32 n);

#define KERNEL(name, class, rings, native, start, what) u32 k_##name(u32 n);
#include "microbench/kernels.def"
#undef KERNEL

#ifdef MICROBENCH_M32
struct kernel_entry {
	const char *name;
	kernel_fn *fn;
	u32 rings;
	u32 native;
	u32 start;
};
extern const struct kernel_entry kernel_table[];
extern const u32 kernel_count;

extern volatile struct job job;

/* Runs the job through `enter`, which calls fn(n) at the job's ring. */
void job_run(u32 (*enter)(kernel_fn *fn, u32 n, u32 ring), bool native);

/* Supplied by guest/ and native/. */
void rt_put(const char *bytes, u32 n);

/* Far pointer to alu16_body (kernel/body16.S) in a 16-bit code segment that the
 * current ring may call.  Filled in by the runtime. */
struct far_ptr {
	u32 off;
	u16 sel;
} __attribute__((packed));
extern struct far_ptr rt_code16;
#endif

#endif
