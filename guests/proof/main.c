/* SPDX-License-Identifier: MIT
 * The case runtime: checks its pack, runs every case of it and says so on the
 * result channel (conformance/protocol.md).  Interrupts stay masked at the
 * 8259s; cases may set IF.
 */
#include "guests/lib/channel.h"
#include "guests/lib/crc32.h"
#include "guests/lib/io.h"
#include "guests/proof/dev.h"
#include "guests/proof/runtime.h"

/* Exit codes for port F4; the VMM under test turns n into (n << 1) | 1. */
enum { EXIT_DONE = 0, EXIT_CORRUPT = 1, EXIT_NO_PACK = 2 };

#define ARENA_CHECK_EVERY 512

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

static void info_cpuid(void)
{
	u32 a, b, c, d, max;

	__asm__ volatile("cpuid" : "=a"(max), "=b"(b), "=c"(c), "=d"(d) : "a"(0));
	line_begin();
	line_text("INFO cpuid ");
	line_hex(b, 8);
	line_hex(d, 8);
	line_hex(c, 8);
	__asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1));
	line_text(" ");
	line_hex(a, 8);
	line_text(" ");
	line_hex(d, 8);
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
	const char *broken;
	u32 i, id = 0, stray, first = 0, offset, total;

	mask_interrupts();
	info("channel", channel_open());
	tables_init();
	sys_init();
	clear_control_bits();
	info_cpuid();
	if (h->magic != PACK_MAGIC || crc32_add(0, p, h->size - sizeof *h) != h->crc) {
		info("error", "the case pack was not loaded intact");
		channel_exit(EXIT_NO_PACK);
	}
	fill_arena();
	selfcheck_init();

	if (dev_resumes(h->digest, &first, &offset, &total)) {
		p = (const u8 *)h + offset;
		line_total_set(total);
	} else {
		plan(h);
	}
	for (i = first; i < h->count; i++) {
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
	line_hex(line_total_crc(), 8);
	line_end();
	channel_exit(EXIT_DONE);
}
