/* SPDX-License-Identifier: MIT
 * The runner end to end, with tiny counts: the native process, QEMU if it is
 * there, and scripts in refvmm's place that lie, crash, hang or say nothing.
 * Only results and exit codes are looked at, never a time.
 */
#include <check.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char build[512], dir[64];
static char text[65536]; /* output of the last command, stdout and stderr */

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_run.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Run a shell command; $run is the runner, $dir a scratch folder.  Returns the
 * exit code. */
static int shell(const char *command)
{
	char line[2048];
	size_t n;
	FILE *f;
	int status;

	snprintf(line, sizeof(line), "exec 2>&1; build='%s'; run=\"$build\"/run; dir='%s'; %s",
		 build, dir, command);
	f = popen(line, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	status = pclose(f);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void fake_vmm(const char *body)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/fake", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n[ \"$1\" = --version ] && { echo fake 1; exit; }\n%s\n", body);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
	setenv("VMM_refvmm", path, 1);
}

#define TINY "--quick --target-ms 0.1 --seed 1 "

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

START_TEST(native_runs_all_it_can)
{
	int rc = shell("\"$run\" --vmm native " TINY "--out $dir/r.jsonl && cat $dir/r.jsonl");

	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_uint_eq(count("\"vmm\":\"native\""), count("\"result\":\"ok\""));
	ck_assert_uint_ge(count("\"result\":\"ok\""), 24);
	ck_assert_uint_eq(count("\"kernel\":\"clisti\""), 0);
	/* FIPS 180-4: SHA-256 of "abc" starts with these 32 bits. */
	ck_assert_ptr_nonnull(strstr(text, "\"checksum\":\"ba7816bf\""));
}
END_TEST

START_TEST(qemu_agrees_with_native)
{
	int rc;

	if (shell("command -v qemu-system-i386")) {
		printf("skipped: qemu_agrees_with_native: no qemu-system-i386\n");
		return;
	}
	rc = shell("\"$run\" --vmm native,qemu-tcg --kernels "
		   "alu,x87trans,farcall,alureal,ud,gp,intiret,codestore,smc.0,smc.3 " TINY
		   "--out $dir/r.jsonl && cat $dir/r.jsonl");
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_uint_eq(count("\"vmm\":\"qemu-tcg\""), 16);
	ck_assert_uint_eq(count("\"result\":\"ok\""), 16 + 6);
	/* No native form: never a number. */
	ck_assert_uint_ge(count("\"x_native\":\"n/a\""), 5);
	ck_assert_uint_eq(count("\"ns_per_iter\":\"n/a\""), 0);
}
END_TEST

START_TEST(refvmm_agrees_with_native)
{
	int rc;

	if (shell("test -f \"$build\"/../refvmm && test -x \"$build\"/../refvmm")) {
		printf("skipped: refvmm_agrees_with_native: refvmm is not built\n");
		return;
	}
	unsetenv("VMM_refvmm");
	rc = shell("\"$run\" --vmm native,refvmm --kernels "
		   "alu,sha256,fib,icall16,x87,repmovsd,intiret,pushfpopf,alureal,smc " TINY
		   "--out $dir/r.jsonl && cat $dir/r.jsonl");
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_uint_eq(count("\"vmm\":\"refvmm\""), 23);
	ck_assert_uint_eq(count("\"result\":\"ok\""), 23 + 11);
}
END_TEST

START_TEST(floppy_boots)
{
	int rc;

	if (shell("command -v qemu-system-i386")) {
		printf("skipped: floppy_boots: no qemu-system-i386\n");
		return;
	}
	rc = shell(
		"timeout 300 qemu-system-i386 -accel tcg -m 32 -display none -vga none -nic none "
		"-monitor none -serial none -no-reboot -debugcon file:$dir/e9 "
		"-device isa-debug-exit,iobase=0xf4,iosize=1 "
		"-drive \"file=$build/floppy.img\",format=raw,if=floppy,readonly=on -boot a; "
		"[ $? = 1 ] && cat $dir/e9");
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_ptr_nonnull(strstr(text, "\nEsha256.0 1 ba7816bf\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nEsha256.3 1 ba7816bf\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nQ\n"));
	ck_assert_ptr_null(strstr(text, "\nX"));
}
END_TEST

