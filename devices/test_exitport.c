/* SPDX-License-Identifier: MIT
 * Exit port and the shutdown word.
 */
#include "devices/exitport.h"
#include "devices/testbench.h"

static unsigned stops;
static enum pc_stop last;
static int last_code;

static void stop(void *host, enum pc_stop why, int code, const char *text)
{
	stops++;
	last = why;
	last_code = code;
}

static struct exitport port = {.wire.stop = stop};

static void say(const char *s)
{
	while (*s)
		exitport_shutdown_out(&port, 0, (u8)*s++);
}

START_TEST(code_is_2n_plus_1)
{
	exitport_out(&port, 0, 0, 1);
	ck_assert_int_eq(last_code, 1);
	exitport_out(&port, 0, 0x15, 4);
	ck_assert_int_eq(last_code, 43);
	ck_assert_int_eq(last, PC_STOP_EXIT_PORT);
	exitport_out(&port, 0, 0xffffffff, 4);
	ck_assert_int_gt(last_code, 0);
	ck_assert_uint_eq(exitport_in(&port, 0, 4), ~0u);
}
END_TEST

START_TEST(only_the_whole_word_shuts_down)
{
	say("Shutdow");
	say("Shut down");
	say("shutdown");
	ck_assert_uint_eq(stops, 0);
	say("ShutShutdown");
	ck_assert_uint_eq(stops, 1);
	ck_assert_int_eq(last, PC_STOP_SHUTDOWN);
	ck_assert_int_eq(last_code, 0);
}
END_TEST

BENCH_MAIN("exitport", code_is_2n_plus_1, only_the_whole_word_shuts_down)
