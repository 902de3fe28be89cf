/* SPDX-License-Identifier: MIT
 * Host rules 7, 8, 9, 10 and 14 (docs/host-rules.md): the LDT, the host's own
 * selectors, and the ways out of the sandbox that only translation closes.
 */
#include "refvmm/hosttest.h"
#include "refvmm/machine.h"
#include "refvmm/test_main.h"
#include "refvmm/test_seccomp.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static u32 *const data = (u32 *)(uintptr_t)HT_DATA;

static void setup(void)
{
	const char *what;
	int rc = hosttest_init(&what);

	ck_assert_msg(rc == 0, "%s: %s", what, strerror(-rc));
}

/* Install a data segment over HT_DATA + offset. */
static u16 data_segment(unsigned slot, u32 offset)
{
	int sel = hosttest_segment(slot, HT_DATA + offset, 0xfff, HT_DATA_RW | HT_BIG);

	ck_assert_int_eq(sel, (int)(slot << 3 | 7));
	return (u16)sel;
}

/* mov eax, fs:[0]; hlt */
static u32 read_through(u16 sel)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	in.fs = sel;
	HT_RUN(&in, &out, 0x64, 0xa1, 0, 0, 0, 0, 0xf4);
	ck_assert_uint_eq(out.trapno, 13);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 6);
	return out.gpr[0];
}

static void map_monitor_page(void)
{
	void *want = (void *)(uintptr_t)REFVMM_MONITOR_BASE;
	u32 *got = mmap(want, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_eq(got, want);
	*got = 0x5ec3e7;
}

/* One segment load undoes truncation: why guest code is never copied with one. */
START_TEST(rule7_host_data_selector)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	map_monitor_page();
	in.gpr[0] = 0x2b;
	in.gpr[3] = REFVMM_MONITOR_BASE;
	HT_RUN(&in, &out, 0x26, 0x8b, 0x0b); /* mov ecx, es:[ebx]: truncated */
	ck_assert_uint_eq(out.trapno, 13);
	HT_RUN(&in, &out, 0x8e, 0xc0, 0x26, 0x8b, 0x0b, 0xf4); /* mov es, eax first */
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 5);
	ck_assert_uint_eq(out.gpr[1], 0x5ec3e7);
}
END_TEST

/* One far jump leaves for the host's 32-bit code segment; 0x33 is how every test
 * here comes back (HT_STUB). */
START_TEST(rule7_host_code_selector)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	/* ljmp 0x23:HT_CODE + 7; hlt */
	HT_RUN(&in, &out, 0xea, 7, 0, 2, 0, 0x23, 0, 0xf4);
	ck_assert_uint_eq(out.cs, 0x23);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 7);
}
END_TEST

static int probe_pipe[2];

/* Did the code's write(2) reach the pipe? */
static bool pipe_written(void)
{
	char c;

	return read(probe_pipe[0], &c, 1) == 1;
}

static const struct entry {
	const char *name;
	u8 code[3];
} entries[] = {
	{"INT 0x80", {0xcd, 0x80, 0xf4}},
	{"SYSCALL", {0x0f, 0x05, 0xf4}},
	{"SYSENTER", {0x0f, 0x34, 0xf4}},
};

/* write(pipe, HT_DATA, 1) through the 32-bit entry points.  EBP points at a
 * readable stack, where SYSENTER and SYSCALL look for the sixth argument. */
static struct hosttest_in write_call(void)
{
	struct hosttest_in in = hosttest_flat32();

	ck_assert_int_eq(pipe2(probe_pipe, O_NONBLOCK), 0);
	in.gpr[0] = 4;
	in.gpr[1] = HT_DATA;
	in.gpr[2] = 1;
	in.gpr[3] = (u32)probe_pipe[1];
	in.gpr[5] = HT_STACK + 0x8000;
	return in;
}

/* Raw, INT 0x80 is a host system call wherever the kernel has 32-bit support. */
START_TEST(rule8_reaches_the_kernel)
{
	struct hosttest_in in = write_call();
	struct hosttest_out out;

	hosttest_code(entries[0].code, 3);
	hosttest_run(&in, &out, NULL);
	if ((u32)out.rip == HT_CODE + 2 && out.gpr[0] == 1)
		ck_assert(pipe_written());
	else
		ck_assert(!pipe_written()); /* ia32_emulation=off: #GP or ENOSYS */
}
END_TEST

