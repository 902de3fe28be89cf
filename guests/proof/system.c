/* SPDX-License-Identifier: MIT
 * What a system case needs beyond registers and memory (conformance/sysarena.h):
 * sets it up, reports what the case changed there, and undoes it.  SDM vol. 3A
 * chapters 2, 4 and 7; the TSS is figure 7-2.
 */
#include "guests/lib/io.h"
#include "guests/proof/runtime.h"

struct observation sys_obs[OBS_MAX];
unsigned sys_nobs;
bool sys_active;

static u32 cr0, cr4, dr7, pg_kind, plan_tss[TSS_DWORDS];
static u32 plan_gdt[2 * SYS_SLOTS], plan_ldt[2 * SYS_SLOTS], plan_pte[2 * PG_PTES], plan_pde[4];
static u8 gates[256 / 8], ivts[256 / 8], msrs;
static bool tss_moved, irq_used, ferr_used;
static u32 irq_count;

static u32 get32(const u8 *p)
{
	return (u32)(p[0] | p[1] << 8) | (u32)(p[2] | p[3] << 8) << 16;
}

#define READ_CR(n, v)  __asm__ volatile("mov %%cr" #n ", %0" : "=r"(v))
#define WRITE_CR(n, v) __asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory")
#define READ_DR(n, v)  __asm__ volatile("mov %%db" #n ", %0" : "=r"(v))
#define WRITE_DR(n, v) __asm__ volatile("mov %0, %%db" #n : : "r"(v) : "memory")

#define CPUID_FPU      1u

static u32 features(void)
{
	u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}

static void wrmsr(u32 msr, u32 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

static void write_dr(unsigned n, u32 v)
{
	switch (n) {
	case 0:
		WRITE_DR(0, v);
		break;
	case 1:
		WRITE_DR(1, v);
		break;
	case 2:
		WRITE_DR(2, v);
		break;
	case 3:
		WRITE_DR(3, v);
		break;
	}
}

_Static_assert(PG_DIR == SYS_PAGES, "the directory of cases");

static u32 *entry_table(bool pde)
{
	if (pg_kind == PG_PAE)
		return pde ? (u32 *)(SYS_PAGES + 0x11000) + 2 * (PG_LIN >> 21) : (u32 *)PG_PAEPT;
	return pde ? (u32 *)SYS_PAGES + (PG_LIN >> 22) : (u32 *)PG_PT;
}

/* Entry i of the tables a case may change; a 32-bit entry is one dword. */
static u32 *entry(bool pde, unsigned i)
{
	return entry_table(pde) + (pg_kind == PG_PAE ? 2 * i : i);
}

static void set_entry(bool pde, unsigned i, u32 lo, u32 hi)
{
	u32 *plan = (pde ? plan_pde : plan_pte) + 2 * i, *e = entry(pde, i);

	plan[0] = e[0] = lo;
	if (pg_kind == PG_PAE)
		plan[1] = e[1] = hi;
}

/* Both kinds of tables, once: below PG_LIN to itself. */
void sys_init(void)
{
	u32 *pd = (u32 *)SYS_PAGES, *pdpt = (u32 *)(SYS_PAGES + 0x10000);
	u32 *pae = (u32 *)(SYS_PAGES + 0x11000), i;
	u32 *dir2 = (u32 *)PG_DIR2; /* and its table */

	for (i = 0; i < 0x20000 / 4; i++)
		pd[i] = 0;
	for (i = 0; i < PG_LIN >> 12; i++) {
		u32 lin = i << 12, e = lin | (lin >= ARENA_LO && lin <= ARENA_HI ? 0x67 : 0x63);

		((u32 *)(SYS_PAGES + 0x1000))[i] = e;
		((u32 *)(SYS_PAGES + 0x12000))[2 * i] = e;
	}
	for (i = 0; i < PG_LIN >> 22; i++)
		pd[i] = (SYS_PAGES + 0x1000 + (i << 12)) | 0x67;
	for (i = 0; i < PG_LIN >> 21; i++)
		pae[2 * i] = (SYS_PAGES + 0x12000 + (i << 12)) | 0x67;
	pdpt[0] = (SYS_PAGES + 0x11000) | 1;
	for (i = 0; i < PG_LIN >> 22; i++)
		dir2[i] = pd[i];
	dir2[i] = (PG_DIR2 + 0x1000) | 0x67;
	dir2[0x400] = (CASE_GS_BASE + CASE_OFF) | 0x67;
}

/* 8259A data sheet: initialisation words; all lines masked behind it. */
static void init_pics(u8 master, u8 slave)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, master);
	outb(0xa1, slave);
	outb(0x21, 4);
	outb(0xa1, 2);
	outb(0x21, 1);
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

