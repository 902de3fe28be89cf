/* SPDX-License-Identifier: MIT
 * Debug console.
 */
#include "devices/debugcon.h"
#include "devices/testbench.h"

static char out[8];

static int take(void *arg, const u8 *data, int n)
{
	strncat(out, (const char *)data, (size_t)n);
	return n;
}

START_TEST(answers_and_passes_bytes_on)
{
	struct debugcon d = {.wire.backend = {NULL, take, NULL}}, silent = {0};

	ck_assert_uint_eq(debugcon_in(&d, 0), 0xe9);
	debugcon_out(&d, 0, 'h');
	debugcon_out(&d, 0, 'i');
	ck_assert_str_eq(out, "hi");
	debugcon_out(&silent, 0, 'x'); /* not connected */
	ck_assert_uint_eq(debugcon_in(&silent, 0), 0xe9);
}
END_TEST

BENCH_MAIN("debugcon", answers_and_passes_bytes_on)
