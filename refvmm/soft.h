/* SPDX-License-Identifier: MIT
 * Running one guest instruction in the monitor: the path for accesses the
 * hardware segments cannot express (truncated limits, the monitor area, device
 * memory, page 0 where it cannot be mapped) and for instructions the translator
 * does not copy.
 *
 * Stack and string instructions are done in C.  Every other instruction with a
 * memory operand is run on the real processor with the operand redirected to
 * v->window ("redirect"), so no interpreter of the whole ISA is needed.
 */
#ifndef REFVMM_SOFT_H
#define REFVMM_SOFT_H

#include "bt/decode.h"
#include "refvmm/arch.h"

/* Execute instruction `i`, all of it or (REP) at least one iteration, against
 * guest memory.  MON_OK: registers, flags and memory updated and v->eip points
 * behind it (or still at it when a REP wants more iterations).  MON_FAULT:
 * nothing changed except completed iterations. */
enum mon soft_execute(struct vcpu *v, const struct insn *i);

/* Parts of it, by family; true when the mnemonic belongs to the family. */
bool soft_string(struct vcpu *v, const struct insn *i,
		 enum mon *out); /* soft_string.c: MOVS STOS LODS CMPS SCAS */
bool soft_stack(struct vcpu *v, const struct insn *i,
		enum mon *out); /* soft_stack.c: PUSH POP PUSHA POPA ENTER LEAVE near CALL RET
				   (memory operands too) PUSHF is elsewhere, XLAT too */
bool soft_portio(struct vcpu *v, const struct insn *i,
		 enum mon *out); /* soft_portio.c: IN OUT INS OUTS */

/* Instructions of class IC_MON (callouts by design): far transfers, segment
 * loads, system registers, flags, CPUID ... callout.c */
enum mon callout_execute(struct vcpu *v, const struct insn *i);

/* Run `i` on the processor with its memory operand (ModRM or moffs) replaced by
 * v->window + (align & 63); flags, registers and FPU state are the guest's.
 * The caller filled v->window and writes it back.  MON_FAULT when the
 * instruction itself raised an exception (#DE, #GP for misalignment ...).
 * Implemented by the engine (refvmm/redirect.c). */
enum mon redirect_run(struct vcpu *v, const struct insn *i, u32 align);
/* May this store leave its operand alone?  FST and its kin do so when they raise an
 * unmasked exception (SDM vol. 1 section 8.5). */
bool redirect_may_not_store(struct vcpu *v, const struct insn *i);
/* Is an unmasked x87 exception pending? */
bool redirect_x87_pending(struct vcpu *v);

/* Port access through the board; applies no permission check. */
u32 port_in(struct vcpu *v, u16 port, unsigned size);
void port_out(struct vcpu *v, u16 port, u32 value, unsigned size);

#endif
