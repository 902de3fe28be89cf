/* SPDX-License-Identifier: MIT
 * Writing a job into a copy of a guest image or of the native process.
 */
#ifndef MICROBENCH_IMAGE_H
#define MICROBENCH_IMAGE_H

#include "microbench/kernel.h"

/* Copy `from` to `to` (mode 0700), with the job block replaced.  Returns 0,
 * -errno, or -ENOMSG when the file does not hold exactly one job block. */
int image_patch(const char *from, const char *to, const struct job *job);

/* A job for a kernel named `name` (at most 15 letters). */
struct job image_job(const char *name, u32 ring, u32 start, u32 last, u32 reps);

#endif
