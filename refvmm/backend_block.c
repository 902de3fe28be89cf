/* SPDX-License-Identifier: MIT
 * Raw disk images.  A snapshot keeps what the guest writes in 4 KiB chunks of
 * host memory; the file is then opened read-only.  Images are locked while in
 * use: one writer, or any number of readers.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, CHUNK_SECTORS = 8, CHUNK = SECTOR * CHUNK_SECTORS };

struct image {
	struct pc_block block; /* first: freed through it */
	int fd;
	u8 **overlay; /* NULL, or one pointer per chunk, NULL until written */
};

static int read_all(int fd, u8 *dst, u64 n, u64 offset)
{
	while (n) {
		ssize_t got = pread(fd, dst, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -EIO; /* the image shrank under us */
		dst += got;
		n -= (u64)got;
		offset += (u64)got;
	}
	return 0;
}

static int write_all(int fd, const u8 *src, u64 n, u64 offset)
{
	while (n) {
		ssize_t got = pwrite(fd, src, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		src += got;
		n -= (u64)got;
		offset += (u64)got;
	}
	return 0;
}

static bool out_of_range(const struct image *im, u64 lba, u32 sectors)
{
#ifdef WITHOUT_DISK_BOUNDS
	return false;
#endif
	return lba > im->block.sectors || sectors > im->block.sectors - lba;
}

static int raw_read(void *arg, u64 lba, void *dst, u32 sectors)
{
	struct image *im = arg;

	if (out_of_range(im, lba, sectors))
		return -EINVAL;
	return read_all(im->fd, dst, (u64)sectors * SECTOR, lba * SECTOR);
}

static int raw_write(void *arg, u64 lba, const void *src, u32 sectors)
{
	struct image *im = arg;

	if (im->block.read_only)
		return -EROFS;
	if (out_of_range(im, lba, sectors))
		return -EINVAL;
	return write_all(im->fd, src, (u64)sectors * SECTOR, lba * SECTOR);
}

static int snapshot_read(void *arg, u64 lba, void *dst, u32 sectors)
{
	struct image *im = arg;
	u8 *to = dst;
	int rc = 0;

	if (out_of_range(im, lba, sectors))
		return -EINVAL;
	for (; sectors && !rc; sectors--, lba++, to += SECTOR) {
		const u8 *chunk = im->overlay[lba / CHUNK_SECTORS];

		if (chunk)
			memcpy(to, chunk + lba % CHUNK_SECTORS * SECTOR, SECTOR);
		else
			rc = read_all(im->fd, to, SECTOR, lba * SECTOR);
	}
	return rc;
}

/* The chunk of a sector, filled from the file on first use. */
static int own_chunk(struct image *im, u64 lba, u8 **out)
{
	u64 i = lba / CHUNK_SECTORS, first = i * CHUNK_SECTORS;
	u64 n = im->block.sectors - first;
	u8 *chunk = im->overlay[i];
	int rc;

	if (!chunk) {
		chunk = calloc(1, CHUNK);
		if (!chunk)
			return -ENOMEM;
		if (n > CHUNK_SECTORS)
			n = CHUNK_SECTORS;
		rc = read_all(im->fd, chunk, n * SECTOR, first * SECTOR);
		if (rc) {
			free(chunk);
			return rc;
		}
		im->overlay[i] = chunk;
	}
	*out = chunk;
	return 0;
}

static int snapshot_write(void *arg, u64 lba, const void *src, u32 sectors)
{
	struct image *im = arg;
	const u8 *from = src;

	if (out_of_range(im, lba, sectors))
		return -EINVAL;
	for (; sectors; sectors--, lba++, from += SECTOR) {
		u8 *chunk;
		int rc = own_chunk(im, lba, &chunk);

		if (rc)
			return rc;
		memcpy(chunk + lba % CHUNK_SECTORS * SECTOR, from, SECTOR);
	}
	return 0;
}

/* Size in bytes, or -1 after one line on stderr. */
static s64 image_size(const char *opt, const char *path, int fd, u64 max_sectors)
{
	struct stat st;
	s64 size;

	if (fstat(fd, &st) < 0)
		return refuse(RC_INPUT, opt, "cannot open '%s': %s", path, strerror(errno)), -1;
	if (S_ISDIR(st.st_mode))
		return refuse(RC_INPUT, opt, "cannot open '%s': Is a directory", path), -1;
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return refuse(RC_INPUT, opt, "'%s' is neither a file nor a block device", path), -1;
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return refuse(RC_INPUT, opt, "cannot open '%s': %s", path, strerror(errno)), -1;
	if (size == 0)
		return refuse(RC_INPUT, opt, "'%s' is empty", path), -1;
	if (size % SECTOR)
		return refuse(RC_INPUT, opt,
			      "'%s' has %lld bytes, not a multiple of 512: truncated?", path,
			      (long long)size),
		       -1;
	if ((u64)size / SECTOR > max_sectors)
		return refuse(RC_INPUT, opt, "'%s' has %lld sectors, the drive takes at most %llu",
			      path, (long long)size / SECTOR, (unsigned long long)max_sectors),
		       -1;
	return size;
}

int block_open(const char *opt, const struct drive_spec *spec, u64 max_sectors,
	       struct pc_block **out)
{
	bool shared = spec->read_only || spec->snapshot;
	struct image *im;
	s64 size;
	int fd;

	*out = NULL;
	/* O_NONBLOCK: a FIFO is refused, not waited for; no effect on images. */
	fd = open(spec->path, (shared ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return refuse(RC_INPUT, opt, "cannot open '%s': %s%s", spec->path, strerror(errno),
			      !shared && (errno == EACCES || errno == EROFS || errno == EPERM)
				      ? " (try FILE,ro)"
				      : "");
	size = image_size(opt, spec->path, fd, max_sectors);
	if (size < 0) {
		close(fd);
		return RC_INPUT;
	}
	if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		close(fd);
		return refuse(RC_INPUT, opt, "'%s' is in use by another virtual machine",
			      spec->path);
	}
	im = calloc(1, sizeof(*im));
	if (!im) {
		close(fd);
		return refuse(RC_INTERNAL, opt, "out of memory");
	}
	im->fd = fd;
	im->block = (struct pc_block){
		.arg = im,
		.sectors = (u64)size / SECTOR,
		.read_only = spec->read_only,
		.read = spec->snapshot ? snapshot_read : raw_read,
		.write = spec->snapshot ? snapshot_write : raw_write,
	};
	if (spec->snapshot) {
		im->overlay = calloc(im->block.sectors / CHUNK_SECTORS + 1, sizeof(u8 *));
		if (!im->overlay) {
			block_close(opt, &im->block);
			return refuse(RC_INTERNAL, opt, "out of memory");
		}
	}
	*out = &im->block;
	return RC_OK;
}

int block_close(const char *opt, struct pc_block *b)
{
	struct image *im = (struct image *)b;
	int rc = RC_OK;

	if (!b)
		return RC_OK;
	for (u64 i = 0; im->overlay && i <= b->sectors / CHUNK_SECTORS; i++)
		free(im->overlay[i]);
	free(im->overlay);
	if (close(im->fd) < 0)
		rc = refuse(RC_OUTPUT, opt, "cannot store the image: %s", strerror(errno));
	free(im);
	return rc;
}
