/* SPDX-License-Identifier: MIT
 * State of the processor into and out of librefvmm.
 */
#include "refvmm/cpuid.h"
#include "refvmm/lib.h"
#include "refvmm/mmu.h"
#include "refvmm/segment.h"
#include "refvmm/window.h"
#include "refvmm/x87env.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FX_MXCSR      24
#define FX_MXCSR_MASK 28

static int refuse(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char *reason, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (reason)
		vsnprintf(reason, REFVMM_REASON, format, ap);
	va_end(ap);
	return -EINVAL;
}

#define CR0_KNOWN                                                                                  \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)
#define CR4_KNOWN                                                                                  \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_PCE |  \
	 CR4_OSFXSR | CR4_OSXMMEXCPT)
#define FL_KNOWN (FL_HW | FL_VIRT | FL_ONE)

/* Reserved bits of MXCSR would fault at guest entry, in the monitor. */
static u32 mxcsr_mask(void)
{
	static u8 image[512] __attribute__((aligned(16)));
	u32 mask;

	__asm__ volatile("fxsave64 %0" : "=m"(image));
	memcpy(&mask, image + FX_MXCSR_MASK, 4);
	return mask ? mask : 0xffbf;
}

static int check(const struct refvmm_state *s, char *reason)
{
	bool protected = s->cr0 & CR0_PE, v86 = s->eflags & FL_VM;
	u32 mxcsr;

	if (s->cr0 & ~(u32)CR0_KNOWN || ((s->cr0 & CR0_PG) && !protected))
		return refuse(reason, "CR0 %08x cannot be", s->cr0);
	if (s->cr4 & ~(u32)CR4_KNOWN)
		return refuse(reason, "CR4 %08x cannot be", s->cr4);
	if (s->eflags & ~(u32)FL_KNOWN || (v86 && !protected))
		return refuse(reason, "EFLAGS %08x cannot be", s->eflags);
	if (s->cpl > 3 || (!protected && s->cpl) || (v86 && s->cpl != 3))
		return refuse(reason, "CPL %u in %s mode", s->cpl,
			      v86         ? "virtual-8086"
			      : protected ? "protected"
					  : "real");
	if (s->shadow > SHADOW_SS)
		return refuse(reason, "interrupt shadow %u", s->shadow);
	for (unsigned k = 0; k < S_COUNT; k++)
		if (s->seg[k].attr & ~(u32)D_ALL)
			return refuse(reason, "segment %u: attributes %08x", k, s->seg[k].attr);
	if ((s->ldtr.attr | s->tr.attr) & ~(u32)D_ALL)
		return refuse(reason, "LDTR or TR: attributes %08x %08x", s->ldtr.attr, s->tr.attr);
	memcpy(&mxcsr, s->fxsave + FX_MXCSR, 4);
	if (mxcsr & ~mxcsr_mask())
		return refuse(reason, "MXCSR %08x: reserved bits", mxcsr);
	return 0;
}

static struct seg to_seg(const struct refvmm_segment *s)
{
	return (struct seg){
		.base = s->base, .limit = s->limit, .attr = s->attr, .sel = s->selector};
}

static struct refvmm_segment from_seg(const struct seg *s)
{
	return (struct refvmm_segment){
		.base = s->base, .limit = s->limit, .attr = s->attr, .selector = s->sel};
}

/* Paging and modes: first off, so that the tables of the old CR3 are not asked. */
static int set_mode(struct vcpu *v, const struct refvmm_state *s, char *reason)
{
	struct vm *vm = vm_of(v);
	bool paging = (v->cr0 | s->cr0) & CR0_PG;

	if (mmu_set_mode(v, v->cr0 & ~(u32)CR0_PG, v->cr4) || mmu_set_cr3(v, s->cr3))
		return refuse(reason, "the present mode cannot be left");
	v->vflags &= ~(u32)FL_VM;
	v->cpl = s->cpl;
	if (mmu_set_mode(v, s->cr0, s->cr4))
		return refuse(reason, "CR3 %08x: reserved bits in the PDPTEs", s->cr3);
	if (paging)
		mmu_remapped(vm);
	return 0;
}

