/* SPDX-License-Identifier: MIT
 * 440FX host bridge (82441FX): PAM shadow attributes.
 */
#ifndef DEVICES_I440FX_H
#define DEVICES_I440FX_H

#include "devices/pci.h"

struct i440fx {
	struct pci_function fn;
	u8 seen[13]; /* attributes the machine was told last */
	struct {
		void (*pam)(void *host, u32 base, u32 size, unsigned attr);
		void *host;
	} wire;
};

/* Sets up configuration space; the wire is filled in before i440fx_reset. */
void i440fx_init(struct i440fx *b);
void i440fx_reset(struct i440fx *b);

#endif
