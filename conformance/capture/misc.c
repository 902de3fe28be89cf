/* SPDX-License-Identifier: MIT
 * Instructions with operands of their own shape (BOUND, XLAT, CMPXCHG8B, MOV
 * with an offset, MASKMOV, FXSAVE ...), and of insn/fault.def what a program at
 * CPL 3 gets from them: undefined opcodes and privileged instructions.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/capture/make.h"

enum kind {
	K_BOUND,
	K_XLAT,
	K_CX8,
	K_MOFFS,
	K_MASKMOV,
	K_FXSAVE,
	K_FXRSTOR,
	K_NOPM,
	K_CLFLUSH,
	K_INTO
};

struct row {
	const char *mnemonic, *form;
	enum kind kind;
	u32 opcode;
	s8 digit;
	u8 bytes; /* accessed; 0: by operand size */
	u8 feature;
	const char *attr; /* w writes, l may be locked, v sized, 2 twice the operand, r no ModRM
			     memory */
	const char *cite;
};

static const struct row rows[] = {
	{"bound", "m", K_BOUND, 0x62, -1, 0, FEAT_BASE, "v2", "SDM 2A BOUND"},
	{"xlat", "none", K_XLAT, 0xd7, -1, 1, FEAT_BASE, "", "SDM 2D XLAT"},
	{"cmpxchg8b", "m64", K_CX8, 0x0fc7, 1, 8, FEAT_BASE, "wl", "SDM 2A CMPXCHG8B"},
	{"mov", "al_moffs", K_MOFFS, 0xa0, -1, 1, FEAT_BASE, "", "SDM 2B MOV"},
	{"mov", "eax_moffs", K_MOFFS, 0xa1, -1, 0, FEAT_BASE, "v", "SDM 2B MOV"},
	{"mov", "moffs_al", K_MOFFS, 0xa2, -1, 1, FEAT_BASE, "w", "SDM 2B MOV"},
	{"mov", "moffs_eax", K_MOFFS, 0xa3, -1, 0, FEAT_BASE, "vw", "SDM 2B MOV"},
	{"maskmovq", "mm_mm", K_MASKMOV, 0x0ff7, -1, 8, FEAT_SSE, "w", "SDM 2B MASKMOVQ"},
	{"maskmovdqu", "x_x", K_MASKMOV, 0x660ff7, -1, 16, FEAT_SSE2, "w", "SDM 2B MASKMOVDQU"},
	{"fxsave", "m512", K_FXSAVE, 0x0fae, 0, 0, FEAT_FXSR, "w", "SDM 2A FXSAVE"},
	{"fxrstor", "m512", K_FXRSTOR, 0x0fae, 1, 0, FEAT_FXSR, "", "SDM 2A FXRSTOR"},
	{"clflush", "m8", K_CLFLUSH, 0x0fae, 7, 1, FEAT_SSE2, "", "SDM 2A CLFLUSH"},
	{"nop", "m", K_NOPM, 0x0f1f, 0, 0, FEAT_CMOV, "v", "SDM 2B NOP"},
	{"into", "none", K_INTO, 0xce, -1, 0, FEAT_BASE, "", "SDM 2A INTO"},
};

static bool has(const struct row *r, char attr)
{
	return strchr(r->attr, attr) != NULL;
}

static void bound(struct maker *m, unsigned size)
{
	struct mref ref = {.size = 2 * size, .parts = true};
	unsigned reg = mreg(m, size);
	u32 lo = mvalue(m, size), hi = mvalue(m, size), v = mvalue(m, size);

	if (!one_in(m, 4)) { /* around one of the bounds */
		v = (mrnd(m) & 1 ? lo : hi) + mbelow(m, 3) - 1;
	}
	mset(m, size, reg, v);
	mopsize(m, size);
	mopcode(m, 0x62);
	mmemory(m, reg, &ref);
	mmem_pair(m, ref.lin, lo, size, hi, size);
}

/* Implied memory operand by one register: XLAT, MASKMOV. */
static u32 implied(struct maker *m, unsigned reg, unsigned size, bool writes, u32 add)
{
	struct mref ref = {
		.sreg = (u8)msegment(m, A_DS), .writes = writes, .size = size, .no_ac = writes};
	u32 off = mplace(m, &ref) - add;

	m->v->gpr[reg] = m->addr == 2 ? (mrnd(m) << 16) | (off & 0xffff) : off;
	return ref.lin;
}

