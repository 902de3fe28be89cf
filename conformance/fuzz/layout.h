/* SPDX-License-Identifier: MIT
 * Where a fuzz image puts things in guest memory, the selectors of its GDT and
 * the block table between the generator and the runtime.  runtime.asm reads the
 * same numbers: build.mk turns each "#define NAME number" into nasm's %define.
 */
#ifndef CONFORMANCE_FUZZ_LAYOUT_H
#define CONFORMANCE_FUZZ_LAYOUT_H

/* Linear addresses.  The five regions from FZ_CODE16 on are hashed at the end. */
#define FZ_RUNTIME    0x8000
#define FZ_PARAMS     0xb000
#define FZ_PARAMS_END 0x10000
#define FZ_CODE16     0x20000
#define FZ_DATA       0x30000
#define FZ_EXTRA      0x40000
#define FZ_STACK      0x50000
#define FZ_CODE32     0x60000
#define FZ_PRIV       0x70000
#define FZ_CODE_SIZE  0x4000
#define FZ_PRIV_SIZE  0x1000
/* Sectors of the image: boot sector, then runtime and params, then code. */
#define FZ_LBA_RUNTIME 1
#define FZ_SECTORS     256
#define FZ_IMAGE_SIZE  1474560
#define FZ_MONITOR_SEG 0xff900000

/* Paging: tables of the image, copies of the code to map in its place, frames; 4 MiB
 * pages are FZ_BIG and twice that. */
#define FZ_TABLES      0x10000
#define FZ_TABLES_SIZE 0x10000
#define FZ_COPY16      0x80000
#define FZ_COPY32      0x84000
#define FZ_FRAMES      0x200000
#define FZ_FRAMES_SIZE 0x20000
#define FZ_BIG         0x400000
#define PTE_FIXED      0x200
#define FZ_ALIAS       0x800000

/* Selectors of ring 0; or in 3 for ring 3. */
#define SEL_RT_CODE     0x08
#define SEL_RT_DATA     0x10
#define SEL_RT_CODE16   0x18
#define SEL_RT_DATA16   0x20
#define SEL_TSS         0x28
#define SEL_LDT         0x30
#define SEL_C16_0       0x38
#define SEL_C32_0       0x40
#define SEL_C16_3       0x48
#define SEL_C32_3       0x50
#define SEL_S16_0       0x58
#define SEL_S32_0       0x60
#define SEL_S16_3       0x68
#define SEL_S32_3       0x70
#define SEL_DATA        0x78
#define SEL_EXTRA       0x80
#define SEL_PRIV        0x88
#define SEL_FLAT        0x90
#define SEL_ALIAS16     0x98
#define SEL_ALIAS32     0xa0
#define SEL_READONLY    0xa8
#define SEL_EXPDOWN     0xb0
#define SEL_SMALL       0xb8
#define SEL_EXECONLY    0xc0
#define SEL_CONFORM     0xc8
#define SEL_ABSENT      0xd0
#define SEL_GATE32      0xd8
#define SEL_GATE16      0xe0
#define SEL_GATE32_0    0xe8
#define SEL_GATE_ABSENT 0xf0
#define SEL_PAGES       0xf8
#define SEL_MONITOR     0x100
#define SEL_WRAP        0x108
#define SEL_LDT_DATA    0x04
#define SEL_LDT_EXTRA   0x0c
#define SEL_LDT_CODE32  0x14

/* Software interrupts with handlers in the runtime. */
#define INT_END     0x30
#define INT_GATE32  0x40
#define INT_TRAP32  0x41
#define INT_GATE16  0x42
#define INT_DPL0    0x43
#define INT_ABSENT  0x44
#define INT_CONFORM 0x45
#define INT_BADTYPE 0x46
#define INT_BEYOND  0x70
#define INT_PAGE    0x33

/* Modes of a block. */
#define MODE_REAL   0
#define MODE_PM16_0 1
#define MODE_PM32_0 2
#define MODE_PM16_3 3
#define MODE_PM32_3 4

/* struct fz_params, at FZ_PARAMS. */
#define P_BLOCKS   0
#define P_WALK     4
#define P_MAXTRAPS 8
#define P_VERBOSE  12
#define P_TIMER    16
#define P_CR4      20
#define P_SEED     24
#define P_CR3      28
#define P_CR0      32
#define P_STACK_A  36
#define P_STACK_B  40
#define P_CLOCK    44
#define P_TABLE    64
/* struct fz_block: offsets and size. */
#define B_MODE  0
#define B_START 2
#define B_END   4
#define B_PADS  6
#define B_NPADS 8
#define B_CS    10
#define B_SS    12
#define B_DS    14
#define B_ES    16
#define B_GS    18
#define B_SP    20
#define B_FS    22
#define B_FLAGS 24
#define B_SUCC0 28
#define B_SUCC1 30
#define B_SIZE  32
/* In B_FLAGS: the clock counts the landing pads of the block. */
#define CLOCK_PADS    0x40000000
#define FZ_MAX_BLOCKS 160

#endif
