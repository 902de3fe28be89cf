/* SPDX-License-Identifier: MIT
 * Random port programs: reads and writes of all sizes with values that devices care
 * about, from a seed, equal on every machine.  Nothing is expected but that the machine
 * goes on.  Left out is what ends it by design, or carries the results: reset paths, A20,
 * power, result channels, DMA to memory, and moving what the firmware has placed.
 */
#include "guests/lib/channel.h"
#include "guests/lib/io.h"
#include "guests/proof/dev.h"

static u32 state;

/* xorshift32: period 2^32 - 1, no multiplication. */
static u32 next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Places to look at, with how many ports follow. */
static const struct {
	u16 first, n;
} places[] = {
	{0x20, 2},    {0xa0, 2},  {0x40, 4},  {0x60, 1},  {0x61, 1},   {0x64, 1},   {0x70, 2},
	{0x80, 16},   {0x00, 16}, {0xc0, 32}, {0xf0, 2},  {0x1f0, 8},  {0x170, 8},  {0x3f6, 1},
	{0x376, 1},   {0x3f0, 6}, {0x3f7, 1}, {0x3f8, 8}, {0x3b0, 12}, {0x3c0, 16}, {0x3d0, 16},
	{0x4d0, 2},   {0x2f8, 8}, {0x378, 3}, {0x200, 8}, {0x220, 16}, {0x300, 32}, {0x1000, 8},
	{0xfff0, 16}, {0xcf8, 1}, {0xcfc, 4},
};

static const u8 liked[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x0a, 0x0b, 0x0c, 0x10, 0x11, 0x14,
			   0x20, 0x30, 0x34, 0x36, 0x40, 0x60, 0x80, 0x90, 0xa0, 0xa1, 0xa7, 0xa8,
			   0xc2, 0xd3, 0xd4, 0xe2, 0xec, 0xed, 0xef, 0xf0, 0xf2, 0xf4, 0xf5, 0xff};

/* Commands of the 8042 that reset the machine or close A20: D1, DD-DF, F0-FF. */
static u8 kbc_command(u8 v)
{
	return v >= 0xf0 || v == 0xd1 || (v >= 0xdd && v <= 0xdf) ? 0x20 : v;
}

/* Commands of disks that change their contents. */
static u8 ide_command(u8 v)
{
	static const u8 harmless[] = {0x08, 0x10, 0x20, 0x21, 0x40, 0x70, 0x90, 0x91,
				      0xa0, 0xa1, 0xc4, 0xc6, 0xe1, 0xe5, 0xec, 0xef};
	unsigned i;

	for (i = 0; i < sizeof harmless; i++)
		if (v == harmless[i])
			return v;
	return 0xec;
}

/* What must not be written there, at any of the bytes of an access. */
static bool forbidden(u16 port, bool write)
{
	if (port >= 0x3f8 && port <= 0x3ff)
		return channel_uses_com1();
	if ((port & ~0x87) == 0x170 || port == 0x3f6 || port == 0x376)
		if (channel_redirected())
			return true;
	if (!write)
		return port == 0xe9;
	switch (port) {
	case 0x64: /* only bytes are filtered */
	case 0x1f7:
	case 0x177:
	case 0x92:  /* A20, reset */
	case 0xb2:  /* SMI: firmware's business */
	case 0xe9:  /* result channel */
	case 0xf4:  /* exit port */
	case 0x402: /* firmware's log */
	case 0xcf9: /* reset */
	case 0xcfc: /* where devices and memory lie */
	case 0xcfd:
	case 0xcfe:
	case 0xcff:
	case 0x8900: /* exit port of Bochs */
		return true;
	}
	/* fw_cfg with DMA, power management, ACPI hotplug: no PC of the time has them. */
	return (port >= 0x510 && port <= 0x51b) || (port >= 0x600 && port < 0x700) ||
	       (port >= 0xaf00 && port < 0xb200) || (port >= 0xc000 && port < 0xc100);
}

static bool filtered(u16 port)
{
	return port == 0x64 || port == 0x1f7 || port == 0x177;
}

/* DMA is masked before and behind each access: a random transfer would hit the runtime. */
static void no_dma(void)
{
	outb(0x0f, 0x0f);
	outb(0xde, 0x0f);
}

static void access(u16 port, unsigned size, bool write, u32 v)
{
	unsigned i;

	for (i = 0; i < size; i++)
		if (port + i > 0xffff ||
		    (forbidden((u16)(port + i), write) && !(size == 1 && filtered(port))))
			return;
	if ((port == 0x1f7 || port == 0x177) && write)
		v = ide_command((u8)v);
	if (port == 0x64 && write) {
		outb(port, kbc_command((u8)v));
		return;
	}
	if (size == 1 && write)
		outb(port, (u8)v);
	else if (size == 1)
		inb(port);
	else if (size == 2 && write)
		__asm__ volatile("outw %w0, %w1" : : "a"(v), "Nd"(port));
	else if (size == 2)
		__asm__ volatile("inw %w1, %w0" : "=a"(v) : "Nd"(port));
	else if (write)
		__asm__ volatile("outl %0, %w1" : : "a"(v), "Nd"(port));
	else
		__asm__ volatile("inl %w1, %0" : "=a"(v) : "Nd"(port));
}

void dev_random(u32 seed, u32 accesses)
{
	const u32 count = sizeof places / sizeof *places;
	u32 r, v, at, size, p = 0;

	state = seed * 0x9e3779b9u + 1;
	for (; accesses; accesses--) {
		r = next();
		if (!(r & 0x70000000)) /* now and then another device */
			p = next() % count;
		v = r & 0x100 ? liked[next() % sizeof liked] : next();
		at = r % places[p].n;
		size = r & 0x600 ? 1 : r & 0x800 ? 2 : 4;
		/* Accesses that leave the device have their own cases (bus.dev). */
		if (at + size > places[p].n)
			size = 1;
		no_dma();
		access((u16)(places[p].first + at), size, r & 0x80, v);
		no_dma();
	}
	/* Whatever waits for data gets its end: resets of the disk and floppy controllers
	 * follow in dev_state_restore(). */
	outb(0x3f2, 0);
}