static void cmpxchg8b(struct maker *m, const struct row *r)
{
	struct mref ref = {.size = 8, .writes = true};
	u32 d[2] = {mvalue(m, 4), mvalue(m, 4)};

	m->used = 1u << A_EAX | 1u << A_EDX;
	m->v->gpr[A_EAX] = one_in(m, 3) ? mvalue(m, 4) : d[0];
	m->v->gpr[A_EDX] = one_in(m, 3) ? mvalue(m, 4) : d[1];
	mopcode(m, r->opcode);
	mmemory(m, 1, &ref);
	mmem(m, ref.lin, d, 8);
}

static void moffs(struct maker *m, const struct row *r)
{
	unsigned size = r->bytes ? r->bytes : m->c->size;
	struct mref ref = {.sreg = (u8)msegment(m, A_DS), .writes = has(r, 'w'), .size = size};
	u32 off = mplace(m, &ref);

	mopsize(m, size);
	mopcode(m, r->opcode);
	mimm(m, off, m->addr);
	mmem32(m, ref.lin, mvalue(m, size), size);
	m->v->gpr[A_EAX] = mvalue(m, 4);
}

static void fxsr(struct maker *m, const struct row *r)
{
	struct mref ref = {.size = 16, .writes = r->kind == K_FXSAVE, .aligned = !one_in(m, 6)};
	u8 image[FX_BYTES];
	unsigned i;

	if (m->place != AT_NULL && m->place != AT_ALIGN)
		m->place = AT_WORK;
	mfx_x87(m);
	for (i = 0; i < 8; i++)
		mlanes(m, mfx_xmm(m, i), 16, 's');
	mopcode(m, r->opcode);
	mmemory(m, (u32)r->digit, &ref);
	if (r->kind == K_FXSAVE) {
		for (i = 0; i < FX_BYTES; i++)
			image[i] = (u8)mrnd(m);
		mmem(m, ref.lin, image, FX_BYTES);
		/* pointers, MXCSR_MASK and reserved fields (SDM vol. 1 10.5.1) */
		mumem(m, ref.lin + FX_PTRS - 1, 19);
		mumem(m, ref.lin + FX_MASK, 4);
		mumem(m, ref.lin + FX_END, FX_BYTES - FX_END);
		return;
	}
	memcpy(image, m->v->fx, sizeof image);
	for (i = 0; i < 8; i++) {
		mlanes(m, image + FX_ST + 16 * i, 10, 'x');
		mlanes(m, image + FX_XMM + 16 * i, 16, 'i');
	}
	memset(image + FX_PTRS, 0, 18);
	image[FX_FTW] = (u8)mrnd(m);
	i = one_in(m, 8) ? mrnd(m) : mrnd(m) & 0xffbf; /* MXCSR, reserved bits: #GP */
	memcpy(image + FX_MXCSR, &i, 4);
	mmem(m, ref.lin, image, FX_BYTES);
}

static void make_misc(struct maker *m)
{
	const struct row *r = m->c->row;
	struct mref ref = {.size = r->bytes ? r->bytes : m->c->size};
	u8 b[16];
	unsigned i, x, y;

	switch (r->kind) {
	case K_BOUND:
		bound(m, m->c->size);
		break;
	case K_XLAT:
		i = mrnd(m) & 0xff;
		mset(m, 1, A_EAX, i);
		mmem32(m, implied(m, A_EBX, 1, false, i), mrnd(m), 1);
		mopcode(m, r->opcode);
		break;
	case K_CX8:
		cmpxchg8b(m, r);
		break;
	case K_MOFFS:
		moffs(m, r);
		break;
	case K_MASKMOV:
		mfx_simd(m);
		x = mbelow(m, 8);
		y = mbelow(m, 8);
		mlanes(m, r->bytes == 8 ? mfx_mm(m, x) : mfx_xmm(m, x), r->bytes, 'i');
		for (i = 0; i < sizeof b; i++)
			b[i] = (u8)mrnd(m);
		memcpy(r->bytes == 8 ? mfx_mm(m, y) : mfx_xmm(m, y), b, r->bytes);
		/* a byte that is masked may fault or not (SDM 2B MASKMOVQ) */
		if (m->place == AT_OVER || m->place == AT_ABSENT || m->place == AT_RO ||
		    m->place == AT_XDOWN || m->place == AT_SMALL || m->place == AT_ROSEG)
			m->place = AT_WORK;
		for (i = 0; i < sizeof b; i++)
			b[i] = (u8)mrnd(m);
		mmem(m, implied(m, A_EDI, r->bytes, true, 0), b, r->bytes);
		mopcode(m, r->opcode);
		mmodrm_reg(m, x, y);
		break;
	case K_FXSAVE:
	case K_FXRSTOR:
		fxsr(m, r);
		break;
	case K_CLFLUSH:
	case K_NOPM:
		if (has(r, 'v'))
			mopsize(m, m->c->size);
		ref.address = r->kind == K_NOPM;
		mopcode(m, r->opcode);
		mmemory(m, (u32)r->digit, &ref);
		if (!ref.address)
			mmem32(m, ref.lin, mrnd(m), 1);
		break;
	case K_INTO:
		msegment(m, A_DS);
		mopcode(m, r->opcode);
		break;
	}
}