/* Under a filter none of them does anything but raise a signal. */
START_TEST(rule8_filter_stops)
{
	struct hosttest_in in = write_call();
	struct hosttest_out out;

	trap_i386_calls();
	hosttest_code(entries[_i].code, 3);
	hosttest_run(&in, &out, NULL);
	ck_assert_msg(out.sig == SIGSYS || out.sig == SIGSEGV || out.sig == SIGILL, "%s: signal %d",
		      entries[_i].name, out.sig);
	ck_assert_msg(!pipe_written(), "%s wrote", entries[_i].name);
	if (_i == 0 && out.sig == SIGSYS)
		ck_assert_uint_eq((u32)out.rip, HT_CODE + 2);
}
END_TEST

START_TEST(rule9_forced_bits)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;
	u16 sel = data_segment(HT_FREE, 0);

	in.gpr[0] = sel;
	HT_RUN(&in, &out, 0x0f, 0x02, 0xc8, 0xf4); /* lar ecx, eax */
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 3);
	ck_assert_uint_eq(out.gpr[1] >> 13 & 3, 3); /* DPL */
	ck_assert_uint_eq(out.gpr[1] >> 8 & 1, 1);  /* accessed */
}
END_TEST

START_TEST(rule9_conforming_refused)
{
	ck_assert_int_eq(hosttest_segment(HT_FREE, 0, 0xffff, HT_CODE_CONFORMING | HT_BIG),
			 -EINVAL);
	ck_assert_int_eq(hosttest_segment(HT_FREE, 0, 0xffff, HT_CODE_XO | HT_BIG),
			 HT_FREE << 3 | 7);
}
END_TEST

/* A reused slot takes effect at the next explicit load, in FS as in DS. */
START_TEST(rule9_slot_reuse)
{
	data[0] = 111;
	data[0x40] = 222;
	for (int i = 0; i < 4; i++) {
		u16 sel = data_segment(HT_FREE, i & 1 ? 0x100 : 0);
		struct hosttest_in in = hosttest_flat32();
		struct hosttest_out out;

		ck_assert_uint_eq(read_through(sel), i & 1 ? 222 : 111);
		in.ds = sel;
		HT_RUN(&in, &out, 0xa1, 0, 0, 0, 0, 0xf4);
		ck_assert_uint_eq(out.gpr[0], i & 1 ? 222 : 111);
	}
	/* A cleared slot cannot be loaded. */
	ck_assert_int_eq(hosttest_clear(HT_FREE), 0);
	{
		struct hosttest_in in = hosttest_flat32();
		struct hosttest_out out;

		in.gpr[0] = HT_FREE << 3 | 7;
		HT_RUN(&in, &out, 0x8e, 0xd8); /* mov ds, eax */
		ck_assert_msg(out.trapno == 11 || out.trapno == 13, "trap %llu",
			      (unsigned long long)out.trapno);
	}
}
END_TEST

/* Editing one slot leaves a segment loaded from another alone. */
START_TEST(rule9_slots_are_independent)
{
	for (u32 i = HT_FREE; i < 64; i++) {
		data[i * 4] = i;
		data_segment(i, i * 16);
	}
	data_segment(HT_FREE, 0);
	for (u32 i = HT_FREE + 1; i < 64; i++)
		ck_assert_uint_eq(read_through((u16)(i << 3 | 7)), i);
}
END_TEST

/* A sub-page limit counts in bytes, read-only and expand-down are enforced. */
START_TEST(rule9_limits_are_exact)
{
	static const struct {
		u32 limit;
		unsigned kind;
		u32 off;
		bool store, ok;
	} cases[] = {
		{0xfff, HT_DATA_RW, 0xffc, false, true},
		{0xfff, HT_DATA_RW, 0xffd, false, false},
		{0x123, HT_DATA_RW, 0x120, true, true},
		{0x123, HT_DATA_RW, 0x121, true, false},
		{0xfff, HT_DATA_RO, 0x10, false, true},
		{0xfff, HT_DATA_RO, 0x10, true, false},
		{0xfff, HT_DATA_DOWN, 0xffc, false, false},
		{0xfff, HT_DATA_DOWN, 0xfff, false, false},
		{0xfff, HT_DATA_DOWN, 0x1000, true, true},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct hosttest_in in = hosttest_flat32();
		struct hosttest_out out;
		int sel =
			hosttest_segment(HT_FREE, HT_DATA, cases[i].limit, cases[i].kind | HT_BIG);

		ck_assert_int_gt(sel, 0);
		in.fs = (u32)sel;
		in.gpr[3] = cases[i].off;
		if (cases[i].store)
			HT_RUN(&in, &out, 0x64, 0x89, 0x03, 0xf4);
		else
			HT_RUN(&in, &out, 0x64, 0x8b, 0x03, 0xf4);
		ck_assert_uint_eq(out.trapno, 13);
		ck_assert_msg((u32)out.rip == HT_CODE + (cases[i].ok ? 3 : 0), "case %u", i);
	}
}
END_TEST

