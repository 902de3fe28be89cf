/* SPDX-License-Identifier: MIT
 * The jail of a mutant: resource limits, and a seccomp filter that kills the
 * process on any 32-bit system call (guest code that got out would make those)
 * and on the 64-bit ones that reach other processes or remove files.  See
 * seccomp(2), BPF program over struct seccomp_data.  BT_MUTANT_SECONDS is the limit of
 * processor time, 45 without it.
 */
#include "bt/emit.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define KILL        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define KILL_IF(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), KILL

static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
	KILL,
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
	KILL,
	KILL_IF(__NR_execve),
	KILL_IF(__NR_execveat),
	KILL_IF(__NR_unlink),
	KILL_IF(__NR_unlinkat),
	KILL_IF(__NR_rename),
	KILL_IF(__NR_renameat),
	KILL_IF(__NR_renameat2),
	KILL_IF(__NR_rmdir),
	KILL_IF(__NR_truncate),
	KILL_IF(__NR_ptrace),
	KILL_IF(__NR_process_vm_writev),
	KILL_IF(__NR_socket),
	KILL_IF(__NR_mount),
	KILL_IF(__NR_umount2),
	KILL_IF(__NR_reboot),
	KILL_IF(__NR_init_module),
	KILL_IF(__NR_finit_module),
	KILL_IF(__NR_kexec_load),
	KILL_IF(__NR_iopl),
	KILL_IF(__NR_ioperm),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static bool limit(int resource, rlim_t max)
{
	struct rlimit l = {max, max};

	return !setrlimit(resource, &l);
}

void mut_jail(void)
{
	struct sock_fprog prog = {sizeof(filter) / sizeof(filter[0]), (struct sock_filter *)filter};
	const char *seconds = getenv("BT_MUTANT_SECONDS");

	if (!limit(RLIMIT_CPU, seconds ? strtoul(seconds, NULL, 10) : 45) ||
	    !limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 1ull << 31) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog)) {
		fputs("BT_MUTANT: the jail cannot be built\n", stderr);
		_exit(70);
	}
}
