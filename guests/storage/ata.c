/* SPDX-License-Identifier: MIT
 * An ATA disk as device 0 of the primary channel, alone: signature, IDENTIFY,
 * sectors by PIO, interrupts, errors, DMA.  The disk has 16 x 16 x 63 sectors
 * and may be written.
 */
#include "guests/storage/ide.h"

void program_main(void);

#define SECTORS 16128u

static u16 words[8192];

static void registers(const char *name)
{
	SAY(name, 2, ide_in(ERROR), ide_in(COUNT), ide_in(LBA0), ide_in(LBA1), ide_in(LBA2),
	    ide_in(DEVICE), ide_in(STATUS));
}

static void resets(void)
{
	ide_out(COUNT, 0x55);
	ide_reset();
	registers("signature");
	ide_out(DEVICE, 0xb0);
	SAY("absent device status", 2, ide_in(STATUS), ide_in(CONTROL));
	ide_out(COUNT, 0x12);
	ide_out(DEVICE, 0xa0);
	SAY("count is latched by both", 2, ide_in(COUNT));
	ide_irq();
	ide_command(0xa0, 0x333333, 0x22, 0x90);
	SAY("diagnostic interrupt", 1, ide_irq());
	registers("diagnostic");
	ide_out(LBA0, 0x11);
	ide_out(LBA0, 0x22);
	ide_out(CONTROL, 0x80);
	SAY("previous contents", 2, ide_in(LBA0));
	ide_out(CONTROL, 0x00);
	SAY("current contents", 2, ide_in(LBA0));
}

static void word(const char *name, unsigned n)
{
	SAY(name, 4, words[n]);
}

static void identify(void)
{
	u8 status = ide_command(0xa0, 0, 0, 0xec);

	SAY("identify status, interrupt", 2, status, ide_irq());
	ide_take(words, 256);
	SAY("identify end, interrupt", 2, ide_in(STATUS), ide_irq());
	word("word 0", 0);
	SAY("geometry", 4, words[1], words[3], words[6]);
	SAY("sector size", 4, words[4], words[5]);
	word("word 47 multiple", 47);
	word("word 48", 48);
	SAY("word 49 lba and dma", 4, words[49] & 0x0300);
	word("word 53", 53);
	SAY("current geometry", 4, words[54], words[55], words[56], words[57], words[58]);
	word("word 59", 59);
	SAY("capacity", 4, words[60], words[61]);
	word("word 63", 63);
	SAY("pio modes", 4, words[64], words[65], words[66], words[67], words[68]);
	word("word 80", 80);
	SAY("command sets", 4, words[82], words[83], words[84]);
	SAY("enabled", 4, words[85], words[86], words[87]);
	word("word 88", 88);
	word("word 93", 93);
	SAY("capacity 48", 4, words[100], words[101], words[102], words[103]);
}

static void fill(u16 v, u32 sectors)
{
	for (u32 i = 0; i < sectors * 256; i++)
		words[i] = (u16)(i % 256 ? i * 77 : v + i / 256);
}

static u32 sum(u32 sectors)
{
	u32 s = 0;

	for (u32 i = 0; i < sectors * 256; i++)
		s = s * 31 + words[i];
	return s;
}

static const char *const write_block[] = {"write block 0", "write block 1", "write block 2"};
static const char *const read_block[] = {"read block 0", "read block 1", "read block 2"};

static void write_sectors(u32 lba, u16 v, u8 n)
{
	u8 status = ide_command(0xe0, lba, n, 0x30);

	fill(v, n);
	SAY("write status, interrupt", 2, status, ide_irq());
	for (u8 i = 0; i < n; i++) {
		ide_give(words + i * 256, 256);
		ide_wait();
		SAY(write_block[i], 2, ide_in(CONTROL), ide_irq(), ide_in(STATUS) & BSY);
	}
	registers("after write");
}

