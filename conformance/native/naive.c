/* SPDX-License-Identifier: MIT
 * naive: what a VMM sees that merely runs a guest's kernel at CPL 3.  Each case of group
 * sensitive that is meant for a ring of protected mode runs in LDT segments of this
 * process, and is judged by the manual's rules for the ring that it believes in.
 *
 *   naive             JSON Lines: {num, id, verdict, by, expected, got}
 *   naive --rows      JSON Lines: the 17 rows of conformance/seventeen.def
 *
 * Verdicts: traps (a monitor would get control and could emulate it), right, wrong
 * (another result and no trap: the sensitive instructions), na with a reason.  by: "cpu",
 * or "umip" where the processor traps (CR4.UMIP, SDM vol. 3A section 2.5) and the host's
 * kernel answers with made-up values.  Exit codes: 0, 2 usage, 77 not on this host.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/model.h"
#include "conformance/native/native.h"
#include "conformance/print.h"

static const struct row {
	const char *name, *mnemonics, *cls, *ring0, *outer, *v86, *real, *naive, *cite;
} rows[] = {
#define ROW(...) {__VA_ARGS__},
#include "conformance/seventeen.def"
#undef ROW
};

static void key(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	json_string(stdout, value);
}

static void print_rows(void)
{
	unsigned i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];

		printf("{\"row\":%u", i + 1);
		key("name", r->name);
		key("mnemonics", r->mnemonics);
		key("class", r->cls);
		key("ring0", r->ring0);
		key("outer", r->outer);
		key("v86", r->v86);
		key("real", r->real);
		key("naive", r->naive);
		key("cite", r->cite);
		puts("}");
	}
}

static bool host_has_umip(void)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[8192];
	bool found = false;

	while (f && !found && fgets(line, sizeof line, f))
		found = !strncmp(line, "flags", 5) && strstr(line, " umip");
	if (f)
		fclose(f);
	return found;
}

static bool by_umip(const struct tcase *t)
{
	static const char *const names[] = {"sgdt", "sidt", "sldt", "smsw", "str"};
	unsigned i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(t->mnemonic, names[i]))
			return host_has_umip();
	return false;
}

/* The same case with the selectors that such a VMM has given its guest: those of CPL 3,
 * also where the guest had kept its CS in memory. */
static void deprivilege(struct tcase *to, const struct tcase *t)
{
	unsigned i, k;
	u16 cs;

	*to = *t;
	to->cpl = 3;
	to->no_native = NULL;
	to->eflags &= ~(u32)F_IOPL;
	for (i = 0; i < A_SREGS; i++)
		to->sel[i] = case_default_sel(t->mode, 3, i);
	cs = to->sel[A_CS];
	for (i = 0; i < t->nmem; i++)
		for (k = 0; k + 1 < t->mem[i].len; k += 2)
			if ((t->mem[i].b[k] | t->mem[i].b[k + 1] << 8) == t->sel[A_CS]) {
				to->mem[i].b[k] = (u8)cs;
				to->mem[i].b[k + 1] = (u8)(cs >> 8);
			}
}

static void quoted(const char *name, const struct tcase *t, const struct result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);

	if (!m)
		exit(3);
	if (r)
		result_print(m, t, r);
	else
		model_print(m, t);
	fclose(m);
	key(name, text);
	free(text);
}

static void one(const struct tcase *t)
{
	static struct tcase low;
	static struct result r;
	const char *bad;

	printf("{\"num\":%u,\"id\":", t->id);
	json_string(stdout, t->name);
	key("mnemonic", t->mnemonic);
	key("mode", mode_cpl_name(t->mode, t->cpl));
	if (t->mode == CM_REAL16 || t->mode == CM_V86) {
		key("verdict", "na");
		key("reason", "a 64-bit kernel runs neither real nor virtual-8086 mode");
		puts("}");
		return;
	}
	deprivilege(&low, t);
	bad = native_run(&low, &r);
	if (bad) {
		key("verdict", "na");
		key("reason", bad);
		puts("}");
		return;
	}
	key("verdict", r.vector != VEC_STOP ? "traps" : model_diff(t, &r) ? "wrong" : "right");
	key("by", r.vector == VEC_STOP && by_umip(t) ? "umip" : "cpu");
	quoted("expected", t, NULL);
	quoted("got", &low, &r);
	puts("}");
}

int main(int argc, char **argv)
{
	const char *bad;
	struct tlist l;
	unsigned i;

	if (argc == 2 && !strcmp(argv[1], "--rows")) {
		print_rows();
		return 0;
	}
	if (argc != 1) {
		fputs("usage: naive [--rows]\n", stderr);
		return 2;
	}
	bad = native_init();
	if (bad) {
		fprintf(stderr, "naive: skipped: %s\n", bad);
		return 77;
	}
	generate_all(&l);
	for (i = 0; i < l.n; i++)
		if (!strcmp(l.v[i].group, "sensitive"))
			one(&l.v[i]);
	tlist_free(&l);
	return 0;
}
