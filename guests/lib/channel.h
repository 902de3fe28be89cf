/* SPDX-License-Identifier: MIT
 * The one result channel of a guest: the debug console at port E9 where it
 * reads back E9 (QEMU isa-debugcon, Bochs port_e9_hack), else COM1.
 */
#ifndef GUESTS_LIB_CHANNEL_H
#define GUESTS_LIB_CHANNEL_H

#include "refvmm/types.h"

/* Choose and set up the channel; returns its name, "e9" or "com1". */
const char *channel_open(void);
bool channel_uses_com1(void);
void channel_write(const char *text, u32 n);
/* Wait until the last byte has left the machine. */
void channel_drain(void);
/* Drain, then stop the machine every way there is: exit port F4 with `code`,
 * "Shutdown" on port 8900, HLT. */
void channel_exit(u8 code) __attribute__((noreturn));

#endif
