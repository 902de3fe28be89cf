/* SPDX-License-Identifier: MIT
 * native: run the cases on the host CPU.
 *
 *   native run                         records as a guest would write them
 *   native against LOG                 JSON Lines: the host CPU's word on every
 *                                      record of a VMM
 *
 * Verdicts of `against`: agree, undefined (only flags differ that the manual
 * leaves undefined; named), differs, na (with the reason).  Exit codes: 0, 1
 * something differs, 2 usage or bad input, 77 this host cannot run cases.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/native/native.h"
#include "conformance/pack.h"
#include "conformance/print.h"
#include "guests/lib/crc32.h"

static void print_text(const struct tcase *t, const struct result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);

	if (!m)
		exit(3);
	result_print(m, t, r);
	fclose(m);
	json_string(stdout, text);
	free(text);
}

static void run_all(const struct tlist *l)
{
	static struct result r;
	static char hex[20000], line[20100];
	unsigned i, n = 0;
	u32 total = 0;

	for (i = 0; i < l->n; i++)
		n += !native_not_applicable(&l->v[i]);
	printf("INFO channel native\nPLAN %u %08x\n", n, pack_digest(l));
	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];
		size_t len;

		if (native_not_applicable(t))
			continue;
		printf("START %u\n", i);
		if (native_run(t, &r))
			continue;
		len = result_encode(t, &r, hex, sizeof hex);
		hex[len] = 0;
		len = (size_t)snprintf(line, sizeof line, "R %u %s", i, hex);
		total = crc32_add(total, line, (u32)len);
		printf("%s %08x\n", line, crc32_add(0, line, (u32)len));
	}
	printf("END %u %08x\n", n, total);
}

/* Does the host's word differ from the record?  Prints the verdict. */
static bool judge(const struct tcase *t, const char *payload)
{
	static struct result ref, host;
	const char *na = native_not_applicable(t), *bad;
	unsigned d, k;
	u32 undef;

	bad = result_decode(t, payload, strlen(payload), &ref);
	if (bad) {
		fprintf(stderr, "native: %s: %s\n", t->name, bad);
		exit(2);
	}
	if (!na)
		na = native_run(t, &host);
	printf("{\"num\":%u,\"id\":", t->id);
	json_string(stdout, t->name);
	if (na) {
		fputs(",\"verdict\":\"na\",\"reason\":", stdout);
		json_string(stdout, na);
		puts("}");
		return false;
	}
	d = result_diff(t, &host, &ref);
	undef = (host.eflags ^ ref.eflags) & t->undef;
	if (d) {
		fputs(",\"verdict\":\"differs\",\"fields\":[", stdout);
		for (k = 0, bad = ""; k < DIFF_BITS; k++)
			if (d & 1u << k) {
				printf("%s\"%s\"", bad, diff_names[k]);
				bad = ",";
			}
		fputs("],\"host\":", stdout);
		print_text(t, &host);
		fputs(",\"record\":", stdout);
		print_text(t, &ref);
	} else if (undef) {
		fputs(",\"verdict\":\"undefined\",\"flags\":\"", stdout);
		flags_print(stdout, undef, 0);
		fputc('"', stdout);
	} else {
		fputs(",\"verdict\":\"agree\"", stdout);
	}
	puts("}");
	return d != 0;
}

static int against(const struct tlist *l, const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned i, differing = 0;
	struct log g;

	if (!f) {
		fprintf(stderr, "native: %s: %s\n", path, strerror(errno));
		return 2;
	}
	log_read(f, l->n, &g);
	fclose(f);
	if (g.have_plan && g.digest != pack_digest(l)) {
		fprintf(stderr, "native: %s: its PLAN names other cases than mine\n", path);
		return 2;
	}
	for (i = 0; i < l->n; i++)
		if (g.payload[i])
			differing += judge(&l->v[i], g.payload[i]);
	log_free(&g);
	return differing ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *bad;
	struct tlist l;
	int err = 0;

	if (!(argc == 2 && !strcmp(argv[1], "run")) &&
	    !(argc == 3 && !strcmp(argv[1], "against"))) {
		fputs("usage: native run | native against LOG\n", stderr);
		return 2;
	}
	bad = native_init();
	if (bad) {
		fprintf(stderr, "native: skipped: %s\n", bad);
		return 77;
	}
	generate_all(&l);
	if (argc == 2)
		run_all(&l);
	else
		err = against(&l, argv[2]);
	tlist_free(&l);
	return err;
}
