/* SPDX-License-Identifier: MIT
 * Framing of GDB's remote serial protocol (GDB manual, appendix E.1): $payload#cc
 * with a checksum, + and - as acknowledgement until QStartNoAckMode, } before a
 * byte that is XORed with 20h, and the single byte 03h as Ctrl-C.
 */
#include "refvmm/gdbwire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BREAK 3

static const char digits[] = "0123456789abcdef";

static int digit(int c)
{
	const char *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* The next byte, or -1 at the end of the connection. */
static int next(struct gdbwire *w)
{
	while (w->at == w->n_got) {
		ssize_t n = read(w->in, w->got, sizeof(w->got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		w->at = 0;
		w->n_got = (unsigned)n;
	}
	return w->got[w->at++];
}

static bool write_all(struct gdbwire *w, const char *bytes, unsigned n)
{
	while (n) {
		ssize_t done = send(w->out, bytes, n, MSG_NOSIGNAL);
		if (done < 0 && errno == ENOTSOCK) /* standard output */
			done = write(w->out, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		n -= (unsigned)done;
	}
	return true;
}

/* The rest of a packet behind its $; *good: checksum right and room for it. */
static bool rest(struct gdbwire *w, char *packet, unsigned size, unsigned *length, bool *good)
{
	unsigned n = 0;
	u8 sum = 0;
	int c, high, low;

	*good = true;
	while ((c = next(w)) != '#') {
		if (c < 0)
			return false;
		if (c == '$') { /* the beginning of another one: start again */
			n = sum = 0;
			*good = true;
			continue;
		}
		sum = (u8)(sum + c);
		if (c == '}') {
			c = next(w);
			if (c < 0)
				return false;
			sum = (u8)(sum + c);
			c ^= 0x20;
		}
		if (n + 1 < size)
			packet[n++] = (char)c;
		else
			*good = false;
	}
	packet[n] = 0;
	*length = n;
	high = digit(next(w));
	low = digit(next(w));
	if (!w->no_ack && (high < 0 || low < 0 || high << 4 != (sum & 0xf0) || low != (sum & 15)))
		*good = false;
	return true;
}

enum gdb_event gdbwire_receive(struct gdbwire *w, char *packet, unsigned size, unsigned *length)
{
	for (;;) {
		int c = next(w);
		bool good;

		if (c < 0)
			return GDB_CLOSED;
		if (c == BREAK)
			return GDB_BREAK_IN;
		if (c != '$')
			continue;
		if (!rest(w, packet, size, length, &good))
			return GDB_CLOSED;
		if (!w->no_ack && !write_all(w, good ? "+" : "-", 1))
			return GDB_CLOSED;
		if (good)
			return GDB_PACKET_IN;
	}
}

bool gdbwire_send(struct gdbwire *w, const char *payload, unsigned n)
{
	char out[2 * GDB_PACKET + 4];
	unsigned at = 0;
	u8 sum = 0;

	if (n > GDB_PACKET)
		return false;
	out[at++] = '$';
	for (unsigned i = 0; i < n; i++) {
		char c = payload[i];

		if (c == '$' || c == '#' || c == '}' || c == '*') {
			out[at++] = '}';
			sum = (u8)(sum + '}');
			c ^= 0x20;
		}
		out[at++] = c;
		sum = (u8)(sum + (u8)c);
	}
	out[at++] = '#';
	out[at++] = digits[sum >> 4];
	out[at++] = digits[sum & 15];
	for (;;) {
		int c;

		if (!write_all(w, out, at))
			return false;
		if (w->no_ack)
			return true;
		do {
			c = next(w);
			if (c < 0)
				return false;
			if (c == '$') { /* not acknowledged, but answered: it was read */
				w->at--;
				return true;
			}
		} while (c != '+' && c != '-');
		if (c == '+')
			return true;
	}
}

bool gdbwire_send_text(struct gdbwire *w, const char *text)
{
	return gdbwire_send(w, text, (unsigned)strlen(text));
}

enum gdb_event gdbwire_poll(struct gdbwire *w)
{
	struct pollfd p = {.fd = w->in, .events = POLLIN};

	if (w->at == w->n_got) {
		ssize_t n;

		if (poll(&p, 1, 0) <= 0)
			return GDB_PACKET_IN; /* nothing to speak of */
		n = read(w->in, w->got, sizeof(w->got));
		if (n < 0 && errno == EINTR)
			return GDB_PACKET_IN;
		if (n <= 0)
			return GDB_CLOSED;
		w->at = 0;
		w->n_got = (unsigned)n;
	}
	while (w->at < w->n_got) {
		if (w->got[w->at] == '$')
			return GDB_PACKET_IN;
		if (w->got[w->at++] == BREAK)
			return GDB_BREAK_IN;
	}
	return GDB_PACKET_IN;
}

void gdb_to_hex(char *to, const void *bytes, unsigned n)
{
	const u8 *p = bytes;

	while (n--) {
		*to++ = digits[*p >> 4];
		*to++ = digits[*p++ & 15];
	}
	*to = 0;
}

unsigned gdb_from_hex(void *bytes, const char *from, unsigned n)
{
	u8 *p = bytes;
	unsigned done = 0;

	for (; done < n; done++) {
		int high = digit(from[0]), low = high < 0 ? -1 : digit(from[1]);

		if (low < 0)
			break;
		p[done] = (u8)(high << 4 | low);
		from += 2;
	}
	return done;
}
