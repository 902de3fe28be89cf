/* SPDX-License-Identifier: MIT
 * Operand classes of the instruction table: each names a value per operand and
 * how the carry flag starts.
 */
#ifndef CONFORMANCE_GEN_VALUES_H
#define CONFORMANCE_GEN_VALUES_H

#include "refvmm/types.h"

enum vcode {
	V_0,
	V_1,
	V_MAX,  /* all ones */
	V_MIN,  /* sign bit alone */
	V_SMAX, /* all but the sign bit */
	V_RND,
	V_RPOS, /* random, sign clear */
	V_SZ,   /* operand width in bits */
	V_SZM1,
	V_SZP1,
	V_SMALL,    /* random 1..15 */
	V_OFFN,     /* bit offset before the operand */
	V_OFFP,     /* bit offset behind it */
	V_N = 0x80, /* V_N + n: the number n < 128 */
};

enum vflags { FL_ANY, FL_C0, FL_C1 };

struct vclass {
	const char *name; /* NULL ends a set */
	u8 v[3];
	u8 fl;
};

#define CLASS_SET(name) extern const struct vclass set_##name[];
CLASS_SET(bin)
CLASS_SET(un)
CLASS_SET(mov)
CLASS_SET(ext)
CLASS_SET(shift1)
CLASS_SET(shiftn)
CLASS_SET(shifti)
CLASS_SET(shldn)
CLASS_SET(bit)
CLASS_SET(bitmem)
CLASS_SET(scan)
CLASS_SET(bcd)
CLASS_SET(aam)
CLASS_SET(mul)
CLASS_SET(imul3)
CLASS_SET(div)
CLASS_SET(idiv)
CLASS_SET(cmpx)
CLASS_SET(onoff)
CLASS_SET(flag)
#undef CLASS_SET

#endif
