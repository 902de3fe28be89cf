/* SPDX-License-Identifier: MIT
 * The commands of GDB's remote serial protocol (GDB manual, appendix E.2) that a
 * single-threaded target needs, and `monitor` commands for the rest.
 */
#include "refvmm/gdbstate.h"

#include "refvmm/exit.h"
#include "refvmm/gdbmem.h"
#include "refvmm/gdbregs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DATA = (GDB_PACKET - 64) / 2 };

/* What a command leads to. */
enum next { STAY, GO, GONE };

static char packet[GDB_PACKET + 1], reply[GDB_PACKET + 1];

static enum next answer(struct vm *vm, const char *text)
{
	return gdbwire_send_text(&vm->gdb->wire, text) ? STAY : GONE;
}

static enum next error(struct vm *vm)
{
	return answer(vm, "E0e"); /* EFAULT */
}

/* ---- registers and memory ---- */

static enum next read_registers(struct vm *vm)
{
	char *to = reply;

	for (unsigned n = 0; n < GDB_REGS; n++) {
		u8 bytes[16];
		unsigned size = gdbregs_get(vm, n, bytes);

		gdb_to_hex(to, bytes, size);
		to += 2 * size;
	}
	return answer(vm, reply);
}

static enum next write_registers(struct vm *vm, const char *hex)
{
	for (unsigned n = 0; n < GDB_REGS && *hex; n++) {
		u8 bytes[16];
		unsigned size = gdbregs_size(n);

		if (gdb_from_hex(bytes, hex, size) != size || !gdbregs_set(vm, n, bytes))
			return error(vm);
		hex += 2 * size;
	}
	return answer(vm, "OK");
}

static enum next read_register(struct vm *vm, const char *s)
{
	u8 bytes[16];
	unsigned size = gdbregs_get(vm, (unsigned)strtoul(s, NULL, 16), bytes);

	if (!size)
		return error(vm);
	gdb_to_hex(reply, bytes, size);
	return answer(vm, reply);
}

static enum next write_register(struct vm *vm, const char *s)
{
	char *end;
	unsigned n = (unsigned)strtoul(s, &end, 16), size = gdbregs_size(n);
	u8 bytes[16];

	if (*end != '=' || !size || gdb_from_hex(bytes, end + 1, size) != size ||
	    !gdbregs_set(vm, n, bytes))
		return error(vm);
	return answer(vm, "OK");
}

/* "ADDRESS,LENGTH"; *end: what follows. */
static bool range(const char *s, u32 *lin, u32 *n, char **end)
{
	*lin = (u32)strtoul(s, end, 16);
	if (*end == s || **end != ',')
		return false;
	s = *end + 1;
	*n = (u32)strtoul(s, end, 16);
	return *end != s;
}

static enum next read_memory(struct vm *vm, const char *s)
{
	static u8 bytes[MAX_DATA];
	u32 lin, n, have = 0;
	char *end;

	if (!range(s, &lin, &n, &end))
		return error(vm);
	if (n > MAX_DATA)
		n = MAX_DATA;
	/* As much as there is: GDB asks for more than it needs. */
	while (have < n) {
		u32 part = 0x1000 - ((lin + have) & 0xfff);

		if (part > n - have)
			part = n - have;
		if (!gdbmem_read(vm, lin + have, bytes + have, part))
			break;
		have += part;
	}
	if (!have && n)
		return error(vm);
	gdb_to_hex(reply, bytes, have);
	return answer(vm, reply);
}

static enum next write_memory(struct vm *vm, const char *s, unsigned length, bool binary)
{
	static u8 bytes[GDB_PACKET];
	const u8 *from = bytes;
	u32 lin, n;
	char *end;

	if (!range(s, &lin, &n, &end) || *end != ':' || n > GDB_PACKET)
		return error(vm);
	end++;
	if (binary) {
		from = (const u8 *)end;
		if (length - (unsigned)(end - packet) != n)
			return error(vm);
	} else if (gdb_from_hex(bytes, end, n) != n) {
		return error(vm);
	}
	return n && !gdbmem_write(vm, lin, from, n) ? error(vm) : answer(vm, "OK");
}

/* ---- breakpoints ---- */

static bool set_break(struct vm *vm, u32 lin, bool insert)
{
	struct bt *bt = vm->bt;
	unsigned i = 0;

	while (i < bt->n_breaks && bt->breaks[i] != lin)
		i++;
	vm->gdb->changed = true;
	if (!insert) {
		if (i < bt->n_breaks)
			bt->breaks[i] = bt->breaks[--bt->n_breaks];
		return true;
	}
	if (i == BT_BREAKS)
		return false;
	if (i == bt->n_breaks)
		bt->breaks[bt->n_breaks++] = lin;
	return true;
}

