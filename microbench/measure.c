/* SPDX-License-Identifier: MIT
 * Calibration and sampling.
 *
 * First every cell is booted once with doubling counts until one pair lasts
 * opt.target_ms.  Then come rounds: kernels in random order, within a kernel
 * all machines and rings in random order (the native process twice), each boot
 * giving up to REPS samples of the calibrated count.  So machines that are
 * compared run within seconds of each other, and a slow phase of the host hits
 * all alike.  Quick: the longest pairs of the calibration are the samples.
 */
#include "microbench/bench.h"
#include "microbench/image.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPS          4
#define QUICK_SAMPLES 3
#define SILENT_BOOTS  4u

/* splitmix64 (Steele, Lea, Flood 2014). */
u64 bench_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void shuffle(u64 *state, size_t *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = bench_random(state) % i, t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

static int add_sample(struct cell *c, const struct pair *p)
{
	unsigned n = c->samples + 1;
	double *ns, *cpu;
	unsigned *boot;

	if (p->ns <= 0) {
		snprintf(c->error, sizeof(c->error),
			 "both markers arrived in one piece: is its port 0xE9 buffered?");
		return 0;
	}
	ns = realloc(c->ns, n * sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	c->ns = ns;
	cpu = realloc(c->cpu_ns, n * sizeof(*cpu));
	if (!cpu)
		return -ENOMEM;
	c->cpu_ns = cpu;
	boot = realloc(c->boot, n * sizeof(*boot));
	if (!boot)
		return -ENOMEM;
	c->boot = boot;
	ns[n - 1] = p->ns / p->iterations;
	cpu[n - 1] = p->cpu_ns / p->iterations;
	boot[n - 1] = c->boots;
	c->samples = n;
	c->counted_iterations += p->iterations;
	for (int i = 0; i < COUNTERS; i++)
		c->counted[i] += p->counter[i];
	return 0;
}

static void progress(struct bench *b, const struct cell *c)
{
	b->boots++;
	if (isatty(2))
		fprintf(stderr, "\r[%u/%u] %-10s.%u %-10s\033[K", b->boots, b->boots_planned,
			kernel_info[c->kernel].name, c->ring, b->vmm[c->vmm].name);
	else if (b->boots % 100 == 0)
		fprintf(stderr, "[%u/%u boots]\n", b->boots, b->boots_planned);
}

/* Boot the cell's machine; all pairs go into the checksum book. */
static int boot_cell(struct bench *b, struct cell *c, struct job job, double target_ns,
		     struct boot *out)
{
	struct boot_plan plan = {.job = job, .target_ns = target_ns, .limit_s = b->opt.limit_s};
	struct vmm *v = &b->vmm[c->vmm];

	progress(b, c);
	boot_run(v, c->vmm, &plan, b->build, b->dir, out);
	for (unsigned i = 0; i < out->pairs; i++) {
		int err = book_add(&b->book, c->kernel, c->vmm, out->pair[i].iterations,
				   out->pair[i].checksum);

		if (err)
			return err;
	}
	if (boot_interrupted)
		return -EINTR;
	b->silent[c->vmm] = out->pairs ? 0 : b->silent[c->vmm] + 1;
	if (out->error[0]) {
		memcpy(c->error, out->error, sizeof(c->error));
		if (b->silent[c->vmm] >= SILENT_BOOTS)
			snprintf(v->missing, sizeof(v->missing), "gave no result %u times: %.200s",
				 SILENT_BOOTS, out->error);
	}
	return 0;
}

static int calibrate(struct bench *b, struct cell *c)
{
	const struct kernel_info *k = &kernel_info[c->kernel];
	double target_ns = b->opt.target_ms * 1e6;
	struct boot boot;
	unsigned taken = 0;
	int err = boot_cell(b, c, image_job(k->name, c->ring, k->start, 0, 0), target_ns, &boot);

	if (err || c->error[0])
		return err;
	if (!boot.pairs) {
		snprintf(c->error, sizeof(c->error), "no timed pair");
		return 0;
	}
	c->checksum = boot.pair[0].checksum;
	c->iterations = boot.pair[boot.pairs - 1].iterations;
	for (unsigned i = boot.pairs; b->opt.quick && i-- && taken < QUICK_SAMPLES && !err;) {
		if (taken && boot.pair[i].ns < target_ns / 5)
			break;
		err = add_sample(c, &boot.pair[i]);
		taken++;
	}
	c->boots += b->opt.quick;
	return err;
}

static int sample(struct bench *b, struct cell *c, unsigned reps)
{
	const struct kernel_info *k = &kernel_info[c->kernel];
	u32 n = c->iterations, from = n > k->start ? n / 2 : n;
	struct boot boot;
	int err = boot_cell(b, c, image_job(k->name, c->ring, from, n, reps), 0, &boot);

	for (unsigned i = 0; i < boot.pairs && !err; i++)
		if (boot.pair[i].iterations == n)
			err = add_sample(c, &boot.pair[i]);
	c->boots++;
	return err;
}

/* All cells, kernels shuffled, each kernel's cells together and shuffled.
 * `native_boots`: how often each native cell appears. */
static size_t order(struct bench *b, unsigned native_boots, size_t *out)
{
	size_t kernels[KERNELS], n = 0;

	for (size_t k = 0; k < KERNELS; k++)
		kernels[k] = k;
	shuffle(&b->random, kernels, KERNELS);
	for (size_t k = 0; k < KERNELS; k++) {
		size_t first = n;

		for (size_t i = 0; i < b->cells; i++) {
			unsigned times = b->cell[i].vmm == VMM_NATIVE ? native_boots : 1;

			for (; b->cell[i].kernel == kernels[k] && times; times--)
				out[n++] = i;
		}
		shuffle(&b->random, out + first, n - first);
	}
	return n;
}

static bool alive(const struct bench *b, const struct cell *c)
{
	return !c->error[0] && !b->vmm[c->vmm].missing[0];
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int bench_measure(struct bench *b)
{
	unsigned samples = (unsigned)b->opt.samples,
		 rounds = b->opt.quick ? 0 : (samples + REPS - 1) / REPS;
	size_t *todo = calloc(b->cells * 2 + 1, sizeof(*todo)), n, natives = 0;
	double start = seconds_now();
	int err = 0;

	if (!todo)
		return -ENOMEM;
	for (size_t i = 0; i < b->cells; i++)
		natives += b->cell[i].vmm == VMM_NATIVE;
	b->boots_planned = (unsigned)((b->cells + natives) * (rounds + b->opt.quick) +
				      (b->opt.quick ? 0 : b->cells));
	b->random = b->opt.seed;
	if (getloadavg(&b->load_before, 1) != 1)
		b->load_before = NAN;
	n = order(b, b->opt.quick ? 2 : 1, todo);
	for (size_t i = 0; i < n && !err; i++)
		if (alive(b, &b->cell[todo[i]]))
			err = calibrate(b, &b->cell[todo[i]]);
	for (unsigned r = 0; r < rounds && !err; r++) {
		unsigned reps = samples / rounds + (r < samples % rounds);

		n = order(b, 2, todo);
		for (size_t i = 0; i < n && !err; i++)
			if (alive(b, &b->cell[todo[i]]))
				err = sample(b, &b->cell[todo[i]], reps);
	}
	if (isatty(2))
		fprintf(stderr, "\r\033[K");
	if (getloadavg(&b->load_after, 1) != 1)
		b->load_after = NAN;
	b->seconds = seconds_now() - start;
	free(todo);
	return err;
}
