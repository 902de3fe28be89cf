/* SPDX-License-Identifier: MIT
 * coverage: which encodings of the opcode maps the cases execute, and who is the
 * witness of what they expect.
 *
 *   coverage list                      the encodings of slots.h, one per line
 *   coverage check OPTIONS             holes of all cases there are
 *   coverage map OPTIONS               JSON, from the results on stdin
 *
 * Options: --holes FILE, and --vectors DIR for each set captured on silicon.
 *
 * FILE (holes.tsv) says which encodings no case needs to cover, and why: KEY tab
 * reason.  A row for an encoding that is covered is an error: it is stale.
 *
 * Results are lines CASE tab VMM tab OUTCOME tab WITNESS.  CASE is a number, or
 * hexadecimal code, a slash and 16, 32 or real: one vector.  OUTCOME: passed,
 * failed, known or skipped.  WITNESS: silicon, manual, reference; empty: the case
 * says it.
 *
 * Exit codes: 0, 1 `check` found a hole or a stale row, 2 bad usage or input.
 */
#include "conformance/coverage/silicon.h"
#include "conformance/oracle.h"
#include "conformance/print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_PASSED, OUT_FAILED, OUT_KNOWN, OUT_SKIPPED, OUT_COUNT };
enum { WIT_SILICON, WIT_MANUAL, WIT_REFERENCE, WIT_COUNT };
static const char *const out_names[OUT_COUNT] = {"passed", "failed", "known", "skipped"};
static const char *const wit_names[WIT_COUNT] = {"silicon", "manual", "reference"};

#define MAX_VMMS 16
#define MAX_CODE 64
#define MAX_SETS 4

static struct count {
	unsigned wit[WIT_COUNT];
	unsigned out[MAX_VMMS][OUT_COUNT];
	const char *bad[MAX_VMMS];
	const char *why; /* of a hole */
} counts[SLOTS_MAX];
/* Cases of what does not decode at all, by map and opcode. */
static unsigned undefined[2][256];
static char vmms[MAX_VMMS][40];
static unsigned nvmms, nslots;
static const struct slot *slots;
static struct silicon sets[MAX_SETS];
static unsigned nsets;

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "coverage: %s: %s\n", what, why);
	return 2;
}

/* --- what one case or vector counts for --- */

struct tally {
	unsigned wit;
	int vmm, out; /* vmm -1: no results, all cases count */
	const char *name;
	unsigned seen[MAX_CODE]; /* an encoding counts once for a case */
	unsigned nseen;
};

static void count_slot(void *arg, unsigned slot)
{
	struct tally *y = arg;
	struct count *c = &counts[slot];

	for (unsigned k = 0; k < y->nseen; k++)
		if (y->seen[k] == slot)
			return;
	if (y->nseen < MAX_CODE)
		y->seen[y->nseen++] = slot;
	if (y->vmm < 0) {
		c->wit[y->wit]++;
		return;
	}
	c->out[y->vmm][y->out]++;
	if (y->out == OUT_FAILED && !c->bad[y->vmm])
		c->bad[y->vmm] = y->name;
}

/* Code that Zydis does not know: its opcode, behind the prefixes. */
static void count_undefined(const u8 *code, unsigned n)
{
	static const u8 prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
				      0x66, 0x67, 0xf0, 0xf2, 0xf3};
	unsigned k = 0;

	while (k < n && memchr(prefixes, code[k], sizeof prefixes))
		k++;
	if (k + 1 < n && code[k] == 0x0f)
		undefined[1][code[k + 1]]++;
	else if (k < n)
		undefined[0][code[k]]++;
}

/* The last instruction a case runs for sure: the rules may predict a fault. */
static unsigned last_offset(const struct tcase *t)
{
	bool faults = false;
	u32 eip = case_default_eip(t->mode);
	unsigned k;

	for (k = 0; k < t->nexp; k++) {
		if (t->exp[k].kind == X_VECTOR)
			faults = t->exp[k].value != VEC_STOP;
		if (t->exp[k].kind == X_EIP)
			eip = t->exp[k].value;
	}
	if (!faults)
		return TC_CODE_MAX;
	k = eip - case_default_eip(t->mode);
	return k < t->code_len ? k : 0;
}

