/* SPDX-License-Identifier: MIT
 * The stub of a running refvmm, spoken to without a debugger: Ctrl-C, detaching and
 * coming back, and the end of the machine.  BUILD=folder names the build.
 */
#include "refvmm/gdbwire.h"
#include "refvmm/test_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef BUILD
#define BUILD "build"
#endif

static struct gdbwire w;
static char path[80], packet[4096];
static pid_t child;

static void start(void)
{
	char spec[100];

	snprintf(path, sizeof(path), "/tmp/refvmm-test-gdb-%d", getpid());
	snprintf(spec, sizeof(spec), "unix:%s", path);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(BUILD "/refvmm", "refvmm", "--gdb", spec, "--kernel", BUILD "/vmm/gdb/guest.bin",
	      "--bios", "none", "--limit-time", "60", NULL);
	_exit(99);
}

static void come(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0), tries = 0;

	strcpy(a.sun_path, path);
	while (connect(s, (struct sockaddr *)&a, sizeof(a)) < 0) {
		ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0);
		ck_assert_int_lt(tries++, 100000);
		usleep(1000);
	}
	w = (struct gdbwire){.in = s, .out = s};
}

static const char *hear(void)
{
	unsigned length;

	ck_assert_int_eq(gdbwire_receive(&w, packet, sizeof(packet), &length), GDB_PACKET_IN);
	return packet;
}

static const char *ask(const char *text)
{
	ck_assert(gdbwire_send_text(&w, text));
	return hear();
}

static int ended(void)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(access(path, F_OK), 0); /* it cleans up */
	return WEXITSTATUS(status);
}

static u32 eip(void)
{
	u32 v = 0;

	ask("p8");
	gdb_from_hex(&v, packet, 4);
	return v;
}

START_TEST(interrupted_in_a_loop)
{
	start();
	come();
	ck_assert_str_eq(ask("?"), "S05");
	ck_assert_uint_eq(eip(), 0x100040);
	for (int i = 0; i < 3; i++) {
		u32 at;

		ck_assert(gdbwire_send_text(&w, "c"));
		ck_assert_int_eq(write(w.out, "\3", 1), 1);
		ck_assert_str_eq(hear(), "S02");
		at = eip();
		ck_assert_uint_ge(at, 0x100040);
		ck_assert_uint_lt(at, 0x100200);
	}
	ck_assert_str_eq(ask("M100208,1:01"), "OK");
	ck_assert_str_eq(ask("vCont;c"), "W21");
	ck_assert_int_eq(ended(), 0x21);
}
END_TEST

START_TEST(detached_and_back)
{
	start();
	come();
	ck_assert_str_eq(ask("Z0,100060,1"), "OK");
	ck_assert_str_eq(ask("c"), "S05"); /* it did not say that it knows swbreak */
	ck_assert_uint_eq(eip(), 0x100060);
	ck_assert_str_eq(ask("D"), "OK"); /* takes its breakpoints along */
	close(w.in);
	come();
	ck_assert_str_eq(ask("?"), "S05");
	ck_assert_str_eq(ask("Z2,100208,4"), "OK");
	ck_assert_str_eq(ask("m100200,4"), "e8030000"); /* the guest ran on */
	ck_assert_str_eq(ask("M100208,1:01"), "OK");    /* our own write is no hit */
	ck_assert_str_eq(ask("c"), "W21");
	ck_assert_int_eq(ended(), 0x21);
}
END_TEST

START_TEST(killed)
{
	start();
	come();
	ck_assert_str_eq(ask("vKill;1"), "OK");
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(odd_requests)
{
	start();
	come();
	ck_assert_str_eq(ask("qSupported:swbreak+"),
			 "PacketSize=4000;qXfer:features:read+;QStartNoAckMode+;"
			 "vContSupported+;swbreak+");
	ck_assert_str_eq(ask("QStartNoAckMode"), "OK");
	w.no_ack = true;
	ck_assert_str_eq(ask("nonsense"), "");
	ck_assert_str_eq(ask("m"), "E0e");
	ck_assert_str_eq(ask("m100060"), "E0e");
	ck_assert_str_eq(ask("mf0000000,4"), "E0e");
	ck_assert_str_eq(ask("M100208,4:01"), "E0e");
	ck_assert_str_eq(ask("p"), ask("p0"));
	ck_assert_str_eq(ask("pff"), "E0e");
	ck_assert_str_eq(ask("P8"), "E0e");
	ck_assert_str_eq(ask("P9=02000200"), "E0e"); /* VM */
	ck_assert_str_eq(ask("G00"), "E0e");
	ck_assert_str_eq(ask("Z3,100200,4"), "");
	ck_assert_str_eq(ask("Z2,100200,1000"), "E0e");
	ck_assert_str_eq(ask("qXfer:features:read:target.xml:ffffff,10"), "l");
	for (int i = 0; i < 64; i++) {
		char text[40];

		snprintf(text, sizeof(text), "Z1,%x,1", 0x200000 + i);
		ck_assert_str_eq(ask(text), "OK");
	}
	ck_assert_str_eq(ask("Z1,300000,1"), "E0e");
	ck_assert_str_eq(ask("Z0,100080,1"), "E0e");
	ck_assert_str_eq(ask("z1,200000,1"), "OK");
	ck_assert_str_eq(ask("Z0,100080,1"), "OK");
	ck_assert_str_eq(ask("c"), "T05swbreak:;");
	ck_assert(gdbwire_send_text(&w, "k"));
	ck_assert_int_eq(ended(), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, interrupted_in_a_loop);
	tcase_add_test(tc, detached_and_back);
	tcase_add_test(tc, killed);
	tcase_add_test(tc, odd_requests);
}

TEST_MAIN("gdbstub")
