/* SPDX-License-Identifier: MIT
 * State after power-up and RESET (SDM vol. 3A table 9-1).  The FPU's part is
 * in the host registers and belongs to the engine; the level of INTR and the
 * A20 gate belong to the board and stay.
 */
#include "refvmm/cpuid.h"
#include "refvmm/descriptor.h"
#include "refvmm/monstring.h"
#include "refvmm/mtrr.h"
#include "refvmm/segment.h"

void arch_reset(struct vcpu *v)
{
	const struct seg data = {.limit = 0xffff, .attr = D_P | D_S | D_WRITABLE | D_ACCESSED};
	struct seg code = data;

	mon_set(v->gpr, 0, sizeof(v->gpr));
	v->gpr[R_EDX] = cpu_models[v->cpu].signature;
	v->eip = 0xfff0;
	vcpu_set_eflags(v, 0);
	v->cr0 = CR0_ET | CR0_NW | CR0_CD;
	v->cr2 = 0;
	v->cr3 = 0;
	v->cr4 = 0;
	mon_set(v->dr, 0, sizeof(v->dr));
	v->dr[6] = 0xffff0ff0;
	v->dr[7] = 0x400;
	v->gdtr = (struct dtr){.limit = 0xffff};
	v->idtr = v->gdtr;
	v->ldtr = (struct seg){.limit = 0xffff, .attr = D_P | SYS_LDT << 8};
	v->tr = (struct seg){.limit = 0xffff, .attr = D_P | SYS_TSS32_BUSY << 8};
	v->cpl = 0;
	v->shadow = 0;
	v->halted = false;
	v->nmi = v->nmi_blocked = false;
	v->debug_trap = 0;
	mon_set(&v->x87, 0, sizeof(v->x87));
	msr_reset(v);

	code.base = 0xffff0000;
	code.sel = 0xf000;
	code.attr |= D_CODE;
	for (u32 s = 0; s < S_COUNT; s++)
		seg_install(v, s, s == S_CS ? &code : &data);
	vcpu_mode_changed(v);
}
