/* SPDX-License-Identifier: MIT
 * Running cases on the host CPU.  The state of a case enters through a signal
 * frame (SIGUSR1 raised by ourselves) and comes back in the frame of the
 * signal that its trap raises: SIGTRAP for the INT3 behind the instruction,
 * else SIGSEGV, SIGILL, SIGFPE or SIGBUS with the trap number, error code and
 * all registers in uc_mcontext.
 */
#include "conformance/native/native.h"
#include "conformance/oracle.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* linux/asm uapi ucontext.h, which glibc does not repeat. */
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

/* entry.S */
void native_entry(int sig, siginfo_t *info, void *uc);
u16 native_sel[A_SREGS]; /* ORDER sreg; DS ES FS GS used */
u64 native_fs_base;
int native_signal(int sig, siginfo_t *info, void *uc);

static u8 shadow[WIN_LIN_LIMIT];
static bool low_mapped;
/* raise() is declared a leaf function: without volatile the compiler believes
 * that the handler cannot look at these. */
static const struct tcase *volatile current;
static mcontext_t host;
static volatile struct {
	u32 gpr[8], eip, eflags, trap, error;
	u16 sel[A_SREGS];
} out;

static const int greg[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI};

static u8 *live(u32 lin)
{
	return (u8 *)(uintptr_t)lin;
}

/* Real-mode segments become 16-bit ones of the same base and limit, those of CPL 0 their
 * twins of CPL 3 (SEL_CPL3() of the same segment). */
static u16 host_sel(const struct tcase *t, unsigned sreg)
{
	static const u8 as_pm16[A_SREGS] = {SG_ES, SG_CODE16, SG_SS16, SG_DS, SG_FS, SG_GS};

	u16 sel = t->sel[sreg];

	if (t->mode == CM_REAL16)
		return SEL_CPL3(as_pm16[sreg]);
	if (t->cpl || sel < SEL_CPL0(0) || sel >= SEL_CPL0(SG_COUNT))
		return sel;
	return SEL_CPL3((sel >> 3) - GDT_CASE_FIRST);
}

static void enter_case(ucontext_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;
	const struct tcase *t = current;
	unsigned i;

	memcpy(&host, &uc->uc_mcontext, sizeof host);
	for (i = 0; i < 8; i++)
		g[greg[i]] = t->gpr[i];
	g[REG_RIP] = case_default_eip(t->mode);
	g[REG_EFL] = t->eflags | F_IF;
	g[REG_CSGSFS] = (greg_t)((u64)host_sel(t, A_CS) | (u64)host_sel(t, A_SS) << 48);
	uc->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	for (i = 0; i < A_SREGS; i++)
		native_sel[i] = host_sel(t, i);
}

static void leave_case(ucontext_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;
	void *fpregs = uc->uc_mcontext.fpregs;
	unsigned i;

	for (i = 0; i < 8; i++)
		out.gpr[i] = (u32)g[greg[i]];
	out.eip = (u32)g[REG_RIP];
	out.eflags = (u32)g[REG_EFL];
	out.trap = (u32)g[REG_TRAPNO];
	out.error = (u32)g[REG_ERR];
	for (i = 0; i < A_SREGS; i++)
		out.sel[i] = native_sel[i];
	out.sel[A_CS] = (u16)g[REG_CSGSFS];
	out.sel[A_SS] = (u16)((u64)g[REG_CSGSFS] >> 48);
	memcpy(&uc->uc_mcontext, &host, sizeof host);
	uc->uc_mcontext.fpregs = fpregs;
	uc->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
}

/* Called from entry.S; returns whether the frame resumes a case. */
int native_signal(int sig, siginfo_t *info, void *context)
{
	if (sig == SIGUSR1) {
		enter_case(context);
		return 1;
	}
	if (!current) { /* a fault of our own: let it kill us */
		signal(sig, SIG_DFL);
		return 0;
	}
	leave_case(context);
	return 0;
}

static bool set_ldt(unsigned n)
{
	const struct seg_def *s = &case_segs[n];
	bool code = s->access & 8;
	struct user_desc d = {
		.entry_number = n,
		.base_addr = s->base,
		.limit = s->limit,
		.seg_32bit = (s->flags & 4) != 0,
		.contents = code              ? 2
			    : (s->access & 4) ? 1
					      : 0,
		.read_exec_only = !(s->access & 2),
		.limit_in_pages = (s->flags & 8) != 0,
		.seg_not_present = !(s->access & 0x80),
	};

	return syscall(SYS_modify_ldt, 0x11, &d, sizeof d) == 0;
}

