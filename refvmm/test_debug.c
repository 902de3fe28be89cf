/* SPDX-License-Identifier: MIT
 * Breakpoint matching, field by field of DR7, and what #DB leaves in DR6.
 */
#include "refvmm/debug.h"
#include "refvmm/test_support.h"

enum { EXECUTE, WRITE, PORT, DATA };
#define LEN1 0u
#define LEN2 1u
#define LEN8 2u
#define LEN4 3u

/* DR7 fields of breakpoint n. */
static u32 field(u32 n, u32 rw, u32 len)
{
	return (rw | len << 2) << (16 + 4 * n);
}

static const struct {
	const char *name;
	u32 len, address, at, n;
	bool hit;
} ranges[] = {
	{"one byte", LEN1, 0x1001, 0x1001, 1, true},
	{"below", LEN1, 0x1001, 0x1000, 1, false},
	{"above", LEN1, 0x1001, 0x1002, 1, false},
	{"wide access over it", LEN1, 0x1001, 0x0fff, 4, true},
	{"wide access before it", LEN1, 0x1001, 0x0ffd, 4, false},
	{"two bytes, odd address", LEN2, 0x1001, 0x1000, 1, true},
	{"two bytes, odd address", LEN2, 0x1001, 0x1002, 1, false},
	{"four bytes, last one", LEN4, 0x1002, 0x1003, 1, true},
	{"four bytes, beyond", LEN4, 0x1002, 0x1004, 1, false},
	{"four bytes, before", LEN4, 0x1002, 0x0fff, 1, false},
	{"four bytes, into", LEN4, 0x1002, 0x0fff, 2, true},
	{"eight bytes", LEN8, 0x1004, 0x1007, 1, true},
	{"eight bytes", LEN8, 0x1004, 0x1000, 1, true},
	{"wrap", LEN1, 0, 0xfffffffe, 4, true},
	{"wrap, short of", LEN1, 2, 0xfffffffe, 4, false},
};

START_TEST(data_ranges)
{
	for (unsigned k = 0; k < sizeof(ranges) / sizeof(ranges[0]); k++) {
		for (u32 n = 0; n < 4; n++) {
			struct vcpu *v = start_protected(0);

			v->dr[0] = v->dr[1] = v->dr[2] = v->dr[3] = 0x777777;
			v->dr[n] = ranges[k].address;
			v->dr[7] = 1u << (2 * n) | field(n, DATA, ranges[k].len);
			ck_case(ranges[k].name, "hits",
				debug_match_data(v, ranges[k].at, ranges[k].n, false),
				ranges[k].hit ? 1u << n : 0);
		}
	}
}
END_TEST

START_TEST(kinds)
{
	struct vcpu *v = start_protected(0);

	v->dr[0] = v->dr[1] = v->dr[2] = v->dr[3] = 0x80;
	v->dr[7] = 0xff | field(0, EXECUTE, 0) | field(1, WRITE, 0) | field(2, PORT, 0) |
		   field(3, DATA, 0);
	ck_assert_uint_eq(debug_match_code(v, 0x80), 1);
	ck_assert_uint_eq(debug_match_code(v, 0x81), 0);
	ck_assert_uint_eq(debug_match_data(v, 0x80, 1, true), 2 | 8);
	ck_assert_uint_eq(debug_match_data(v, 0x80, 1, false), 8);
	ck_assert_uint_eq(debug_match_port(v, 0x80, 1), 0);
	v->cr4 = CR4_DE;
	ck_assert_uint_eq(debug_match_port(v, 0x80, 1), 4);
	ck_assert_uint_eq(debug_match_port(v, 0x7f, 2), 4);
	ck_assert_uint_eq(debug_match_port(v, 0x7f, 1), 0);
}
END_TEST

/* Disabled breakpoints never stop by themselves, but are told of. */
START_TEST(enabling)
{
	struct vcpu *v = start_protected(0);

	v->dr[0] = v->dr[1] = 0x1000;
	v->dr[7] = field(0, DATA, 0) | field(1, DATA, 0);
	ck_assert(!debug_armed(v));
	ck_assert_uint_eq(debug_match_data(v, 0x1000, 1, true), 0);
	for (u32 bit = 0; bit < 4; bit++) { /* L0 G0 L1 G1 */
		v->dr[7] = (v->dr[7] & ~0xffu) | 1u << bit;
		ck_assert(debug_armed(v));
		ck_assert_uint_eq(debug_match_data(v, 0x1000, 1, true), 3);
	}
}
END_TEST

START_TEST(dr6)
{
	struct vcpu *v = start_protected(0);

	v->dr[6] = 0xffff0ff0 | DR6_BS | DR6_BD | DR6_BT | 0xf;
	ck_fault(debug_raise(v, 2), V_DB, 0);
	ck_assert_uint_eq(v->dr[6], 0xffff0ff0 | DR6_BS | DR6_BD | 2);
	ck_assert(!v->fault.has_error);
	debug_raise(v, DR6_BT);
	ck_assert_uint_eq(v->dr[6], 0xffff0ff0 | DR6_BS | DR6_BD | DR6_BT);
}
END_TEST

int main(void)
{
	return RUN("debug", data_ranges, kinds, enabling, dr6);
}
