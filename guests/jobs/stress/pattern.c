/* SPDX-License-Identifier: MIT
 * pattern BYTES: so many bytes, the same everywhere, that do not compress well.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	uint32_t x = 2463534242u;

	for (long n = atol(argv[1]); n > 0; n--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		putchar((int)(x >> 24));
	}
	return fflush(stdout) != 0;
}
