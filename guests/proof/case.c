/* SPDX-License-Identifier: MIT
 * Runs one case: lays out its memory, registers and code, lets trap.asm run it,
 * and reports every difference from the state before it - registers, segment
 * registers, flags, and each byte of the compared windows.
 */
#include "guests/proof/dev.h"
#include "guests/proof/runtime.h"

static void poke(u32 lin, u8 v)
{
	*(volatile u8 *)lin = v;
	*(volatile u8 *)(SHADOW_BASE + lin) = v;
}

static u8 background(u32 lin)
{
	return lin < ARENA_LO ? 0 : arena_background(lin);
}

static u16 get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static u32 get32(const u8 *p)
{
	return get16(p) | (u32)get16(p + 2) << 16;
}

/* Fills run_in and memory; returns the byte behind the record. */
static const u8 *setup(const struct pack_record *r)
{
	unsigned mode = PACK_MODE_OF(r->mode), cpl = PACK_CPL_OF(r->mode), i, n;
	const u8 *p = (const u8 *)(r + 1);
	u32 code;

	run_in.eip = case_default_eip(mode);
	code = CASE_CS_BASE + CASE_OFF;
	for (i = 0; i < r->code_len; i++)
		poke(code + i, *p++);
	for (i = 0; i < 8; i++) {
		run_in.gpr[i] = case_default_gpr(mode, i);
		if (r->gprs & 1u << i) {
			run_in.gpr[i] = get32(p);
			p += 4;
		}
	}
	for (i = 0; i < A_SREGS; i++) {
		run_in.sel[i] = case_sel_of(mode, cpl, i);
		if (r->sels & 1u << i) {
			run_in.sel[i] = get16(p);
			p += 2;
		}
	}
	run_in.cs_copy = run_in.sel[A_CS];
	run_in.eflags = r->eflags;
	for (n = 0; n < r->nmem; n++) {
		u32 lin = get32(p), len = lin >> 24;

		lin &= 0xffffff;
		p += 4;
		for (i = 0; i < len; i++)
			poke(lin + i, *p++);
	}
	return p;
}

static void restore(const struct pack_record *r)
{
	const u8 *p = (const u8 *)(r + 1);
	unsigned i, n;

	for (i = 0; i < r->code_len; i++)
		poke(CASE_CS_BASE + CASE_OFF + i, 0xcc);
	p += r->code_len + 4u * (u32)__builtin_popcount(r->gprs) +
	     2u * (u32)__builtin_popcount(r->sels);
	for (n = 0; n < r->nmem; n++) {
		u32 lin = get32(p), len = lin >> 24;

		lin &= 0xffffff;
		for (i = 0; i < len; i++)
			poke(lin + i, background(lin + i));
		p += 4 + len;
	}
}

/* The trap frame and the stub's pushes lie on the stack of a CPL 0 case: put
 * back what was there. */
static void undo_frame(void)
{
	u32 i;

	for (i = 0; i < run_out.frame_n; i++) {
		u32 lin = run_out.frame + i;

		if (lin >= ARENA_LO && lin < WIN_LIN_LIMIT)
			*(u8 *)lin = *(u8 *)(SHADOW_BASE + lin);
	}
}

void trap_collect_pm(u32 esp, u32 ss)
{
	struct cpu_state *o = &run_out;
	bool v86 = false, inner = ss == SEL_KDATA;
	u32 lin = inner && !sys_active
			  ? esp
			  : desc_base((u16)ss) + (desc_big((u16)ss) ? esp : esp & 0xffff);
	const u32 *f = (const u32 *)lin;
	/* GS FS ES DS, EDI ESI EBP ESP EBX EDX ECX EAX, vector, error, EIP CS
	 * EFLAGS [ESP SS] */
	static const u8 order[8] = {A_EDI, A_ESI, A_EBP, A_ESP, A_EBX, A_EDX, A_ECX, A_EAX};
	unsigned i;

	o->sel[A_GS] = (u16)f[0];
	o->sel[A_FS] = (u16)f[1];
	o->sel[A_ES] = (u16)f[2];
	o->sel[A_DS] = (u16)f[3];
	for (i = 0; i < 8; i++)
		o->gpr[order[i]] = f[4 + i];
	o->vector = f[12];
	o->error = f[13];
	o->eip = f[14];
	o->sel[A_CS] = (u16)f[15];
	o->eflags = f[16];
	o->frame_n = 0;
	/* Elsewhere than in a system case only the inner stack tells: an SS that a CPL 0
	 * case loaded itself must not change what is reported. */
	if (sys_active) {
		v86 = f[16] & EFLAGS_VM;
		inner = v86 || f[15] & 3;
		o->frame = lin;
		o->frame_n = (v86 ? 23 : inner ? 19 : 17) * 4;
	}
	if (inner) {
		o->gpr[A_ESP] = f[17];
		o->sel[A_SS] = (u16)f[18];
		if (v86) {
			o->sel[A_ES] = (u16)f[19];
			o->sel[A_DS] = (u16)f[20];
			o->sel[A_FS] = (u16)f[21];
			o->sel[A_GS] = (u16)f[22];
		}
	} else {
		u32 after = esp + 17 * 4;

		if (!desc_big((u16)ss))
			after = (esp & 0xffff0000) | (after & 0xffff);
		o->gpr[A_ESP] = after;
		o->sel[A_SS] = (u16)ss;
		o->frame = lin;
		o->frame_n = 17 * 4;
	}
}