static bool set_watch(struct vm *vm, u32 lin, u32 n, bool insert)
{
	struct gdbstub *g = vm->gdb;
	unsigned i = 0;

	while (i < g->n_watch && (g->watch[i].lin != lin || g->watch[i].n != n))
		i++;
	if (!insert) {
		if (i < g->n_watch)
			g->watch[i] = g->watch[--g->n_watch];
		return true;
	}
	if (i == GDB_WATCHES || !n || n > GDB_WATCHED)
		return false;
	if (i == g->n_watch)
		g->watch[g->n_watch++] = (struct gdb_watch){.lin = lin, .n = n};
	return true;
}

/* Z and z: 0 and 1 are the same here; 2 watches writes.  3 and 4 (reads) are not
 * offered: an empty reply, and GDB says so. */
static enum next breakpoint(struct vm *vm, const char *s, bool insert)
{
	u32 lin, n;
	char *end;
	bool ok;

	if (*s < '0' || *s > '2')
		return answer(vm, "");
	if (s[1] != ',' || !range(s + 2, &lin, &n, &end))
		return error(vm);
	ok = *s == '2' ? set_watch(vm, lin, n, insert) : set_break(vm, lin, insert);
	return ok ? answer(vm, "OK") : error(vm);
}

/* ---- going on ---- */

/* "c", "s", with an address behind it, or with a signal first: signals mean nothing
 * to a machine. */
static enum next go(struct vm *vm, const char *s, bool step, bool with_signal)
{
	if (with_signal) {
		s = strchr(s, ';');
		s = s ? s + 1 : "";
	}
	if (*s)
		vm->v->eip = (u32)strtoul(s, NULL, 16);
	vm->gdb->stepping = step;
	return GO;
}

static enum next resume(struct vm *vm, const char *s)
{
	if (*s == '?')
		return answer(vm, "vCont;c;C;s;S");
	if (*s != ';')
		return answer(vm, "");
	switch (s[1]) {
	case 'c':
	case 'C':
		return go(vm, "", false, false);
	case 's':
	case 'S':
		return go(vm, "", true, false);
	default:
		return error(vm);
	}
}

/* ---- monitor commands ---- */

static enum next say(struct vm *vm, const char *text)
{
	unsigned n = (unsigned)strlen(text);

	reply[0] = 'O';
	gdb_to_hex(reply + 1, text, n < MAX_DATA ? n : MAX_DATA);
	return answer(vm, reply);
}

static const char *const stat_name[ST_COUNT] = {
#define STAT(name, meaning) [ST_##name] = #name,
#include "bt/stats.def"
#undef STAT
};

static void monitor_stats(struct vm *vm)
{
	char line[100];

	vm->bt->stat[ST_retired_tc] = vm->retired_tc + vm->v->retired;
	vm->bt->stat[ST_retired_monitor] = vm->v->retired_mon;
	for (unsigned i = 0; i < ST_COUNT; i++) {
		if (!vm->bt->stat[i])
			continue;
		snprintf(line, sizeof(line), "%-24s %llu\n", stat_name[i],
			 (unsigned long long)vm->bt->stat[i]);
		say(vm, line);
	}
	snprintf(line, sizeof(line), "%-24s %llu\n", "virtual_ns",
		 (unsigned long long)vtime_now(vm));
	say(vm, line);
}

/* phys ADDRESS [LENGTH], hexadecimal: RAM and ROM by physical address. */
static void monitor_phys(struct vm *vm, char *arg)
{
	u8 bytes[16];
	char line[64], *end;
	u32 at = (u32)strtoul(arg, &end, 16), n = (u32)strtoul(end, NULL, 16);

	n = n ? n : 16;
	n = n > 4096 ? 4096 : n;
	for (; n; at += 16) {
		u32 part = n < 16 ? n : 16;

		if (!gdbmem_read_phys(vm, at, bytes, part)) {
			say(vm, "no RAM or ROM there\n");
			return;
		}
		snprintf(line, sizeof(line), "%08x ", at);
		gdb_to_hex(line + 9, bytes, part);
		strcat(line, "\n");
		say(vm, line);
		n -= part;
	}
}

static enum next monitor(struct vm *vm, const char *hex)
{
	char text[200], line[80];
	unsigned n = gdb_from_hex(text, hex, sizeof(text) - 1);
	u32 phys;

