/* SPDX-License-Identifier: MIT
 * Fixed-width integer names used by every part of the project.  A leaf header:
 * it knows nothing of the CPU, the host or the devices.
 */
#ifndef REFVMM_TYPES_H
#define REFVMM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#endif
