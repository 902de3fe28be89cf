/* SPDX-License-Identifier: MIT
 * The case runtime: checks its pack, runs every case of it and says so on the
 * result channel (conformance/protocol.md).  Interrupts stay masked at the
 * 8259s; cases may set IF.
 */
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/lib/io.h"
#include "guests/proof/dev.h"
#include "guests/proof/diskchannel.h"
#include "guests/proof/runtime.h"

/* Exit codes for port F4; the VMM under test turns n into (n << 1) | 1. */
enum { EXIT_DONE = 0, EXIT_CORRUPT = 1, EXIT_NO_PACK = 2 };

#define ARENA_CHECK_EVERY 512
#define PROGRESS_EVERY    64

extern u8 blob_end[];
void proof_main(void);

static void info(const char *key, const char *value)
{
	line_begin();
	line_text("INFO ");
	line_text(key);
	line_text(" ");
	line_text(value);
	line_end();
}

/* The channel that the image names, or the first there is. */
static const char *open_channel(u8 wanted, const char **disk)
{
	*disk = NULL;
	switch (wanted) {
	case PACK_E9:
		return channel_open_e9();
	case PACK_COM1:
		return channel_open_com1();
	case PACK_AUTO:
		if (inb(0xe9) == 0xe9)
			return channel_open_e9();
		if (channel_has_com1())
			return channel_open_com1();
		break;
	}
	if (wanted != PACK_SCREEN)
		*disk = diskchannel_open();
	if (*disk)
		return "disk";
	screen_only();
	return "screen";
}

struct cpuid {
	u32 a, b, c, d;
};

static struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
	return r;
}

/* Twelve characters of a vendor, or of a brand, as hex digits. */
static void line_id(u32 x, u32 y, u32 z)
{
	line_hex(x, 8);
	line_hex(y, 8);
	line_hex(z, 8);
}

static void info_cpuid(void)
{
	struct cpuid r = cpuid(0);
	u32 leaf, top;

	line_begin();
	line_text("INFO cpuid ");
	line_id(r.b, r.d, r.c);
	r = cpuid(1);
	line_text(" ");
	line_hex(r.a, 8);
	line_text(" ");
	line_hex(r.d, 8);
	line_end();
	/* SDM vol. 2A, CPUID: ECX bit 31 of leaf 1 is never set by a processor. */
	line_begin();
	line_text("INFO machine ");
	if (r.c >> 31) {
		r = cpuid(0x40000000);
		line_text("hypervisor ");
		line_id(r.b, r.c, r.d);
	} else {
		line_text("bare");
	}
	line_end();
	top = cpuid(0x80000000).a;
	if (top < 0x80000004 || top > 0x8000ffff)
		return;
	line_begin();
	line_text("INFO brand ");
	for (leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
		r = cpuid(leaf);
		line_hex(r.a, 8);
		line_id(r.b, r.c, r.d);
	}
	line_end();
}

static void corrupt(u32 id, const char *what, u32 lin)
{
	line_begin();
	line_text("CORRUPT ");
	line_dec(id);
	line_text(" ");
	line_text(what);
	line_text(" ");
	line_hex(lin, 8);
	line_end();
	screen_message("the runtime was damaged");
	channel_exit(EXIT_CORRUPT);
}

/* PIC: mask every line; the legacy vectors stay where firmware put them. */
static void mask_interrupts(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

static void fill_arena(void)
{
	u32 lin;

	for (lin = 0; lin < WIN_LIN_LIMIT; lin++) {
		if (lin >= ARENA_LO)
			*(volatile u8 *)lin = arena_background(lin);
		else if (lin >= WIN_MID_LO && lin < WIN_MID_HI)
			*(volatile u8 *)lin = 0;
		else
			continue;
		*(volatile u8 *)(SHADOW_BASE + lin) = *(volatile u8 *)lin;
	}
}

/* MP, EM, TS and AM off: cases mean the plain integer machine. */
static void clear_control_bits(void)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(SYS_CR0));
}

static void plan(const struct pack_header *h)
{
	line_begin();
	line_text("PLAN ");
	line_dec(h->count);
	line_text(" ");
	line_hex(h->digest, 8);
	line_end();
}

void proof_main(void)
{
	const struct pack_header *h = (const struct pack_header *)blob_end;
	const u8 *p = (const u8 *)(h + 1);
	const char *broken, *name, *disk;
	bool intact = h->magic == PACK_MAGIC && crc32_add(0, p, h->size - sizeof *h) == h->crc;
	u32 i, id = 0, stray, first = 0, offset;

	mask_interrupts();
	firmware_save();
	channel_at_exit(poweroff);
	if (intact && h->stop != PACK_OFF)
		poweroff_only(h->stop);
	tables_init(); /* the way to the BIOS needs them */
	name = open_channel(intact ? h->channel : PACK_AUTO, &disk);
	screen_open();
	info("channel", name);
	if (disk)
		info("disk", disk);
	sys_init();
	clear_control_bits();
	info_cpuid();
	if (!intact) {
		info("error", "the case pack was not loaded intact");
		screen_message("the case pack was not loaded intact");
		channel_exit(EXIT_NO_PACK);
	}
	fill_arena();
	selfcheck_init();

	if (dev_resumes(h->digest, &first, &offset))
		p = (const u8 *)h + offset;
	else
		plan(h);
	for (i = first; i < h->count; i++) {
		if (i % PROGRESS_EVERY == 0)
			screen_progress(i, h->count);
		id = ((const struct pack_record *)p)->id;
		dev_place(h->digest, i, (u32)(p - (const u8 *)h));
		p = case_run((const struct pack_record *)p);
		broken = selfcheck();
		if (broken)
			corrupt(id, broken, 0);
		if (i % ARENA_CHECK_EVERY == ARENA_CHECK_EVERY - 1 || i + 1 == h->count) {
			stray = selfcheck_arena();
			if (stray)
				corrupt(id, "arena", stray);
		}
	}
	line_begin();
	line_text("END ");
	line_dec(h->count);
	line_text(" ");
	line_hex(line_sums.said, 8);
	line_end();
	screen_progress(h->count, h->count);
	screen_summary(h->digest, h->count, &line_sums);
	channel_exit(EXIT_DONE);
}
