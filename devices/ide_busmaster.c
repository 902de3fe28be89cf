/* SPDX-License-Identifier: MIT
 * Bus master IDE registers and descriptor tables.
 * Facts: Programming Interface for Bus Master IDE Controller, revision 1.0
 * (descriptors, registers, what the status bits say together); 82371SB datasheet
 * 290550-002, bus master IDE registers.
 *
 * The direction of a transfer is the command's: the read/write bit of the
 * command register is kept but a drive that reads never reads from memory.
 */
#include "devices/ide_busmaster.h"

enum { COMMAND, STATUS = 2, TABLE = 4 };
enum { CMD_START = 0x01, CMD_TO_MEMORY = 0x08 };
enum { ST_ACTIVE = 0x01, ST_ERROR = 0x02, ST_IRQ = 0x04, ST_CAPABLE = 0x60 };

#define END_OF_TABLE 0x80000000u

void busmaster_reset(struct busmaster *b)
{
	b->command = b->status = 0;
	b->table = b->next = b->at = b->left = 0;
	b->last = false;
}

bool busmaster_active(const struct busmaster *b)
{
	return (b->status & ST_ACTIVE) && (b->wire.fn->config[PCI_COMMAND] & PCI_COMMAND_MASTER);
}

/* A table does not cross 64 KiB: its pointer wraps there. */
static void fetch(struct busmaster *b)
{
	u8 raw[8];
	u32 count;

	b->wire.mem_read(b->wire.host, b->next, raw, sizeof raw);
	b->next = (b->next & 0xffff0000) | ((b->next + 8) & 0xffff);
	b->at = (raw[0] & 0xfeu) | (u32)raw[1] << 8 | (u32)raw[2] << 16 | (u32)raw[3] << 24;
	count = (raw[4] & 0xfeu) | (u32)raw[5] << 8;
	b->left = count ? count : 0x10000;
	b->last = raw[7] & (END_OF_TABLE >> 24);
}

u32 busmaster_move(struct busmaster *b, u8 *buf, u32 n, bool to_memory)
{
	u32 done = 0;

	while (done < n && busmaster_active(b)) {
		u32 part = n - done;

		if (!b->left)
			fetch(b);
		if (part > b->left)
			part = b->left;
		if (to_memory)
			b->wire.mem_write(b->wire.host, b->at, buf + done, part);
		else
			b->wire.mem_read(b->wire.host, b->at, buf + done, part);
		b->at += part;
		b->left -= part;
		done += part;
		if (!b->left && b->last)
			b->status &= (u8)~ST_ACTIVE;
	}
	return done;
}

void busmaster_irq(struct busmaster *b, bool level)
{
	if (level && !b->irq_level)
		b->status |= ST_IRQ;
	b->irq_level = level;
}

static u8 read_byte(const struct busmaster *b, unsigned reg)
{
	switch (reg) {
	case COMMAND:
		return b->command;
	case STATUS:
		return b->status;
	case TABLE:
	case TABLE + 1:
	case TABLE + 2:
	case TABLE + 3:
		return (u8)(b->table >> 8 * (reg - TABLE));
	default:
		return 0;
	}
}

static void write_command(struct busmaster *b, u8 v)
{
	bool start = (v & CMD_START) && !(b->command & CMD_START);

	b->command = v & (CMD_START | CMD_TO_MEMORY);
	if (!(v & CMD_START))
		b->status &= (u8)~ST_ACTIVE; /* what was under way is lost */
	if (!start)
		return;
	b->status |= ST_ACTIVE;
	b->next = b->table;
	b->left = 0;
	b->last = false;
	ide_dma_started(b->wire.channel);
}

static void write_byte(struct busmaster *b, unsigned reg, u8 v)
{
	unsigned shift = 8 * (reg & 3);

	if (reg == COMMAND)
		write_command(b, v);
	else if (reg == STATUS) /* error and interrupt are cleared by ones */
		b->status = (u8)((v & ST_CAPABLE) |
				 (b->status & ~ST_CAPABLE & ~(v & (ST_ERROR | ST_IRQ))));
	else if (reg >= TABLE)
		b->table = ((b->table & ~(0xffu << shift)) | (u32)v << shift) & ~3u;
}

u32 busmaster_in(void *chip, unsigned reg, unsigned size)
{
	const struct busmaster *b = chip;
	u32 v = 0;

	for (unsigned i = 0; i < size; i++)
		v |= (u32)read_byte(&b[(reg + i) >> 3 & 1], (reg + i) & 7) << 8 * i;
	return v;
}

void busmaster_out(void *chip, unsigned reg, u32 v, unsigned size)
{
	struct busmaster *b = chip;

	for (unsigned i = 0; i < size; i++)
		write_byte(&b[(reg + i) >> 3 & 1], (reg + i) & 7, (u8)(v >> 8 * i));
}
