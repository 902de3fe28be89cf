/* SPDX-License-Identifier: MIT
 * Which of the two shadows of GS an instruction is translated for: by the sign of its
 * displacement, and by what was learned since.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"

static const struct {
	const char *name, *code;
	bool low;
} signs[] = {
	{"gs:[-4], as thread-local storage", "65 a1 fc ff ff ff", true},
	{"[reg - 4], 32-bit displacement", "65 8b 80 fc ff ff ff", true},
	{"[reg - 4], 8-bit displacement", "65 8b 40 fc", false},
	{"gs:[0]", "65 a1 00 00 00 00", false},
	{"[reg]", "65 8b 00", false},
	{"[reg + 2 GiB - 1]", "65 8b 80 ff ff ff 7f", false},
	{"[reg - 2 GiB]", "65 8b 80 00 00 00 80", true},
	{"16-bit address", "67 65 8b 87 fc ff", false},
};

static struct insn decoded(const char *hex)
{
	struct decode_mode dm = {.code32 = true, .protected = true};
	struct insn i;
	unsigned n = put(0x1000, hex);

	ck_assert_int_eq(bt_decode(dm, guest + 0x1000, n, 0x1000, &i), DECODE_OK);
	return i;
}

START_TEST(by_sign)
{
	struct insn i;

	start(false);
	i = decoded(signs[_i].code);
	ck_assert_msg(bt_wraps(bt, &i, 0x1000) == signs[_i].low, "%s", signs[_i].name);
	/* Told so: nothing new, the unit was right. */
	ck_assert(!bt_learn_wrap(bt, &i, 0x1000, signs[_i].low));
	ck_assert(bt_learn_wrap(bt, &i, 0x1000, !signs[_i].low));
	ck_assert(bt_wraps(bt, &i, 0x1000) == !signs[_i].low);
	ck_assert(bt_wraps(bt, &i, 0x1001) == signs[_i].low); /* of this instruction only */
	ck_assert_uint_eq(bt->stat[ST_wraps_learned], 1);
}
END_TEST

/* Back and forth ends: the software path does the rest. */
START_TEST(limited)
{
	struct insn i;
	bool low = true;
	unsigned n = 0;

	start(false);
	i = decoded("65 8b 00");
	while (n < 100 && bt_learn_wrap(bt, &i, 0x1000, low)) {
		ck_assert(bt_wraps(bt, &i, 0x1000) == low);
		low = !low;
		n++;
	}
	ck_assert_uint_gt(n, 2);
	ck_assert_uint_lt(n, 100);
	ck_assert(!bt_learn_wrap(bt, &i, 0x1000, low));
	/* Another instruction of the same place in the table begins anew. */
	ck_assert(bt_learn_wrap(bt, &i, 0x1000 + BT_WRAPS, true));
	ck_assert(!bt_wraps(bt, &i, 0x1000)); /* by its sign again */
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, by_sign, 0, sizeof(signs) / sizeof(signs[0]));
	tcase_add_test(tc, limited);
}

TEST_MAIN("wrap")