/* 8254 data sheet, mode 0: OUT is low from the control word on, and high for good
 * once the count is over: one edge on IR0. */
static void start_pit(u32 count)
{
	outb(0x43, 0x30);
	outb(0x40, (u8)count);
	outb(0x40, (u8)(count >> 8));
}

/* One interrupt on line 0, which is where IF alone holds it, or comes later. */
static void raise_irq(void)
{
	u32 left = 1000000;

	init_pics(SYS_IRQ, SYS_IRQ + 8);
	outb(0x43, 0x30); /* OUT low */
	if (!irq_count) {
		start_pit(1);
		outb(0x20, 0x0a); /* OCW3: read IRR */
		while (left-- && !(inb(0x20) & 1))
			;
	}
	outb(0x21, 0xfe);
	if (irq_count)
		start_pit(irq_count);
}

static void calm_irq(void)
{
	outb(0x21, 0xff);
	outb(0x43, 0x34); /* mode 2, 65536: as firmware has it */
	outb(0x40, 0);
	outb(0x40, 0);
	init_pics(8, 0x70);
}

/* Lines 2 and 13 open. A write to port F0h makes the latch of FERR# low: SDM vol. 1
 * appendix D.2. */
static void open_ferr(void)
{
	outb(0xf0, 0);
	init_pics(SYS_IRQ, SYS_IRQ + 8);
	outb(0x21, 0xfb);
	outb(0xa1, 0xdf);
}

static void calm_ferr(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	__asm__ volatile("fnclex");
	outb(0xf0, 0);
	init_pics(8, 0x70);
}

static void apply(unsigned kind, unsigned idx, u32 lo, u32 hi)
{
	switch (kind) {
	case OP_GDT:
		gdt[2 * (GDT_SYS_FIRST + idx)] = plan_gdt[2 * idx] = lo;
		gdt[2 * (GDT_SYS_FIRST + idx) + 1] = plan_gdt[2 * idx + 1] = hi;
		break;
	case OP_LDT:
		ldt[2 * (SG_COUNT + idx)] = plan_ldt[2 * idx] = lo;
		ldt[2 * (SG_COUNT + idx) + 1] = plan_ldt[2 * idx + 1] = hi;
		break;
	case OP_IDT:
		idt[2 * idx] = lo;
		idt[2 * idx + 1] = hi;
		gates[idx / 8] |= (u8)(1u << idx % 8);
		break;
	case OP_TSS:
		tss[idx] = lo;
		break;
	case OP_TSSLIM:
		load_tss(lo);
		tss_moved = true;
		break;
	case OP_CR0:
		cr0 ^= lo;
		break;
	case OP_CR4:
		cr4 |= lo;
		break;
	case OP_DR:
		if (idx == 7)
			dr7 = lo;
		else
			write_dr(idx, lo);
		break;
	case OP_MSR:
		wrmsr(0x100 + idx, lo);
		msrs |= (u8)(1u << (idx & 7));
		break;
	case OP_PAGING:
		pg_kind = idx;
		break;
	case OP_PTE:
	case OP_PDE:
		set_entry(kind == OP_PDE, idx, lo, hi);
		break;
	case OP_IRQ:
		if (idx) {
			ferr_used = true;
			break;
		}
		irq_used = true;
		irq_count = lo;
		break;
	case OP_IVT:
		ivt()[idx] = lo;
		ivts[idx / 8] |= (u8)(1u << idx % 8);
		break;
	case OP_FPU:
		__asm__ volatile("fninit");
		if (idx == 2) {
			static const u16 unmask = 0x037b; /* ZM clear */

			__asm__ volatile("fldcw %0\n\tfld1\n\tfldz\n\tfdivrp" : : "m"(unmask));
		}
		break;
	}
}

