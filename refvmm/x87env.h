/* SPDX-License-Identifier: MIT
 * Opcode, instruction and data pointer in the images that FNSTENV, FNSAVE and
 * FXSAVE store and FLDENV, FRSTOR and FXRSTOR load (SDM vol. 1 figures 8-9 to 8-12,
 * table 10-2).  The real processor does the rest of the image; its own pointers
 * name the translation cache and the window.
 *
 * 14 and 94 bytes: 16-bit layout, 28 and 108: 32-bit layout, 512: FXSAVE.
 * `protected` chooses between selector:offset and the linear addresses of real and
 * virtual-8086 mode.
 */
#ifndef REFVMM_X87ENV_H
#define REFVMM_X87ENV_H

#include "refvmm/vcpu.h"

/* Put the guest's into an image the processor has written.  Unused halves of the
 * 32-bit layouts are all ones, as processors leave them. */
void x87env_store(u8 *image, u32 size, bool protected, const struct x87_last *x);
/* Take them from an image the processor has loaded.  A linear address becomes an
 * offset with selector 0. */
void x87env_load(const u8 *image, u32 size, bool protected, struct x87_last *x);

#endif
