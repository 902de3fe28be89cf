/* SPDX-License-Identifier: MIT
 * A translator without a machine: a monitor area, a few frames of guest memory
 * and the functions bt.h asks of its surroundings.  Nothing emitted is executed
 * here; refvmm/test_engine.c does that.
 */
#ifndef BT_TEST_SUPPORT_H
#define BT_TEST_SUPPORT_H

#include "bt/bt.h"

#include <check.h>
#include <string.h>

/* Below every host's limits and ASan's shadow, so that the emitted bytes are the
 * same in every build. */
#define TEST_MON     0x7e000000u

#define FRAMES       64u
#define DEVICE_FRAME 40u /* code there comes from a device */
#define ABSENT_FRAME 50u /* #PF on fetch */

extern struct bt *bt;
extern struct vcpu *vcpu;
extern u8 guest[FRAMES * 4096]; /* guest physical memory from 0 */

/* How often bt_protect_frame() was called for a frame. */
extern unsigned protections[FRAMES];

/* What the page tables say of the first linear pages; zeros: linear = physical. */
extern struct mapping {
	bool moved, absent, system, global;
	u32 frame; /* when moved */
} mapping[FRAMES];

/* Fresh monitor area, memory of NOPs, cache and vCPU: flat 32-bit protected mode
 * or real mode, CPL 0. */
void start(bool counting);
void flat32(void);
void real16(void);

/* Put "8b 44 24 04" at a linear address; returns the number of bytes. */
unsigned put(u32 lin, const char *hex);
/* Translate at EIP in the vCPU's present context; fails the test if refused. */
u32 translate(u32 eip);

#endif
