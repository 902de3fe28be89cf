/* SPDX-License-Identifier: MIT
 * Result channel on a disk, see diskchannel.c.
 */
#ifndef GUESTS_PROOF_DISKCHANNEL_H
#define GUESTS_PROOF_DISKCHANNEL_H

#include "refvmm/types.h"

/* Find an ATA disk with a record area and make it the result channel; false
 * when there is none.  Nothing is written to any other disk. */
bool diskchannel_open(void);

#endif
