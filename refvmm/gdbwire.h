/* SPDX-License-Identifier: MIT
 * Packets of GDB's remote serial protocol over a pair of file descriptors.
 */
#ifndef REFVMM_GDBWIRE_H
#define REFVMM_GDBWIRE_H

#include "refvmm/types.h"

#define GDB_PACKET 16384u

struct gdbwire {
	int in, out; /* -1: not connected */
	bool no_ack;
	u8 got[4096]; /* read, not yet looked at */
	unsigned n_got, at;
};

enum gdb_event {
	GDB_PACKET_IN, /* a packet is there */
	GDB_BREAK_IN,  /* Ctrl-C between packets */
	GDB_CLOSED,
};

/* Wait for a packet: its payload without the escapes, and a 0 behind it.  Damaged
 * packets are asked for again; `size` counts the 0 and is at least 2. */
enum gdb_event gdbwire_receive(struct gdbwire *w, char *packet, unsigned size, unsigned *length);
/* Send a payload of `n` bytes; false when the connection is lost. */
bool gdbwire_send(struct gdbwire *w, const char *payload, unsigned n);
bool gdbwire_send_text(struct gdbwire *w, const char *text);
/* Has the debugger sent a Ctrl-C, or gone?  Does not wait and takes nothing but
 * that byte. */
enum gdb_event gdbwire_poll(struct gdbwire *w);

/* Hexadecimal digits, low address first.  `to` gets 2 n characters and a 0. */
void gdb_to_hex(char *to, const void *bytes, unsigned n);
/* Up to `n` bytes; returns how many there were. */
unsigned gdb_from_hex(void *bytes, const char *from, unsigned n);

#endif
