/* SPDX-License-Identifier: MIT
 * From samples to figures: medians, ratios, checksum verdicts, noise.
 */
#include "microbench/bench.h"
#include "microbench/stats.h"

#include <math.h>
#include <stdlib.h>

static bool usable(const struct cell *c)
{
	return c && c->samples && !c->error[0] && !c->sum.wrong;
}

static double ratio(double a, double b)
{
	return a > 0 && b > 0 ? a / b : NAN;
}

void bench_derive(struct bench *b)
{
	for (size_t i = 0; i < b->cells; i++) {
		struct cell *c = &b->cell[i];

		c->median = stats_median(c->ns, c->samples);
		c->mad = stats_mad(c->ns, c->samples);
		c->cpu_median = stats_median(c->cpu_ns, c->samples);
		c->sum = book_judge(&b->book, c->kernel, c->vmm, VMM_NATIVE);
	}
	for (size_t i = 0; i < b->cells; i++) {
		struct cell *c = &b->cell[i];
		const struct cell *native = bench_cell(b, c->kernel, c->ring, VMM_NATIVE);
		const struct cell *tcg = bench_cell(b, c->kernel, c->ring, VMM_QEMU_TCG);

		c->x_native = c->x_native_cpu = c->x_tcg = c->x_tcg_cpu = NAN;
		if (usable(c) && usable(native)) {
			c->x_native = ratio(c->median, native->median);
			c->x_native_cpu = ratio(c->cpu_median, native->cpu_median);
		}
		if (usable(c) && usable(tcg) && c->vmm != VMM_NATIVE) {
			c->x_tcg = ratio(c->median, tcg->median);
			c->x_tcg_cpu = ratio(c->cpu_median, tcg->cpu_median);
		}
	}
}

struct geomean bench_geomean(const struct bench *b, enum kernel_class class, enum vmm_id vmm,
			     bool against_tcg)
{
	double *wall = calloc(b->cells + 1, sizeof(*wall)),
	       *cpu = calloc(b->cells + 1, sizeof(*cpu));
	struct geomean g = {NAN, NAN, 0};
	unsigned n = 0;

	for (size_t i = 0; wall && cpu && i < b->cells; i++) {
		const struct cell *c = &b->cell[i];
		double w = against_tcg ? c->x_tcg : c->x_native;

		if (c->vmm != vmm || kernel_info[c->kernel].class != class || isnan(w))
			continue;
		wall[n] = w;
		cpu[n++] = against_tcg ? c->x_tcg_cpu : c->x_native_cpu;
	}
	if (n) {
		g.wall = stats_geomean(wall, n);
		g.cpu = stats_geomean(cpu, n);
		g.of = n;
	}
	free(wall);
	free(cpu);
	return g;
}

/* Median of the samples of the even or of the odd boots. */
static double half_median(const struct cell *c, unsigned odd)
{
	double *v = calloc(c->samples + 1, sizeof(*v)), m;
	size_t n = 0;

	for (unsigned i = 0; v && i < c->samples; i++)
		if (c->boot[i] % 2 == odd)
			v[n++] = c->ns[i];
	m = stats_median(v, n);
	free(v);
	return m;
}

unsigned bench_noise(const struct bench *b, double *typical, double *worst)
{
	double *v = calloc(b->cells + 1, sizeof(*v));
	unsigned n = 0;

	*worst = NAN;
	for (size_t i = 0; v && i < b->cells; i++) {
		const struct cell *c = &b->cell[i];
		double r;

		if (c->vmm != VMM_NATIVE || !usable(c))
			continue;
		r = ratio(half_median(c, 0), half_median(c, 1));
		if (isnan(r))
			continue;
		v[n] = fmax(r, 1 / r);
		*worst = isnan(*worst) ? v[n] : fmax(*worst, v[n]);
		n++;
	}
	*typical = stats_geomean(v, n);
	free(v);
	return n;
}

unsigned bench_wrong(const struct bench *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->cells; i++)
		n += b->cell[i].error[0] || b->cell[i].sum.wrong;
	return n;
}