void trap_collect_real(void)
{
	struct cpu_state *o = &run_out;
	const u8 *blk = (const u8 *)REAL_BASE;
	u32 sp = *(const u32 *)(blk + 0x34);
	u16 ss = *(const u16 *)(blk + 0x38);
	u32 lin = ((u32)ss << 4) + (sp & 0xffff);
	const u16 *f = (const u16 *)lin;
	static const u8 order[8] = {A_EDI, A_ESI, A_EBP, A_ESP, A_EBX, A_EDX, A_ECX, A_EAX};
	unsigned i;

	o->sel[A_GS] = f[0];
	o->sel[A_FS] = f[1];
	o->sel[A_ES] = f[2];
	o->sel[A_DS] = f[3];
	for (i = 0; i < 8; i++)
		o->gpr[order[i]] = get32((const u8 *)(f + 4 + 2 * i));
	o->vector = f[20];
	o->error = 0;
	o->eip = f[21];
	o->sel[A_CS] = f[22];
	o->eflags = f[23];
	o->gpr[A_ESP] = (sp & 0xffff0000) | ((sp + 48) & 0xffff);
	o->sel[A_SS] = ss;
	o->frame = lin;
	o->frame_n = 48;
}

static void enter(unsigned mode, unsigned cpl)
{
	u8 *blk = (u8 *)REAL_BASE;
	unsigned i;

	if (mode == CM_V86) {
		run_v86();
		return;
	}
	if (mode != CM_REAL16) {
		if (cpl)
			run_pm_cpl3();
		else
			run_pm_cpl0();
		return;
	}
	for (i = 0; i < 8; i++)
		((u32 *)blk)[i] = run_in.gpr[i];
	*(u32 *)(blk + 0x20) = run_in.eflags;
	*(u16 *)(blk + 0x24) = (u16)run_in.eip;
	*(u16 *)(blk + 0x26) = run_in.sel[A_CS];
	for (i = 0; i < A_SREGS; i++)
		*(u16 *)(blk + 0x28 + 2 * i) = run_in.sel[i];
	run_real();
}

static bool has_error_code(unsigned mode, u32 vector)
{
	return mode != CM_REAL16 && (vector == 8 || (vector >= 10 && vector <= 14) || vector == 17);
}

static void report_regs(const struct pack_record *r, u32 mask)
{
	static const u8 segs[5] = {A_ES, A_SS, A_DS, A_FS, A_GS};
	unsigned mode = PACK_MODE_OF(r->mode), i;

	hex_le(run_out.vector, 1);
	hex_le(mask, 2);
	line_eflags(run_out.eflags, r->undef);
	if (has_error_code(mode, run_out.vector))
		hex_le(run_out.error, 4);
	for (i = 0; i < 8; i++)
		if (mask & 1u << i)
			hex_le(run_out.gpr[i], 4);
	if (mask & RES_EIP)
		hex_le(run_out.eip, 4);
	if (mask & RES_CS)
		hex_le(run_out.sel[A_CS], 2);
	for (i = 0; i < 5; i++)
		if (mask & RES_SEG(i))
			hex_le(run_out.sel[segs[i]], 2);
}