/* insn/fault.def: whole instructions as bytes. */
struct raw {
	const char *group, *mnemonic, *form;
	const char *bytes;
	u8 n;
	const char *modes, *cls, *native, *cite;
};
#define RAW(group, mnemonic, form, bytes, modes, cls, native, cite)                                \
	{#group, #mnemonic, #form, bytes, sizeof(bytes) - 1, modes, cls, native, cite},
static const struct raw raws[] = {
#include "conformance/insn/fault.def"
};
#undef RAW

static void make_raw(struct maker *m)
{
	const struct raw *r = m->c->row;
	unsigned i = 0;

	/* how much of an undefined instruction is fetched is the processor's */
	m->fetch = m->fetch && strcmp(r->mnemonic, "ud");
	if (m->c->prefix & PF_S)
		msegment(m, A_DS);
	while (i < r->n && (r->bytes[i] == 0x66 || (u8)r->bytes[i] == 0xf0))
		mprefix(m, (u8)r->bytes[i++]);
	for (; i < r->n; i++)
		mmodrm(m, (u8)r->bytes[i], 1);
}

static bool usable(const struct raw *r)
{
	/* those of the other groups have operands in memory, or are exact in
	 * their prefixes */
	return !r->native && strchr(r->modes, 'u') && r->n <= 6 &&
	       (!strcmp(r->group, "fault") || !strcmp(r->group, "int")) &&
	       strcmp(r->mnemonic, "into") && strcmp(r->form, "lock_nop") &&
	       strcmp(r->form, "lock_nop_long") && strcmp(r->form, "lock_int3");
}

/* LOCK before MOV CR0 is MOV CR8 on AMD (APM vol. 3, MOV CRn). */
static bool moves_control(const struct raw *r)
{
	return r->bytes[0] == 0x0f && (r->bytes[1] == 0x20 || r->bytes[1] == 0x22);
}

void cells_misc(struct cells *cs)
{
	unsigned k, size, p;
	char form[32];

	for (k = 0; k < sizeof rows / sizeof *rows; k++) {
		const struct row *r = &rows[k];
		bool mem = r->kind != K_INTO;

		for (size = 2; size <= 4; size += 2) {
			struct vcell c = {.group = "misc",
					  .mnemonic = r->mnemonic,
					  .cite = r->cite,
					  .feature = r->feature,
					  .make = make_misc,
					  .row = r,
					  .size = has(r, 'v') ? (u8)size : 0};

			if (!has(r, 'v') && size == 4)
				continue;
			snprintf(c.form, sizeof c.form, "%s", r->form);
			cell_opcode(&c, r->opcode, r->digit);
			for (p = 0; p < 8; p++) {
				if (!mem && p == 3)
					continue;
				if (p > 4 && !has(r, 'l'))
					continue;
				c.prefix = (u8)p;
				cells_add(cs, &c);
			}
			if (!has(r, 'l'))
				cells_empty(cs, &c, "lock with others",
					    "LOCK is #UD here before anything is addressed");
			cells_empty(cs, &c, "f3 f2",
				    "reserved on what is no string instruction (SDM 2A 2.1.1)");
		}
	}
	for (k = 0; k < sizeof raws / sizeof *raws; k++) {
		const struct raw *r = &raws[k];
		struct vcell c = {.group = r->group,
				  .mnemonic = r->mnemonic,
				  .cite = r->cite,
				  .make = make_raw,
				  .row = r};

		if (!usable(r))
			continue;
		snprintf(form, sizeof form, "%s_%s", r->form, r->cls);
		snprintf(c.form, sizeof c.form, "%s", form);
		cell_opcode(&c,
			    (u8)r->bytes[0] == 0x0f ? 0x0f00u | (u8)r->bytes[1] : (u8)r->bytes[0],
			    -1);
		for (p = 0; p < 5; p++) {
			if (p == 3 || (p == PF_LOCK && moves_control(r)))
				continue;
			c.prefix = (u8)p;
			cells_add(cs, &c);
		}
		cells_empty(cs, &c, "67+seg", "no memory operand is reached");
		if (moves_control(r))
			cells_empty(cs, &c, "lock", "MOV CR8 on AMD, #UD elsewhere");
		cells_empty(cs, &c, "f3 f2",
			    "reserved on what is no string instruction (SDM 2A 2.1.1)");
	}
}
