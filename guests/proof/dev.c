/* SPDX-License-Identifier: MIT
 * Runs the steps of a device script (conformance/devscript.h) and reports their log as
 * the record of the case: runs of memory at OBS_DEV (conformance/protocol.md).
 */
#include "guests/proof/dev.h"
#include "guests/lib/crc32.h"
#include "guests/lib/io.h"
#include "guests/proof/runtime.h"

#define WAIT_MS   3000u
#define OPEN_LOOP 200u
/* A machine that was away for ten seconds gets its ticks all at once: these are more. */
#define STORM 4000u
/* 40:67, where firmware jumps to after a reset with shutdown code 0Ah; real.asm. */
#define RESET_VECTOR 0x467u
#define RESUME       (REAL_BASE << 12 | 0x180u)

struct dev_run dev;

static volatile u8 seen[DEV_SEEN_MAX];
static volatile u32 nseen;
static u16 ack_port;
static bool eoi;
static u32 plan_digest, plan_count, plan_offset, machine;
static bool machine_known;

/* Called by the stubs of devirq.asm, interrupts off. */
void dev_irq(u32 vector)
{
	if (nseen < DEV_SEEN_MAX) {
		seen[nseen] = (u8)vector;
	} else if (nseen >= STORM) { /* nobody takes the request away */
		outb(0x21, 0xff);
		outb(0xa1, 0xff);
	}
	nseen++;
	if (ack_port)
		inb(ack_port);
	if (eoi) {
		if ((vector & 0xf) >= 8)
			outb(0xa0, 0x20);
		outb(0x20, 0x20);
	}
}

static void interrupts_in(void)
{
	u32 n = OPEN_LOOP;

	__asm__ volatile("sti\n1:\tdecl %0\n\tjnz 1b\n\tcli" : "+r"(n) : : "cc", "memory");
}

static u32 in_size(u16 port, unsigned size)
{
	u32 v = 0;

	if (size == 1)
		return inb(port);
	if (size == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(v) : "Nd"(port));
	else
		__asm__ volatile("inl %w1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void out_size(u16 port, unsigned size, u32 v)
{
	if (size == 1)
		outb(port, (u8)v);
	else if (size == 2)
		__asm__ volatile("outw %w0, %w1" : : "a"(v), "Nd"(port));
	else
		__asm__ volatile("outl %0, %w1" : : "a"(v), "Nd"(port));
}

static void string_in(u16 port, unsigned size, u32 to, u32 count)
{
	if (size == 1)
		__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(port) : "memory");
	else if (size == 2)
		__asm__ volatile("rep insw" : "+D"(to), "+c"(count) : "d"(port) : "memory");
	else
		__asm__ volatile("rep insl" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}

static void string_out(u16 port, unsigned size, u32 from, u32 count)
{
	if (size == 1)
		__asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(port) : "memory");
	else if (size == 2)
		__asm__ volatile("rep outsw" : "+S"(from), "+c"(count) : "d"(port) : "memory");
	else
		__asm__ volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(port) : "memory");
}

static u32 peek(u32 lin, unsigned size)
{
	if (size == 1)
		return *(volatile u8 *)lin;
	return size == 2 ? *(volatile u16 *)lin : *(volatile u32 *)lin;
}

static void poke(u32 lin, unsigned size, u32 v)
{
	if (size == 1)
		*(volatile u8 *)lin = (u8)v;
	else if (size == 2)
		*(volatile u16 *)lin = (u16)v;
	else
		*(volatile u32 *)lin = v;
}

static void record(u32 v, unsigned size)
{
	for (; size && dev.nlog < DEV_LOG_MAX; size--, v >>= 8)
		dev.log[dev.nlog++] = (u8)v;
}

static void record_range(u32 v, u32 range)
{
	record(v >= (range & 0xffff) && v <= range >> 16, 1);
	record(v, 4);
}

static void do_ints(u32 slots)
{
	u32 i;

	interrupts_in();
	record(nseen < 0xff ? nseen : 0xff, 1);
	for (i = 0; i < slots; i++)
		record(i < nseen && i < DEV_SEEN_MAX ? seen[i] : 0, 1);
	nseen = 0;
}

/* False: in vain. */
static bool do_wait(const struct dev_step *s, u16 port)
{
	struct dev_timer t;

	dev_timer_start(&t, WAIT_MS);
	while ((in_size(port, DV_SIZE(s->size)) & s->mask) != s->value)
		if (dev_timer_over(&t))
			return false;
	return true;
}

static bool do_await(u32 vector)
{
	struct dev_timer t;
	u32 i;

	dev_timer_start(&t, WAIT_MS);
	for (;;) {
		interrupts_in();
		for (i = 0; i < nseen && i < DEV_SEEN_MAX; i++)
			if (seen[i] == vector)
				return true;
		if (dev_timer_over(&t))
			return false;
	}
}

