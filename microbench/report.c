/* SPDX-License-Identifier: MIT
 * The text report: table, class means, noise, troubles.
 */
#include "microbench/bench.h"

#include <math.h>

void bench_list(FILE *f)
{
	fprintf(f, "%-10s %-8s %-5s %-6s %s\n", "kernel", "class", "rings", "native",
		"one iteration");
	for (unsigned i = 0; i < KERNELS; i++) {
		const struct kernel_info *k = &kernel_info[i];

		fprintf(f, "%-10s %-8s %-5s %-6s %s\n", k->name, class_name[k->class],
			k->rings == (R0 | R3) ? "0 3"
			: k->rings == R0      ? "0"
					      : "3",
			k->native ? "yes" : "no", k->what);
	}
}

/* Ten columns: three significant digits or more. */
static void put_ns(FILE *f, double ns)
{
	if (isnan(ns))
		fprintf(f, " %9s", "n/a");
	else
		fprintf(f, " %9.*f", ns < 10 ? 2 : ns < 1000 ? 1 : 0, ns);
}

/* Nine columns. */
static void put_ratio(FILE *f, double r)
{
	if (isnan(r))
		fprintf(f, " %8s", "n/a");
	else
		fprintf(f, " %7.*fx", r < 0.1 ? 4 : r < 100 ? 2 : 0, r);
}

/* Six columns. */
static void put_spread(FILE *f, const struct cell *c)
{
	if (isnan(c->mad) || !(c->median > 0))
		fprintf(f, " %5s", "");
	else
		fprintf(f, " ±%3.0f%%", 100 * c->mad / c->median);
}

static void put_cell(FILE *f, const struct cell *c, bool native)
{
	const char *instead = !c             ? "n/a"
			      : c->error[0]  ? "ERROR"
			      : c->sum.wrong ? "WRONG"
			      : !c->samples  ? "not run"
					     : NULL;

	if (instead) {
		fprintf(f, " %9s %5s", instead, "");
		if (!native)
			fprintf(f, " %8s", "");
		return;
	}
	put_ns(f, c->median);
	put_spread(f, c);
	if (!native)
		put_ratio(f, c->x_native);
}

static void put_row(const struct bench *b, FILE *f, unsigned kernel, unsigned ring)
{
	const struct cell *ours = bench_cell(b, kernel, ring, VMM_REFVMM);
	char name[32];

	snprintf(name, sizeof(name), "%s.%u", kernel_info[kernel].name, ring);
	fprintf(f, "%-8s %-12s", class_name[kernel_info[kernel].class], name);
	for (int v = 0; v < VMMS; v++)
		if (b->opt.use[v])
			put_cell(f, bench_cell(b, kernel, ring, (enum vmm_id)v), v == VMM_NATIVE);
	if (b->opt.use[VMM_REFVMM])
		put_ratio(f, ours ? ours->x_tcg : NAN);
	fprintf(f, "\n");
}

static void put_table(const struct bench *b, FILE *f)
{
	fprintf(f, "\n%-8s %-12s", "class", "kernel.ring");
	for (int v = 0; v < VMMS; v++)
		if (b->opt.use[v])
			fprintf(f, " %9s %5s%s", b->vmm[v].name, "",
				v == VMM_NATIVE ? "" : " x native");
	fprintf(f, "%s\n", b->opt.use[VMM_REFVMM] ? "    x tcg" : "");
	for (unsigned k = 0; k < KERNELS; k++) {
		if (b->rings[k] & R0)
			put_row(b, f, k, 0);
		if (b->rings[k] & R3)
			put_row(b, f, k, 3);
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
				snprintf(text, sizeof(text), "%.*fx (%.*fx) of %u",
					 g.wall < 0.1 ? 4 : 2, g.wall, g.wall < 0.1 ? 4 : 2, g.cpu,
					 g.of);
			fprintf(f, " %24s", text);
		}
		fprintf(f, "\n");
	}
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
		bench_verdicts(b, f);
	fprintf(f, "\n");
	if (n)
		fprintf(f,
			"noise: the same native code in other boots differs %.2fx (typical), "
			"%.2fx (worst of %u kernels)\n",
			typical, worst, n);
	put_troubles(b, f);
}
