/* SPDX-License-Identifier: MIT
 * Is the runtime still itself?  A rotating sum over its code, constants, stubs,
 * descriptor tables and IVT, and canaries at the ends of both stacks, looked at
 * between cases: a case that breaks the runtime must not fail its successors.
 */
#include "guests/proof/runtime.h"

extern u8 blob_start[], blob_end[], stack_low[];

static u32 expect_code, expect_low, expect_tables;

static u32 rolling_sum(u32 addr, u32 bytes)
{
	u32 sum = 0, n = (bytes + 15) / 16;

	__asm__ volatile("1: roll $5, %0; addl (%2), %0; roll $5, %0; addl 4(%2), %0;"
			 " roll $5, %0; addl 8(%2), %0; roll $5, %0; addl 12(%2), %0;"
			 " addl $16, %2; decl %1; jnz 1b"
			 : "+r"(sum), "+r"(n), "+r"(addr)
			 :
			 : "cc", "memory");
	return sum;
}

static void dtr_area(bool idt, u32 *base, u32 *bytes)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) d;

	if (idt)
		__asm__ volatile("sidt %0" : "=m"(d));
	else
		__asm__ volatile("sgdt %0" : "=m"(d));
	*base = d.base;
	*bytes = d.limit + 1u;
}

static u32 sum_tables(void)
{
	u32 gdt, ngdt, idt, nidt, ldt;

	dtr_area(false, &gdt, &ngdt);
	dtr_area(true, &idt, &nidt);
	ldt = desc_base(SEL_LDT);
	return rolling_sum(gdt, ngdt) ^ rolling_sum(idt, nidt) * 3 ^
	       rolling_sum(ldt, 8 * LDT_TOTAL) * 5 ^ rolling_sum(0, 0x400) * 7;
}

/* The busy bit of the TSS descriptor and all else is constant by now. */
void selfcheck_init(void)
{
	*(u32 *)stack_low = CANARY;
	*(u32 *)KSTACK_LOW = CANARY;
	expect_code = rolling_sum((u32)blob_start, (u32)blob_end - (u32)blob_start);
	expect_low = rolling_sum(REAL_BASE + 0x60, 0xa00 - 0x60);
	expect_tables = sum_tables();
}

const char *selfcheck(void)
{
	if (*(u32 *)stack_low != CANARY)
		return "stack";
	if (*(u32 *)KSTACK_LOW != CANARY)
		return "inner-stack";
	if (sum_tables() != expect_tables)
		return "tables";
	if (rolling_sum(REAL_BASE + 0x60, 0xa00 - 0x60) != expect_low)
		return "real-mode-code";
	if (rolling_sum((u32)blob_start, (u32)blob_end - (u32)blob_start) != expect_code)
		return "code";
	return NULL;
}

u32 selfcheck_arena(void)
{
	u32 lin;

	for (lin = ARENA_LO; lin < WIN_LIN_LIMIT; lin += 4)
		if (*(u32 *)lin != *(u32 *)(SHADOW_BASE + lin))
			return lin;
	return 0;
}