static bool map_at(u32 lin, u32 size)
{
	void *p = mmap(live(lin), size, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return p == live(lin);
}

const char *native_init(void)
{
	static const int sigs[] = {SIGUSR1, SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE};
	struct sigaction sa = {.sa_sigaction = native_entry,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	stack_t st = {.ss_size = 1 << 16};
	unsigned i;
	u32 lin;

	if (!map_at(ARENA_LO, ARENA_HI + 0x1000 - ARENA_LO))
		return "cannot map the arena at its addresses";
	low_mapped = map_at(0x1000, 0x1000);
	st.ss_sp =
		mmap(NULL, st.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (st.ss_sp == MAP_FAILED || sigaltstack(&st, NULL))
		return "cannot set up a signal stack";
	for (i = 0; i < SG_COUNT; i++)
		if (i != SG_CONF && i != SG_RING0 && !set_ldt(i))
			return errno == ENOSYS ? "the kernel has no modify_ldt"
					       : "modify_ldt refuses a segment";
	if (syscall(SYS_arch_prctl, ARCH_GET_FS, &native_fs_base))
		return "arch_prctl does not work";
	for (i = 0; i < sizeof sigs / sizeof *sigs; i++)
		sigaction(sigs[i], &sa, NULL);
	for (lin = ARENA_LO; lin < WIN_LIN_LIMIT; lin++)
		shadow[lin] = *live(lin) = arena_background(lin);
	return NULL;
}

const char *native_not_applicable(const struct tcase *t)
{
	unsigned i;

	if (oracle_no_silicon(t))
		return oracle_no_silicon(t);
	for (i = 0; i < t->nmem; i++)
		if (t->mem[i].lin < 0x1000 || (t->mem[i].lin < ARENA_LO && !low_mapped))
			return "low memory cannot be mapped on this host";
	return NULL;
}

static void poke(u32 lin, u8 v)
{
	*live(lin) = v;
	shadow[lin] = v;
}

static u8 background(u32 lin)
{
	return lin < ARENA_LO ? 0 : arena_background(lin);
}

static void setup(const struct tcase *t, bool undo)
{
	unsigned i, k;

	for (i = 0; i < t->code_len; i++)
		poke(CASE_CS_BASE + CASE_OFF + i, undo ? 0xcc : t->code[i]);
	for (i = 0; i < t->nmem; i++)
		for (k = 0; k < t->mem[i].len; k++) {
			u32 lin = t->mem[i].lin + k;

			poke(lin, undo ? background(lin) : t->mem[i].b[k]);
		}
}

static bool mapped(u32 lin)
{
	return lin >= ARENA_LO || (low_mapped && lin >= 0x1000);
}

/* In the guest the trap frame of a CPL 0 case lies there, and is put back. */
static u32 frame_end, frame_bytes;

static bool differs(u32 lin)
{
	return mapped(lin) && *live(lin) != shadow[lin] && frame_end - lin - 1 >= frame_bytes;
}

/* Same windows, same runs as guests/proof/case.c. */
static void scan(struct result *r)
{
	unsigned w;

	for (w = 0; w < WIN_COUNT; w++) {
		u32 lo, hi;

		for (arena_window(w, &lo, &hi); lo < hi; lo++) {
			struct result_run *run = &r->run[r->nruns];

			if (!differs(lo) || r->nruns > RES_MAX_RUNS)
				continue;
			run->lin = lo;
			for (run->n = 0; run->n < RES_MAX_RUN && lo + run->n < hi; run->n++) {
				if (!differs(lo + run->n))
					break;
				run->b[run->n] = *live(lo + run->n);
			}
			lo += run->n - 1u;
			r->nruns++;
		}
	}
}

static void restore(const struct tcase *t)
{
	u32 lin;

	setup(t, true);
	if (low_mapped)
		memset(live(0x1000), 0, 0x1000);
	if (memcmp(live(ARENA_LO), shadow + ARENA_LO, WIN_LIN_LIMIT - ARENA_LO))
		for (lin = ARENA_LO; lin < WIN_LIN_LIMIT; lin++)
			poke(lin, background(lin));
}

static bool pushes_error(u32 v)
{
	return v == 8 || (v >= 10 && v <= 14) || v == 17;
}

const char *native_run(const struct tcase *t, struct result *r)
{
	bool real = t->mode == CM_REAL16, other = real || !t->cpl;
	unsigned i;

	memset(r, 0, sizeof *r);
	setup(t, false);
	current = t;
	raise(SIGUSR1);
	current = NULL;

	r->vector = (u8)out.trap;
	r->has_error = !real && pushes_error(out.trap);
	r->error = r->has_error ? out.error : 0;
	r->eip = out.eip;
	r->eflags = out.eflags & 0xffffff;
	for (i = 0; i < 8; i++)
		r->gpr[i] = out.gpr[i];
	for (i = 0; i < A_SREGS; i++)
		r->sel[i] = other && out.sel[i] == host_sel(t, i) ? t->sel[i] : out.sel[i];
	if (!real && !t->cpl) /* a process always has IF set */
		r->eflags = (r->eflags & ~(u32)F_IF) | (t->eflags & F_IF);
	if (real) /* 16-bit image; a process always has IF set */
		r->eflags = (out.eflags & 0xffff & ~(u32)F_IF) | (t->eflags & F_IF);
	frame_bytes = t->cpl ? 0 : real ? 48 : 68;
	frame_end = case_default_base(t->mode, A_SS) +
		    (t->mode == CM_PM16 || real ? r->gpr[A_ESP] & 0xffff : r->gpr[A_ESP]);
	scan(r);
	restore(t);
	return out.trap == 14 ? "page fault: it left the mapped memory" : NULL;
}
