/* SPDX-License-Identifier: MIT
 * CRC-32 as in IEEE 802.3 (reflected, polynomial EDB88320): the check on every
 * line of the result protocol and on the case pack.
 */
#ifndef GUESTS_LIB_CRC32_H
#define GUESTS_LIB_CRC32_H

#include "refvmm/types.h"

/* Continue a CRC over n bytes; start with 0. */
u32 crc32_add(u32 crc, const void *data, u32 n);

#endif
