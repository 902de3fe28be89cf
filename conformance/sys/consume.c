/* SPDX-License-Identifier: MIT
 * Group consume: flags that one instruction leaves and another uses, with a fault, a
 * trap or an interrupt between them whose handler loses them all and returns, behind
 * the instruction or to it. The image in the handler's frame brings them back: SDM vol.
 * 3A sections 6.4, 6.5 and 6.12.1; what each instruction leaves: vol. 1 appendix A.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60 };
#define FRAME  0x60000u
#define SEEN   (PG_LIN + 0x10u)
#define VECTOR 0x60u

/* The operands are EAX and ECX. What is not defined is not used. */
static const struct producer {
	const char *name, *code;
	u32 eax, ecx, before, defined, flags;
} producers[] = {
	{"add", "O 01 c8", 0x7fffffff, 1, 0, F_ARITH, F_OF | F_SF | F_AF | F_PF},
	{"sub", "O 29 c8", 0, 1, 0, F_ARITH, F_CF | F_AF | F_SF | F_PF},
	{"cmp", "O 39 c8", 0x80000000, 1, F_CF, F_ARITH, F_OF | F_AF | F_PF},
	{"cmp_equal", "O 39 c8", 5, 5, F_CF, F_ARITH, F_ZF | F_PF},
	{"adc", "O 11 c8", 0xffffffff, 0, F_CF, F_ARITH, F_CF | F_ZF | F_PF | F_AF},
	{"sbb", "O 19 c8", 0, 0, F_CF, F_ARITH, F_CF | F_AF | F_SF | F_PF},
	{"and", "O 21 c8", 0x80000001, 0x80000001, F_CF, F_ARITH & ~F_AF, F_SF},
	{"or", "O 09 c8", 0, 0x80000003, F_CF, F_ARITH & ~F_AF, F_SF | F_PF},
	{"xor", "O 31 c8", 0x1234, 0x1234, F_CF, F_ARITH & ~F_AF, F_ZF | F_PF},
	{"test", "O 85 c8", 0x80000001, 0x80000001, F_CF, F_ARITH & ~F_AF, F_SF},
	{"inc", "O 40", 0x7fffffff, 0, F_CF, F_ARITH, F_CF | F_OF | F_SF | F_AF | F_PF},
	{"dec", "O 48", 0x80000000, 0, F_CF, F_ARITH, F_CF | F_OF | F_AF | F_PF},
	{"neg", "O f7 d8", 0x80000000, 0, 0, F_ARITH, F_CF | F_OF | F_SF | F_PF},
	{"shl", "O d1 e0", 0xc0000001, 0, 0, F_ARITH & ~F_AF, F_CF | F_SF},
	{"shr", "O d1 e8", 0x80000001, 0, 0, F_ARITH & ~F_AF, F_CF | F_OF | F_PF},
	{"sar", "O d1 f8", 0x80000001, 0, 0, F_ARITH & ~F_AF, F_CF | F_SF | F_PF},
	{"shl_zero", "O c1 e0 00", 1, 0, F_OF | F_CF | F_AF, F_ARITH, F_OF | F_CF | F_AF},
	{"rol", "O d1 c0", 0x80000000, 0, F_ZF | F_AF, F_ARITH, F_ZF | F_AF | F_CF | F_OF},
	{"rcr", "O d1 d8", 0, 0, F_CF | F_PF, F_ARITH, F_PF | F_OF},
	{"bt", "O 0f a3 c8", 0x80000000, 31, F_ZF, F_CF | F_ZF, F_CF | F_ZF},
	{"mul", "O f7 e1", 0x80000000, 2, 0, F_CF | F_OF, F_CF | F_OF},
	{"imul", "O 0f af c1", 0x80000000, 2, 0, F_CF | F_OF, F_CF | F_OF},
	{"daa", "27", 0x9a, 0, 0, F_ARITH & ~F_OF, F_CF | F_AF | F_ZF | F_PF},
	{"sahf", "9e", 0xd700, 0, F_OF, F_ARITH, F_OF | F_SF | F_ZF | F_AF | F_PF | F_CF},
	{"stc", "f9", 0, 0, F_OF | F_AF, F_ARITH, F_OF | F_AF | F_CF},
	{"cmc", "f5", 0, 0, F_CF | F_SF, F_ARITH, F_SF},
	{"cmpxchg", "O 0f b1 c9", 0x7fffffff, 0xffffffff, 0, F_ARITH, F_CF | F_OF | F_SF | F_PF},
	{"xadd", "O 0f c1 c8", 0xffffffff, 1, 0, F_ARITH, F_CF | F_ZF | F_AF | F_PF},
};

