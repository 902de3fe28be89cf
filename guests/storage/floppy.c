/* SPDX-License-Identifier: MIT
 * The floppy controller at its registers, with a 1.44 MB disk that may be
 * written: reset, status, reading and writing by DMA, format, errors.
 * 82077AA data sheet 290166-007; 8237A channel 2.
 */
#include "guests/display/say.h"
#include "guests/lib/io.h"

void program_main(void);

enum { DOR = 0x3f2, MSR = 0x3f4, FIFO = 0x3f5, DIR = 0x3f7 };

static u8 *const buffer = (u8 *)0x20000; /* below 16 MiB, in one 64 KiB page */
static u8 result[16];
static u32 results;
static volatile u32 interrupts;

struct frame;

static struct {
	u16 low, selector, type, high;
} idt[256];

static __attribute__((interrupt)) void on_interrupt(struct frame *f)
{
	interrupts++;
	/* No calls, not even inline ones: clang wants registers saved for them. */
	__asm__ volatile("outb %0, $0x20" : : "a"((u8)0x20));
}

/* IRQ 6 is vector 0Eh as the firmware leaves the 8259. */
static void catch_interrupts(void)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) idtr = {sizeof idt - 1, (u32)idt};
	u32 handler = (u32)on_interrupt;
	u16 cs;

	__asm__("movw %%cs, %0" : "=r"(cs));
	idt[0x0e].low = (u16)handler;
	idt[0x0e].selector = cs;
	idt[0x0e].type = 0x8e00;
	idt[0x0e].high = (u16)(handler >> 16);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	outb(0x21, 0xbf);
	outb(0xa1, 0xff);
}

/* Interrupts since the last call, after at most a second or so. */
static u32 irqs(bool wait)
{
	u32 n;

	for (u32 i = 0; i < (wait ? 2000000u : 8u) && !interrupts; i++) {
		inb(MSR);
		__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	}
	n = interrupts;
	interrupts = 0;
	return n;
}

static u8 msr(u8 mask, u8 want)
{
	u8 v = 0;

	for (u32 i = 0; i < 2000000; i++) {
		v = inb(MSR);
		if ((v & mask) == want)
			break;
	}
	return v;
}

static void send(const u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		msr(0xc0, 0x80);
		outb(FIFO, bytes[i]);
	}
}

static void take_results(void)
{
	results = 0;
	while (results < sizeof result && (msr(0x80, 0x80) & 0xd0) == 0xd0) {
		result[results++] = inb(FIFO);
		inb(MSR);
	}
}

static void say_result(const char *name, u32 first)
{
	u32 v[17] = {first};

	for (u32 i = 0; i < results; i++)
		v[i + 1] = result[i];
	say_values(name, v, results + 1, 2);
}

#define SEND(...) send((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static void dma(u32 n, u8 mode)
{
	u32 at = (u32)buffer;

	outb(0x0a, 6);
	outb(0x0c, 0);
	outb(0x04, (u8)at);
	outb(0x04, (u8)(at >> 8));
	outb(0x81, (u8)(at >> 16));
	outb(0x05, (u8)(n - 1));
	outb(0x05, (u8)((n - 1) >> 8));
	outb(0x0b, mode);
	outb(0x0a, 2);
}

static u32 sum(u32 n)
{
	u32 s = 0;

	__asm__ volatile("" : : : "memory");
	for (u32 i = 0; i < n; i++)
		s = s * 31 + buffer[i];
	return s;
}

static void fill(u32 n, u32 seed)
{
	for (u32 i = 0; i < n; i++)
		buffer[i] = (u8)(seed + i * 7 + i / 512);
	__asm__ volatile("" : : : "memory");
}

/* Commands without an interrupt. */
#define QUERY(name, ...)                                                                           \
	do {                                                                                       \
		SEND(__VA_ARGS__);                                                                 \
		take_results();                                                                    \
		say_result(name, irqs(false));                                                     \
	} while (0)

/* Commands that end in an interrupt and the seven result bytes. */
#define TRANSFER(name, ...)                                                                        \
	do {                                                                                       \
		SEND(__VA_ARGS__);                                                                 \
		results = irqs(true);                                                              \
		say_transfer(name, results);                                                       \
	} while (0)

static void say_transfer(const char *name, u32 interrupts_seen)
{
	take_results();
	say_result(name, interrupts_seen);
}

