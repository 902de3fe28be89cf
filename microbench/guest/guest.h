/* SPDX-License-Identifier: MIT
 * The guest runtime's selectors and addresses, for C and assembly.
 */
#ifndef MICROBENCH_GUEST_H
#define MICROBENCH_GUEST_H

#define SEL_CODE0    0x08
#define SEL_DATA0    0x10
#define SEL_CODE3    0x1b
#define SEL_DATA3    0x23
#define SEL_TSS      0x28
#define SEL_CODE16_0 0x30 /* 16-bit, base 0, limit 64 KiB */
#define SEL_DATA16_0 0x38
#define SEL_CODE16_3 0x43

/* Where 16-bit code is copied: below 64 KiB, clear of the boot sector and of
 * the BIOS data area. */
#define LOW_CODE 0x8000

#endif
