/* SPDX-License-Identifier: MIT
 * Rules of the manual for what the host CPU cannot witness: instructions that show or
 * check their ring, in the tables that a case finds (conformance/arena.h).
 */
#ifndef CONFORMANCE_GEN_RULES_H
#define CONFORMANCE_GEN_RULES_H

#include "conformance/sys/sys.h"

/* What a selector leads to. */
struct target {
	enum { TO_DESC, TO_NULL, TO_NOTHING } kind; /* NOTHING: behind the table's limit */
	u8 access;                                  /* with DPL and P */
	u8 flags;
	u32 base, limit;
};
/* Segment seg of the case's own table. */
struct target target_seg(const struct tcase *t, unsigned seg);
/* A descriptor of the runtime's: flat, with this access byte. */
struct target target_flat(u8 access);

/* A load of DS, ES, FS, GS or SS: SDM vol. 2B MOV, vol. 3A section 5.6, 5.7. */
void rule_load(struct tcase *t, unsigned sreg, u16 sel, const struct target *to);
/* LAR, LSL, VERR, VERW: op is the second opcode byte 02, 03, or 4, 5 for VERR, VERW;
 * reg: where LAR puts its result. */
void rule_query(struct tcase *t, unsigned op, unsigned reg, u16 sel, const struct target *to);
/* Far JMP and CALL (back: RET and IRET) to ip in a code segment; over: behind its limit.
 * SDM vol. 2A JMP, CALL, IRET, vol. 2B RET. */
void rule_far(struct tcase *t, bool back, u16 sel, const struct target *to, u32 ip, bool over);

#endif