/* First byte at or after lin that differs from the shadow, or hi. */
static u32 next_diff(u32 lin, u32 hi)
{
	for (; lin < hi; lin++) {
		if (!(lin & 3)) {
			u32 live = lin, shadow = SHADOW_BASE + lin, left = (hi - lin) / 4;
			bool equal;

			__asm__ volatile("cmpl %%eax, %%eax; repe cmpsl; sete %3"
					 : "+S"(live), "+D"(shadow), "+c"(left), "=q"(equal)
					 :
					 : "cc", "memory");
			if (equal)
				return hi;
			lin = live - 4;
		}
		if (*(volatile u8 *)lin != *(volatile u8 *)(SHADOW_BASE + lin))
			return lin;
	}
	return hi;
}

struct run {
	u32 lin, n;
};

/* All runs of bytes that differ in the windows; at most max are stored. */
static unsigned scan_windows(struct run *runs, unsigned max)
{
	unsigned w, found = 0;

	for (w = 0; w < WIN_COUNT && found < max; w++) {
		u32 lo, hi, n;

		arena_window(w, &lo, &hi);
		for (lo = next_diff(lo, hi); lo < hi && found < max; lo = next_diff(lo + n, hi)) {
			for (n = 1; n < RES_MAX_RUN && lo + n < hi; n++)
				if (*(volatile u8 *)(lo + n) ==
				    *(volatile u8 *)(SHADOW_BASE + lo + n))
					break;
			runs[found].lin = lo;
			runs[found++].n = n;
		}
	}
	return found;
}

static u32 changed_mask(const struct pack_record *r)
{
	static const u8 segs[5] = {A_ES, A_SS, A_DS, A_FS, A_GS};
	u32 mask = 0, stop = run_in.eip + r->code_len + 1;
	unsigned i;

	for (i = 0; i < 8; i++)
		if (run_out.gpr[i] != run_in.gpr[i])
			mask |= 1u << i;
	if (run_out.eip != (run_out.vector == VEC_STOP ? stop : run_in.eip))
		mask |= RES_EIP;
	if (run_out.sel[A_CS] != run_in.sel[A_CS])
		mask |= RES_CS;
	for (i = 0; i < 5; i++)
		if (run_out.sel[segs[i]] != run_in.sel[segs[i]])
			mask |= RES_SEG(i);
	return mask;
}

static void report_observations(void)
{
	unsigned i;

	for (i = 0; i < sys_nobs; i++) {
		const struct observation *o = &sys_obs[i];

		hex_le(o->lin, 3);
		hex_le(o->n, 1);
		hex_le(o->v[0], 4);
		if (o->n > 4)
			hex_le(o->v[1], 4);
	}
}

static void report_unmet(const struct pack_record *r, u32 missing)
{
	line_begin();
	line_text("R ");
	line_dec(r->id);
	line_text(" ");
	hex_le(RES_UNMET, 1);
	line_unmet(missing);
	line_end_crc();
}

const u8 *case_run(const struct pack_record *r)
{
	static struct run runs[RES_MAX_RUNS + 1];
	const u8 *next;
	unsigned n, i, b;
	bool sys = r->mode & PACK_SYS;
	u32 mask, missing = 0;

	if (PACK_MODE_OF(r->mode) == CM_DEV)
		return dev_run_case(r);
	next = setup(r);
	line_begin();
	line_text("START ");
	line_dec(r->id);
	line_end();

	if (sys)
		missing = sys_begin(next, r->nops, &next);
	if (missing) {
		sys_cancel();
		report_unmet(r, missing);
		restore(r);
		return next;
	}
	enter(PACK_MODE_OF(r->mode), PACK_CPL_OF(r->mode));

	if (sys)
		sys_end();
	else
		sys_nobs = 0;
	undo_frame();
	mask = changed_mask(r);
	n = scan_windows(runs, RES_MAX_RUNS + 1 - sys_nobs);
	if (n + sys_nobs)
		mask |= RES_MEM;
	line_begin();
	line_text("R ");
	line_dec(r->id);
	line_text(" ");
	report_regs(r, mask);
	if (n + sys_nobs) {
		hex_le(n + sys_nobs, 1);
		for (i = 0; i < n; i++) {
			hex_le(runs[i].lin, 3);
			hex_le(runs[i].n, 1);
			for (b = 0; b < runs[i].n; b++)
				line_hex(*(u8 *)(runs[i].lin + b), 2);
		}
		report_observations();
	}
	line_end_crc();

	restore(r);
	for (i = 0; i < n; i++)
		for (b = 0; b < runs[i].n; b++)
			poke(runs[i].lin + b, background(runs[i].lin + b));
	return next;
}
