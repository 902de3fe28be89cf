/* SPDX-License-Identifier: MIT
 * Parsing, as far as the shell test of the program cannot see it.
 */
#include "refvmm/exit.h"
#include "refvmm/options.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

static int parse(struct config *cfg, const char *a, const char *b, const char *c)
{
	char *argv[] = {(char *)"refvmm", (char *)a, (char *)b, (char *)c, NULL};
	int argc = 1;

	while (argv[argc])
		argc++;
	return options_parse(cfg, argc, argv);
}

START_TEST(defaults)
{
	struct config cfg;

	ck_assert_int_eq(parse(&cfg, NULL, NULL, NULL), OPTIONS_RUN);
	ck_assert_uint_eq(cfg.memory, 64 << 20);
	ck_assert_str_eq(cfg.bios, "/usr/share/seabios/bios.bin");
	ck_assert_str_eq(cfg.vgabios, "/usr/share/seabios/vgabios-stdvga.bin");
	ck_assert_str_eq(cfg.boot_order, "acd");
	ck_assert_ptr_null(cfg.kernel);
	ck_assert_ptr_null(cfg.floppy.path);
	ck_assert_ptr_null(cfg.disk.path);
	ck_assert_ptr_null(cfg.cdrom.path);
	ck_assert_int_eq(cfg.serial.kind, CHAR_NULL);
	ck_assert_int_eq(cfg.page0, PAGE0_AUTO);
	ck_assert(!cfg.no_reboot && !cfg.stats && !cfg.check_host);
	ck_assert_uint_eq(cfg.limit_ns + cfg.limit_units, 0);
	config_close(&cfg);
}
END_TEST

static const struct {
	const char *arg;
	u64 ns;
} times[] = {
	{"1", 1000000000},
	{"0.5", 500000000},
	{"0.000000001", 1},
	{"2.25", 2250000000},
	{"1000000000", 1000000000000000000},
};

START_TEST(limit_time)
{
	struct config cfg;

	ck_assert_int_eq(parse(&cfg, "--limit-time", times[_i].arg, NULL), OPTIONS_RUN);
	ck_assert_uint_eq(cfg.limit_ns, times[_i].ns);
	config_close(&cfg);
}
END_TEST

START_TEST(limit_time_refused)
{
	static const char *const bad[] = {"0.0000000001", "1.", "-1", "inf", "1000000001", "1.2.3"};
	struct config cfg;

	capture_stderr();
	ck_assert_int_eq(parse(&cfg, "--limit-time", bad[_i], NULL), RC_USAGE);
	ck_assert_ptr_nonnull(strstr(printed(), "--limit-time"));
	config_close(&cfg);
}
END_TEST

START_TEST(drives)
{
	struct config cfg;

	ck_assert_int_eq(parse(&cfg, "--disk=a.img,snapshot", "--floppy", "b.img,ro"), OPTIONS_RUN);
	ck_assert_str_eq(cfg.disk.path, "a.img");
	ck_assert(cfg.disk.snapshot && !cfg.disk.read_only);
	ck_assert_str_eq(cfg.floppy.path, "b.img");
	ck_assert(cfg.floppy.read_only && !cfg.floppy.snapshot);
	config_close(&cfg);
	ck_assert_int_eq(parse(&cfg, "--hdb=a.img,snapshot", "-cdrom", "b,ro.iso"), OPTIONS_RUN);
	ck_assert(cfg.disk2.snapshot);
	ck_assert_str_eq(cfg.cdrom.path, "b,ro.iso");
	ck_assert(cfg.cdrom.read_only);
	config_close(&cfg);
}
END_TEST

START_TEST(traces)
{
	struct config cfg;

	ck_assert_int_eq(parse(&cfg, "--trace=io,int=f", "--trace", "bt=g=h"), OPTIONS_RUN);
	ck_assert_str_eq(cfg.trace_path[TRACE_IO], "f");
	ck_assert_str_eq(cfg.trace_path[TRACE_INT], "f");
	ck_assert_str_eq(cfg.trace_path[TRACE_BT], "g=h");
	ck_assert_ptr_null(cfg.trace_path[TRACE_EXEC]);
	config_close(&cfg);
}
END_TEST

/* An empty append string is a string; after `--` nothing is an option. */
START_TEST(odd_words)
{
	struct config cfg;

	ck_assert_int_eq(parse(&cfg, "--kernel=k", "--append", ""), OPTIONS_RUN);
	ck_assert_str_eq(cfg.append, "");
	config_close(&cfg);
	capture_stderr();
	ck_assert_int_eq(parse(&cfg, "--", "--no-reboot", NULL), RC_USAGE);
	ck_assert_str_eq(printed(), "refvmm: '--no-reboot' is no option\n");
	config_close(&cfg);
}
END_TEST

START_TEST(help_names_every_option)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	options_print_help(f);
	options_print_markdown(f);
	fclose(f);
	for (unsigned i = 0; i < OPT_COUNT; i++) {
		char word[40];
		const char *first;

		snprintf(word, sizeof(word), "--%s", option_name(i));
		first = strstr(text, word);
		ck_assert_msg(first && strstr(first + 1, word), "%s is not described", word);
	}
	free(text);
}
END_TEST

START_TEST(guest_exit_codes)
{
	ck_assert_int_eq(exit_from_guest(0), 1);
	ck_assert_int_eq(exit_from_guest(21), 43);
	ck_assert_int_eq(exit_from_guest(0xff), 0xff);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, defaults);
	tcase_add_loop_test(tc, limit_time, 0, sizeof(times) / sizeof(*times));
	tcase_add_loop_test(tc, limit_time_refused, 0, 6);
	tcase_add_test(tc, drives);
	tcase_add_test(tc, traces);
	tcase_add_test(tc, odd_words);
	tcase_add_test(tc, help_names_every_option);
	tcase_add_test(tc, guest_exit_codes);
}

TEST_MAIN("options")
