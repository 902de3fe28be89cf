/* SPDX-License-Identifier: MIT
 * The small kernel: runs its user programs in groups, then says what came of
 * them.  Everything printed is the same on every machine and every run; what
 * depends on time is only checked.
 */
#include "guests/kernel/kernel.h"
#include "guests/lib/channel.h"

#define PROGRAM(n)                                                                                 \
	extern const u8 image_##n[], image_##n##_end[];                                            \
	static const struct program n = {#n, image_##n, image_##n##_end}
PROGRAM(faults);
PROGRAM(demand);
PROGRAM(cow);
PROGRAM(mail);
PROGRAM(sieve);
PROGRAM(hash);
PROGRAM(syscalls);

extern u32 work_sum;
extern u32 boot_directory[];
void kmain(void) __attribute__((noreturn));

static const struct program *const groups[][6] = {
	{&faults},
	{&demand},
	{&cow},
	{&mail},
	{&sieve, &hash, &syscalls},
	{&hash, &sieve, &hash, &syscalls, &sieve},
};

void kmain(void)
{
	u32 frames, bad = 0, ran = 0;

	channel_open();
	print("kernel: paging is on\n");
	/* The lower mapping of the kernel was for the change only. */
	for (int i = 0; i < 768; i++)
		boot_directory[i] = 0;
	__asm__ volatile("mov %0, %%cr3" : : "r"((u32)boot_directory - KERNEL_BASE) : "memory");
	frames_init();
	frames = frames_free();
	cpu_init();
	timer_init();
	for (u32 g = 0; g < sizeof(groups) / sizeof(*groups); g++) {
		for (int i = 0; i < 6 && groups[g][i]; i++) {
			process_create(groups[g][i]);
			ran++;
		}
		bad += processes_run();
		if (frames_free() != frames)
			panic("%d page frames are lost", (int)(frames - frames_free()));
	}
	if (preemptions < 20)
		panic("the timer took the CPU away only %u times", preemptions);
	print("kernel: %u programs, %u bad, preemption works, no page is lost\n", ran, bad);
	print("kernel: checksum %x\nkernel: done\n", work_sum);
	channel_exit(bad != 0);
}
