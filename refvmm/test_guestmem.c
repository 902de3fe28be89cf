/* SPDX-License-Identifier: MIT
 * Guest memory for the monitor: accesses over page boundaries, what the software TLB
 * may keep and when it may not, pages of devices and of nothing.
 */
#include "refvmm/test_main.h"
#include "refvmm/test_paging_support.h"

#include <string.h>

#define LIN   0x00005000u
#define NEXT  0x00006000u
#define FRAME (AT_DATA + 0x7000)
#define OTHER (AT_DATA + 0x3000)

static u32 read32(u32 lin)
{
	u32 x = 0;

	ck_assert_int_eq(lin_read(vcpu, lin, &x, 4, ACC_READ), MON_OK);
	return x;
}

/* ---- page crossing ---- */

static const struct {
	const char *name;
	u32 first, second; /* rights of the two pages */
	u8 cpl;
	enum access how;
	bool write;
	u32 fault; /* page that faults, 0: none */
	u32 error;
} crossings[] = {
	{"both there", ALL, ALL, 3, ACC_WRITE, true, 0, 0},
	{"second absent, read", ALL, 0, 0, ACC_READ, false, NEXT, 0},
	{"second absent, write", ALL, 0, 0, ACC_WRITE, true, NEXT, 2},
	{"second absent, user write", ALL, 0, 3, ACC_WRITE, true, NEXT, 6},
	{"second read-only, user write", ALL, P | U, 3, ACC_WRITE, true, NEXT, 7},
	{"second supervisor, user read", ALL, P | W, 3, ACC_READ, false, NEXT, 5},
	{"second supervisor, user write", ALL, P | W, 3, ACC_WRITE, true, NEXT, 7},
	{"first absent", 0, ALL, 0, ACC_WRITE, true, LIN + 0xffe, 2},
	{"both absent", 0, 0, 3, ACC_READ, false, LIN + 0xffe, 4},
	{"implicit write, second absent", ALL, 0, 3, ACC_SYSTEM, true, NEXT, 2},
	{"implicit write to the supervisor's", P | W, P | W, 3, ACC_SYSTEM, true, 0, 0},
};

START_TEST(crossing)
{
	u32 value = 0x44332211, lin = LIN + 0xffe;
	enum mon m;

	start(0);
	map4k(LIN, FRAME | crossings[_i].first);
	map4k(NEXT, OTHER | crossings[_i].second); /* frames do not follow each other */
	memset(vm->ram + AT_DATA, 0xee, 0x8000);
	vcpu->cpl = crossings[_i].cpl;
	if (crossings[_i].write)
		m = lin_write(vcpu, lin, &value, 4, crossings[_i].how);
	else
		m = lin_read(vcpu, lin, &value, 4, crossings[_i].how);
	ck_assert_msg((m != MON_OK) == (crossings[_i].fault != 0), "%s: %d", crossings[_i].name, m);
	if (!m) {
		ck_assert_uint_eq(peek32(FRAME + 0xffc), 0x2211eeee);
		ck_assert_uint_eq(peek32(OTHER), 0xeeee4433);
		return;
	}
	ck_assert_msg(vcpu->fault.error == crossings[_i].error, "%s: error %x", crossings[_i].name,
		      vcpu->fault.error);
	ck_assert_msg(vcpu->fault.cr2 == crossings[_i].fault, "%s: CR2 %x", crossings[_i].name,
		      vcpu->fault.cr2);
	ck_assert_uint_eq(peek32(FRAME + 0xffc), 0xeeeeeeee); /* nothing in part */
	ck_assert_uint_eq(peek32(OTHER), 0xeeeeeeee);
}
END_TEST

START_TEST(wraps_at_4g)
{
	u32 value = 0x44332211;

	start(0);
	poke32(AT_PD + 0xffc, AT_PT | ALL);
	poke32(AT_PT + 0xffc, FRAME | ALL);
	put_pde(0, AT_PT | ALL);
	put_pte(0, OTHER | ALL);
	ck_assert_int_eq(lin_write(vcpu, 0xfffffffe, &value, 4, ACC_WRITE), MON_OK);
	ck_assert_uint_eq(peek32(FRAME + 0xffc), 0x22110000);
	ck_assert_uint_eq(peek32(OTHER), 0x4433);
	ck_assert_uint_eq(read32(0xfffffffe), value);
}
END_TEST

/* ---- the software TLB ---- */

/* Fill it by a read or a write at one privilege. */
static void touch(u8 cpl, enum access how)
{
	u32 x = 0;

	vcpu->cpl = cpl;
	if (how & ACC_WRITE)
		ck_assert_int_eq(lin_write(vcpu, LIN, &x, 4, how), MON_OK);
	else
		ck_assert_int_eq(lin_read(vcpu, LIN, &x, 4, how), MON_OK);
}

