/* SPDX-License-Identifier: MIT
 * The pipeline: while the child runs one batch the next one is generated and
 * the last one is written.
 */
#include "conformance/capture/run.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#include "conformance/capture/format.h"
#include "conformance/capture/host.h"
#include "conformance/capture/world.h"

#define DEPTH 3 /* batches: generated, running, written */

struct run {
	const struct plan *p;
	const struct cells *cs;
	u32 *order, n; /* cells by file */
	u32 at, serial;
	struct batch *b;
	u64 vectors, traps[32], bytes, hash;
	u32 fewest; /* distinct vectors of a cell */
	/* the cell being counted */
	u32 counted, cell_n;
	u64 seen[4096];
	/* the file being written */
	struct moo_out out;
	const struct vcell *file;
	u32 index, files;
	FILE *list;
	int err;
};

static const struct cells *sorting;
static bool by_group;

static int file_order(const struct vcell *x, const struct vcell *y)
{
	int d = (int)x->code32 - (int)y->code32;

	if (d)
		return d;
	return by_group ? strcmp(x->group, y->group) : strcmp(x->opcode, y->opcode);
}

static int by_file(const void *a, const void *b)
{
	const struct vcell *x = &sorting->v[*(const u32 *)a], *y = &sorting->v[*(const u32 *)b];
	int d = file_order(x, y);

	return d ? d : x->id < y->id ? -1 : 1;
}

static bool start(struct run *r, const struct plan *p, const struct cells *cs)
{
	char name[140];
	const char *bad;
	u32 i;

	memset(r, 0, sizeof *r);
	r->p = p;
	r->cs = cs;
	r->fewest = ~0u;
	r->counted = ~0u;
	r->order = malloc(cs->n * sizeof *r->order);
	if (!r->order) {
		fputs("capture: out of memory\n", stderr);
		exit(3);
	}
	for (i = 0; i < cs->n; i++) {
		cell_name(&cs->v[i], name, sizeof name);
		if (!p->filter || !fnmatch(p->filter, name, 0))
			r->order[r->n++] = i;
	}
	sorting = cs;
	by_group = p->sample;
	qsort(r->order, r->n, sizeof *r->order, by_file);
	bad = host_start(&r->b, DEPTH);
	if (bad) {
		fprintf(stderr, "capture: skipped: %s\n", bad);
		free(r->order);
		return false;
	}
	return true;
}

static void generate(struct run *r, struct batch *b)
{
	for (b->n = 0; b->n < BATCH && r->at < r->n;) {
		const struct vcell *c = &r->cs->v[r->order[r->at]];
		u32 serial = r->p->serial >= 0 ? (u32)r->p->serial : r->serial;

		if (r->p->sample)
			serial = cell_sample(c);
		cell_vector(c, r->p->seed, serial, &b->v[b->n++]);
		if (++r->serial == r->p->per_cell) {
			r->serial = 0;
			r->at++;
		}
	}
}

static void complain(struct run *r, const struct batch *b, const char *why)
{
	const struct vec *v = &b->v[b->done < b->n ? b->done : b->n - 1];
	char name[140];
	unsigned i;

	format_name(&r->cs->v[v->cell], v->serial, name, sizeof name);
	fprintf(stderr, "capture: %s: %s, code", name, why);
	for (i = 0; i <= v->code_len; i++)
		fprintf(stderr, " %02x", v->code[i]);
	fprintf(stderr, " (seed %llu)\n", (unsigned long long)r->p->seed);
	r->err = 1;
}

