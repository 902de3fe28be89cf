/* SPDX-License-Identifier: MIT
 * The child that runs vectors.  State goes in and comes out through signal
 * frames as in conformance/native/, but one signal ends a vector and begins the
 * next one, so that a vector costs a fault and a return.
 *
 * The arena is mapped twice: at its linear addresses below 4 GiB with the page
 * protection of world.h, and writable where only this file writes.
 */
#include "conformance/capture/host.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "conformance/capture/make.h"

/* linux/asm uapi ucontext.h, which glibc does not repeat. */
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

#define ARENA_BYTES          (ARENA_HI - ARENA_LO)

void capture_entry(int sig, siginfo_t *info, void *uc);
u16 capture_sel[A_SREGS]; /* ORDER sreg; DS ES FS GS used */
int capture_signal(int sig, siginfo_t *info, void *uc);

static u8 *arena;    /* writable view; arena[lin - ARENA_LO] */
static u8 *backs[2]; /* what it holds between vectors, by version */
static const u8 *back;
static u8 *shadow; /* back with the bytes of the vector at hand */
static struct batch *volatile batch;
static volatile bool in_vector;
static bool paranoid; /* look at every page */
static u32 culprit;
static bool fx_dirty;
static mcontext_t host;
static u64 fs_base;

/* parent */
static struct batch *shared;
static unsigned shared_count;
static pid_t child;
static int to_child = -1, from_child = -1;
static unsigned oldest;
static char complaint[200];

static const int greg[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI};

static void enter(ucontext_t *uc, const struct vec *v)
{
	greg_t *g = uc->uc_mcontext.gregs;
	u8 *fx = (u8 *)uc->uc_mcontext.fpregs;
	unsigned i, k;

	for (i = 0; i < v->nmem; i++)
		for (k = 0; k < v->mem[i].len; k++) {
			u32 at = v->mem[i].lin + k - ARENA_LO;

			arena[at] = shadow[at] = v->pool[v->mem[i].at + k];
		}
	for (i = 0; i < 8; i++)
		g[greg[i]] = v->gpr[i];
	g[REG_RIP] = v->eip;
	g[REG_EFL] = v->eflags;
	g[REG_CSGSFS] = (greg_t)((u64)v->sel[A_CS] | (u64)v->sel[A_SS] << 48);
	uc->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	for (i = 0; i < A_SREGS; i++)
		capture_sel[i] = v->sel[i];
	if (v->fpu || fx_dirty) {
		memcpy(fx, v->fpu ? v->fx : fx_base, FX_END);
		fx_dirty = v->fpu;
	}
	in_vector = true;
}

static u32 linear_eip(const struct outcome *o)
{
	unsigned n = o->sel[A_CS] >> 3;

	return n < SG_COUNT ? case_segs[n].base + o->eip : 0;
}

/* What changed, and the arena as it was. */
static void collect(const struct vec *v, struct outcome *o)
{
	unsigned page, w, i, k;

	o->nmem = 0;
	for (w = 0; w < A_SREGS; w++)
		for (page = 0; page < 16; page++) {
			u32 at = w << 16 | page << 12;

			if (!(v->pages >> page & 1 || paranoid) ||
			    !memcmp(arena + at, shadow + at, 4096))
				continue;
			if (!(v->pages >> page & 1) && culprit == ~0u)
				culprit = batch->done;
			for (i = at; i < at + 4096; i++) {
				if (arena[i] == shadow[i])
					continue;
				if (o->nmem < OUT_MEM_MAX) {
					o->mem[o->nmem].lin = ARENA_LO + i;
					o->mem[o->nmem].b = arena[i];
				}
				o->nmem++;
				arena[i] = shadow[i] = back[i];
			}
		}
	for (i = 0; i < v->nmem; i++)
		for (k = 0; k < v->mem[i].len; k++) {
			u32 at = v->mem[i].lin + k - ARENA_LO;

			arena[at] = shadow[at] = back[at];
		}
}

