/* SPDX-License-Identifier: MIT
 * invec: vectors inside a guest of any VMM.  `image` packs the tests that fit and have
 * no result in the logs yet, `judge` scores the logs.
 *
 * Exit: 0 done and nothing failed, 1 something failed, 2 usage, 3 a file cannot be
 * used, 77 nothing is left to run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/image.h"
#include "conformance/log.h"
#include "conformance/vectors/vhost.h"
#include "conformance/vectors/xfail.h"
#include "guests/lib/crc32.h"

#define LOGS_MAX  1024u
#define IDS_MAX   4000000u
#define PACK_ROOM 0x5e0000u /* of the guest's 6 MiB */

static struct {
	struct vset_choice choice;
	const char *out, *medium, *build, *vmm, *json, *rules, *engine;
	const char *log[LOGS_MAX];
	unsigned n_logs;
	u32 show;
	bool opcodes;
} opt = {.choice.seed = 1, .medium = "disk", .build = "build", .vmm = "guest", .show = 20};

struct work {
	struct vset set;
	struct score score;
	struct xfail xfail;
	char **payload; /* by id */
	u8 *dead;       /* by id: began, and the VMM stopped */
	struct buf pack;
	u32 count, room;
	bool full;
	u8 *ram;
	char why[400];
};

static void usage(void)
{
	fputs("usage: invec image --out FILE [--media disk|floppy|multiboot|iso|vhd] [OPTION]... "
	      "SET\n"
	      "       invec judge [--vmm NAME] [--json FILE] [--opcodes] [--show N] [OPTION]... "
	      "SET\n"
	      "  --log FILE      raw result channel of an earlier image (any number)\n"
	      "  --rules FILE    findings by opcode and class (adjudicated.tsv)\n"
	      "  --engine NAME   whose list SET/xfail/NAME.list is (default that of --vmm)\n"
	      "  --build DIR     where the runtime is (default build)\n"
	      "  --sample N --seed S --only FILE[:INDEX]   as for runvec\n",
	      stderr);
}

/* Results of all logs.  A test that began in one and has no record is dead when it is
 * the last that began. */
static bool read_logs(struct work *w)
{
	w->payload = calloc(w->room, sizeof(*w->payload));
	w->dead = calloc(w->room, 1);
	w->ram = calloc(1, VHOST_RAM);
	if (!w->payload || !w->dead || !w->ram) {
		snprintf(w->why, sizeof(w->why), "out of memory");
		return false;
	}
	for (unsigned k = 0; k < opt.n_logs; k++) {
		FILE *f = fopen(opt.log[k], "re");
		struct log l;

		if (!f) {
			snprintf(w->why, sizeof(w->why), "%.300s: %s", opt.log[k], strerror(errno));
			return false;
		}
		log_read(f, w->room, &l);
		fclose(f);
		for (u32 id = 0; id < w->room; id++)
			if (l.payload[id] && !w->payload[id]) {
				w->payload[id] = l.payload[id];
				l.payload[id] = NULL;
			}
		if (l.last_start >= 0 && !w->payload[l.last_start])
			w->dead[l.last_start] = 1;
		log_free(&l);
	}
	return true;
}

static bool pack_test(void *arg, const struct vset_test *v)
{
	struct work *w = arg;
	struct vguest g;

	if (v->id >= w->room || w->payload[v->id] || w->dead[v->id] || w->full ||
	    vguest_make(&g, v))
		return true;
	vguest_pack(&g, &w->pack);
	w->count++;
	w->full = w->pack.n > PACK_ROOM;
	return true;
}

