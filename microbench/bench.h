/* SPDX-License-Identifier: MIT
 * One run of the microbenchmarks: what was asked, what was measured.
 *
 *   select.c   which kernels, rings and machines          -> cells
 *   measure.c  calibrates and samples the cells           -> samples
 *   derive.c   medians, ratios, checksum verdicts         -> figures
 *   report.c   text table;  verdict.c  bounds;  record.c  JSON Lines
 */
#ifndef MICROBENCH_BENCH_H
#define MICROBENCH_BENCH_H

#include "microbench/book.h"
#include "microbench/boot.h"

#include <stdio.h>

struct kernel_info {
	const char *name, *what;
	enum kernel_class class;
	unsigned rings; /* R0 | R3 */
	bool native;
	u32 start;
};
extern const struct kernel_info kernel_info[KERNELS];
extern const char *const class_name[CLASSES];

/* One kernel at one ring on one machine.  The native process has one cell per
 * kernel, filed under ring 3, whatever rings the guests run it at. */
struct cell {
	unsigned kernel, ring;
	enum vmm_id vmm;
	u32 iterations;      /* per sample, found by calibration */
	u32 checksum;        /* of the first pair: info.start iterations */
	double *ns, *cpu_ns; /* per iteration, one per sample */
	unsigned *boot;      /* which boot a sample came from */
	unsigned samples, boots;
	double counted[COUNTERS], counted_iterations; /* sums over samples */
	char error[240];

	/* derive.c; NAN: not available */
	double median, mad, cpu_median, x_native, x_native_cpu, x_tcg, x_tcg_cpu;
	struct book_verdict sum;
};

struct options {
	bool use[VMMS];
	const char *kernels; /* comma-separated globs, NULL: all */
	int samples;
	u64 seed;
	bool quick;
	double target_ms;
	double limit_s;
	const char *out;
};

struct bench {
	struct options opt;
	struct vmm vmm[VMMS];
	unsigned silent[VMMS]; /* boots in a row without one marker pair */
	struct cell *cell;
	size_t cells;
	unsigned rings[KERNELS]; /* selected: R0 | R3 */
	struct book book;
	char build[512], dir[600];
	double load_before, load_after, seconds;
	unsigned boots, boots_planned;
	u64 random;
};

/* select.c: NULL or an error message (static storage). */
const char *bench_select(struct bench *b);
struct cell *bench_cell(const struct bench *b, unsigned kernel, unsigned ring, enum vmm_id vmm);
void bench_free(struct bench *b);

/* measure.c: 0 or -errno. */
int bench_measure(struct bench *b);
u64 bench_random(u64 *state);

/* derive.c */
void bench_derive(struct bench *b);
/* Same code, same machine: per kernel the native process's two boots of a round
 * against each other, computed like every other ratio.  Returns how many
 * kernels; fills the geometric mean of max(r, 1/r) and the largest. */
unsigned bench_noise(const struct bench *b, double *typical, double *worst);
struct geomean {
	double wall, cpu; /* of x_native or x_tcg; NAN if there is none */
	unsigned of;      /* kernels in it */
};
struct geomean bench_geomean(const struct bench *b, enum kernel_class class, enum vmm_id vmm,
			     bool against_tcg);
unsigned bench_wrong(const struct bench *b); /* cells with an error or a wrong checksum */

/* report.c, verdict.c */
void bench_list(FILE *f);
void bench_report(const struct bench *b, FILE *f);
void bench_verdicts(const struct bench *b, FILE *f);

/* record.c: writes opt.out and <opt.out without .jsonl>.meta.json; 0 or -errno */
int bench_record(const struct bench *b);

#endif
