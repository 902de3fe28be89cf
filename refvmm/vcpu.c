/* SPDX-License-Identifier: MIT
 * The layout contract between struct vcpu, enter.S and emitted code.
 */
#include "refvmm/vcpu.h"

#include "refvmm/vcpu_offsets.h"

#define AT(field, off) _Static_assert(offsetof(struct vcpu, field) == (off), #field)

AT(gpr, V_GPR);
AT(eip, V_EIP);
AT(hwflags, V_HWFLAGS);
AT(vflags, V_VFLAGS);
AT(exit_code, V_EXIT_CODE);
AT(exit_arg, V_EXIT_ARG);
AT(spill_eax, V_SPILL_EAX);
AT(spill_ecx, V_SPILL_ECX);
AT(spill_edx, V_SPILL_EDX);
AT(target, V_TARGET);
AT(scratch, V_SCRATCH);
AT(resume, V_RESUME);
AT(irq_pending, V_IRQ_PENDING);
AT(seg_dirty, V_SEG_DIRTY);
AT(host_rsp, V_HOST_RSP);
AT(hsel, V_HSEL);
AT(gsel, V_GSEL);
AT(fs_owner, V_FS_OWNER);
AT(budget, V_BUDGET);
AT(retired, V_RETIRED);
AT(spill_check, V_SPILL_CHECK);
AT(tsc_offset, V_TSC_OFFSET);
AT(seg_loaded, V_SEG_LOADED);
AT(lin, V_LIN);
AT(seg_rw, V_SEG_RW);
AT(seg_return, V_SEG_RETURN);
AT(seg_memo, V_SEG_MEMO);
AT(x87.op_note, V_X87_OP_NOTE);
AT(x87.mem_note, V_X87_MEM_NOTE);
AT(x87.base, V_X87_BASE);
AT(x87.index, V_X87_INDEX);
AT(x87.op, V_X87_OP);
AT(x87.ip, V_X87_IP);
AT(x87.cs, V_X87_CS);
AT(x87.dp, V_X87_DP);
AT(x87.ds, V_X87_DS);
AT(window, V_WINDOW);
AT(seg, V_SEG);