static void reset(void)
{
	outb(DOR, 0x08);
	for (u32 i = 0; i < 100; i++)
		inb(0x80);
	outb(DOR, 0x1c);
	SAY("reset interrupt", 2, irqs(true), inb(MSR), inb(DOR));
	QUERY("sense after reset 0", 0x08);
	QUERY("sense after reset 1", 0x08);
	QUERY("sense after reset 2", 0x08);
	QUERY("sense after reset 3", 0x08);
	QUERY("sense of nothing", 0x08);
	QUERY("version", 0x10);
	QUERY("invalid command", 0x1f);
	QUERY("lock", 0x94);
	QUERY("unlock", 0x14);
	SEND(0x13, 0, 0x57, 0);
	QUERY("configure", 0x08);
	SEND(0x12, 0);
	QUERY("perpendicular", 0x08);
	SEND(0x03, 0xaf, 0x02);
	QUERY("specify", 0x08);
	outb(DIR, 0); /* 500 kbit/s */
}

static void seeks(void)
{
	SEND(0x07, 0);
	irqs(true);
	QUERY("recalibrate", 0x08);
	SAY("disk change after a step", 2, inb(DIR) & 0x80);
	SEND(0x0f, 0, 10);
	SAY("seek interrupt", 2, irqs(true), inb(MSR) & 0xf0);
	QUERY("seek", 0x08);
	QUERY("drive status", 0x04, 0);
	SEND(0x0f, 4, 0);
	irqs(true);
	QUERY("seek head 1", 0x08);
	QUERY("track 0 status", 0x04, 4);
	TRANSFER("read id", 0x4a, 0);
}

static void transfers(void)
{
	fill(1024, 3);
	dma(1024, 0x4a);
	TRANSFER("write 2 sectors", 0xc5, 0, 5, 0, 3, 2, 18, 0x1b, 0xff);
	fill(1024, 0);
	dma(1024, 0x46);
	TRANSFER("read 2 sectors", 0xe6, 0, 5, 0, 3, 2, 18, 0x1b, 0xff);
	SAY("data", 8, sum(1024));
	fill(1024, 9);
	dma(1024, 0x4a);
	TRANSFER("write over the head", 0xc5, 0, 6, 0, 18, 2, 18, 0x1b, 0xff);
	dma(1024, 0x46);
	fill(1024, 0);
	TRANSFER("read over the head", 0xe6, 0, 6, 0, 18, 2, 18, 0x1b, 0xff);
	SAY("data over the head", 8, sum(1024));
	dma(512, 0x46);
	TRANSFER("last sector of the track", 0x66, 4, 6, 1, 18, 2, 18, 0x1b, 0xff);
	dma(2048, 0x46);
	TRANSFER("end of the track", 0x66, 0, 7, 0, 17, 2, 18, 0x1b, 0xff);
	dma(512, 0x46);
	TRANSFER("no such sector", 0xe6, 0, 5, 0, 25, 2, 30, 0x1b, 0xff);
	dma(512, 0x46);
	TRANSFER("read after errors", 0xe6, 0, 5, 0, 3, 2, 18, 0x1b, 0xff);
	SAY("data after errors", 8, sum(512));
}

static void format(void)
{
	for (u32 i = 0; i < 18; i++) {
		buffer[4 * i] = 20;
		buffer[4 * i + 1] = 0;
		buffer[4 * i + 2] = (u8)(i + 1);
		buffer[4 * i + 3] = 2;
	}
	SEND(0x0f, 0, 20);
	irqs(true);
	QUERY("seek to format", 0x08);
	dma(72, 0x4a);
	SEND(0x4d, 0, 2, 18, 0x54, 0xa5);
	SAY("format interrupt", 2, irqs(true));
	take_results();
	SAY("format status", 2, results, result[0], result[1], result[2]);
	fill(512, 0);
	dma(512, 0x46);
	TRANSFER("read formatted", 0xe6, 0, 20, 0, 18, 2, 18, 0x1b, 0xff);
	SAY("formatted data", 8, sum(512));
}

static void no_drive(void)
{
	outb(DOR, 0x2d);
	SEND(0x07, 1);
	irqs(true);
	QUERY("recalibrate without a drive", 0x08);
}

void program_main(void)
{
	channel_open();
	catch_interrupts();
	reset();
	seeks();
	transfers();
	format();
	no_drive();
	program_end();
}
