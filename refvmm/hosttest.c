/* SPDX-License-Identifier: MIT
 * C half of hosttest.h: memory, LDT, signal frames.
 */
#include "refvmm/hosttest.h"
#include "refvmm/machine.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE (1 << 1) /* arch/x86/include/uapi/asm/hwcap2.h */
#endif

/* hosttest_enter.S; hidden, so that both sides can use PC-relative addresses. */
#pragma GCC visibility push(hidden)
extern struct hosttest_in ht_in;
extern u64 ht_live[32];
extern u64 ht_host_fs, ht_host_rsp, ht_use_wrfsbase;
void ht_enter(void);
void ht_leave_trap(void);
void ht_leave_stub(void);
void ht_trap(int sig, siginfo_t *si, void *arg);
#pragma GCC visibility pop

static u8 alt_stack[1 << 16] __attribute__((aligned(4096)));
static u8 host_fx[512] __attribute__((aligned(16)));
static struct hosttest_out *current;
static hosttest_hook *current_hook;

bool hosttest_fsgsbase(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
}

/* The kernel's own errors arrive as 0xffffffea instead of -22, so libc does not see
 * them; those of a seccomp filter arrive as usual. */
static int write_ldt(const struct user_desc *d)
{
	/* Function 0x11: write one entry, "new mode". */
	long rc = syscall(SYS_modify_ldt, 0x11, d, sizeof(*d));

	return rc == -1 ? -errno : (int)rc;
}

int hosttest_segment(unsigned slot, u32 base, u32 limit, unsigned kind)
{
	static const u8 contents[] = {0, 0, 1, 2, 2, 3};
	unsigned type = kind & HT_KIND;
	bool pages = limit > 0xfffff;
	int rc;
	struct user_desc d = {
		.entry_number = slot,
		.base_addr = base,
		.limit = pages ? limit >> 12 : limit,
		.limit_in_pages = pages,
		.contents = contents[type],
		.read_exec_only = type == HT_DATA_RO || type == HT_CODE_XO,
		.seg_32bit = !!(kind & HT_BIG),
		.seg_not_present = !!(kind & HT_NOT_PRESENT),
		.useable = 1,
	};

	rc = write_ldt(&d);
	return rc < 0 ? rc : (int)(slot << 3 | 7);
}

int hosttest_clear(unsigned slot)
{
	struct user_desc d = {
		.entry_number = slot,
		.read_exec_only = 1,
		.seg_not_present = 1,
	};

	return write_ldt(&d);
}

static int map(u32 addr, u32 size, int prot)
{
	void *want = (void *)(uintptr_t)addr;
	void *got =
		mmap(want, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == MAP_FAILED)
		return -errno;
	return got == want ? 0 : -EEXIST; /* kernels before 4.17 take it as a hint */
}

static int map_all(void)
{
	const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
	/* jmp *0(%rip) to the 64-bit address behind it; changes no register */
	static const u8 jump[] = {0xff, 0x25, 0, 0, 0, 0};
	u64 target = (u64)(uintptr_t)ht_leave_stub;
	u8 *stub = (u8 *)(uintptr_t)HT_STUB;
	int rc = map(HT_CODE, 0x10000, rwx);

	if (!rc)
		rc = map(HT_DATA, 0x10000, PROT_READ | PROT_WRITE);
	if (!rc)
		rc = map(HT_STACK, 0x10000, PROT_READ | PROT_WRITE);
	if (!rc)
		rc = map(HT_STUB, 0x1000, rwx);
	if (rc)
		return rc;
	memcpy(stub, jump, sizeof(jump));
	memcpy(stub + sizeof(jump), &target, sizeof(target));
	return 0;
}

static int install_segments(void)
{
	const u32 top = REFVMM_MONITOR_BASE - 1;
	int rc = hosttest_segment(HT_CS32 >> 3, 0, top, HT_CODE_XR | HT_BIG);

	if (rc >= 0)
		rc = hosttest_segment(HT_DS32 >> 3, 0, top, HT_DATA_RW | HT_BIG);
	if (rc >= 0)
		rc = hosttest_segment(HT_SS16 >> 3, HT_STACK, 0xffff, HT_DATA_RW);
	if (rc >= 0)
		rc = hosttest_segment(HT_CS16 >> 3, HT_CODE, 0xffff, HT_CODE_XR);
	return rc < 0 ? rc : 0;
}

static int install_handlers(void)
{
	static const int signals[] = {SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSYS};
	const stack_t ss = {.ss_sp = alt_stack, .ss_size = sizeof(alt_stack)};
	struct sigaction sa = {
		.sa_sigaction = hosttest_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};

	if (sigaltstack(&ss, NULL) < 0)
		return -errno;
	for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (sigaction(signals[i], &sa, NULL) < 0)
			return -errno;
	return 0;
}

