/* SPDX-License-Identifier: MIT
 * CPUID (SDM vol. 2A CPUID).  Cache descriptors and brand string are those of
 * the Atom N270.
 */
#include "refvmm/cpuid.h"

#include "refvmm/arch.h"

struct leaf {
	u32 number, eax, ebx, ecx, edx;
};

#define MAX_BASIC        2u
#define MAX_EXTENDED     0x80000004u
#define TEXT(a, b, c, d) ((u32)(a) | (u32)(b) << 8 | (u32)(c) << 16 | (u32)(d) << 24)

static const struct leaf leaves[] = {
	{0, MAX_BASIC, TEXT('G', 'e', 'n', 'u'), TEXT('n', 't', 'e', 'l'),
	 TEXT('i', 'n', 'e', 'I')},
	{1, CPUID_SIGNATURE, 0, 0, CPUID_FEATURES},
	{2, 0x4fba5901, 0x0e3080c0, 0, 0},
	{0x80000000, MAX_EXTENDED, 0, 0, 0},
	{0x80000001, 0, 0, 0, 0},
	{0x80000002, TEXT(' ', ' ', ' ', ' '), TEXT(' ', ' ', ' ', ' '), TEXT(' ', 'I', 'n', 't'),
	 TEXT('e', 'l', '(', 'R')},
	{0x80000003, TEXT(')', ' ', 'A', 't'), TEXT('o', 'm', '(', 'T'), TEXT('M', ')', ' ', 'C'),
	 TEXT('P', 'U', ' ', 'N')},
	{0x80000004, TEXT('2', '7', '0', ' '), TEXT(' ', ' ', '@', ' '), TEXT('1', '.', '6', '0'),
	 TEXT('G', 'H', 'z', 0)},
};

void arch_cpuid(struct vcpu *v)
{
	u32 number = v->gpr[R_EAX];
	const struct leaf *leaf = &leaves[MAX_BASIC];

	/* Beyond either range the highest basic leaf answers. */
	for (u32 i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (leaves[i].number == number)
			leaf = &leaves[i];
	v->gpr[R_EAX] = leaf->eax;
	v->gpr[R_EBX] = leaf->ebx;
	v->gpr[R_ECX] = leaf->ecx;
	v->gpr[R_EDX] = leaf->edx;
}