static void count_case(const struct tcase *t, struct tally *y)
{
	bool wide = t->mode == CM_PM32 || t->mode == CM_FLAT32;
	bool real = t->mode == CM_REAL16 || t->mode == CM_V86;
	int bad;

	if (t->dev)
		return; /* its code is a script */
	slots_walk(t->code, t->code_len, wide ? 32 : 16, real, last_offset(t), count_slot, y, &bad);
	if (bad >= 0 && (y->vmm <= 0))
		count_undefined(t->code + bad, t->code_len - (unsigned)bad);
}

static unsigned witness_of(const struct tcase *t, bool silicon)
{
	return silicon ? WIT_SILICON : strstr(t->cite, "SDM") ? WIT_MANUAL : WIT_REFERENCE;
}

static int count_vector(const char *text, struct tally *y)
{
	u8 code[MAX_CODE];
	unsigned n = 0;
	char *slash = strchr(text, '/');
	bool real = slash && !strcmp(slash, "/real");
	int bad;

	if (!slash || !(real || !strcmp(slash, "/16") || !strcmp(slash, "/32")))
		return fail(text, "needs HEX/16, HEX/32 or HEX/real");
	for (; text + 1 < slash && n < MAX_CODE; text += 2) {
		char *end, byte[3] = {text[0], text[1], 0};

		code[n++] = (u8)strtoul(byte, &end, 16);
		if (*end)
			return fail(text, "not hexadecimal");
	}
	if (text != slash || !n)
		return fail(text, "not hexadecimal, or too long");
	slots_walk(code, n, slash[1] == '3' ? 32 : 16, real, 0, count_slot, y, &bad);
	return 0;
}

/* --- input --- */

static int word(const char *const *names, unsigned n, const char *s)
{
	for (unsigned k = 0; k < n; k++)
		if (!strcmp(names[k], s))
			return (int)k;
	return -1;
}

static int vmm_number(const char *name)
{
	for (unsigned k = 0; k < nvmms; k++)
		if (!strcmp(vmms[k], name))
			return (int)k;
	if (nvmms == MAX_VMMS || strlen(name) >= sizeof vmms[0])
		return -1;
	strcpy(vmms[nvmms], name);
	return (int)nvmms++;
}

/* Lines of results; a case's witness counts once, with the first VMM that ran it. */
static int read_results(const struct tlist *l)
{
	char line[400];
	u8 *witnessed = calloc(l->n ? l->n : 1, 1);
	int err = 0;

	if (!witnessed)
		return fail("results", strerror(ENOMEM));
	while (!err && fgets(line, sizeof line, stdin)) {
		struct tally y = {.wit = WIT_REFERENCE};
		char *f[4] = {line}, *end;
		unsigned long num;
		int w;

		line[strcspn(line, "\n")] = 0;
		for (unsigned k = 1; k < 4; k++) {
			f[k] = f[k - 1] ? strchr(f[k - 1], '\t') : NULL;
			if (f[k])
				*f[k]++ = 0;
		}
		if (!f[3]) {
			err = fail(line, "needs four fields");
			break;
		}
		y.vmm = vmm_number(f[1]);
		y.out = word(out_names, OUT_COUNT, f[2]);
		w = word(wit_names, WIT_COUNT, f[3]);
		if (y.vmm < 0 || y.out < 0 || (w < 0 && *f[3])) {
			err = fail(f[2], "unknown outcome or witness, or too many VMMs");
			break;
		}
		num = strtoul(f[0], &end, 10);
		if (strchr(f[0], '/')) {
			y.name = "";
			err = count_vector(f[0], &y);
			if (!err && y.out != OUT_SKIPPED) {
				for (unsigned k = 0; k < y.nseen; k++)
					counts[y.seen[k]].wit[w < 0 ? WIT_REFERENCE : w]++;
			}
			continue;
		}
		if (*end || end == f[0] || num >= l->n) {
			err = fail(f[0], "no such case");
			break;
		}
		y.name = l->v[num].name;
		count_case(&l->v[num], &y);
		if (y.out == OUT_SKIPPED || witnessed[num])
			continue;
		witnessed[num] = 1;
		for (unsigned k = 0; k < y.nseen; k++)
			counts[y.seen[k]]
				.wit[w < 0 ? witness_of(&l->v[num], false) : (unsigned)w]++;
	}
	free(witnessed);
	return err;
}

