/* SPDX-License-Identifier: MIT
 * The guest's C side: interrupt table, 16-bit code, debug console, end of run.
 */
#include "microbench/guest/guest.h"
#include "microbench/kernel.h"

u32 ring3_call(kernel_fn *fn, u32 n);
void int40(void);
void on_sysenter(void);
void int41(void);
void guest_main(void);
void guest_fatal(u32 vector, u32 error, u32 eip);
extern const u32 vector_entries[32];
extern u8 stack_trap_end[];
extern const u8 real_blob[], real_blob_end[], alu16_body[], alu16_body_end[];

static u32 idt[0x42][2];

static inline void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

void rt_put(const char *bytes, u32 n)
{
	while (n--)
		out8(0xe9, (u8)*bytes++);
}

/* Interrupt gate, SDM vol. 3A figure 6-2. */
static void gate(u32 vector, u32 entry, u32 dpl)
{
	idt[vector][0] = SEL_CODE0 << 16 | (entry & 0xffff);
	idt[vector][1] = (entry & 0xffff0000) | 0x8e00 | dpl << 13;
}

static u8 *copy(u8 *to, const u8 *from, const u8 *end)
{
	while (from < end)
		*to++ = *from++;
	return to;
}

static u32 enter(kernel_fn *fn, u32 n, u32 ring)
{
	rt_code16.sel = ring ? SEL_CODE16_3 : SEL_CODE16_0;
	return ring ? ring3_call(fn, n) : fn(n);
}

/* Stop: QEMU's isa-debug-exit, then the port where Bochs takes "Shutdown". */
static void leave(u8 code)
{
	out8(0xf4, code);
	for (const char *s = "Shutdown"; *s; s++)
		out8(0x8900, (u8)*s);
}

static void put_hex(u32 v)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		out8(0xe9, (u8) "0123456789abcdef"[v >> shift & 15]);
}

void guest_fatal(u32 vector, u32 error, u32 eip)
{
	rt_put("\nXexception ", 12);
	put_hex(vector);
	rt_put(" error ", 7);
	put_hex(error);
	rt_put(" eip ", 5);
	put_hex(eip);
	rt_put("\n", 1);
	leave(1);
	for (;;)
		__asm__ volatile("cli; hlt");
}

#define CPUID_SEP       (1u << 11)
#define MSR_SYSENTER_CS 0x174 /* then ESP and EIP (SDM vol. 4 table 2-2) */

/* Where the processor knows SYSENTER; elsewhere the kernel ends in #UD. */
static void set_sysenter(void)
{
	u32 value[] = {SEL_CODE0, (u32)(uintptr_t)stack_trap_end, (u32)(uintptr_t)on_sysenter};
	u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	for (u32 k = 0; d & CPUID_SEP && k < 3; k++)
		__asm__ volatile("wrmsr" : : "a"(value[k]), "d"(0), "c"(MSR_SYSENTER_CS + k));
}

void guest_main(void)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) idtr = {sizeof(idt) - 1, (u32)(uintptr_t)idt};
	u8 *low = (u8 *)LOW_CODE;

	for (u32 i = 0; i < 32; i++)
		gate(i, vector_entries[i], 0);
	gate(0x40, (u32)(uintptr_t)int40, 3);
	gate(0x41, (u32)(uintptr_t)int41, 3);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	set_sysenter();
	/* The compiler sees a low constant address as an error; it is not one. */
	__asm__("" : "+r"(low));
	low = copy(low, real_blob, real_blob_end);
	rt_code16.off = (u32)(uintptr_t)low;
	copy(low, alu16_body, alu16_body_end);
	job_run(enter, false);
	leave(0);
}
