/* SPDX-License-Identifier: MIT
 * Types on the guest's keyboard and moves its mouse by a script (--type, control
 * command type; the language is in docs/control.md).  A script waits for what
 * the guest shows, so that it does the same on fast and slow hosts.
 */
#ifndef REFVMM_TYPIST_H
#define REFVMM_TYPIST_H

#include "devices/keys.h"

/* The machine under the typist's fingers. */
struct typist_machine {
	void *arg;
	void (*key)(void *arg, enum key key, enum key_move move);
	void (*mouse)(void *arg, s32 dx, s32 dy, s32 dz, u8 buttons);
	/* Has the guest taken all scan codes so far? */
	bool (*taken)(void *arg);
	/* Is `text` on the text screen now? */
	bool (*screen_has)(void *arg, const char *text);
	/* Has the serial line said `text` since the last time this was true? */
	bool (*serial_has)(void *arg, const char *text);
};

struct typist;

struct typist *typist_new(const struct typist_machine *machine); /* NULL: out of memory */
void typist_free(struct typist *t);
/* Append a script to what is still to be typed.  NULL, or what is wrong with it
 * (a string that lives until the next call); then nothing is appended. */
const char *typist_add(struct typist *t, const char *script);
/* Is a script well-formed?  NULL, or what is wrong. */
const char *typist_check(const char *script);
/* Do everything that is due at virtual time `now` (ns). */
void typist_step(struct typist *t, u64 now);
/* Is everything typed and taken? */
bool typist_idle(const struct typist *t);
/* Does the script still wait for serial output? */
bool typist_waits_for_serial(const struct typist *t);

#endif
