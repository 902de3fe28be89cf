/* SPDX-License-Identifier: MIT
 * Three defences that no guest can show by itself: the translation cache's code
 * segment cannot be read (a CS override that slipped through would fault), only
 * copied instructions are ever run with a redirected operand, and host code never
 * computes with the guest's floating-point settings.
 */
#include "refvmm/machine.h"
#include "refvmm/soft.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <sys/mman.h>

extern u64 host_fs_base;

static unsigned entered;

void loop_enter(struct vm *vm)
{
	entered++;
	vm->v->exit_code = EXIT_REDIRECTED;
}

void loop_resume(struct vm *vm)
{
	abort();
}

/* Nothing is remembered here. */
void segmemo_slot(struct vm *vm, unsigned slot)
{
}

void vm_stop(struct vm *vm, int exit_code, const char *text)
{
	ck_abort_msg("%s", text);
}

static struct vm *make(void)
{
	static struct vcpu vcpu;
	struct vm *vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~(size_t)63);

	if (!vm)
		abort();
	__builtin_memset(vm, 0, sizeof(*vm));
	vm->bt = calloc(1, sizeof(*vm->bt));
	if (!vm->bt)
		abort();
	vm->v = &vcpu;
	vcpu.vm = vm;
	return vm;
}

/* VERR and VERW ask the processor itself (SDM vol. 2B). */
static bool readable(u16 sel)
{
	bool yes;

	__asm__ volatile("verr %1" : "=@ccz"(yes) : "r"(sel));
	return yes;
}

static bool writable(u16 sel)
{
	bool yes;

	__asm__ volatile("verw %1" : "=@ccz"(yes) : "r"(sel));
	return yes;
}

static u32 rights(u16 sel)
{
	u32 r = 0;

	__asm__ volatile("larl %1, %0" : "+r"(r) : "r"((u32)sel) : "cc");
	return r;
}

START_TEST(execute_only)
{
	struct vm *vm = make();

	ck_assert(ldt_init(vm));
	ck_assert(!readable(LDT_SEL(LDT_TC)));
	ck_assert(!writable(LDT_SEL(LDT_TC)));
	ck_assert_uint_eq(rights(LDT_SEL(LDT_TC)) & (D_P | D_S | D_CODE | D_READABLE | D_DPL),
			  D_P | D_S | D_CODE | D_DPL);
	/* and the judge is awake: the reserved segment is both */
	ck_assert(readable(LDT_SEL(LDT_GS)));
	ck_assert(writable(LDT_SEL(LDT_GS)));
}
END_TEST

START_TEST(only_copied_classes)
{
	static const u8 fine[] = {IC_IDENT, IC_X87, IC_X87_ENV, IC_MMX, IC_SSE};
	struct vm *vm = make();

	vm->mon = REFVMM_MONITOR_BASE;
	ck_assert(mmap((void *)(uintptr_t)vm->mon, MON_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED);
	for (unsigned cls = 0; cls <= IC_STOP; cls++) {
		/* add [ebx], eax */
		struct insn i = {.cls = (u8)cls,
				 .len = 2,
				 .bytes = {0x01, 0x03},
				 .opsize = 4,
				 .adsize = 4,
				 .modrm_off = 1,
				 .has_mem = 1,
				 .mem_size = 4};
		bool ok = false;

		for (unsigned k = 0; k < sizeof(fine); k++)
			ok |= fine[k] == cls;
		entered = 0;
		ck_assert_msg((redirect_run(vm->v, &i, 0) == MON_OK) == ok, "class %u", cls);
		ck_assert_msg(entered == ok, "class %u ran", cls);
	}
}
END_TEST

/* SDM vol. 1 sections 8.1.5 and 10.2.3: control words after FNINIT and power-on. */
START_TEST(clean_fpu)
{
	const u16 unmasked = 0x0f40, none = 0x037f;
	const u32 all = 0, masked = 0x1f80;
	struct vm *vm = make();
	u16 fcw = 0, fsw = 0xffff;
	u32 mxcsr = 0;

	__asm__ volatile("rdfsbase %0" : "=r"(host_fs_base));
	/* The guest: every exception unmasked, the x87 stack in use. */
	__asm__ volatile("fninit; fldz; fldz; fldz; fldcw %0; ldmxcsr %1"
			 :
			 : "m"(unmasked), "m"(all));
	host_begin(vm);
	__asm__ volatile("fnstcw %0; fnstsw %1; stmxcsr %2" : "=m"(fcw), "=m"(fsw), "=m"(mxcsr));
	__asm__ volatile("fninit; ldmxcsr %0" : : "m"(masked));
	ck_assert_uint_eq(fcw, none);
	ck_assert_uint_eq(fsw, 0);
	ck_assert_uint_eq(mxcsr, masked);
	/* and what was the guest's is kept */
	ck_assert_uint_eq(vm->fpu[0] | vm->fpu[1] << 8, unmasked);
	ck_assert_uint_eq(vm->fpu[24] | vm->fpu[25] << 8, all);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, execute_only);
	tcase_add_test(tc, only_copied_classes);
	tcase_add_test(tc, clean_fpu);
}

TEST_MAIN("isolation_parts")
