/* SPDX-License-Identifier: MIT
 * The PC floppy formats (IBM DOS Technical Reference, "Diskette formats") and
 * the 21-sector DMF distribution format.
 */
#include "devices/floppy_media.h"

static const struct floppy_media formats[] = {
	{40, 1, 8, 1},  /* 160K */
	{40, 1, 9, 1},  /* 180K */
	{40, 2, 8, 1},  /* 320K */
	{40, 2, 9, 1},  /* 360K */
	{80, 2, 9, 3},  /* 720K */
	{80, 2, 15, 2}, /* 1.2M */
	{80, 2, 18, 4}, /* 1.44M */
	{80, 2, 21, 4}, /* 1.68M */
	{82, 2, 21, 4}, /* 1.72M */
	{80, 2, 36, 5}, /* 2.88M */
};

static u64 size_of(const struct floppy_media *m)
{
	return (u64)m->cylinders * m->heads * m->sectors;
}

const struct floppy_media *floppy_media_of(u64 sectors)
{
	const unsigned count = sizeof formats / sizeof formats[0];

	for (unsigned i = 0; i < count; i++)
		if (size_of(&formats[i]) == sectors)
			return &formats[i];
	for (unsigned i = 6; i < count; i++)
		if (sectors < size_of(&formats[i]))
			return &formats[i];
	return 0;
}