static void leave(ucontext_t *uc, const struct vec *v, struct outcome *o)
{
	greg_t *g = uc->uc_mcontext.gregs;
	unsigned i;
	u32 lin;

	in_vector = false;
	for (i = 0; i < 8; i++)
		o->gpr[i] = (u32)g[greg[i]];
	o->eip = (u32)g[REG_RIP];
	o->eflags = (u32)g[REG_EFL];
	o->trap = (u8)g[REG_TRAPNO];
	o->error = (u16)g[REG_ERR];
	o->cr2 = o->trap == 14 ? (u32)g[REG_CR2] : 0;
	for (i = 0; i < A_SREGS; i++)
		o->sel[i] = capture_sel[i];
	o->sel[A_CS] = (u16)g[REG_CSGSFS];
	o->sel[A_SS] = (u16)((u64)g[REG_CSGSFS] >> 48);
	if (v->fpu)
		memcpy(o->fx, uc->uc_mcontext.fpregs, FX_BYTES);
	lin = linear_eip(o);
	o->done = o->trap == 13 && o->error == 0 &&
		  (o->eip != v->eip || o->sel[A_CS] != v->sel[A_CS]) && world_page(lin) &&
		  arena[lin - ARENA_LO] == 0xf4;
	collect(v, o);
}

/* Called from entry.S; returns whether the frame resumes a vector.  No
 * thread-local storage here, and no lazy binding, which uses it (build.mk). */
int capture_signal(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	void *fpregs = uc->uc_mcontext.fpregs;

	if (in_vector) {
		leave(uc, &batch->v[batch->done], &batch->o[batch->done]);
		batch->done++;
	} else if (sig == SIGTRAP && batch && batch->done == 0) {
		memcpy(&host, &uc->uc_mcontext, sizeof host);
		fx_dirty = true;
	} else { /* a fault of our own */
		_exit(3);
	}
	if (batch->done < batch->n) {
		enter(uc, &batch->v[batch->done]);
		return 1;
	}
	memcpy(&uc->uc_mcontext, &host, sizeof host);
	uc->uc_mcontext.fpregs = fpregs;
	uc->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	syscall(SYS_arch_prctl, ARCH_SET_FS, fs_base);
	return 0;
}

static bool set_ldt(unsigned n)
{
	const struct seg_def *s = &case_segs[n];
	struct user_desc d = {
		.entry_number = n,
		.base_addr = s->base,
		.limit = s->limit,
		.seg_32bit = (s->flags & 4) != 0,
		.contents = s->access & 8   ? 2
			    : s->access & 4 ? 1
					    : 0,
		.read_exec_only = !(s->access & 2),
		.limit_in_pages = (s->flags & 8) != 0,
		.seg_not_present = !(s->access & 0x80),
	};

	return (int)syscall(SYS_modify_ldt, 0x11, &d, sizeof d) == 0;
}

static const char *map_arena(void)
{
	int fd = memfd_create("arena", MFD_CLOEXEC);
	unsigned version;
	u32 lin;

	if (fd < 0 || ftruncate(fd, ARENA_BYTES))
		return "no memory file";
	arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (arena == MAP_FAILED)
		return "cannot map the arena";
	for (lin = ARENA_LO; lin < ARENA_HI; lin += 0x1000) {
		int prot = PROT_READ | PROT_EXEC;
		void *at = (void *)(uintptr_t)lin;

		if (!world_page(lin))
			continue;
		if ((lin >> 12 & 15) != WORLD_RO_PAGE)
			prot |= PROT_WRITE;
		if (mmap(at, 0x1000, prot, MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE, fd,
			 lin - ARENA_LO) != at)
			return "cannot map the arena at its addresses";
	}
	close(fd);
	for (version = 0; version < 2; version++) {
		backs[version] = malloc(ARENA_BYTES);
		if (!backs[version])
			return "out of memory";
		for (lin = ARENA_LO; lin < ARENA_HI; lin++)
			backs[version][lin - ARENA_LO] = world_background(version, lin);
	}
	shadow = malloc(ARENA_BYTES);
	return shadow ? NULL : "out of memory";
}

#define ALLOW(nr)                                                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static const char *lock_down(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(__NR_rt_sigreturn),
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW(__NR_arch_prctl),
		ALLOW(__NR_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog p = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p))
		return "no seccomp filter";
	return NULL;
}

