/* SPDX-License-Identifier: MIT
 * GDT, IDT, one TSS for the kernel's stack, and the registers of SYSENTER.
 * Intel SDM volume 3A, chapters 3, 6 and 7; section 5.8.7.
 */
#include "guests/kernel/kernel.h"

enum { MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP };

static u64 gdt[6], idt[129];

static struct {
	u32 link, esp0, ss0, rest[22];
	u16 trap, iomap;
} tss;

/* SYSENTER loads the address of this into ESP. */
static u32 kernel_stack_top;

static u64 segment(u32 base, u32 limit, u32 access, u32 flags)
{
	return (u64)(base >> 24) << 56 | (u64)flags << 52 | (u64)(limit >> 16 & 15) << 48 |
	       (u64)access << 40 | (u64)(base & 0xffffff) << 16 | (limit & 0xffff);
}

static void gate(int vector, u32 stub, u32 access)
{
	idt[vector] = (u64)(stub >> 16) << 48 | (u64)access << 40 | (u64)SEL_KCODE << 16 |
		      (stub & 0xffff);
}

static void wrmsr(u32 msr, u32 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

bool cpu_has_sysenter(void)
{
	u32 flags, a, b, c, d;

	/* CPUID itself: can EFLAGS.ID be changed? */
	__asm__("pushfl; pop %0; mov %0, %1; xor $0x200000, %0; push %0; popfl; pushfl; pop %0"
		: "=&r"(flags), "=&r"(a));
	if (!((flags ^ a) & 0x200000))
		return false;
	__asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1));
	/* The Pentium Pro announces SEP without having it. */
	return (d >> 11 & 1) && !((a >> 8 & 15) == 6 && (a >> 4 & 15) < 3 && (a & 15) < 3);
}

void cpu_kernel_stack(u32 top)
{
	tss.esp0 = kernel_stack_top = top;
}

void cpu_init(void)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) r;

	gdt[SEL_KCODE / 8] = segment(0, 0xfffff, 0x9b, 0xc);
	gdt[SEL_KDATA / 8] = segment(0, 0xfffff, 0x93, 0xc);
	gdt[SEL_UCODE / 8] = segment(0, 0xfffff, 0xfb, 0xc);
	gdt[SEL_UDATA / 8] = segment(0, 0xfffff, 0xf3, 0xc);
	gdt[SEL_TSS / 8] = segment((u32)&tss, sizeof(tss) - 1, 0x89, 0);
	tss.ss0 = SEL_KDATA;
	tss.iomap = sizeof(tss);
	r.limit = sizeof(gdt) - 1;
	r.base = (u32)gdt;
	__asm__ volatile("lgdt %0" : : "m"(r));
	__asm__ volatile("ljmp %0, $1f; 1: mov %1, %%ds; mov %1, %%es; mov %1, %%ss; mov %2, %%fs;"
			 "mov %2, %%gs"
			 :
			 : "i"(SEL_KCODE), "r"(SEL_KDATA), "r"(0));
	for (int v = 0; v <= 48; v++)
		gate(v, trap_stubs[v], 0x8e);
	gate(3, trap_stubs[3], 0xee);
	gate(128, trap_stubs[49], 0xee);
	r.limit = sizeof(idt) - 1;
	r.base = (u32)idt;
	__asm__ volatile("lidt %0" : : "m"(r));
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	if (cpu_has_sysenter()) {
		wrmsr(MSR_SYSENTER_CS, SEL_KCODE);
		wrmsr(MSR_SYSENTER_ESP, (u32)&kernel_stack_top);
		wrmsr(MSR_SYSENTER_EIP, (u32)sysenter_entry);
	}
}
