/* SPDX-License-Identifier: MIT
 * Patch the job block: read all, find the magic, replace, write.
 */
#include "microbench/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct job image_job(const char *name, u32 ring, u32 start, u32 last, u32 reps)
{
	struct job j = {
		.magic = JOB_MAGIC, .ring = ring, .start = start, .last = last, .reps = reps};

	strncpy(j.name, name, sizeof(j.name) - 1);
	return j;
}

static int read_all(const char *path, char **out, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	*out = NULL;
	if (fstat(fd, &st) < 0) {
		err = -errno;
	} else {
		*size = (size_t)st.st_size;
		*out = malloc(*size + 1);
		if (!*out)
			err = -ENOMEM;
		else if (read(fd, *out, *size) != (ssize_t)*size)
			err = -EIO;
	}
	close(fd);
	if (err)
		free(*out);
	return err;
}

static int write_all(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700), err = 0;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < size && !err;) {
		ssize_t n = write(fd, data + done, size - done);

		if (n < 0)
			err = -errno;
		else
			done += (size_t)n;
	}
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

int image_patch(const char *from, const char *to, const struct job *job)
{
	char *data = NULL, *at, *end;
	size_t size = 0;
	int err = read_all(from, &data, &size);

	if (err)
		return err;
	end = data + size;
	at = memmem(data, size, JOB_MAGIC, sizeof(JOB_MAGIC));
	if (!at || (size_t)(end - at) < sizeof(*job) ||
	    memmem(at + 1, (size_t)(end - at - 1), JOB_MAGIC, sizeof(JOB_MAGIC))) {
		free(data);
		return -ENOMSG;
	}
	memcpy(at, job, sizeof(*job));
	err = write_all(to, data, size);
	free(data);
	return err;
}
