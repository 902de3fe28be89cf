/* SPDX-License-Identifier: MIT
 * An ATA channel with its bus master and some memory on the bench.
 */
#ifndef DEVICES_IDEBENCH_H
#define DEVICES_IDEBENCH_H

#include "devices/ide_busmaster.h"
#include "devices/testbench.h"

enum { DATA, ERROR, COUNT, LBA0, LBA1, LBA2, DEVICE, STATUS };
enum { BM_COMMAND, BM_STATUS = 2, BM_TABLE = 4 };

#define IDE_MEMORY (1u << 20)
#define IDE_TABLE  0x1000u /* where ide_prd() writes descriptors */

static struct ide ide;
static struct busmaster master[2]; /* the first one is the channel's */
static struct pci_function function;
static u8 memory[IDE_MEMORY];

static inline void ide_mem_read(void *host, u32 phys, void *dst, u32 n)
{
	memset(dst, 0xff, n);
	if (phys < IDE_MEMORY && n <= IDE_MEMORY - phys)
		memcpy(dst, memory + phys, n);
}

static inline void ide_mem_write(void *host, u32 phys, const void *src, u32 n)
{
	if (phys < IDE_MEMORY && n <= IDE_MEMORY - phys)
		memcpy(memory + phys, src, n);
}

/* An empty channel; its interrupt is line 14. */
static inline void ide_bench(void)
{
	memset(&ide, 0, sizeof ide);
	memset(master, 0, sizeof master);
	for (unsigned i = 0; i < 2; i++) {
		master[i].wire.channel = &ide;
		master[i].wire.fn = &function;
		master[i].wire.mem_read = ide_mem_read;
		master[i].wire.mem_write = ide_mem_write;
	}
	function.config[PCI_COMMAND] = PCI_COMMAND_IO | PCI_COMMAND_MASTER;
	ide.wire.irq = bench_line(14);
	ide.wire.busmaster = &master[0];
	ide_init(&ide, bench_clock());
}

static inline u8 get(unsigned reg)
{
	return (u8)ide_in(&ide, reg, 1);
}

static inline void put(unsigned reg, u8 v)
{
	ide_out(&ide, reg, v, 1);
}

/* Issue a command and wait; the alternate status leaves the interrupt alone. */
static inline u8 ide_command(u8 device, u32 address, u8 count, u8 code)
{
	put(DEVICE, device);
	put(COUNT, count);
	put(LBA0, (u8)address);
	put(LBA1, (u8)(address >> 8));
	put(LBA2, (u8)(address >> 16));
	put(STATUS, code);
	bench_pass(MS);
	return ide_control_in(&ide, 0);
}

/* Descriptor `n` of the table at IDE_TABLE. */
static inline void ide_prd(unsigned n, u32 base, u16 count, bool last)
{
	u8 *p = memory + IDE_TABLE + 8 * n;

	for (unsigned i = 0; i < 4; i++)
		p[i] = (u8)(base >> 8 * i);
	p[4] = (u8)count;
	p[5] = (u8)(count >> 8);
	p[6] = 0;
	p[7] = last ? 0x80 : 0;
}

static inline u8 bm_status(void)
{
	return (u8)busmaster_in(master, BM_STATUS, 1);
}

static inline void bm_start(bool to_memory)
{
	busmaster_out(master, BM_TABLE, IDE_TABLE, 4);
	busmaster_out(master, BM_STATUS, 0x06, 1);
	busmaster_out(master, BM_COMMAND, to_memory ? 0x09 : 0x01, 1);
}

static inline u16 word_at(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

#endif
