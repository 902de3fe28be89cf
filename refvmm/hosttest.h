/* SPDX-License-Identifier: MIT
 * Runs raw 16- and 32-bit code in LDT segments of this process and reports how it
 * came back: what --check-host and the host rule tests are made of.  It shares
 * nothing with the engine, so that it can judge the host alone.
 *
 * The code comes back by a trap (signal) or by a far jump to HT_STUB.  One
 * thread; use it in a forked child, because a host that breaks a rule may kill
 * the process.
 */
#ifndef REFVMM_HOSTTEST_H
#define REFVMM_HOSTTEST_H

/* Indices into ht_in (32-bit slots), shared with hosttest_enter.S. */
#define HT_EFLAGS 8
#define HT_DS     9
#define HT_ES     10
#define HT_FS     11
#define HT_GS     12
#define HT_SS     13
#define HT_EIP    14 /* far pointer with the next slot */
#define HT_CS     15

/* Indices into ht_live (64-bit slots): registers as they were when the code left,
 * by the stub: 0-15 general registers; by a trap: only those from HT_L_FLAGS. */
#define HT_L_FLAGS  16
#define HT_L_DS     17
#define HT_L_ES     18
#define HT_L_FS     19
#define HT_L_GS     20
#define HT_L_SS     21
#define HT_L_CS     22
#define HT_L_RSP    23
#define HT_L_FSBASE 24

/* Where hosttest_init() maps things; all above any mmap_min_addr default. */
#define HT_CODE     0x20000 /* one page, filled with HLT */
#define HT_DATA     0x40000 /* 64 KiB, zeroed */
#define HT_STACK    0x60000 /* 64 KiB */
#define HT_STUB     0x80000 /* 64-bit code that returns to the caller */
#define HT_UNMAPPED 0x90000

/* LDT selectors that hosttest_init() installs. */
#define HT_CS32 0x0f /* base 0 up to the monitor base, execute and read */
#define HT_DS32 0x17 /* base 0 up to the monitor base */
#define HT_SS16 0x1f /* base HT_STACK, 64 KiB, B = 0 */
#define HT_CS16 0x27 /* base HT_CODE, 64 KiB, 16-bit */
#define HT_FREE 5    /* first slot that tests may use */

#ifndef __ASSEMBLER__
#include "refvmm/types.h"

#include <signal.h>
#include <ucontext.h>

/* General registers first, encoding order.  fx: FXSAVE image to load before
 * entry, 16-byte aligned; NULL: whatever the host has. */
struct hosttest_in {
	u32 gpr[8];
	u32 eflags, ds, es, fs, gs, ss, eip, cs;
	const u8 *fx;
};

struct hosttest_out {
	bool stub; /* came back through HT_STUB, else by a signal: */
	int sig, code;
	u64 trapno, err, rip, rsp, cr2, uc_flags;
	u16 cs, ss;
	u32 eflags, gpr[8];
	u64 live[32];                            /* HT_L_* */
	u8 fx[512] __attribute__((aligned(16))); /* FXSAVE image after the run */
};

/* Called in the signal handler; true: return to the code with what the context
 * now says, false: end the run. */
typedef bool hosttest_hook(int sig, siginfo_t *si, ucontext_t *uc);

/* Map memory, install segments and handlers.  0 or -errno, `*what` names the
 * step that failed. */
int hosttest_init(const char **what);

/* Segment kinds for hosttest_segment(). */
enum ht_segment {
	HT_DATA_RW,
	HT_DATA_RO,
	HT_DATA_DOWN,
	HT_CODE_XR,
	HT_CODE_XO,
	HT_CODE_CONFORMING,
	HT_KIND = 7,
	HT_BIG = 8, /* D/B set */
	HT_NOT_PRESENT = 16,
};
/* Install a descriptor; limit is the last offset (expand-down: the last invalid
 * one); above 1 MiB it must end in fff.  Returns the selector or -errno. */
int hosttest_segment(unsigned slot, u32 base, u32 limit, unsigned kind);
int hosttest_clear(unsigned slot);

/* Registers for code at HT_CODE in flat 32-bit segments, stack at the top of
 * HT_STACK; or in 16-bit code and stack segments with flat data. */
struct hosttest_in hosttest_flat32(void);
struct hosttest_in hosttest_real16(void);

/* Put code at HT_CODE, HLT after it.  n <= 4096. */
void hosttest_code(const void *code, unsigned n);

void hosttest_run(const struct hosttest_in *in, struct hosttest_out *out, hosttest_hook *hook);

#define HT_RUN(in, out, ...)                                                                       \
	do {                                                                                       \
		const u8 ht_bytes[] = {__VA_ARGS__};                                               \
		hosttest_code(ht_bytes, sizeof(ht_bytes));                                         \
		hosttest_run(in, out, NULL);                                                       \
	} while (0)

/* The signal handler's first instructions, in assembly (rule 2). */
void hosttest_signal(int sig, siginfo_t *si, void *uc);
/* Does the kernel let user code write the FS base? */
bool hosttest_fsgsbase(void);
#endif

#endif
