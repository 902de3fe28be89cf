/* SPDX-License-Identifier: MIT
 * Group coprocessor: what x87, MMX and SSE instructions do under each combination of
 * CR0.EM, TS and MP and CR4.OSFXSR, and with a pending x87 exception.  Rules: SDM
 * vol. 3A tables 2-2 and 9-3, section 13.1; vol. 1 section 8.7.
 */
#include "conformance/sys/sys.h"

enum class { X87, NOWAIT, WAIT, MMX, SSE, FX, FREE };
static const struct {
	const char *name, *code;
	enum class class;
	u32 need;
} insns[] = {
	{"fld1", "d9 e8", X87, N_FPU},
	{"fadd_m", "d8 03", X87, N_FPU},
	{"fst_m", "d9 13", X87, N_FPU},
	{"fninit", "db e3", NOWAIT, N_FPU},
	{"fnstsw", "df e0", NOWAIT, N_FPU},
	{"fnstcw", "d9 3b", NOWAIT, N_FPU},
	{"fnclex", "db e2", NOWAIT, N_FPU},
	{"fcomi", "db f1", X87, N_FPU | N_CMOV},
	{"fucomi", "db e9", X87, N_FPU | N_CMOV},
	{"fcomip", "df f1", X87, N_FPU | N_CMOV},
	{"fucomip", "df e9", X87, N_FPU | N_CMOV},
	{"fcmovb", "da c1", X87, N_FPU | N_CMOV},
	{"wait", "9b", WAIT, N_FPU},
	{"emms", "0f 77", MMX, N_MMX},
	{"movd_mm", "0f 6e c0", MMX, N_MMX},
	{"pxor_mm", "0f ef c0", MMX, N_MMX},
	{"xorps", "0f 57 c0", SSE, N_SSE},
	{"movups", "0f 10 03", SSE, N_SSE},
	{"pxor_xmm", "66 0f ef c0", SSE, N_SSE2},
	{"ldmxcsr", "0f ae 13", SSE, N_SSE},
	{"fxsave", "0f ae 03", FX, N_FXSR},
	{"prefetch", "0f 18 03", FREE, N_SSE},
	{"sfence", "0f ae f8", FREE, N_SSE},
	{"movnti", "0f c3 03", FREE, N_SSE2},
};

static unsigned rule(enum class c, u32 cr0, bool osfxsr, bool pending)
{
	switch (c) {
	case X87:
	case NOWAIT:
		if (cr0 & (CR0_EM | CR0_TS))
			return NM;
		return pending && c == X87 ? MF : VEC_STOP;
	case WAIT:
		if ((cr0 & CR0_TS) && (cr0 & CR0_MP))
			return NM;
		return pending ? MF : VEC_STOP;
	case MMX:
		if (cr0 & CR0_EM)
			return UD;
		return cr0 & CR0_TS ? NM : pending ? MF : VEC_STOP;
	case SSE:
		if (cr0 & CR0_EM || !osfxsr)
			return UD;
		return cr0 & CR0_TS ? NM : VEC_STOP;
	case FX:
		return cr0 & (CR0_EM | CR0_TS) ? NM : VEC_STOP;
	default:
		return VEC_STOP;
	}
}

static void one(struct gen *g, unsigned n, u32 cr0, bool osfxsr, bool pending, unsigned cpl)
{
	static const u8 mxcsr[4] = {0x80, 0x1f, 0, 0};
	enum class c = insns[n].class;
	unsigned v = rule(c, cr0, osfxsr, pending);
	struct tcase *t =
		sys_case(g, "coproc", insns[n].name,
			 sys_text("%s%s%s%s", cr0 & CR0_EM ? "em" : "", cr0 & CR0_TS ? "ts" : "",
				  cr0 & CR0_MP ? "mp" : "", cr0 ? "" : "none"),
			 CM_FLAT32, cpl,
			 sys_text("%s%s", osfxsr ? "osfxsr" : "plain", pending ? "_pending" : ""),
			 "SDM 3A 2.5, 13.1; vol. 1 8.7");

	t->need = insns[n].need | (osfxsr ? N_FXSR : 0);
	sys_op(t, OP_FPU, pending ? 2 : 1, 0, 0);
	if (osfxsr)
		sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	if (cr0)
		sys_op(t, OP_CR0, 0, cr0, 0);
	set_gpr(t, A_EBX, mode_off(t, A_DS, CASE_OFF));
	set_gpr(t, A_EAX, 0x3f800000);
	set_mem(t, win(A_DS, CASE_OFF), mxcsr, 4);
	sys_code(t, insns[n].code);
	if (c == FX && v == VEC_STOP) {
		/* The image itself is the instruction tests' matter. */
		t->ign_lin = win(A_DS, CASE_OFF);
		t->ign_len = 512;
	}
	if (c == SSE && pending && v == VEC_STOP)
		return; /* processors differ in whether SSE looks at x87 exceptions */
	if (v == VEC_STOP)
		expect_done(t);
	else
		expect_fault(t, v, 0);
}

void gen_sys_fpu(struct gen *g)
{
	unsigned n, b, o;

	for (n = 0; n < sizeof insns / sizeof *insns; n++)
		for (b = 0; b < 8; b++)
			for (o = 0; o < 4; o++) {
				u32 cr0 = (b & 1 ? CR0_MP : 0) | (b & 2 ? CR0_EM : 0) |
					  (b & 4 ? CR0_TS : 0);

				one(g, n, cr0, o & 1, o & 2, b & 1 ? 3 : 0);
			}
}
