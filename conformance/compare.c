/* SPDX-License-Identifier: MIT
 * Two raw logs side by side, and one log on its own.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/dev.h"
#include "conformance/model.h"
#include "conformance/print.h"
#include "conformance/result.h"

static void print_state(FILE *f, const struct tcase *t, const struct result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);

	if (!m) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	result_print(m, t, r);
	fclose(m);
	json_string(f, text);
	free(text);
}

static void print_value(FILE *f, const struct tcase *t, const struct result *r, unsigned bit)
{
	unsigned i;

	switch (1u << bit) {
	case DIFF_VECTOR:
		fprintf(f, "\"%u\"", r->vector);
		break;
	case DIFF_ERROR:
		fprintf(f, r->has_error ? "\"%04x\"" : "\"none\"", r->error);
		break;
	case DIFF_EIP:
		fprintf(f, "\"%x\"", r->eip);
		break;
	case DIFF_FLAGS:
	case DIFF_EFLAGS:
	case DIFF_RF:
		fputc('"', f);
		flags_print(f, r->eflags, t->undef);
		fputc('"', f);
		break;
	case DIFF_SEG:
		fputc('"', f);
		for (i = 0; i < A_SREGS; i++)
			fprintf(f, "%s%04x", i ? " " : "", r->sel[i]);
		fputc('"', f);
		break;
	default:
		print_state(f, t, r);
	}
}

/* Text of something that prints itself, as a JSON string. */
static void print_quoted(FILE *f, const struct tcase *t, const struct result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);

	if (!m) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	if (r->unmet && t->dev)
		dev_needs_print(m, r->unmet);
	else if (r->unmet)
		features_print(m, r->unmet);
	else
		model_print(m, t);
	fclose(m);
	json_string(f, text);
	free(text);
}

static const char *decode(const struct tlist *l, const struct log *g, unsigned id, struct result *r)
{
	return result_decode(&l->v[id], g->payload[id], strlen(g->payload[id]), r);
}

int print_compare(FILE *f, const struct tlist *l, const struct log *ref, const struct log *got)
{
	static struct result a, b;
	unsigned id, d, k;
	int differing = 0;

	for (id = 0; id < l->n; id++) {
		const struct tcase *t = &l->v[id];
		const char *bad, *sep = "";

		if (!ref->payload[id] || !got->payload[id])
			continue;
		bad = decode(l, ref, id, &a);
		if (!bad)
			bad = decode(l, got, id, &b);
		if (bad) {
			fprintf(stderr, "cases: compare: %s: %s\n", t->name, bad);
			return -1;
		}
		d = result_diff(t, &a, &b);
		if (!d)
			continue;
		differing++;
		fprintf(f, "{\"num\":%u,\"id\":", id);
		json_string(f, t->name);
		fputs(",\"diff\":[", f);
		for (k = 0; k < DIFF_BITS; k++) {
			if (!(d & 1u << k))
				continue;
			fprintf(f, "%s{\"field\":\"%s\",\"expected\":", sep, diff_names[k]);
			if (t->dev)
				print_quoted(f, t, &a);
			else
				print_value(f, t, &a, k);
			fputs(",\"got\":", f);
			print_value(f, t, &b, k);
			fputc('}', f);
			sep = ",";
		}
		fputs("],\"expected\":", f);
		if (t->dev)
			print_quoted(f, t, &a);
		else
			print_state(f, t, &a);
		fputs(",\"got\":", f);
		print_state(f, t, &b);
		fputs("}\n", f);
	}
	return differing;
}

int print_model(FILE *f, const struct tlist *l, const struct log *g)
{
	static struct result r;
	unsigned id, d, k;
	int differing = 0;

	for (id = 0; id < l->n; id++) {
		const struct tcase *t = &l->v[id];
		const char *bad, *sep = "";

		if ((!t->sys && !t->nexp && !t->dev) || !g->payload[id])
			continue;
		bad = decode(l, g, id, &r);
		if (bad) {
			fprintf(stderr, "cases: model: %s: %s\n", t->name, bad);
			return -1;
		}
		d = r.unmet ? 0 : model_diff(t, &r);
		if (!r.unmet && !t->nexp && !t->dev)
			continue;
		differing += d != 0;
		fprintf(f, "{\"num\":%u,\"id\":", id);
		json_string(f, t->name);
		fprintf(f, ",\"verdict\":\"%s\"", r.unmet ? "unmet" : d ? "broken" : "rule");
		if (r.unmet || d) {
			fputs(r.unmet ? ",\"missing\":" : ",\"rule\":", f);
			print_quoted(f, t, &r);
		}
		if (d) {
			fputs(",\"fields\":[", f);
			for (k = 0; k < DIFF_BITS; k++)
				if (d & 1u << k) {
					fprintf(f, "%s\"%s\"", sep, diff_names[k]);
					sep = ",";
				}
			fputs("],\"record\":", f);
			print_state(f, t, &r);
		}
		if (!r.unmet && t->choice)
			fprintf(f, ",\"took\":%d", model_choice(t, &r));
		fputs("}\n", f);
	}
	return differing;
}

void print_log(FILE *f, const struct tlist *l, const struct log *g)
{
	unsigned id, n = 0;

	fprintf(f,
		"{\"channel\":\"%s\",\"plan\":%u,\"digest\":\"%08x\",\"records\":%u,\"ended\":%s,",
		g->channel, g->plan, g->digest, g->records, g->ended ? "true" : "false");
	fprintf(f, "\"bad_end\":%s,\"bad_crc\":%u,\"bad_lines\":%u,\"duplicates\":%u,",
		g->bad_end ? "true" : "false", g->bad_crc, g->bad_lines, g->duplicates);
	fprintf(f, "\"no_start\":%u,\"last_start\":%d,\"corrupt\":", g->no_start, g->last_start);
	json_string(f, g->corrupt);
	fputs(",\"started_without_record\":[", f);
	for (id = 0; id < l->n; id++)
		if (g->started[id] && !g->payload[id])
			fprintf(f, "%s%u", n++ ? "," : "", id);
	fputs("]}\n", f);
}
