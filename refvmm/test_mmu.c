/* SPDX-License-Identifier: MIT
 * When the four directory pointer entries of PAE are loaded: with CR3, and by MOV to
 * CR0 and CR4 that change what SDM vol. 3A section 4.4.1 names (mmu.c).
 */
#include "refvmm/mmu.h"

#include "refvmm/test_main.h"
#include "refvmm/test_paging_support.h"
#include "refvmm/window.h"

void bt_check_pages(struct bt *bt, enum page_class class, bool globals_too)
{
}

void bt_check_page(struct bt *bt, u32 lin)
{
}

void alias_update(struct vm *m)
{
}

void shadow_all(struct vm *m)
{
}

static const struct {
	const char *name;
	u32 cr0, cr4;
	bool loads;
} changes[] = {
	{"CD", CR0_CD, 0, true},   {"CD and NW", CR0_CD | CR0_NW, 0, true},
	{"PGE", 0, CR4_PGE, true}, {"PSE", 0, CR4_PSE, true},
	{"WP", CR0_WP, 0, false},  {"TS", CR0_TS, 0, false},
	{"AM", CR0_AM, 0, false},  {"DE", 0, CR4_DE, false},
};

static void start_pae(void)
{
	start(CR4_PAE);
	vm->page0_maps = true;
	vm->window->floor = 0;
	window_init(vm->window, (RAM + BEHIND_RAM) >> 12);
	vm->window->user_top = vm->mon;
}

static enum mon change(unsigned k)
{
	return mmu_set_mode(vcpu, vcpu->cr0 ^ changes[k].cr0, vcpu->cr4 ^ changes[k].cr4);
}

START_TEST(loaded)
{
	u64 second = AT_PD | P;
	u32 x;

	start_pae();
	poke32(AT_DATA, 0x1234);
	map4k(0x205000, AT_DATA | SET);
	/* What a TLB holds of the entry goes with it. */
	ck_assert_int_eq(lin_read(vcpu, 0x40205000, &x, 4, ACC_READ), MON_FAULT);
	poke64(AT_PDPT + 8, second);
	ck_assert_msg(change((unsigned)_i) == MON_OK, "%s", changes[_i].name);
	ck_assert_msg((vcpu->pdpte[1] == second) == changes[_i].loads, "%s", changes[_i].name);
	ck_assert_int_eq(lin_read(vcpu, 0x40205000, &x, 4, ACC_READ),
			 changes[_i].loads ? MON_OK : MON_FAULT);
	poke64(AT_PDPT + 8, 0);
	ck_assert_int_eq(change((unsigned)_i), MON_OK);
	ck_assert_int_eq(lin_read(vcpu, 0x40205000, &x, 4, ACC_READ), MON_FAULT);
}
END_TEST

START_TEST(reserved)
{
	u32 cr0, cr4;

	start_pae();
	cr0 = vcpu->cr0;
	cr4 = vcpu->cr4;
	poke64(AT_PDPT + 8, AT_PD | P | 0x20);
	ck_assert_msg(change((unsigned)_i) == (changes[_i].loads ? MON_FAULT : MON_OK), "%s",
		      changes[_i].name);
	if (changes[_i].loads) {
		ck_assert_uint_eq(vcpu->fault.vector, V_GP);
		ck_assert_uint_eq(vcpu->cr0, cr0);
		ck_assert_uint_eq(vcpu->cr4, cr4);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, loaded, 0, sizeof(changes) / sizeof(changes[0]));
	tcase_add_loop_test(tc, reserved, 0, sizeof(changes) / sizeof(changes[0]));
}

TEST_MAIN("mmu")
