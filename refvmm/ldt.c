/* SPDX-License-Identifier: MIT
 * LDT slots for shadow descriptors: an LRU cache over modify_ldt(2), which costs
 * microseconds (host rule 9).  A slot that any guest segment register refers to,
 * or did in the other privilege class, is never rewritten: hardware may hold it.
 */
#include "refvmm/vm.h"

#include <asm/ldt.h>
#include <sys/syscall.h>

/* The system call itself: monitor context has no errno. */
static long modify_ldt(const struct user_desc *d)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(SYS_modify_ldt), "D"(0x11L), "S"(d), "d"(sizeof(*d))
			 : "rcx", "r11", "memory");
	return (int)r;
}

static bool write_slot(struct vm *vm, unsigned slot, u32 base, u32 limit, unsigned contents,
		       bool is32, bool read_only)
{
	struct user_desc d = {0};

	d.entry_number = slot;
	d.base_addr = base;
	d.seg_32bit = is32;
	d.contents = contents;
	d.read_exec_only = read_only;
	d.limit_in_pages = limit > 0xfffff;
	d.limit = d.limit_in_pages ? limit >> 12 : limit;
	d.useable = 1;
	vm->bt->stat[ST_ldt_writes]++;
	host_syscall_made(vm);
	return modify_ldt(&d) == 0;
}

#ifndef WITHOUT_EXECUTE_ONLY_TC
#define TC_EXECUTE_ONLY true
#else
#define TC_EXECUTE_ONLY false
#endif

bool ldt_init(struct vm *vm)
{
	/* contents: 0 data, 1 expand-down data, 2 code */
	return write_slot(vm, LDT_TC, 0, 0xffffffff, 2, true, TC_EXECUTE_ONLY) &&
	       write_slot(vm, LDT_GS, 0, 0xffffffff, 0, true, false) &&
	       write_slot(vm, LDT_EMPTY16, 0, 0xffff, 1, false, false) &&
	       write_slot(vm, LDT_EMPTY32, 0, 0xffffffff, 1, true, false);
}

u32 ldt_slots_used(const struct vm *vm)
{
	u32 n = LDT_DYNAMIC;

	for (unsigned i = LDT_DYNAMIC; i < LDT_SLOTS; i++)
		n += vm->ldt[i].kind != LDT_FREE;
	return n;
}

static bool in_use(const struct vm *vm, u16 sel)
{
#ifndef WITHOUT_SLOT_IN_USE
	for (int s = 0; s < S_COUNT; s++)
		if (vm->v->hsel[s] == sel || vm->shadows[0][s].sel == sel ||
		    vm->shadows[1][s].sel == sel)
			return true;
	if (vm->v->hsel[HSEL_GS_LOW] == sel || vm->shadows[0][S_GS].low == sel ||
	    vm->shadows[1][S_GS].low == sel)
		return true;
#endif
	return false;
}

u16 ldt_selector(struct vm *vm, u32 base, u32 limit, enum ldt_kind kind)
{
	unsigned victim = 0;

	vm->ldt_clock++;
	for (unsigned i = LDT_DYNAMIC; i < LDT_SLOTS; i++) {
		struct ldt_entry *e = &vm->ldt[i];

		if (e->kind == kind && e->base == base && e->limit == limit) {
			e->used = vm->ldt_clock;
			return LDT_SEL(i);
		}
	}
	for (unsigned i = LDT_DYNAMIC; i < LDT_SLOTS; i++)
		if ((!victim || vm->ldt[i].used < vm->ldt[victim].used) && !in_use(vm, LDT_SEL(i)))
			victim = i;
	segmap_forget(vm, &vm->ldt[victim]);
	segmemo_slot(vm, victim);
	vm->ldt[victim] = (struct ldt_entry){
		.base = base, .limit = limit, .kind = kind, .used = vm->ldt_clock};
	if (!write_slot(vm, victim, base, limit, kind >= LDT_EXPDOWN_RW16,
			kind == LDT_DATA_RW32 || kind >= LDT_EXPDOWN_RW32,
			kind == LDT_DATA_RO || kind == LDT_EXPDOWN_RO16 ||
				kind == LDT_EXPDOWN_RO32)) {
		vm->ldt[victim].kind = LDT_FREE;
		vm_stop(vm, 14, "modify_ldt failed");
		return LDT_SEL(LDT_EMPTY32);
	}
	return LDT_SEL(victim);
}
