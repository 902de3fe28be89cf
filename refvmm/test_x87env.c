/* SPDX-License-Identifier: MIT
 * Which bytes of a stored x87 environment are replaced, layout by layout.
 */
#include "refvmm/x87env.h"

#include "refvmm/test_support.h"

#include <string.h>

struct env_case {
	u32 size;
	bool protected;
	/* One letter a byte from offset 6: . kept, 0 zero, f all ones; kept after
	 * the end of the text. */
	const char *after6;
};

static const struct env_case envs[] = {
	{14, true, "00000000"},
	{14, false, "00000000"},
	{94, true, "00000000"},
	{94, false, "00000000"},
	{28, true, "......00000000000000ff"},
	{108, true, "......00000000000000ff"},
	{28, false, "......00ff000000ff0000"},
	{108, false, "......00ff000000ff0000"},
	{512, true, "00000000..000000"},
	{512, false, "00000000..000000"},
};

START_TEST(layouts)
{
	for (unsigned k = 0; k < sizeof(envs) / sizeof(envs[0]); k++) {
		const struct env_case *c = &envs[k];
		u8 image[513];

		memset(image, 0x5a, sizeof(image));
		x87env_hide_pointers(image, c->size, c->protected);
		for (u32 b = 0; b < sizeof(image); b++) {
			char rule = b >= 6 && b - 6 < strlen(c->after6) ? c->after6[b - 6] : '.';
			u8 want = rule == '0' ? 0 : rule == 'f' ? 0xff : 0x5a;

			ck_assert_msg(image[b] == want, "%u bytes, %s: byte %u is %02x", c->size,
				      c->protected ? "protected" : "real", b, image[b]);
		}
	}
}
END_TEST

int main(void)
{
	return RUN("x87env", layouts);
}
