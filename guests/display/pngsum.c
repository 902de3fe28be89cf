/* SPDX-License-Identifier: MIT
 * The size of PNG pictures and a checksum of their pixels: equal lines mean equal
 * pictures, whatever wrote the files.
 *
 *   pngsum FILE...
 */
#include "guests/lib/crc32.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>

static int one(const char *path)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	u8 *pixels;

	if (!png_image_begin_read_from_file(&image, path)) {
		fprintf(stderr, "pngsum: %s: %s\n", path, image.message);
		return 1;
	}
	image.format = PNG_FORMAT_RGB;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	if (!pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
		fprintf(stderr, "pngsum: %s: %s\n", path, image.message);
		free(pixels);
		return 1;
	}
	printf("%ux%u %08x\n", image.width, image.height,
	       crc32_add(0, pixels, (u32)PNG_IMAGE_SIZE(image)));
	free(pixels);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= one(argv[i]);
	return failed;
}
