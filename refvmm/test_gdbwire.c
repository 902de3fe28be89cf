/* SPDX-License-Identifier: MIT
 * Packet framing, with a socket pair in place of a debugger.
 */
#include "refvmm/gdbwire.h"
#include "refvmm/test_main.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct gdbwire w;
static int other;
static char packet[64];
static unsigned length;

static void start(void)
{
	int s[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	w = (struct gdbwire){.in = s[0], .out = s[0]};
	other = s[1];
}

static void says(const char *text)
{
	ck_assert_int_eq(write(other, text, strlen(text)), strlen(text));
}

static void hears(const char *text)
{
	char got[256] = {0};

	ck_assert_int_eq(recv(other, got, strlen(text), MSG_WAITALL), strlen(text));
	ck_assert_str_eq(got, text);
}

static enum gdb_event receive(void)
{
	return gdbwire_receive(&w, packet, sizeof(packet), &length);
}

START_TEST(packets)
{
	start();
	says("+$g#67$m0,4#fd");
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	ck_assert_str_eq(packet, "g");
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	ck_assert_str_eq(packet, "m0,4");
	hears("++");
}
END_TEST

START_TEST(escapes)
{
	start();
	says("$X0:}\x03}]#1c"); /* 03h ^ 20h = '#', ']' ^ 20h = '}' */
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	ck_assert_uint_eq(length, 5);
	ck_assert_mem_eq(packet, "X0:#}", 5);
	w.no_ack = true;
	ck_assert(gdbwire_send(&w, "a#$}*z", 6));
	hears("+$a}\x03}\x04}]}\nz#3d");
}
END_TEST

START_TEST(damaged_packets_are_asked_for_again)
{
	start();
	says("$g#68$g#zz$g#67");
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	hears("--+");
	says("$0123456789012345678901234567890123456789012345678901234567890123456789#00"
	     "$g#67");
	ck_assert_int_eq(receive(), GDB_PACKET_IN); /* the long one did not fit */
	ck_assert_str_eq(packet, "g");
	says("$half$c#63");
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	ck_assert_str_eq(packet, "c");
}
END_TEST

START_TEST(sending_waits_for_the_acknowledgement)
{
	start();
	says("-+");
	ck_assert(gdbwire_send_text(&w, "OK"));
	hears("$OK#9a$OK#9a");
	says("$?#3f"); /* an answer without one will do */
	ck_assert(gdbwire_send_text(&w, "OK"));
	ck_assert_int_eq(receive(), GDB_PACKET_IN);
	ck_assert_str_eq(packet, "?");
	close(other);
	ck_assert(!gdbwire_send_text(&w, "OK"));
}
END_TEST

START_TEST(break_and_end)
{
	start();
	ck_assert_int_eq(gdbwire_poll(&w), GDB_PACKET_IN);
	says("+\x03");
	ck_assert_int_eq(gdbwire_poll(&w), GDB_BREAK_IN);
	says("\x03");
	ck_assert_int_eq(receive(), GDB_BREAK_IN);
	says("$g#67");
	ck_assert_int_eq(gdbwire_poll(&w), GDB_PACKET_IN);
	ck_assert_int_eq(receive(), GDB_PACKET_IN); /* polling took nothing of it */
	says("$cut");
	shutdown(other, SHUT_WR);
	ck_assert_int_eq(receive(), GDB_CLOSED);
	ck_assert_int_eq(gdbwire_poll(&w), GDB_CLOSED);
}
END_TEST

START_TEST(hexadecimal)
{
	u8 bytes[4] = {0};
	char text[9];

	gdb_to_hex(text, "\x01\xab\xff", 3);
	ck_assert_str_eq(text, "01abff");
	ck_assert_uint_eq(gdb_from_hex(bytes, "0aBCf", 4), 2);
	ck_assert_mem_eq(bytes, "\x0a\xbc\0\0", 4);
	ck_assert_uint_eq(gdb_from_hex(bytes, "", 4), 0);
	ck_assert_uint_eq(gdb_from_hex(bytes, "1g", 4), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, packets);
	tcase_add_test(tc, escapes);
	tcase_add_test(tc, damaged_packets_are_asked_for_again);
	tcase_add_test(tc, sending_waits_for_the_acknowledgement);
	tcase_add_test(tc, break_and_end);
	tcase_add_test(tc, hexadecimal);
}

TEST_MAIN("gdbwire")
