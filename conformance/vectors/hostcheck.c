/* SPDX-License-Identifier: MIT
 * Reader of HOST_CHECK.tsv.gz and revocation_list.txt (hostcheck.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "conformance/vectors/hostcheck.h"

static bool hex20(const char *text, u8 out[20])
{
	for (int i = 0; i < 20; i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (u8)byte;
	}
	return true;
}

static bool result_of(const char *text, struct host_row *r)
{
	static const struct {
		const char *name;
		u8 result;
	} known[] = {{"ok", HOST_OK},
		     {"exc_ok", HOST_EXC_OK},
		     {"exc13_host12", HOST_SS},
		     {"cs_write", HOST_CS}};

	if (sscanf(text, "undef_flags=%x", &r->mask) == 1) {
		r->result = HOST_UNDEF;
		return true;
	}
	for (unsigned k = 0; k < sizeof(known) / sizeof(*known); k++)
		if (!strcmp(text, known[k].name)) {
			r->result = known[k].result;
			return true;
		}
	return false;
}

static bool parse_row(const char *line, struct host_row *r)
{
	char hash[64], result[32];

	memset(r, 0, sizeof(*r));
	return sscanf(line, "%23[^\t]\t%u\t%40[0-9a-f]\t%31s", r->file, &r->index, hash, result) ==
		       4 &&
	       hex20(hash, r->hash) && result_of(result, r);
}

static bool grow(void **p, u32 n, size_t size)
{
	void *more;

	if (n & (n - 1))
		return true;
	more = realloc(*p, size * (n ? 2 * (size_t)n : 1));
	if (!more)
		return false;
	*p = more;
	return true;
}

static bool load_rows(struct hostcheck *h, const char *path, char *why)
{
	gzFile f = gzopen(path, "rb");
	char line[256];
	unsigned at = 0;

	if (!f)
		return errno == ENOENT ||
		       (snprintf(why, 200, "%.120s: %s", path, strerror(errno)), false);
	while (gzgets(f, line, sizeof(line))) {
		if (++at == 1)
			continue; /* column names */
		if (!grow((void **)&h->row, h->n, sizeof(*h->row)) ||
		    !parse_row(line, &h->row[h->n])) {
			snprintf(why, 200, "%.150s: line %u is no row", path, at);
			gzclose(f);
			return false;
		}
		h->n++;
	}
	if (!gzeof(f)) {
		snprintf(why, 200, "%.150s: damaged", path);
		gzclose(f);
		return false;
	}
	gzclose(f);
	return true;
}

static bool load_revoked(struct hostcheck *h, const char *path, char *why)
{
	FILE *f = fopen(path, "re");
	char line[256];
	unsigned at = 0;

	if (!f)
		return errno == ENOENT ||
		       (snprintf(why, 200, "%.120s: %s", path, strerror(errno)), false);
	while (fgets(line, sizeof(line), f)) {
		at++;
		if (line[0] == '#' || strspn(line, " \t\r\n") == strlen(line))
			continue;
		if (strspn(line, "0123456789abcdefABCDEF") != 40 ||
		    !grow((void **)&h->revoked, h->n_revoked, sizeof(*h->revoked)) ||
		    !hex20(line, h->revoked[h->n_revoked])) {
			snprintf(why, 200, "%.150s: line %u is no hash", path, at);
			fclose(f);
			return false;
		}
		h->n_revoked++;
	}
	fclose(f);
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct host_row *x = a, *y = b;
	int c = strcmp(x->file, y->file);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

bool hostcheck_load(struct hostcheck *h, const char *dir, char *why)
{
	char path[4096];
	bool ok;

	memset(h, 0, sizeof(*h));
	snprintf(path, sizeof(path), "%s/HOST_CHECK.tsv.gz", dir);
	ok = load_rows(h, path, why);
	if (ok) {
		snprintf(path, sizeof(path), "%s/revocation_list.txt", dir);
		ok = load_revoked(h, path, why);
	}
	if (!ok)
		hostcheck_free(h);
	if (h->n)
		qsort(h->row, h->n, sizeof(*h->row), by_place);
	return ok;
}

void hostcheck_free(struct hostcheck *h)
{
	free(h->row);
	free(h->revoked);
	memset(h, 0, sizeof(*h));
}

const struct host_row *hostcheck_find(const struct hostcheck *h, const char *file, u32 index,
				      const u8 hash[20])
{
	struct host_row key = {.index = index};
	const struct host_row *r;

	if (!h->n || strlen(file) >= sizeof(key.file))
		return NULL;
	strcpy(key.file, file);
	r = bsearch(&key, h->row, h->n, sizeof(*h->row), by_place);
	return r && !memcmp(r->hash, hash, 20) ? r : NULL;
}

bool hostcheck_revoked(const struct hostcheck *h, const u8 hash[20])
{
	for (u32 k = 0; k < h->n_revoked; k++)
		if (!memcmp(h->revoked[k], hash, 20))
			return true;
	return false;
}
