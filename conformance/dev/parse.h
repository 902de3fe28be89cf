/* SPDX-License-Identifier: MIT
 * Inside of the compiler of device scripts.
 */
#ifndef CONFORMANCE_DEV_PARSE_H
#define CONFORMANCE_DEV_PARSE_H

#include "conformance/dev/dev.h"

#define DEV_BLOCKS 64u
#define DEV_FILES  64u
#define DEV_WORDS  24u

struct parser {
	struct devlist *list;
	struct devcase block[DEV_BLOCKS];
	unsigned nblock, ncommon;
	struct devcase *target; /* the case or block that statements go to */
	char group[12], cite[100];
	u32 need;
	char files[DEV_FILES][24];
	unsigned nfile;
	const char *file;
	unsigned line;
	bool trying; /* between try and until */
	unsigned try_log;
	char *error;
	size_t size;
};

/* Says what is wrong, once; returns false. */
bool dev_wrong(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct dev_step *dev_add_step(struct parser *p, u8 op, u8 size);
/* The next bytes of the log. */
struct dev_expect *dev_add_log(struct parser *p, unsigned bytes);
/* The steps of a block. */
bool dev_use(struct parser *p, const char *name);
/* One statement of n words; false when it is none. */
bool dev_statement(struct parser *p, char **w, unsigned n);

#endif
