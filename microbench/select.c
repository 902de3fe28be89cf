/* SPDX-License-Identifier: MIT
 * From the command line's choice to the list of cells.
 */
#include "microbench/bench.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

const struct kernel_info kernel_info[KERNELS] = {
#define KERNEL(name, class, rings, native, start, what) {#name, what, class, rings, native, start},
#include "microbench/kernels.def"
#undef KERNEL
};

/* ORDER kernel_class */
const char *const class_name[CLASSES] = {"integer", "calls", "fpu-rep", "system", "smc", "mode16"};

/* A pattern names a kernel ("alu"), a kernel at a ring ("alu.0") or a class. */
static bool matches(const char *pattern, unsigned kernel, unsigned ring)
{
	const struct kernel_info *k = &kernel_info[kernel];
	char with_ring[32];

	snprintf(with_ring, sizeof(with_ring), "%s.%u", k->name, ring);
	return !fnmatch(pattern, k->name, 0) || !fnmatch(pattern, with_ring, 0) ||
	       !strcmp(pattern, class_name[k->class]);
}

static int add(struct bench *b, unsigned kernel, unsigned ring, enum vmm_id vmm)
{
	struct cell *bigger, *c = bench_cell(b, kernel, ring, vmm);

	if (c)
		return 0;
	bigger = realloc(b->cell, (b->cells + 1) * sizeof(*bigger));
	if (!bigger)
		return -1;
	b->cell = bigger;
	b->cell[b->cells++] =
		(struct cell){.kernel = kernel, .ring = vmm == VMM_NATIVE ? 3 : ring, .vmm = vmm};
	return 0;
}

static int add_row(struct bench *b, unsigned kernel, unsigned ring)
{
	b->rings[kernel] |= ring ? R3 : R0;
	for (int v = 0; v < VMMS; v++) {
		if (!b->opt.use[v] || b->vmm[v].missing[0])
			continue;
		if (v == VMM_NATIVE && !kernel_info[kernel].native)
			continue;
		if (add(b, kernel, ring, (enum vmm_id)v))
			return -1;
	}
	return 0;
}

static bool selected(const struct bench *b, unsigned kernel, unsigned ring, bool *used)
{
	char *list, *save = NULL;
	bool yes = !b->opt.kernels;
	int i = 0;

	if (yes)
		return true;
	list = strdup(b->opt.kernels);
	for (char *p = list ? strtok_r(list, ",", &save) : NULL; p;
	     p = strtok_r(NULL, ",", &save)) {
		if (matches(p, kernel, ring)) {
			yes = true;
			used[i] = true;
		}
		i++;
	}
	free(list);
	return yes;
}

const char *bench_select(struct bench *b)
{
	static char message[200];
	bool used[512] = {false};
	char *list, *save = NULL;
	int i = 0;

	if (b->opt.kernels && strlen(b->opt.kernels) >= sizeof(used))
		return "--kernels: list too long";
	for (unsigned k = 0; k < KERNELS; k++) {
		for (unsigned ring = 0; ring <= 3; ring += 3) {
			if (!(kernel_info[k].rings & (ring ? R3 : R0)) ||
			    !selected(b, k, ring, used))
				continue;
			if (add_row(b, k, ring))
				return "out of memory";
		}
	}
	list = b->opt.kernels ? strdup(b->opt.kernels) : NULL;
	for (char *p = list ? strtok_r(list, ",", &save) : NULL; p;
	     p = strtok_r(NULL, ",", &save)) {
		if (!used[i++] && !message[0])
			snprintf(message, sizeof(message),
				 "--kernels: no kernel matches '%.60s' (see --list)", p);
	}
	free(list);
	if (b->opt.kernels && !i && !message[0])
		return "--kernels: empty list";
	return message[0] ? message : NULL;
}

struct cell *bench_cell(const struct bench *b, unsigned kernel, unsigned ring, enum vmm_id vmm)
{
	for (size_t i = 0; i < b->cells; i++) {
		struct cell *c = &b->cell[i];

		if (c->kernel == kernel && c->vmm == vmm && (vmm == VMM_NATIVE || c->ring == ring))
			return c;
	}
	return NULL;
}

void bench_free(struct bench *b)
{
	for (size_t i = 0; i < b->cells; i++) {
		free(b->cell[i].ns);
		free(b->cell[i].cpu_ns);
		free(b->cell[i].boot);
	}
	free(b->cell);
	book_free(&b->book);
}
