/* SPDX-License-Identifier: MIT
 * replay: policies of the window compared on guest profiles (replay.h).
 * Exit codes: 0 done, 1 not a profile, 2 bad usage, 3 no memory or no file.
 */
#include "microbench/replay.h"

#include <stdlib.h>
#include <string.h>

/* All but what the line says: the policy that refvmm has (refvmm/recall.c). */
#define CHOSEN                                                                                     \
	.run = 1024, .keep = true, .recall = RECALL_TOUCHED, .learn = 16, .twice = true,           \
	.cr3s = 64, .pages = 126, .eager = true

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct policy policies[] = {
	{"drop", "nothing kept, nothing remembered, no runs", .run = 1, .cr3s = 64, .populate = 16},
	{"keep", "pages that still hold stay; runs to 4 MiB", .run = 1024, .keep = true, .cr3s = 64,
	 .populate = 16},
	{"mapped", "and all that was mapped comes back (the first version)", .run = 1024,
	 .keep = true, .recall = RECALL_MAPPED, .cr3s = 64, .pages = 126, .populate = 16},
	{"chosen", "what refvmm does", CHOSEN},
	{"run=1", "no runs", CHOSEN, .run = 1},
	{"run=4", "runs of 4", CHOSEN, .run = 4},
	{"run=16", "runs of 16", CHOSEN, .run = 16},
	{"run=64", "runs of 64", CHOSEN, .run = 64},
	{"around", "also the 16 pages around, one by one", CHOSEN, .around = true},
	{"learn=4", "touched pages found out every 4 residences", CHOSEN, .learn = 4},
	{"learn=64", "every 64", CHOSEN, .learn = 64},
	{"learn=256", "every 256", CHOSEN, .learn = 256},
	{"learn=never", "never again", CHOSEN, .learn = 0},
	{"once", "one touch is enough to be recalled", CHOSEN, .twice = false},
	{"no recall", "nothing comes back", CHOSEN, .recall = RECALL_NONE},
	{"cr3s=1", "one CR3 remembered", CHOSEN, .cr3s = 1},
	{"cr3s=4", "four", CHOSEN, .cr3s = 4},
	{"cr3s=16", "16", CHOSEN, .cr3s = 16},
	{"pages=8", "eight pages each", CHOSEN, .pages = 8},
	{"pages=32", "32", CHOSEN, .pages = 32},
	{"pages=1000", "1,000", CHOSEN, .pages = 1000},
	{"no keep", "all go at each CR3", CHOSEN, .keep = false},
	{"replace", "mmap over the old page, no munmap", CHOSEN, .replace = true},
	{"populate=1", "MAP_POPULATE for single pages", CHOSEN, .populate = 1},
	{"populate=16", "for up to 16 pages", CHOSEN, .populate = 16},
	{"no eager", "a host fault after each guest fault", CHOSEN, .eager = false},
	{"spaces=4", "a process for each of 4 CR3s", CHOSEN, .spaces = true, .cr3s = 4},
	{"spaces=64", "a process for each of 64 CR3s", CHOSEN, .spaces = true, .cr3s = 64},
};
#pragma GCC diagnostic pop

static void print_costs(const struct map_costs *c)
{
	const double *x = &c->fault;

	for (unsigned k = 0; k < MAP_COSTS; k++)
		printf("%s\t%.0f\n", map_cost_names[k], x[k]);
}

static void read_costs(struct map_costs *c, const char *path)
{
	FILE *f = fopen(path, "r");
	double *x = &c->fault, value;
	unsigned seen = 0;
	char name[32];

	if (!f) {
		perror(path);
		exit(3);
	}
	while (fscanf(f, "%31s %lf", name, &value) == 2)
		for (unsigned k = 0; k < MAP_COSTS; k++)
			if (!strcmp(name, map_cost_names[k])) {
				x[k] = value;
				seen |= 1u << k;
			}
	fclose(f);
	if (seen != (1u << MAP_COSTS) - 1) {
		fprintf(stderr, "replay: %s lacks a cost (see replay --costs)\n", path);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct map_costs c;

	if (argc == 2 && !strcmp(argv[1], "--costs")) {
		map_costs_measure(&c);
		print_costs(&c);
		return 0;
	}
	if (argc < 3 || argv[1][0] == '-') {
		fprintf(stderr, "usage: replay --costs          print what this host's primitives "
				"cost, ns\n"
				"       replay COSTS PROFILE...  the policies on profiles of "
				"refvmm --trace mem\n");
		return 2;
	}
	read_costs(&c, argv[1]);
	printf("profile\tpolicy\twhat\tms\tfaults\tmmaps\tpages\tmunmaps\tmprotects\twalks\thandoff"
	       "s\tloads\n");
	for (int a = 2; a < argc; a++) {
		const char *name = strrchr(argv[a], '/');
		FILE *f = fopen(argv[a], "r");

		if (!f) {
			perror(argv[a]);
			return 3;
		}
		for (unsigned k = 0; k < sizeof(policies) / sizeof(policies[0]); k++) {
			struct tally t;

			if (!replay(f, &policies[k], &c, &t))
				return 1;
			printf("%s\t%s\t%s\t%.1f\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n",
			       name ? name + 1 : argv[a], policies[k].name, policies[k].what,
			       t.ns / 1e6, (unsigned long long)t.faults, (unsigned long long)t.maps,
			       (unsigned long long)t.pages, (unsigned long long)t.unmaps,
			       (unsigned long long)t.protects, (unsigned long long)t.walks,
			       (unsigned long long)t.handoffs, (unsigned long long)t.loads);
			fflush(stdout);
		}
		fclose(f);
	}
	return 0;
}
