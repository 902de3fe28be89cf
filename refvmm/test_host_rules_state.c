/* SPDX-License-Identifier: MIT
 * Host rules 4, 5, 6, 11, 18 and 19 (docs/host-rules.md): which processor state
 * survives the ways in and out.  Every test runs real code.
 */
#include "refvmm/hosttest.h"
#include "refvmm/test_main.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static void setup(void)
{
	const char *what;
	int rc = hosttest_init(&what);

	ck_assert_msg(rc == 0, "%s: %s", what, strerror(-rc));
}

/* FXSAVE image (SDM vol. 1 table 10-2). */
static u16 fx_fcw(const u8 *fx)
{
	u16 v;

	memcpy(&v, fx, 2);
	return v;
}

static u16 fx_fsw(const u8 *fx)
{
	u16 v;

	memcpy(&v, fx + 2, 2);
	return v;
}

static u32 fx_mxcsr(const u8 *fx)
{
	u32 v;

	memcpy(&v, fx + 24, 4);
	return v;
}

static u32 fx_xmm(const u8 *fx, int n)
{
	u32 v;

	memcpy(&v, fx + 160 + 16 * n, 4);
	return v;
}

/* jmp far 0x33:HT_STUB in 32-bit code, and with a size prefix in 16-bit code */
#define LEAVE32 0xea, 0x00, 0x00, 0x08, 0x00, 0x33, 0x00
#define LEAVE16 0x66, LEAVE32

/* Entered by SS, ESP, far jump, a 16-bit stack keeps ESP[31:16]. */
START_TEST(rule4_esp_high_half)
{
	struct hosttest_in in = hosttest_real16();
	struct hosttest_out out;

	in.gpr[4] = 0xabcdfff0;
	HT_RUN(&in, &out, 0x66, 0x89, 0xe0, 0x50, 0x5b, 0x50, LEAVE16); /* mov eax, esp; push.. */
	ck_assert(out.stub);
	ck_assert_uint_eq(out.gpr[0], 0xabcdfff0);
	ck_assert_uint_eq(out.gpr[4], 0xabcdffee);
	ck_assert_uint_eq(*(u16 *)(uintptr_t)(HT_STACK + 0xffee), 0xfff0);
	/* 32-bit code on a 16-bit stack. */
	in = hosttest_flat32();
	in.ss = HT_SS16;
	in.gpr[4] = 0x12340000;
	HT_RUN(&in, &out, 0x50, LEAVE32); /* push eax: SP wraps, ESP[31:16] stays */
	ck_assert(out.stub);
	ck_assert_uint_eq(out.gpr[4], 0x1234fffc);
}
END_TEST

/* ... also across whatever interrupts the host takes meanwhile (espfix). */
START_TEST(rule4_esp_across_interrupts)
{
	struct hosttest_in in = hosttest_real16();
	struct hosttest_out out;

	in.gpr[4] = 0xabcdfff0;
	in.gpr[1] = 100 * 1000 * 1000;
	HT_RUN(&in, &out, 0x66, 0x49, 0x75, 0xfc, 0x66, 0x89, 0xe0, LEAVE16); /* dec ecx; jnz */
	ck_assert(out.stub);
	ck_assert_uint_eq(out.gpr[0], 0xabcdfff0);
}
END_TEST

/* And a trap reports it whole. */
START_TEST(rule4_esp_in_frame)
{
	struct hosttest_in in = hosttest_real16();
	struct hosttest_out out;

	in.gpr[4] = 0xabcdfff0;
	HT_RUN(&in, &out, 0xf4);
	ck_assert_uint_eq(out.gpr[4], 0xabcdfff0);
}
END_TEST

static u64 host_rsp(void)
{
	u64 v;

	__asm__ volatile("mov %%rsp, %0" : "=r"(v));
	return v;
}

