/* SPDX-License-Identifier: MIT
 * Classic BPF programs for seccomp(2).
 */
#include "refvmm/test_seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOAD(field)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_AT(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define SKIP_UNLESS(k, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (n))
#define RETURN(k)         BPF_STMT(BPF_RET | BPF_K, (k))

static void install(struct sock_filter *code, unsigned short n)
{
	struct sock_fprog prog = {.len = n, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
		perror("seccomp filter");
		_exit(99);
	}
}

void deny_call(int nr, int err)
{
	struct sock_filter code[] = {
		LOAD(arch),
		SKIP_UNLESS(AUDIT_ARCH_X86_64, 3),
		LOAD(nr),
		SKIP_UNLESS((u32)nr, 1),
		RETURN(SECCOMP_RET_ERRNO | (u32)err),
		RETURN(SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}

/* Four instructions: go on if the argument has the value, else skip `n` more. */
#define ARGUMENT(a, n)                                                                             \
	LOAD_AT(at(a)), SKIP_UNLESS((u32)(a).value, 2 + (n)), LOAD_AT(at(a) + 4),                  \
		SKIP_UNLESS((u32)((a).value >> 32), (n))

static u32 at(struct call_arg a)
{
	return (u32)(offsetof(struct seccomp_data, args) + 8 * a.index);
}

void deny_call_with(int nr, int err, struct call_arg a, struct call_arg b)
{
	struct sock_filter code[] = {
		LOAD(arch),
		SKIP_UNLESS(AUDIT_ARCH_X86_64, 11),
		LOAD(nr),
		SKIP_UNLESS((u32)nr, 9),
		ARGUMENT(a, 5),
		ARGUMENT(b, 1),
		RETURN(SECCOMP_RET_ERRNO | (u32)err),
		RETURN(SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}

void kill_call(int nr)
{
	struct sock_filter code[] = {
		LOAD(arch),
		SKIP_UNLESS(AUDIT_ARCH_X86_64, 3),
		LOAD(nr),
		SKIP_UNLESS((u32)nr, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		RETURN(SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}

void trap_i386_calls(void)
{
	struct sock_filter code[] = {
		LOAD(arch),
		SKIP_UNLESS(AUDIT_ARCH_I386, 1),
		RETURN(SECCOMP_RET_TRAP),
		RETURN(SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}
