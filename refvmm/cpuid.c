/* SPDX-License-Identifier: MIT
 * CPUID (SDM vol. 2A CPUID).
 */
#include "refvmm/cpuid.h"

#include "refvmm/arch.h"
#include "refvmm/monstring.h"

#define EXTENDED       0x80000000u
#define LAST_EXTENDED  0x80000004u
#define CLFLUSH_QWORDS 8u /* leaf 1 EBX bits 8-15: 64-byte lines */

const struct cpu_model cpu_models[CPU_COUNT] = {
#define CPU(id, name, text, signature, index, edx, ecx, ca, cb, cc, cd, brand)                     \
	[CPU_##id] = {name, brand, signature, index, edx, ecx, {ca, cb, cc, cd}},
#include "refvmm/cpus.def"
};

u32 cpu_host_lacks(void)
{
	u32 a = 1, b, c, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return ~c & (F_SSE3 | F_SSSE3);
}

/* 16 of the 48 bytes of the brand string, zero-padded. */
static void brand_part(const char *brand, u32 part, u32 out[4])
{
	u32 n = 0;

	mon_set(out, 0, 16);
	while (n < 48 && brand[n])
		n++;
	if (n > 16 * part)
		mon_copy(out, brand + 16 * part, n - 16 * part < 16 ? n - 16 * part : 16);
}

static void leaf(const struct vcpu *v, u32 number, u32 out[4])
{
	static const u32 vendor[4] = {0, 0x756e6547, 0x6c65746e, 0x49656e69}; /* GenuineIntel */
	const struct cpu_model *m = &cpu_models[v->cpu];
	u32 last = m->cache[0] ? 2 : 1;

	/* Beyond either range the highest basic leaf answers. */
	if (m->brand[0] ? number > last && number - EXTENDED > LAST_EXTENDED - EXTENDED
			: number > last)
		number = last;
	mon_set(out, 0, 16);
	switch (number) {
	case 0:
		mon_copy(out, vendor, 16);
		out[0] = last;
		break;
	case 1:
		out[0] = m->signature;
		out[1] = m->brand_index | (m->edx & F_CLFSH ? CLFLUSH_QWORDS << 8 : 0);
		out[2] = cpu_ecx(v);
		out[3] = cpu_edx(v);
		break;
	case 2:
		mon_copy(out, m->cache, 16);
		break;
	case EXTENDED:
		out[0] = LAST_EXTENDED;
		break;
	case EXTENDED + 1:
		break;
	default:
		brand_part(m->brand, number - EXTENDED - 2, out);
		break;
	}
}

void arch_cpuid(struct vcpu *v)
{
	u32 out[4]; /* EAX EBX ECX EDX */

	leaf(v, v->gpr[R_EAX], out);
	v->gpr[R_EAX] = out[0];
	v->gpr[R_EBX] = out[1];
	v->gpr[R_ECX] = out[2];
	v->gpr[R_EDX] = out[3];
}
