/* SPDX-License-Identifier: MIT
 * Permission for port I/O (SDM vol. 1 section 18.5, vol. 2A IN): IOPL or the
 * bitmap of a 32-bit TSS.
 */
#include "refvmm/descriptor.h"

#define TSS32_LIMIT    0x67
#define TSS_BITMAP_PTR 0x66

enum mon arch_check_io(struct vcpu *v, u16 port, unsigned size)
{
	u32 at, denied;
	u16 bits, start;
	enum mon m;

	/* CPL is 0 in real mode. */
	if (!(v->vflags & FL_VM) && v->cpl <= (v->vflags & FL_IOPL) >> 12)
		return MON_OK;
	if (!((v->tr.attr >> 8) & SYS_32_BIT) || v->tr.limit < TSS32_LIMIT)
		return vcpu_fault(v, V_GP, 0);
	m = lin_read(v, v->tr.base + TSS_BITMAP_PTR, &start, 2, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	/* The processor always reads two bytes, so the bitmap ends in an FFH. */
	at = start + port / 8u;
	if (at + 1 > v->tr.limit)
		return vcpu_fault(v, V_GP, 0);
	m = lin_read(v, v->tr.base + at, &bits, 2, ACC_READ | ACC_SYSTEM);
	if (m)
		return m;
	denied = (u32)bits >> (port & 7) & ((1u << size) - 1);
	return denied ? vcpu_fault(v, V_GP, 0) : MON_OK;
}
