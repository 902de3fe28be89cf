/* SPDX-License-Identifier: MIT
 * The JSON counters.
 */
#include "refvmm/exit.h"
#include "refvmm/statsjson.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

#include <fcntl.h>

START_TEST(object)
{
	struct config cfg = {.stats_fd = -1};
	struct stats *s = stats_new();
	char got[300] = "";
	FILE *out = tmpfile();

	stats_number(s, "units", UINT64_MAX);
	stats_open(s, "callouts");
	stats_close(s);
	stats_open(s, "exits");
	stats_open(s, "io");
	stats_number(s, "in", 0);
	stats_bool(s, "slow", false);
	stats_close(s);
	stats_number(s, "out", 1);
	stats_close(s);
	stats_string(s, "a\"b\\", "x\ny\x01z\xff");
	cfg.stats_fd = fileno(out);
	ck_assert_int_eq(stats_write(s, &cfg), RC_OK);
	ck_assert_int_gt(pread(fileno(out), got, sizeof(got) - 1, 0), 0);
	ck_assert_str_eq(got, "{\"units\":18446744073709551615,\"callouts\":{},"
			      "\"exits\":{\"io\":{\"in\":0,\"slow\":false},\"out\":1},"
			      "\"a\\\"b\\\\\":\"x\\u000ay\\u0001z\\u00ff\"}\n");
}
END_TEST

/* Open objects are closed, so that the line is always JSON. */
START_TEST(unfinished)
{
	struct config cfg = {.stats_fd = -1};
	struct stats *s = stats_new();
	char got[100] = "";
	FILE *out = tmpfile();

	stats_open(s, "a");
	stats_open(s, "b");
	cfg.stats_fd = fileno(out);
	ck_assert_int_eq(stats_write(s, &cfg), RC_OK);
	ck_assert_int_gt(pread(fileno(out), got, sizeof(got) - 1, 0), 0);
	ck_assert_str_eq(got, "{\"a\":{\"b\":{}}}\n");
}
END_TEST

START_TEST(off)
{
	struct config cfg = {.stats_fd = -1};

	ck_assert_int_eq(stats_write(stats_new(), &cfg), RC_OK);
}
END_TEST

START_TEST(full_device)
{
	struct config cfg = {.stats_path = "/dev/full"};

	capture_stderr();
	cfg.stats_fd = open("/dev/full", O_WRONLY);
	ck_assert_int_eq(stats_write(stats_new(), &cfg), RC_OUTPUT);
	ck_assert_str_eq(printed(),
			 "refvmm: --stats: cannot write '/dev/full': No space left on device\n");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, object);
	tcase_add_test(tc, unfinished);
	tcase_add_test(tc, off);
	tcase_add_test(tc, full_device);
}

TEST_MAIN("statsjson")
