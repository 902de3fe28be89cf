/* SPDX-License-Identifier: MIT
 * Firmware and option ROM images.  Option ROM header: Plug and Play BIOS
 * specification 1.0a, section 3.2 (55 AA, length in 512-byte units, bytes sum to
 * zero).
 */
#include "refvmm/exit.h"
#include "refvmm/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KIB = 1024, RESET_VECTOR = 16 };

int load_file(const char *opt, const char *path, u64 max, u8 **data, u64 *size)
{
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	u64 done = 0;
	u8 *buf;
	int rc = RC_INPUT;

	if (fd < 0 || fstat(fd, &st) < 0) {
		refuse(rc, opt, "cannot open '%s': %s", path, strerror(errno));
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		refuse(rc, opt, "cannot open '%s': Is a directory", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		refuse(rc, opt, "'%s' is not a regular file", path);
		goto out;
	}
	if (st.st_size == 0) {
		refuse(rc, opt, "'%s' is empty", path);
		goto out;
	}
	if ((u64)st.st_size > max) {
		refuse(rc, opt, "'%s' has %lld bytes, at most %llu can be used", path,
		       (long long)st.st_size, (unsigned long long)max);
		goto out;
	}
	buf = malloc((size_t)st.st_size);
	if (!buf) {
		rc = refuse(RC_INTERNAL, opt, "out of memory");
		goto out;
	}
	while (done < (u64)st.st_size) {
		ssize_t n = read(fd, buf + done, (size_t)st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			refuse(rc, opt, "cannot read '%s': %s", path,
			       n ? strerror(errno) : "file shrank");
			free(buf);
			goto out;
		}
		done += (u64)n;
	}
	*data = buf;
	*size = done;
	rc = RC_OK;
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

int load_bios(const char *opt, const char *path, struct rom_image *out)
{
	bool same = true;
	const u8 *vector;
	u64 size;
	u8 *data;
	int rc = load_file(opt, path, 256 * KIB, &data, &size);

	if (rc)
		return rc;
	if (size % (64 * KIB)) {
		free(data);
		return refuse(RC_INPUT, opt, "'%s' has %llu bytes, not a multiple of 64 KiB", path,
			      (unsigned long long)size);
	}
	/* The processor starts 16 bytes below the top (SDM vol. 3A 10.1.4). */
	vector = data + size - RESET_VECTOR;
	for (int i = 1; i < RESET_VECTOR; i++)
		same &= vector[i] == vector[0];
	if (same) {
		free(data);
		return refuse(RC_INPUT, opt, "'%s' has no code at the reset vector", path);
	}
	out->data = data;
	out->size = (u32)size;
	return RC_OK;
}

int load_option_rom(const char *opt, const char *path, struct rom_image *out)
{
	const char *wrong = NULL;
	u64 size;
	u8 *data, sum = 0;
	int rc = load_file(opt, path, 64 * KIB, &data, &size);

	if (rc)
		return rc;
	if (size < 512 || data[0] != 0x55 || data[1] != 0xaa) {
		wrong = "has no option ROM signature";
	} else if (!data[2] || data[2] * 512u > size) {
		wrong = "is truncated";
	} else {
		for (u32 i = 0; i < data[2] * 512u; i++)
			sum = (u8)(sum + data[i]);
		if (sum)
			wrong = "has a wrong checksum";
	}
	if (wrong) {
		free(data);
		return refuse(RC_INPUT, opt, "'%s' %s", path, wrong);
	}
	out->data = data;
	out->size = (u32)size;
	return RC_OK;
}
