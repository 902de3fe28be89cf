/* SPDX-License-Identifier: MIT
 * Breakpoint registers: which accesses they match, and the debug exception (SDM
 * vol. 3B sections 17.2 and 17.3).
 */
#ifndef REFVMM_DEBUG_H
#define REFVMM_DEBUG_H

#include "refvmm/arch.h"

/* DR6 */
#define DR6_BD (1u << 13) /* a debug register was touched under DR7.GD */
#define DR6_BS (1u << 14) /* single step */
#define DR6_BT (1u << 15) /* task switch to a TSS with T set */

/* Is any breakpoint enabled? */
static inline bool debug_armed(const struct vcpu *v)
{
	return v->dr[7] & 0xff;
}

/* DR6 bits of what matches, 0 when no enabled breakpoint does.  `lin` is the
 * address of an instruction, or of `n` bytes of data or ports. */
u32 debug_match_code(const struct vcpu *v, u32 lin);
u32 debug_match_data(const struct vcpu *v, u32 lin, u32 n, bool write);
u32 debug_match_port(const struct vcpu *v, u16 port, u32 n);

/* #DB with these causes in DR6: as the fault of an instruction breakpoint, or the
 * trap behind the instruction that v->eip has left.  MON_FAULT. */
enum mon debug_raise(struct vcpu *v, u32 dr6);

#endif
