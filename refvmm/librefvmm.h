/* SPDX-License-Identifier: MIT
 * librefvmm: the processor of refvmm and plain memory, for programs that want to
 * set a state, run and look: vectors, fuzzers, tests (docs/librefvmm.md).
 *
 * No board: ports are the caller's, interrupts come by refvmm_interrupt(), an
 * address without RAM reads as ones.  Link a position-independent program with
 * build/librefvmm.a and -lZydis -lZycore.
 *
 * One machine a process at a time, used by the thread that made it: guest memory
 * lies at fixed addresses, and SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS,
 * SIGALRM, the signal stack, the LDT and the GS register are the library's from
 * refvmm_create() to refvmm_destroy().  A fault outside guest code in that time is
 * reported as a bug of the monitor and ends the process; nothing else here prints
 * or exits.
 *
 * Functions that can fail return 0, or a negative errno with one line of text in
 * `reason`, a buffer of REFVMM_REASON bytes (NULL: no text wanted).
 */
#ifndef REFVMM_LIBREFVMM_H
#define REFVMM_LIBREFVMM_H

#include <stdbool.h>
#include <stdint.h>

#define REFVMM_REASON 256

struct refvmm;

struct refvmm_options {
	uint64_t memory;       /* bytes of RAM from address 0: 2 to 1,024 MiB, whole MiB */
	bool flat;             /* RAM at A0000-FFFFF too, where a PC has adapters and ROM */
	bool count;            /* count units and instructions: needed for max_units */
	bool shift;            /* do not map guest page 0 at page 0, as on hosts that forbid it */
	const char *cpu;       /* a --cpu of refvmm, NULL: the default */
	uint32_t cache;        /* bytes of translation cache, 0: all there are, at least 16 KiB */
	unsigned hang_seconds; /* a run longer than this ends in REFVMM_HANG; 0: never */
	/* Ports; NULL: reads give ones, writes vanish.  `size`: 1, 2 or 4 bytes. */
	uint32_t (*in)(void *arg, uint16_t port, unsigned size);
	void (*out)(void *arg, uint16_t port, uint32_t value, unsigned size);
	void *arg;
};

/* A segment register with its hidden part.  attr: bits 8-15 (access rights) and
 * 20-23 (AVL, D/B, G) of the second dword of a descriptor, in place; limit in
 * bytes, G applied.  attr 0: null, unusable. */
struct refvmm_segment {
	uint16_t selector;
	uint32_t attr, base, limit;
};

enum {
	REFVMM_EAX,
	REFVMM_ECX,
	REFVMM_EDX,
	REFVMM_EBX,
	REFVMM_ESP,
	REFVMM_EBP,
	REFVMM_ESI,
	REFVMM_EDI
};
enum { REFVMM_ES, REFVMM_CS, REFVMM_SS, REFVMM_DS, REFVMM_FS, REFVMM_GS };

struct refvmm_state {
	uint32_t gpr[8], eip, eflags;
	struct refvmm_segment seg[6], ldtr, tr;
	struct {
		uint32_t base, limit;
	} gdtr, idtr;
	uint32_t cr0, cr2, cr3, cr4;
	uint32_t dr[8]; /* 4 and 5 unused */
	uint8_t cpl;
	bool halted;
	/* Interrupts held off for one instruction: 1 behind STI, 2 behind a load of SS. */
	uint8_t shadow;
	uint8_t fxsave[512]; /* SDM vol. 1 table 10-2, 32-bit layout */
};

/* How a run is done, besides the default: units of several instructions, chained. */
enum {
	REFVMM_ONE = 1,         /* units of one instruction */
	REFVMM_RETRANSLATE = 2, /* translate every unit again each time it is entered */
	REFVMM_COLD = 4,        /* drop all translations first */
	REFVMM_HOLD = 8,        /* stop in place of delivering an exception */
};

enum refvmm_why {
	REFVMM_HLT,         /* CPL 0 executed HLT; EIP is behind it */
	REFVMM_EXCEPTION,   /* REFVMM_HOLD: vector, error, cr2; the state is that before it */
	REFVMM_LIMIT,       /* max_units were run */
	REFVMM_STOPPED,     /* refvmm_stop(); behind the instruction that led there */
	REFVMM_FERR,        /* an x87 error is reported by the FERR# pin (CR0.NE clear) */
	REFVMM_SHUTDOWN,    /* triple fault */
	REFVMM_HANG,        /* hang_seconds; the state is not exact */
	REFVMM_UNSUPPORTED, /* the text names it */
	REFVMM_BROKEN,      /* a bug of refvmm; the text names it */
};

struct refvmm_exit {
	enum refvmm_why why;
	uint8_t vector; /* REFVMM_EXCEPTION */
	bool has_error;
	uint32_t error, cr2;   /* cr2: of a page fault */
	uint64_t instructions; /* executed in this run; 0 without options.count */
	char text[REFVMM_REASON];
};

int refvmm_create(const struct refvmm_options *options, struct refvmm **vm, char *reason);
void refvmm_destroy(struct refvmm *vm);

/* The state of RESET; memory keeps what it holds. */
void refvmm_reset(struct refvmm *vm);
/* Refused: bits that no processor of the model can hold, a CPL that contradicts the
 * mode, reserved MXCSR bits.  Changes nothing when it fails.  Page tables are looked
 * at anew. */
int refvmm_set_state(struct refvmm *vm, const struct refvmm_state *state, char *reason);
void refvmm_get_state(struct refvmm *vm, struct refvmm_state *state);

/* Physical memory: all of it RAM, or -EFAULT and nothing is done.  Bytes that do not
 * change keep the translations made of them. */
int refvmm_write(struct refvmm *vm, uint32_t address, const void *data, uint32_t n);
int refvmm_read(struct refvmm *vm, uint32_t address, void *data, uint32_t n);
/* All of RAM, to look at. */
const uint8_t *refvmm_ram(const struct refvmm *vm);

/* Run until something ends it.  max_units: 0 for no limit; with REFVMM_ONE units are
 * instructions (a repeated string instruction is one).  Interrupts that are pending
 * and the state go on in the next run. */
int refvmm_run(struct refvmm *vm, unsigned how, uint64_t max_units, struct refvmm_exit *exit,
	       char *reason);
/* From a port function: end the run behind this instruction. */
void refvmm_stop(struct refvmm *vm);
/* Assert INTR; the processor takes `vector` as soon as it may. */
void refvmm_interrupt(struct refvmm *vm, uint8_t vector);

/* The word for a refvmm_why. */
const char *refvmm_why_name(enum refvmm_why why);
/* Counter `name` of bt/stats.def; 0 when there is none. */
uint64_t refvmm_counter(const struct refvmm *vm, const char *name);

#endif
