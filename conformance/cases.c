/* SPDX-License-Identifier: MIT
 * cases: everything the harness wants to know about the conformance cases, and
 * the writer of their images.  Exit codes: 0, 1 `check` found the log
 * incomplete, 2 bad usage or input, 3 out of resources.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/mkimage.h"
#include "conformance/model.h"
#include "conformance/oracle.h"
#include "conformance/pack.h"
#include "conformance/print.h"
#include "conformance/result.h"
#include "conformance/summary.h"

static const char usage[] =
	"usage: cases list [GROUP]             JSON Lines: one object per case\n"
	"       cases groups                   JSON Lines: groups and their sizes\n"
	"       cases matrix                   JSON: filled and empty cells\n"
	"       cases digest                   what PLAN must name\n"
	"       cases show CASE                one case in words\n"
	"       cases decode CASE PAYLOAD      a record in words\n"
	"       cases compare REF GOT          JSON Lines: records that differ\n"
	"       cases model LOG                JSON Lines: the manual's word on each record\n"
	"       cases choices                  JSON Lines: what the manual leaves open, and cases\n"
	"       cases summary LOG SELECT [UNMET]\n"
	"                                  JSON: what a screen must show of these cases where\n"
	"                                  CPUID lacks the bits UNMET (hex), all else as in LOG\n"
	"       cases check LOG                JSON: is the log whole (exit 0) or not (1)\n"
	"       cases image --media floppy|disk|multiboot|iso|vhd|vmdk --out FILE\n"
	"                   [--select FILE] [--channel auto|e9|com1|disk|screen]\n"
	"                   [--stop off|halt|exit|8900|acpi|apm] [--area SECTORS] [--guests DIR]\n"
	"                                  bootable image of all cases but those of\n"
	"                                  devices, or of selected ones\n"
	"CASE is a number or an id; --select FILE (- is stdin) has one number, id or\n"
	"shell pattern of ids per line.\n";

int cases_fail(const char *what, const char *why)
{
	fprintf(stderr, "cases: %s: %s\n", what, why);
	return 2;
}

static const struct tcase *find(const struct tlist *l, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s && !*end)
		return n < l->n ? &l->v[n] : NULL;
	return tlist_find(l, s);
}

int cases_select(const struct tlist *l, const char *path, u8 *sel)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char line[256];
	int err = 0;

	if (!f)
		return cases_fail(path, strerror(errno));
	while (!err && fgets(line, sizeof line, f)) {
		const struct tcase *t;
		unsigned i, hits = 0;

		line[strcspn(line, "\r\n")] = 0;
		if (!*line)
			continue;
		t = find(l, line);
		if (t) {
			sel[t->id] = 1;
			continue;
		}
		for (i = 0; i < l->n && strpbrk(line, "*?["); i++)
			if (!fnmatch(line, l->v[i].name, 0)) {
				sel[i] = 1;
				hits++;
			}
		if (!hits)
			err = cases_fail(line, "no such case");
	}
	if (f != stdin)
		fclose(f);
	return err;
}

static int load_log(const struct tlist *l, const char *path, struct log *log)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return cases_fail(path, strerror(errno));
	log_read(f, l->n, log);
	fclose(f);
	if (log->have_plan && log->digest != pack_digest(l))
		return cases_fail(path, "its PLAN names other cases than mine");
	return 0;
}

static int do_compare(const struct tlist *l, const char *ref, const char *got)
{
	struct log a, b;
	int n;

	if (load_log(l, ref, &a) || load_log(l, got, &b))
		return 2;
	n = print_compare(stdout, l, &a, &b);
	log_free(&a);
	log_free(&b);
	return n < 0 ? 2 : 0;
}

static int do_model(const struct tlist *l, const char *path)
{
	struct log g;
	int n;

	if (load_log(l, path, &g))
		return 2;
	n = print_model(stdout, l, &g);
	log_free(&g);
	return n < 0 ? 2 : n > 0;
}

static int do_summary(const struct tlist *l, const char *path, const char *select,
		      const char *unmet)
{
	unsigned long lacks;
	struct summary s;
	struct log g;
	u8 *sel;
	char *end;
	int err;

	lacks = strtoul(unmet, &end, 16);
	if (*end || !*unmet || lacks > 0xffffffff)
		return cases_fail(unmet, "no CPUID bits");
	sel = calloc(l->n, 1);
	if (!sel)
		return 3;
	err = cases_select(l, select, sel);
	if (!err)
		err = load_log(l, path, &g);
	if (!err) {
		s = summary_expect(l, &g, sel, (u32)lacks);
		printf("{\"cases\":%u,\"crc\":\"%08x\",\"unknown\":%u", s.cases, s.crc, s.unknown);
		if (s.unknown)
			printf(",\"first_unknown\":\"%s\"", l->v[s.first_unknown].name);
		puts("}");
		log_free(&g);
	}
	free(sel);
	return err;
}

static int do_check(const struct tlist *l, const char *path)
{
	struct log g;
	bool whole;

	if (load_log(l, path, &g))
		return 2;
	print_log(stdout, l, &g);
	whole = g.have_plan && g.ended && !g.bad_end && g.records == g.plan && !g.bad_crc &&
		!g.bad_lines && !g.duplicates && !g.no_start && !*g.corrupt;
	log_free(&g);
	return whole ? 0 : 1;
}

static int do_decode(const struct tlist *l, const char *id, const char *payload)
{
	static struct result r;
	const struct tcase *t = find(l, id);
	const char *bad;

	if (!t)
		return cases_fail(id, "no such case");
	bad = result_decode(t, payload, strlen(payload), &r);
	if (bad)
		return cases_fail(payload, bad);
	result_print(stdout, t, &r);
	putchar('\n');
	return 0;
}

static int run(const struct tlist *l, int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	const struct tcase *t;

	if (!strcmp(cmd, "list") && argc <= 3)
		print_list(stdout, l, argv[2]);
	else if (!strcmp(cmd, "groups") && argc == 2)
		print_groups(stdout, l);
	else if (!strcmp(cmd, "matrix") && argc == 2)
		print_matrix(stdout, l);
	else if (!strcmp(cmd, "choices") && argc == 2)
		oracle_choices(stdout, l);
	else if (!strcmp(cmd, "digest") && argc == 2)
		printf("%08x\n", pack_digest(l));
	else if (!strcmp(cmd, "show") && argc == 3) {
		t = find(l, argv[2]);
		if (!t)
			return cases_fail(argv[2], "no such case");
		print_case(stdout, t);
	} else if (!strcmp(cmd, "decode") && argc == 4)
		return do_decode(l, argv[2], argv[3]);
	else if (!strcmp(cmd, "compare") && argc == 4)
		return do_compare(l, argv[2], argv[3]);
	else if (!strcmp(cmd, "model") && argc == 3)
		return do_model(l, argv[2]);
	else if (!strcmp(cmd, "check") && argc == 3)
		return do_check(l, argv[2]);
	else if (!strcmp(cmd, "summary") && (argc == 4 || argc == 5))
		return do_summary(l, argv[2], argv[3], argc == 5 ? argv[4] : "0");
	else if (!strcmp(cmd, "image"))
		return cases_image(l, argv + 2);
	else {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct tlist l;
	int err;

	if (argc == 2 && !strcmp(argv[1], "help")) {
		fputs(usage, stdout);
		return 0;
	}
	generate_all(&l);
	err = run(&l, argc, argv);
	tlist_free(&l);
	if (fflush(stdout) || ferror(stdout))
		return cases_fail("stdout", "cannot be written");
	return err;
}
