/* SPDX-License-Identifier: MIT
 * Port access for freestanding guest code.
 */
#ifndef GUESTS_LIB_IO_H
#define GUESTS_LIB_IO_H

#include "refvmm/types.h"

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

#endif
