/* SPDX-License-Identifier: MIT
 * Writing vectors: the state before, what changed, and what is undefined.
 */
#include "conformance/capture/format.h"

#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/capture/make.h"

/* What a Linux process runs with (SDM vol. 3A 2.5): PE MP ET NE WP AM PG, and
 * OSFXSR OSXMMEXCPT. */
#define HOST_CR0 0x80050033u
#define HOST_CR4 0x00000600u

/* ORDER gpr */
static const u8 moo_gpr[8] = {MOO_EAX, MOO_ECX, MOO_EDX, MOO_EBX,
			      MOO_ESP, MOO_EBP, MOO_ESI, MOO_EDI};
/* ORDER sreg */
static const u8 moo_sel[A_SREGS] = {MOO_ES, MOO_CS, MOO_SS, MOO_DS, MOO_FS, MOO_GS};

static void put_chip(struct moo_out *o)
{
	u32 r[4], name[13] = {0};
	unsigned i;

	moo_begin(o, "CHIP");
	moo_u32(o, 0);
	__cpuid(0, r[0], r[1], r[2], r[3]);
	moo_u32(o, r[1]);
	moo_u32(o, r[3]);
	moo_u32(o, r[2]);
	__cpuid(1, r[0], r[1], r[2], r[3]);
	moo_u32(o, r[0]);
	/* extended fields (SDM vol. 2A CPUID, figure 3-6) */
	moo_u16(o, (u16)((r[0] >> 8 & 15) + ((r[0] >> 8 & 15) == 15 ? r[0] >> 20 & 0xff : 0)));
	moo_u8(o, (u8)((r[0] >> 4 & 15) | (r[0] >> 12 & 0xf0)));
	moo_u8(o, (u8)(r[0] & 15));
	for (i = 0; i < 3; i++)
		__cpuid(0x80000002 + i, name[4 * i], name[4 * i + 1], name[4 * i + 2],
			name[4 * i + 3]);
	moo_put(o, name, 48);
	moo_end(o);
}

void format_header(struct moo_out *o, const struct vcell *c, u64 seed, bool mixed)
{
	struct moo_meta meta = {
		.present = true, .set_major = 1, .cpu_type = 0xff, .seed = seed, .mode = 1};
	unsigned i, n;
	u32 lin;

	moo_header(o, "IA32", 1, 1);
	meta.opcode = mixed ? 0xffffffff : (u32)strtoul(c->opcode, NULL, 16);
	snprintf(meta.mnemonic, sizeof meta.mnemonic, "%-8.8s", mixed ? c->group : c->mnemonic);
	moo_put_meta(o, &meta);
	put_chip(o);

	moo_begin(o, "WRLD");
	moo_u8(o, 1); /* version */
	moo_u8(o, 3); /* CPL */
	moo_u8(o, c->code32 ? 32 : 16);
	moo_u8(o, 0);
	moo_u32(o, HOST_CR0);
	moo_u32(o, HOST_CR4);
	moo_end(o);

	for (i = n = 0; i < SG_COUNT; i++)
		n += world_segment(i);
	moo_begin(o, "LDTE");
	moo_u32(o, SG_COUNT); /* the table ends behind this many */
	moo_u32(o, n);
	for (i = 0; i < SG_COUNT; i++) {
		const struct seg_def *s = &case_segs[i];

		if (!world_segment(i))
			continue;
		moo_u16(o, SEL_CPL3(i));
		moo_u8(o, s->access | 0x60);
		moo_u8(o, s->flags);
		moo_u32(o, s->base);
		moo_u32(o, s->flags & 8 ? s->limit << 12 | 0xfff : s->limit);
	}
	moo_end(o);

	for (lin = ARENA_LO, n = 0; lin < ARENA_HI; lin += 0x1000)
		n += world_page(lin);
	moo_begin(o, "PAGE");
	moo_u32(o, n);
	for (lin = ARENA_LO; lin < ARENA_HI; lin += 0x1000)
		if (world_page(lin)) /* as in a page table entry: P W U */
			moo_u32(o, lin | ((lin >> 12 & 15) == WORLD_RO_PAGE ? 5 : 7));
	moo_end(o);

	moo_begin(o, "FXSB");
	moo_put(o, fx_base, FX_BYTES);
	moo_end(o);
}

void format_name(const struct vcell *c, u32 serial, char *out, size_t n)
{
	size_t at;

	cell_name(c, out, n);
	at = strlen(out);
	snprintf(out + at, n - at, "/%u", serial);
}

/* Bytes of the FXSAVE image that are state: no pointers, no reserved ones. */
static bool fx_state(unsigned i)
{
	return i < FX_PTRS - 1 || (i >= FX_MXCSR && i < FX_MASK) ||
	       (i >= FX_ST && i < FX_XMM && (i & 15) < 10) || (i >= FX_XMM && i < FX_END);
}

static void put_fx(struct moo_out *o, const u8 *was, const u8 *is)
{
	unsigned i, n = 0;

	for (i = 0; i < FX_END; i++)
		n += fx_state(i) && was[i] != is[i];
	moo_begin(o, "FXBY");
	moo_u32(o, n);
	for (i = 0; i < FX_END; i++)
		if (fx_state(i) && was[i] != is[i]) {
			moo_u16(o, (u16)i);
			moo_u8(o, is[i]);
		}
	moo_end(o);
}

static void set(struct moo_regs *r, unsigned reg, u32 value)
{
	r->set |= 1u << reg;
	r->value[reg] = value;
}

