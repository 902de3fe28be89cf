/* SPDX-License-Identifier: MIT
 * The same kernels as a 32-bit Linux process without a C library: the
 * denominator of every overhead figure.  Markers go to descriptor 3; after the
 * last one it waits to be killed, so that its processor time can still be read.
 */
#include "microbench/kernel.h"

/* System call numbers of i386 Linux (arch/x86/entry/syscalls/syscall_32.tbl). */
enum { NR_EXIT = 1, NR_WRITE = 4, NR_PAUSE = 29, NR_MPROTECT = 125, NR_MODIFY_LDT = 123 };

extern const u8 alu16_body[], alu16_body_end[];
void native_main(void);

static u8 page16[4096] __attribute__((aligned(4096)));

static s32 syscall3(u32 nr, u32 a, u32 b, u32 c)
{
	s32 ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

void rt_put(const char *bytes, u32 n)
{
	if (syscall3(NR_WRITE, 3, (u32)(uintptr_t)bytes, n) != (s32)n)
		syscall3(NR_EXIT, 3, 0, 0);
}

/* A 16-bit code segment over a copy of the 16-bit loop: modify_ldt(2). */
static bool code16(void)
{
	struct {
		u32 entry, base, limit, flags;
	} desc = {
		.entry = 0,
		.base = (u32)(uintptr_t)page16,
		.limit = sizeof(page16) - 1,
		/* seg_32bit 0, contents 2 (code), readable, limit in bytes */
		.flags = 2 << 1,
	};

	for (u32 k = 0; k < (uintptr_t)alu16_body_end - (uintptr_t)alu16_body; k++)
		page16[k] = alu16_body[k];
	rt_code16.off = 0;
	rt_code16.sel = 0 << 3 | 4 | 3;
	return !syscall3(NR_MPROTECT, (u32)(uintptr_t)page16, sizeof(page16), 5) &&
	       !syscall3(NR_MODIFY_LDT, 0x11, (u32)(uintptr_t)&desc, sizeof(desc));
}

/* Real mode exists natively only as the same loop in a 16-bit segment. */
u32 k_alureal(u32 n)
{
	return k_alu16(n);
}

static u32 enter(kernel_fn *fn, u32 n, u32 ring)
{
	if ((fn == k_alu16 || fn == k_alureal) && !rt_code16.sel && !code16()) {
		static const char no[] = "\nXmodify_ldt refused a 16-bit code segment\n";

		rt_put(no, sizeof(no) - 1);
		syscall3(NR_EXIT, 4, 0, 0);
	}
	return fn(n);
}

void native_main(void)
{
	bool demo = !job.name[0];

	job_run(enter, true);
	if (!demo)
		syscall3(NR_PAUSE, 0, 0, 0);
	syscall3(NR_EXIT, 0, 0, 0);
}

/* The stack pointer at entry is 16-byte aligned and belongs to argc. */
__asm__(".globl _start\n"
	"_start:\n\t"
	"xorl %ebp, %ebp\n\t"
	"call native_main\n\t"
	"hlt");

/* Expected fault sites have no handler here; the kernels never run. */
