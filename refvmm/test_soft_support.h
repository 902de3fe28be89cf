/* SPDX-License-Identifier: MIT
 * What the tests of the emulation and the callouts add to test_support.h:
 * instructions given as hexadecimal bytes and decoded by the real decoder, a
 * fake processor behind redirect_run() and a fake I/O port space, both logging.
 */
#ifndef REFVMM_TEST_SOFT_SUPPORT_H
#define REFVMM_TEST_SOFT_SUPPORT_H

#include "refvmm/soft.h"
#include "refvmm/test_support.h"

#define DATA 0x20000u /* scratch memory of the tests */

/* Decode "f3 a4" as standing at vcpu.eip, in the mode vcpu is in. */
const struct insn *code(const char *hex);
/* Decode and execute. */
enum mon soft(const char *hex);
enum mon callout(const char *hex);

/* The fake processor: called with the operand in the window; its answer is
 * redirect_run's. */
typedef enum mon redirect_fn(struct vcpu *v, const struct insn *i, u8 *operand);
extern redirect_fn *redirect_effect; /* NULL: MON_OK, nothing done */
extern struct insn redirect_insn;
extern u32 redirect_align;
extern unsigned redirect_calls;
extern bool x87_is_pending; /* the fake processor has an x87 exception pending */

struct port_event {
	bool out;
	u16 port;
	unsigned size;
	u32 value;
};
extern struct port_event port_log[64];
extern unsigned port_events; /* all of them; the log keeps the first 64 */
extern u32 port_next;        /* the next port_in() gives this, then one more */

/* Fresh logs; start_*() of test_support.h does the rest. */
struct vcpu *soft_protected(unsigned ring);
struct vcpu *soft_real(void);

/* EIP moved over `n` bytes of code and one instruction was counted. */
#define ck_retired(n)                                                                              \
	do {                                                                                       \
		ck_assert_uint_eq(vcpu.eip, code_eip + (n));                                       \
		ck_assert_uint_eq(vcpu.retired_mon, 1);                                            \
	} while (0)
extern u32 code_eip, code_len; /* of the last instruction decoded */

#endif