static void set_fpu(struct vm *vm, const u8 *image)
{
	static const u8 zero[8];

	vm->fpu_saved = true;
	memcpy(vm->fpu, image, sizeof(vm->fpu));
	memcpy(vm->fpu + 8, zero, 8); /* FIP, FDP: 64 bits to the host, kept beside it */
	memcpy(vm->fpu + 16, zero, 8);
	memset(&vm->v->x87, 0, sizeof(vm->v->x87));
	x87env_load(image, 512, true, &vm->v->x87);
}

int refvmm_set_state(struct refvmm *lib, const struct refvmm_state *s, char *reason)
{
	struct vm *vm = lib->vm;
	struct vcpu *v = vm->v;
	int r = check(s, reason);

	if (r)
		return r;
	host_begin(vm);
	if (v->cr0 != s->cr0 || v->cr3 != s->cr3 || v->cr4 != s->cr4 || (s->cr0 & CR0_PG) ||
	    v->cpl != s->cpl || ((v->vflags ^ s->eflags) & FL_VM))
		r = set_mode(v, s, reason);
	if (r)
		return r;
	memcpy(v->gpr, s->gpr, sizeof(v->gpr));
	v->eip = s->eip;
	vcpu_set_eflags(v, s->eflags);
	v->cr2 = s->cr2;
	memcpy(v->dr, s->dr, sizeof(v->dr));
	v->gdtr = (struct dtr){s->gdtr.base, s->gdtr.limit};
	v->idtr = (struct dtr){s->idtr.base, s->idtr.limit};
	v->ldtr = to_seg(&s->ldtr);
	v->tr = to_seg(&s->tr);
	for (unsigned k = 0; k < S_COUNT; k++) {
		struct seg seg = to_seg(&s->seg[k]);

		seg_install(v, k, &seg);
	}
	vcpu_mode_changed(v);
	set_fpu(vm, s->fxsave);
	v->halted = s->halted;
	v->shadow = s->shadow;
	v->debug_trap = 0;
	v->nmi = v->nmi_blocked = v->shutdown = v->intr = false;
	v->irq_pending = 0;
	vm->ferr = false;
	vm->fpu_masked = 0;
	vm->resolving.pending = false;
	vm->bt->next_unit = 0;
	return 0;
}

void refvmm_get_state(struct refvmm *lib, struct refvmm_state *s)
{
	struct vm *vm = lib->vm;
	const struct vcpu *v = vm->v;

	host_begin(vm);
	memset(s, 0, sizeof(*s));
	memcpy(s->gpr, v->gpr, sizeof(s->gpr));
	s->eip = v->eip;
	s->eflags = vcpu_eflags(v);
	s->cr0 = v->cr0;
	s->cr2 = v->cr2;
	s->cr3 = v->cr3;
	s->cr4 = v->cr4;
	memcpy(s->dr, v->dr, sizeof(s->dr));
	s->gdtr.base = v->gdtr.base;
	s->gdtr.limit = v->gdtr.limit;
	s->idtr.base = v->idtr.base;
	s->idtr.limit = v->idtr.limit;
	s->ldtr = from_seg(&v->ldtr);
	s->tr = from_seg(&v->tr);
	for (unsigned k = 0; k < S_COUNT; k++)
		s->seg[k] = from_seg(&v->seg[k]);
	s->cpl = v->cpl;
	s->halted = v->halted;
	s->shadow = v->shadow;
	memcpy(s->fxsave, vm->fpu, sizeof(s->fxsave));
	memset(s->fxsave + 8, 0, 16);
	x87env_store(s->fxsave, 512, true, &v->x87);
}
