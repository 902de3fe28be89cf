/* SPDX-License-Identifier: MIT
 * Walking a set of vectors (vset.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/vectors/vset.h"

#define WHY 400

static u64 mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* In the sample?  By file, index and seed alone, so that it is the same everywhere. */
static bool chosen(const struct vset *s, const char *path, u32 index)
{
	const struct vset_choice *c = &s->choice;
	const char *file = base_of(path);
	u64 h = mix(c->seed);

	if (c->has_index && index != c->index)
		return false;
	if (!c->sample || c->sample >= s->total)
		return true;
	for (; *file; file++)
		h = mix(h ^ (u8)*file);
	return mix(h ^ index) % s->total < c->sample;
}

static bool wanted(const struct vset *s, const char *path)
{
	const char *base = base_of(path);
	size_t n = strlen(s->choice.file);

	return !s->choice.has_file ||
	       (!strncmp(base, s->choice.file, n) &&
		(!base[n] || !strcmp(base + n, ".MOO") || !strcmp(base + n, ".MOO.gz")));
}

static bool find_files(struct vset *s, const char *what, bool folder, char *why)
{
	char pattern[4096];

	if (!folder) {
		glob(what, GLOB_NOSORT | GLOB_NOCHECK, NULL, &s->files);
		return true;
	}
	snprintf(pattern, sizeof(pattern), "%s/*.MOO", what);
	glob(pattern, 0, NULL, &s->files);
	snprintf(pattern, sizeof(pattern), "%s/*.MOO.gz", what);
	glob(pattern, GLOB_APPEND, NULL, &s->files);
	if (!s->files.gl_pathc)
		snprintf(why, WHY, "%.200s: no *.MOO or *.MOO.gz", what);
	return s->files.gl_pathc != 0;
}

bool vset_open(struct vset *s, const char *what, const struct vset_choice *choice, char *why)
{
	struct moo_file f;
	struct stat st;
	char dir[4096];

	memset(s, 0, sizeof(*s));
	s->choice = *choice;
	if (stat(what, &st)) {
		snprintf(why, WHY, "%.200s: %s", what, strerror(errno));
		return false;
	}
	if (!find_files(s, what, S_ISDIR(st.st_mode), why))
		return false;
	/* The lists lie beside the files. */
	snprintf(dir, sizeof(dir), "%s", what);
	if (!S_ISDIR(st.st_mode)) {
		if (strchr(dir, '/'))
			*strrchr(dir, '/') = 0;
		else
			strcpy(dir, ".");
	}
	if (!hostcheck_load(&s->host, dir, why)) {
		globfree(&s->files);
		return false;
	}
	for (size_t k = 0; choice->sample && k < s->files.gl_pathc; k++) {
		if (!moo_open(&f, s->files.gl_pathv[k])) {
			snprintf(why, WHY, "%s", f.error);
			vset_close(s);
			return false;
		}
		s->total += f.count;
		moo_close(&f);
	}
	return true;
}

void vset_close(struct vset *s)
{
	globfree(&s->files);
	hostcheck_free(&s->host);
	memset(s, 0, sizeof(*s));
}

static bool visit_file(struct vset *s, const struct vset_visitor *v, struct vset_test *now,
		       struct moo_file *f, struct moo_test *t, char *why)
{
	enum chip chip;
	int more;

	if (!chip_of(f, &chip) || f->meta.mode) {
		snprintf(why, WHY,
			 "%.200s: not a real-mode set of an 8086, 80286 or 80386 (chip '%s', mode "
			 "%u)",
			 now->path, f->cpu, f->meta.mode);
		return false;
	}
	while ((more = moo_next(f, t)) == 1) {
		u32 id = now->id++;

		if (!chosen(s, now->path, t->index))
			continue;
		now->set = f;
		now->t = t;
		expect(&now->e, chip, f, t,
		       hostcheck_find(&s->host, base_of(now->path), t->index, t->hash));
		now->drop = hostcheck_revoked(&s->host, t->hash) ? "revoked" : now->e.drop;
		now->id = id;
		if (!v->test(v->arg, now))
			return false;
		now->id = id + 1;
	}
	if (more < 0)
		snprintf(why, WHY, "%s", f->error);
	return more == 0;
}

bool vset_walk(struct vset *s, const struct vset_visitor *v, char *why)
{
	struct vset_test now = {0};
	struct moo_file f;
	struct moo_test t;
	bool ok = true;

	why[0] = 0;
	for (size_t k = 0; ok && k < s->files.gl_pathc; k++) {
		now.path = s->files.gl_pathv[k];
		if (!moo_open(&f, now.path)) {
			snprintf(why, WHY, "%s", f.error);
			return false;
		}
		if (!wanted(s, now.path)) {
			now.id += f.count;
			moo_close(&f);
			continue;
		}
		ok = (!v->begin || v->begin(v->arg, now.path)) &&
		     visit_file(s, v, &now, &f, &t, why) && (!v->end || v->end(v->arg, now.path));
		now.file++;
		moo_close(&f);
	}
	return ok;
}

bool vset_number(const char *text, u64 *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

bool vset_only(struct vset_choice *c, const char *text)
{
	size_t n = strcspn(text, ":");
	u64 index;

	if (!n || n >= sizeof(c->file))
		return false;
	c->has_file = true;
	memcpy(c->file, text, n);
	c->file[n] = 0;
	if (!text[n])
		return true;
	c->has_index = vset_number(text + n + 1, &index) && index <= 0xffffffff;
	c->index = (u32)index;
	return c->has_index;
}