static int read_holes(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[400];
	int err = 0;

	if (!f)
		return fail(path, strerror(errno));
	while (!err && fgets(line, sizeof line, f)) {
		char *why = strchr(line, '\t');
		unsigned k;

		line[strcspn(line, "\n")] = 0;
		if (*line == '#' || !*line)
			continue;
		if (!why || !why[1]) {
			err = fail(line, "needs an encoding and a reason");
			break;
		}
		*why++ = 0;
		for (k = 0; k < nslots; k++)
			if (!strcmp(slots[k].key, line))
				break;
		if (k == nslots)
			err = fail(line, "no such encoding; see coverage list");
		else
			counts[k].why = strdup(why);
	}
	fclose(f);
	return err;
}

/* --- output --- */

static unsigned vectors_of(unsigned slot)
{
	unsigned n = 0;

	for (unsigned k = 0; k < nsets; k++)
		n += sets[k].seen[slot];
	return n;
}

/* A vector is a case whose witness is silicon. */
static bool covered(unsigned slot)
{
	const struct count *c = &counts[slot];

	return c->wit[WIT_SILICON] || c->wit[WIT_MANUAL] || vectors_of(slot);
}

static int check(void)
{
	unsigned n = 0, silicon = 0, manual = 0, vectors = 0, by[MAX_SETS] = {0}, holes = 0,
		 stale = 0, explained = 0;

	for (unsigned k = 0; k < nslots; k++) {
		const struct count *c = &counts[k];

		if (covered(k) && c->why) {
			printf("stale: %s %s is covered, but holes.tsv says: %s\n", slots[k].key,
			       slots[k].name, c->why);
			stale++;
		}
		if (slots[k].level != LEVEL_P3)
			continue;
		n++;
		silicon += c->wit[WIT_SILICON] > 0;
		vectors += vectors_of(k) > 0;
		for (unsigned j = 0; j < nsets; j++)
			by[j] += sets[j].seen[k] > 0;
		manual += !c->wit[WIT_SILICON] && c->wit[WIT_MANUAL];
		explained += !covered(k) && c->why;
		if (covered(k) || c->why)
			continue;
		holes++;
		printf("hole: %s %s: %s\n", slots[k].key, slots[k].name,
		       c->wit[WIT_REFERENCE] ? "no case cites the manual or runs on the host CPU"
					     : "no case");
	}
	printf("%u encodings up to the Pentium III: %u in cases that the host CPU can witness, "
	       "%u in cases that cite the manual, %u explained\n",
	       n, silicon, manual, explained);
	for (unsigned j = 0; j < nsets; j++)
		printf("%u of them in the %u vectors of %s (%s)\n", by[j], sets[j].vectors,
		       sets[j].name, sets[j].chip);
	if (nsets > 1)
		printf("%u of them in vectors of any set\n", vectors);
	printf("%u passed, %u failed, 0 skipped\n", n - holes, holes + stale);
	return holes || stale;
}

