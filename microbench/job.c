/* SPDX-License-Identifier: MIT
 * The job loop that guest and native process share: find the kernel, run timed
 * pairs with doubling counts, print the markers.
 */
#include "microbench/kernel.h"

const struct kernel_entry kernel_table[] = {
#define KERNEL(name, class, rings, native, start, what) {#name, k_##name, rings, native, start},
#include "microbench/kernels.def"
#undef KERNEL
};
const u32 kernel_count = sizeof(kernel_table) / sizeof(kernel_table[0]);

/* volatile: the runner changes it in the file, not in the source. */
volatile struct job job __attribute__((section(".data"))) = {.magic = JOB_MAGIC};

struct line {
	char text[64];
	u32 n;
};

static void add_text(struct line *l, const char *s)
{
	while (*s && l->n < sizeof(l->text))
		l->text[l->n++] = *s++;
}

static void add_number(struct line *l, u32 v, u32 base)
{
	char digits[12];
	u32 n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n && l->n < sizeof(l->text))
		l->text[l->n++] = digits[--n];
}

static void add_id(struct line *l, char letter, const struct kernel_entry *k, u32 ring)
{
	char head[] = {'\n', letter, 0};

	add_text(l, head);
	add_text(l, k->name);
	add_text(l, ring ? ".3" : ".0");
}

static void pair(u32 (*enter)(kernel_fn *, u32, u32), const struct kernel_entry *k, u32 ring, u32 n)
{
	struct line begin = {.n = 0}, end = {.n = 0};
	u32 sum;

	/* Everything that can be formatted beforehand is, so that the markers
	 * follow each other closely. */
	add_id(&begin, 'B', k, ring);
	add_text(&begin, "\n");
	add_id(&end, 'E', k, ring);
	add_text(&end, " ");
	add_number(&end, n, 10);
	add_text(&end, " ");
	rt_put(begin.text, begin.n);
	sum = enter(k->fn, n, ring);
	add_number(&end, sum, 16);
	add_text(&end, "\n");
	rt_put(end.text, end.n);
}

static void run_all_once(u32 (*enter)(kernel_fn *, u32, u32), bool native)
{
	for (const struct kernel_entry *k = kernel_table; k < kernel_table + kernel_count; k++) {
		if (native) {
			if (k->native)
				pair(enter, k, 3, k->start);
			continue;
		}
		if (k->rings & R0)
			pair(enter, k, 0, k->start);
		if (k->rings & R3)
			pair(enter, k, 3, k->start);
	}
}

static bool same(const char *a, const volatile char *b, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		if (a[i] != b[i])
			return false;
		if (!a[i])
			return true;
	}
	return false;
}

static const struct kernel_entry *find(bool native)
{
	for (const struct kernel_entry *k = kernel_table; k < kernel_table + kernel_count; k++)
		if (same(k->name, job.name, sizeof(job.name)))
			return !native || k->native ? k : NULL;
	return NULL;
}

void job_run(u32 (*enter)(kernel_fn *, u32, u32), bool native)
{
	const struct kernel_entry *k;
	u32 n = job.start;

	if (!job.name[0]) {
		run_all_once(enter, native);
		rt_put("\nQ\n", 3);
		return;
	}
	k = find(native);
	if (!k || !n) {
		rt_put("\nXno such kernel\n", 17);
		return;
	}
	for (; n && n != job.last; n *= 2)
		pair(enter, k, job.ring, n);
	for (u32 i = 0; n && i < job.reps; i++)
		pair(enter, k, job.ring, n);
	rt_put("\nQ\n", 3);
}