static void read_sectors(u32 lba, u8 n)
{
	u8 status = ide_command(0xe0, lba, n, 0x20);

	SAY("read status, interrupt", 2, status, ide_irq(), ide_in(STATUS));
	for (u8 i = 0; i < n; i++) {
		ide_take(words + i * 256, 256);
		status = ide_wait();
		SAY(read_block[i], 2, status, ide_irq(), ide_in(STATUS));
	}
	SAY("data", 8, sum(n));
	registers("after read");
}

static void multiple(void)
{
	u8 status = ide_command(0xe0, 0, 0, 0xc6);

	SAY("set multiple 0", 2, status);
	status = ide_command(0xe0, 100, 2, 0xc4);

	SAY("read multiple not set", 2, status & ~0x10u, ide_in(ERROR));
	ide_in(STATUS);
	ide_irq();
	status = ide_command(0xe0, 0, 8, 0xc6);
	SAY("set multiple", 2, status, ide_irq(), ide_in(STATUS));
	status = ide_command(0xe0, 200, 12, 0xc5);
	fill(0x4000, 12);
	SAY("write multiple", 2, status, ide_irq());
	ide_give(words, 8 * 256);
	status = ide_wait();
	SAY("first block", 2, status, ide_irq(), ide_in(STATUS) & BSY);
	ide_give(words + 8 * 256, 4 * 256);
	status = ide_wait();
	SAY("second block", 2, status, ide_irq(), ide_in(STATUS));
	status = ide_command(0xe0, 200, 12, 0xc4);
	fill(0, 12);
	SAY("read multiple", 2, status, ide_irq(), ide_in(STATUS));
	ide_take(words, 8 * 256);
	status = ide_wait();
	SAY("first block read", 2, status, ide_irq(), ide_in(STATUS));
	ide_take(words + 8 * 256, 4 * 256);
	status = ide_wait();
	SAY("second block read", 2, status, ide_irq(), ide_in(STATUS));
	SAY("multiple data", 8, sum(12));
	SAY("set multiple 3", 2, ide_command(0xe0, 0, 3, 0xc6) & ~0x10u, ide_in(ERROR));
	SAY("set multiple 128", 2, ide_command(0xe0, 0, 128, 0xc6) & ~0x10u, ide_in(ERROR));
	ide_irq();
	ide_in(STATUS);
}

static void addressing(void)
{
	u32 n = 0;

	ide_command(0xe0, 0, 0, 0x20);
	while (n < 300 && (ide_wait() & DRQ)) {
		ide_take(words, 256);
		n++;
	}
	SAY("count 0 moves", 3, n);
	SAY("chs read", 2, ide_command(0xa0, 0x000026, 1, 0x20)); /* 0, 0, 38: sector 37 */
	ide_take(words, 256);
	registers("chs address");
	SAY("chs sector 0", 2, ide_command(0xa0, 0x000000, 1, 0x20) & ERR, ide_in(ERROR));
	SAY("lba beyond the end", 2, ide_command(0xe0, SECTORS, 1, 0x20) & ~0x10u, ide_in(ERROR));
	ide_command(0xe0, SECTORS - 1, 2, 0x20);
	SAY("last sector", 2, ide_in(CONTROL));
	ide_take(words, 256);
	SAY("and the next", 2, ide_wait() & ~0x10u, ide_in(ERROR));
	SAY("verify", 2, ide_command(0xe0, SECTORS - 4, 4, 0x40), ide_in(ERROR));
	SAY("verify too far", 2, ide_command(0xe0, SECTORS - 4, 5, 0x40) & ERR, ide_in(ERROR));
	for (unsigned i = 0; i < 2; i++) { /* high bytes first */
		ide_out(COUNT, 0);
		ide_out(LBA0, 0);
		ide_out(LBA1, 0);
		ide_out(LBA2, 0);
	}
	SAY("read ext", 2, ide_command(0xe0, 36, 1, 0x24));
	ide_take(words, 256);
	SAY("ext data", 8, sum(1));
	ide_command(0xe0, 0, 0, 0xf8);
	registers("native max");
	ide_in(STATUS);
	ide_irq();
}

