/* SPDX-License-Identifier: MIT
 * Motorola MC146818 real-time clock plus RAM as in the PC/AT (128 bytes).
 * Facts: MC146818 data sheet ADI-856-R2: time registers table 3, registers A-D,
 * update cycle figure 14 (244 us warning, 1984 us update at 32.768 kHz).
 *
 * The registers are the calendar: once a second they are decoded, advanced and
 * encoded in the format register B selects, as the chip does.  The century in
 * byte 32h is the PC/AT convention.
 */
#include "devices/mc146818.h"

enum {
	SEC,
	SEC_AL,
	MIN,
	MIN_AL,
	HOUR,
	HOUR_AL,
	WDAY,
	MDAY,
	MONTH,
	YEAR,
	REG_A,
	REG_B,
	REG_C,
	REG_D
};
enum { CENTURY = 0x32 };
enum {
	A_UIP = 0x80,
	B_SET = 0x80,
	B_PIE = 0x40,
	B_AIE = 0x20,
	B_UIE = 0x10,
	B_DM = 0x04,
	B_24 = 0x02
};
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10, D_VRT = 0x80 };

#define SECOND     1000000000u
#define UIP_LENGTH (244000u + 1984000u)

static unsigned decode(const struct mc146818 *r, u8 v)
{
	return r->ram[REG_B] & B_DM ? v : (v >> 4) * 10u + (v & 15);
}

static u8 encode(const struct mc146818 *r, unsigned v)
{
	return (u8)(r->ram[REG_B] & B_DM ? v : v / 10 << 4 | v % 10);
}

static unsigned get_hour(const struct mc146818 *r)
{
	u8 v = r->ram[HOUR];

	if (r->ram[REG_B] & B_24)
		return decode(r, v);
	return decode(r, v & 0x7f) % 12 + (v & 0x80 ? 12 : 0);
}

static void put_hour(struct mc146818 *r, unsigned h)
{
	if (r->ram[REG_B] & B_24)
		r->ram[HOUR] = encode(r, h);
	else
		r->ram[HOUR] = encode(r, h % 12 ? h % 12 : 12) | (h >= 12 ? 0x80 : 0);
}

static unsigned month_days(unsigned month, unsigned year)
{
	static const u8 days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12)
		return 31; /* a guest stored nonsense */
	return days[month - 1] + (month == 2 && year % 4 == 0);
}

static void advance_date(struct mc146818 *r)
{
	unsigned day = decode(r, r->ram[MDAY]) + 1, month = decode(r, r->ram[MONTH]);
	unsigned year = decode(r, r->ram[YEAR]);

	r->ram[WDAY] = (u8)(r->ram[WDAY] % 7 + 1);
	if (day > month_days(month, year)) {
		day = 1;
		month++;
	}
	if (month > 12) {
		month = 1;
		year++;
	}
	if (year > 99) {
		u8 c = r->ram[CENTURY]; /* always BCD */

		year = 0;
		r->ram[CENTURY] = (u8)((c & 15) == 9 ? c + 7 : c + 1);
	}
	r->ram[MDAY] = encode(r, day);
	r->ram[MONTH] = encode(r, month);
	r->ram[YEAR] = encode(r, year);
}

static void advance_second(struct mc146818 *r)
{
	unsigned s = decode(r, r->ram[SEC]) + 1, m = decode(r, r->ram[MIN]), h = get_hour(r);

	if (s > 59) {
		s = 0;
		m++;
	}
	if (m > 59) {
		m = 0;
		h++;
	}
	if (h > 23) {
		h = 0;
		advance_date(r);
	}
	r->ram[SEC] = encode(r, s);
	r->ram[MIN] = encode(r, m);
	put_hour(r, h);
}

static bool alarm_matches(const struct mc146818 *r)
{
	for (unsigned i = SEC; i <= HOUR; i += 2)
		if (r->ram[i + 1] < 0xc0 && r->ram[i + 1] != r->ram[i])
			return false; /* C0h-FFh: don't care */
	return true;
}

static void set_flags(struct mc146818 *r, u8 flags)
{
	u8 c = r->ram[REG_C] | flags;

	/* The enables of register B sit at the same bits as the flags. */
	c = c & r->ram[REG_B] & (C_PF | C_AF | C_UF) ? c | C_IRQF : c & (u8)~C_IRQF;
	r->ram[REG_C] = c;
	line_set(&r->wire.irq, c & C_IRQF);
}

/* Register A bits 0-3 with the 32.768 kHz time base: clocks per interval. */
static unsigned period_clocks(const struct mc146818 *r)
{
	unsigned rs = r->ram[REG_A] & 15;

	if (!rs || (r->ram[REG_A] & 0x70) != 0x20)
		return 0;
	return 1u << (rs < 3 ? rs + 6 : rs - 1);
}

static u64 periods_now(const struct mc146818 *r)
{
	unsigned clocks = period_clocks(r);

	return clocks ? muldiv(clock_now(r->wire.clock), 32768, (u64)SECOND * clocks) : 0;
}

