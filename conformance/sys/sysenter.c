/* SPDX-License-Identifier: MIT
 * Group sysenter: SYSENTER and SYSEXIT from every ring and mode by SYSENTER_CS, with
 * descriptors that the processor does not look at.  Rules: SDM vol. 2B SYSENTER and
 * SYSEXIT; vol. 3A section 5.8.7.
 */
#include "conformance/sys/sys.h"

#define TARGET  (CASE_CS_BASE + CASE_OFF + 0x90u)
#define STACK   (CASE_ES_BASE + 0x0f80u)
#define STACK16 (CASE_FS_BASE + 0x0f84u)

static const struct {
	const char *name;
	u32 cs;
	bool slots; /* descriptors that are no code and no stack */
} values[] = {
	{"zero", 0, false},
	{"rpl3", 3, false},
	{"upper", 0x00100000, false}, /* only bits 15-2 count */
	{"main", SEL_MAIN_CODE, false},
	{"main_rpl", SEL_MAIN_CODE | 3, false},
	{"slot", SEL_SLOT(0, 0), true},
	{"slot_rpl", SEL_SLOT(0, 2), true},
};
#define VALUES (sizeof values / sizeof *values)

enum extra { X_PLAIN, X_NO_IF, X_TF, X_NT, X_AC, EXTRAS };
static const char *const extras[EXTRAS] = {"plain", "noif", "tf", "nt", "ac"};

/* Slot 0: an absent TSS; 1 (SS of ring 0) and 3 (of ring 3): flat, so that the
 * runtime finds its frame, but read-only and absent; 2: an LDT. */
static void slots(struct tcase *t)
{
	sys_desc(t, OP_GDT, 0, 0x12345678, 0x67, 0x09, 0);
	sys_desc(t, OP_GDT, 1, 0, 0xfffff, 0x11, 0xc);
	sys_desc(t, OP_GDT, 2, 0x12345678, 0x67, 0x02, 0);
	sys_desc(t, OP_GDT, 3, 0, 0xfffff, 0x71, 0xc);
}

static void msrs(struct tcase *t, unsigned v, u32 eip, u32 esp)
{
	t->need = N_SEP | N_MSR;
	sys_op(t, OP_MSR, 0x74, values[v].cs, 0);
	sys_op(t, OP_MSR, 0x75, esp, 0);
	sys_op(t, OP_MSR, 0x76, eip, 0);
	if (values[v].slots)
		slots(t);
}

static void flags(struct tcase *t, enum extra x)
{
	t->eflags = (t->eflags & ~(u32)(F_IF | F_DF)) | (x == X_NO_IF ? 0 : F_IF) |
		    (x == X_TF ? F_TF : 0) | (x == X_NT ? F_NT : 0) | (x == X_AC ? F_AC : 0);
}

static void enter(struct gen *g, unsigned v, enum extra x, unsigned mode, unsigned cpl, bool far)
{
	struct tcase *t = sys_case(g, "sysenter", "sysenter",
				   sys_text("%s%s", values[v].name, far ? "_low" : ""), mode, cpl,
				   extras[x], "SDM 2B SYSENTER");
	u32 esp = far ? STACK16 : STACK, eip = TARGET + (far ? 3 : 0);
	u16 cs = (u16)(values[v].cs & 0xfffc);

	flags(t, x);
	msrs(t, v, eip, esp);
	sys_code(t, "0f 34");
	if (mode == CM_REAL16 || !cs) {
		expect_fault(t, GP, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(mode));
		return;
	}
	expect(t, X_VECTOR, 0, 0, x == X_TF ? DB : VEC_STOP);
	expect(t, X_EIP, 0, 0, eip + (x == X_TF ? 0 : 1));
	expect(t, X_SEL, A_CS, 0, cs);
	expect(t, X_SEL, A_SS, 0, cs + 8u);
	expect(t, X_GPR, A_ESP, 0, esp);
	expect(t, X_EFLAGS, 0, F_IF | F_VM | F_RF | F_TF | F_NT | F_AC,
	       t->eflags & (F_TF | F_NT | F_AC));
	expect(t, X_SEL, A_DS, 0, t->sel[A_DS]);
}

static void leave(struct gen *g, unsigned v, enum extra x, unsigned mode, unsigned cpl, bool far)
{
	struct tcase *t = sys_case(g, "sysenter", "sysexit",
				   sys_text("%s%s", values[v].name, far ? "_low" : ""), mode, cpl,
				   extras[x], "SDM 2B SYSEXIT");
	u32 esp = far ? STACK16 : STACK, eip = TARGET + (far ? 3 : 0);
	u16 cs = (u16)(values[v].cs & 0xfffc);

	flags(t, x);
	msrs(t, v, TARGET, STACK);
	set_gpr(t, A_ECX, esp);
	set_gpr(t, A_EDX, eip);
	sys_code(t, "0f 35");
	if (mode == CM_REAL16 || cpl || !cs) {
		expect_fault(t, GP, 0);
		expect(t, X_EIP, 0, 0, case_default_eip(mode));
		return;
	}
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, eip + 1);
	expect(t, X_SEL, A_CS, 0, (cs + 16u) | 3u);
	expect(t, X_SEL, A_SS, 0, (cs + 24u) | 3u);
	expect(t, X_GPR, A_ESP, 0, esp);
	expect(t, X_EFLAGS, 0, F_IF | F_NT | F_AC, t->eflags);
}

void gen_sys_sysenter(struct gen *g)
{
	static const struct {
		u8 mode, cpl;
	} modes[] = {{CM_REAL16, 0}, {CM_PM16, 0}, {CM_PM16, 3},   {CM_PM32, 0},   {CM_PM32, 1},
		     {CM_PM32, 2},   {CM_PM32, 3}, {CM_FLAT32, 0}, {CM_FLAT32, 3}, {CM_V86, 3}};
	unsigned v, x, m;

	for (m = 0; m < sizeof modes / sizeof *modes; m++)
		for (v = 0; v < VALUES; v++)
			for (x = 0; x < EXTRAS; x++) {
				/* A step in ring 0 begins with the POPF that sets TF. */
				if (x == X_TF && !modes[m].cpl)
					continue;
				enter(g, v, (enum extra)x, modes[m].mode, modes[m].cpl, false);
				if (x == X_PLAIN)
					enter(g, v, X_PLAIN, modes[m].mode, modes[m].cpl, true);
				if (x == X_TF)
					continue;
				leave(g, v, (enum extra)x, modes[m].mode, modes[m].cpl, false);
				if (x == X_PLAIN && !modes[m].cpl)
					leave(g, v, X_PLAIN, modes[m].mode, 0, true);
			}
}
