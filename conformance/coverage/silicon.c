/* SPDX-License-Identifier: MIT
 * Vectors of a set, by encoding (silicon.h).
 */
#include "conformance/coverage/silicon.h"
#include "conformance/vectors/moo.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define VEC_UD 6

static char error[300];

static void seen(void *arg, unsigned slot)
{
	unsigned *n = arg;

	n[slot]++;
}

/* Own sets say which chip captured them; the others name it by four letters. */
static void read_chip(struct silicon *s, const struct moo_file *f)
{
	static const struct {
		char cpu[5], name[12];
	} known[] = {{"8086", "8086"}, {"8088", "8088"}, {"C286", "80286"}, {"386E", "80386EX"}};
	struct moo_chunk c;
	u32 at = 0;
	size_t n;

	snprintf(s->chip, sizeof(s->chip), "%s", f->cpu);
	for (unsigned k = 0; k < sizeof(known) / sizeof(*known); k++)
		if (!strcmp(known[k].cpu, f->cpu))
			strcpy(s->chip, known[k].name);
	/* number, vendor, signature, family, model, stepping; then 48 bytes of text */
	for (n = 0; moo_walk(f->chunks, &at, &c);)
		if (!memcmp(c.id, "CHIP", 4) && c.body.n == 72 && n < sizeof(s->chip))
			n += (size_t)snprintf(s->chip + n, sizeof(s->chip) - n, "%s%.48s",
					      n ? ", " : "", (const char *)c.body.data + 24);
}

static bool ended_in_ud(const struct moo_test *t)
{
	struct moo_bytes fault;

	if (t->has_exception)
		return t->vector == VEC_UD;
	return moo_find(t->chunks, "FALT", &fault) && fault.n && fault.data[0] == VEC_UD;
}

static const char *read_file(struct silicon *s, const char *path)
{
	struct moo_bytes world;
	struct moo_file f;
	struct moo_test t;
	unsigned bits = 16;
	bool real = true;
	int more, bad;

	if (!moo_open(&f, path)) {
		snprintf(error, sizeof(error), "%s", f.error);
		return error;
	}
	read_chip(s, &f);
	if (moo_find(f.chunks, "WRLD", &world) && world.n > 2) {
		real = false;
		bits = world.data[2];
	}
	while ((more = moo_next(&f, &t)) == 1) {
		s->vectors++;
		if (!ended_in_ud(&t))
			slots_walk(t.code.data, t.code.n, bits, real, 0, seen, s->seen, &bad);
	}
	if (more < 0)
		snprintf(error, sizeof(error), "%s", f.error);
	moo_close(&f);
	return more < 0 ? error : NULL;
}

const char *silicon_read(struct silicon *s, const char *dir)
{
	const char *wrong = NULL, *slash;
	char pattern[4096];
	size_t n = strlen(dir);
	glob_t files;

	memset(s, 0, sizeof(*s));
	while (n && dir[n - 1] == '/')
		n--;
	for (slash = dir + n; slash > dir && slash[-1] != '/'; slash--)
		;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)(dir + n - slash), slash);
	snprintf(pattern, sizeof(pattern), "%.*s/*.MOO", (int)n, dir);
	glob(pattern, 0, NULL, &files);
	snprintf(pattern, sizeof(pattern), "%.*s/*.MOO.gz", (int)n, dir);
	glob(pattern, GLOB_APPEND, NULL, &files);
	if (!files.gl_pathc)
		wrong = "no *.MOO or *.MOO.gz";
	for (size_t k = 0; !wrong && k < files.gl_pathc; k++)
		wrong = read_file(s, files.gl_pathv[k]);
	globfree(&files);
	return wrong;
}