/* FNINIT empties the registers and leaves what was in them to a store of the whole state:
 * a result must not depend on the case before. */
static void fresh_fpu(void)
{
	unsigned i;

	__asm__ volatile("fninit");
	for (i = 0; i < 8; i++)
		__asm__ volatile("fldz");
	__asm__ volatile("fninit");
}

u32 sys_begin(const u8 *p, unsigned n, const u8 **end)
{
	u32 missing = 0, scratch;
	unsigned i, bytes;

	cr0 = SYS_CR0;
	cr4 = 0;
	dr7 = SYS_DR7;
	pg_kind = PG_NONE;
	tss_moved = irq_used = ferr_used = false;
	msrs = 0;
	sys_nobs = 0;
	WRITE_CR(0, cr0);
	for (i = 0; i < 4; i++) /* instruction cases leave what they loaded */
		write_dr(i, 0);
	for (i = 0; i < n; i++, p += 2 + bytes) {
		bytes = sys_op_bytes(p[0]);
		if (p[0] == OP_NEED) {
			missing |= get32(p + 2) & ~features();
			if (get32(p + 2) & ~missing & CPUID_FPU)
				fresh_fpu();
		} else if (!missing) {
			apply(p[0], p[1], bytes ? get32(p + 2) : 0, bytes > 4 ? get32(p + 6) : 0);
		}
	}
	*end = p;
	for (i = 0; i < TSS_DWORDS; i++)
		plan_tss[i] = tss[i];
	if (missing)
		return missing;
	sys_active = true;
	READ_CR(2, scratch);
	if (scratch)
		WRITE_CR(2, 0);
	WRITE_DR(6, SYS_DR6);
	if (cr4)
		WRITE_CR(4, cr4);
	if (pg_kind)
		WRITE_CR(3, SYS_PAGES + (pg_kind == PG_PAE ? 0x10000u : 0u));
	if (cr0 != SYS_CR0 || pg_kind)
		WRITE_CR(0, cr0 | (pg_kind ? 0x80000000u : 0));
	if (dr7 != SYS_DR7)
		WRITE_DR(7, dr7);
	if (irq_used)
		raise_irq();
	if (ferr_used)
		open_ferr();
	return 0;
}

static void see(u32 lin, u32 lo, u32 hi, unsigned n)
{
	struct observation *o;

	if (sys_nobs == OBS_MAX)
		return;
	o = &sys_obs[sys_nobs++];
	o->lin = lin;
	o->n = (u8)n;
	o->v[0] = lo;
	o->v[1] = hi;
}

static void see_if(u32 lin, u32 now, u32 before)
{
	if (now != before)
		see(lin, now, 0, 4);
}

static void see_pair(u32 lin, const u32 *now, const u32 *before)
{
	if (now[0] != before[0] || now[1] != before[1])
		see(lin, now[0], now[1], 8);
}

static void see_entries(void)
{
	u32 *pdpt = (u32 *)(SYS_PAGES + 0x10000);
	unsigned i;

	if (!pg_kind)
		return;
	for (i = 0; i < 8; i++) /* a case may write there */
		pdpt[i] = i ? 0 : (SYS_PAGES + 0x11000) | 1;
	for (i = 0; i < PG_PTES + 2; i++) {
		bool pde = i >= PG_PTES;
		unsigned k = pde ? i - PG_PTES : i;
		const u32 *plan = (pde ? plan_pde : plan_pte) + 2 * k;
		u32 *e = entry(pde, k);

		if (pg_kind == PG_PAE)
			see_pair(pde ? OBS_PDE(k) : OBS_PTE(k), e, plan);
		else
			see_if(pde ? OBS_PDE(k) : OBS_PTE(k), e[0], plan[0]);
		set_entry(pde, k, 0, 0);
	}
}

