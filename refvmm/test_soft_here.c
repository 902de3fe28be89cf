/* SPDX-License-Identifier: MIT
 * The instruction at EIP without a guest context: what is fetched, who executes it,
 * and what happens when it is none any more.
 */
#include "refvmm/monstring.h"
#include "refvmm/soft.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>

#define CS_BASE 0x10000u
#define EIP     0x0ff8u /* eight bytes before the end of a page */
#define UNIT    5u

enum who { NOBODY, SOFT, CALLOUT };

static struct vm *vm;
static struct vcpu vcpu;
static u8 code[2][0x1000]; /* two pages at CS_BASE */
static bool absent[2], learns;
static enum who who;
static struct insn seen;
static u32 invalidated;
static bool low_seen;

enum mon lin_read(struct vcpu *v, u32 lin, void *dst, u32 n, enum access how)
{
	u32 page = (lin - CS_BASE) >> 12, at = lin & 0xfff;

	ck_assert_uint_lt(page, 2);
	/* Looking ahead sets no accessed bit. */
	ck_assert_int_eq(how, ACC_FETCH | (page ? ACC_DEBUG : 0));
	ck_assert_uint_le(at + n, 0x1000);
	if (absent[page])
		return vcpu_fault(v, V_PF, 0);
	memcpy(dst, &code[page][at], n);
	return MON_OK;
}

void host_begin(struct vm *m)
{
}

u32 bt_unit_at(const struct bt *bt, u32 host)
{
	return host == vm->trap.rip ? UNIT : 0;
}

bool bt_learn_wrap(struct bt *bt, const struct insn *i, u32 lin, bool low)
{
	low_seen = low;
	return learns;
}

void bt_invalidate(struct bt *bt, u32 index)
{
	invalidated = index;
}

static enum mon executed(const struct insn *i, enum who by)
{
	ck_assert_int_eq(who, NOBODY);
	who = by;
	seen = *i;
	return MON_OK;
}

enum mon soft_execute(struct vcpu *v, const struct insn *i)
{
	return executed(i, SOFT);
}

enum mon callout_execute(struct vcpu *v, const struct insn *i)
{
	return executed(i, CALLOUT);
}

static void setup(const char *hex)
{
	vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~(size_t)63);
	ck_assert_ptr_nonnull(vm);
	memset(vm, 0, sizeof(*vm));
	vm->bt = calloc(1, sizeof(*vm->bt));
	ck_assert_ptr_nonnull(vm->bt);
	vm->v = &vcpu;
	vm->trap.rip = 0x1000;
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = vm;
	vcpu.cr0 = CR0_PE;
	vcpu.eip = EIP;
	vcpu.seg[S_CS] = (struct seg){.sel = 8, .base = CS_BASE, .limit = ~0u, .attr = D_DB};
	vcpu.seg[S_GS] = (struct seg){.base = 0x5000, .limit = ~0u};
	memset(code, 0x90, sizeof(code));
	for (u8 *p = &code[0][EIP]; *hex; hex += hex[2] ? 3 : 2)
		*p++ = (u8)strtoul(hex, NULL, 16);
	memset(absent, 0, sizeof(absent));
	who = NOBODY;
	learns = false;
	invalidated = 0;
}

START_TEST(executes)
{
	static const struct {
		const char *bytes;
		enum who who;
	} insns[] = {
		{"01 08", SOFT},                   /* add [eax], ecx */
		{"81 05 78 56 34 12 01 00", SOFT}, /* up to the end of the page, and over it */
		{"9c", CALLOUT},                   /* pushf */
		{"66 9d", CALLOUT},                /* popf */
	};

	for (unsigned k = 0; k < sizeof(insns) / sizeof(insns[0]); k++) {
		setup(insns[k].bytes);
		ck_assert_int_eq(loop_soft(vm), MON_OK);
		ck_assert_int_eq(who, insns[k].who);
		ck_assert_uint_eq(seen.eip, EIP);
		ck_assert_uint_eq(vm->bt->stat[ST_soft], 1);
		ck_assert_uint_eq(vm->bt->callouts[seen.mnemonic], 1);
	}
}
END_TEST

/* The page behind is of no interest to an instruction that ends before it. */
START_TEST(page_end)
{
	setup("01 08");
	absent[1] = true;
	ck_assert_int_eq(loop_soft(vm), MON_OK);
	ck_assert_uint_eq(seen.len, 2);
	setup("01 08");
	absent[0] = true;
	ck_assert_int_eq(loop_soft(vm), MON_FAULT);
	ck_assert_int_eq(who, NOBODY);
}
END_TEST

/* Translated once, but something else stands there by now. */
START_TEST(no_instruction_any_more)
{
	static const char *const bytes[] = {"0f ff 00", "8d c0", "f0 90", "d9 d1"};

	for (unsigned k = 0; k < sizeof(bytes) / sizeof(bytes[0]); k++) {
		setup(bytes[k]);
		ck_assert_int_eq(loop_soft(vm), MON_STOP);
		ck_assert_int_eq(who, NOBODY);
		ck_assert_str_eq(vcpu.stop_text,
				 "cannot decode the instruction at 0008:00000ff8 that trapped");
	}
}
END_TEST

/* Operands of a GS with a base: the unit goes when the translator learnt which side. */
START_TEST(wraps)
{
	setup("65 a1 fc ff ff ff"); /* mov eax, gs:[-4] */
	learns = true;
	ck_assert_int_eq(loop_soft(vm), MON_OK);
	ck_assert_uint_eq(invalidated, UNIT);
	ck_assert(low_seen);
	setup("65 a1 04 00 00 00");
	ck_assert_int_eq(loop_soft(vm), MON_OK);
	ck_assert_uint_eq(invalidated, 0);
	ck_assert(!low_seen);
	setup("65 a1 fc ff ff ff");
	learns = true;
	vcpu.seg[S_GS].limit = 0xffff; /* ends: nothing wraps */
	ck_assert_int_eq(loop_soft(vm), MON_OK);
	ck_assert_uint_eq(invalidated, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, executes);
	tcase_add_test(tc, page_end);
	tcase_add_test(tc, no_instruction_any_more);
	tcase_add_test(tc, wraps);
}

TEST_MAIN("soft_here")
