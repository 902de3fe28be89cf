/* SPDX-License-Identifier: MIT
 * refvmm's figures against the project's bounds.  Verdicts inform; they never
 * change the exit code.
 */
#include "microbench/bench.h"

#include <math.h>
#include <string.h>

/* Bounds for refvmm against the native process, by class. */
static const struct {
	enum kernel_class class;
	double bound;
} native_bounds[] = {{INTEGER, 1.25}, {CALLS, 2.0}, {FPUREP, 1.25}};

/* System operations that must be at least as fast as under TCG. */
static const char *const tcg_system[] = {"clisti", "pushfpopf", "intiret"};

static const char *verdict(double value, double bound)
{
	return isnan(value) ? "n/a" : value <= bound ? "met" : "MISSED";
}

/* refvmm at least as fast as TCG on these kernels, one by one. */
static void put_against_tcg(const struct bench *b, FILE *f, const char *title,
			    bool (*in)(const struct kernel_info *k))
{
	unsigned all = 0, met = 0;
	char slower[400] = "";

	for (size_t i = 0; i < b->cells; i++) {
		const struct cell *c = &b->cell[i];
		size_t n = strlen(slower);

		if (c->vmm != VMM_REFVMM || !in(&kernel_info[c->kernel]))
			continue;
		all++;
		if (c->x_tcg <= 1)
			met++;
		else if (isnan(c->x_tcg))
			snprintf(slower + n, sizeof(slower) - n, " %s.%u n/a",
				 kernel_info[c->kernel].name, c->ring);
		else
			snprintf(slower + n, sizeof(slower) - n, " %s.%u %.2fx (cpu %.2fx)",
				 kernel_info[c->kernel].name, c->ring, c->x_tcg, c->x_tcg_cpu);
	}
	fprintf(f, "%-47s %3u of %-3u           %-7s%s\n", title, met, all,
		!all         ? "n/a"
		: met == all ? "met"
			     : "MISSED",
		slower);
}

static bool is_computing(const struct kernel_info *k)
{
	return k->class == INTEGER || k->class == CALLS || k->class == FPUREP;
}

static bool is_tcg_system(const struct kernel_info *k)
{
	for (unsigned i = 0; i < sizeof(tcg_system) / sizeof(tcg_system[0]); i++)
		if (!strcmp(k->name, tcg_system[i]))
			return true;
	return false;
}

void bench_verdicts(const struct bench *b, FILE *f)
{
	fprintf(f, "\nVerdicts for refvmm (information, not a test)\n");
	for (unsigned i = 0; i < sizeof(native_bounds) / sizeof(native_bounds[0]); i++) {
		struct geomean g = bench_geomean(b, native_bounds[i].class, VMM_REFVMM, false);
		char title[64], value[24] = "n/a";

		snprintf(title, sizeof(title), "%s <= %.2fx native (geometric mean)",
			 class_name[native_bounds[i].class], native_bounds[i].bound);
		if (!isnan(g.wall))
			snprintf(value, sizeof(value), "%.2fx (cpu %.2fx)", g.wall, g.cpu);
		fprintf(f, "%-47s %-20s %s\n", title, value,
			verdict(g.wall, native_bounds[i].bound));
	}
	put_against_tcg(b, f, "integer, calls, fpu-rep: no slower than TCG", is_computing);
	put_against_tcg(b, f, "clisti, pushfpopf, intiret: no slower than TCG", is_tcg_system);
}