/* The host's RSP must come from memory: what the code leaves is 32 bits wide. */
START_TEST(rule5_rsp)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;
	u64 before = host_rsp();

	/* All general registers changed, ESP too. */
	HT_RUN(&in, &out, 0xbc, 0x78, 0x56, 0x34, 0x12, 0xb8, 1, 0, 0, 0, 0xb9, 2, 0, 0, 0, 0xba, 3,
	       0, 0, 0, 0xbb, 4, 0, 0, 0, 0xbd, 5, 0, 0, 0, 0xbe, 6, 0, 0, 0, 0xbf, 7, 0, 0, 0,
	       LEAVE32);
	ck_assert(out.stub);
	ck_assert_uint_gt(before, 0xffffffffull);
	ck_assert_uint_eq(host_rsp(), before);
	ck_assert_uint_eq((u32)out.live[4], 0x12345678);
	ck_assert_uint_ne(out.live[4] >> 32, before >> 32);
	for (u32 i = 0; i < 8; i++) /* ORDER gpr: eax ecx edx ebx - ebp esi edi */
		ck_assert_uint_eq(out.gpr[i], i == 4 ? 0x12345678 : i < 4 ? i + 1 : i);
}
END_TEST

/* A 64-bit process runs with null DS and ES; 32-bit code cannot. */
START_TEST(rule6_null_segments)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	in.ds = 0;
	HT_RUN(&in, &out, 0xa1, 0, 0, 4, 0);
	ck_assert_uint_eq(out.trapno, 13);
	in.ds = 0x2b; /* what exits leave there works */
	HT_RUN(&in, &out, 0xa1, 0, 0, 4, 0, LEAVE32);
	ck_assert(out.stub);
}
END_TEST

/* Guest selectors left in DS and ES do not matter to 64-bit code. */
START_TEST(rule6_ignored_in_64_bit_mode)
{
	static u8 from[4096], to[4096];
	u16 tiny = (u16)hosttest_segment(HT_FREE, 0x1000, 0, HT_DATA_RO | HT_BIG), ds, es;
	void *s = from, *d = to;
	u64 n = sizeof(from);

	ck_assert_uint_eq(tiny, HT_FREE << 3 | 7);
	for (unsigned i = 0; i < sizeof(from); i++)
		from[i] = (u8)(i * 7);
	__asm__ volatile("mov %w5, %%ds; mov %w5, %%es\n\t"
			 "rep movsb\n\t"
			 "mov %%ds, %3; mov %%es, %4"
			 : "+S"(s), "+D"(d), "+c"(n), "=&r"(ds), "=&r"(es)
			 : "r"((u32)tiny)
			 : "memory");
	ck_assert_uint_eq(ds, tiny);
	ck_assert_uint_eq(es, tiny);
	ck_assert_mem_eq(from, to, sizeof(from));
}
END_TEST

/* The environment that 32-bit code stores has the right words, and never an
 * instruction pointer outside the code that ran: the guest's has to come from
 * the translator. */
START_TEST(rule11_x87_environment)
{
	struct hosttest_in in = hosttest_flat32();
	u32 *env = (u32 *)(uintptr_t)HT_DATA;
	struct hosttest_out out;

	memset(env, 0xee, 28);
	/* fninit; fld1; fldz; fnstenv [HT_DATA] */
	HT_RUN(&in, &out, 0xdb, 0xe3, 0xd9, 0xe8, 0xd9, 0xee, 0xd9, 0x35, 0, 0, 4, 0, LEAVE32);
	ck_assert(out.stub);
	ck_assert_uint_eq(env[0] & 0xffff, 0x37f);
	ck_assert_uint_eq(env[1] & 0x3800, 6 << 11);
	ck_assert_uint_eq(env[2] & 0xffff, 0x1fff); /* 7: valid, 6: zero, rest empty */
	ck_assert_msg(env[3] == 0 || (env[3] >= HT_CODE && env[3] < HT_CODE + 4096), "FIP %#x",
		      env[3]);
}
END_TEST

static sigjmp_buf out_of_handler;
static u8 trapped_fx[512] __attribute__((aligned(16)));
static u16 handler_fcw;

static bool jump_out(int sig, siginfo_t *si, ucontext_t *uc)
{
	memcpy(trapped_fx, uc->uc_mcontext.fpregs, sizeof(trapped_fx));
	__asm__ volatile("fnstcw %0" : "=m"(handler_fcw));
	siglongjmp(out_of_handler, 1);
}

/* fldcw [HT_DATA]; movd xmm5, [HT_DATA + 4]; hlt */
static const u8 set_fpu[] = {0xd9, 0x2d, 0, 0, 4, 0, 0x66, 0x0f, 0x6e, 0x2d, 0x04, 0, 4, 0, 0xf4};

