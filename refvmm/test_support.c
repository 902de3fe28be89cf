/* SPDX-License-Identifier: MIT
 * See test_support.h.
 */
#include "refvmm/test_support.h"

#include "refvmm/mmu.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>

u8 ram[RAM_SIZE];
struct vcpu vcpu;
unsigned seg_changes[S_COUNT], mode_changes, writes;
u32 bad_page, invalidated;
enum access probe_how;

static u8 old_ram[RAM_SIZE];
static struct vcpu old_vcpu;

static enum mon check_page(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	for (u32 i = 0; i < n; i++) {
		if ((lin + i) >> 12 == bad_page) {
			vcpu_fault(v, V_PF, how & ACC_WRITE ? 2 : 0);
			v->fault.cr2 = lin + i;
			return MON_FAULT;
		}
	}
	return MON_OK;
}

enum mon lin_read(struct vcpu *v, u32 lin, void *dst, u32 n, enum access how)
{
	if (check_page(v, lin, n, how))
		return MON_FAULT;
	for (u32 i = 0; i < n; i++)
		((u8 *)dst)[i] = ram[(lin + i) % RAM_SIZE];
	return MON_OK;
}

enum mon lin_write(struct vcpu *v, u32 lin, const void *src, u32 n, enum access how)
{
	writes++;
	if (check_page(v, lin, n, how))
		return MON_FAULT;
	for (u32 i = 0; i < n; i++)
		ram[(lin + i) % RAM_SIZE] = ((const u8 *)src)[i];
	return MON_OK;
}

enum mon lin_probe(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	probe_how = how;
	return check_page(v, lin, n, how);
}

u8 *lin_ram(struct vcpu *v, u32 lin, u32 n, enum access how)
{
	if (check_page(v, lin, n, how) ||
	    ((how & ACC_WRITE) && v->vm && vm_of(v)->bt->frame_units[lin >> 12]))
		return NULL;
	return &ram[lin % RAM_SIZE];
}

enum mon seg_check(struct vcpu *v, enum sreg s, u32 off, u32 n, enum access how, u32 *lin)
{
	const struct seg *seg = &v->seg[s];
	u32 last = off + n - 1;
	bool ok = seg->attr & D_P && last >= off && last <= seg->limit;

	*lin = seg->base + off;
	return ok ? MON_OK : vcpu_fault(v, s == S_SS ? V_SS : V_GP, 0);
}

enum mon mem_read(struct vcpu *v, enum sreg s, u32 off, void *dst, u32 n)
{
	u32 lin;
	enum mon m = seg_check(v, s, off, n, ACC_READ, &lin);

	return m ? m : lin_read(v, lin, dst, n, ACC_READ);
}

enum mon mem_write(struct vcpu *v, enum sreg s, u32 off, const void *src, u32 n)
{
	u32 lin;
	enum mon m = seg_check(v, s, off, n, ACC_WRITE, &lin);

	return m ? m : lin_write(v, lin, src, n, ACC_WRITE);
}

void vcpu_seg_changed(struct vcpu *v, enum sreg s)
{
	ck_assert_uint_eq(v->gsel[s], v->seg[s].sel);
	seg_changes[s]++;
}

void vcpu_mode_changed(struct vcpu *v)
{
	mode_changes++;
}

u32 peek(u32 lin, u32 n)
{
	u32 value = 0;

	memcpy(&value, &ram[lin], n);
	return value;
}

void poke(u32 lin, u32 n, u32 value)
{
	memcpy(&ram[lin], &value, n);
}

static u32 slot_of(u16 sel)
{
	return (sel & 4 ? LDT : GDT) + (sel & 0xfff8u);
}

