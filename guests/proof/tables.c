/* SPDX-License-Identifier: MIT
 * GDT, LDT, IDT, TSS and IVT of the runtime (SDM vol. 3A sections 3.4, 6.10,
 * 7.2; real mode: section 20.1.4).  Gates are 32-bit interrupt gates to the
 * stubs of trap.asm; cases may use INT n with the vectors whose gate has DPL 3.
 */
#include "guests/proof/runtime.h"

extern const u32 vectors[256];
extern char real_back[];

struct dtr {
	u16 limit;
	u32 base;
} __attribute__((packed));

/* Even numbers of descriptors: selfcheck.c sums 16 bytes at a time. */
u32 idt[2 * 256] __attribute__((section(".bss.tables_idt"), aligned(16)));
u32 gdt[2 * GDT_TOTAL] __attribute__((section(".bss.tables_gdt"), aligned(16)));
u32 ldt[2 * LDT_TOTAL];
u32 tss[TSS_DWORDS], tss_default[TSS_DWORDS];

static void set_desc(u32 *d, u32 base, u32 limit, u8 access, u8 flags)
{
	d[0] = (limit & 0xffff) | base << 16;
	d[1] = ((base >> 16) & 0xff) | (u32)access << 8 | (limit & 0xf0000) | (u32)flags << 20 |
	       (base & 0xff000000);
}

static void set_gate(unsigned n, u16 sel, u32 off, u8 access)
{
	idt[2 * n] = (u32)sel << 16 | (off & 0xffff);
	idt[2 * n + 1] = (off & 0xffff0000) | (u32)access << 8;
}

static const u32 *desc_of(u16 sel)
{
	unsigned n = sel >> 3;

	if (sel & 4)
		return n < LDT_TOTAL ? &ldt[2 * n] : NULL;
	return n < GDT_TOTAL ? &gdt[2 * n] : NULL;
}

u32 desc_base(u16 sel)
{
	const u32 *d = desc_of(sel);

	return d ? d[0] >> 16 | (d[1] & 0xff) << 16 | (d[1] & 0xff000000) : 0;
}

bool desc_big(u16 sel)
{
	const u32 *d = desc_of(sel);

	return d && (d[1] & 0x00400000);
}

void idt_default(unsigned n)
{
	/* INT3, INTO, BOUND and 20-2F may be reached by INT n from CPL 3. */
	bool user = n == 3 || n == 4 || n == 5 || (n >= 0x20 && n < 0x30);

	set_gate(n, SEL_KCODE, vectors[n], user ? 0xee : 0x8e);
}

/* Not a constant to the compiler: address 0 is no object to it. */
u32 *ivt(void)
{
	u32 *p = (u32 *)0;

	__asm__ volatile("" : "+r"(p));
	return p;
}

void ivt_default(unsigned n)
{
	ivt()[n] = (REAL_BASE << 12) | (0x200 + 8 * n);
}

void load_tss(u32 limit)
{
	set_desc(gdt + 10, (u32)tss, limit, 0x89, 0);
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS) : "memory");
}

/* Rings 1 and 2: as the case segments, with their DPL. */
static void ring_segments(void)
{
	static const u8 like[RS_COUNT] = {SG_CODE16, SG_SS16,  SG_CODE32,
					  SG_SS32,   SG_FCODE, SG_FDATA};
	unsigned ring, i;

	for (ring = 1; ring <= 2; ring++)
		for (i = 0; i < RS_COUNT; i++) {
			const struct seg_def *s = &case_segs[like[i]];

			set_desc(gdt + 2 * (SEL_RING(ring, i) >> 3), s->base, s->limit,
				 s->access | (u8)(ring << 5), s->flags);
		}
}

void tables_init(void)
{
	struct dtr gdtr = {sizeof gdt - 1, (u32)gdt}, idtr = {sizeof idt - 1, (u32)idt};
	u8 *real = (u8 *)REAL_BASE;
	unsigned i;

	set_desc(gdt + 2, 0, 0xfffff, 0x9b, 0xc);
	set_desc(gdt + 4, 0, 0xfffff, 0x93, 0xc);
	set_desc(gdt + 6, REAL_BASE, 0xffff, 0x9b, 0);
	set_desc(gdt + 8, REAL_BASE, 0xffff, 0x93, 0);
	set_desc(gdt + 10, (u32)tss, TSS_LIMIT, 0x89, 0);
	set_desc(gdt + 12, (u32)ldt, sizeof ldt - 1, 0x82, 0);
	for (i = 0; i < SG_COUNT; i++) {
		const struct seg_def *s = &case_segs[i];
		u8 dpl = i == SG_RING0 ? 0 : 0x60;

		set_desc(gdt + 2 * (GDT_CASE_FIRST + i), s->base, s->limit, s->access, s->flags);
		set_desc(ldt + 2 * i, s->base, s->limit, s->access | dpl, s->flags);
	}
	ring_segments();
	for (i = 0; i < 256; i++)
		idt_default(i);
	tss[1] = KSTACK_TOP;       /* ESP0 */
	tss[2] = SEL_KDATA;        /* SS0 */
	tss[25] = TSS_IOMAP << 16; /* beyond the limit: no ports */
	for (i = 0; i < TSS_DWORDS; i++)
		tss_default[i] = tss[i];

	__asm__ volatile("lgdt %0\n\tljmp $8, $1f\n1:" : : "m"(gdtr));
	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; mov %0, %%ss"
			 :
			 : "r"(SEL_KDATA));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	__asm__ volatile("lldt %w0" : : "r"(SEL_LDT));

	for (i = 0; i < 256; i++)
		ivt_default(i);
	*(u16 *)(real + 0x44) = idtr.limit;
	*(u32 *)(real + 0x46) = idtr.base;
	*(u32 *)(real + 0x4c) = (u32)real_back;
}
