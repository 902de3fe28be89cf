/* SPDX-License-Identifier: MIT
 * Host rules 1, 2, 3 and 12 (docs/host-rules.md): what a trap of LDT code looks
 * like to this process.  Every test runs real code.
 */
#include "refvmm/hosttest.h"
#include "refvmm/machine.h"
#include "refvmm/test_main.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { FL_DIRECTION = 0x400, FL_OVERFLOW = 0x800, FL_NESTED = 0x4000, FL_ALIGN = 0x40000 };
#define UC_STRICT_RESTORE_SS_BIT 4 /* arch/x86/include/uapi/asm/ucontext.h */

/* Slots of this file; error codes are the selector with RPL cleared. */
#define NOT_PRESENT 0x2f /* slot 5 */
#define FS_BASE     0x37 /* slot 6: base HT_DATA + 0x100 */

static void setup(void)
{
	const char *what;
	int rc = hosttest_init(&what);

	ck_assert_msg(rc == 0, "%s: %s", what, strerror(-rc));
	ck_assert_int_eq(
		hosttest_segment(NOT_PRESENT >> 3, 0, 0xffff, HT_DATA_RW | HT_BIG | HT_NOT_PRESENT),
		NOT_PRESENT);
	ck_assert_int_eq(
		hosttest_segment(FS_BASE >> 3, HT_DATA + 0x100, 0xfff, HT_DATA_RW | HT_BIG),
		FS_BASE);
	((u32 *)(uintptr_t)HT_DATA)[1] = 1; /* BOUND: 0 to 1 */
}

/* Registers: EAX 5, EBX HT_DATA, the rest 0.  err -1: not looked at. */
static const struct trap {
	const char *name;
	u8 n, code[32];
	u32 flags;
	bool code16;
	int sig, trapno;
	u32 rip;
	long err;
	u32 cr2;
} traps[] = {
	{"#DE", 2, {0xf7, 0xf1}, 0, false, SIGFPE, 0, 0, -1, 0},
	/* pushf; or dword [esp], TF; popf; nop: after the nop */
	{"#DB",
	 10,
	 {0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0x90},
	 0,
	 false,
	 SIGTRAP,
	 1,
	 10,
	 -1,
	 0},
	{"INT3", 1, {0xcc}, 0, false, SIGTRAP, 3, 1, -1, 0},
	{"INTO", 1, {0xce}, FL_OVERFLOW, false, SIGSEGV, 4, 1, -1, 0},
	{"#BR", 2, {0x62, 0x03}, 0, false, SIGSEGV, 5, 0, -1, 0},
	{"#UD", 2, {0x0f, 0x0b}, 0, false, SIGILL, 6, 0, -1, 0},
	{"LOCK NOP", 2, {0xf0, 0x90}, 0, false, SIGILL, 6, 0, -1, 0},
	/* mov eax, NOT_PRESENT; mov ds, eax / mov ss, eax */
	{"#NP",
	 7,
	 {0xb8, NOT_PRESENT, 0, 0, 0, 0x8e, 0xd8},
	 0,
	 false,
	 SIGBUS,
	 11,
	 5,
	 NOT_PRESENT & ~3,
	 0},
	{"#SS not present",
	 7,
	 {0xb8, NOT_PRESENT, 0, 0, 0, 0x8e, 0xd0},
	 0,
	 false,
	 SIGBUS,
	 12,
	 5,
	 NOT_PRESENT & ~3,
	 0},
	/* mov eax, HT_SS16; mov ss, eax; mov esp, 0; mov eax, ss:[0x20000] */
	{"#SS limit",
	 18,
	 {0xb8, HT_SS16, 0, 0, 0, 0x8e, 0xd0, 0xbc, 0, 0, 0, 0, 0x36, 0xa1, 0, 0, 2, 0},
	 0,
	 false,
	 SIGBUS,
	 12,
	 12,
	 0,
	 0},
	{"#GP HLT", 1, {0xf4}, 0, false, SIGSEGV, 13, 0, 0, 0},
	{"#GP CLI", 1, {0xfa}, 0, false, SIGSEGV, 13, 0, 0, 0},
	{"#GP IN", 2, {0xe4, 0x80}, 0, false, SIGSEGV, 13, 0, 0, 0},
	{"#GP MOV CR0", 3, {0x0f, 0x20, 0xc0}, 0, false, SIGSEGV, 13, 0, 0, 0},
	/* mov eax, selector behind the table; mov ds, eax */
	{"#GP selector",
	 7,
	 {0xb8, 0x27, 0x03, 0, 0, 0x8e, 0xd8},
	 0,
	 false,
	 SIGSEGV,
	 13,
	 5,
	 0x324,
	 0},
	{"#GP INT 30h", 2, {0xcd, 0x30}, 0, false, SIGSEGV, 13, 0, 0x30 * 8 + 2, 0},
	{"#GP 16-byte instruction",
	 16,
	 {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	  0x90},
	 0,
	 false,
	 SIGSEGV,
	 13,
	 0,
	 0,
	 0},
	/* mov cs:[HT_DATA], eax */
	{"#GP write through CS", 6, {0x2e, 0xa3, 0, 0, 4, 0}, 0, false, SIGSEGV, 13, 0, 0, 0},
	/* mov eax, [HT_UNMAPPED + 8]; mov [...], eax; jmp there */
	{"#PF read", 5, {0xa1, 8, 0, 9, 0}, 0, false, SIGSEGV, 14, 0, 4, HT_UNMAPPED + 8},
	{"#PF write", 5, {0xa3, 8, 0, 9, 0}, 0, false, SIGSEGV, 14, 0, 6, HT_UNMAPPED + 8},
	{"#PF fetch",
	 7,
	 {0xb8, 0, 0, 9, 0, 0xff, 0xe0},
	 0,
	 false,
	 SIGSEGV,
	 14,
	 HT_UNMAPPED - HT_CODE,
	 0x14,
	 HT_UNMAPPED},
	/* fninit; push 0x37b; fldcw [esp]; fld1; fldz; fdivp; fwait */
	{"#MF",
	 17,
	 {0xdb, 0xe3, 0x68, 0x7b, 3, 0, 0, 0xd9, 0x2c, 0x24, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9,
	  0x9b},
	 0,
	 false,
	 SIGFPE,
	 16,
	 16,
	 -1,
	 0},
	/* mov eax, [ebx + 1] */
	{"#AC", 3, {0x8b, 0x43, 0x01}, FL_ALIGN, false, SIGBUS, 17, 0, 0, 0},
	/* push 0x1d80; ldmxcsr [esp]; xorps xmm1, xmm1; push 1.0f; movss xmm0, [esp];
	 * divss xmm0, xmm1 */
	{"#XM",
	 26,
	 {0x68, 0x80, 0x1d, 0,    0,    0x0f, 0xae, 0x14, 0x24, 0x0f, 0x57, 0xc9, 0x68,
	  0,    0,    0x80, 0x3f, 0xf3, 0x0f, 0x10, 0x04, 0x24, 0xf3, 0x0f, 0x5e, 0xc1},
	 0,
	 false,
	 SIGFPE,
	 19,
	 22,
	 -1,
	 0},
	{"16-bit #GP", 2, {0x50, 0xf4}, 0, true, SIGSEGV, 13, 1, 0, 0},
	{"16-bit #DE", 3, {0x90, 0xf6, 0xf1}, 0, true, SIGFPE, 0, 1, -1, 0},
};

