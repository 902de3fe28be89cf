/* SPDX-License-Identifier: MIT
 * The environment that FNSTENV, FNSAVE and FXSAVE store (SDM vol. 1 figures
 * 8-9 to 8-12, table 10-2), after the real processor has written it.
 */
#ifndef REFVMM_X87ENV_H
#define REFVMM_X87ENV_H

#include "refvmm/types.h"

/* Replace last opcode, instruction pointer and data pointer in an image of
 * `size` bytes by zero: the real processor's name the translation cache and the
 * window.  14 and 94 bytes: 16-bit layout, 28 and 108: 32-bit layout, 512:
 * FXSAVE.  `protected` chooses between the two 32-bit layouts, whose unused
 * halves are all ones. */
void x87env_hide_pointers(u8 *image, u32 size, bool protected);

#endif
