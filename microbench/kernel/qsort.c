/* SPDX-License-Identifier: MIT
 * Unpredictable branches, recursion and memory together: quicksort.
 */
#include "microbench/kernel.h"

#define COUNT 256
static u32 v[COUNT];

static void sort(u32 *a, s32 lo, s32 hi)
{
	while (lo < hi) {
		u32 pivot = a[(lo + hi) / 2];
		s32 i = lo, j = hi;

		while (i <= j) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i <= j) {
				u32 t = a[i];

				a[i++] = a[j];
				a[j--] = t;
			}
		}
		sort(a, lo, j);
		lo = i;
	}
}

u32 k_qsort(u32 n)
{
	u32 seed = 1, sum = 0;

	for (; n; n--) {
		for (u32 i = 0; i < COUNT; i++) {
			seed = seed * 1103515245 + 12345;
			v[i] = seed >> 8;
		}
		sort(v, 0, COUNT - 1);
		sum = sum * 31 + v[COUNT / 2] + v[3];
	}
	return sum;
}
