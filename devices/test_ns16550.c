/* SPDX-License-Identifier: MIT
 * 16550A: transmit timing, FIFO, interrupt priorities, loopback, word length.
 */
#include "devices/ns16550.h"
#include "devices/testbench.h"

enum { THR, IER, IIR, LCR, MCR, LSR, MSR, SCR };

static struct ns16550 com;
static char sent[256];
static unsigned sent_count, refuse;
static const char *input = "";

static int back_write(void *arg, const u8 *data, int n)
{
	if (refuse) {
		refuse--;
		return 0;
	}
	sent[sent_count++] = (char)*data;
	return 1;
}

static int back_read(void *arg, u8 *data, int n)
{
	if (!*input)
		return 0;
	*data = (u8)*input++;
	return 1;
}

static void put(unsigned reg, u8 v)
{
	ns16550_out(&com, reg, v);
}

static u8 get(unsigned reg)
{
	return ns16550_in(&com, reg);
}

/* 115200 8N1: a character takes 86.8 us. */
static void setup(void)
{
	memset(&com, 0, sizeof com);
	com.wire.irq = bench_line(4);
	com.wire.backend = (struct pc_char){NULL, back_write, back_read};
	ns16550_init(&com, bench_clock());
	put(LCR, 0x80);
	put(THR, 1);
	put(IER, 0);
	put(LCR, 0x03);
}

START_TEST(divisor_latch_and_scratch)
{
	setup();
	put(LCR, 0x83);
	put(THR, 0x34);
	put(IER, 0x12);
	ck_assert_uint_eq(get(THR), 0x34);
	ck_assert_uint_eq(get(IER), 0x12);
	put(LCR, 0x03);
	ck_assert_uint_eq(get(IER), 0);
	put(SCR, 0xa5);
	ck_assert_uint_eq(get(SCR), 0xa5);
}
END_TEST

START_TEST(thre_and_temt_follow_the_wire)
{
	setup();
	ck_assert_uint_eq(get(LSR), 0x60);
	put(THR, 'a'); /* goes to the shift register */
	ck_assert_uint_eq(get(LSR), 0x20);
	put(THR, 'b');
	ck_assert_uint_eq(get(LSR), 0x00);
	bench_pass(86 * US);
	ck_assert_uint_eq(get(LSR), 0x00);
	bench_pass(US);
	ck_assert_uint_eq(get(LSR), 0x20);
	ck_assert_str_eq(sent, "a");
	bench_pass(87 * US);
	ck_assert_uint_eq(get(LSR), 0x60);
	ck_assert_str_eq(sent, "ab");
}
END_TEST

START_TEST(fifo_takes_sixteen_and_the_shifter_one)
{
	setup();
	put(IIR, 0x01);
	ck_assert_uint_eq(get(IIR), 0xc1);
	for (unsigned i = 0; i < 17; i++)
		put(THR, (u8)('A' + i));
	ck_assert_uint_eq(get(LSR) & 0x20, 0);
	bench_pass(100 * 87 * US);
	ck_assert_str_eq(sent, "ABCDEFGHIJKLMNOPQ");
	put(IIR, 0x00);
	ck_assert_uint_eq(get(IIR), 0x01);
}
END_TEST

START_TEST(five_bit_words_lose_the_upper_bits)
{
	setup();
	put(LCR, 0x00);
	put(THR, 0xff);
	bench_pass(MS);
	ck_assert_int_eq(sent[0], 0x1f);
	put(LCR, 0x01);
	put(THR, 0xff);
	bench_pass(MS);
	ck_assert_int_eq(sent[1], 0x3f);
}
END_TEST

START_TEST(transmitter_interrupt)
{
	setup();
	put(MCR, 0x08);
	put(IER, 0x02); /* THR is empty already */
	ck_assert(bench.level[4]);
	ck_assert_uint_eq(get(IIR), 0x02);
	ck_assert(!bench.level[4]); /* reading IIR answered it */
	ck_assert_uint_eq(get(IIR), 0x01);
	put(THR, 'x');
	ck_assert(bench.level[4]); /* moved on to the shift register */
	put(THR, 'y');
	ck_assert(!bench.level[4]);
	bench_pass(87 * US);
	ck_assert(bench.level[4]);
}
END_TEST