START_TEST(rule1_signals)
{
	const struct trap *t = &traps[_i];
	struct hosttest_in in = t->code16 ? hosttest_real16() : hosttest_flat32();
	u32 start = t->code16 ? 0 : HT_CODE;
	struct hosttest_out out;

	in.gpr[0] = 5;
	in.gpr[3] = HT_DATA;
	in.eflags |= t->flags;
	hosttest_code(t->code, t->n);
	hosttest_run(&in, &out, NULL);
	ck_assert_msg(!out.stub && out.sig == t->sig && out.trapno == (u64)t->trapno &&
			      (u32)out.rip == start + t->rip,
		      "%s: signal %d trap %llu rip %#llx", t->name, out.sig,
		      (unsigned long long)out.trapno, (unsigned long long)out.rip);
	if (t->err >= 0)
		ck_assert_msg(out.err == (u64)t->err, "%s: error %#llx", t->name,
			      (unsigned long long)out.err);
	if (t->cr2)
		ck_assert_msg(out.cr2 == t->cr2, "%s: cr2 %#llx", t->name,
			      (unsigned long long)out.cr2);
}
END_TEST

/* Running off the end of CS is #GP; which instruction is blamed differs. */
START_TEST(rule1_cs_limit)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	in.gpr[0] = REFVMM_MONITOR_BASE;
	HT_RUN(&in, &out, 0xff, 0xe0); /* jmp eax */
	ck_assert_int_eq(out.sig, SIGSEGV);
	ck_assert_uint_eq(out.trapno, 13);
}
END_TEST

static __thread int thread_local_value = 4711;
static bool tls_worked;
static u64 hook_flags;

static bool use_tls(int sig, siginfo_t *si, ucontext_t *uc)
{
	errno = ERANGE;
	tls_worked = errno == ERANGE && thread_local_value == 4711;
	__asm__ volatile("pushfq; popq %0" : "=r"(hook_flags));
	return false;
}

START_TEST(rule2_handler_entry)
{
	static const u8 hlt = 0xf4;
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	in.fs = FS_BASE;
	in.eflags |= FL_ALIGN | FL_NESTED | FL_DIRECTION;
	hosttest_code(&hlt, 1);
	hosttest_run(&in, &out, use_tls);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq(out.eflags & FL_DIRECTION, FL_DIRECTION);
	/* 64-bit code on the alternate stack, above the window ... */
	ck_assert_uint_eq(out.live[HT_L_CS], 0x33);
	ck_assert_uint_gt(out.live[HT_L_RSP], 0xffffffffull);
	/* ... with the interrupted code's FS, until the first instructions of the
	 * handler put the thread pointer back and clear AC, NT and DF. */
	if (hosttest_fsgsbase())
		ck_assert_uint_eq(out.live[HT_L_FSBASE], HT_DATA + 0x100);
	ck_assert(tls_worked);
	ck_assert_uint_eq(hook_flags & (FL_ALIGN | FL_NESTED | FL_DIRECTION), 0);
	/* The same holds in the caller. */
	ck_assert_int_eq(thread_local_value, 4711);
}
END_TEST