static u64 mix(u64 h, const void *data, size_t n)
{
	const u8 *p = data;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static u64 identity(const struct vec *v)
{
	u64 h = mix(0xcbf29ce484222325u, v->gpr, sizeof v->gpr);

	h = mix(h, &v->eflags, sizeof v->eflags);
	h = mix(h, v->sel, sizeof v->sel);
	h = mix(h, v->code, v->code_len);
	h = mix(h, v->pool, v->pooled);
	return v->fpu ? mix(h, v->fx, FX_END) : h;
}

static void end_cell(struct run *r)
{
	if (r->counted != ~0u && r->cell_n < r->fewest)
		r->fewest = r->cell_n;
	r->cell_n = 0;
}

/* How many different vectors a cell has: equal ones would count once. */
static void count(struct run *r, const struct vec *v)
{
	u64 h = identity(v);
	u32 i;

	if (v->cell != r->counted) {
		end_cell(r);
		r->counted = v->cell;
	}
	for (i = 0; i < r->cell_n; i++)
		if (r->seen[i] == h)
			return;
	if (r->cell_n < sizeof r->seen / sizeof *r->seen)
		r->seen[r->cell_n++] = h;
}

static void hash_outcome(struct run *r, const struct vec *v, const struct outcome *o)
{
	u64 h = identity(v);

	h = mix(h, o->gpr, sizeof o->gpr);
	h = mix(h, &o->eip, sizeof o->eip);
	h = mix(h, &o->eflags, sizeof o->eflags);
	h = mix(h, o->sel, sizeof o->sel);
	h = mix(h, &o->trap, sizeof o->trap);
	r->hash = r->hash * 31 + h;
}

static int save(struct run *r)
{
	char path[400];
	const u8 *data;
	size_t n;
	gzFile z;
	int bad;

	snprintf(path, sizeof path, "%s/%s%s.MOO.gz", r->p->out, r->file->code32 ? "c32-" : "c16-",
		 by_group ? r->file->group : r->file->opcode);
	if (r->p->best) {
		bad = moo_save(&r->out, path, true);
	} else {
		data = moo_out_bytes(&r->out, &n);
		z = data ? gzopen(path, "wb1") : NULL;
		bad = !z;
		if (z && gzwrite(z, data, (unsigned)n) != (int)n)
			bad = 1;
		if (z && gzclose(z) != Z_OK)
			bad = 1;
		if (!bad)
			r->bytes += n;
	}
	if (bad) {
		fprintf(stderr, "capture: %s: cannot write\n", path);
		return 3;
	}
	fprintf(r->list, "%s\t%u\n", strrchr(path, '/') + 1, r->index);
	r->files++;
	return 0;
}

static void end_file(struct run *r)
{
	if (r->file && !r->err)
		r->err = save(r);
	moo_out_free(&r->out);
	r->file = NULL;
	r->index = 0;
}

static void write_test(struct run *r, const struct vec *v, const struct outcome *o)
{
	const struct vcell *c = &r->cs->v[v->cell];

	if (r->file && file_order(r->file, c))
		end_file(r);
	if (!r->file) {
		moo_out_init(&r->out);
		r->file = c;
		format_header(&r->out, c, r->p->seed, by_group);
	}
	format_test(&r->out, r->index++, c, v, o);
}

/* What a vector writes it must list: a reader knows no other bytes. */
static bool listed(const struct vec *v, const struct outcome *o)
{
	unsigned i, k;

	for (i = 0; i < o->nmem; i++) {
		for (k = 0; k < v->nmem; k++)
			if (o->mem[i].lin - v->mem[k].lin < v->mem[k].len)
				break;
		if (k == v->nmem)
			return false;
	}
	return true;
}

static void consume(struct run *r, struct batch *b)
{
	u32 i;

	for (i = 0; i < b->n && !r->err; i++) {
		if (b->o[i].nmem > OUT_MEM_MAX || !listed(&b->v[i], &b->o[i])) {
			b->done = i;
			complain(r, b, "writes memory that it does not list");
			return;
		}
		count(r, &b->v[i]);
		hash_outcome(r, &b->v[i], &b->o[i]);
		if (b->o[i].done)
			r->traps[31]++;
		else
			r->traps[b->o[i].trap & 31]++;
		r->vectors++;
		if (r->p->out)
			write_test(r, &b->v[i], &b->o[i]);
	}
}

static int begin_output(struct run *r)
{
	char path[400];

	if (!r->p->out)
		return 0;
	if (mkdir(r->p->out, 0777) && errno != EEXIST) {
		fprintf(stderr, "capture: %s: %s\n", r->p->out, strerror(errno));
		return 3;
	}
	snprintf(path, sizeof path, "%s/INDEX.tsv", r->p->out);
	r->list = fopen(path, "w");
	if (!r->list) {
		fprintf(stderr, "capture: %s: %s\n", path, strerror(errno));
		return 3;
	}
	fputs("file\ttests\n", r->list);
	return 0;
}

static void summary(const struct run *r, double seconds)
{
	static const struct {
		u8 n;
		const char *name;
	} names[] = {{31, "completed"}, {0, "#DE"},  {1, "#DB"},  {3, "#BP"},  {4, "#OF"},
		     {5, "#BR"},        {6, "#UD"},  {10, "#TS"}, {11, "#NP"}, {12, "#SS"},
		     {13, "#GP"},       {14, "#PF"}, {16, "#MF"}, {17, "#AC"}, {19, "#XM"}};
	unsigned i;

	printf("seed %llu: %llu vectors in %u cells, fewest distinct in a cell %u; digest "
	       "%016llx\n",
	       (unsigned long long)r->p->seed, (unsigned long long)r->vectors, r->n, r->fewest,
	       (unsigned long long)r->hash);
	for (i = 0; i < sizeof names / sizeof *names; i++)
		printf("%s %llu%s", names[i].name, (unsigned long long)r->traps[names[i].n],
		       i + 1 < sizeof names / sizeof *names ? ", " : "\n");
	fprintf(stderr, "%.1f s, %.0f vectors a second%s\n", seconds,
		seconds > 0 ? (double)r->vectors / seconds : 0, r->p->out ? ", written" : "");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int plan_run(const struct plan *p, const struct cells *cs)
{
	struct run *r = calloc(1, sizeof *r);
	u32 made = 0, waited = 0;
	double t0 = now();
	const char *bad;
	int err;

	if (!r || !start(r, p, cs)) {
		free(r);
		return r ? 77 : 3;
	}
	r->err = begin_output(r);
	while (!r->err) {
		if (r->at < r->n) {
			struct batch *b = &r->b[made % DEPTH];

			b->version = 0;
			generate(r, b);
			host_submit(made++ % DEPTH);
		}
		if (made - waited < DEPTH - 1 && r->at < r->n)
			continue;
		if (waited == made)
			break;
		bad = host_wait();
		if (bad)
			complain(r, &r->b[waited % DEPTH], bad);
		else
			consume(r, &r->b[waited % DEPTH]);
		waited++;
	}
	end_cell(r);
	end_file(r);
	if (r->list && fclose(r->list) && !r->err)
		r->err = 3;
	host_stop();
	if (!r->err)
		summary(r, now() - t0);
	err = r->err;
	free(r->order);
	free(r);
	return err;
}

/* Do two captures of a vector agree?  Undefined results included: one chip
 * gives one answer. */
static const char *compare(const struct vec *v, const struct outcome *a, const struct outcome *b)
{
	if (a->trap != b->trap || a->error != b->error || a->done != b->done)
		return "ends in another way";
	if (memcmp(a->gpr, b->gpr, sizeof a->gpr))
		return "general registers differ";
	if (a->eip != b->eip || a->eflags != b->eflags || memcmp(a->sel, b->sel, sizeof a->sel))
		return "EIP, EFLAGS or a segment register differs";
	if (a->cr2 != b->cr2)
		return "CR2 differs";
	if (a->nmem != b->nmem || memcmp(a->mem, b->mem, a->nmem * sizeof *a->mem))
		return "memory differs";
	if (v->fpu && memcmp(a->fx, b->fx, FX_PTRS))
		return "x87 control, status or tags differ";
	if (v->fpu && memcmp(a->fx + FX_ST, b->fx + FX_ST, FX_END - FX_ST))
		return "x87, MMX or XMM registers differ";
	return NULL;
}

int plan_verify(const struct plan *p, const struct cells *cs)
{
	struct run *r = calloc(1, sizeof *r);
	const char *bad;
	u32 i, differ = 0;
	int err;

	if (!r || !start(r, p, cs)) {
		free(r);
		return r ? 77 : 3;
	}
	while (!r->err && r->at < r->n) {
		r->b[0].version = 0;
		r->b[1].version = 1;
		generate(r, &r->b[0]);
		memcpy(r->b[1].v, r->b[0].v, r->b[0].n * sizeof *r->b[0].v);
		r->b[1].n = r->b[0].n;
		r->b[2].n = 0;
		for (i = 0; i < 3; i++)
			host_submit(i);
		for (i = 0; i < 3 && !r->err; i++) {
			bad = host_wait();
			if (bad)
				complain(r, &r->b[i], bad);
		}
		for (i = 0; i < r->b[0].n && !r->err; i++) {
			bad = compare(&r->b[0].v[i], &r->b[0].o[i], &r->b[1].o[i]);
			r->vectors++;
			if (!bad)
				continue;
			r->b[0].done = i;
			if (++differ <= 20) {
				complain(r, &r->b[0], bad);
				r->err = 0;
			}
		}
	}
	host_stop();
	err = r->err ? r->err : differ ? 1 : 0;
	if (!r->err)
		printf("%llu vectors captured twice, %u differ\n", (unsigned long long)r->vectors,
		       differ);
	free(r->order);
	free(r);
	return err;
}