void put_desc(u16 sel, u32 base, u32 limit, u32 attr)
{
	if (limit == FLAT) {
		limit = 0xfffff;
		attr |= D_G;
	}
	poke(slot_of(sel), 4, (limit & 0xffff) | base << 16);
	poke(slot_of(sel) + 4, 4,
	     (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | attr);
}

void put_gate(u32 lin, u32 type_attr, u16 sel, u32 off, u32 params)
{
	poke(lin, 4, (u32)sel << 16 | (off & 0xffff));
	poke(lin + 4, 4, (off & 0xffff0000) | type_attr | params);
}

void put_idt(u8 vector, u32 type_attr, u16 sel, u32 off)
{
	put_gate(IDT + 8u * vector, type_attr, sel, off, 0);
}

u32 desc_hi(u16 sel)
{
	return peek(slot_of(sel) + 4, 4);
}

static void fresh(void)
{
	memset(ram, 0, sizeof(ram));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(seg_changes, 0, sizeof(seg_changes));
	mode_changes = 0;
	writes = 0;
	bad_page = ~0u;
	vcpu.hwflags = FL_ONE;
	vcpu.dr[7] = 0x400;
}

static void set_seg(enum sreg s, u16 sel, u32 base, u32 limit, u32 attr)
{
	vcpu.seg[s] = (struct seg){.base = base, .limit = limit, .attr = attr, .sel = sel};
	vcpu.gsel[s] = sel;
}

struct vcpu *start_real(void)
{
	fresh();
	for (unsigned s = 0; s < S_COUNT; s++)
		set_seg(s, 0x100, 0x1000, 0xffff,
			D_P | D_S | D_WRITABLE | D_ACCESSED | (s == S_CS ? D_CODE : 0u));
	vcpu.cr0 = CR0_ET;
	vcpu.idtr.limit = 0x3ff;
	vcpu.gpr[R_ESP] = 0x12348000;
	vcpu.eip = 0x100;
	snapshot();
	return &vcpu;
}

struct vcpu *start_protected(unsigned ring)
{
	fresh();
	for (unsigned r = 0; r < 4; r++) {
		put_desc((u16)(CODE32 + 0x10 * r), 0, FLAT, A_CODE | A_DPL(r));
		put_desc((u16)(DATA32 + 0x10 * r), 0, FLAT, A_DATA | A_DPL(r));
		if (r < 3) {
			poke(TSS + 4 + 8 * r, 4, STACK_OF(r));
			poke(TSS + 8 + 8 * r, 2, DATA_OF(r));
		}
	}
	put_desc(CODE16, 0, 0xffff, A_CODE & ~(u32)D_DB);
	put_desc(DATA16, 0, 0xffff, A_DATA & ~(u32)D_DB);
	put_desc(CODE16_R3, 0, 0xffff, (A_CODE & ~(u32)D_DB) | A_DPL(3));
	put_desc(DATA16_R3, 0, 0xffff, (A_DATA & ~(u32)D_DB) | A_DPL(3));
	put_desc(CONFORMING, 0, FLAT, A_CODE | D_CONFORMING);
	put_desc(TSS_SEL, TSS, 0x67, A_SYS(11));
	put_desc(LDT_SEL, LDT, 0x0f, A_SYS(2));
	put_desc(LOCAL, 0, FLAT, A_DATA | A_DPL(3));

	vcpu.cr0 = CR0_PE | CR0_ET;
	vcpu.gdtr = (struct dtr){GDT, GDT_LIMIT};
	vcpu.idtr = (struct dtr){IDT, IDT_LIMIT};
	vcpu.tr = (struct seg){.base = TSS, .limit = 0x67, .attr = A_SYS(11), .sel = TSS_SEL};
	vcpu.ldtr = (struct seg){.base = LDT, .limit = 0x0f, .attr = A_SYS(2), .sel = LDT_SEL};
	vcpu.cpl = (u8)ring;
	for (unsigned s = 0; s < S_COUNT; s++)
		set_seg(s, DATA_OF(ring), 0, 0xffffffff, A_DATA | D_ACCESSED | D_G | A_DPL(ring));
	set_seg(S_CS, CODE_OF(ring), 0, 0xffffffff, A_CODE | D_ACCESSED | D_G | A_DPL(ring));
	vcpu.gpr[R_ESP] = STACK_OF(ring);
	vcpu.eip = 0x5000;
	snapshot();
	return &vcpu;
}

struct vcpu *start_v86(u32 vflags)
{
	start_protected(3);
	for (unsigned s = 0; s < S_COUNT; s++)
		set_seg(s, (u16)(0x1000 + 0x100 * s), 0x10000 + 0x1000 * s, 0xffff, 0xf300);
	vcpu.vflags = FL_VM | vflags;
	vcpu.gpr[R_ESP] = 0x800;
	vcpu.eip = 0x100;
	snapshot();
	return &vcpu;
}

void snapshot(void)
{
	memcpy(old_ram, ram, sizeof(ram));
	memcpy(&old_vcpu, &vcpu, sizeof(vcpu));
}

/* Byte by byte: nobody writes to padding either. */
static bool same_bytes(const void *a, const void *b, size_t n)
{
	return !memcmp(a, b, n);
}

bool unchanged(void)
{
	struct vcpu now;

	memcpy(&now, &vcpu, sizeof(now));
	now.fault = old_vcpu.fault;
	now.next_eip = old_vcpu.next_eip; /* the dispatcher notes it */
	memcpy(now.stop_text, old_vcpu.stop_text, sizeof(now.stop_text));
	return same_bytes(ram, old_ram, sizeof(ram)) && same_bytes(&now, &old_vcpu, sizeof(now));
}

int run_suite(const char *name, const TTest *const *tests, unsigned n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	for (unsigned i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* No paging here: the registers are just registers. */
enum mon mmu_set_cr3(struct vcpu *v, u32 value)
{
	v->cr3 = value;
	return MON_OK;
}

enum mon mmu_set_mode(struct vcpu *v, u32 cr0, u32 cr4)
{
	bool changed = v->cr0 != cr0 || v->cr4 != cr4;

	v->cr0 = cr0;
	v->cr4 = cr4;
	if (changed)
		vcpu_mode_changed(v);
	return MON_OK;
}

void mmu_invalidate_page(struct vcpu *v, u32 lin)
{
	invalidated = lin;
}
