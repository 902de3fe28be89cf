/* SPDX-License-Identifier: MIT
 * --gdb: a debugger for the guest, over GDB's remote serial protocol.
 *
 * The vCPU loop calls gdb_before() and gdb_after() around each step; breakpoints
 * are a list that the translator consults (bt_break_at), so guest memory never
 * shows them.  While the guest is stopped, virtual time stands still.
 */
#ifndef REFVMM_GDBSTUB_H
#define REFVMM_GDBSTUB_H

#include "refvmm/vm.h"

/* Take apart tcp:PORT, unix:PATH or stdio and listen; RC_OK with *fd (-1: stdio) or
 * an exit code after one line naming `opt`.  Called when the files are opened. */
int gdb_listen(const char *opt, const char *spec, int *fd);
/* Is this a place gdb_listen() can listen at? */
bool gdb_spec_valid(const char *spec);
/* Stop listening and remove the socket's name. */
void gdb_unlisten(const char *spec, int fd);

/* Make the stub of a machine; false when out of memory.  The guest does not start
 * before a debugger has come and let it. */
bool gdb_open(struct vm *vm);
/* The machine ended: tell the debugger. */
void gdb_close(struct vm *vm, int exit_code);

/* Before a step, or instead of waiting in HLT: true when the guest may not go on
 * now (the loop looks again). */
bool gdb_before(struct vm *vm);
/* After a step. */
void gdb_after(struct vm *vm);
/* Between steps, from the alarm: has the debugger something to say? */
void gdb_look(struct vm *vm);

/* gdbcmd.c: serve the debugger until it lets the guest go on.  `stop` is the reply
 * that says why the guest stopped, "" on the first contact. */
void gdb_serve(struct vm *vm, const char *stop);

#endif
