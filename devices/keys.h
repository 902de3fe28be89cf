/* SPDX-License-Identifier: MIT
 * Names and numbers of the keys (keys.def).
 */
#ifndef DEVICES_KEYS_H
#define DEVICES_KEYS_H

#include "refvmm/types.h"

enum key {
#define KEY(id, name, set2, set3, type, plain, shifted) KEY_##id,
#include "devices/keys.def"
	KEY_COUNT,
	KEY_NONE = KEY_COUNT
};

/* PRESSED repeats while it is held; TAPPED goes down and does not repeat, however
 * long the host takes until it comes up again. */
enum key_move { KEY_RELEASED, KEY_PRESSED, KEY_TAPPED };

struct key_codes {
	u16 set2; /* 0x100: E0 prefix */
	u8 set3;
	char type; /* 'T', 'M' or 'B' */
};

extern const struct key_codes key_codes[KEY_COUNT];
/* Set 1 code of a set 2 code below 80h: the 8042's translation table. */
extern const u8 key_set1_of[128];

const char *key_name(enum key key);
/* The key called `name` (n bytes), KEY_NONE if there is none. */
enum key key_by_name(const char *name, size_t n);
/* The key that gives character `c` on a US keyboard and whether shift is held;
 * KEY_NONE if no key does. */
enum key key_for_char(char c, bool *shift);

#endif
