/* SPDX-License-Identifier: MIT
 * The PNG file says what the picture was, pixel by pixel.
 */
#include "refvmm/screenshot.h"
#include "refvmm/test_main.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

START_TEST(pixels_survive)
{
	static const u32 pixel[6] = {0x000000, 0xff0000, 0x00ff00, 0x0000ff, 0x123456, 0xffffff};
	static const u8 want[18] = {0, 0, 0,    0xff, 0,    0,    0,    0xff, 0,
				    0, 0, 0xff, 0x12, 0x34, 0x56, 0xff, 0xff, 0xff};
	png_image image = {.version = PNG_IMAGE_VERSION};
	FILE *f = tmpfile();
	u8 got[18];

	ck_assert_ptr_null(screenshot_pixels(pixel, 3, 2, f));
	rewind(f);
	ck_assert(png_image_begin_read_from_stdio(&image, f));
	ck_assert_uint_eq(image.width, 3);
	ck_assert_uint_eq(image.height, 2);
	image.format = PNG_FORMAT_RGB;
	ck_assert(png_image_finish_read(&image, NULL, got, 0, NULL));
	ck_assert_mem_eq(got, want, sizeof(want));
}
END_TEST

START_TEST(equal_pictures_are_equal_files)
{
	u32 *pixel = malloc(64 * 48 * sizeof(*pixel));
	char *text[2];
	size_t size[2];

	for (u32 i = 0; i < 64 * 48; i++)
		pixel[i] = i * 2654435761u & 0xffffff;
	for (unsigned k = 0; k < 2; k++) {
		FILE *f = open_memstream(&text[k], &size[k]);

		ck_assert_ptr_null(screenshot_pixels(pixel, 64, 48, f));
		fclose(f);
	}
	ck_assert_uint_eq(size[0], size[1]);
	ck_assert_mem_eq(text[0], text[1], size[0]);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	FILE *f = fopen("/dev/full", "w");
	u32 *pixel = calloc(640 * 480, sizeof(*pixel));

	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(screenshot_pixels(pixel, 640, 480, f), "cannot write the picture");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, pixels_survive);
	tcase_add_test(tc, equal_pictures_are_equal_files);
	tcase_add_test(tc, a_full_disk_is_reported);
}

TEST_MAIN("screenshot")
