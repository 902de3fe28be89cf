/* SPDX-License-Identifier: MIT
 * Pushes and pops: 16- and 32-bit stacks, wrap, limits, expand-down, faults.
 */
#include "refvmm/stack.h"

#include "refvmm/test_support.h"

static void stack_segment(u32 limit, u32 attr)
{
	vcpu.seg[S_SS].limit = limit;
	vcpu.seg[S_SS].attr = attr | D_P;
}

START_TEST(sizes)
{
	struct vcpu *v = start_protected(0);
	u32 value;

	ck_assert_int_eq(arch_push(v, 0x11223344, 4), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 4);
	ck_assert_uint_eq(peek(STACK_OF(0) - 4, 4), 0x11223344);
	ck_assert_int_eq(arch_push(v, 0xaabbccdd, 2), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0) - 6);
	ck_assert_uint_eq(peek(STACK_OF(0) - 6, 4), 0x3344ccdd);
	ck_assert_int_eq(arch_pop(v, &value, 2), MON_OK);
	ck_assert_uint_eq(value, 0xccdd);
	ck_assert_int_eq(arch_pop(v, &value, 4), MON_OK);
	ck_assert_uint_eq(value, 0x11223344);
	ck_assert_uint_eq(v->gpr[R_ESP], STACK_OF(0));
}
END_TEST

START_TEST(large_stack)
{
	struct vcpu *v = start_protected(0);
	u32 value;

	v->gpr[R_ESP] = 0x20002;
	ck_assert_int_eq(arch_push(v, 0x11223344, 4), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x1fffe);
	ck_assert_uint_eq(peek(0x1fffe, 4), 0x11223344);
	ck_assert_int_eq(arch_pop(v, &value, 4), MON_OK);
	ck_assert_uint_eq(value, 0x11223344);
	ck_assert_uint_eq(v->gpr[R_ESP], 0x20002);
}
END_TEST

/* SS.B = 0: SP wraps and ESP[31:16] stays. */
START_TEST(small_stack)
{
	struct vcpu *v = start_real();
	u32 value;

	v->gpr[R_ESP] = 0xabcd0000;
	ck_assert_int_eq(arch_push(v, 0x1234, 2), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcdfffe);
	ck_assert_uint_eq(peek(0x1000 + 0xfffe, 2), 0x1234);
	ck_assert_int_eq(arch_pop(v, &value, 2), MON_OK);
	ck_assert_uint_eq(v->gpr[R_ESP], 0xabcd0000);
	ck_assert_uint_eq(value, 0x1234);
}
END_TEST

struct room_case {
	const char *name;
	u32 esp, limit, attr, size;
	bool fits;
};

static const struct room_case rooms[] = {
	{"last bytes of the limit", 0x1000, 0xfff, A_DATA, 4, true},
	{"one byte over the limit", 0x1000, 0xffe, A_DATA, 4, false},
	{"word over the limit", 0x1001, 0xfff, A_DATA, 2, false},
	{"SP = 1 wraps over the end", 1, 0xffff, A_DATA & ~(u32)D_DB, 2, false},
	{"SP = 1, limit 4 GiB", 1, FLAT, A_DATA & ~(u32)D_DB, 2, true},
	{"SP = 2, dword", 2, 0xffff, A_DATA & ~(u32)D_DB, 4, false},
	{"ESP = 2 wraps over 4 GiB", 2, FLAT, A_DATA, 4, false},
	{"ESP = 0, limit 4 GiB", 0, FLAT, A_DATA, 4, true},
	{"expand-down above the limit", 0x1004, 0xfff, A_DATA | D_EXPDOWN, 4, true},
	{"expand-down on the limit", 0x1003, 0xfff, A_DATA | D_EXPDOWN, 4, false},
	{"expand-down, 16 bits, top", 0, 0xfff, (A_DATA & ~(u32)D_DB) | D_EXPDOWN, 2, true},
	{"expand-down, 16 bits, over", 1, 0xfff, (A_DATA & ~(u32)D_DB) | D_EXPDOWN, 2, false},
	{"expand-down, 32 bits, top", 0, 0xfff, A_DATA | D_EXPDOWN, 4, true},
	{"unusable", 0x1000, 0xffff, 0, 4, false},
};

START_TEST(room)
{
	for (unsigned i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		const struct room_case *c = &rooms[i];
		struct vcpu *v = start_protected(0);
		enum mon m;

		stack_segment(c->limit, c->attr);
		if (!c->attr)
			v->seg[S_SS].attr = 0;
		v->gpr[R_ESP] = c->esp;
		snapshot();
		m = arch_push(v, 0, c->size);
		ck_case(c->name, "result", m, c->fits ? MON_OK : MON_FAULT);
		if (c->fits)
			continue;
		ck_case(c->name, "vector", v->fault.vector, V_SS);
		ck_case(c->name, "error", v->fault.error, 0u);
		ck_case(c->name, "state kept", unchanged(), true);
	}
}
END_TEST

START_TEST(pop_over_the_limit)
{
	struct vcpu *v = start_real();
	u32 value = 7;

	v->gpr[R_ESP] = 0xffff;
	snapshot();
	ck_fault(arch_pop(v, &value, 2), V_SS, 0);
	ck_assert_uint_eq(value, 7);
	ck_assert(unchanged());
}
END_TEST

/* The second of two pages faults: nothing of the frame may be written. */
START_TEST(frame_is_all_or_nothing)
{
	struct vcpu *v = start_protected(0);
	struct frame f;

	v->gpr[R_ESP] = 0x9008;
	bad_page = 8;
	snapshot();
	frame_here(v, &f, 4);
	for (u32 i = 0; i < 4; i++)
		frame_push(&f, 0x1111 * (i + 1));
	ck_assert_int_eq(frame_room(v, &f), MON_OK);
	ck_fault(frame_write(v, &f), V_PF, 2);
	ck_assert_uint_eq(v->fault.cr2, 0x8ffc);
	ck_assert(unchanged());
	bad_page = ~0u;
	ck_assert_int_eq(frame_write(v, &f), MON_OK);
	ck_assert_uint_eq(peek(0x9004, 4), 0x1111);
	ck_assert_uint_eq(peek(0x8ff8, 4), 0x4444);
}
END_TEST

int main(void)
{
	return RUN("stack", sizes, large_stack, small_stack, room, pop_over_the_limit,
		   frame_is_all_or_nothing);
}
