/* SPDX-License-Identifier: MIT
 * Patching a job into a file, and refusing files that are no images.
 */
#include "microbench/image.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], from[80], to[80];

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_image.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(from, sizeof(from), "%s/from", dir);
	snprintf(to, sizeof(to), "%s/to", dir);
}

static void teardown(void)
{
	unlink(from);
	unlink(to);
	rmdir(dir);
}

static void write_file(const void *a, size_t an, const void *b, size_t bn)
{
	FILE *f = fopen(from, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(a, 1, an, f), an);
	ck_assert_uint_eq(fwrite(b, 1, bn, f), bn);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(replaces_the_block_only)
{
	struct job old = image_job("", 0, 0, 0, 0), job = image_job("sha256", 3, 4, 64, 2);
	char out[5 + sizeof(job) + 1];
	FILE *f;

	write_file("abcde", 5, &old, sizeof(old));
	f = fopen(from, "a");
	fputc('z', f);
	fclose(f);
	ck_assert_int_eq(image_patch(from, to, &job), 0);
	f = fopen(to, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(out, 1, sizeof(out), f), sizeof(out));
	ck_assert_int_eq(fgetc(f), EOF);
	fclose(f);
	ck_assert_mem_eq(out, "abcde", 5);
	ck_assert_mem_eq(out + 5, &job, sizeof(job));
	ck_assert_int_eq(out[sizeof(out) - 1], 'z');
}
END_TEST

START_TEST(refuses_other_files)
{
	struct job job = image_job("alu", 0, 1, 1, 1);

	ck_assert_int_eq(image_patch(from, to, &job), -ENOENT);
	write_file("", 0, "", 0);
	ck_assert_int_eq(image_patch(from, to, &job), -ENOMSG);
	write_file("no job here", 11, "", 0);
	ck_assert_int_eq(image_patch(from, to, &job), -ENOMSG);
	write_file(&job, sizeof(job), &job, sizeof(job)); /* which one? */
	ck_assert_int_eq(image_patch(from, to, &job), -ENOMSG);
	write_file("", 0, &job, sizeof(job) - 1); /* cut off */
	ck_assert_int_eq(image_patch(from, to, &job), -ENOMSG);
	ck_assert_int_ne(access(to, F_OK), 0); /* nothing was written */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("microbench image");
	TCase *t = tcase_create("image");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, replaces_the_block_only);
	tcase_add_test(t, refuses_other_files);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