/* Whatever filled an entry, the next access has the rights that a walk gives. */
static const struct {
	const char *name;
	u32 rights;
	bool wp;
	u8 cpl;
	enum access how; /* what fills */
	u8 then_cpl;
	enum access then;
	u32 error; /* ~0: none */
} rights[] = {
	{"user behind a supervisor read", P | W, false, 0, ACC_READ, 3, ACC_READ, 5},
	{"user behind a supervisor write", P | W, false, 0, ACC_WRITE, 3, ACC_WRITE, 7},
	{"user behind an implicit read", P | W, false, 3, ACC_SYSTEM, 3, ACC_READ, 5},
	{"write behind a read", P | U, true, 0, ACC_READ, 0, ACC_WRITE, 3},
	{"user write behind WP = 0", P | U, false, 0, ACC_WRITE, 3, ACC_WRITE, 7},
	{"user read behind WP = 0", P | U, false, 0, ACC_WRITE, 3, ACC_READ, ~0u},
	{"supervisor behind user", ALL, true, 3, ACC_WRITE, 0, ACC_WRITE, ~0u},
	{"implicit behind user", ALL, true, 3, ACC_READ, 3, ACC_WRITE | ACC_SYSTEM, ~0u},
	{"ring 1 is no user", P | W, true, 0, ACC_READ, 1, ACC_WRITE, ~0u},
};

START_TEST(tlb_rights)
{
	u32 got = ~0u;

	start(0);
	map4k(LIN, FRAME | rights[_i].rights);
	if (rights[_i].wp)
		vcpu->cr0 |= CR0_WP;
	touch(rights[_i].cpl, rights[_i].how);
	vcpu->cpl = rights[_i].then_cpl;
	if (lin_probe(vcpu, LIN, 4, rights[_i].then))
		got = vcpu->fault.error;
	ck_assert_msg(got == rights[_i].error, "%s: %x", rights[_i].name, got);
}
END_TEST

/* A write through an entry that a read made still sets D. */
START_TEST(tlb_dirty)
{
	u32 x = 5;

	start(0);
	map4k(LIN, FRAME | ALL);
	touch(0, ACC_READ);
	ck_assert_uint_eq(peek32(pte_at(LIN)), FRAME | ALL | A);
	ck_assert_int_eq(lin_write(vcpu, LIN, &x, 4, ACC_WRITE), MON_OK);
	ck_assert_uint_eq(peek32(pte_at(LIN)), FRAME | ALL | A | D);
}
END_TEST

/* What the guest invalidates is gone, and only that has to be. */
START_TEST(tlb_invalidation)
{
	start(0);
	map4k(LIN, FRAME | SET);
	map4k(NEXT, FRAME | SET);
	poke32(FRAME, 1);
	poke32(OTHER, 2);
	ck_assert_uint_eq(read32(LIN), 1);
	ck_assert_uint_eq(read32(NEXT), 1);
	put_pte(LIN, OTHER | SET);
	put_pte(NEXT, OTHER | SET);
	tlb_flush_page(vcpu, LIN + 0x123);
	ck_assert_uint_eq(read32(LIN), 2);
	tlb_flush(vcpu);
	ck_assert_uint_eq(read32(NEXT), 2);
	/* Two pages of one slot. */
	map4k(LIN + TLB_ENTRIES * 0x1000, FRAME | SET);
	ck_assert_uint_eq(read32(LIN + TLB_ENTRIES * 0x1000), 1);
	ck_assert_uint_eq(read32(LIN), 2);
}
END_TEST

/* Not-present entries are never kept (SDM vol. 3A section 4.10.2.3). */
START_TEST(absent_is_not_cached)
{
	u32 x;

	start(0);
	map4k(LIN, 0);
	ck_assert_int_eq(lin_read(vcpu, LIN, &x, 4, ACC_READ), MON_FAULT);
	map4k(LIN, FRAME | ALL);
	poke32(FRAME, 7);
	ck_assert_uint_eq(read32(LIN), 7);
}
END_TEST