static void see_tables(void)
{
	unsigned i;

	for (i = 0; i < SYS_SLOTS; i++) {
		u32 *g = gdt + 2 * (GDT_SYS_FIRST + i), *l = ldt + 2 * (SG_COUNT + i);

		see_pair(OBS_GDT(i), g, plan_gdt + 2 * i);
		see_pair(OBS_LDT(i), l, plan_ldt + 2 * i);
		g[0] = g[1] = l[0] = l[1] = 0;
		plan_gdt[2 * i] = plan_gdt[2 * i + 1] = 0;
		plan_ldt[2 * i] = plan_ldt[2 * i + 1] = 0;
	}
	for (i = 0; i < TSS_DWORDS; i++) {
		see_if(OBS_TSS + 4 * i, tss[i], plan_tss[i]);
		tss[i] = tss_default[i];
	}
	for (i = 0; i < 256; i++)
		if (gates[i / 8] & 1u << i % 8)
			idt_default(i);
	for (i = 0; i < 256; i++)
		if (ivts[i / 8] & 1u << i % 8)
			ivt_default(i);
	for (i = 0; i < sizeof gates; i++)
		gates[i] = ivts[i] = 0;
}

/* What the processor itself holds; leaves it as sys_begin() found it. */
static void see_registers(void)
{
	u32 now_cr0, cr2, now_cr4, dr6, now_dr7;
	u32 tr = 0, ldtr = 0;

	READ_DR(7, now_dr7);
	if (now_dr7 != SYS_DR7)
		WRITE_DR(7, SYS_DR7);
	READ_DR(6, dr6);
	READ_CR(0, now_cr0);
	READ_CR(2, cr2);
	READ_CR(4, now_cr4);
	if (now_cr0 != SYS_CR0)
		WRITE_CR(0, SYS_CR0);
	if (now_cr4)
		WRITE_CR(4, 0);
	see_if(OBS_CR0, now_cr0 & 0x7fffffff, cr0);
	see_if(OBS_CR2, cr2, 0);
	see_if(OBS_CR4, now_cr4, cr4);
	see_if(OBS_DR6, dr6, SYS_DR6);
	see_if(OBS_DR7, now_dr7, dr7);
	__asm__ volatile("str %w0" : "+r"(tr));
	__asm__ volatile("sldt %w0" : "+r"(ldtr));
	tr &= 0xffff;
	ldtr &= 0xffff;
	see_if(OBS_TR, tr, SEL_MAIN_TSS);
	see_if(OBS_LDTR, ldtr, SEL_MAIN_LDT);
	if (ldtr != SEL_MAIN_LDT)
		__asm__ volatile("lldt %w0" : : "r"(SEL_MAIN_LDT));
	if (tr != SEL_MAIN_TSS || tss_moved)
		load_tss(TSS_LIMIT);
}

void sys_end(void)
{
	unsigned i;

	sys_active = false;
	if (irq_used)
		calm_irq();
	if (ferr_used)
		calm_ferr();
	/* POPF leaves VIF and VIP as they are: only IRET clears them for the next case. */
	if (run_out.eflags & EFLAGS_VIRTUAL)
		__asm__ volatile("pushl $2\n\tpushl %%cs\n\tpushl $1f\n\tiret\n1:"
				 :
				 :
				 : "memory", "cc");
	see_registers();
	see_entries();
	see_tables();
	for (i = 0; i < 8; i++)
		if (msrs & 1u << i)
			wrmsr(0x170 + i, 0);
}

/* The case was not run: only the tables were written. */
void sys_cancel(void)
{
	see_entries();
	see_tables();
	if (tss_moved)
		load_tss(TSS_LIMIT);
	sys_nobs = 0;
}
