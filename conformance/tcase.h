/* SPDX-License-Identifier: MIT
 * One conformance case on the host side: what the guest gets (code, registers,
 * memory) and what the judges know about it (what is undefined, and why).
 */
#ifndef CONFORMANCE_TCASE_H
#define CONFORMANCE_TCASE_H

#include "conformance/sysarena.h"

struct devcase;

enum {
	F_CF = 0x001,
	F_PF = 0x004,
	F_AF = 0x010,
	F_ZF = 0x040,
	F_SF = 0x080,
	F_TF = 0x100,
	F_IF = 0x200,
	F_DF = 0x400,
	F_OF = 0x800,
	F_IOPL = 0x3000,
	F_NT = 0x4000,
	F_RF = 0x10000,
	F_VM = 0x20000,
	F_AC = 0x40000,
	F_VIF = 0x80000,
	F_VIP = 0x100000,
	F_ID = 0x200000,
	F_ARITH = F_CF | F_PF | F_AF | F_ZF | F_SF | F_OF,
};

#define TC_CODE_MAX 96
#define TC_MEM_MAX  8
#define TC_MEM_LEN  40

struct tmem {
	u32 lin;
	u8 len;
	u8 b[TC_MEM_LEN];
};

/* One thing a system case sets up (enum sys_op). */
struct sysop {
	u8 kind, idx;
	u32 lo, hi;
};
#define TC_OPS_MAX 14

/* One thing the manual lets a model predict of the outcome. */
enum exp_kind {
	X_VECTOR, /* value */
	X_ERROR,
	X_EIP,
	X_EFLAGS, /* value under mask */
	X_GPR,    /* register idx, value under mask */
	X_SEL,    /* segment register idx */
	X_MEM,    /* idx bytes at lin are value now */
	X_SAME,   /* idx bytes at lin did not change */
	X_ULP,    /* 64 bits at lin are value and alt (the upper half), or a neighbour */
};
struct texp {
	u8 kind, idx;
	bool either; /* the manual leaves alt open, too (expect_or()) */
	u32 lin, mask, value, alt;
};
#define TC_EXP_MAX 12

struct tcase {
	unsigned id;
	char name[80]; /* group/mnemonic/form/mode/class */
	char group[12], mnemonic[16], form[32], cls[20];
	const char *cite;
	u8 mode, cpl;

	u8 code[TC_CODE_MAX];
	u8 code_len;
	u32 gpr[8];
	u8 gpr_set; /* registers that differ from case_default_gpr() */
	u16 sel[A_SREGS];
	u8 sel_set;
	u32 eflags;
	struct tmem mem[TC_MEM_MAX];
	u8 nmem;

	/* System cases. */
	bool sys;
	u32 need; /* CPUID leaf 1 EDX bits */
	struct sysop op[TC_OPS_MAX];
	u8 nop;
	struct texp exp[TC_EXP_MAX];
	u8 nexp;
	const char *choice; /* row of conformance/choices.def that says what is open, or NULL */

	/* Device cases (conformance/dev/dev.h): NULL elsewhere. */
	const struct devcase *dev;

	/* What is not compared, by the manual. */
	u32 undef;    /* EFLAGS bits */
	u32 ign_mask; /* bits of register ign_reg */
	u8 ign_reg;
	u8 ign_regs;    /* whole registers */
	u16 ign_fields; /* DIFF_ bits (result.h) */
	u32 ign_lin;    /* ign_len bytes of memory from here */
	u16 ign_len;

	/* The instruction shows or checks its own CPL: one of the 17 sensitive ones. */
	bool sees_ring;
	/* Why the host CPU at CPL 3 cannot run it; NULL when it can. */
	const char *no_native;
};

/* A cell of the matrix that no case fills, and why. */
struct tempty {
	char name[80];
	const char *reason;
};

struct tlist {
	struct tcase *v;
	unsigned n, cap;
	struct tempty *empty;
	unsigned nempty, cap_empty;
};

/* Mode names as in case names, "pm32.0" and so on. */
struct mode_cpl {
	const char *name;
	u8 mode, cpl;
};
#define MODE_CPL_COUNT 7
extern const struct mode_cpl mode_cpls[MODE_CPL_COUNT];
/* Those of system cases only. */
#define RING_MODE_COUNT 7
extern const struct mode_cpl ring_modes[RING_MODE_COUNT];
const char *mode_cpl_name(unsigned mode, unsigned cpl);

/* All cases in id order.  Deterministic: the same table gives the same list.
 * The caller frees with tlist_free(). */
void generate_all(struct tlist *l);
void tlist_free(struct tlist *l);
const struct tcase *tlist_find(const struct tlist *l, const char *name);

/* Default operand size of a mode in bytes. */
static inline unsigned mode_opsize(unsigned mode)
{
	return mode == CM_REAL16 || mode == CM_PM16 ? 2 : 4;
}

#endif