	text[n] = 0;
	if (!strcmp(text, "reset")) {
		vm->reset = true;
		say(vm, "reset when the guest goes on\n");
	} else if (!strcmp(text, "stats")) {
		monitor_stats(vm);
	} else if (!strcmp(text, "quit")) {
		vm_stop(vm, RC_OK, "");
		say(vm, "the machine ends when the guest goes on\n");
	} else if (!strncmp(text, "phys ", 5)) {
		monitor_phys(vm, text + 5);
	} else if (!strncmp(text, "walk ", 5)) {
		if (gdbmem_walk(vm, (u32)strtoul(text + 5, NULL, 16), &phys))
			snprintf(line, sizeof(line), "physical %08x\n", phys);
		else
			strcpy(line, "not mapped\n");
		say(vm, line);
	} else if (!strcmp(text, "step interrupts") || !strcmp(text, "step alone")) {
		vm->gdb->step_interrupts = text[5] == 'i';
	} else {
		say(vm, "reset            reset the machine\n"
			"quit             end the machine\n"
			"stats            counters of the engine\n"
			"phys ADDR [LEN]  physical memory\n"
			"walk ADDR        physical address of a linear one\n"
			"step interrupts  take interrupts while stepping\n"
			"step alone       hold them back (default)\n");
	}
	return answer(vm, "OK");
}

/* ---- queries ---- */

/* "OFFSET,LENGTH" of the target description. */
static enum next features(struct vm *vm, const char *s)
{
	const char *xml = gdbregs_xml();
	u32 at, n, size = (u32)strlen(xml);
	char *end;

	if (!range(s, &at, &n, &end))
		return error(vm);
	if (at > size)
		at = size;
	if (n > MAX_DATA)
		n = MAX_DATA;
	reply[0] = n < size - at ? 'm' : 'l';
	if (n > size - at)
		n = size - at;
	memcpy(reply + 1, xml + at, n);
	return gdbwire_send(&vm->gdb->wire, reply, n + 1) ? STAY : GONE;
}

static enum next query(struct vm *vm, const char *s)
{
	static const char xml[] = "qXfer:features:read:target.xml:";

	if (!strncmp(s, "qSupported", 10)) {
		vm->gdb->swbreak = strstr(s, "swbreak+") != NULL;
		return answer(vm, "PacketSize=4000;qXfer:features:read+;QStartNoAckMode+;"
				  "vContSupported+;swbreak+");
	}
	if (!strncmp(s, xml, sizeof(xml) - 1))
		return features(vm, s + sizeof(xml) - 1);
	if (!strncmp(s, "qRcmd,", 6))
		return monitor(vm, s + 6);
	if (!strcmp(s, "qC"))
		return answer(vm, "QC1");
	if (!strcmp(s, "qfThreadInfo"))
		return answer(vm, "m1");
	if (!strcmp(s, "qsThreadInfo"))
		return answer(vm, "l");
	if (!strncmp(s, "qAttached", 9))
		return answer(vm, "1");
	return answer(vm, "");
}

static enum next command(struct vm *vm, unsigned length, const char *stop)
{
	const char *s = packet + 1;
	enum next next;

	switch (packet[0]) {
	case '?':
		return answer(vm, *stop ? stop : "S05");
	case 'g':
		return read_registers(vm);
	case 'G':
		return write_registers(vm, s);
	case 'p':
		return read_register(vm, s);
	case 'P':
		return write_register(vm, s);
	case 'm':
		return read_memory(vm, s);
	case 'M':
	case 'X':
		return write_memory(vm, s, length, packet[0] == 'X');
	case 'Z':
	case 'z':
		return breakpoint(vm, s, packet[0] == 'Z');
	case 'c':
	case 'C':
	case 's':
	case 'S':
		return go(vm, s, packet[0] == 's' || packet[0] == 'S',
			  packet[0] == 'C' || packet[0] == 'S');
	case 'H':
	case 'T':
		return answer(vm, "OK");
	case 'k':
		vm_stop(vm, RC_OK, "");
		return GONE;
	case 'D':
		answer(vm, "OK");
		return GONE;
	case 'R':
		vm->reset = true;
		return STAY; /* without an answer */
	case 'q':
		return query(vm, packet);
	case 'Q':
		if (strcmp(packet, "QStartNoAckMode"))
			return answer(vm, "");
		next = answer(vm, "OK");
		vm->gdb->wire.no_ack = true;
		return next;
	case 'v':
		if (!strncmp(packet, "vCont", 5))
			return resume(vm, packet + 5);
		if (!strncmp(packet, "vKill", 5)) {
			vm_stop(vm, RC_OK, "");
			answer(vm, "OK");
			return GONE;
		}
		return answer(vm, "");
	default:
		return answer(vm, "");
	}
}

void gdb_serve(struct vm *vm, const char *stop)
{
	struct gdbstub *g = vm->gdb;
	enum next next = STAY;
	unsigned length;

	/* The first contact is the debugger's: nothing ran yet that could stop. */
	if (g->running && answer(vm, stop) == GONE)
		next = GONE;
	while (next == STAY) {
		switch (gdbwire_receive(&g->wire, packet, sizeof(packet), &length)) {
		case GDB_PACKET_IN:
			next = command(vm, length, stop);
			break;
		case GDB_BREAK_IN:
			break; /* it is stopped already */
		case GDB_CLOSED:
			next = GONE;
			break;
		}
	}
	g->running = next == GO;
	if (next == GONE)
		gdb_disconnect(vm);
}