static u32 mark_crc(const struct dev_mark *m)
{
	return crc32_add(0, &m->id, (u32)((const u8 *)&m->crc - (const u8 *)&m->id));
}

/* The log and the place behind DV_BACK, where it goes on after a reset. */
static void arm(u32 id)
{
	struct dev_mark *m = (struct dev_mark *)DEV_MARK_ADDR;
	u32 i, n = dev.at, reset_vector = RESET_VECTOR;

	__asm__ volatile("" : "+r"(reset_vector)); /* an address, not an object */
	while (n < dev.nstep && dev.step[n].op != DV_BACK)
		n++;
	m->via = BACK_BOOTED;
	m->id = id;
	m->step = n;
	m->nlog = dev.nlog;
	m->digest = plan_digest;
	m->count = plan_count;
	m->offset = plan_offset;
	m->said = line_sums.said;
	m->summary = line_sums.summary;
	m->unmet = line_sums.unmet;
	for (i = 0; i < DEV_VARS; i++)
		m->var[i] = dev.var[i];
	for (i = 0; i < DEV_LOG_MAX; i++)
		m->log[i] = dev.log[i];
	m->crc = mark_crc(m);
	m->magic = DEV_MARK_MAGIC;
	poke(reset_vector, 4, RESUME);
}

static u32 running_id;

/* One step; false when it waited in vain. */
static bool do_step(const struct dev_step *s)
{
	unsigned size = DV_SIZE(s->size), i;
	u16 port = s->port;
	u32 value = s->value, v;

	if (DV_PORT_VAR(s->size))
		port = (u16)(port + dev.var[DV_PORT_VAR(s->size) - 1]);
	if (s->op & DV_VALUE_VAR)
		value = dev.var[value & (DEV_VARS - 1)];
	switch (s->op & ~DV_VALUE_VAR) {
	case DV_OUT:
		out_size(port, size, value);
		break;
	case DV_IN:
		record(in_size(port, size) & s->mask, size);
		break;
	case DV_READ:
		in_size(port, size);
		break;
	case DV_WAIT:
		return do_wait(s, port);
	case DV_GET:
		dev.var[value & (DEV_VARS - 1)] = in_size(port, size) & s->mask;
		break;
	case DV_RANGE:
		record_range(in_size(port, size) & s->mask, value);
		break;
	case DV_DIFF:
		v = dev.var[port >> 8 & (DEV_VARS - 1)] - dev.var[port & (DEV_VARS - 1)];
		record_range(v & s->mask, value);
		break;
	case DV_INS:
		string_in(port, size, s->mask, value);
		break;
	case DV_OUTS:
		string_out(port, size, s->mask, value);
		break;
	case DV_POKE:
		poke(s->mask, size, value);
		break;
	case DV_PEEK:
		record(peek(s->mask, size) & value, size);
		break;
	case DV_TOUCH:
		peek(s->mask, size);
		break;
	case DV_FILL:
		for (i = 0; i < value >> 8; i++)
			poke(s->mask + i, 1, value);
		break;
	case DV_MOVE:
		v = port;
		__asm__ volatile("rep movsb" : "+c"(v), "+D"(value) : "S"(s->mask) : "memory");
		break;
	case DV_INTS:
		do_ints(value);
		break;
	case DV_AWAIT:
		return do_await(value);
	case DV_EOI:
		eoi = value;
		break;
	case DV_ACK:
		ack_port = port;
		break;
	case DV_DELAY:
		dev_wait_ms(value);
		break;
	case DV_ARM:
		arm(running_id);
		break;
	case DV_BACK:
		record(dev.back, 1);
		((struct dev_mark *)DEV_MARK_ADDR)->magic = 0;
		break;
	case DV_TRIPLE:
		dev_lose(value);
	case DV_CALL:
		__asm__ volatile("call *%1"
				 : "=a"(v)
				 : "r"(s->mask)
				 : "ecx", "edx", "cc", "memory");
		record(v, 1);
		break;
	case DV_A20:
		record(dev_a20(port), 1);
		break;
	case DV_RANDOM:
		dev_random(value, s->mask);
		record(1, 1);
		break;
	case DV_TRY:
		dev.again = dev.at;
		dev.tries = 0;
		break;
	case DV_UNTIL:
		if ((in_size(port, size) & s->mask) == value)
			break;
		if (++dev.tries == DEV_TRIES)
			return false;
		dev.at = dev.again;
		break;
	}
	return true;
}

