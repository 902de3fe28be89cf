/* SPDX-License-Identifier: MIT
 * Segment and gate descriptors in guest memory (SDM vol. 3A sections 3.4.5,
 * 3.5 and 5.8.3): fetching, field access and the accessed bit.  Private to the
 * refvmm/ files behind arch.h.
 */
#ifndef REFVMM_DESCRIPTOR_H
#define REFVMM_DESCRIPTOR_H

#include "refvmm/arch.h"

/* System descriptor types (SDM vol. 3A table 3-2). */
enum {
	SYS_TSS16 = 1,
	SYS_LDT = 2,
	SYS_TSS16_BUSY = 3,
	SYS_CALL16 = 4,
	SYS_TASK_GATE = 5,
	SYS_INT16 = 6,
	SYS_TRAP16 = 7,
	SYS_TSS32 = 9,
	SYS_TSS32_BUSY = 11,
	SYS_CALL32 = 12,
	SYS_INT32 = 14,
	SYS_TRAP32 = 15,
	/* Bits of a type. */
	SYS_TRAP_BIT = 1, /* interrupt gate -> trap gate */
	SYS_BUSY_BIT = 2, /* TSS -> busy TSS */
	SYS_32_BIT = 8,
};

struct desc {
	u32 lo, hi;
	u32 lin; /* linear address it was read from */
};

static inline u32 desc_type(const struct desc *d)
{
	return (d->hi >> 8) & 0xf;
}

static inline unsigned desc_dpl(const struct desc *d)
{
	return d_dpl(d->hi);
}

static inline bool desc_present(const struct desc *d)
{
	return d->hi & D_P;
}

static inline bool desc_is_system(const struct desc *d)
{
	return !(d->hi & D_S);
}

static inline bool desc_is_code(const struct desc *d)
{
	return (d->hi & (D_S | D_CODE)) == (D_S | D_CODE);
}

/* A code segment whose callers keep their privilege. */
static inline bool desc_is_conforming(const struct desc *d)
{
	return desc_is_code(d) && (d->hi & D_CONFORMING);
}

static inline bool desc_is_writable(const struct desc *d)
{
	return (d->hi & (D_S | D_CODE | D_WRITABLE)) == (D_S | D_WRITABLE);
}

static inline u32 desc_base(const struct desc *d)
{
	return d->lo >> 16 | (d->hi & 0xff) << 16 | (d->hi & 0xff000000);
}

static inline u32 desc_limit(const struct desc *d)
{
	u32 limit = (d->lo & 0xffff) | (d->hi & 0xf0000);

	return d->hi & D_G ? limit << 12 | 0xfff : limit;
}

static inline u16 gate_selector(const struct desc *d)
{
	return (u16)(d->lo >> 16);
}

/* 286 gates have a reserved fourth word: it is ignored. */
static inline u32 gate_offset(const struct desc *d)
{
	u32 low = d->lo & 0xffff;

	return desc_type(d) & SYS_32_BIT ? (d->hi & 0xffff0000) | low : low;
}

/* Operand size of what goes through the gate. */
static inline unsigned gate_size(const struct desc *d)
{
	return desc_type(d) & SYS_32_BIT ? 4 : 2;
}

static inline bool sel_is_null(u16 sel)
{
	return !(sel & 0xfffc);
}

static inline unsigned sel_rpl(u16 sel)
{
	return sel & 3;
}

static inline bool sel_is_local(u16 sel)
{
	return sel & 4;
}

/* Error code that names a selector; ext is 0 or 1 (SDM vol. 3A section 6.13). */
static inline u32 sel_error(u16 sel, u32 ext)
{
	return (sel & 0xfffcu) | ext;
}

/* Where the descriptor is; false: outside its table or no LDT. */
bool desc_locate(const struct vcpu *v, u16 sel, u32 *lin);
/* Read the descriptor, or fault `vector`(sel | ext) when outside its table. */
enum mon desc_fetch(struct vcpu *v, u16 sel, u8 vector, u32 ext, struct desc *d);
/* Set the accessed bit in memory and in `d` unless it is set already. */
enum mon desc_touch(struct vcpu *v, struct desc *d);
/* Hidden part for loading: `sel` becomes the visible part as it stands. */
void desc_to_seg(const struct desc *d, u16 sel, struct seg *out);
/* May code at privilege `cpl` go to this code segment without changing
 * privilege, through a selector of this RPL?  #GP(sel) or #NP(sel). */
enum mon desc_check_code(struct vcpu *v, const struct desc *d, u16 sel, unsigned rpl, unsigned cpl);

#endif
