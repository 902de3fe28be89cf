/* SPDX-License-Identifier: MIT
 * Group iret: IRET and IRETD from every ring to every ring, with each kind of CS and
 * SS in the frame, and which flags each ring may change; far RETs likewise.  Rules:
 * SDM vol. 2A IRET, vol. 2B RET, vol. 3A section 5.8.6.
 */
#include "conformance/sys/sys.h"

#define TARGET (CASE_OFF + 0x90u)
#define OUTER  0x0f80u /* stack pointer of the outer ring, in the segment of ES */

enum cs { C_CODE, C_CONF, C_ABSENT, C_DATA, C_ZERO, C_LIMIT, CS_KINDS };
static const char *const cs_names[CS_KINDS] = {"code", "conf", "np", "data", "zero", "limit"};
static const u8 cs_access[CS_KINDS] = {0x9b, 0x9f, 0x1b, 0x93, 0, 0x9b};

enum ss { S_GOOD, S_ABSENT, S_RO, S_ZERO, S_DPL, S_RPL, SS_KINDS };
static const char *const ss_names[SS_KINDS] = {"ok", "np", "ro", "zero", "dpl", "rpl"};

static void put(struct tcase *t, unsigned *n, u32 value, bool wide)
{
	set_mem32(t, win(A_SS, CASE_OFF) + *n, value, wide ? 4 : 2);
	*n += wide ? 4 : 2;
}

struct shape {
	bool ret, wide;
	unsigned cpl, rpl, dpl;
	enum cs cs;
	enum ss ss;
};

static void rule(struct tcase *t, const struct shape *s, u16 cs, u16 ss)
{
	unsigned err = cs & 0xfffcu;
	bool outer = s->rpl > s->cpl;

	if (s->cs == C_ZERO) {
		expect_fault(t, GP, 0);
	} else if (s->cs == C_DATA || s->rpl < s->cpl ||
		   (s->cs == C_CONF ? s->dpl > s->rpl : s->dpl != s->rpl)) {
		expect_fault(t, GP, err);
	} else if (s->cs == C_ABSENT) {
		expect_fault(t, NP, err);
	} else if (outer && s->ss == S_ZERO) {
		expect_fault(t, GP, 0);
	} else if (outer && (s->ss == S_RO || s->ss == S_DPL || s->ss == S_RPL)) {
		expect_fault(t, GP, ss & 0xfffcu);
	} else if (outer && s->ss == S_ABSENT) {
		expect_fault(t, SS, ss & 0xfffcu);
	} else if (s->cs == C_LIMIT) {
		expect_fault(t, GP, 0);
	} else {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
		expect(t, X_SEL, A_CS, 0, cs);
		if (outer)
			expect(t, X_SEL, A_SS, 0, ss);
	}
}

static void one(struct gen *g, const struct shape *s)
{
	struct tcase *t = sys_case(g, "iret", s->ret ? "retf" : "iret",
				   sys_text("%s_%s%u_ss%s", s->wide ? "o32" : "o16",
					    cs_names[s->cs], s->dpl, ss_names[s->ss]),
				   CM_PM32, s->cpl, sys_text("rpl%u", s->rpl),
				   s->ret ? "SDM 2B RET" : "SDM 2A IRET");
	u16 cs = s->cs == C_ZERO ? 0 : SEL_SLOT(1, s->rpl);
	u16 ss = s->ss == S_ZERO ? 0 : SEL_SLOT(2, s->ss == S_RPL ? (s->rpl + 1) & 3 : s->rpl);
	unsigned n = 0, ssdpl = s->ss == S_DPL ? s->rpl ^ 1 : s->rpl;
	u8 stack = s->ss == S_ABSENT ? 0x13 : s->ss == S_RO ? 0x91 : 0x93;

	if (s->cs != C_ZERO)
		sys_desc(t, OP_GDT, 1, CASE_CS_BASE, s->cs == C_LIMIT ? 0xfff : 0xffff,
			 (u8)(cs_access[s->cs] | s->dpl << 5), 4);
	sys_desc(t, OP_GDT, 2, CASE_ES_BASE, 0xffff, (u8)(stack | ssdpl << 5), 4);
	put(t, &n, TARGET, s->wide);
	put(t, &n, cs, s->wide);
	if (!s->ret)
		put(t, &n, 2, s->wide);
	put(t, &n, OUTER, s->wide);
	put(t, &n, ss, s->wide);
	sys_code(t, s->wide ? "" : "66");
	sys_code(t, s->ret ? "cb" : "cf");
	rule(t, s, cs, ss);
}

/* Which flags change: IOPL only in ring 0, IF where CPL <= IOPL, the rest always
 * (VIF and VIP are kept outside ring 0). */
static void flags(struct gen *g, unsigned cpl, unsigned iopl, u32 image, const char *cls, bool wide)
{
	struct tcase *t =
		sys_case(g, "iret", "iret", sys_text("flags_%s_iopl%u", wide ? "o32" : "o16", iopl),
			 CM_PM32, cpl, cls, "SDM 2A IRET");
	u32 may = F_ARITH | F_DF | (wide ? F_AC | F_ID : 0);
	unsigned n = 0;

	t->eflags = 2 | iopl << 12 | (cpl ? F_IF : 0);
	t->need = image & (F_VIF | F_VIP) ? N_VME : 0;
	if (cpl <= iopl)
		may |= F_IF;
	if (!cpl)
		may |= F_IOPL | (wide ? F_VIF | F_VIP : 0);
	put(t, &n, TARGET, wide);
	put(t, &n, t->sel[A_CS], wide);
	put(t, &n, image, wide);
	sys_code(t, wide ? "cf" : "66 cf");
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, TARGET + 1);
	expect(t, X_EFLAGS, 0, F_ARITH | F_DF | F_IF | F_IOPL | F_AC | F_ID | F_VIF | F_VIP,
	       (image & may) | (t->eflags & ~may));
}

