/* SPDX-License-Identifier: MIT
 * Group segload: what a segment register, LDTR, TR and CS by JMP and CALL take:
 * every descriptor type, present or not, by CPL, RPL and DPL.  Rules: SDM vol. 2B
 * MOV, vol. 2A LLDT, LTR, JMP, CALL; vol. 3A sections 5.5 to 5.8.
 */
#include "conformance/sys/sys.h"

static const struct privilege {
	u8 cpl, rpl, dpl;
} privileges[] = {
	{0, 0, 0}, {3, 3, 3}, {3, 3, 0}, {0, 3, 0}, {0, 3, 3}, {3, 0, 3}, {3, 0, 2},
	{1, 1, 1}, {2, 1, 1}, {1, 2, 2}, {2, 3, 2}, {1, 0, 0}, {0, 1, 0}, {2, 2, 3},
};
#define WITH_ABSENT 4u
#define TARGET      0x21100u /* INT3 in the code segment */

struct outcome {
	int vector; /* negative: loaded */
	u32 error;
};

static const struct outcome loaded = {-1, 0};

static struct outcome refused(unsigned vector, u16 sel)
{
	return (struct outcome){(int)vector, sel & 0xfffcu};
}

static bool is_code(unsigned type)
{
	return (type & 0x18) == 0x18;
}

static struct outcome load_data(unsigned type, bool present, const struct privilege *p, u16 sel)
{
	if (!(type & 16) || (is_code(type) && !(type & 2)))
		return refused(GP, sel);
	if (!(is_code(type) && type & 4) && (p->rpl > p->dpl || p->cpl > p->dpl))
		return refused(GP, sel);
	return present ? loaded : refused(NP, sel);
}

static struct outcome load_stack(unsigned type, bool present, const struct privilege *p, u16 sel)
{
	if (p->rpl != p->cpl || !(type & 16) || is_code(type) || !(type & 2) || p->dpl != p->cpl)
		return refused(GP, sel);
	return present ? loaded : refused(SS, sel);
}

/* JMP and CALL; system descriptors are made so that they lead nowhere: as a gate
 * their selector is null, as a TSS their limit is 10h. */
static struct outcome load_code(unsigned type, bool present, const struct privilege *p, u16 sel)
{
	if (is_code(type)) {
		if (type & 4 ? p->dpl > p->cpl : p->rpl > p->cpl || p->dpl != p->cpl)
			return refused(GP, sel);
		return present ? loaded : refused(NP, sel);
	}
	if (type != 1 && type != 9 && type != 4 && type != 5 && type != 12)
		return refused(GP, sel);
	if (p->dpl < p->cpl || p->dpl < p->rpl)
		return refused(GP, sel);
	if (!present)
		return refused(NP, sel);
	return type == 1 || type == 9 ? refused(TS, sel) : refused(GP, 0);
}

static struct outcome load_system(unsigned type, bool present, u16 sel, bool ldt)
{
	if (ldt ? type != 2 : type != 1 && type != 9)
		return refused(GP, sel);
	return present ? loaded : refused(NP, sel);
}

enum { DS_MOV, SS_MOV, FS_POP, ES_LES, SS_LSS, CS_JMP, CS_CALL, LDTR, TR, INSNS };
static const struct {
	const char *name, *form, *cite;
	u8 sreg, full; /* full: all privileges */
} insns[INSNS] = {
	{"mov", "ds", "SDM 2B MOV", A_DS, 1},   {"mov", "ss", "SDM 2B MOV", A_SS, 1},
	{"pop", "fs", "SDM 2B POP", A_FS, 0},   {"les", "es", "SDM 2A LDS/LES", A_ES, 0},
	{"lss", "ss", "SDM 2A LSS", A_SS, 0},   {"jmp", "cs", "SDM 2A JMP", A_CS, 1},
	{"call", "cs", "SDM 2A CALL", A_CS, 1}, {"lldt", "r", "SDM 2A LLDT", 0, 0},
	{"ltr", "r", "SDM 2A LTR", 0, 0},
};

static struct outcome rule(unsigned insn, unsigned type, bool present, const struct privilege *p,
			   u16 sel)
{
	switch (insn) {
	case SS_MOV:
	case SS_LSS:
		return load_stack(type, present, p, sel);
	case CS_JMP:
	case CS_CALL:
		return load_code(type, present, p, sel);
	case LDTR:
	case TR:
		return load_system(type, present, sel, insn == LDTR);
	default:
		return load_data(type, present, p, sel);
	}
}

