/* SPDX-License-Identifier: MIT
 * The one result channel of a guest: the debug console at port E9 where it
 * reads back E9 (QEMU isa-debugcon, Bochs port_e9_hack), else COM1.  A program
 * may choose one of them or redirect the channel to its own.
 */
#ifndef GUESTS_LIB_CHANNEL_H
#define GUESTS_LIB_CHANNEL_H

#include "refvmm/types.h"

/* Choose and set up the channel; returns its name, "e9" or "com1". */
const char *channel_open(void);
bool channel_uses_com1(void);
/* Take port E9 without looking, or COM1; the name as above. */
const char *channel_open_e9(void);
const char *channel_open_com1(void);
/* False where no UART answers at COM1. */
bool channel_has_com1(void);
/* From now on `write` takes the text and `drain` waits for it (see below). */
void channel_redirect(void (*write)(const char *, u32), void (*drain)(void));
bool channel_redirected(void);
void channel_write(const char *text, u32 n);
/* Wait until the last byte has left the machine. */
void channel_drain(void);
/* What channel_exit() tries between port 8900 and HLT; may return. */
void channel_at_exit(void (*stop)(void));
/* Which ways channel_exit() tries before HLT; without this call all of them. */
enum channel_way { WAY_EXIT_PORT = 1, WAY_8900 = 2, WAY_AT_EXIT = 4 };
void channel_ways(unsigned ways);
/* Drain, then stop the machine every way there is: exit port F4 with `code`,
 * "Shutdown" on port 8900, the way of channel_at_exit(), HLT. */
void channel_exit(u8 code) __attribute__((noreturn));

#endif
