/* SPDX-License-Identifier: MIT
 * What the machine offers the board.
 */
#ifndef REFVMM_BOARD_H
#define REFVMM_BOARD_H

#include "refvmm/vm.h"

struct pc_host board_host(struct vm *vm);

#endif
