/* SPDX-License-Identifier: MIT
 * Puts boot loader, runtime and selected cases together into a medium.
 */
#include "conformance/mkimage.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/image.h"

/* A record area of a disk: far more than the longest cases say, and sparse. */
#define AREA_FIXED    2048u
#define AREA_PER_CASE 2u

struct request {
	const char *out, *select, *guests;
	unsigned medium, channel, stop;
	u8 *sel;
	struct buf boot, blob, image;
	unsigned cases, area; /* area: sectors, 0: enough */
};

static int read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	u8 chunk[65536];
	size_t n;

	if (!f)
		return cases_fail(path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(b, chunk, n);
	if (ferror(f)) {
		fclose(f);
		return cases_fail(path, strerror(EIO));
	}
	fclose(f);
	return 0;
}

/* Zeros of a disk take no room: they are left out where a whole chunk is zero. */
static int write_image(const char *path, const struct buf *b)
{
	static const u8 zeros[65536];
	FILE *f = fopen(path, "wb");
	size_t at, n;
	bool ok = f;

	for (at = 0; ok && at < b->n; at += n) {
		n = b->n - at < sizeof zeros ? b->n - at : sizeof zeros;
		if (memcmp(b->p + at, zeros, n))
			ok = fwrite(b->p + at, 1, n, f) == n;
		else
			ok = !fseek(f, (long)n, SEEK_CUR);
	}
	ok = ok && !fflush(f) && !ftruncate(fileno(f), (off_t)b->n);
	if (f && fclose(f))
		ok = false;
	return ok ? 0 : cases_fail(path, f ? "cannot be written" : strerror(errno));
}

/* x.vmdk is a text that names x-flat.vmdk, where the disk is. */
static int write_vmdk(const char *path, const struct buf *disk)
{
	size_t stem = strlen(path);
	struct buf text = {0};
	char flat[4200], *name;
	int err;

	if (stem > 5 && !strcmp(path + stem - 5, ".vmdk"))
		stem -= 5;
	if (snprintf(flat, sizeof flat, "%.*s-flat.vmdk", (int)stem, path) >= (int)sizeof flat)
		return cases_fail(path, "too long a name");
	name = strrchr(flat, '/');
	image_vmdk(disk->n, (u32)disk->n, name ? name + 1 : flat, &text);
	err = write_image(flat, disk);
	if (!err)
		err = write_image(path, &text);
	buf_free(&text);
	return err;
}

static unsigned find(const char *word, const char *const *names, unsigned n)
{
	unsigned i = 0;

	while (i < n && strcmp(word, names[i]))
		i++;
	return i;
}

static int parse(struct request *r, char **arg)
{
	char *end = "";

	r->medium = MEDIUM_COUNT;
	for (; *arg; arg += 2) {
		if (!arg[1])
			return cases_fail(*arg, "needs a value");
		if (!strcmp(*arg, "--out"))
			r->out = arg[1];
		else if (!strcmp(*arg, "--media"))
			r->medium = find(arg[1], medium_names, MEDIUM_COUNT);
		else if (!strcmp(*arg, "--channel"))
			r->channel = find(arg[1], pack_channels, PACK_CHANNELS);
		else if (!strcmp(*arg, "--stop"))
			r->stop = find(arg[1], pack_stops, PACK_STOPS);
		else if (!strcmp(*arg, "--select"))
			r->select = arg[1];
		else if (!strcmp(*arg, "--area"))
			r->area = (unsigned)strtoul(arg[1], &end, 10);
		else if (!strcmp(*arg, "--guests"))
			r->guests = arg[1];
		else
			return cases_fail(*arg, "unknown option");
	}
	if (r->medium == MEDIUM_COUNT)
		return cases_fail("--media", "floppy, disk, multiboot, iso, vhd or vmdk");
	if (r->channel == PACK_CHANNELS)
		return cases_fail("--channel", "auto, e9, com1, disk or screen");
	if (r->stop == PACK_STOPS)
		return cases_fail("--stop", "off, halt, exit, 8900, acpi or apm");
	if (*end || (r->area && r->area < 3))
		return cases_fail("--area", "a number of sectors, 3 and more");
	return r->out ? 0 : cases_fail("--out", "missing");
}

/* The guest programs: beside our own, build/guests. */
static int read_guests(struct request *r)
{
	char dir[4096], path[4300];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);

	dir[n > 0 ? n : 0] = 0;
	if (r->guests)
		snprintf(path, sizeof path, "%s/boot/boot.bin", r->guests);
	else
		snprintf(path, sizeof path, "%s/../guests/boot/boot.bin", dirname(dir));
	if (read_file(path, &r->boot))
		return 2;
	snprintf(path + strlen(path) - strlen("boot/boot.bin"), 20, "proof.blob");
	return read_file(path, &r->blob);
}

/* Without a selection: all that a processor is enough for. */
static int select_most(const struct tlist *l, u8 *sel)
{
	unsigned i;

	for (i = 0; i < l->n; i++)
		sel[i] = !l->v[i].dev;
	return 0;
}

static int build(const struct tlist *l, struct request *r)
{
	/* Who wants records on a floppy says so: there is little room. */
	bool area = image_has_area((enum medium)r->medium) &&
		    (r->channel == PACK_DISK ||
		     (r->channel == PACK_AUTO && r->medium != MEDIUM_FLOPPY));
	const char *bad;

	if (r->select ? cases_select(l, r->select, r->sel) : select_most(l, r->sel))
		return 2;
	if (read_guests(r))
		return 2;
	r->cases = pack_build_for(l, r->sel, (enum pack_channel)r->channel, (enum pack_stop)r->stop,
				  &r->blob);
	if (!r->cases)
		return cases_fail("--select", "no case selected");
	bad = image_build((enum medium)r->medium, &r->boot, &r->blob,
			  !area     ? 0
			  : r->area ? r->area
				    : AREA_FIXED + AREA_PER_CASE * r->cases,
			  &r->image);
	if (bad)
		return cases_fail(r->out, bad);
	return r->medium == MEDIUM_VMDK ? write_vmdk(r->out, &r->image)
					: write_image(r->out, &r->image);
}

int cases_image(const struct tlist *l, char **arg)
{
	struct request r = {0};
	int err = parse(&r, arg);

	if (err)
		return err;
	r.sel = calloc(l->n, 1);
	if (!r.sel)
		return 3;
	err = build(l, &r);
	free(r.sel);
	buf_free(&r.boot);
	buf_free(&r.blob);
	buf_free(&r.image);
	return err;
}
