/* SPDX-License-Identifier: MIT
 * The checksum book: a plain list, searched linearly (a few thousand entries).
 */
#include "microbench/book.h"

#include <errno.h>
#include <stdlib.h>

int book_add(struct book *b, unsigned kernel, unsigned vmm, u32 iterations, u32 checksum)
{
	struct book_entry e = {kernel, vmm, iterations, checksum};

	for (size_t i = 0; i < b->count; i++) {
		const struct book_entry *o = &b->entry[i];

		if (o->kernel == kernel && o->vmm == vmm && o->iterations == iterations &&
		    o->checksum == checksum)
			return 0;
	}
	if (b->count == b->space) {
		size_t space = b->space ? b->space * 2 : 256;
		struct book_entry *bigger = realloc(b->entry, space * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		b->entry = bigger;
		b->space = space;
	}
	b->entry[b->count++] = e;
	return 0;
}

static bool same_run(const struct book_entry *a, const struct book_entry *b)
{
	return a->kernel == b->kernel && a->iterations == b->iterations;
}

static size_t votes(const struct book *b, const struct book_entry *e)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += same_run(&b->entry[i], e) && b->entry[i].checksum == e->checksum;
	return n;
}

/* The reference checksum for this kernel and count; sets *others when a VMM
 * other than e's ran it. */
static u32 reference(const struct book *b, const struct book_entry *e, unsigned native,
		     bool *others)
{
	const struct book_entry *best = NULL;

	*others = false;
	for (size_t i = 0; i < b->count; i++) {
		const struct book_entry *o = &b->entry[i];

		if (!same_run(o, e))
			continue;
		*others |= o->vmm != e->vmm;
		if (best && best->vmm == native)
			continue;
		if (!best || o->vmm == native || votes(b, o) > votes(b, best))
			best = o;
	}
	return best ? best->checksum : e->checksum;
}

struct book_verdict book_judge(const struct book *b, unsigned kernel, unsigned vmm, unsigned native)
{
	struct book_verdict v = {.compared = 0};

	for (size_t i = 0; i < b->count; i++) {
		const struct book_entry *e = &b->entry[i];
		bool others;
		u32 want;

		if (e->kernel != kernel || e->vmm != vmm)
			continue;
		want = reference(b, e, native, &others);
		v.compared += others;
		if (want == e->checksum || v.wrong)
			continue;
		v.wrong = true;
		v.iterations = e->iterations;
		v.got = e->checksum;
		v.expected = want;
	}
	return v;
}

void book_free(struct book *b)
{
	free(b->entry);
	*b = (struct book){.entry = NULL};
}
