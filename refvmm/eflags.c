/* SPDX-License-Identifier: MIT
 * POPF and POPFD (SDM vol. 2B POPF): which flags the popped image may change.
 * #GP in virtual-8086 mode is the caller's business; CPL is 0 in real mode.
 */
#include "refvmm/arch.h"

u32 arch_popf_image(const struct vcpu *v, u32 popped, unsigned opsize)
{
	u32 mask = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_TF | FL_DF | FL_OF | FL_NT;

	if (v->cpl == 0)
		mask |= FL_IOPL;
	/* IF stays silently when CPL > IOPL. */
	if (v->cpl <= (v->vflags & FL_IOPL) >> 12)
		mask |= FL_IF;
	if (opsize == 4)
		mask |= FL_AC | FL_ID;
	/* VM, VIF and VIP are unaffected, RF ends up clear. */
	return (vcpu_eflags(v) & ~(mask | FL_RF)) | (popped & mask);
}
