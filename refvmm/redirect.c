/* SPDX-License-Identifier: MIT
 * Running one instruction with its memory operand redirected to v->window: the
 * real processor does the arithmetic, so the monitor needs no interpreter.
 *
 * The copy is emitted into its own page of the monitor area as
 *     op ..., gs:[window + align]     jmp stub_redirected
 * and entered with the guest's registers, flags and FPU state.
 */
#include "bt/emit.h"
#include "refvmm/montext.h"
#include "refvmm/soft.h"
#include "refvmm/vm.h"

/* Copied instructions only: their meaning does not depend on host selectors. */
static bool redirectable(const struct insn *i)
{
	return i->cls == IC_IDENT || i->cls == IC_X87 || i->cls == IC_X87_ENV || i->cls == IC_MMX ||
	       i->cls == IC_SSE;
}

static void emit_redirected(struct vm *vm, const struct insn *i, u32 operand)
{
	struct emit e = {
		.pc = vm->mon + MON_REDIRECT, .end = vm->mon + MON_REDIRECT + 64, .mon = vm->mon};
	unsigned after = i->modrm_off ? i->modrm_off : i->disp_off;

	if (i->lock)
		e8(&e, 0xf0);
	e8(&e, 0x65);
	if (i->mand66 || (i->opsize == 2 && insn_takes_opsize(i)))
		e8(&e, 0x66);
	if (i->rep)
		e8(&e, i->rep);
	if (insn_is_maskmov(i)) { /* EDI holds the operand's address */
		ebytes(&e, i->bytes + i->opcode_off, i->len - i->opcode_off);
		e_jmp(&e, vm->bt->stub_redirected);
		return;
	}
	ebytes(&e, i->bytes + i->opcode_off, after - i->opcode_off);
	if (i->modrm_off)
		e8(&e, i->reg << 3 | 5); /* mod 0, rm 5: disp32 */
	e32(&e, operand);
	ebytes(&e, i->bytes + i->len - i->imm_size, i->imm_size);
	e_jmp(&e, vm->bt->stub_redirected);
}

bool redirect_may_not_store(struct vcpu *v, const struct insn *i)
{
	struct vm *vm = vm_of(v);

	if (i->cls != IC_X87 || !i->mem_write)
		return false;
	host_begin(vm);
	return (vm->fpu[0] & 0x3f) != 0x3f; /* masks of FCW */
}

bool redirect_x87_pending(struct vcpu *v)
{
	struct vm *vm = vm_of(v);

	host_begin(vm);
	return vm->fpu[2] & ~vm->fpu[0] & 0x3f; /* exceptions of FSW, masks of FCW */
}

enum mon redirect_run(struct vcpu *v, const struct insn *i, u32 align)
{
	struct vm *vm = vm_of(v);
	u32 eip = v->eip, edi = v->gpr[R_EDI];

#ifndef WITHOUT_SANITIZED_REDIRECT
	if (!redirectable(i))
		return mon_stop(v, "instruction class %u cannot be redirected", i->cls);
#endif
	vm->bt->stat[ST_redirects]++;
	emit_redirected(vm, i, vm->mon + V_WINDOW + align);
	v->resume = vm->mon + MON_REDIRECT;
	if (insn_is_maskmov(i))
		v->gpr[R_EDI] = vm->mon + V_WINDOW + align;
	loop_enter(vm);
	while (v->exit_code == EXIT_ASYNC) /* the alarm: finish first */
		loop_resume(vm);
	v->eip = eip;
	if (insn_is_maskmov(i))
		v->gpr[R_EDI] = edi;
	if (v->exit_code == EXIT_REDIRECTED)
		return MON_OK;
	if (v->exit_code != EXIT_TRAP)
		return mon_stop(v, "redirected instruction left with exit %u", v->exit_code);
	switch (vm->trap.trapno) {
	case V_DE:
	case V_BR:
	case V_UD:
	case V_MF:
	case V_XM:
		return vcpu_fault(v, arch_simd_vector(v, (u8)vm->trap.trapno), 0);
	case V_GP: /* misaligned SSE operand, reserved MXCSR bits */
		return vcpu_fault(v, V_GP, 0);
	default:
		return mon_stop(v, "redirected instruction trapped with vector %u",
				vm->trap.trapno);
	}
}