static void put_init(struct moo_out *o, const struct vec *v)
{
	struct moo_regs r = {.present = true, .wide = true};
	unsigned i, k;

	for (i = 0; i < 8; i++)
		set(&r, moo_gpr[i], v->gpr[i]);
	for (i = 0; i < A_SREGS; i++)
		set(&r, moo_sel[i], v->sel[i]);
	set(&r, MOO_EIP, v->eip);
	set(&r, MOO_EFLAGS, v->eflags);
	moo_begin(o, "INIT");
	moo_put_regs(o, &r, false);
	moo_begin(o, "RAM ");
	for (i = 0; i < v->nmem; i++)
		for (k = 0; k < v->mem[i].len; k++)
			moo_put_ram(o, v->mem[i].lin + k, v->pool[v->mem[i].at + k]);
	moo_end(o);
	if (v->fpu)
		put_fx(o, fx_base, v->fx);
	moo_end(o);
}

static void put_undefined(struct moo_out *o, const struct vec *v, const struct outcome *r)
{
	unsigned regs = r->done ? (v->undef != 0) + (v->undef_mask != 0) : 0;
	unsigned i, n = regs + (r->done == v->umem_of_fault ? 0 : v->numem);

	if (!n)
		return;
	moo_begin(o, "UNDF");
	moo_u32(o, n);
	for (i = 0; i < n; i++) {
		bool flags = i == 0 && regs && v->undef, gpr = !flags && i < regs;
		unsigned k = i - regs;

		moo_u8(o, flags ? UNDF_EFLAGS : gpr ? UNDF_GPR : UNDF_RAM);
		moo_u8(o, 0); /* chip */
		moo_u16(o, 0);
		if (flags || gpr) {
			u32 mask = flags ? v->undef : v->undef_mask;

			moo_u32(o, flags ? MOO_EFLAGS : moo_gpr[v->undef_reg]);
			moo_u32(o, mask);
			moo_u32(o, (flags ? r->eflags : r->gpr[v->undef_reg]) & mask);
		} else {
			moo_u32(o, v->umem[k].lin);
			moo_u32(o, v->umem[k].len);
			moo_u32(o, 0);
		}
	}
	moo_end(o);
}

static void put_fina(struct moo_out *o, const struct vec *v, const struct outcome *out)
{
	struct moo_regs r = {.present = true, .wide = true}, mask = r;
	u32 flags = out->eflags & (out->done ? ~(u32)F_RF : ~0u);
	unsigned i;

	for (i = 0; i < 8; i++)
		if (out->gpr[i] != v->gpr[i])
			set(&r, moo_gpr[i], out->gpr[i]);
	for (i = 0; i < A_SREGS; i++)
		if (out->sel[i] != v->sel[i])
			set(&r, moo_sel[i], out->sel[i]);
	/* as in the published sets it counts the HLT */
	if (out->eip + out->done != v->eip)
		set(&r, MOO_EIP, out->eip + out->done);
	if (flags != v->eflags)
		set(&r, MOO_EFLAGS, flags);
	moo_begin(o, "FINA");
	moo_put_regs(o, &r, false);
	if (out->done && v->undef)
		set(&mask, MOO_EFLAGS, ~v->undef);
	if (out->done && v->undef_mask)
		set(&mask, moo_gpr[v->undef_reg], ~v->undef_mask);
	/* the way out clears the RPL of a null selector (IRET, SDM vol. 2A) */
	for (i = 0; i < A_SREGS; i++)
		if (out->sel[i] != v->sel[i] && !out->sel[i])
			set(&mask, moo_sel[i], ~3u);
	if (mask.set)
		moo_put_regs(o, &mask, true);
	moo_begin(o, "RAM ");
	for (i = 0; i < out->nmem; i++)
		moo_put_ram(o, out->mem[i].lin, out->mem[i].b);
	moo_end(o);
	if (v->fpu)
		put_fx(o, v->fx, out->fx);
	put_undefined(o, v, out);
	moo_end(o);
}

static bool pushes_error(unsigned trap)
{
	return trap == 8 || (trap >= 10 && trap <= 14) || trap == 17;
}

void format_test(struct moo_out *o, u32 index, const struct vcell *c, const struct vec *v,
		 const struct outcome *r)
{
	char name[140];

	format_name(c, v->serial, name, sizeof name);
	moo_begin(o, "TEST");
	moo_u32(o, index);
	moo_put_bytes(o, "NAME", name, (u32)strlen(name));
	moo_put_bytes(o, "BYTS", v->code, v->code_len + 1u);
	moo_begin(o, "ATTR");
	moo_u8(o, c->feature);
	moo_u8(o, v->tolerance);
	moo_u8(o, v->mode == CM_FLAT32);
	moo_u8(o, v->fpu);
	moo_end(o);
	put_init(o, v);
	put_fina(o, v, r);
	if (!r->done) {
		moo_begin(o, "EXCP");
		moo_u8(o, r->trap);
		moo_u32(o, 0xffffffff); /* no FLAGS in the vector's memory */
		moo_end(o);
		moo_begin(o, "FALT");
		moo_u8(o, r->trap);
		moo_u8(o, (u8)((pushes_error(r->trap) ? FALT_ERROR : 0) |
			       (r->trap == 14 ? FALT_CR2 : 0) |
			       (r->trap == 14 && v->parts ? FALT_PARTS : 0)));
		moo_u16(o, pushes_error(r->trap) ? r->error : 0);
		moo_u32(o, r->cr2);
		moo_end(o);
	}
	moo_end(o);
}
