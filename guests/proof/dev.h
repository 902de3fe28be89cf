/* SPDX-License-Identifier: MIT
 * Device cases in the guest: what the interpreter of scripts is made of.
 */
#ifndef GUESTS_PROOF_DEV_H
#define GUESTS_PROOF_DEV_H

#include "conformance/arena.h"
#include "conformance/devscript.h"

/* What survives a reset that spares memory: behind the shadow, below .bss. */
#define DEV_MARK_ADDR  0x9f0000u
#define DEV_MARK_MAGIC 0x4b52414du

struct dev_mark {
	u32 magic; /* cleared when it has been read */
	u32 via;   /* enum dev_back: the stub of the reset vector writes it */
	u32 id, step, nlog, digest, count, offset;
	u32 said, summary, unmet; /* struct line_sums */
	u32 var[DEV_VARS];
	u8 log[DEV_LOG_MAX];
	u32 crc; /* of all the rest but `via` */
};

/* Where the interpreter stands. */
struct dev_run {
	const struct dev_step *step;
	u32 nstep, at;    /* the step that runs */
	u32 again, tries; /* the last DV_TRY; how often it was in vain */
	u32 var[DEV_VARS];
	u8 log[DEV_LOG_MAX];
	u32 nlog;
	u32 back; /* enum dev_back */
	bool timeout;
};
extern struct dev_run dev;

/* trap.asm: runs dev_interpret(); comes back from exceptions, too. */
void run_dev(void);
void dev_interpret(void);
/* devirq.asm: handlers of vectors DEV_VEC_LOW to DEV_VEC_HIGH. */
extern const u32 dev_vectors[DEV_VEC_HIGH - DEV_VEC_LOW + 1];
void dev_irq(u32 vector);
void triple_fault(void) __attribute__((noreturn));
/* devlost.c: shutdown, by enum dev_lost. */
void dev_lose(u32 kind) __attribute__((noreturn));

/* dev.c: the record of a device case; returns the byte behind it. */
const u8 *dev_run_case(const struct pack_record *r);
/* The pack, the number of records before the next one, and where it lies. */
void dev_place(u32 digest, u32 count, u32 offset);
/* Was a reset under way in a case of this pack?  Returns its place and puts back the sums
 * of the records before; dev_run_case() goes on with it. */
bool dev_resumes(u32 digest, u32 *count, u32 *offset);

/* devclock.c: time in milliseconds that passes for the guest. */
struct dev_timer {
	u64 start;
	u32 ms, polls;
};
void dev_clock_init(void);
void dev_timer_start(struct dev_timer *t, u32 ms);
/* Also wants polls: a VM that lost the processor for a while gets its chance. */
bool dev_timer_over(struct dev_timer *t);
void dev_wait_ms(u32 ms);

/* devneeds.c: bits of enum dev_need that this machine has. */
u32 dev_machine(void);

/* devstate.c: the state that scripts start from and leave. */
void dev_state_save(void);
void dev_state_restore(void);

/* devrandom.c */
void dev_random(u32 seed, u32 accesses);

/* deva20.c: through port 92h or 64h. */
u8 dev_a20(u16 port);

#endif