/* A handler may leave without sigreturn; the frame holds the code's FPU state,
 * and resuming with it is exact. */
START_TEST(rule18_leave_without_sigreturn)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	for (volatile int i = 0; i < 3; i++) { /* the next signal still works */
		u32 *data = (u32 *)(uintptr_t)HT_DATA;

		data[0] = 0x27f; /* 53-bit precision */
		data[1] = 0x5eed0000u + (u32)i;
		hosttest_code(set_fpu, sizeof(set_fpu));
		if (!sigsetjmp(out_of_handler, 0)) {
			hosttest_run(&in, &out, jump_out);
			ck_abort_msg("the trap did not come");
		}
		__asm__ volatile("fninit"); /* the host's again */
		ck_assert_uint_eq(handler_fcw, 0x37f);
		ck_assert_uint_eq(fx_fcw(trapped_fx), 0x27f);
		ck_assert_uint_eq(fx_xmm(trapped_fx, 5), 0x5eed0000u + (u32)i);
		in.fx = trapped_fx;
		/* fnstcw [HT_DATA + 8]; movd eax, xmm5 */
		HT_RUN(&in, &out, 0xd9, 0x3d, 8, 0, 4, 0, 0x66, 0x0f, 0x7e, 0xe8, LEAVE32);
		ck_assert(out.stub);
		ck_assert_uint_eq(data[2] & 0xffff, 0x27f);
		ck_assert_uint_eq(out.gpr[0], 0x5eed0000u + (u32)i);
		in.fx = NULL;
	}
}
END_TEST

/* fninit; push 0x37b; fldcw [esp]; fld1; fldz; fdivp (pending #Z, unmasked);
 * push 0x9fc0; ldmxcsr [esp] (flush, denormals); movd xmm7, eax */
static const u8 pending[] = {0xdb, 0xe3, 0x68, 0x7b, 3,    0,    0,    0xd9, 0x2c, 0x24,
			     0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0x68, 0xc0, 0x9f, 0,
			     0,    0x0f, 0xae, 0x14, 0x24, 0x66, 0x0f, 0x6e, 0xf8, LEAVE32};

/* Library code between two stretches of guest code, with a guest exception
 * pending: save, default state, restore. */
START_TEST(rule19_library_code)
{
	static u8 saved[512] __attribute__((aligned(16)));
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;
	volatile double third = 1.0 / 3;
	char text[64];

	in.gpr[0] = 0xfeedface;
	hosttest_code(pending, sizeof(pending));
	hosttest_run(&in, &out, NULL);
	ck_assert(out.stub);
	ck_assert_uint_eq(fx_fsw(out.fx) & 0x84, 0x84); /* ES and ZE */
	ck_assert_uint_eq(fx_mxcsr(out.fx), 0x9fc0);
	ck_assert_uint_eq(fx_xmm(out.fx, 7), 0xfeedface);
	memcpy(saved, out.fx, sizeof(saved));
	/* hosttest_run() put the default state back: this neither traps nor rounds
	 * differently, and overwrites the registers. */
	snprintf(text, sizeof(text), "%.17g %.3Lf", third, (long double)third * 3);
	ck_assert_str_eq(text, "0.33333333333333331 1.000");
	in.fx = saved;
	HT_RUN(&in, &out, 0x66, 0x0f, 0x7e, 0xf8, 0x9b); /* movd eax, xmm7; fwait */
	ck_assert_int_eq(out.sig, SIGFPE);
	ck_assert_uint_eq(out.trapno, 16);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 4);
	ck_assert_uint_eq(out.gpr[0], 0xfeedface);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, rule4_esp_high_half);
	tcase_add_test(tc, rule4_esp_across_interrupts);
	tcase_add_test(tc, rule4_esp_in_frame);
	tcase_add_test(tc, rule5_rsp);
	tcase_add_test(tc, rule6_null_segments);
	tcase_add_test(tc, rule6_ignored_in_64_bit_mode);
	tcase_add_test(tc, rule11_x87_environment);
	tcase_add_test(tc, rule18_leave_without_sigreturn);
	tcase_add_test(tc, rule19_library_code);
}

TEST_MAIN("host_rules_state")
