/* SPDX-License-Identifier: MIT
 * The guest profile (--trace mem): what microbench/replay needs to tell what another
 * policy of the window would have cost (docs/mmu-policy.md).  While it is written,
 * nothing of an address space stays mapped when CR3 is loaded and nothing is mapped
 * ahead, so every first touch of a page in a residence shows.
 *
 *   C cr3               CR3 was loaded
 *   R page entry        a page touched in the last residence of this CR3, as it is now
 *   T page entry w from to e0 ... e15   a page was touched (w: written); its run of
 *                       pages continuing it; the entries of its 16 aligned neighbours
 *   I page              INVLPG
 *   A 0                 all translations were dropped (CR0, CR4)
 *   P page              #PF was delivered for it
 * Entries are those of window.h, 0: nothing to map.  Everything in hexadecimal.
 */
#include "refvmm/trace.h"
#include "refvmm/window.h"

#include <stdio.h>

void trace_mem_on(struct vm *vm, char what, u32 x)
{
	host_begin(vm);
	fprintf(vm->cfg->trace[TRACE_MEM], "%c %x\n", what, what == 'C' ? x : x >> 12);
}

void trace_recall_on(struct vm *vm, u32 page, u32 entry)
{
	host_begin(vm);
	fprintf(vm->cfg->trace[TRACE_MEM], "R %x %x\n", page, entry);
}

void trace_touch_on(struct vm *vm, u32 page, bool write)
{
	u32 entry = window_entry_now(vm, page), from = page, to = page + 1;
	FILE *f = vm->cfg->trace[TRACE_MEM];

	while ((from & 1023) && window_entry_now(vm, from - 1) == entry - ((page - from + 1) << 8))
		from--;
	while ((to & 1023) && window_entry_now(vm, to) == entry + ((to - page) << 8))
		to++;
	host_begin(vm);
	fprintf(f, "T %x %x %x %x %x", page, entry, write, from, to);
	for (u32 k = page & ~15u, end = k + 16; k < end; k++)
		fprintf(f, " %x", window_entry_now(vm, k));
	fputc('\n', f);
}
