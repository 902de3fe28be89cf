/* SPDX-License-Identifier: MIT
 * See area.h.  The text of an area ends at its first NUL byte, so a reader may
 * look at any time: what it has seen does not change any more.
 */
#include "harness/area.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guests/lib/recordarea.h"

enum { SECTOR = 512 };

const char *area_find(struct area *a)
{
	u8 sector[SECTOR];
	struct boot_params p;
	const char *why = NULL;
	int f = open(a->disk, O_RDONLY | O_CLOEXEC);
	off_t header;

	if (f < 0)
		return "cannot be opened";
	if (pread(f, sector, SECTOR, SECTOR * PARAMS_LBA) != SECTOR) {
		close(f);
		return "is not a disk image";
	}
	memcpy(&p, sector + PARAMS_AT, sizeof p);
	header = (off_t)p.area_lba * SECTOR;
	if (memcmp(p.magic, "VMPL", 4))
		why = "is not one of our disks";
	else if (!p.area_lba || p.area_sectors < 3)
		why = "has no record area";
	else if (pread(f, sector, SECTOR, header) != SECTOR ||
		 memcmp(sector, AREA_MAGIC, sizeof AREA_MAGIC - 1))
		why = "has a damaged record area";
	close(f);
	a->at = header + SECTOR;
	a->end = header + (off_t)p.area_sectors * SECTOR;
	return why;
}

static bool put_all(int f, const char *p, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(f, p, (size_t)n);

		if (done < 0)
			return false;
		p += done;
		n -= done;
	}
	return true;
}

static bool copy(struct area *a, int out)
{
	int in = open(a->disk, O_RDONLY | O_CLOEXEC);
	bool ok = in >= 0 && out >= 0;
	char buf[65536];

	while (ok && a->at < a->end) {
		off_t left = a->end - a->at;
		size_t want = left < (off_t)sizeof buf ? (size_t)left : sizeof buf;
		ssize_t n = pread(in, buf, want, a->at);
		const char *nul = n > 0 ? memchr(buf, 0, (size_t)n) : NULL;

		if (n <= 0) {
			ok = n == 0;
			break;
		}
		if (nul)
			n = nul - buf;
		ok = put_all(out, buf, n);
		a->at += n;
		if (nul)
			break;
	}
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out))
		ok = false;
	return ok;
}

bool area_follow(struct area *a)
{
	return copy(a, open(a->out, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
}

bool area_whole(struct area *a)
{
	if (area_find(a))
		return false;
	return copy(a, open(a->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
}
