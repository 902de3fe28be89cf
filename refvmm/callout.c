/* SPDX-License-Identifier: MIT
 * Which handler executes an instruction that translated code leaves to the
 * monitor.  The list is the other end of class IC_MON in bt/insn.def: an
 * instruction that has a row there and none here stops the VM by name.
 */
#include "refvmm/callout.h"

#include <Zydis/Zydis.h>

#include "refvmm/soft.h"

static callout_fn *mov_handler(const struct insn *i)
{
	if (i->map == 1)
		return i->opcode & 1 ? callout_mov_dr : callout_mov_cr; /* 0F 20-23 */
	return i->opcode == 0x8e ? callout_mov_seg : NULL;
}

static callout_fn *far_handler(const struct insn *i)
{
	switch (i->opcode) {
	case 0xea:
		return callout_jmp_far;
	case 0x9a:
		return callout_call_far;
	case 0xca:
	case 0xcb:
		return callout_ret_far;
	case 0xff:
		return i->reg == 5 ? callout_jmp_far : i->reg == 3 ? callout_call_far : NULL;
	default:
		return NULL;
	}
}

static callout_fn *handler_of(const struct insn *i)
{
#define H(name, handler)                                                                           \
	case ZYDIS_MNEMONIC_##name:                                                                \
		return callout_##handler
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		return mov_handler(i);
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_CALL:
	case ZYDIS_MNEMONIC_RET:
		return far_handler(i);
		H(IRET, iret);
		H(IRETD, iret);
		H(INT, int);
		H(INT3, int3);
		H(INT1, int1);
		H(INTO, into);

		H(POP, pop_seg);
		H(LDS, load_far_pointer);
		H(LES, load_far_pointer);
		H(LFS, load_far_pointer);
		H(LGS, load_far_pointer);
		H(LSS, load_far_pointer);
		H(LAR, lar);
		H(LSL, lsl);
		H(VERR, verr);
		H(VERW, verw);

		H(LGDT, lgdt);
		H(LIDT, lidt);
		H(SGDT, sgdt);
		H(SIDT, sidt);
		H(LLDT, lldt);
		H(LTR, ltr);
		H(SLDT, sldt);
		H(STR, str);
		H(LMSW, lmsw);
		H(SMSW, smsw);
		H(CLTS, clts);
		H(INVLPG, invlpg);
		H(INVD, cache);
		H(WBINVD, cache);

		H(CLI, cli);
		H(STI, sti);
		H(PUSHF, pushf);
		H(PUSHFD, pushf);
		H(POPF, popf);
		H(POPFD, popf);
		H(HLT, hlt);

		H(RDTSC, rdtsc);
		H(RDPMC, rdpmc);
		H(RDMSR, rdmsr);
		H(WRMSR, wrmsr);
		H(CPUID, cpuid);
		H(SYSENTER, sysenter);
		H(SYSEXIT, sysexit);
		H(SYSCALL, ud);
		H(SYSRET, ud);
		H(RSM, ud);
		H(UD0, ud);
		H(UD1, ud);
		H(UD2, ud);
	default:
		return NULL;
	}
#undef H
}

enum mon callout_execute(struct vcpu *v, const struct insn *i)
{
	callout_fn *handler;
	enum mon m;

	v->eip = i->eip;
	v->next_eip = next_eip(i);
	/* No instruction here is lockable (SDM vol. 2A LOCK). */
	if (i->lock)
		return vcpu_fault(v, V_UD, 0);
	if (soft_portio(v, i, &m))
		return m;
	handler = handler_of(i);
	return handler ? handler(v, i) : insn_stop(v, i, "unknown callout");
}
