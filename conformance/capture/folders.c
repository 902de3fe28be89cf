/* SPDX-License-Identifier: MIT
 * Two folders of captured sets, file by file (merge.h).
 */
#include "conformance/capture/merge.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_set(const struct dirent *d)
{
	const char *s = strstr(d->d_name, ".MOO");

	return s && (!s[4] || !strcmp(s + 4, ".gz"));
}

static int save(struct moo_out *o, const char *path, struct merge *m)
{
	char fresh[640];
	int err;

	snprintf(fresh, sizeof fresh, "%s.new", path);
	err = moo_save(o, fresh, strstr(path, ".gz") != NULL);
	if (!err && rename(fresh, path))
		err = -errno;
	if (err) {
		remove(fresh);
		snprintf(m->why, sizeof m->why, "%.300s: %s", path, strerror(-err));
	}
	return err ? 3 : 0;
}

static int one_file(const char *set, const char *from, const char *name, bool write,
		    struct merge *m)
{
	char path[600], other[600], why[sizeof m->why];
	struct moo_file f, g;
	struct moo_out out;
	int err = 0;

	snprintf(path, sizeof path, "%s/%s", set, name);
	snprintf(other, sizeof other, "%s/%s", from, name);
	if (!moo_open(&f, path)) {
		snprintf(m->why, sizeof m->why, "%s", f.error);
		return 2;
	}
	if (!moo_open(&g, other)) {
		snprintf(m->why, sizeof m->why, "%s", g.error);
		moo_close(&f);
		return 2;
	}
	moo_out_init(&out);
	if (!merge_file(&f, &g, &out, m)) {
		snprintf(why, sizeof why, "%s", m->why);
		snprintf(m->why, sizeof m->why, "%.150s: %.200s", name, why);
		err = 2;
	} else if (write && !m->differ && !m->known) {
		err = save(&out, path, m);
	}
	moo_out_free(&out);
	moo_close(&f);
	moo_close(&g);
	return err;
}

/* Every file, and that one chip has one number in all of them. */
static int pass(struct dirent **list, int n, const char *set, const char *from, bool write,
		struct merge *m)
{
	struct set_chip chip = {0};
	u32 number = 0;
	bool known = false;
	int i, err;

	m->vectors = m->undefined = m->differ = 0;
	for (i = 0; i < n; i++) {
		err = one_file(set, from, list[i]->d_name, write, m);
		if (err)
			return err;
		if (i && (m->number != number || m->known != known ||
			  !merge_same_chip(&chip, &m->chip))) {
			snprintf(m->why, sizeof m->why,
				 "%.150s: other chips than in the first file", list[i]->d_name);
			return 2;
		}
		chip = m->chip;
		number = m->number;
		known = m->known;
	}
	return m->differ ? 1 : 0;
}

static void release(struct dirent **list, int n)
{
	while (n-- > 0)
		free(list[n]);
	free(list);
}

int merge_folders(const char *set, const char *from, bool write, struct merge *m)
{
	struct dirent **a = NULL, **b = NULL;
	int n = scandir(set, &a, is_set, alphasort), k = scandir(from, &b, is_set, alphasort);
	int i, err = 2;

	if (n <= 0 || k <= 0) {
		snprintf(m->why, sizeof m->why, "%.300s: no .MOO files", n <= 0 ? set : from);
		goto out;
	}
	for (i = 0; i < n && i < k && !strcmp(a[i]->d_name, b[i]->d_name); i++)
		;
	if (i < n || i < k) {
		snprintf(m->why, sizeof m->why, "%.150s is in one of the folders only",
			 i == n || (i < k && strcmp(a[i]->d_name, b[i]->d_name) > 0)
				 ? b[i]->d_name
				 : a[i]->d_name);
		goto out;
	}
	err = pass(a, n, set, from, false, m);
	if (!err && write && !m->known)
		err = pass(a, n, set, from, true, m);
out:
	release(a, n);
	release(b, k);
	return err;
}
