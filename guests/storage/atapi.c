/* SPDX-License-Identifier: MIT
 * A CD-ROM drive as device 0 of the secondary channel, alone: signature, packet
 * protocol, commands, sense data, DMA.  The disc has 64 blocks.
 */
#include "guests/storage/ide.h"

void program_main(void);

static u16 words[8192];
static u8 *const bytes = (u8 *)words;

static u8 status, error;
static u32 got, blocks;

static void registers(const char *name)
{
	SAY(name, 2, ide_in(ERROR), ide_in(COUNT), ide_in(LBA0), ide_in(LBA1), ide_in(LBA2),
	    ide_in(DEVICE), ide_in(STATUS));
}

static u8 packet_start(u8 features, u16 limit)
{
	ide_out(DEVICE, 0xa0);
	ide_out(ERROR, features);
	ide_out(LBA1, (u8)limit);
	ide_out(LBA2, (u8)(limit >> 8));
	ide_out(STATUS, 0xa0);
	return ide_wait();
}

static void packet_send(const u8 *p)
{
	for (unsigned i = 0; i < 12; i += 2)
		ide_out16((u16)(p[i] | p[i + 1] << 8));
}

/* The whole command by PIO; data in bytes[]. */
static void packet(const u8 *p, u16 limit)
{
	got = blocks = 0;
	for (unsigned i = 0; i < 64; i++)
		words[i] = 0xeeee;
	packet_start(0, limit);
	packet_send(p);
	while ((ide_wait() & (DRQ | ERR)) == DRQ && got < sizeof words - 2048) {
		u32 n = ide_in(LBA1) | (u32)ide_in(LBA2) << 8;

		ide_take(words + got / 2, (n + 1) / 2);
		got += n;
		blocks++;
	}
	status = ide_in(CONTROL);
	error = ide_in(ERROR);
}

#define PACKET(limit, ...) packet((const u8[12]){__VA_ARGS__}, limit)

static void sense(const char *name)
{
	u32 said[2] = {status & ~0x10u, error >> 4};

	PACKET(64, 0x03, 0, 0, 0, 18);
	SAY(name, 2, said[0], said[1], bytes[2] & 15, bytes[12], bytes[13]);
}

static void answer(const char *name, u32 n)
{
	u32 v[34] = {got, status & ~0x10u};

	for (u32 i = 0; i < n; i++)
		v[i + 2] = bytes[i];
	say_values(name, v, n + 2, 2);
}

static void protocol(void)
{
	ide_reset();
	registers("signature");
	ide_out(DEVICE, 0xb0);
	SAY("absent device", 2, ide_in(COUNT), ide_in(LBA1), ide_in(LBA2), ide_in(STATUS));
	ide_out(DEVICE, 0xa0);
	ide_irq();
	ide_command(0xa0, 0, 7, 0xec);
	SAY("identify interrupt", 1, ide_irq());
	registers("identify is refused");
	ide_command(0xa0, 0, 7, 0x20);
	registers("read is refused");
	ide_in(STATUS);
	ide_irq();
	SAY("identify packet", 2, ide_command(0xa0, 0, 0, 0xa1), ide_irq());
	ide_take(words, 256);
	SAY("identify packet end", 2, ide_in(STATUS) & 0xef, ide_irq());
	SAY("word 0", 4, words[0]);
	SAY("word 49", 4, words[49] & 0x0300);
	SAY("word 53", 4, words[53]);
	SAY("word 63", 4, words[63]);
	SAY("word 80", 4, words[80]);
	SAY("command sets", 4, words[82], words[83], words[84]);
	ide_out(STATUS, 0x08);
	ide_wait();
	registers("device reset");
	ide_command(0xa0, 0, 0, 0x90);
	registers("diagnostic");
	ide_irq();
}

static void phases(void)
{
	static const u8 read_2[12] = {0x28, 0, 0, 0, 0, 10, 0, 0, 2};
	u8 s;

	ide_irq();
	s = packet_start(0, 2048);
	SAY("packet wanted", 2, s, ide_in(COUNT) & 3, ide_irq());
	packet_send(read_2);
	s = ide_wait();
	SAY("first block", 2, s, ide_in(COUNT) & 3, ide_in(LBA1), ide_in(LBA2), ide_irq(),
	    ide_in(STATUS));
	ide_take(words, 1024);
	s = ide_wait();
	SAY("second block", 2, s, ide_in(COUNT) & 3, ide_in(LBA1), ide_in(LBA2), ide_irq(),
	    ide_in(STATUS));
	ide_take(words, 1024);
	s = ide_wait();
	SAY("completion", 2, s & 0xef, ide_in(COUNT) & 3, ide_irq(), ide_in(STATUS) & 0xef);
	packet(read_2, 512);
	SAY("blocks of 512", 4, got, blocks, words[0], words[1024]);
	packet(read_2, 0xfffe);
	SAY("largest limit", 4, got, blocks);
	packet(read_2, 1367);
	SAY("odd limit", 4, got, blocks);
}

#define SENSE -1 /* what REQUEST SENSE says */

