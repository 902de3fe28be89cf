/* SPDX-License-Identifier: MIT
 * The machines under measurement: how to find one and how to start it.
 */
#ifndef MICROBENCH_VMM_H
#define MICROBENCH_VMM_H

#include "refvmm/types.h"

enum vmm_id { VMM_NATIVE, VMM_REFVMM, VMM_QEMU_TCG, VMM_BOCHS, VMMS };

struct vmm {
	const char *name;
	char program[512]; /* what to execute, once found */
	char version[160];
	char missing[256]; /* why it cannot be used; "" if it can */
	const char *image; /* file name of its image in the build folder */
	int marker_fd;     /* descriptor on which it writes the markers */
};

/* Fill in `out` for all machines.  `build` is the folder of the runner. */
void vmm_find(struct vmm out[VMMS], const char *build);

/* Number of the machine called `name`, -1 if there is none. */
int vmm_by_name(const char *name);

#define VMM_ARGS 40
struct vmm_command {
	char *argv[VMM_ARGS];
	char text[2048];
	size_t used;
};

/* The command that starts the patched image `dir`/image; may write further
 * files into `dir`.  `limit_s` is a safety limit for machines that take one.
 * Returns 0 or -errno. */
int vmm_command(const struct vmm *v, enum vmm_id id, const char *dir, int limit_s,
		struct vmm_command *out);

#endif