/* Sensitive instructions run, or trap, but answer for the host: the raw result is
 * never what a guest with its own tables should see. */
START_TEST(rule10_host_tables_show)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	/* lar eax, eax of 0x33: the host's 64-bit code segment, L set */
	in.gpr[0] = 0x33;
	HT_RUN(&in, &out, 0x0f, 0x02, 0xc0, 0x74, 0x01, 0xcc, 0xf4); /* jz +1; int3 */
	ck_assert_int_eq(out.sig, SIGSEGV);
	ck_assert_uint_eq(out.gpr[0] & 0x00208000, 0x00208000);
	/* verw of a null selector: ZF clear, no trap */
	HT_RUN(&in, &out, 0x31, 0xc0, 0x0f, 0x00, 0xe8, 0x75, 0x01, 0xcc, 0xf4);
	ck_assert_int_eq(out.sig, SIGSEGV);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 8);
}
END_TEST

START_TEST(rule10_umip)
{
	static const struct {
		const char *name;
		u8 code[4];
	} insns[] = {
		{"SGDT", {0x0f, 0x01, 0x03, 0xf4}}, {"SIDT", {0x0f, 0x01, 0x0b, 0xf4}},
		{"SMSW", {0x0f, 0x01, 0xe0, 0xf4}}, {"SLDT", {0x0f, 0x00, 0xc0, 0xf4}},
		{"STR", {0x0f, 0x00, 0xc8, 0xf4}},
	};
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;

	/* A guest whose GDT and IDT are at 0x00012345, in real mode, no LDT, no TSS:
	 * it must never get this from the processor itself. */
	in.gpr[3] = HT_DATA;
	in.gpr[0] = 0xffffffff;
	memset(data, 0, 16);
	hosttest_code(insns[_i].code, 4);
	hosttest_run(&in, &out, NULL);
	ck_assert_msg(out.trapno == 13 || out.trapno == 6, "%s", insns[_i].name);
	ck_assert_msg((u32)out.rip == HT_CODE + 3 || (u32)out.rip == HT_CODE, "%s", insns[_i].name);
	if ((u32)out.rip == HT_CODE)
		return; /* trapped */
	if (_i < 2)
		ck_assert_uint_ne(data[0] >> 16 | data[1] << 16, 0x12345);
	else if (_i == 2)
		ck_assert_uint_eq(out.gpr[0] & 1, 1); /* PE: the host is not in real mode */
}
END_TEST

/* CPUID never traps. */
START_TEST(rule10_cpuid)
{
	struct hosttest_in in = hosttest_flat32();
	struct hosttest_out out;
	unsigned a, b, c, d;

	ck_assert_int_eq(__get_cpuid(0, &a, &b, &c, &d), 1);
	HT_RUN(&in, &out, 0x31, 0xc0, 0x0f, 0xa2, 0xf4);
	ck_assert_uint_eq((u32)out.rip, HT_CODE + 4);
	ck_assert_uint_eq(out.gpr[3], b);
	ck_assert_uint_eq(out.gpr[1], c);
	ck_assert_uint_eq(out.gpr[2], d);
}
END_TEST

/* fork() copies the LDT; each process then has its own. */
START_TEST(rule14_fork)
{
	u16 sel = data_segment(HT_FREE, 0);
	int status;
	pid_t pid;

	data[0] = 111;
	data[0x40] = 222;
	pid = fork();
	if (pid == 0) {
		bool ok = read_through(sel) == 111;

		data_segment(HT_FREE, 0x100);
		_exit(!(ok && read_through(sel) == 222));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child status %#x", status);
	ck_assert_uint_eq(read_through(sel), 111);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, rule7_host_data_selector);
	tcase_add_test(tc, rule7_host_code_selector);
	tcase_add_test(tc, rule8_reaches_the_kernel);
	tcase_add_loop_test(tc, rule8_filter_stops, 0, 3);
	tcase_add_test(tc, rule9_forced_bits);
	tcase_add_test(tc, rule9_conforming_refused);
	tcase_add_test(tc, rule9_slot_reuse);
	tcase_add_test(tc, rule9_slots_are_independent);
	tcase_add_test(tc, rule9_limits_are_exact);
	tcase_add_test(tc, rule10_host_tables_show);
	tcase_add_loop_test(tc, rule10_umip, 0, 5);
	tcase_add_test(tc, rule10_cpuid);
	tcase_add_test(tc, rule14_fork);
}

TEST_MAIN("host_rules_segments")