/* What comes between. Each handler computes something of its own, so that no flag of the
 * of the producer's. */
enum between {
	B_NONE,
	B_UD,
	B_DE,
	B_NP,
	B_NM,
	B_INT,
	B_ICEBP,
	B_STEP,
	B_EXEC,
	B_DATA,
	B_IRQ,
	B_OUT,
	B_READ,
	B_WRITE,
	BETWEENS
};
static const char *const between_names[BETWEENS] = {"none", "ud",   "de",   "np",   "nm",
						    "int",  "int1", "step", "exec", "data",
						    "irq",  "out",  "read", "write"};

/* What uses them. */
enum use {
	U_END,
	U_PUSHF,
	U_LAHF,
	U_SET0,
	U_SET8,
	U_JCC0,
	U_JCC8,
	U_ADC,
	U_SBB,
	U_RCR,
	U_INTO,
	USES
};
static const char *const use_names[USES] = {"end",  "pushf", "lahf", "set0", "set8", "jcc0",
					    "jcc8", "adc",   "sbb",  "rcr",  "into"};

/* Flags a condition looks at, and whether it is true (SDM vol. 1 appendix B). */
static u32 looks_at(unsigned cc)
{
	static const u32 of[8] = {F_OF, F_CF, F_ZF,        F_CF | F_ZF,
				  F_SF, F_PF, F_SF | F_OF, F_ZF | F_SF | F_OF};

	return of[cc / 2];
}

static bool is_true(unsigned cc, u32 f)
{
	bool less = !(f & F_SF) != !(f & F_OF), v;

	if (cc / 2 < 6)
		v = f & looks_at(cc);
	else
		v = less || (cc / 2 == 7 && (f & F_ZF));
	return v != (cc & 1);
}

static void page(struct tcase *t, u32 rights)
{
	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | P | W | U | 0x20, 0);
	sys_op(t, OP_PTE, 0, rights ? FRAME | rights : 0, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
	/* MOV dword [PTE], ...; INVLPG [SEEN]; ADD ESP, 4; IRET */
	sys_handler(t, PF, 0, "c7 05 D D 0f 01 3d D 83 c4 04 cf", PG_PT, FRAME | P | W | U | AD,
		    SEEN);
}

/* What stands before the producer. */
static void prepare(struct tcase *t, enum between b)
{
	switch (b) {
	case B_UD: /* ADD dword [ESP], 2; IRET */
		sys_handler(t, UD, 0, "83 04 24 02 cf");
		break;
	case B_DE:
		sys_handler(t, DE, 0, "83 04 24 02 cf");
		break;
	case B_NP: /* behind the error code */
		sys_handler(t, NP, 0, "83 c4 04 83 04 24 02 cf");
		sys_gate(t, OP_IDT, VECTOR, SEL_MAIN_CODE, SYS_HANDLER, 0x6e, 0);
		break;
	case B_NM: /* CLTS; OR ESP, 0; IRET */
		t->need |= N_FPU;
		sys_op(t, OP_FPU, 1, 0, 0);
		sys_op(t, OP_CR0, 0, CR0_TS, 0);
		sys_handler(t, NM, 0, "0f 06 83 cc 00 cf");
		break;
	case B_INT:
		sys_handler(t, VECTOR, 0, "83 cc 00 cf");
		sys_gate(t, OP_IDT, VECTOR, SEL_MAIN_CODE, SYS_HANDLER, 0xee, 0);
		break;
	case B_ICEBP:
	case B_DATA:
		sys_handler(t, DB, 0, "83 cc 00 cf");
		break;
	case B_STEP:
		sys_handler(t, DB, 0, "83 cc 00 cf");
		if (t->cpl)
			t->eflags |= F_TF;
		else
			sys_code(t, "9c 81 0c 24 D 9d", 0x100u);
		break;
	case B_EXEC: /* with RF in the image */
		sys_handler_open(t);
		break;
	case B_IRQ:
		sys_op(t, OP_IRQ, 0, 0, 0);
		sys_handler(t, SYS_IRQ, 0, "83 cc 00 cf");
		break;
	case B_READ:
		page(t, 0);
		break;
	case B_WRITE:
		page(t, P | U | AD);
		break;
	default:
		break;
	}
}

