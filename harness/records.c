/* SPDX-License-Identifier: MIT
 * Print what a guest has written into the record area of a disk (an image or, as
 * root, a block device): the text of the result protocol, as from a serial line.
 *
 *   records DISK >LOG
 *
 * Exit: 0 done, 2 usage or no record area, 3 the text cannot be read or written.
 */
#include "harness/area.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct area a = {.out = "/dev/stdout"};
	const char *why;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: records DISK >LOG\n");
		return 2;
	}
	a.disk = argv[1];
	why = area_find(&a);
	if (why) {
		fprintf(stderr, "records: '%s' %s\n", a.disk, why);
		return 2;
	}
	if (!area_follow(&a)) {
		fprintf(stderr, "records: the text of '%s' cannot be read or written\n", a.disk);
		return 3;
	}
	return 0;
}
