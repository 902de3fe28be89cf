/* SPDX-License-Identifier: MIT
 * Size and colours of a PNG file, by libpng's simplified interface.
 */
#include "harness/boot/picture.h"

#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool picture_words(const char *path, char *out, size_t n)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	static unsigned char seen[1 << 21]; /* a bit per 24-bit colour */
	unsigned colours = 0;
	size_t pixels, rows = 0;
	unsigned char *p;

	if (!png_image_begin_read_from_file(&image, path))
		return false;
	image.format = PNG_FORMAT_RGB;
	p = malloc(PNG_IMAGE_SIZE(image));
	if (!p || !png_image_finish_read(&image, NULL, p, 0, NULL)) {
		png_image_free(&image);
		free(p);
		return false;
	}
	memset(seen, 0, sizeof(seen));
	pixels = (size_t)image.width * image.height;
	for (size_t i = 0; i < pixels; i++) {
		uint32_t rgb =
			(uint32_t)p[3 * i] << 16 | (uint32_t)p[3 * i + 1] << 8 | p[3 * i + 2];

		colours += !(seen[rgb >> 3] >> (rgb & 7) & 1);
		seen[rgb >> 3] |= (unsigned char)(1 << (rgb & 7));
	}
	for (size_t y = 0; y < image.height; y++) {
		const unsigned char *row = p + 3 * y * image.width;

		rows += memcmp(row, row + 3, 3 * (image.width - 1)) != 0;
	}
	snprintf(out, n, "%ux%u colours=%u rows=%zu\n", image.width, image.height, colours,
		 image.height ? rows * 100 / image.height : 0);
	free(p);
	return true;
}
