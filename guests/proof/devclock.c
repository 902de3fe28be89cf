/* SPDX-License-Identifier: MIT
 * Time for device scripts: the time stamp counter, measured against 10 ms of counter 2
 * of the 8254 (data sheet, mode 0; PC/AT: gate by port 61h bit 0, output in bit 5).
 * Without either, reads of a port take about a microsecond.
 */
#include "guests/lib/io.h"
#include "guests/proof/dev.h"

#define TEN_MS     11932u /* counts of 1.193182 MHz */
#define MEASURED   5u     /* times */
#define POLLS_MAX  2000000u
#define POLLS_MIN  200000u
#define POLLS_A_MS 1000u
#define GUESS      4000000u /* counts a millisecond */

static bool have_tsc;
static u32 per_ms;

static u64 rdtsc(void)
{
	u64 t;

	__asm__ volatile("rdtsc" : "=A"(t));
	return t;
}

/* Never too short, as it begins before the gate opens, but too long when the host was
 * away meanwhile.  0: the counter does not count. */
static u64 ten_ms(void)
{
	u64 start;
	u32 n;

	outb(0x61, inb(0x61) & 0xfc);
	outb(0x43, 0xb0);
	outb(0x42, TEN_MS & 0xff);
	outb(0x42, TEN_MS >> 8);
	start = rdtsc();
	outb(0x61, (inb(0x61) & 0xfd) | 1);
	for (n = 0; n < POLLS_MAX; n++)
		if (inb(0x61) & 0x20)
			return rdtsc() - start;
	return 0;
}

void dev_clock_init(void)
{
	u32 a, b, c, d, i;
	u64 t = 1, least = 0xffffffffu;

	__asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1));
	have_tsc = d & 0x10;
	if (!have_tsc)
		return;
	for (i = 0; i < MEASURED && t; i++) {
		t = ten_ms();
		if (t < least)
			least = t;
	}
	outb(0x61, inb(0x61) & 0xfc);
	/* Below ten thousand a second it is none. */
	per_ms = least < 100 ? GUESS : (u32)least / 10;
}

void dev_timer_start(struct dev_timer *t, u32 ms)
{
	t->ms = ms;
	t->polls = 0;
	t->start = have_tsc ? rdtsc() : 0;
}

bool dev_timer_over(struct dev_timer *t)
{
	t->polls++;
	if (!have_tsc)
		return t->polls > POLLS_A_MS * t->ms;
	return t->polls > POLLS_MIN && rdtsc() - t->start > (u64)per_ms * t->ms;
}

void dev_wait_ms(u32 ms)
{
	u64 start = have_tsc ? rdtsc() : 0;
	u32 n = 0;

	while (have_tsc ? rdtsc() - start < (u64)per_ms * ms : n < POLLS_A_MS * ms) {
		inb(0x61);
		n++;
	}
}
