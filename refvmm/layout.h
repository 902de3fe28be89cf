/* SPDX-License-Identifier: MIT
 * Where things live in the refvmm process.
 *
 * Guest linear window, [0, monitor base): guest RAM as the guest's segments see
 * it, shifted up by vm.linbase when page 0 cannot be mapped.
 * Monitor area, MON_SIZE bytes at the monitor base: the only part of the low
 * 4 GiB that is not the guest's.  Guest segments are truncated below it.
 * Arena, at a fixed address above 4 GiB where compatibility-mode code cannot
 * form an address: all other mutable state of the machine, and the RAM alias.
 */
#ifndef REFVMM_LAYOUT_H
#define REFVMM_LAYOUT_H

#include "refvmm/types.h"

#define MON_SIZE        0x800000u
#define MON_VCPU        0x0u     /* struct vcpu */
#define MON_STUBS       0x10000u /* 32-bit stubs and the 64-bit exit stub */
#define MON_REDIRECT    0x18000u /* one redirected instruction */
#define MON_SMALL       0x20000u /* indirect-branch tables of 256 entries */
#define MON_SMALL_COUNT 1024u
#define MON_BIG         0x120000u /* indirect-branch tables of 65,536 entries */
#define MON_BIG_COUNT   5u
#define MON_CELLS       0x260000u /* devices' plain registers, see portcells.h */
#define MON_TABLE_PAGES                                                                            \
	0x261000u /* pages of the guest's descriptor tables, read-only: segmemo.c                  \
		   */
#define TABLE_PAGES    3u
#define MON_SEG_MEMOS  0x264000u /* struct seg_memo [SEG_MEMO_KINDS][SEG_MEMOS] */
#define MON_PORT_IN8   0x270000u /* by port: offset of its cell in MON_CELLS, 0: none */
#define MON_PORT_OUT8  0x280000u
#define MON_PORT_OUT32 0x290000u
#define MON_SEG_DATA   0x2a0000u /* by real-mode selector: LDT selector, 0: none */
#define MON_SEG_STACK  0x2c0000u
#define MON_GRANULES   0x2e0000u /* by linear address, see alias.c */
#define MON_ALIASES    0x2f0000u
#define MON_SHADOW_RAM 0x300000u /* guest RAM at ROM_LOW_BASE */
#define MON_TC         0x340000u /* translation cache, to the end of the area */

#define ARENA_BASE     0x200000000000ull
#define PAGE0_SHIFT_BY 0x10000u /* of the window, where page 0 cannot be mapped */
#define RAM_ALIAS      0x210000000000ull

/* Selectors.  The host's own, and fixed LDT slots (TI = 1, RPL = 3). */
#define SEL_HOST_CODE64 0x33
#define SEL_HOST_DATA   0x2b
#define LDT_SEL(slot)   ((u16)((slot) << 3 | 7))
enum ldt_slot {
	LDT_TC = 1,  /* execute-only code, 0 to 4 GiB: the translation cache */
	LDT_GS,      /* the reserved segment: flat read-write data */
	LDT_EMPTY16, /* every access faults; SS.B = 0 */
	LDT_EMPTY32, /* every access faults; SS.B = 1 */
	LDT_DYNAMIC, /* first slot given out for guest segments */
	LDT_SLOTS = 64,
};

#endif