START_TEST(out2_gates_the_request)
{
	setup();
	put(IER, 0x02);
	ck_assert(!bench.level[4]);
	put(MCR, 0x08);
	ck_assert(bench.level[4]);
	put(MCR, 0x18); /* loopback cuts the pin */
	ck_assert(!bench.level[4]);
}
END_TEST

START_TEST(receives_at_line_rate)
{
	setup();
	put(MCR, 0x08);
	put(IER, 0x01);
	input = "hi";
	ns16550_poll(&com);
	ck_assert(bench.level[4]);
	ck_assert_uint_eq(get(IIR), 0x04);
	ck_assert_uint_eq(get(LSR) & 1, 1);
	ck_assert_uint_eq(get(THR), 'h');
	ck_assert_uint_eq(get(LSR) & 1, 0);
	bench_pass(87 * US);
	ck_assert_uint_eq(get(THR), 'i');
	ck_assert(!bench.level[4]);
}
END_TEST

START_TEST(fifo_trigger_and_timeout)
{
	setup();
	put(IIR, 0x41); /* 4 bytes */
	put(MCR, 0x08);
	put(IER, 0x01);
	input = "abcde";
	ns16550_poll(&com);
	bench_pass(2 * 87 * US);
	ck_assert(!bench.level[4]);
	bench_pass(87 * US);
	ck_assert(bench.level[4]);
	ck_assert_uint_eq(get(IIR), 0xc4);
	get(THR);
	get(THR);
	ck_assert(!bench.level[4]);
	bench_pass(6 * 87 * US); /* four character times without a read */
	ck_assert_uint_eq(get(IIR), 0xcc);
	get(THR);
	ck_assert_uint_eq(get(IIR), 0xc1);
}
END_TEST

START_TEST(never_overruns_from_outside)
{
	setup();
	input = "abcdefghijklmnopqrstuvwxyz";
	ns16550_poll(&com);
	bench_pass(100 * 87 * US);
	for (char c = 'a'; c <= 'z'; c++) {
		ck_assert_uint_eq(get(THR), (u8)c);
		bench_pass(87 * US);
	}
	ck_assert_uint_eq(get(LSR) & 2, 0);
}
END_TEST

START_TEST(loopback)
{
	setup();
	put(MCR, 0x10 | 0x0a);
	ck_assert_uint_eq(get(MSR) & 0xf0, 0x90); /* RTS to CTS, OUT2 to DCD */
	put(THR, 'z');
	bench_pass(87 * US);
	ck_assert_uint_eq(get(THR), 'z');
	ck_assert_str_eq(sent, "");
	put(THR, '1'); /* two characters, one place: overrun */
	bench_pass(87 * US);
	put(THR, '2');
	bench_pass(87 * US);
	ck_assert_uint_eq(get(LSR) & 3, 3);
	ck_assert_uint_eq(get(LSR) & 2, 0);
	ck_assert_uint_eq(get(THR), '2');
}
END_TEST

START_TEST(modem_deltas)
{
	setup();
	ck_assert_uint_eq(get(MSR), 0xb0); /* the peer is there */
	put(MCR, 0x10);
	ck_assert_uint_eq(get(MSR), 0x0b);
	ck_assert_uint_eq(get(MSR), 0x00);
}
END_TEST

START_TEST(waits_for_a_slow_back_end)
{
	setup();
	refuse = 3;
	put(THR, 'q');
	bench_pass(200 * US);
	ck_assert_uint_eq(get(LSR) & 0x40, 0);
	bench_pass(200 * US);
	ck_assert_uint_eq(get(LSR) & 0x40, 0x40);
	ck_assert_str_eq(sent, "q");
}
END_TEST

BENCH_MAIN("ns16550", divisor_latch_and_scratch, thre_and_temt_follow_the_wire,
	   fifo_takes_sixteen_and_the_shifter_one, five_bit_words_lose_the_upper_bits,
	   transmitter_interrupt, out2_gates_the_request, receives_at_line_rate,
	   fifo_trigger_and_timeout, never_overruns_from_outside, loopback, modem_deltas,
	   waits_for_a_slow_back_end)