static void print_slot(FILE *f, unsigned k)
{
	const struct slot *s = &slots[k];
	const struct count *c = &counts[k];
	bool first = true;

	fprintf(f,
		"{\"k\":\"%s\",\"map\":%u,\"p\":%u,\"op\":%u,\"d\":%d,\"f\":\"%c\",\"m\":%u,"
		"\"n\":\"%s\",\"later\":%s,\"w\":[%u,%u,%u],\"vec\":[",
		s->key, s->map, s->prefix, s->op, s->digit, s->form, s->modrm, s->name,
		s->level == LEVEL_LATER ? "true" : "false", c->wit[0], c->wit[1], c->wit[2]);
	for (unsigned j = 0; j < nsets; j++)
		fprintf(f, "%s%u", j ? "," : "", sets[j].seen[k]);
	fputs("],\"v\":[", f);
	for (unsigned v = 0; v < nvmms; v++)
		fprintf(f, "%s[%u,%u,%u,%u]", v ? "," : "", c->out[v][0], c->out[v][1],
			c->out[v][2], c->out[v][3]);
	fputs("],\"bad\":{", f);
	for (unsigned v = 0; v < nvmms; v++) {
		if (!c->bad[v])
			continue;
		fprintf(f, "%s\"%s\":", first ? "" : ",", vmms[v]);
		json_string(f, c->bad[v]);
		first = false;
	}
	fputc('}', f);
	if (c->why) {
		fputs(",\"why\":", f);
		json_string(f, c->why);
	}
	fputc('}', f);
}

static void print_map(FILE *f)
{
	bool first = true;

	fputs("{\"vmms\":[", f);
	for (unsigned v = 0; v < nvmms; v++) {
		if (v)
			fputc(',', f);
		json_string(f, vmms[v]);
	}
	fputs("],\"sets\":[", f);
	for (unsigned j = 0; j < nsets; j++) {
		fputs(j ? ",{\"name\":" : "{\"name\":", f);
		json_string(f, sets[j].name);
		fputs(",\"chip\":", f);
		json_string(f, sets[j].chip);
		fprintf(f, ",\"vectors\":%u}", sets[j].vectors);
	}
	fputs("],\"slots\":[\n", f);
	for (unsigned k = 0; k < nslots; k++) {
		print_slot(f, k);
		fputs(k + 1 < nslots ? ",\n" : "\n", f);
	}
	fputs("],\"undefined\":[", f);
	for (unsigned map = 0; map < 2; map++)
		for (unsigned op = 0; op < 256; op++)
			if (undefined[map][op]) {
				fprintf(f, "%s{\"map\":%u,\"op\":%u,\"cases\":%u}",
					first ? "" : ",", map, op, undefined[map][op]);
				first = false;
			}
	fputs("]}\n", f);
}

static void list(void)
{
	for (unsigned k = 0; k < nslots; k++)
		printf("%s\t%s\t%s\n", slots[k].key, slots[k].name,
		       slots[k].level == LEVEL_P3 ? "p3" : "later");
}

static int read_set(const char *dir)
{
	const char *wrong;

	if (nsets == MAX_SETS)
		return fail(dir, "too many sets");
	wrong = silicon_read(&sets[nsets], dir);
	if (wrong)
		return fail(dir, wrong);
	nsets++;
	return 0;
}

static int usage(void)
{
	fputs("usage: coverage list | check [--holes FILE] [--vectors DIR]... | map [--holes FILE] "
	      "[--vectors DIR]...\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	struct tlist l;
	int err = 0;

	slots = slots_all(&nslots);
	if (!strcmp(cmd, "list") && argc == 2) {
		list();
		return 0;
	}
	if ((strcmp(cmd, "check") && strcmp(cmd, "map")) || argc % 2)
		return usage();
	for (int k = 2; !err && k < argc; k += 2) {
		if (!strcmp(argv[k], "--holes"))
			err = read_holes(argv[k + 1]);
		else if (!strcmp(argv[k], "--vectors"))
			err = read_set(argv[k + 1]);
		else
			return usage();
	}
	if (err)
		return err;
	generate_all(&l);
	if (!strcmp(cmd, "map")) {
		err = read_results(&l);
		if (!err)
			print_map(stdout);
	} else {
		for (unsigned k = 0; k < l.n; k++) {
			const struct tcase *t = &l.v[k];
			struct tally y = {.vmm = -1};

			y.wit = witness_of(t, !oracle_no_silicon(t));
			count_case(t, &y);
		}
		err = check();
	}
	tlist_free(&l);
	if (fflush(stdout) || ferror(stdout))
		return fail("stdout", "cannot be written");
	return err;
}