START_TEST(wrong_checksum_is_an_error)
{
	int rc;

	fake_vmm("printf '\\nBalu.0\\n' >&3; sleep 0.1; "
		 "printf '\\nEalu.0 1024 deadbeef\\n\\nQ\\n' >&3; sleep 100");
	rc = shell("\"$run\" --vmm native,refvmm --kernels alu.0 " TINY
		   "--out $dir/r.jsonl; rc=$?; cat $dir/r.jsonl; exit $rc");
	ck_assert_msg(rc == 1, "exit %d: %s", rc, text);
	ck_assert_ptr_nonnull(strstr(text, "checksum deadbeef instead of fea3d932"));
	ck_assert_ptr_nonnull(strstr(text, "\"result\":\"wrong\""));
	ck_assert_uint_eq(count("\"x_native\":1"), 1); /* native only */
	ck_assert_uint_eq(count("WRONG"), 1);
}
END_TEST

static const struct {
	const char *body, *expect;
} broken[] = {
	{"exit 7", "ended early with code 7"},
	{"echo no such device; exit 3", "code 3: no such device"},
	{"kill -SEGV $$", "ended by signal 11"},
	{"printf '\\nBalu.0\\n' >&3; exit 0", "ended early with code 0"},
	{"printf '\\nXexception 0000000e\\n' >&3; sleep 100", "guest: exception 0000000e"},
	{"printf '\\nEalu.0 1 2\\n' >&3; sleep 100", "end of alu.0 without its beginning"},
	{"printf '\\nQ\\n' >&3; sleep 100", "no timed pair"},
	{"printf '\\nBalu.0\\n\\nEalu.0 1024 fea3d932\\n\\nQ\\n' >&3; sleep 100",
	 "both markers arrived in one piece"},
	{"sleep 100", "no end within 1 s"},
};

START_TEST(broken_machines_are_errors)
{
	int rc;

	fake_vmm(broken[_i].body);
	rc = shell("\"$run\" --vmm native,refvmm --kernels alu.0 --limit 1 " TINY
		   "--out $dir/r.jsonl; rc=$?; cat $dir/r.jsonl; exit $rc");
	ck_assert_msg(rc == 1, "exit %d: %s", rc, text);
	ck_assert_msg(strstr(text, broken[_i].expect), "expected '%s' in: %s", broken[_i].expect,
		      text);
	ck_assert_uint_eq(count("\"result\":\"error\""), 1);
	ck_assert_uint_eq(count("\"result\":\"ok\""), 1);
}
END_TEST

START_TEST(machine_that_never_answers_is_given_up)
{
	int rc;

	fake_vmm("exit 9");
	rc = shell("\"$run\" --vmm refvmm " TINY);
	ck_assert_msg(rc == 1, "exit %d: %s", rc, text);
	ck_assert_ptr_nonnull(strstr(text, "skipped: refvmm: gave no result 4 times: ended early "
					   "with code 9"));
}
END_TEST

START_TEST(missing_machine_is_skipped_with_a_reason)
{
	int rc;

	setenv("VMM_refvmm", "/nonexistent/refvmm", 1);
	rc = shell("\"$run\" --vmm native,refvmm --kernels alu.0 " TINY);
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_ptr_nonnull(strstr(text, "skipped: refvmm: /nonexistent/refvmm"));
	rc = shell("\"$run\" --vmm refvmm " TINY);
	ck_assert_msg(rc == 77, "exit %d: %s", rc, text);
}
END_TEST