static void assemble(struct tcase *t, unsigned insn, u16 sel)
{
	u32 at = win(A_DS, CASE_OFF);
	u8 far[6] = {0x00, 0x10, 0x05, 0, (u8)sel, (u8)(sel >> 8)}; /* ESP stays 51000 */

	set_gpr(t, A_EAX, sel);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	switch (insn) {
	case DS_MOV:
		sys_code(t, "8e d8");
		break;
	case SS_MOV:
		sys_code(t, "8e d0 90"); /* the next instruction runs before any trap */
		break;
	case FS_POP:
		set_mem32(t, win(A_SS, CASE_OFF), sel, 4);
		sys_code(t, "0f a1");
		break;
	case ES_LES:
		set_mem(t, at, far, 6);
		sys_code(t, "c4 0b"); /* ECX */
		break;
	case SS_LSS:
		set_mem(t, at, far, 6);
		sys_code(t, "0f b2 23"); /* ESP */
		break;
	case CS_JMP:
		sys_code(t, "ea DW", TARGET, (u32)sel);
		break;
	case CS_CALL:
		sys_code(t, "9a DW", TARGET, (u32)sel);
		break;
	case LDTR:
		sys_code(t, "0f 00 d0");
		break;
	default:
		sys_code(t, "0f 00 d8");
	}
}

static void expect_loaded(struct tcase *t, unsigned insn, unsigned type, const struct privilege *p,
			  u16 sel, u32 high)
{
	if (insn == CS_JMP || insn == CS_CALL) {
		expect(t, X_VECTOR, 0, 0, VEC_STOP);
		expect(t, X_EIP, 0, 0, TARGET + 1);
		expect(t, X_SEL, A_CS, 0, (sel & ~3u) | p->cpl);
	} else {
		expect_done(t);
		if (insn < LDTR)
			expect(t, X_SEL, insns[insn].sreg, 0, sel);
	}
	if (insn == LDTR) {
		expect_mem(t, OBS_LDTR, 4, 0, sel);
	} else if (insn == TR) {
		expect_mem(t, OBS_TR, 4, 0, sel);
		expect_mem(t, OBS_GDT(0) + 4, 4, 0, high | 0x200); /* busy */
	} else if (!(type & 1)) {
		expect_mem(t, OBS_GDT(0) + 4, 4, 0, high | 0x100); /* accessed */
	} else {
		expect_same(t, OBS_GDT(0), 8);
	}
}

static void one(struct gen *g, unsigned insn, unsigned type, bool present,
		const struct privilege *p)
{
	struct tcase *t = sys_case(
		g, "segload", insns[insn].name, sys_text("%s_type%02x", insns[insn].form, type),
		CM_FLAT32, p->cpl, sys_text("%s_rpl%u_dpl%u", present ? "p" : "np", p->rpl, p->dpl),
		insns[insn].cite);
	u8 access = (u8)(type | p->dpl << 5 | (present ? 0x80 : 0));
	bool system = !(type & 16), down = (type & 0x1c) == 0x14;
	u32 limit = system ? 0x10 : down ? 0 : 0xfffff;
	u8 flags = system || down ? (down ? 4 : 0) : 0xc;
	u16 sel = SEL_SLOT(0, p->rpl);
	struct outcome o = rule(insn, type, present, p, sel);

	sys_desc(t, OP_GDT, 0, 0, limit, access, flags);
	assemble(t, insn, sel);
	if (o.vector < 0) {
		expect_loaded(t, insn, type, p, sel, desc_high(0, limit, access, flags));
	} else {
		expect_fault(t, (unsigned)o.vector, o.error);
		expect(t, X_EIP, 0, 0, case_default_eip(t->mode));
		expect_same(t, OBS_GDT(0), 8);
	}
}

/* Selectors without a descriptor. */
static void odd(struct gen *g, unsigned insn)
{
	static const struct {
		const char *cls;
		u16 sel;
	} sels[] = {{"zero", 0}, {"zero3", 3}, {"outside", 0x0ff8}, {"outside_ldt", 0x0ffc}};
	unsigned i;

	for (i = 0; i < sizeof sels / sizeof *sels; i++) {
		struct tcase *t = sys_case(g, "segload", insns[insn].name, insns[insn].form,
					   CM_FLAT32, 0, sels[i].cls, insns[insn].cite);
		bool null = sels[i].sel < 4;

		assemble(t, insn, sels[i].sel);
		if (null && (insn == DS_MOV || insn == FS_POP || insn == ES_LES || insn == LDTR))
			expect_done(t);
		else
			expect_fault(t, GP, sels[i].sel & 0xfffcu);
	}
}

void gen_sys_load(struct gen *g)
{
	static const struct privilege ring0[2] = {{0, 0, 0}, {0, 3, 0}};
	unsigned insn, type, i;

	for (insn = 0; insn < INSNS; insn++) {
		odd(g, insn);
		for (type = 0; type < 32; type++) {
			if (insn >= LDTR) {
				for (i = 0; i < 4; i++)
					one(g, insn, type, i & 1, &ring0[i / 2]);
				continue;
			}
			for (i = 0; i < sizeof privileges / sizeof *privileges; i++) {
				if (!insns[insn].full && i > 2)
					break;
				one(g, insn, type, true, &privileges[i]);
				if (i < WITH_ABSENT)
					one(g, insn, type, false, &privileges[i]);
			}
		}
	}
}