static const struct {
	const char *name; /* 0: nothing is shown */
	int n;            /* bytes of the answer that are, or SENSE */
	u16 limit;
	u8 packet[12];
} list[] = {
	{"inquiry", 4, 64, {0x12, 0, 0, 0, 36}},
	{"inquiry 6", 6, 64, {0x12, 0, 0, 0, 6}},
	{"inquiry vital data", SENSE, 64, {0x12, 1, 0, 0, 36}},
	{"capacity", 8, 64, {0x25}},
	{"read beyond the end", SENSE, 2048, {0x28, 0, 0, 0, 0, 64, 0, 0, 1}},
	{"read over the end", SENSE, 2048, {0x28, 0, 0, 0, 0, 63, 0, 0, 2}},
	{"read nothing", SENSE, 2048, {0x28, 0, 0, 0, 0, 63, 0, 0, 0}},
	{"read 12", 2, 2048, {0xa8, 0, 0, 0, 0, 5, 0, 0, 0, 2}},
	{"read cd", 2, 2048, {0xbe, 0, 0, 0, 0, 5, 0, 0, 1, 0x10}},
	{"seek", SENSE, 64, {0x2b, 0, 0, 0, 0, 5}},
	{"unknown command", SENSE, 64, {0xff}},
	{"sense is gone", SENSE, 64, {0x00}},
	{"toc", 20, 512, {0x43, 0, 0, 0, 0, 0, 0, 1, 0}},
	{"toc msf", 20, 512, {0x43, 2, 0, 0, 0, 0, 0, 1, 0}},
	{"toc lead-out", 12, 512, {0x43, 0, 0, 0, 0, 0, 0xaa, 1, 0}},
	{"toc sessions", 12, 512, {0x43, 0, 1, 0, 0, 0, 0, 1, 0}},
	{"toc raw", 0, 512, {0x43, 0, 2, 0, 0, 0, 0, 1, 0}},
	{"toc track 2", SENSE, 512, {0x43, 0, 0, 0, 0, 0, 2, 1, 0}},
	{"subchannel", 0, 512, {0x42, 0, 0x40, 1, 0, 0, 0, 0, 16}},
	{"profiles", 8, 512, {0x46, 2, 0, 0, 0, 0, 0, 1, 0}},
	{0, 0, 512, {0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8}},
	{"no event", 8, 512, {0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8}},
	{"event without poll", SENSE, 512, {0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8}},
	{"disc information", 7, 512, {0x51, 0, 0, 0, 0, 0, 0, 0, 34}},
	{"mode page 1", 0, 512, {0x5a, 0, 0x01, 0, 0, 0, 0, 0, 128}},
	{"mode page 2a", 3, 512, {0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128}},
	{"mode page saved", SENSE, 512, {0x5a, 0, 0xc1, 0, 0, 0, 0, 0, 128}},
	{"mode page unknown", SENSE, 512, {0x5a, 0, 0x1c, 0, 0, 0, 0, 0, 128}},
	{"mechanism", 8, 512, {0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8}},
	{"speed", SENSE, 512, {0xbb, 0, 0xff, 0xff}},
	/* the tray */
	{"lock", SENSE, 64, {0x1e, 0, 0, 0, 1}},
	{"eject when locked", SENSE, 64, {0x1b, 0, 0, 0, 2}},
	{0, 0, 64, {0x1e, 0, 0, 0, 0}},
	{"start", SENSE, 64, {0x1b, 0, 0, 0, 1}},
	{"eject", SENSE, 64, {0x1b, 0, 0, 0, 2}},
	{"not ready", SENSE, 64, {0x00}},
	{"no capacity", SENSE, 64, {0x25}},
	{"load", SENSE, 64, {0x1b, 0, 0, 0, 3}},
	{"attention", SENSE, 64, {0x00}},
	{"ready again", SENSE, 64, {0x00}},
};

static void commands(void)
{
	for (unsigned k = 0; k < sizeof list / sizeof list[0]; k++) {
		packet(list[k].packet, list[k].limit);
		if (list[k].n == SENSE)
			sense(list[k].name);
		else if (list[k].name)
			answer(list[k].name, (u32)list[k].n);
	}
}

static void dma(const char *name)
{
	static const u8 read_2[12] = {0x28, 0, 0, 0, 0, 10, 0, 0, 2};
	u8 s;
	u32 irq;

	ide_irq();
	packet_start(1, 0);
	packet_send(read_2);
	bm_start(true);
	s = bm_wait();
	irq = ide_irq();
	SAY(name, 2, s, irq, ide_in(STATUS) & 0xef, ide_in(COUNT) & 3);
	bm_out(BM_COMMAND, 0);
}

static void bus_master(void)
{
	if (!bm_open()) {
		SAY("bus master", 1, 0);
		return;
	}
	words[0] = words[1024] = 0;
	bm_prd(0, words, 1000, false);
	bm_prd(1, words + 500, 3096, true);
	dma("dma");
	SAY("dma data", 4, words[0], words[1], words[1024], words[1025]);
	bm_prd(0, words, 8192, true);
	dma("table too long");
}

void program_main(void)
{
	channel_open();
	ide_open(true);
	protocol();
	for (unsigned i = 0; i < 8; i++) /* unit attentions of the resets */
		PACKET(64, 0x00);
	phases();
	commands();
	bus_master();
	program_end();
}