static const char *child_init(void)
{
	static const int sigs[] = {SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE};
	struct sigaction sa = {.sa_sigaction = capture_entry,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	stack_t st = {.ss_size = 1 << 17};
	const char *bad = map_arena();
	unsigned i;

	if (bad)
		return bad;
	st.ss_sp =
		mmap(NULL, st.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (st.ss_sp == MAP_FAILED || sigaltstack(&st, NULL))
		return "cannot set up a signal stack";
	for (i = 0; i < SG_COUNT; i++)
		if (world_segment(i) && !set_ldt(i))
			return errno == ENOSYS ? "the kernel has no modify_ldt"
					       : "modify_ldt refuses a segment";
	if (syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_base))
		return "arch_prctl does not work";
	for (i = 0; i < sizeof sigs / sizeof *sigs; i++)
		sigaction(sigs[i], &sa, NULL);
	return lock_down();
}

static void run_batch(struct batch *b)
{
	static const u32 mxcsr = 0x1f80;

	back = backs[b->version & 1];
	memcpy(arena, back, ARENA_BYTES);
	memcpy(shadow, back, ARENA_BYTES);
	b->done = 0;
	batch = b;
	if (b->n) /* general registers come back, those of the FPU do not */
		__asm__ volatile("int3\n\tfninit\n\tldmxcsr %0" ::"m"(mxcsr)
				 : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
				   "xmm7");
	batch = NULL;
}

/* A write outside the pages of its vector is a fault of the generator: find
 * out whose. */
static void check_batch(struct batch *b)
{
	if (!memcmp(arena, back, ARENA_BYTES))
		return;
	paranoid = true;
	culprit = ~0u;
	run_batch(b);
	b->done = culprit;
	_exit(4);
}

static void child_main(int in, int out)
{
	const char *bad = child_init();
	u8 c = bad ? 1 : 0;

	if (write(out, &c, 1) != 1)
		_exit(2);
	if (bad) {
		if (write(out, bad, strlen(bad)) < 0)
			_exit(2);
		_exit(1);
	}
	while (read(in, &c, 1) == 1) {
		run_batch(&shared[c]);
		check_batch(&shared[c]);
		if (write(out, &c, 1) != 1)
			_exit(2);
	}
	_exit(0);
}

const char *host_start(struct batch **batches, unsigned count)
{
	int down[2], up[2];
	u8 c;
	ssize_t n;

	shared = mmap(NULL, count * sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		return "out of memory or files";
	shared_count = count;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return "cannot fork";
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(down[1]);
		close(up[0]);
		child_main(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	to_child = down[1];
	from_child = up[0];
	oldest = 0;
	if (read(from_child, &c, 1) != 1)
		return "the child died while it started";
	if (c) {
		n = read(from_child, complaint, sizeof complaint - 1);
		complaint[n > 0 ? n : 0] = 0;
		return complaint;
	}
	*batches = shared;
	return NULL;
}

void host_submit(unsigned i)
{
	u8 c = (u8)i;

	shared[i].done = 0;
	if (write(to_child, &c, 1) != 1)
		return; /* host_wait() says why */
}

static const char *how_it_died(void)
{
	int status = 0;

	waitpid(child, &status, 0);
	child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		return "it wrote outside its pages";
	if (WIFEXITED(status))
		snprintf(complaint, sizeof complaint, "the child ended with code %d",
			 WEXITSTATUS(status));
	else
		snprintf(complaint, sizeof complaint, "the child was killed by signal %d",
			 WTERMSIG(status));
	return complaint;
}

const char *host_wait(void)
{
	struct pollfd p = {.fd = from_child, .events = POLLIN};
	u32 before;
	u8 c;

	do { /* progress, not time, decides: this machine may be busy */
		before = __atomic_load_n(&shared[oldest].done, __ATOMIC_RELAXED);
		if (poll(&p, 1, 20000) > 0)
			break;
		if (before == __atomic_load_n(&shared[oldest].done, __ATOMIC_RELAXED)) {
			kill(child, SIGKILL);
			how_it_died();
			return "the vector does not end";
		}
	} while (1);
	if (read(from_child, &c, 1) != 1)
		return how_it_died();
	oldest = (oldest + 1) % shared_count;
	return NULL;
}

void host_stop(void)
{
	if (to_child >= 0)
		close(to_child);
	if (child > 0)
		waitpid(child, NULL, 0);
	if (from_child >= 0)
		close(from_child);
	if (shared)
		munmap(shared, shared_count * sizeof *shared);
	to_child = from_child = -1;
	child = 0;
	shared = NULL;
}
