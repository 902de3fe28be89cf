/* SPDX-License-Identifier: MIT
 * Output files of a run: opened together, emptied only when all of them could be
 * opened.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct output {
	int fd;
	bool created, regular;
	const char *path;
	u64 dev, ino;
} outputs[8];
static unsigned n_outputs;

int output_open(const char *opt, const char *path)
{
	/* O_APPEND: two options may name the same file. */
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY;
	struct output *o = &outputs[n_outputs];
	struct stat st;

	if (n_outputs == sizeof(outputs) / sizeof(*outputs))
		return refuse(RC_INTERNAL, opt, "too many outputs"), -1;
	*o = (struct output){.path = path};
	o->fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	o->created = o->fd >= 0;
	if (o->fd < 0 && errno == EEXIST)
		o->fd = open(path, flags);
	if (o->fd < 0 || fstat(o->fd, &st) < 0) {
		refuse(RC_OUTPUT, opt, "cannot write '%s': %s", path, strerror(errno));
		if (o->fd >= 0)
			close(o->fd);
		return -1;
	}
	o->regular = S_ISREG(st.st_mode);
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	n_outputs++;
	return o->fd;
}

bool output_is(u64 dev, u64 ino)
{
	for (unsigned i = 0; i < n_outputs; i++)
		if (outputs[i].regular && outputs[i].dev == dev && outputs[i].ino == ino)
			return true;
	return false;
}

int output_commit(void)
{
	for (unsigned i = 0; i < n_outputs; i++) {
		if (outputs[i].regular && ftruncate(outputs[i].fd, 0) < 0)
			return refuse(RC_OUTPUT, NULL, "cannot empty '%s': %s", outputs[i].path,
				      strerror(errno));
	}
	for (unsigned i = 0; i < n_outputs; i++)
		outputs[i].created = false; /* from here on they are the run's result */
	return RC_OK;
}

void output_abandon(void)
{
	for (unsigned i = 0; i < n_outputs; i++) {
		if (outputs[i].created)
			unlink(outputs[i].path);
		close(outputs[i].fd);
	}
	n_outputs = 0;
}

int output_close(void)
{
	int rc = RC_OK;

	for (unsigned i = 0; i < n_outputs; i++)
		if (close(outputs[i].fd) < 0)
			rc = refuse(RC_OUTPUT, NULL, "cannot write '%s': %s", outputs[i].path,
				    strerror(errno));
	n_outputs = 0;
	return rc;
}