START_TEST(chart_is_drawn_and_garbage_refused)
{
	int rc;

	if (shell("command -v gnuplot && command -v jq") || access("microbench/plot.sh", X_OK)) {
		printf("skipped: chart_is_drawn_and_garbage_refused: no gnuplot, jq or source\n");
		return;
	}
	fake_vmm("printf '\\nBfib.3\\n' >&3; sleep 0.1; "
		 "printf '\\nEfib.3 1 262\\n\\nQ\\n' >&3; sleep 100");
	rc = shell("\"$run\" --vmm native,refvmm --kernels fib.3 " TINY "--out $dir/r.jsonl");
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	rc = shell("microbench/plot.sh $dir/r.jsonl $dir/chart && cat $dir/chart.svg");
	ck_assert_msg(rc == 0, "exit %d: %s", rc, text);
	ck_assert_ptr_nonnull(strstr(text, "<text>fib"));
	ck_assert_ptr_nonnull(strstr(text, "<text>refvmm"));
	ck_assert_int_eq(shell("head -c 8 $dir/chart.png | grep -q PNG"), 0);
	ck_assert_int_eq(shell("echo '{' >$dir/bad; microbench/plot.sh $dir/bad $dir/c2"), 2);
	ck_assert_int_eq(shell("microbench/plot.sh $dir/missing $dir/c2"), 2);
	ck_assert_int_eq(shell("test -e $dir/c2.svg"), 1);
}
END_TEST

static const char *const bad[] = {
	"--vmm vmware",
	"--vmm ,",
	"--kernels nonesuch",
	"--kernels alu.1",
	"--kernels ,",
	"--samples 0",
	"--samples 1e9",
	"--samples x",
	"--seed -1",
	"--seed 12x",
	"--target-ms nan",
	"--limit 0",
	"--frobnicate",
	"extra",
	"--out",
	"--vmm native --kernels ''",
};

START_TEST(bad_usage_is_one_line_and_code_2)
{
	char command[128];
	int rc;

	snprintf(command, sizeof(command), "\"$run\" %s", bad[_i]);
	rc = shell(command);
	ck_assert_msg(rc == 2, "%s: exit %d: %s", bad[_i], rc, text);
	ck_assert_msg(count("\n") == 1 && !strncmp(text, "microbench: ", 12), "%s: %s", bad[_i],
		      text);
}
END_TEST

START_TEST(unwritable_output_is_refused_before_measuring)
{
	int rc = shell("\"$run\" --vmm native --kernels alu --out /nonexistent/r.jsonl");

	ck_assert_int_eq(rc, 3);
	ck_assert_uint_eq(count("\n"), 1);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	int before, after;

	before = shell("exit $(ls -d \"$build\"/scratch.* 2>/dev/null | wc -l)");
	ck_assert_int_eq(shell("\"$run\" --vmm native --kernels fib " TINY), 0);
	ck_assert_int_eq(shell("\"$run\" --vmm native --kernels nonesuch " TINY), 2);
	after = shell("exit $(ls -d \"$build\"/scratch.* 2>/dev/null | wc -l)");
	ck_assert_int_eq(before, after);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("microbench runner");
	TCase *t = tcase_create("run");
	char self[512];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	SRunner *r;
	int failed;

	if (n < 0)
		return EXIT_FAILURE;
	self[n] = 0;
	snprintf(build, sizeof(build), "%s", dirname(self));
	/* A hang must end some time; a slow host must not matter. */
	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, native_runs_all_it_can);
	tcase_add_test(t, qemu_agrees_with_native);
	tcase_add_test(t, refvmm_agrees_with_native);
	tcase_add_test(t, floppy_boots);
	tcase_add_test(t, wrong_checksum_is_an_error);
	tcase_add_loop_test(t, broken_machines_are_errors, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(t, machine_that_never_answers_is_given_up);
	tcase_add_test(t, missing_machine_is_skipped_with_a_reason);
	tcase_add_loop_test(t, bad_usage_is_one_line_and_code_2, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, chart_is_drawn_and_garbage_refused);
	tcase_add_test(t, unwritable_output_is_refused_before_measuring);
	tcase_add_test(t, nothing_is_left_behind);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