/* An entry may not let a fetch through that XD stops. */
START_TEST(fetch_is_walked)
{
	const u8 *bytes;
	u32 frame;
	u8 copy[4096];

	start(CR4_PAE);
	vcpu->efer = 1u << 11;
	map4k(LIN, NX | FRAME | SET);
	touch(0, ACC_READ);
	ck_assert_int_eq(bt_code_page(vcpu, LIN, &bytes, &frame, copy), CODE_FAULT);
	ck_assert_uint_eq(vcpu->fault.error, 0x11);
	ck_assert_uint_eq(vcpu->fault.cr2, LIN);
	put_pte(LIN, FRAME | SET);
	ck_assert_int_eq(bt_code_page(vcpu, LIN, &bytes, &frame, copy), CODE_FRAME);
	ck_assert_uint_eq(frame, FRAME >> 12);
	ck_assert_ptr_eq(bytes, vm->ram + FRAME);
	put_pte(LIN, (FRAME | SET) & ~(u64)U);
	vcpu->cpl = 3;
	ck_assert_int_eq(bt_code_page(vcpu, LIN, &bytes, &frame, copy), CODE_FAULT);
	ck_assert_uint_eq(vcpu->fault.error, 0x15);
}
END_TEST

/* ---- what lies behind a translation ---- */

START_TEST(no_ram_behind)
{
	u32 x = 0x12345678;

	start(CR4_PAE);
	/* Beyond 4 GiB: nothing, no device is asked. */
	map4k(LIN, 1ull << 32 | FRAME | SET);
	poke32(FRAME, 7);
	ck_assert_uint_eq(read32(LIN), 0xffffffff);
	ck_assert_int_eq(lin_write(vcpu, LIN, &x, 4, ACC_WRITE), MON_OK);
	ck_assert_uint_eq(peek32(FRAME), 7);
	ck_assert_uint_eq(mmio_reads + mmio_writes, 0);
	/* Behind RAM: the board answers. */
	map4k(LIN, 0x40000000 | SET);
	tlb_flush(vcpu);
	ck_assert_uint_eq(read32(LIN), 0xd0d0d0d0);
	ck_assert_int_eq(lin_write(vcpu, LIN, &x, 4, ACC_WRITE), MON_OK);
	ck_assert_uint_eq(mmio_reads, 1);
	ck_assert_uint_eq(mmio_writes, 1);
	/* ROM: reads, drops writes. */
	map4k(LIN, 0xd0000 | SET);
	tlb_flush(vcpu);
	poke32(RAM + 0x10000, 0x524f4d);
	ck_assert_uint_eq(read32(LIN), 0x524f4d);
	ck_assert_int_eq(lin_write(vcpu, LIN, &x, 4, ACC_WRITE), MON_OK);
	ck_assert_uint_eq(read32(LIN), 0x524f4d);
	ck_assert_uint_eq(mmio_writes, 1);
	ck_assert_ptr_eq(lin_ram(vcpu, LIN, 4, ACC_WRITE), NULL);
	/* A20 closed. */
	map4k(LIN, (FRAME | 0x100000) | SET);
	tlb_flush(vcpu);
	poke32(FRAME | 0x100000, 1);
	poke32(FRAME & ~0x100000u, 2);
	vcpu->a20 = false;
	ck_assert_uint_eq(read32(LIN), 2);
}
END_TEST

START_TEST(short_cut)
{
	start(0);
	map4k(LIN, FRAME | SET);
	ck_assert_ptr_eq(lin_ram(vcpu, LIN + 8, 4, ACC_WRITE), vm->ram + FRAME + 8);
	ck_assert_ptr_eq(lin_ram(vcpu, LIN + 0xffe, 4, ACC_READ), NULL); /* crosses */
	vm->bt->frame_units[FRAME >> 12] = 3;
	ck_assert_ptr_eq(lin_ram(vcpu, LIN, 4, ACC_WRITE), NULL); /* code is there */
	ck_assert_ptr_ne(lin_ram(vcpu, LIN, 4, ACC_READ), NULL);
	put_pte(LIN, (FRAME | SET) & ~U);
	tlb_flush(vcpu);
	vcpu->cpl = 3;
	ck_assert_ptr_eq(lin_ram(vcpu, LIN, 4, ACC_READ), NULL);
	ck_assert_ptr_ne(lin_ram(vcpu, LIN, 4, ACC_READ | ACC_SYSTEM), NULL);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, crossing, 0, sizeof(crossings) / sizeof(crossings[0]));
	tcase_add_test(tc, wraps_at_4g);
	tcase_add_loop_test(tc, tlb_rights, 0, sizeof(rights) / sizeof(rights[0]));
	tcase_add_test(tc, tlb_dirty);
	tcase_add_test(tc, tlb_invalidation);
	tcase_add_test(tc, absent_is_not_cached);
	tcase_add_test(tc, fetch_is_walked);
	tcase_add_test(tc, no_ram_behind);
	tcase_add_test(tc, short_cut);
}

TEST_MAIN("guestmem")
