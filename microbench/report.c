/* SPDX-License-Identifier: MIT
 * The text report: table, class means, verdicts against the project's bounds.
 * Verdicts inform; they never change the exit code.
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

void bench_list(FILE *f)
{
	fprintf(f, "%-10s %-8s %-5s %-6s %s\n", "kernel", "class", "rings", "native",
		"one iteration");
	for (unsigned i = 0; i < kernel_infos; i++) {
		const struct kernel_info *k = &kernel_info[i];

		fprintf(f, "%-10s %-8s %-5s %-6s %s\n", k->name, class_name[k->class],
			k->rings == (R0 | R3) ? "0 3"
			: k->rings == R0      ? "0"
					      : "3",
			k->native ? "yes" : "no", k->what);
	}
}

/* Width 9, three significant digits or more. */
static void put_ns(FILE *f, double ns)
{
	if (isnan(ns))
		fprintf(f, " %9s", "n/a");
	else
		fprintf(f, " %9.*f", ns < 10 ? 2 : ns < 1000 ? 1 : 0, ns);
}

static void put_ratio(FILE *f, double r)
{
	if (isnan(r))
		fprintf(f, " %7s", "n/a");
	else
		fprintf(f, " %6.*fx", r < 100 ? 2 : 0, r);
}

static void put_spread(FILE *f, const struct cell *c)
{
	if (isnan(c->mad) || !(c->median > 0))
		fprintf(f, " %6s", "");
	else
		fprintf(f, " ±%3.0f%% ", 100 * c->mad / c->median);
}

static void put_cell(FILE *f, const struct cell *c)
{
	bool native = c && c->vmm == VMM_NATIVE;

	if (!c || c->error[0] || c->sum.wrong || !c->samples) {
		fprintf(f, " %9s %6s",
			!c             ? "n/a"
			: c->error[0]  ? "ERROR"
			: c->sum.wrong ? "WRONG"
				       : "not run",
			"");
		if (!native)
			fprintf(f, " %7s", "");
		return;
	}
	put_ns(f, c->median);
	put_spread(f, c);
	if (!native)
		put_ratio(f, c->x_native);
}

static void put_table(const struct bench *b, FILE *f)
{
	fprintf(f, "\n%-8s %-12s", "class", "kernel.ring");
	for (int v = 0; v < VMMS; v++)
		if (b->opt.use[v])
			fprintf(f, " %9s %6s%s", b->vmm[v].name, "",
				v == VMM_NATIVE ? "" : "   xnat ");
	fprintf(f, " %14s\n", "refvmm/tcg");
	for (unsigned k = 0; k < kernel_infos; k++) {
		for (unsigned ring = 0; ring <= 3; ring += 3) {
			const struct cell *first = NULL, *ours = bench_cell(b, k, ring, VMM_REFVMM);
			char name[32];

			for (int v = 1; v < VMMS && !first; v++)
				first = bench_cell(b, k, ring, (enum vmm_id)v);
			if (!first && ring)
				first = bench_cell(b, k, ring, VMM_NATIVE);
			if (!first)
				continue;
			snprintf(name, sizeof(name), "%s.%u", kernel_info[k].name, ring);
			fprintf(f, "%-8s %-12s", class_name[kernel_info[k].class], name);
			for (int v = 0; v < VMMS; v++)
				if (b->opt.use[v])
					put_cell(f, bench_cell(b, k, ring, (enum vmm_id)v));
			fprintf(f, "       ");
			put_ratio(f, ours ? ours->x_tcg : NAN);
			fprintf(f, "\n");
		}
	}
}