int hosttest_init(const char **what)
{
	int rc;

	*what = "arch_prctl(ARCH_GET_FS)";
	if (syscall(SYS_arch_prctl, ARCH_GET_FS, &ht_host_fs) < 0)
		return -errno;
	ht_use_wrfsbase = hosttest_fsgsbase();
	*what = "mmap at a low address";
	rc = map_all();
	if (rc)
		return rc;
	*what = "modify_ldt";
	rc = install_segments();
	if (rc)
		return rc;
	*what = "sigaltstack or sigaction";
	return install_handlers();
}

struct hosttest_in hosttest_flat32(void)
{
	return (struct hosttest_in){
		.gpr = {[4] = HT_STACK + 0xfff0},
		.eflags = 0x202,
		.cs = HT_CS32,
		.eip = HT_CODE,
		.ss = HT_DS32,
		.ds = HT_DS32,
		.es = HT_DS32,
		.fs = HT_DS32,
		.gs = HT_DS32,
	};
}

struct hosttest_in hosttest_real16(void)
{
	struct hosttest_in in = hosttest_flat32();

	in.cs = HT_CS16;
	in.eip = 0;
	in.ss = HT_SS16;
	in.gpr[4] = 0xfff0;
	return in;
}

void hosttest_code(const void *code, unsigned n)
{
	u8 *page = (u8 *)(uintptr_t)HT_CODE;

	memset(page, 0xf4, 4096);
	memcpy(page, code, n);
}

/* The run's end: let sigreturn go to 64-bit code on the host's stack.  The
 * segment selectors in the frame are CS, GS, FS, SS, 16 bits each. */
static void leave(ucontext_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;

	g[REG_RIP] = (greg_t)(uintptr_t)ht_leave_trap;
	g[REG_CSGSFS] = (g[REG_CSGSFS] & 0x0000ffffffff0000ll) | 0x33 | 0x2bll << 48;
	g[REG_EFL] = 0x202;
	g[REG_RSP] = (greg_t)ht_host_rsp;
}

void ht_trap(int sig, siginfo_t *si, void *arg)
{
	static const int order[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
				     REG_RSP, REG_RBP, REG_RSI, REG_RDI};
	ucontext_t *uc = arg;
	greg_t *g = uc->uc_mcontext.gregs;
	u16 cs = (u16)g[REG_CSGSFS];

	/* A fault of this process's own code is a bug: let it happen again without
	 * the handler. */
	if (!current || cs == 0x33) {
		signal(sig, SIG_DFL);
		return;
	}
	current->sig = sig;
	current->code = si->si_code;
	current->trapno = (u64)g[REG_TRAPNO];
	current->err = (u64)g[REG_ERR];
	current->rip = (u64)g[REG_RIP];
	current->rsp = (u64)g[REG_RSP];
	current->cr2 = (u64)g[REG_CR2];
	current->uc_flags = uc->uc_flags;
	current->eflags = (u32)g[REG_EFL];
	current->cs = cs;
	current->ss = (u16)((u64)g[REG_CSGSFS] >> 48);
	for (int i = 0; i < 8; i++)
		current->gpr[i] = (u32)g[order[i]];
	memcpy(current->live + HT_L_FLAGS, ht_live + HT_L_FLAGS,
	       sizeof(ht_live) - HT_L_FLAGS * sizeof(*ht_live));
	if (!current_hook || !current_hook(sig, si, uc))
		leave(uc);
}

void hosttest_run(const struct hosttest_in *in, struct hosttest_out *out, hosttest_hook *hook)
{
	*out = (struct hosttest_out){.sig = 0};
	memset(ht_live, 0, sizeof(ht_live));
	ht_in = *in;
	current = out;
	current_hook = hook;
	/* Rule 19: the code's FPU state is not the host's, in either direction. */
	__asm__ volatile("fxsave64 %0" : "=m"(host_fx));
	if (in->fx)
		__asm__ volatile("fxrstor64 %0" : : "m"(*(const u8(*)[512])in->fx));
	ht_enter();
	__asm__ volatile("fxsave64 %0" : "=m"(out->fx));
	__asm__ volatile("fxrstor64 %0" : : "m"(host_fx));
	current = NULL;
	if (out->sig)
		return;
	out->stub = true;
	memcpy(out->live, ht_live, sizeof(ht_live));
	for (int i = 0; i < 8; i++)
		out->gpr[i] = (u32)ht_live[i];
	out->eflags = (u32)ht_live[HT_L_FLAGS];
}
