/* SPDX-License-Identifier: MIT
 * Every trap comes here: timer, page faults, system calls by INT 80h, and what
 * kills a process.
 */
#include "guests/kernel/kernel.h"

enum { V_PF = 14, V_TIMER = 32, V_SPURIOUS = 39, V_SYSCALL = 128 };

static u32 read_cr2(void)
{
	u32 v;

	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

void trap(struct frame *f)
{
	bool user = f->cs & 3;
	u32 address;

	switch (f->vector) {
	case V_TIMER:
		timer_ack();
		if (user) { /* the kernel is not preempted */
			current->preempted++;
			preemptions += schedule();
		}
		return;
	case V_SPURIOUS:
		return;
	case V_SYSCALL:
		syscall(f, false);
		return;
	case V_PF:
		address = read_cr2();
		if (current && space_fault(current, address, f->error))
			return;
		if (user) {
			print("kernel: %s: page fault at %x, error %u\n", current->program->name,
			      address, f->error);
			process_exit(-114);
		}
		panic("page fault at %x, error %u, eip %x", address, f->error, f->eip);
	default:
		if (!user)
			panic("vector %u, error %u, eip %x", f->vector, f->error, f->eip);
		print("kernel: %s: vector %u, error %u\n", current->program->name, f->vector,
		      f->error);
		process_exit(-100 - (int)f->vector);
	}
}