static void happen(struct tcase *t, enum between b)
{
	switch (b) {
	case B_UD:
		sys_code(t, "0f 0b");
		break;
	case B_DE: /* AAM 0 */
		sys_code(t, "d4 00");
		break;
	case B_NP:
	case B_INT:
		sys_code(t, "cd 60");
		break;
	case B_NM: /* FNOP, again behind the handler */
		sys_code(t, "d9 d0");
		break;
	case B_ICEBP:
		sys_code(t, "f1");
		break;
	case B_EXEC:
		sys_op(t, OP_DR, 0, CASE_CS_BASE + CASE_OFF + t->code_len, 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 1, 0);
		sys_code(t, "90");
		break;
	case B_DATA: /* MOV DL, [DS:...]; read or write, 1 byte */
		sys_op(t, OP_DR, 0, win(A_DS, CASE_OFF), 0);
		sys_op(t, OP_DR, 7, SYS_DR7 | 1 | 3u << 16, 0);
		sys_mem(t, "88", A_EDX, mode_off(t, A_DS, CASE_OFF));
		break;
	case B_IRQ:
		sys_code(t, "fb 90");
		break;
	case B_OUT:
		sys_code(t, "e6 80");
		break;
	case B_READ:
		sys_code(t, "8a 15 D", SEEN);
		break;
	case B_WRITE:
		sys_code(t, "88 15 D", SEEN);
		break;
	default:
		break;
	}
}

static void consume(struct tcase *t, const struct producer *p, enum use u)
{
	unsigned i, cc;
	u32 cf = p->flags & F_CF ? 1 : 0, want = 0;
	bool wide = sys_wide(t);

	if (u >= U_JCC0)
		sys_code(t, "O bb D", 0u);
	switch (u) {
	case U_PUSHF:
		sys_code(t, "9c 5b");
		expect_done(t);
		expect(t, X_GPR, A_EBX, p->defined, p->flags);
		t->ign_reg = A_EBX;
		t->ign_mask = ~(p->defined & 0xffffu);
		break;
	case U_LAHF:
		sys_code(t, "9f");
		expect_done(t);
		if (p->defined & 0xd5)
			expect(t, X_GPR, A_EAX, (p->defined & 0xd5) << 8, p->flags << 8);
		t->ign_reg = A_EAX;
		t->ign_mask = 0xff00;
		break;
	case U_SET0:
	case U_SET8:
		/* SETcc AL, CL, DL, BL, AH, CH, DH, BH */
		for (i = 0; i < 8; i++)
			if (!(looks_at(8 * (u == U_SET8) + i) & ~p->defined)) {
				sys_code(t, "0f");
				t->code[t->code_len++] = (u8)(0x90 + 8 * (u == U_SET8) + i);
				t->code[t->code_len++] = (u8)(0xc0 + i);
			}
		expect_done(t);
		for (i = 0; i < 8; i++) {
			cc = 8 * (u == U_SET8) + i;
			if (!(looks_at(cc) & ~p->defined))
				expect(t, X_GPR, i & 3, i & 4 ? 0xff00 : 0xff,
				       is_true(cc, p->flags) ? i & 4 ? 0x100 : 1 : 0);
		}
		break;
	case U_JCC0:
	case U_JCC8:
		/* Jcc over LEA EBX, [EBX+n]: LEA leaves all flags to the next one. */
		for (i = 0; i < 8; i++) {
			cc = 8 * (u == U_JCC8) + i;
			if (looks_at(cc) & ~p->defined)
				continue;
			t->code[t->code_len++] = (u8)(0x70 + (cc ^ 1));
			sys_code(t, wide ? "03 8d 5b" : "03 8d 5f");
			t->code[t->code_len++] = (u8)(1u << i);
			want |= is_true(cc, p->flags) ? 1u << i : 0;
		}
		expect_done(t);
		expect(t, X_GPR, A_EBX, 0xff, want);
		break;
	case U_ADC:
	case U_SBB:
		sys_code(t, u == U_ADC ? "O 11 db" : "O 19 db");
		expect_done(t);
		expect(t, X_GPR, A_EBX, 0, u == U_ADC ? cf : 0u - cf);
		break;
	case U_RCR:
		sys_code(t, "O d1 db");
		expect_done(t);
		expect(t, X_GPR, A_EBX, 0, cf << 31);
		break;
	case U_INTO:
		sys_code(t, "ce");
		if (p->flags & F_OF)
			expect_fault(t, 4, 0);
		else
			expect_done(t);
		break;
	default:
		expect_done(t);
	}
	if (u < U_ADC)
		expect(t, X_EFLAGS, 0, p->defined, p->flags);
}