static void plain(const char *name, u8 code, u8 feature, u8 count)
{
	u8 status, error;
	u32 irq;

	ide_irq();
	ide_out(ERROR, feature);
	status = ide_command(0xe0, 0, count, code);
	irq = ide_irq();
	error = ide_in(ERROR);
	SAY(name, 2, status & ~0x10u, error, ide_in(COUNT), irq);
	ide_in(STATUS);
}

static void commands(void)
{
	plain("recalibrate", 0x10, 0, 1);
	plain("seek", 0x70, 0, 1);
	plain("flush", 0xe7, 0, 1);
	plain("flush ext", 0xea, 0, 1);
	plain("check power", 0xe5, 0, 1);
	plain("idle", 0xe3, 0, 0);
	plain("standby now", 0xe0, 0, 0);
	plain("idle now", 0xe1, 0, 0);
	plain("standby", 0xe2, 0, 0);
	plain("nop", 0x00, 0, 1);
	plain("packet", 0xa0, 0, 1);
	plain("identify packet", 0xa1, 0, 1);
	plain("device reset", 0x08, 0, 1);
	plain("unknown command", 0xff, 0, 1);
	plain("pio 4", 0xef, 0x03, 0x0c);
	plain("multiword dma 2", 0xef, 0x03, 0x22);
	plain("bad mode", 0xef, 0x03, 0x18);
	plain("cache on", 0xef, 0x02, 0);
	plain("cache off", 0xef, 0x82, 0);
	plain("look ahead", 0xef, 0xaa, 0);
	plain("unknown feature", 0xef, 0x7f, 0);
	ide_out(CONTROL, 0x0a);
	ide_irq();
	SAY("no interrupt", 2, ide_command(0xe0, 0, 1, 0xe7), ide_irq());
	ide_out(CONTROL, 0x08);
	ide_in(STATUS);
	ide_irq();
	ide_command(0xe0, 0, 1, 0xe7);
	SAY("alternate status keeps it", 2, ide_in(CONTROL), ide_irq());
	ide_in(STATUS);
}

static void dma(const char *name, u8 code, u32 lba, u8 count)
{
	u8 status;
	u32 irq;

	ide_irq();
	bm_start(code != 0xca);
	ide_command(0xe0, lba, count, code);
	status = bm_wait();
	irq = ide_irq();
	bm_out(BM_COMMAND, 0);
	SAY(name, 2, status, irq, ide_in(STATUS) & 0xef, ide_in(ERROR), ide_in(LBA0),
	    bm_in(BM_STATUS) & 7);
}

static void bus_master(void)
{
	if (!bm_open()) {
		SAY("bus master", 1, 0);
		return;
	}
	fill(0x5500, 3);
	bm_prd(0, words, 512, false);
	bm_prd(1, words + 256, 1024, true);
	dma("dma write", 0xca, 300, 3);
	fill(0, 4);
	bm_prd(0, words, 1000, false);
	bm_prd(1, words + 500, 536, true);
	dma("dma read", 0xc8, 300, 3);
	SAY("dma data", 8, sum(3));
	bm_prd(0, words, 4096, true);
	dma("table too long", 0xc8, 300, 3);
	bm_prd(0, words, 1024, true);
	dma("table too short", 0xc8, 300, 3);
	ide_reset();
	dma("beyond the end", 0xc8, SECTORS, 1);
	SAY("latched", 2, bm_in(BM_STATUS) & 7);
	bm_out(BM_STATUS, 0x04);
	SAY("cleared", 2, bm_in(BM_STATUS) & 7);
	bm_out(BM_STATUS, 0x60);
	SAY("capable", 2, bm_in(BM_STATUS));
	bm_out(BM_STATUS, 0x00);
}

void program_main(void)
{
	channel_open();
	ide_open(false);
	resets();
	identify();
	write_sectors(36, 0x1230, 2);
	read_sectors(36, 2);
	multiple();
	addressing();
	commands();
	bus_master();
	program_end();
}
