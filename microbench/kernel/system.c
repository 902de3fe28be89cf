/* SPDX-License-Identifier: MIT
 * Instructions that a virtual machine monitor cannot simply copy: interrupt
 * flag, ports, software interrupts, segments, far transfers, processor queries.
 * Values that differ between machines (ports, TSC, CPUID) stay out of the
 * checksum.  The handlers are in guest/idt.S.
 */
#include "microbench/kernel.h"

u32 k_clisti(u32 n)
{
	u32 fl;

	for (u32 i = n; i; i--)
		__asm__ volatile("cli\n\tsti" : : : "memory");
	/* IF is set now and is put back as the runtime wants it. */
	__asm__ volatile("pushfl\n\tpopl %0\n\tcli" : "=r"(fl) : : "memory");
	return n ^ (fl & 0x200);
}

u32 k_pushfpopf(u32 n)
{
	u32 fl;

	for (u32 i = n; i; i--)
		__asm__ volatile("pushfl\n\tpopfl" : : : "cc", "memory");
	__asm__ volatile("xorl %0, %0\n\tpushfl\n\tpopl %0" : "=r"(fl) : : "cc");
	return n ^ (fl & 0x8c5); /* not AF: XOR leaves it undefined */
}

u32 k_inout(u32 n)
{
	for (u32 i = n; i; i--) {
		u8 byte = (u8)i;

		__asm__ volatile("outb %0, $0x80\n\tinb $0x80, %0" : "+a"(byte));
	}
	return n;
}

u32 k_intiret(u32 n)
{
	u32 seen = 0;

	for (u32 i = n; i; i--)
		__asm__ volatile("int $0x40" : "+b"(seen) : : "memory");
	return seen;
}

/* The handler counts in EBX and goes back to EDX with the stack in ECX. */
u32 k_sysenter(u32 n)
{
	u32 seen = 0;

	for (u32 i = n; i; i--)
		__asm__ volatile("movl $1f, %%edx\n\t"
				 "movl %%esp, %%ecx\n\t"
				 "sysenter\n"
				 "1:"
				 : "+b"(seen)
				 :
				 : "ecx", "edx", "memory", "cc");
	return seen;
}

u32 k_segload(u32 n)
{
	u32 ds, now;

	__asm__ volatile("movl %%ds, %0" : "=r"(ds));
	for (u32 i = n; i; i--)
		__asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es" : : "r"(ds) : "memory");
	__asm__ volatile("movl %%es, %0" : "=r"(now));
	return n ^ (now != ds);
}

u32 k_farcall(u32 n)
{
	struct far_ptr target;
	u32 cs, off, seen = 0;

	__asm__ volatile("movl %%cs, %0\n\t"
			 "movl $1f, %1\n\t"
			 "jmp 2f\n"
			 "1:\tincl %%ebx\n\t"
			 "lretl\n"
			 "2:"
			 : "=r"(cs), "=r"(off));
	target.off = off;
	target.sel = (u16)cs;
	for (u32 i = n; i; i--)
		__asm__ volatile("lcalll *%1" : "+b"(seen) : "m"(target) : "memory", "cc");
	return seen;
}

u32 k_rdtsc(u32 n)
{
	for (u32 i = n; i; i--)
		__asm__ volatile("rdtsc" : : : "eax", "edx");
	return n;
}

u32 k_cpuid(u32 n)
{
	u32 bad = 0;

	for (u32 i = n; i; i--) {
		u32 a = 0, b, c = 0, d;

		__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		bad |= !a | !b; /* a vendor and at least leaf 1 */
	}
	return n ^ bad;
}

u32 k_readcr0(u32 n)
{
	u32 cr0 = 1, all = 1;

	for (u32 i = n; i; i--) {
		__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
		all &= cr0;
	}
	return n ^ !(all & 1); /* PE was set every time */
}

u32 k_lgdt(u32 n)
{
	u8 gdtr[6], now[6];
	u32 diff = 0;

	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	for (u32 i = n; i; i--)
		__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("sgdt %0" : "=m"(now));
	for (u32 i = 0; i < 6; i++)
		diff |= gdtr[i] ^ now[i];
	return n ^ diff;
}