static bool needs(enum use u, const struct producer *p)
{
	unsigned first = u == U_SET8 || u == U_JCC8 ? 8 : 0, i;

	if (u >= U_SET0 && u <= U_JCC8) {
		for (i = 0; i < 8; i++)
			if (!(looks_at(first + i) & ~p->defined))
				return true;
		return false;
	}
	if (u == U_INTO)
		return p->defined & F_OF;
	return u < U_ADC || (p->defined & F_CF);
}

static void one(struct gen *g, const struct producer *p, enum between b, enum use u, unsigned mode,
		unsigned cpl)
{
	struct tcase *t = sys_case(g, "consume", p->name, between_names[b], mode, cpl, use_names[u],
				   "SDM 3A 6.4, 6.12.1; vol. 1 appendix A");

	set_gpr(t, A_EAX, p->eax);
	set_gpr(t, A_ECX, p->ecx);
	t->eflags = 2 | p->before | (cpl ? F_IOPL : 0) | (mode == CM_V86 ? F_VM : 0) |
		    (cpl && b != B_IRQ ? F_IF : 0);
	t->undef = F_ARITH & ~p->defined;
	prepare(t, b);
	sys_code(t, p->code);
	happen(t, b);
	if (t->undef) { /* images of the flags */
		t->ign_lin = win(A_SS, CASE_OFF) - 32;
		t->ign_len = 32;
	} else if (b >= B_STEP && b <= B_DATA) { /* groups debug and trap ask for it */
		t->ign_lin = OBS_DR6;
		t->ign_len = 4;
	}
	consume(t, p, u);
}

void gen_sys_consume(struct gen *g)
{
	static const struct {
		u8 mode, cpl;
	} modes[] = {
		{CM_FLAT32, 3}, {CM_FLAT32, 0}, {CM_PM32, 3}, {CM_PM16, 3}, {CM_V86, 3},
	};
	unsigned p, b, u, m;

	for (m = 0; m < sizeof modes / sizeof *modes; m++)
		for (p = 0; p < sizeof producers / sizeof *producers; p++)
			for (b = 0; b < BETWEENS; b++)
				for (u = 0; u < USES; u++) {
					/* Every one in one mode, the fourth of them in each other.
					 */
					if (m && (p + b + u) % 4 != m - 1)
						continue;
					if (!needs(u, &producers[p]))
						continue;
					/* A breakpoint in a based segment ends QEMU (debug.c). */
					if (b == B_EXEC && modes[m].mode != CM_FLAT32)
						continue;
					if (b >= B_READ && modes[m].mode != CM_FLAT32)
						continue;
					if (b == B_OUT && modes[m].mode == CM_V86)
						continue;
					one(g, &producers[p], (enum between)b, (enum use)u,
					    modes[m].mode, modes[m].cpl);
				}
}