static void put_means(const struct bench *b, FILE *f)
{
	fprintf(f, "\nGeometric means, times native by wall clock (by processor time)\n%-8s",
		"class");
	for (int v = 1; v < VMMS; v++)
		if (b->opt.use[v])
			fprintf(f, " %24s", b->vmm[v].name);
	fprintf(f, "\n");
	for (int c = 0; c < CLASSES; c++) {
		fprintf(f, "%-8s", class_name[c]);
		for (int v = 1; v < VMMS; v++) {
			struct geomean g =
				bench_geomean(b, (enum kernel_class)c, (enum vmm_id)v, false);
			char text[64];

			if (!b->opt.use[v])
				continue;
			snprintf(text, sizeof(text), "n/a");
			if (!isnan(g.wall))
				snprintf(text, sizeof(text), "%.2fx (%.2fx) of %u", g.wall, g.cpu,
					 g.of);
			fprintf(f, " %24s", text);
		}
		fprintf(f, "\n");
	}
}

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
			snprintf(slower + n, sizeof(slower) - n, " %s.%u %.2fx",
				 kernel_info[c->kernel].name, c->ring, c->x_tcg);
	}
	fprintf(f, "%-44s %3u of %-3u          %-7s%s\n", title, met, all,
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

static void put_verdicts(const struct bench *b, FILE *f)
{
	fprintf(f, "\nVerdicts for refvmm (information, not a test)\n");
	for (unsigned i = 0; i < sizeof(native_bounds) / sizeof(native_bounds[0]); i++) {
		struct geomean g = bench_geomean(b, native_bounds[i].class, VMM_REFVMM, false);
		char title[64], value[24] = "n/a";

		snprintf(title, sizeof(title), "%s <= %.2fx native (geometric mean)",
			 class_name[native_bounds[i].class], native_bounds[i].bound);
		if (!isnan(g.wall))
			snprintf(value, sizeof(value), "%.2fx (cpu %.2fx)", g.wall, g.cpu);
		fprintf(f, "%-44s %-18s  %s\n", title, value,
			verdict(g.wall, native_bounds[i].bound));
	}
	put_against_tcg(b, f, "integer, calls, fpu-rep: no slower than TCG", is_computing);
	put_against_tcg(b, f, "clisti, pushfpopf, intiret: no slower than TCG", is_tcg_system);
}

static void put_troubles(const struct bench *b, FILE *f)
{
	for (int v = 0; v < VMMS; v++)
		if (b->opt.use[v] && b->vmm[v].missing[0])
			fprintf(f, "skipped: %s: %s\n", b->vmm[v].name, b->vmm[v].missing);
	for (size_t i = 0; i < b->cells; i++) {
		const struct cell *c = &b->cell[i];
		const char *name = kernel_info[c->kernel].name;

		if (c->error[0])
			fprintf(f, "error: %s.%u on %s: %s\n", name, c->ring, b->vmm[c->vmm].name,
				c->error);
		else if (c->sum.wrong)
			fprintf(f,
				"wrong: %s on %s: checksum %08x instead of %08x (%u iterations)\n",
				name, b->vmm[c->vmm].name, c->sum.got, c->sum.expected,
				c->sum.iterations);
	}
	for (int i = 0; i < COUNTERS; i++)
		if (counter_error((enum counter)i)[0])
			fprintf(f, "counter %s: n/a (%s)\n", counter_key[i],
				counter_error((enum counter)i));
}

void bench_report(const struct bench *b, FILE *f)
{
	double typical, worst;
	unsigned n = bench_noise(b, &typical, &worst);

	fprintf(f, "vmproof microbenchmarks: ns per iteration (median ± MAD), times native\n");
	fprintf(f, "seed %llu, %s, %u boots in %.0f s, load %.2f before, %.2f after\n",
		(unsigned long long)b->opt.seed, b->opt.quick ? "quick" : "full", b->boots,
		b->seconds, b->load_before, b->load_after);
	put_table(b, f);
	put_means(b, f);
	if (b->opt.use[VMM_REFVMM])
		put_verdicts(b, f);
	fprintf(f, "\n");
	if (n)
		fprintf(f,
			"noise: the same native code in other boots differs %.2fx (typical), "
			"%.2fx (worst of %u kernels)\n",
			typical, worst, n);
	put_troubles(b, f);
}
