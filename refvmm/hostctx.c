/* SPDX-License-Identifier: MIT
 * Entering host context: save the guest's FPU and SSE state, give C code a clean
 * one, and restore the FS base that TLS hangs on (host rules 2 and 19).  Guest
 * entry undoes it (loop.c).
 */
#include "refvmm/vm.h"

u64 host_fs_base;

void host_begin(struct vm *vm)
{
	static const u32 mxcsr = 0x1f80; /* power-on value: all exceptions masked */

	if (vm->fpu_saved)
		return;
	__asm__ volatile("wrfsbase %0" : : "r"(host_fs_base));
#ifdef WITHOUT_CLEAN_FPU
	__asm__ volatile("fxsave64 %0" : "=m"(vm->fpu) : "m"(mxcsr));
#else
	__asm__ volatile("fxsave64 %0\n\tfninit\n\tldmxcsr %1" : "=m"(vm->fpu) : "m"(mxcsr));
#endif
	vm->fpu_saved = true;
#ifndef WITHOUT_RELOAD_FS_AFTER_HOST
	vm->v->seg_dirty |= 1u << S_FS; /* its base was the guest's */
#endif
	vm->bt->stat[ST_host_calls]++;
}
