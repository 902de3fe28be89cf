/* SPDX-License-Identifier: MIT
 * The case list, made once per test program.
 */
#ifndef CONFORMANCE_TEST_SUPPORT_H
#define CONFORMANCE_TEST_SUPPORT_H

#include "conformance/tcase.h"

static inline const struct tlist *all_cases(void)
{
	static struct tlist l;

	if (!l.n)
		generate_all(&l);
	return &l;
}

#endif