void dev_interpret(void)
{
	for (; dev.at < dev.nstep; dev.at++)
		if (!do_step(&dev.step[dev.at])) {
			run_out.vector = VEC_TIMEOUT;
			return;
		}
}

static void handlers(bool ours)
{
	unsigned v;
	u32 stub;

	for (v = DEV_VEC_LOW; v <= DEV_VEC_HIGH; v++) {
		idt_default(v);
		if (!ours)
			continue;
		stub = dev_vectors[v - DEV_VEC_LOW];
		idt[2 * v] = (idt[2 * v] & 0xffff0000) | (stub & 0xffff);
		idt[2 * v + 1] = (stub & 0xffff0000) | (idt[2 * v + 1] & 0xffff);
	}
}

static void report(u32 id)
{
	u32 i, n, runs = (dev.nlog + RES_MAX_RUN - 1) / RES_MAX_RUN;
	bool done = run_out.vector == VEC_STOP;

	line_begin();
	line_text("R ");
	line_dec(id);
	line_text(" ");
	hex_le(run_out.vector, 1);
	hex_le((runs ? RES_MEM : 0) | (done ? 0 : RES_EIP), 2);
	hex_le(2, 3);
	if (run_out.vector == 8 || (run_out.vector >= 10 && run_out.vector <= 14) ||
	    run_out.vector == 17)
		hex_le(run_out.error, 4);
	if (!done)
		hex_le(dev.at, 4);
	if (runs)
		hex_le(runs, 1);
	for (i = 0; i < dev.nlog; i += n) {
		n = dev.nlog - i < RES_MAX_RUN ? dev.nlog - i : RES_MAX_RUN;
		hex_le(OBS_DEV + i, 3);
		hex_le(n, 1);
		for (runs = 0; runs < n; runs++)
			line_hex(dev.log[i + runs], 2);
	}
	line_end_crc();
}

static void clear_run(void)
{
	u32 i;

	for (i = 0; i < DEV_VARS; i++)
		dev.var[i] = 0;
	dev.at = dev.nlog = 0;
	dev.back = BACK_RAN_ON;
}

/* A reset brought us here: the log and the place where to go on. */
static bool take_mark(u32 id)
{
	struct dev_mark *m = (struct dev_mark *)DEV_MARK_ADDR;
	u32 i;

	if (m->magic != DEV_MARK_MAGIC || m->id != id || m->crc != mark_crc(m))
		return false;
	m->magic = 0;
	dev.at = m->step;
	dev.nlog = m->nlog;
	dev.back = m->via == BACK_VECTOR ? BACK_VECTOR : BACK_BOOTED;
	for (i = 0; i < DEV_VARS; i++)
		dev.var[i] = m->var[i];
	for (i = 0; i < DEV_LOG_MAX; i++)
		dev.log[i] = m->log[i];
	return true;
}

bool dev_resumes(u32 digest, u32 *count, u32 *offset)
{
	struct dev_mark *m = (struct dev_mark *)DEV_MARK_ADDR;

	if (m->magic != DEV_MARK_MAGIC || m->crc != mark_crc(m) || m->digest != digest)
		return false;
	*count = m->count;
	*offset = m->offset;
	line_sums = (struct line_sums){m->said, m->summary, m->unmet};
	return true;
}

void dev_place(u32 digest, u32 count, u32 offset)
{
	plan_digest = digest;
	plan_count = count;
	plan_offset = offset;
}

const u8 *dev_run_case(const struct pack_record *r)
{
	const u8 *p = (const u8 *)(r + 1);
	u32 need = *(const u32 *)p;
	bool resumed;

	clear_run();
	resumed = take_mark(r->id);
	dev.step = (const struct dev_step *)(p + 4);
	dev.nstep = PACK_DEV_STEPS(r->eflags);
	if (!resumed) {
		line_begin();
		line_text("START ");
		line_dec(r->id);
		line_end();
	}
	if (!machine_known) {
		dev_clock_init();
		machine = dev_machine();
		dev_state_save();
		machine_known = true;
	}
	if (need & ~machine) {
		line_begin();
		line_text("R ");
		line_dec(r->id);
		line_text(" ");
		hex_le(RES_UNMET, 1);
		hex_le(need & ~machine, 4);
		line_end_crc();
		return p + 4 + dev.nstep * sizeof *dev.step;
	}
	running_id = r->id;
	nseen = 0;
	ack_port = 0;
	eoi = false;
	handlers(true);
	run_out.vector = VEC_STOP;
	run_dev();
	__asm__ volatile("cli");
	((struct dev_mark *)DEV_MARK_ADDR)->magic = 0;
	dev_state_restore();
	handlers(false);
	report(r->id);
	return p + 4 + dev.nstep * sizeof *dev.step;
}