static bool read_file(const char *name, struct buf *b, char *why)
{
	char path[4096], part[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/guests/%s", opt.build, name);
	f = fopen(path, "re");
	if (!f) {
		snprintf(why, 400, "%.300s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	fclose(f);
	return true;
}

static int make_image(struct work *w, const char *what)
{
	const struct vset_visitor v = {.arg = w, .test = pack_test};
	struct vpack_header h = {.magic = VPACK_MAGIC};
	struct buf boot = {0}, blob = {0}, out = {0};
	enum medium m = 0;
	const char *why;
	FILE *f;

	while (m < MEDIUM_VMDK && strcmp(medium_names[m], opt.medium))
		m++;
	if (!opt.out || m == MEDIUM_VMDK) {
		usage();
		return 2;
	}
	if (!vset_walk(&w->set, &v, w->why))
		return 3;
	if (!w->count)
		return 77;
	h.size = (u32)(w->pack.n + sizeof(h));
	h.count = w->count;
	h.crc = h.digest = crc32_add(0, w->pack.p, (u32)w->pack.n);
	if (!read_file("boot/boot.bin", &boot, w->why) || !read_file("vectors.blob", &blob, w->why))
		return 3;
	buf_add(&blob, &h, sizeof(h));
	buf_add(&blob, w->pack.p, w->pack.n);
	why = image_build(m, &boot, &blob, 0, &out);
	if (why) {
		snprintf(w->why, sizeof(w->why), "%s", why);
		return 3;
	}
	f = fopen(opt.out, "we");
	if (!f || fwrite(out.p, 1, out.n, f) != out.n || fclose(f)) {
		snprintf(w->why, sizeof(w->why), "%.300s: %s", opt.out, strerror(errno));
		return 3;
	}
	printf("%u tests of %s in %s\n", w->count, what, opt.out);
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
	return 0;
}

static bool begin_file(void *arg, const char *path)
{
	return score_file(&((struct work *)arg)->score, path);
}

static bool judge_test(void *arg, const struct vset_test *v)
{
	struct work *w = arg;
	struct outcome o = {.verdict = FAIL};
	const char *finding, *file = w->score.file[v->file].name;
	struct vguest g;
	const char *drop = vguest_make(&g, v);

	if (!drop && v->id < w->room && !w->payload[v->id] && !w->dead[v->id])
		drop = "not run";
	if (drop) {
		xfail_listed(&w->xfail, file, v->t->index);
		score_drop(&w->score, drop);
		return true;
	}
	if (w->payload[v->id])
		vguest_judge(&g, w->payload[v->id], w->ram, &o);
	else
		snprintf(o.text, sizeof(o.text), "the VMM stopped or hung");
	switch (xfail_judge(&w->xfail, file, v->t, &v->e, o.verdict == FAIL, o.text, &finding)) {
	case XV_EXPECTED:
		score_expected(&w->score, v->file, v->t, v->e.class, opt.vmm, "guest", o.text,
			       finding);
		return true;
	case XV_FAIL:
		o.verdict = FAIL;
		score_failure(&w->score, v->file, v->t, v->e.class, opt.vmm, "guest", o.text,
			      finding ? finding : "");
		break;
	case XV_PASS:
		break;
	}
	score_test(&w->score, v->file, v->e.class, o.verdict);
	return true;
}

static int judge_logs(struct work *w, const char *what)
{
	const struct vset_visitor v = {.arg = w, .begin = begin_file, .test = judge_test};
	const struct xfail_test *gone;
	u32 n;

	w->score.vmm = opt.vmm;
	w->score.engine = opt.engine;
	w->score.part = opt.choice.sample || opt.choice.has_file;
	if (!xfail_load(&w->xfail, opt.rules, what, opt.engine ? opt.engine : opt.vmm, w->why))
		return 3;
	if (!vset_walk(&w->set, &v, w->why))
		return 3;
	score_print(&w->score, stdout, opt.opcodes);
	n = w->score.n_failures < opt.show ? w->score.n_failures : opt.show;
	for (u32 k = 0; k < n; k++) {
		const struct failure *f = &w->score.failure[k];

		printf("FAIL %s:%u %s (%s): %s\n"
		       "     alone: harness/vmproof run --vectors %s --vmm %s --only %s:%u\n",
		       f->file, f->index, f->name, f->class, f->text, what, opt.vmm, f->file,
		       f->index);
	}
	if (n < w->score.n_failures)
		printf("... and %u more, see --show and --json\n", w->score.n_failures - n);
	if (opt.json && !score_save(&w->score, what, opt.json)) {
		snprintf(w->why, sizeof(w->why), "%.300s: %s", opt.json, strerror(errno));
		return 3;
	}
	/* the whole set was visited: what is listed must be in it */
	gone = w->score.part ? NULL : xfail_unseen(&w->xfail);
	if (gone)
		printf("FAIL %s:%u is in the list of expected failures of %s, and no test\n",
		       gone->file, gone->index, opt.vmm);
	xfail_free(&w->xfail);
	printf("%u passed, %u failed, %u skipped\n", w->score.all.passed,
	       w->score.all.failed + (gone != NULL), w->score.all.dropped + w->score.all.expected);
	return w->score.all.failed || gone;
}

static bool option(const char *name, const char *value)
{
	static const struct {
		const char *name, **to;
	} words[] = {{"--out", &opt.out},  {"--media", &opt.medium}, {"--build", &opt.build},
		     {"--vmm", &opt.vmm},  {"--rules", &opt.rules},  {"--engine", &opt.engine},
		     {"--json", &opt.json}};
	u64 n;

	for (unsigned k = 0; k < sizeof(words) / sizeof(*words); k++)
		if (!strcmp(name, words[k].name)) {
			*words[k].to = value;
			return true;
		}
	if (!strcmp(name, "--log")) {
		if (opt.n_logs == LOGS_MAX)
			return false;
		opt.log[opt.n_logs++] = value;
		return true;
	}
	if (!strcmp(name, "--only"))
		return vset_only(&opt.choice, value);
	if (!vset_number(value, &n))
		return false;
	if (!strcmp(name, "--seed"))
		opt.choice.seed = n;
	else if (!strcmp(name, "--sample") && n && n <= 0xffffffff)
		opt.choice.sample = (u32)n;
	else if (!strcmp(name, "--show") && n <= 0xffffffff)
		opt.show = (u32)n;
	else
		return false;
	return true;
}

/* Numbers of tests are those of the whole set, whatever is chosen. */
static bool count(struct work *w)
{
	struct moo_file f;

	for (size_t k = 0; k < w->set.files.gl_pathc; k++) {
		if (!moo_open(&f, w->set.files.gl_pathv[k])) {
			snprintf(w->why, sizeof(w->why), "%s", f.error);
			return false;
		}
		w->room += f.count;
		moo_close(&f);
	}
	if (w->room <= IDS_MAX)
		return true;
	snprintf(w->why, sizeof(w->why), "more than %u tests", IDS_MAX);
	return false;
}

int main(int argc, char **argv)
{
	struct work w = {0};
	bool image = argc > 1 && !strcmp(argv[1], "image");
	int k, rc = 3;

	for (k = 2; k < argc && argv[k][0] == '-'; k++) {
		if (!strcmp(argv[k], "--opcodes"))
			opt.opcodes = true;
		else if (k + 1 >= argc || !option(argv[k], argv[k + 1]))
			break;
		else
			k++;
	}
	if (k != argc - 1 || (!image && strcmp(argv[1], "judge"))) {
		usage();
		return 2;
	}
	if (vset_open(&w.set, argv[k], &opt.choice, w.why) && count(&w) && read_logs(&w))
		rc = image ? make_image(&w, argv[k]) : judge_logs(&w, argv[k]);
	if (rc == 3)
		fprintf(stderr, "invec: %s\n", w.why);
	return rc;
}
