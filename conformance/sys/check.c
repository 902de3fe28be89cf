/* SPDX-License-Identifier: MIT
 * Group segcheck: LAR, LSL, VERR and VERW on every descriptor type, present or not,
 * by CPL, RPL and DPL, through both tables; the rules of SDM vol. 2A LAR and LSL,
 * vol. 2B VERR, with tables 3-1 and 3-2 of vol. 3A.
 */
#include "conformance/sys/sys.h"

static const struct privilege {
	u8 cpl, rpl, dpl;
} privileges[] = {
	{0, 0, 0}, {3, 3, 3}, {3, 3, 0}, {0, 3, 0}, {0, 3, 3}, {3, 0, 3}, {3, 0, 2},
	{1, 1, 1}, {2, 1, 1}, {1, 2, 2}, {2, 3, 2}, {1, 0, 0}, {0, 1, 0}, {2, 2, 3},
};
#define WITH_ABSENT 5u /* of these also with P clear */

enum { LAR, LSL, VERR, VERW, INSNS };
static const struct {
	const char *name, *cite;
	u8 op, modrm;
} insns[INSNS] = {
	{"lar", "SDM 2A LAR", 0x02, 0xc8},   /* LAR ECX, EAX */
	{"lsl", "SDM 2A LSL", 0x03, 0xc8},   /* LSL ECX, EAX */
	{"verr", "SDM 2B VERR", 0x00, 0xe0}, /* VERR AX */
	{"verw", "SDM 2B VERW", 0x00, 0xe8},
};

static bool code(unsigned type)
{
	return (type & 0x18) == 0x18;
}

/* Does the instruction accept this type of descriptor? */
static bool type_ok(unsigned insn, unsigned type)
{
	static const u16 lar = 0x123e & 0xffff; /* 1 2 3 4 5 9 C, and B below */
	unsigned sys = type & 15;

	switch (insn) {
	case LAR:
		return type & 16 || (lar | 1u << 11) & 1u << sys;
	case LSL:
		return type & 16 || sys == 1 || sys == 2 || sys == 3 || sys == 9 || sys == 11;
	case VERR:
		return type & 16 && (!code(type) || type & 2);
	default:
		return type & 16 && !code(type) && type & 2;
	}
}

static bool visible(unsigned insn, unsigned type, const struct privilege *p)
{
	bool conforming = code(type) && type & 4;

	return type_ok(insn, type) && (conforming || (p->cpl <= p->dpl && p->rpl <= p->dpl));
}

static void one(struct gen *g, unsigned insn, unsigned type, bool present,
		const struct privilege *p, bool local, bool granular)
{
	struct tcase *t = sys_case(
		g, "segcheck", insns[insn].name,
		sys_text("type%02x%s%s", type, local ? "_ldt" : "", granular ? "_g" : ""),
		CM_FLAT32, p->cpl, sys_text("%s_rpl%u_dpl%u", present ? "p" : "np", p->rpl, p->dpl),
		insns[insn].cite);
	u8 access = (u8)(type | p->dpl << 5 | (present ? 0x80 : 0));
	u32 limit = granular ? 0x00012 : 0x0abcd;
	bool ok = visible(insn, type, p);

	sys_desc(t, local ? OP_LDT : OP_GDT, 0, 0x60000, limit, access, granular ? 0xd : 0x4);
	set_gpr(t, A_EAX, 0xf00d0000u | (local ? SEL_LSLOT(0, p->rpl) : SEL_SLOT(0, p->rpl)));
	sys_code(t, "0f");
	t->code[t->code_len++] = insns[insn].op;
	t->code[t->code_len++] = insns[insn].modrm;
	expect_done(t);
	expect(t, X_EFLAGS, 0, F_ZF, ok ? F_ZF : 0);
	if (insn == LAR && ok) {
		/* Bits 16-19 are undefined. */
		t->ign_reg = A_ECX;
		t->ign_mask = 0xf0000;
		expect(t, X_GPR, A_ECX, 0xfff0ffff,
		       desc_high(0x60000, limit, access, granular ? 0xd : 0x4) & 0x00f0ff00);
	} else if (insn == LSL && ok) {
		expect(t, X_GPR, A_ECX, 0, granular ? limit << 12 | 0xfff : limit);
	} else {
		expect(t, X_GPR, A_ECX, 0, t->gpr[A_ECX]);
	}
}

/* Selectors that name no descriptor, and the instructions where they do not exist. */
static void odd(struct gen *g, unsigned insn)
{
	static const struct {
		const char *cls;
		u16 sel;
	} sels[] = {{"zero", 0}, {"zero3", 3}, {"outside", 0xff8}, {"outside_ldt", 0xffc}};
	unsigned i;
	struct tcase *t;

	for (i = 0; i < 2 * sizeof sels / sizeof *sels; i++) {
		t = sys_case(g, "segcheck", insns[insn].name, "none", CM_FLAT32, i & 1 ? 3 : 0,
			     sels[i / 2].cls, insns[insn].cite);
		set_gpr(t, A_EAX, sels[i / 2].sel);
		sys_code(t, "0f");
		t->code[t->code_len++] = insns[insn].op;
		t->code[t->code_len++] = insns[insn].modrm;
		expect_done(t);
		expect(t, X_EFLAGS, 0, F_ZF, 0);
		expect(t, X_GPR, A_ECX, 0, t->gpr[A_ECX]);
	}
	t = sys_case(g, "segcheck", insns[insn].name, "none", CM_V86, 3, "ud", insns[insn].cite);
	sys_code(t, "0f");
	t->code[t->code_len++] = insns[insn].op;
	t->code[t->code_len++] = insns[insn].modrm;
	expect_fault(t, UD, 0);
}

void gen_sys_check(struct gen *g)
{
	unsigned insn, type, i;

	for (insn = 0; insn < INSNS; insn++) {
		odd(g, insn);
		for (type = 0; type < 32; type++) {
			for (i = 0; i < sizeof privileges / sizeof *privileges; i++) {
				one(g, insn, type, true, &privileges[i], false, false);
				if (i < WITH_ABSENT)
					one(g, insn, type, false, &privileges[i], false, false);
			}
			one(g, insn, type, true, &privileges[1], true, false);
			one(g, insn, type, true, &privileges[2], true, false);
			one(g, insn, type, true, &privileges[0], false, true);
		}
	}
}
