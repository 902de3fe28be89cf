/* SPDX-License-Identifier: MIT
 * Time for device scripts: the time stamp counter, measured once against 10 ms of
 * counter 2 of the 8254 (data sheet, mode 0; PC/AT: gate by port 61h bit 0, output in
 * bit 5).  Without either, reads of a port take about a microsecond.
 */
#include "guests/lib/io.h"
#include "guests/proof/dev.h"

#define TEN_MS     11932u /* counts of 1.193182 MHz */
#define POLLS_MAX  2000000u
#define POLLS_MIN  20000u
#define POLLS_A_MS 1000u
#define GUESS      1000000u /* counts a millisecond */

static bool have_tsc;
static u32 per_ms;

static u64 rdtsc(void)
{
	u64 t;

	__asm__ volatile("rdtsc" : "=A"(t));
	return t;
}

void dev_clock_init(void)
{
	u32 a, b, c, d, n;
	u64 t;

	__asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1));
	have_tsc = d & 0x10;
	if (!have_tsc)
		return;
	outb(0x61, inb(0x61) & 0xfc);
	outb(0x43, 0xb0);
	outb(0x42, TEN_MS & 0xff);
	outb(0x42, TEN_MS >> 8);
	/* Begun before the gate opens: a host that is away here makes it patient, not hasty. */
	t = rdtsc();
	outb(0x61, (inb(0x61) & 0xfd) | 1);
	for (n = 0; n < POLLS_MAX && !(inb(0x61) & 0x20); n++)
		;
	t = rdtsc() - t;
	outb(0x61, inb(0x61) & 0xfc);
	/* Ten thousand to forty thousand million a second are believed. */
	per_ms = n == POLLS_MAX || t < 100 || t > 0x20000000u ? GUESS : (u32)t / 10;
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
