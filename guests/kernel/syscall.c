/* SPDX-License-Identifier: MIT
 * System calls (user/calls.h).  User memory is read and written at its own
 * addresses after a look at the range; pages come on demand on the way.
 */
#include "guests/kernel/kernel.h"
#include "guests/kernel/user/calls.h"
#include "guests/lib/crc32.h"

u32 work_sum; /* checksum over what processes report */

static bool user_range(u32 address, u32 n)
{
	return n <= KERNEL_BASE && address <= KERNEL_BASE - n;
}

static u32 do_print(u32 text, u32 n)
{
	if (n > 200 || !user_range(text, n))
		return (u32)-1;
	for (u32 i = 0; i < n; i++)
		print("%c", ((const char *)text)[i]);
	return n;
}

static u32 do_wait(u32 where)
{
	int status = 0, pid;

	if (!user_range(where, 4))
		return (u32)-1;
	pid = process_wait(&status);
	*(volatile int *)where = status;
	return (u32)pid;
}

static u32 do_send(int pid, u32 word)
{
	struct process *p = process_find(pid);

	if (!p || p->state == DEAD || p->has_mail)
		return (u32)-1;
	p->mail = word;
	p->has_mail = 1;
	if (p->state == RECEIVING)
		p->state = READY;
	return 0;
}

static u32 do_receive(void)
{
	while (!current->has_mail) {
		current->state = RECEIVING;
		schedule();
	}
	current->has_mail = 0;
	return current->mail;
}

static u32 do_brk(u32 bytes)
{
	if (bytes > HEAP_BYTES)
		return (u32)-1;
	current->heap = bytes;
	return 0;
}

static u32 do_report(u32 word)
{
	/* Independent of the order in which processes report. */
	work_sum += crc32_add(0, &word, 4);
	return 0;
}

void syscall(struct frame *f, bool fast)
{
	current->calls[fast]++;
	switch (f->eax) {
	case SYS_EXIT:
		process_exit((int)f->ebx);
	case SYS_PRINT:
		f->eax = do_print(f->ebx, f->esi);
		break;
	case SYS_PID:
		f->eax = (u32)current->pid;
		break;
	case SYS_FORK:
		f->eax = (u32)process_fork(f);
		break;
	case SYS_WAIT:
		f->eax = do_wait(f->ebx);
		break;
	case SYS_BRK:
		f->eax = do_brk(f->ebx);
		break;
	case SYS_SEND:
		f->eax = do_send((int)f->ebx, f->esi);
		break;
	case SYS_RECEIVE:
		f->eax = do_receive();
		break;
	case SYS_YIELD:
		schedule();
		f->eax = 0;
		break;
	case SYS_PREEMPTED:
		f->eax = current->preempted;
		break;
	case SYS_FAULTS:
		f->eax = current->faults;
		break;
	case SYS_COPIES:
		f->eax = current->copies;
		break;
	case SYS_REPORT:
		f->eax = do_report(f->ebx);
		break;
	case SYS_FAST:
		f->eax = cpu_has_sysenter();
		break;
	default:
		f->eax = (u32)-1;
	}
}

/* From trap_stubs.asm. */
void syscall_fast(struct frame *f);
void syscall_fast(struct frame *f)
{
	syscall(f, true);
}