static void to_v86(struct gen *g, unsigned cpl)
{
	struct tcase *t = sys_case(g, "iret", "iret", "vm", CM_PM32, cpl, "o32", "SDM 2A IRET");
	static const u16 frame[] = {TARGET, 0x2000, 2,      0x0f00, 0x5000,
				    0x4000, 0x3000, 0x6000, 0x7000};
	unsigned n = 0, i;
	u8 b[36] = {0};

	for (i = 0; i < 9; i++, n += 4) {
		b[n] = (u8)frame[i];
		b[n + 1] = (u8)(frame[i] >> 8);
	}
	b[10] = 2; /* VM */
	set_mem(t, win(A_SS, CASE_OFF), b, 36);
	sys_code(t, "cf");
	if (!cpl) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
		expect(t, X_EFLAGS, 0, F_VM, F_VM);
		for (i = 0; i < 4; i++) {
			static const u8 sreg[4] = {A_ES, A_DS, A_FS, A_GS};

			expect(t, X_SEL, sreg[i], 0, frame[5 + i]);
		}
	} else { /* VM is ignored: a selector of 2000h is outside the GDT */
		expect_fault(t, GP, 0x2000);
	}
}

/* Data segments above the new ring's privilege become null. */
static void nulled(struct gen *g, bool ret, unsigned cpl, unsigned rpl, unsigned dpl, bool conf)
{
	struct tcase *t = sys_case(g, "iret", ret ? "retf" : "iret",
				   sys_text("null_dpl%u%s", dpl, conf ? "c" : ""), CM_PM32, cpl,
				   sys_text("rpl%u", rpl), "SDM 3A 5.8.6");
	u16 sel = SEL_SLOT(3, cpl);
	unsigned n = 0;

	sys_desc(t, OP_GDT, 1, CASE_CS_BASE, 0xffff, (u8)(0x9b | rpl << 5), 4);
	sys_desc(t, OP_GDT, 2, CASE_ES_BASE, 0xffff, (u8)(0x93 | rpl << 5), 4);
	sys_desc(t, OP_GDT, 3, CASE_FS_BASE, 0xffff, (u8)((conf ? 0x9f : 0x93) | dpl << 5), 4);
	put(t, &n, TARGET, true);
	put(t, &n, SEL_SLOT(1, rpl), true);
	if (!ret)
		put(t, &n, 2, true);
	put(t, &n, OUTER, true);
	put(t, &n, SEL_SLOT(2, rpl), true);
	set_gpr(t, A_EAX, sel);
	sys_code(t, "8e e0 8e e8 8e d8 8e c0");
	sys_code(t, ret ? "cb" : "cf");
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	if (conf || dpl >= rpl)
		expect(t, X_SEL, A_FS, 0, sel);
	else
		expect(t, X_SEL, A_FS, 0, 0);
}

void gen_sys_iret(struct gen *g)
{
	static const struct {
		const char *cls;
		u32 image;
	} images[] = {{"zero", 2},         {"all", 0x00243ed7}, {"all16", 0x3ed7},
		      {"arith", 0x8d7},    {"if", 0x202},       {"iopl3", 0x3002},
		      {"ac_id", 0x240002}, {"vif_vip", 0x80002}};
	struct shape s;
	unsigned i, cpl, iopl;

	for (i = 0; i < 4; i++)
		for (s.cpl = 0; s.cpl < 4; s.cpl++)
			for (s.rpl = 0; s.rpl < 4; s.rpl++)
				for (s.cs = 0; s.cs < CS_KINDS; s.cs++)
					for (s.dpl = 0; s.dpl < 4; s.dpl++) {
						s.ret = i & 1;
						s.wide = i & 2;
						s.ss = S_GOOD;
						if (s.cs > C_CONF && s.dpl != s.rpl)
							continue;
						one(g, &s);
						if (s.cs != C_CODE || s.dpl != s.rpl ||
						    s.rpl <= s.cpl)
							continue;
						for (s.ss = S_ABSENT; s.ss < SS_KINDS; s.ss++)
							one(g, &s);
					}
	for (cpl = 0; cpl < 4; cpl++) {
		to_v86(g, cpl);
		for (iopl = 0; iopl < 4; iopl++)
			for (i = 0; i < sizeof images / sizeof *images; i++) {
				flags(g, cpl, iopl, images[i].image, images[i].cls, true);
				if (!(images[i].image >> 16))
					flags(g, cpl, iopl, images[i].image, images[i].cls, false);
			}
	}
	for (i = 0; i < 2; i++)
		for (cpl = 0; cpl < 3; cpl++)
			for (s.rpl = cpl + 1; s.rpl < 4; s.rpl++)
				for (s.dpl = cpl; s.dpl < 4; s.dpl++) {
					nulled(g, i, cpl, s.rpl, s.dpl, false);
					nulled(g, i, cpl, s.rpl, s.dpl, true);
				}
}