START_TEST(rule3_frame_selectors)
{
	struct hosttest_in in = hosttest_real16();
	struct hosttest_out out;

	in.fs = FS_BASE;
	in.es = 0;
	HT_RUN(&in, &out, 0xf4);
	ck_assert_uint_eq(out.cs, HT_CS16);
	ck_assert_uint_eq(out.ss, HT_SS16);
	/* The data segment registers are not in the frame: still live. */
	ck_assert_uint_eq(out.live[HT_L_DS], HT_DS32);
	ck_assert_uint_eq(out.live[HT_L_ES], 0);
	ck_assert_uint_eq(out.live[HT_L_FS], FS_BASE);
	ck_assert_uint_eq(out.live[HT_L_GS], HT_DS32);
	ck_assert_uint_eq(out.uc_flags & UC_STRICT_RESTORE_SS_BIT, 0);
}
END_TEST

static u16 hook_ds;

/* INT3: go on behind it, as the engine does; the second trap ends the run. */
static bool resume(int sig, siginfo_t *si, ucontext_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;

	if (sig != SIGTRAP)
		return false;
	uc->uc_flags |= UC_STRICT_RESTORE_SS_BIT;
	g[REG_RIP] = (u32)g[REG_RIP];
	g[REG_RSP] = (u32)g[REG_RSP];
	/* CF, ZF, SF, OF, DF come back from the frame; NT, IOPL and ID do not. */
	g[REG_EFL] = 0x2 | 0x1 | 0x40 | 0x80 | 0xc00 | FL_NESTED | 0x3000 | 0x200000;
	__asm__ volatile("mov %0, %%ds" : : "r"(hook_ds));
	return true;
}

/* int3; pushf; pop eax; mov ecx, [HT_DATA + 4]; hlt */
static const u8 resume32[] = {0xcc, 0x9c, 0x58, 0x8b, 0x0d, 4, 0, 4, 0, 0xf4};

START_TEST(rule3_resume)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	hook_ds = HT_DS32;
	hosttest_code(resume32, sizeof(resume32));
	hosttest_run(&in, &out, resume);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 9);
	ck_assert_uint_eq(out.ss, HT_DS32);
	ck_assert_uint_eq(out.gpr[4], HT_STACK + 0xfff0);
	ck_assert_uint_eq(out.gpr[0] & 0x207dd5, 0xcc1);
	ck_assert_uint_eq(out.gpr[1], 1);
}
END_TEST

/* sigreturn keeps the handler's DS: the engine must reload it. */
START_TEST(rule3_data_segments_not_restored)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	hook_ds = 0;
	hosttest_code(resume32, sizeof(resume32));
	hosttest_run(&in, &out, resume);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 3);
	ck_assert_uint_eq(out.live[HT_L_DS], 0);
}
END_TEST

/* To a 16-bit stack segment in the LDT. */
START_TEST(rule3_resume_16)
{
	static const u8 code[] = {0xcc, 0x68, 0x34, 0x12, 0xf4}; /* int3; push 0x1234; hlt */
	struct hosttest_in in = hosttest_real16();
	struct hosttest_out out;

	hook_ds = HT_DS32;
	hosttest_code(code, sizeof(code));
	hosttest_run(&in, &out, resume);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq(out.cs, HT_CS16);
	ck_assert_uint_eq(out.ss, HT_SS16);
	ck_assert_uint_eq(out.gpr[4] & 0xffff, 0xffee);
	ck_assert_uint_eq(*(u16 *)(uintptr_t)(HT_STACK + 0xffee), 0x1234);
}
END_TEST

/* Misaligned access by the guest's kernel code must not trap: AC clear. */
START_TEST(rule12_alignment)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	in.gpr[3] = HT_DATA;
	in.eflags |= FL_ALIGN;
	HT_RUN(&in, &out, 0x8b, 0x43, 0x01, 0xf4); /* mov eax, [ebx + 1] */
	ck_assert_int_eq(out.sig, SIGBUS);
	ck_assert_uint_eq(out.trapno, 17);
	in.eflags &= ~FL_ALIGN;
	hosttest_run(&in, &out, NULL);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 3);
	ck_assert_uint_eq(out.gpr[0], 1u << 24);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, rule1_signals, 0, sizeof(traps) / sizeof(*traps));
	tcase_add_test(tc, rule1_cs_limit);
	tcase_add_test(tc, rule2_handler_entry);
	tcase_add_test(tc, rule3_frame_selectors);
	tcase_add_test(tc, rule3_resume);
	tcase_add_test(tc, rule3_data_segments_not_restored);
	tcase_add_test(tc, rule3_resume_16);
	tcase_add_test(tc, rule12_alignment);
}

TEST_MAIN("host_rules_traps")
