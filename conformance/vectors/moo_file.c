/* SPDX-License-Identifier: MIT
 * MOO sets on disk: plain or gzip (RFC 1952, by zlib; several members are one
 * stream, bytes after the last member are an error).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "conformance/vectors/moo.h"
#include "conformance/vectors/moo_parts.h"

static u8 *slurp(const char *path, size_t *n)
{
	struct stat st;
	u8 *data = NULL;
	size_t got = 0;
	ssize_t r = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC), e;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st))
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_size > MOO_MAX_FILE) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		goto out;
	}
	data = malloc((size_t)st.st_size + 1);
	while (data && got < (size_t)st.st_size &&
	       (r = read(fd, data + got, (size_t)st.st_size - got)) > 0)
		got += (size_t)r;
	if (r < 0) {
		free(data);
		data = NULL;
	}
	*n = got;
out:
	e = errno;
	close(fd);
	errno = e;
	return data;
}

/* Inflate a gzip stream of one or more members whole. */
static bool inflate_all(struct moo_file *f, const u8 *in, size_t n)
{
	z_stream z = {.next_in = (u8 *)(uintptr_t)in, .avail_in = (uInt)n};
	size_t room = 8 * n + 4096;
	int r;

	f->data = malloc(room);
	if (!f->data || inflateInit2(&z, 15 + 16) != Z_OK)
		return moo_fail(f, NULL, "out of memory");
	for (;;) {
		if (f->size == room) {
			u8 *more = room < MOO_MAX_FILE ? realloc(f->data, room * 2) : NULL;

			if (!more) {
				moo_fail(f, NULL, "more than %u bytes when inflated", MOO_MAX_FILE);
				break;
			}
			f->data = more;
			room *= 2;
		}
		z.next_out = f->data + f->size;
		z.avail_out = (uInt)(room - f->size);
		r = inflate(&z, Z_NO_FLUSH);
		f->size = (size_t)(z.next_out - f->data);
		if (r == Z_STREAM_END && !z.avail_in) {
			inflateEnd(&z);
			return f->size <= MOO_MAX_FILE ||
			       moo_fail(f, NULL, "more than %u bytes when inflated", MOO_MAX_FILE);
		}
		if (r == Z_STREAM_END) {
			inflateReset(&z);
		} else if (r != Z_OK && !(r == Z_BUF_ERROR && !z.avail_out)) {
			f->at = f->size;
			moo_fail(f, NULL, "gzip: %s", z.msg ? z.msg : "the file is cut short");
			break;
		}
	}
	inflateEnd(&z);
	return false;
}

bool moo_open_memory(struct moo_file *f, const char *name, const void *data, size_t n)
{
	const u8 *p = data;
	bool ok;

	memset(f, 0, sizeof *f);
	f->name = name;
	if (n > MOO_MAX_FILE)
		return moo_fail(f, NULL, "more than %u bytes", MOO_MAX_FILE);
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b) {
		ok = inflate_all(f, p, n);
	} else {
		f->data = malloc(n + 1);
		f->size = n;
		ok = f->data;
		if (ok)
			memcpy(f->data, data, n);
		else
			moo_fail(f, NULL, "out of memory");
	}
	if (ok)
		return moo_start(f);
	free(f->data);
	f->data = NULL;
	return false;
}

bool moo_open(struct moo_file *f, const char *path)
{
	size_t n = 0;
	u8 *data = slurp(path, &n);
	bool ok;

	if (!data) {
		memset(f, 0, sizeof *f);
		f->name = path;
		return moo_fail(f, NULL, "%s", strerror(errno));
	}
	ok = moo_open_memory(f, path, data, n);
	free(data);
	return ok;
}

/* One gzip member, header without name and time: the same bytes every time. */
static u8 *deflate_all(const u8 *in, size_t n, size_t *out_n)
{
	z_stream z = {.next_in = (u8 *)(uintptr_t)in, .avail_in = (uInt)n};
	size_t room;
	u8 *out;

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	room = deflateBound(&z, n) + 64;
	out = malloc(room);
	z.next_out = out;
	z.avail_out = (uInt)room;
	if (out && deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(out);
		out = NULL;
	}
	*out_n = room - z.avail_out;
	deflateEnd(&z);
	return out;
}

int moo_save(struct moo_out *o, const char *path, bool gzip)
{
	size_t n, done = 0;
	const u8 *plain = moo_out_bytes(o, &n);
	u8 *packed = NULL;
	const u8 *p = plain;
	int fd, r = 0;

	if (!plain)
		return -ENOMEM;
	if (gzip) {
		p = packed = deflate_all(plain, n, &n);
		if (!packed)
			return -ENOMEM;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		r = -errno;
	while (!r && done < n) {
		ssize_t w = write(fd, p + done, n - done);

		if (w < 0)
			r = -errno;
		else
			done += (size_t)w;
	}
	if (fd >= 0 && close(fd) && !r)
		r = -errno;
	free(packed);
	return r;
}
