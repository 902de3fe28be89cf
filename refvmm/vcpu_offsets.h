/* SPDX-License-Identifier: MIT
 * Offsets in struct vcpu for assembly and emitted code; vcpu.c checks them.
 */
#ifndef REFVMM_VCPU_OFFSETS_H
#define REFVMM_VCPU_OFFSETS_H

#define V_GPR          0x00
#define V_EIP          0x20
#define V_HWFLAGS      0x24
#define V_VFLAGS       0x28
#define V_EXIT_CODE    0x2c
#define V_EXIT_ARG     0x30
#define V_SPILL_EAX    0x34
#define V_SPILL_ECX    0x38
#define V_SPILL_EDX    0x3c
#define V_TARGET       0x40
#define V_SCRATCH      0x44
#define V_RESUME       0x48
#define V_IRQ_PENDING  0x4e
#define V_SEG_DIRTY    0x4f
#define V_HOST_RSP     0x50
#define V_HSEL         0x60
#define V_GSEL         0x80
#define V_FS_OWNER     0xa0
#define V_BUDGET       0xa4
#define V_RETIRED      0xa8
#define V_SPILL_CHECK  0xac
#define V_TSC_OFFSET   0xb0
#define V_WINDOW       0xc0
#define V_SEG          0x2c0
#define V_SEG_LOADED   0x320
#define V_LIN          0x324
#define V_SEG_RW       0x328
#define V_SEG_RETURN   0x330
#define V_SEG_MEMO     0x334
#define V_X87_OP_NOTE  0x354
#define V_X87_MEM_NOTE 0x358
#define V_X87_BASE     0x35c
#define V_X87_INDEX    0x360
#define V_X87_OP       0x364
#define V_X87_IP       0x368
#define V_X87_CS       0x36c
#define V_X87_DP       0x370
#define V_X87_DS       0x374

#endif
