/* SPDX-License-Identifier: MIT
 * Stack frames that are checked as a whole and then written as a whole, so that
 * a fault half way through leaves nothing behind.  Private to the refvmm/ files
 * behind arch.h.
 */
#ifndef REFVMM_STACK_H
#define REFVMM_STACK_H

#include "refvmm/arch.h"

/* The longest frame: SS:ESP, 31 parameters, CS:EIP through a call gate. */
#define FRAME_MAX 35

struct frame {
	const struct seg *ss;
	u32 sp;    /* where the next item goes below; wrapped by SS.B */
	u32 size;  /* bytes per item, 2 or 4 */
	u32 n;     /* items so far */
	u32 error; /* error code of #SS when the frame does not fit */
	enum access how;
	u32 off[FRAME_MAX];
	u32 value[FRAME_MAX];
};

/* A frame on the present stack, #SS(0) if it does not fit. */
void frame_here(struct vcpu *v, struct frame *f, unsigned size);
/* A frame on the stack of an inner ring that is about to be loaded. */
void frame_inner(struct frame *f, const struct seg *ss, u32 esp, unsigned size, u32 error);
void frame_push(struct frame *f, u32 value);
/* Does it fit in the segment?  Pushes wrap at 64 KiB on a 16-bit stack. */
enum mon frame_room(struct vcpu *v, const struct frame *f);
/* Probe all pages, then write.  Does not change SS:ESP. */
enum mon frame_write(struct vcpu *v, const struct frame *f);

/* Set ESP, or SP alone when `ss` is a 16-bit stack. */
void stack_set_sp(struct vcpu *v, const struct seg *ss, u32 sp);
/* The stack pointer as addresses are formed from it: ESP or SP. */
u32 stack_sp(const struct vcpu *v);
/* Read one item `at` bytes above the top.  IRET and far RET in protected mode
 * want their frame inside the limit in one piece (SDM: "top n bytes of the
 * stack"); real-mode returns are single pops, which wrap. */
enum mon stack_peek(struct vcpu *v, u32 at, unsigned size, u32 *value);
enum mon stack_peek_wrapped(struct vcpu *v, u32 at, unsigned size, u32 *value);

#endif