/* PF follows the divider also when nobody asked for the interrupt. */
static void sync_periodic(struct mc146818 *r)
{
	u64 n = periods_now(r), at = CLOCK_NEVER;

	if (n > r->periods)
		set_flags(r, C_PF);
	r->periods = n;
	if ((r->ram[REG_B] & B_PIE) && period_clocks(r))
		at = muldiv_up(n + 1, (u64)SECOND * period_clocks(r), 32768);
	clock_set(r->wire.clock, r->wire.periodic_timer, at);
}

static void on_periodic(void *arg)
{
	sync_periodic(arg);
}

static void on_update(void *arg)
{
	struct mc146818 *r = arg;

	advance_second(r);
	r->next_update += SECOND;
	clock_set(r->wire.clock, r->wire.update_timer, r->next_update);
	set_flags(r, alarm_matches(r) ? C_UF | C_AF : C_UF);
}

static bool counting(const struct mc146818 *r)
{
	return !(r->ram[REG_B] & B_SET) && (r->ram[REG_A] & 0x70) == 0x20;
}

static void arm_update(struct mc146818 *r, u64 first)
{
	if (!counting(r))
		r->next_update = CLOCK_NEVER;
	else if (r->next_update == CLOCK_NEVER)
		r->next_update = first;
	clock_set(r->wire.clock, r->wire.update_timer, r->next_update);
}

static void set_calendar(struct mc146818 *r, u64 unix_time)
{
	u64 days = unix_time / 86400;
	unsigned secs = (unsigned)(unix_time % 86400), year = 1970, month = 1;

	r->ram[WDAY] = (u8)((days + 4) % 7 + 1); /* 1 January 1970: Thursday */
	for (;; year++) {
		unsigned leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		if (days < 365 + leap)
			break;
		days -= 365 + leap;
	}
	while (days >= month_days(month, year)) {
		days -= month_days(month, year);
		month++;
	}
	r->ram[SEC] = encode(r, secs % 60);
	r->ram[MIN] = encode(r, secs / 60 % 60);
	put_hour(r, secs / 3600);
	r->ram[MDAY] = encode(r, (unsigned)days + 1);
	r->ram[MONTH] = encode(r, month);
	r->ram[YEAR] = encode(r, year % 100);
	r->ram[CENTURY] = (u8)(year / 1000 << 4 | year / 100 % 10);
}

void mc146818_init(struct mc146818 *r, struct clock *clock, u64 unix_time)
{
	r->wire.clock = clock;
	r->wire.update_timer = clock_add(clock, on_update, r);
	r->wire.periodic_timer = clock_add(clock, on_periodic, r);
	r->ram[REG_A] = 0x26; /* 32.768 kHz, 1024 Hz */
	r->ram[REG_B] = B_24;
	r->ram[REG_D] = D_VRT;
	set_calendar(r, unix_time);
	r->next_update = CLOCK_NEVER;
	arm_update(r, clock_now(clock) + SECOND);
	mc146818_reset(r);
}

void mc146818_reset(struct mc146818 *r)
{
	r->ram[REG_B] &= (u8) ~(B_PIE | B_AIE | B_UIE | 0x08);
	r->ram[REG_C] = 0;
	r->periods = periods_now(r);
	r->index = 0x80;
	line_set(&r->wire.nmi_mask, true);
	arm_update(r, clock_now(r->wire.clock) + SECOND);
	sync_periodic(r);
	line_set(&r->wire.irq, false);
}

static bool updating(const struct mc146818 *r)
{
	return r->next_update != CLOCK_NEVER &&
	       clock_now(r->wire.clock) + UIP_LENGTH >= r->next_update;
}

u8 mc146818_in(void *chip, unsigned reg)
{
	struct mc146818 *r = chip;
	u8 v;

	if (reg == 0)
		return 0xff; /* the index cannot be read */
	switch (r->index & 0x7f) {
	case REG_A:
		return r->ram[REG_A] | (updating(r) ? A_UIP : 0);
	case REG_C:
		sync_periodic(r);
		v = r->ram[REG_C];
		r->ram[REG_C] = 0;
		line_set(&r->wire.irq, false);
		return v;
	default:
		return r->ram[r->index & 0x7f];
	}
}

void mc146818_out(void *chip, unsigned reg, u8 v)
{
	struct mc146818 *r = chip;
	u64 now = clock_now(r->wire.clock);
	bool was_reset = (r->ram[REG_A] & 0x60) == 0x60;

	if (reg == 0) {
		r->index = v;
		line_set(&r->wire.nmi_mask, v & 0x80);
		return;
	}
	switch (r->index & 0x7f) {
	case REG_A:
		sync_periodic(r);
		r->ram[REG_A] = v & (u8)~A_UIP;
		/* Out of divider reset the first update comes in 500 ms. */
		arm_update(r, now + (was_reset ? SECOND / 2 : SECOND));
		r->periods = periods_now(r);
		sync_periodic(r);
		break;
	case REG_B:
		sync_periodic(r);
		if (v & B_SET)
			v &= (u8)~B_UIE; /* SET clears UIE */
		r->ram[REG_B] = v;
		arm_update(r, now + SECOND);
		sync_periodic(r);
		set_flags(r, 0);
		break;
	case REG_C:
	case REG_D:
		break; /* read only */
	default:
		r->ram[r->index & 0x7f] = v;
	}
}
