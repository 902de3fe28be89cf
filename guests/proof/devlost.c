/* SPDX-License-Identifier: MIT
 * Ways to lose the machine, for device scripts: exceptions that nobody can take, each by
 * another way, end in shutdown, on which a PC resets (SDM vol. 3A section 6.15, "double
 * fault exception"; 4.3 and 7.3 for CR3; figure 7-2).
 */
#include "guests/proof/dev.h"
#include "guests/proof/runtime.h"

#define EMPTY_DIRECTORY (SYS_PAGES + 0x7000u) /* sys_init() cleared it */
#define SLOT            ((u16)(GDT_SYS_FIRST * 8u))
#define PRESENT         0x8000u

static void paging_on(void)
{
	u32 cr0;

	__asm__ volatile("mov %0, %%cr3" : : "r"(SYS_PAGES) : "memory");
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80000000u) : "memory");
}

static void put_slot(u32 base, u32 limit, u32 access_flags)
{
	gdt[2 * GDT_SYS_FIRST] = (limit & 0xffff) | base << 16;
	gdt[2 * GDT_SYS_FIRST + 1] = (base >> 16 & 0xff) | access_flags | (base & 0xff000000);
}

static void absent(unsigned vector)
{
	idt[2 * vector + 1] &= ~PRESENT;
}

static void undefined(void)
{
	__asm__ volatile("ud2" : : : "memory");
}

/* JMP to a task whose CR3 has a directory without entries. */
static void empty_task(void)
{
	static u32 task[26];
	const struct {
		u32 offset;
		u16 sel;
	} __attribute__((packed)) to = {0, SLOT};

	task[7] = EMPTY_DIRECTORY;
	task[9] = 2;
	task[19] = SEL_KCODE;
	task[20] = task[21] = SEL_KDATA;
	put_slot((u32)task, sizeof task - 1, 0x8900);
	__asm__ volatile("ljmp *%0" : : "m"(to) : "memory");
}

void dev_lose(u32 kind)
{
	paging_on();
	switch (kind) {
	case LOST_EMPTY_CR3:
		__asm__ volatile("mov %0, %%cr3" : : "r"(EMPTY_DIRECTORY) : "memory");
		break;
	case LOST_TASK_CR3:
		empty_task();
		break;
	case LOST_GATES: /* #UD, #NP for its gate, #NP for that of #NP, #DF: absent, too */
		absent(6);
		absent(8);
		absent(11);
		undefined();
		break;
	case LOST_STACK: /* one byte of stack */
		put_slot(0, 0, 0x409300);
		__asm__ volatile("mov %w0, %%ss\n\tpushl $0" : : "r"(SLOT) : "memory");
		break;
	case LOST_IDT_PAGE:
		((u32 *)(SYS_PAGES + 0x1000))[TABLES_IDT >> 12] = 0;
		__asm__ volatile("invlpg (%0)\n\tint3" : : "r"(TABLES_IDT) : "memory");
		break;
	case LOST_DF_TASK: /* #DF through a task gate whose TSS is busy */
		absent(6);
		absent(11);
		idt[16] = (u32)SEL_TSS << 16;
		idt[17] = 0x8500;
		undefined();
		break;
	default:
		triple_fault();
	}
	for (;;) /* not lost: nobody's watch is fed from here on */
		;
}
