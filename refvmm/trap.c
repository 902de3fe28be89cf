/* SPDX-License-Identifier: MIT
 * Host signals.  A fault in guest context is the trap path (host rule 1): the
 * handler moves the guest's state from the signal frame into the vCPU and
 * returns from enter_guest() instead of from the signal, which halves its cost
 * (host rule 18).  Host segment registers other than CS and SS are not in the
 * frame and are reloaded at the next entry (host rule 3).
 *
 * The alarm only notes that something is due; if it hits guest context the
 * guest's state is saved the same way and the loop decides what to do.
 */
#include "refvmm/vm.h"

#include "refvmm/monstring.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define SIGNAL_STACK 65536

extern u64 host_fs_base;
extern char enter_guest_end[];
void signal_entry(void);
void leave_guest(struct vcpu *v) __attribute__((noreturn));
void signal_handler(int sig, siginfo_t *info, void *context);

static struct vm *the_vm; /* signal handlers have no argument of ours */

static const u8 sync_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

/* ORDER gpr */
static const u8 greg_of[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
			      REG_RSP, REG_RBP, REG_RSI, REG_RDI};

/* A fault in our own code: say where and end; nothing can be trusted. */
static void die(int sig, const greg_t *g)
{
	static const char hex[] = "0123456789abcdef";
	char text[] = "refvmm: internal error: signal 00 at 0x0000000000000000 address "
		      "0x0000000000000000\n";
	u64 rip = (u64)g[REG_RIP] - (u64)(uintptr_t)enter_guest, cr2 = (u64)g[REG_CR2];

	text[31] = (char)('0' + sig / 10);
	text[32] = (char)('0' + sig % 10);
	for (int k = 0; k < 16; k++) {
		text[39 + k] = hex[rip >> (60 - 4 * k) & 15];
		text[66 + k] = hex[cr2 >> (60 - 4 * k) & 15];
	}
	__asm__ volatile("syscall"
			 :
			 : "a"(SYS_write), "D"(2L), "S"(text), "d"(sizeof(text) - 1)
			 : "rcx", "r11", "memory");
	__asm__ volatile("syscall" : : "a"(SYS_exit_group), "D"(14L) : "rcx", "r11");
	__builtin_unreachable();
}

__attribute__((no_sanitize("address", "undefined"))) void signal_handler(int sig, siginfo_t *info,
									 void *context)
{
	ucontext_t *uc = context;
	const greg_t *g = uc->uc_mcontext.gregs;
	struct vm *vm = the_vm;
	struct vcpu *v = vm->v;
	u16 cs = (u16)g[REG_CSGSFS];

	if (sig == SIGALRM) {
		v->irq_pending |= PENDING_ALARM;
		/* Not the repetitions of vtime_arm_soon(): they are no samples. */
		if (vm->armed)
			vm->bt->stat[cs == LDT_SEL(LDT_TC) ? ST_alarm_tc
				     : vm->waiting         ? ST_alarm_wait
							   : ST_alarm_monitor]++;
	}
	if (cs != LDT_SEL(LDT_TC)) {
		if (sig != SIGALRM)
			die(sig, g);
		/* Between the loop's last look at irq_pending and the jump into
		 * the TC the note would be missed until the next alarm. */
		if (vm->in_guest)
			vtime_arm_soon(vm);
		return;
	}
	for (int r = 0; r < 8; r++)
		v->gpr[r] = (u32)g[greg_of[r]];
	v->hwflags = (u32)g[REG_EFL];
	mon_copy(vm->fpu, uc->uc_mcontext.fpregs, sizeof(vm->fpu));
	vm->fpu_saved = true;
#ifndef WITHOUT_RELOAD_AFTER_SIGNAL
	v->seg_dirty = 0xff;
#endif
	vm->trap.rip = (u32)g[REG_RIP];
	vm->trap.trapno = (u32)g[REG_TRAPNO];
	vm->trap.error = (u32)g[REG_ERR];
	vm->trap.cr2 = (u32)g[REG_CR2];
	vm->trap.exit_code = v->exit_code; /* a stub may just have set it */
	v->exit_code = sig == SIGALRM ? EXIT_ASYNC : EXIT_TRAP;
	leave_guest(v);
}

bool trap_init(struct vm *vm)
{
	struct sigaction sa = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
	stack_t ss = {.ss_size = SIGNAL_STACK};

	if (!(getauxval(AT_HWCAP2) & 2)) /* HWCAP2_FSGSBASE */
		return false;
	__asm__ volatile("rdfsbase %0" : "=r"(host_fs_base));
	/* Above 4 GiB, or the guest could be made to write on it. */
	ss.ss_sp = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (ss.ss_sp == MAP_FAILED || (u64)ss.ss_sp >> 32 == 0 || sigaltstack(&ss, NULL))
		return false;
	the_vm = vm;
	sa.sa_sigaction = (void (*)(int, siginfo_t *, void *))signal_entry;
	sigemptyset(&sa.sa_mask);
	for (size_t k = 0; k < sizeof(sync_signals); k++)
		if (sigaction(sync_signals[k], &sa, NULL))
			return false;
	return sigaction(SIGALRM, &sa, NULL) == 0;
}
