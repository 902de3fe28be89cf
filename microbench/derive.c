/* SPDX-License-Identifier: MIT
 * From samples to figures: medians, paired ratios, checksum verdicts, noise.
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

/* Boots of one round: one of a guest, two of the native process. */
static unsigned boots_per_round(const struct cell *c)
{
	return c->vmm == VMM_NATIVE ? 2 : 1;
}

/* Median of the samples from boots [first, first + boots). */
static double boot_median(const struct cell *c, const double *values, unsigned first,
			  unsigned boots)
{
	double *v = calloc(c->samples + 1, sizeof(*v)), m;
	size_t n = 0;

	for (unsigned i = 0; v && i < c->samples; i++)
		if (c->boot[i] >= first && c->boot[i] < first + boots)
			v[n++] = values[i];
	m = v ? stats_median(v, n) : NAN;
	free(v);
	return m;
}

/* How much longer `a` takes than `b`: the median over the rounds of the ratio
 * within a round.  A round's boots run within seconds of each other, so a slow
 * phase of the host cancels out. */
static double paired(const struct cell *a, const double *av, const struct cell *b, const double *bv)
{
	unsigned ab = boots_per_round(a), bb = boots_per_round(b), n = 0;
	unsigned rounds = (a->boots + ab - 1) / ab;
	double *v = calloc(rounds + 1, sizeof(*v)), m;

	for (unsigned r = 0; v && r < rounds; r++) {
		double x = ratio(boot_median(a, av, r * ab, ab), boot_median(b, bv, r * bb, bb));

		if (!isnan(x))
			v[n++] = x;
	}
	m = v ? stats_median(v, n) : NAN;
	free(v);
	return m;
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
			c->x_native = paired(c, c->ns, native, native->ns);
			c->x_native_cpu = paired(c, c->cpu_ns, native, native->cpu_ns);
		}
		if (usable(c) && usable(tcg) && c->vmm != VMM_NATIVE) {
			c->x_tcg = paired(c, c->ns, tcg, tcg->ns);
			c->x_tcg_cpu = paired(c, c->cpu_ns, tcg, tcg->cpu_ns);
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

/* Median over the rounds of one native boot against the other. */
static double self_ratio(const struct cell *c)
{
	double *v = calloc(c->boots + 1, sizeof(*v)), m;
	unsigned n = 0;

	for (unsigned boot = 0; v && boot + 1 < c->boots; boot += 2) {
		double x =
			ratio(boot_median(c, c->ns, boot, 1), boot_median(c, c->ns, boot + 1, 1));

		if (!isnan(x))
			v[n++] = x;
	}
	m = v ? stats_median(v, n) : NAN;
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
		r = self_ratio(c);
		if (isnan(r))
			continue;
		v[n] = fmax(r, 1 / r);
		*worst = isnan(*worst) ? v[n] : fmax(*worst, v[n]);
		n++;
	}
	*typical = v ? stats_geomean(v, n) : NAN;
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
