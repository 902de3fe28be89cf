/* SPDX-License-Identifier: MIT
 * The processor models: identity, and the features that decide which
 * instructions decode and which control bits exist.
 */
#ifndef REFVMM_CPUID_H
#define REFVMM_CPUID_H

#include "refvmm/vcpu.h"

/* CPUID leaf 1 (SDM vol. 2A tables 3-10 and 3-11). */
enum {
	/* EDX */
	F_FPU = 1u << 0,
	F_VME = 1u << 1,
	F_DE = 1u << 2,
	F_PSE = 1u << 3,
	F_TSC = 1u << 4,
	F_MSR = 1u << 5,
	F_PAE = 1u << 6,
	F_CX8 = 1u << 8,
	F_SEP = 1u << 11,
	F_MTRR = 1u << 12,
	F_PGE = 1u << 13,
	F_CMOV = 1u << 15,
	F_PAT = 1u << 16,
	F_PSE36 = 1u << 17,
	F_CLFSH = 1u << 19,
	F_MMX = 1u << 23,
	F_FXSR = 1u << 24,
	F_SSE = 1u << 25,
	F_SSE2 = 1u << 26,
	/* ECX */
	F_SSE3 = 1u << 0,
	F_SSSE3 = 1u << 9,
};

/* ORDER of cpus.def. */
#define CPU(id, ...) CPU_##id,
enum cpu_id {
#include "refvmm/cpus.def"
	CPU_COUNT
};

struct cpu_model {
	const char *name;  /* --cpu */
	const char *brand; /* 48 characters at most; "": no extended leaves */
	u32 signature;     /* leaf 1 EAX, also EDX after RESET */
	u32 brand_index;   /* leaf 1 EBX bits 0-7 */
	u32 edx, ecx;      /* leaf 1 */
	u32 cache[4];      /* leaf 2; all zero: no leaf 2 */
};

extern const struct cpu_model cpu_models[CPU_COUNT];

/* Features of the vCPU: its model's, less what the host lacks. */
static inline u32 cpu_edx(const struct vcpu *v)
{
	return cpu_models[v->cpu].edx;
}

static inline u32 cpu_ecx(const struct vcpu *v)
{
	return cpu_models[v->cpu].ecx & ~v->host_lacks;
}

/* Leaf 1 ECX features that copied instructions need and this host does not
 * have. */
u32 cpu_host_lacks(void);

#endif
