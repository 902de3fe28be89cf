/* SPDX-License-Identifier: MIT
 * PNG through libpng's simplified interface (libpng manual, section V): 8-bit
 * RGB, no time stamp, so that equal pictures give equal files.
 */
#include "refvmm/screenshot.h"

#include <png.h>
#include <stdlib.h>

const char *screenshot_pixels(const u32 *pixel, unsigned width, unsigned height, FILE *out)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = width,
		.height = height,
		.format = PNG_FORMAT_RGB,
	};
	u64 count = (u64)width * height;
	u8 *rgb = malloc(count * 3);
	bool ok;

	if (!rgb)
		return "out of memory";
	for (u64 i = 0; i < count; i++) {
		rgb[3 * i] = (u8)(pixel[i] >> 16);
		rgb[3 * i + 1] = (u8)(pixel[i] >> 8);
		rgb[3 * i + 2] = (u8)pixel[i];
	}
	ok = png_image_write_to_stdio(&image, out, 0, rgb, 0, NULL);
	free(rgb);
	return ok && fflush(out) == 0 && !ferror(out) ? NULL : "cannot write the picture";
}

const char *screenshot_write(struct pc *pc, FILE *out)
{
	unsigned width, height;
	const char *error;
	u32 *pixel;

	pc_picture_size(pc, &width, &height);
	if (!width || !height)
		return "the screen has no size";
	pixel = malloc((size_t)width * height * sizeof(*pixel));
	if (!pixel)
		return "out of memory";
	pc_picture(pc, pixel);
	error = screenshot_pixels(pixel, width, height, out);
	free(pixel);
	return error;
}
