/* SPDX-License-Identifier: MIT
 * Where a stored x87 environment has its pointers, layout by layout, and that they
 * come back from there.
 */
#include "refvmm/x87env.h"

#include "refvmm/test_support.h"

#include <string.h>

static const struct x87_last last = {
	.op = 0x765, .ip = 0x00054321, .cs = 0x1002, .dp = 0x0006789a, .ds = 0x2003};

/* Bytes from offset 6 on; "..": as the processor wrote them, up to the end. */
static const struct env_case {
	u32 size;
	bool protected;
	const char *after6;
	struct x87_last back;
} envs[] = {
	{14, true, "2143 0210 9a78 0320", {0, 0, 0, 0, 0, 0x4321, 0x1002, 0x789a, 0x2003}},
	{94, true, "2143 0210 9a78 0320", {0, 0, 0, 0, 0, 0x4321, 0x1002, 0x789a, 0x2003}},
	/* 10020 + 54321 = 64341, 20030 + 6789a = 878ca */
	{14, false, "4143 6567 ca78 0080", {0, 0, 0, 0, 0x765, 0x64341, 0, 0x878ca, 0}},
	{94, false, "4143 6567 ca78 0080", {0, 0, 0, 0, 0x765, 0x64341, 0, 0x878ca, 0}},
	{28,
	 true,
	 ".. .. .. 21430500 02106507 9a780600 0320ffff",
	 {0, 0, 0, 0, 0x765, 0x54321, 0x1002, 0x6789a, 0x2003}},
	{108,
	 true,
	 ".. .. .. 21430500 02106507 9a780600 0320ffff",
	 {0, 0, 0, 0, 0x765, 0x54321, 0x1002, 0x6789a, 0x2003}},
	{28,
	 false,
	 ".. .. .. 4143ffff 65670000 ca78ffff 00800000",
	 {0, 0, 0, 0, 0x765, 0x64341, 0, 0x878ca, 0}},
	{108,
	 false,
	 ".. .. .. 4143ffff 65670000 ca78ffff 00800000",
	 {0, 0, 0, 0, 0x765, 0x64341, 0, 0x878ca, 0}},
	{512,
	 true,
	 "6507 21430500 0210 .. 9a780600 0320",
	 {0, 0, 0, 0, 0x765, 0x54321, 0x1002, 0x6789a, 0x2003}},
	{512,
	 false,
	 "6507 21430500 0210 .. 9a780600 0320",
	 {0, 0, 0, 0, 0x765, 0x54321, 0x1002, 0x6789a, 0x2003}},
};

static u8 digit(char c)
{
	return (u8)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Fill what `text` says of the image. */
static void expect(u8 *want, const char *text)
{
	for (u8 *p = want + 6; *text; text++) {
		if (*text == ' ')
			continue;
		if (*text == '.') { /* two of them: two bytes */
			p++;
			continue;
		}
		*p++ = (u8)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
}

static void layout(const struct env_case *c)
{
	u8 image[513], want[513];
	struct x87_last back = {0};

	memset(image, 0x5a, sizeof(image));
	memset(want, 0x5a, sizeof(want));
	expect(want, c->after6);
	x87env_store(image, c->size, c->protected, &last);
	for (u32 b = 0; b < sizeof(image); b++)
		ck_assert_msg(image[b] == want[b], "%u bytes, %s: byte %u is %02x, not %02x",
			      c->size, c->protected ? "protected" : "real", b, image[b], want[b]);
	x87env_load(image, c->size, c->protected, &back);
	ck_assert_uint_eq(back.op & 0x7ff, c->back.op);
	ck_assert_uint_eq(back.ip, c->back.ip);
	ck_assert_uint_eq(back.cs, c->back.cs);
	ck_assert_uint_eq(back.dp, c->back.dp);
	ck_assert_uint_eq(back.ds, c->back.ds);
}

START_TEST(layouts)
{
	for (unsigned k = 0; k < sizeof(envs) / sizeof(envs[0]); k++)
		layout(&envs[k]);
}
END_TEST

/* Eleven bits of opcode, wherever they came from. */
START_TEST(opcode_bits)
{
	struct x87_last x = {.op = 0xffffffff};
	u8 image[512] = {0};

	x87env_store(image, 28, true, &x);
	ck_assert_uint_eq(image[19], 0x07);
	x87env_store(image, 14, false, &x);
	ck_assert_uint_eq(image[9], 0x07);
	memset(image, 0xff, sizeof(image));
	x87env_load(image, 28, true, &x);
	x87env_store(image, 512, true, &x);
	ck_assert_uint_eq(image[7], 0x07);
}
END_TEST

int main(void)
{
	return RUN("x87env", layouts, opcode_bits);
}
