/* SPDX-License-Identifier: MIT
 * Block back end: raw, read-only and snapshot images, and their edges.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { SECTORS = 20, SECTOR = 512 };

/* An image whose sectors are filled with their number. */
static char *image(void)
{
	static u8 bytes[SECTORS * SECTOR];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)(i / SECTOR);
	return file_with(bytes, sizeof(bytes));
}

static struct pc_block *open_image(char *path, bool ro, bool snapshot)
{
	struct drive_spec spec = {.path = path, .read_only = ro, .snapshot = snapshot};
	struct pc_block *b;

	ck_assert_int_eq(block_open("--disk", &spec, 1000, &b), RC_OK);
	ck_assert_uint_eq(b->sectors, SECTORS);
	ck_assert_int_eq(b->read_only, ro);
	return b;
}

static u8 byte_in_file(const char *path, unsigned sector)
{
	int fd = open(path, O_RDONLY);
	u8 c = 0xff;

	ck_assert_int_eq(pread(fd, &c, 1, sector * SECTOR), 1);
	close(fd);
	return c;
}

static void expect(struct pc_block *b, u64 lba, u8 value)
{
	u8 buf[SECTOR];

	ck_assert_int_eq(b->read(b->arg, lba, buf, 1), 0);
	for (unsigned i = 0; i < SECTOR; i++)
		ck_assert_uint_eq(buf[i], value);
}

/* Every kind refuses what is outside and does nothing then. */
static void check_bounds(struct pc_block *b)
{
	u8 buf[2 * SECTOR];

	ck_assert_int_eq(b->read(b->arg, SECTORS, buf, 1), -EINVAL);
	ck_assert_int_eq(b->read(b->arg, SECTORS - 1, buf, 2), -EINVAL);
	ck_assert_int_eq(b->read(b->arg, UINT64_MAX, buf, 1), -EINVAL);
	ck_assert_int_eq(b->read(b->arg, SECTORS, buf, 0), 0);
	memset(buf, 0xee, sizeof(buf));
	ck_assert_int_lt(b->write(b->arg, SECTORS - 1, buf, 2), 0);
	ck_assert_int_lt(b->write(b->arg, UINT64_MAX, buf, 2), 0);
	expect(b, SECTORS - 1, SECTORS - 1);
}

START_TEST(raw)
{
	char *path = image();
	struct pc_block *b = open_image(path, false, false);
	u8 buf[3 * SECTOR];

	check_bounds(b);
	memset(buf, 0x55, sizeof(buf));
	ck_assert_int_eq(b->write(b->arg, 7, buf, 3), 0);
	expect(b, 6, 6);
	expect(b, 7, 0x55);
	expect(b, 9, 0x55);
	expect(b, 10, 10);
	ck_assert_uint_eq(byte_in_file(path, 9), 0x55);
	ck_assert_int_eq(block_close("--disk", b), RC_OK);
	unlink(path);
}
END_TEST

START_TEST(read_only)
{
	char *path = image();
	struct pc_block *b = open_image(path, true, false);
	u8 buf[SECTOR] = {0};

	check_bounds(b);
	ck_assert_int_eq(b->write(b->arg, 1, buf, 1), -EROFS);
	expect(b, 1, 1);
	block_close("--disk", b);
	unlink(path);
}
END_TEST

/* Writes that start and end inside 4 KiB chunks, and in the last, short one. */
START_TEST(snapshot)
{
	char *path = image();
	struct pc_block *b = open_image(path, false, true);
	u8 buf[9 * SECTOR];

	check_bounds(b);
	memset(buf, 0x77, sizeof(buf));
	ck_assert_int_eq(b->write(b->arg, 5, buf, 9), 0);
	memset(buf, 0x78, sizeof(buf));
	ck_assert_int_eq(b->write(b->arg, SECTORS - 1, buf, 1), 0);
	for (unsigned i = 0; i < SECTORS; i++)
		expect(b, i, i == SECTORS - 1 ? 0x78 : i >= 5 && i < 14 ? 0x77 : (u8)i);
	ck_assert_int_eq(b->read(b->arg, 0, buf, 9), 0);
	ck_assert_uint_eq(buf[4 * SECTOR], 4);
	ck_assert_uint_eq(buf[5 * SECTOR], 0x77);
	for (unsigned i = 0; i < SECTORS; i++)
		ck_assert_uint_eq(byte_in_file(path, i), i);
	block_close("--disk", b);
	unlink(path);
}
END_TEST

/* The image shrinks while in use: an error, not a short read taken as data. */
START_TEST(shrinks)
{
	char *path = image();
	struct pc_block *b = open_image(path, false, false);
	u8 buf[SECTOR];

	ck_assert_int_eq(truncate(path, 10 * SECTOR + 100), 0);
	expect(b, 9, 9);
	ck_assert_int_eq(b->read(b->arg, 10, buf, 1), -EIO);
	block_close("--disk", b);
	unlink(path);
}
END_TEST

/* One writer or many readers, across processes. */
START_TEST(locks)
{
	char *path = image();
	struct drive_spec rw = {.path = path}, ro = {.path = path, .read_only = true};
	struct pc_block *a, *b;

	capture_stderr();
	ck_assert_int_eq(block_open("--disk", &ro, 1000, &a), RC_OK);
	ck_assert_int_eq(block_open("--disk", &ro, 1000, &b), RC_OK);
	block_close("--disk", b);
	ck_assert_int_eq(block_open("--disk", &rw, 1000, &b), RC_INPUT);
	ck_assert_ptr_null(b);
	ck_assert_ptr_nonnull(strstr(printed(), "in use by another virtual machine\n"));
	block_close("--disk", a);
	ck_assert_int_eq(block_open("--disk", &rw, 1000, &b), RC_OK);
	ck_assert_int_eq(block_open("--disk", &ro, 1000, &a), RC_INPUT);
	block_close("--disk", b);
	unlink(path);
}
END_TEST

/* Without the right to write, the message says what would work. */
START_TEST(needs_ro)
{
	char *path = image();
	struct drive_spec spec = {.path = path};
	struct pc_block *b;

	capture_stderr();
	ck_assert_int_eq(chmod(path, 0444), 0);
	if (geteuid() == 0 && setuid(65534) < 0)
		ck_abort_msg("cannot give up root");
	ck_assert_int_eq(block_open("--disk", &spec, 1000, &b), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "Permission denied (try FILE,ro)\n"));
	spec.read_only = true;
	ck_assert_int_eq(block_open("--disk", &spec, 1000, &b), RC_OK);
	block_close("--disk", b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, raw);
	tcase_add_test(tc, read_only);
	tcase_add_test(tc, snapshot);
	tcase_add_test(tc, shrinks);
	tcase_add_test(tc, locks);
	tcase_add_test(tc, needs_ro);
}

TEST_MAIN("backend_block")
