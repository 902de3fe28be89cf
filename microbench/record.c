/* SPDX-License-Identifier: MIT
 * The record: one JSON object per line and cell, and a second file about the
 * run.  What is not available is the string "n/a".
 */
#include "microbench/bench.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void put_number(FILE *f, const char *key, double v)
{
	if (isnan(v) || isinf(v))
		fprintf(f, "\"%s\":\"n/a\"", key);
	else
		fprintf(f, "\"%s\":%.6g", key, v);
}

static void put_counters(FILE *f, const struct cell *c)
{
	fprintf(f, "\"counters\":{");
	for (int i = 0; i < COUNTERS; i++) {
		if (i)
			fputc(',', f);
		put_number(f, counter_key[i],
			   c->counted_iterations > 0 ? c->counted[i] / c->counted_iterations : NAN);
	}
	fprintf(f, "}");
}

static void put_cell(FILE *f, const struct bench *b, const struct cell *c)
{
	const struct kernel_info *k = &kernel_info[c->kernel];

	fprintf(f, "{\"kernel\":\"%s\",\"class\":\"%s\",\"ring\":%u,\"vmm\":\"%s\",", k->name,
		class_name[k->class], c->ring, b->vmm[c->vmm].name);
	put_number(f, "ns_per_iter", c->median);
	fputc(',', f);
	put_number(f, "mad", c->mad);
	fprintf(f, ",\"samples\":%u,\"iters\":%u,", c->samples, c->iterations);
	put_number(f, "x_native", c->x_native);
	fputc(',', f);
	put_number(f, "x_tcg", c->x_tcg);
	fputc(',', f);
	put_number(f, "cpu_ns_per_iter", c->cpu_median);
	fputc(',', f);
	put_number(f, "x_native_cpu", c->x_native_cpu);
	fputc(',', f);
	put_number(f, "x_tcg_cpu", c->x_tcg_cpu);
	fputc(',', f);
	put_counters(f, c);
	if (c->samples)
		fprintf(f, ",\"checksum\":\"%08x\"", c->checksum);
	else
		fprintf(f, ",\"checksum\":\"n/a\"");
	fprintf(f, ",\"checksum_iters\":%u,\"checksums_compared\":%u,\"result\":\"%s\"", k->start,
		c->sum.compared,
		c->error[0]    ? "error"
		: c->sum.wrong ? "wrong"
		: c->samples   ? "ok"
			       : "not run");
	if (c->error[0]) {
		fprintf(f, ",\"error\":");
		put_string(f, c->error);
	} else if (c->sum.wrong) {
		fprintf(f, ",\"error\":\"checksum %08x instead of %08x for %u iterations\"",
			c->sum.got, c->sum.expected, c->sum.iterations);
	}
	fprintf(f, ",\"ns\":[");
	for (unsigned i = 0; i < c->samples; i++)
		fprintf(f, "%s%.6g", i ? "," : "", c->ns[i]);
	fprintf(f, "]}\n");
}

static void cpu_model(char *out, size_t size)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "re");

	snprintf(out, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(out, size, "%s", colon + 2);
		break;
	}
	if (f)
		fclose(f);
}

static void put_meta(FILE *f, const struct bench *b)
{
	double typical, worst;
	struct utsname host;
	char model[200];

	cpu_model(model, sizeof(model));
	fprintf(f, "{\"seed\":%llu,\"quick\":%s,\"target_ms\":%.6g,\"samples\":%d,",
		(unsigned long long)b->opt.seed, b->opt.quick ? "true" : "false", b->opt.target_ms,
		b->opt.samples);
	fprintf(f, "\"boots\":%u,\"seconds\":%.1f,\"cpus\":%ld,\"cpu\":", b->boots, b->seconds,
		sysconf(_SC_NPROCESSORS_ONLN));
	put_string(f, model);
	if (!uname(&host)) {
		fprintf(f, ",\"kernel\":");
		put_string(f, host.release);
	}
	fputc(',', f);
	put_number(f, "load_before", b->load_before);
	fputc(',', f);
	put_number(f, "load_after", b->load_after);
	bench_noise(b, &typical, &worst);
	fputc(',', f);
	put_number(f, "same_code_ratio_typical", typical);
	fputc(',', f);
	put_number(f, "same_code_ratio_worst", worst);
	fprintf(f, ",\"machines\":[");
	for (int v = 0, n = 0; v < VMMS; v++) {
		if (!b->opt.use[v])
			continue;
		fprintf(f, "%s{\"vmm\":\"%s\",\"version\":", n++ ? "," : "", b->vmm[v].name);
		put_string(f, b->vmm[v].version);
		fprintf(f, ",\"skipped\":");
		put_string(f, b->vmm[v].missing);
		fprintf(f, "}");
	}
	fprintf(f, "],\"counters_missing\":{");
	for (int i = 0, n = 0; i < COUNTERS; i++) {
		if (!counter_error((enum counter)i)[0])
			continue;
		fprintf(f, "%s\"%s\":", n++ ? "," : "", counter_key[i]);
		put_string(f, counter_error((enum counter)i));
	}
	fprintf(f, "}}\n");
}

/* Complete or not there at all: write beside, then rename. */
static int write_file(const struct bench *b, const char *path,
		      void (*body)(FILE *f, const struct bench *b))
{
	char beside[700];
	FILE *f;

	snprintf(beside, sizeof(beside), "%s.new", path);
	f = fopen(beside, "we");
	if (!f)
		return -errno;
	body(f, b);
	if (ferror(f)) {
		fclose(f);
		unlink(beside);
		return -EIO;
	}
	if (fclose(f) || rename(beside, path)) {
		int err = -errno;

		unlink(beside);
		return err;
	}
	return 0;
}

static void put_cells(FILE *f, const struct bench *b)
{
	for (size_t i = 0; i < b->cells; i++)
		put_cell(f, b, &b->cell[i]);
}

static void put_meta_body(FILE *f, const struct bench *b)
{
	put_meta(f, b);
}

int bench_record(const struct bench *b)
{
	const char *out = b->opt.out;
	size_t n = strlen(out);
	char meta[640];
	int err = write_file(b, out, put_cells);

	if (err)
		return err;
	if (n > 6 && !strcmp(out + n - 6, ".jsonl"))
		n -= 6;
	snprintf(meta, sizeof(meta), "%.*s.meta.json", (int)n, out);
	return write_file(b, meta, put_meta_body);
}
