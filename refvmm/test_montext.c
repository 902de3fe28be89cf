/* SPDX-License-Identifier: MIT
 * The monitor's formatter, against libc's, and its copy and fill.
 */
#include "refvmm/monstring.h"
#include "refvmm/montext.h"
#include "refvmm/test_support.h"

#include <stdio.h>
#include <string.h>

static void check(const char *got, u32 length, const char *want)
{
	ck_assert_str_eq(got, want);
	ck_assert_uint_eq(length, strlen(want));
}

START_TEST(conversions)
{
	static const u32 values[] = {0, 1, 9, 10, 255, 0x7fffffff, 0x80000000, 0xffffffff};
	char got[80], want[80];

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		u32 value = values[i];
		u32 n = mon_format(got, sizeof(got), "%u %d %x %08x %02x", value, (int)value, value,
				   value, value);

		snprintf(want, sizeof(want), "%u %d %x %08x %02x", value, (int)value, value, value,
			 value);
		check(got, n, want);
	}
	check(got, mon_format(got, sizeof(got), "<%s%c%%>", "text", '!'), "<text!%>");
}
END_TEST

START_TEST(cuts_off)
{
	char got[8];

	memset(got, 'z', sizeof(got));
	check(got, mon_format(got, 5, "%s", "abcdefgh"), "abcd");
	ck_assert_int_eq(got[5], 'z');
	check(got, mon_format(got, 1, "%u", 12345u), "");
}
END_TEST

START_TEST(stop)
{
	struct vcpu *v = start_real();

	ck_assert_int_eq(mon_stop(v, "opcode %02x at %04x:%08x", 0xfu, 0x10u, 0x1234u), MON_STOP);
	ck_assert_str_eq(v->stop_text, "opcode 0f at 0010:00001234");
}
END_TEST

START_TEST(strings)
{
	char to[8] = "1234567";

	mon_copy(to + 1, "abc", 3);
	ck_assert_str_eq(to, "1abc567");
	mon_copy(to, "zzz", 0);
	mon_set(to + 4, 'x', 2);
	ck_assert_str_eq(to, "1abcxx7");
}
END_TEST

int main(void)
{
	return RUN("montext", conversions, cuts_off, stop, strings);
}
