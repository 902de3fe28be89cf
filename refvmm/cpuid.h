/* SPDX-License-Identifier: MIT
 * Identity of the modelled processor.  Only features that the translator and
 * the monitor implement are reported.
 */
#ifndef REFVMM_CPUID_H
#define REFVMM_CPUID_H

/* Leaf 1 EAX, also EDX after RESET: family 6, model 1CH, stepping 2 - Atom
 * N270, the newest 32-bit-only processor. */
#define CPUID_SIGNATURE 0x000106c2u

/* Leaf 1 EDX (SDM vol. 2A table 3-11). */
#define CPUID_FPU  (1u << 0)
#define CPUID_DE   (1u << 2)
#define CPUID_TSC  (1u << 4)
#define CPUID_MSR  (1u << 5)
#define CPUID_CX8  (1u << 8)
#define CPUID_CMOV (1u << 15)
#define CPUID_MMX  (1u << 23)
#define CPUID_FXSR (1u << 24)
#define CPUID_SSE  (1u << 25)
#define CPUID_SSE2 (1u << 26)

#define CPUID_FEATURES                                                                             \
	(CPUID_FPU | CPUID_DE | CPUID_TSC | CPUID_MSR | CPUID_CX8 | CPUID_CMOV | CPUID_MMX |       \
	 CPUID_FXSR | CPUID_SSE | CPUID_SSE2)

#endif
