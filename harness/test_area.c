/* SPDX-License-Identifier: MIT
 * Reading a record area while and after it is written.
 */
#include "harness/area.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests/lib/recordarea.h"

enum { SECTOR = 512, AREA_LBA = 20, AREA_SECTORS = 200 };

static char dir[] = "/tmp/test_area.XXXXXX", disk[64], out[64];
static int image;

static void put(off_t at, const void *data, size_t n)
{
	ck_assert_int_eq(pwrite(image, data, n, at), (ssize_t)n);
}

static void setup(void)
{
	struct boot_params p = {"VMPL", 3, AREA_LBA, AREA_SECTORS, 0};

	strcpy(dir + sizeof dir - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(disk, sizeof disk, "%s/disk", dir);
	snprintf(out, sizeof out, "%s/out", dir);
	image = open(disk, O_RDWR | O_CREAT, 0600);
	ck_assert_int_ge(image, 0);
	ck_assert_int_eq(ftruncate(image, 1 << 20), 0);
	put(SECTOR + PARAMS_AT, &p, sizeof p);
	put(AREA_LBA * SECTOR, AREA_MAGIC, sizeof AREA_MAGIC - 1);
}

static void teardown(void)
{
	close(image);
	unlink(disk);
	unlink(out);
	rmdir(dir);
}

static void expect(const char *text)
{
	static char got[AREA_SECTORS * SECTOR];
	int f = open(out, O_RDONLY);
	ssize_t n = f < 0 ? 0 : read(f, got, sizeof got - 1);

	close(f);
	got[n] = 0;
	ck_assert_str_eq(got, text);
}

START_TEST(follows)
{
	struct area a = {.disk = disk, .out = out};

	ck_assert_ptr_null(area_find(&a));
	ck_assert(area_follow(&a));
	expect("");
	put((AREA_LBA + 1) * SECTOR, "START 1\n", 8);
	ck_assert(area_follow(&a));
	expect("START 1\n");
	put((AREA_LBA + 1) * SECTOR + 8, "R 1", 3);
	ck_assert(area_follow(&a));
	ck_assert(area_follow(&a));
	expect("START 1\nR 1");
	ck_assert(area_whole(&a));
	expect("START 1\nR 1");
}
END_TEST

/* Text to the last byte: what lies behind the area is not read. */
START_TEST(full)
{
	static char text[(AREA_SECTORS - 1) * SECTOR + 1];
	struct area a = {.disk = disk, .out = out};

	memset(text, 'x', sizeof text - 1);
	put((AREA_LBA + 1) * SECTOR, text, sizeof text - 1);
	put((AREA_LBA + AREA_SECTORS) * SECTOR, "not ours", 8);
	ck_assert_ptr_null(area_find(&a));
	ck_assert(area_follow(&a));
	expect(text);
}
END_TEST

START_TEST(refusals)
{
	struct area a = {.disk = disk, .out = out};
	struct boot_params p = {"VMPL", 3, 0, 0, 0};

	put(AREA_LBA * SECTOR, "v", 1);
	ck_assert_str_eq(area_find(&a), "has a damaged record area");
	put(SECTOR + PARAMS_AT, &p, sizeof p);
	ck_assert_str_eq(area_find(&a), "has no record area");
	put(SECTOR + PARAMS_AT, "GRUB", 4);
	ck_assert_str_eq(area_find(&a), "is not one of our disks");
	ck_assert_int_eq(ftruncate(image, 700), 0);
	ck_assert_str_eq(area_find(&a), "is not a disk image");
	a.disk = "/nonexistent";
	ck_assert_str_eq(area_find(&a), "cannot be opened");
}
END_TEST

START_TEST(full_host_disk)
{
	struct area a = {.disk = disk, .out = "/dev/full"};

	put((AREA_LBA + 1) * SECTOR, "START 1\n", 8);
	ck_assert_ptr_null(area_find(&a));
	ck_assert(!area_follow(&a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("area");
	TCase *tc = tcase_create("record area");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, follows);
	tcase_add_test(tc, full);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, full_host_disk);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
