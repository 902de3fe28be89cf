/* SPDX-License-Identifier: MIT
 * ATA channel and bus master for the storage programs.  ATA/ATAPI-6;
 * Programming Interface for Bus Master IDE Controller 1.0; PCI 2.1.
 */
#include "guests/storage/ide.h"

#define PATIENCE 20000000u

static u16 base, bm_base;
static bool second;
static u32 table[16] __attribute__((aligned(128)));
static volatile u32 interrupts;

struct frame;

struct gate {
	u16 low, selector, type, high;
};

static struct gate idt[256];

static u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static __attribute__((interrupt)) void on_interrupt(struct frame *f)
{
	interrupts++;
	/* No calls, not even inline ones: clang wants registers saved for them. */
	__asm__ volatile("outb %0, $0xa0\n\toutb %0, $0x20" : : "a"((u8)0x20));
}

/* IRQ 14 and 15 are vectors 76h and 77h as the firmware leaves the 8259s. */
static void catch_interrupts(void)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) idtr = {sizeof idt - 1, (u32)idt};
	u32 handler = (u32)on_interrupt;
	u16 cs;

	__asm__("movw %%cs, %0" : "=r"(cs));
	idt[0x76] = idt[0x77] = (struct gate){(u16)handler, cs, 0x8e00, (u16)(handler >> 16)};
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void ide_open(bool secondary)
{
	second = secondary;
	base = secondary ? 0x170 : 0x1f0;
	catch_interrupts();
	outb(0x21, 0xfb); /* the cascade */
	outb(0xa1, secondary ? 0x7f : 0xbf);
	/* The firmware may have left an absent device selected: it shows no BSY, so that the
	 * wait for the end of the reset would not wait. */
	ide_out(DEVICE, 0xa0);
	ide_reset();
	ide_irq(); /* what the firmware left */
}

/* Without the index bit of old disks, which Bochs shows now and then. */
u8 ide_in(unsigned reg)
{
	u8 v = inb((u16)(base + reg));

	return reg == STATUS || reg == CONTROL ? v & 0xfd : v;
}

void ide_out(unsigned reg, u8 v)
{
	outb((u16)(base + reg), v);
}

u16 ide_in16(void)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(base));
	return v;
}

void ide_out16(u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(base));
}

static void pause_us(void)
{
	for (unsigned i = 0; i < 4; i++)
		ide_in(CONTROL);
}

u8 ide_wait(void)
{
	u8 s = 0;

	pause_us();
	for (u32 i = 0; i < PATIENCE; i++) {
		s = ide_in(CONTROL);
		if (!(s & BSY))
			break;
	}
	pause_us();
	return ide_in(CONTROL);
}

u32 ide_irq(void)
{
	u32 n;

	pause_us();
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	n = interrupts;
	interrupts = 0;
	return n;
}

void ide_reset(void)
{
	ide_out(CONTROL, 0x0c);
	pause_us();
	ide_out(CONTROL, 0x08);
	ide_wait();
}

u8 ide_command(u8 device, u32 address, u8 count, u8 code)
{
	ide_out(DEVICE, device);
	ide_out(COUNT, count);
	ide_out(LBA0, (u8)address);
	ide_out(LBA1, (u8)(address >> 8));
	ide_out(LBA2, (u8)(address >> 16));
	ide_out(STATUS, code);
	return ide_wait();
}

void ide_take(u16 *to, u32 n)
{
	while (n--)
		*to++ = ide_in16();
}

void ide_give(const u16 *from, u32 n)
{
	while (n--)
		ide_out16(*from++);
}

static u32 pci_read(u32 address)
{
	outl(0xcf8, address);
	return inl(0xcfc);
}

bool bm_open(void)
{
	for (u32 device = 0; device < 32 * 8; device++) {
		u32 at = 0x80000000 | device << 8;

		if (pci_read(at) == 0xffffffff || pci_read(at + 8) >> 8 != 0x010180)
			continue;
		if (!(pci_read(at + 0x20) & 0xfff0)) {
			outl(0xcf8, at + 0x20);
			outl(0xcfc, 0xc000);
		}
		outl(0xcf8, at + 4);
		outl(0xcfc, 5); /* ports, bus master */
		bm_base = (u16)((pci_read(at + 0x20) & 0xfff0) + (second ? 8 : 0));
		return true;
	}
	return false;
}

u8 bm_in(unsigned reg)
{
	return inb((u16)(bm_base + reg));
}

void bm_out(unsigned reg, u8 v)
{
	outb((u16)(bm_base + reg), v);
}

void bm_prd(u32 n, const void *at, u16 count, bool last)
{
	table[2 * n] = (u32)at;
	table[2 * n + 1] = count | (last ? 0x80000000 : 0);
}

void bm_start(bool to_memory)
{
	__asm__ volatile("" : : : "memory");
	bm_out(BM_COMMAND, 0);
	outl((u16)(bm_base + BM_TABLE), (u32)table);
	bm_out(BM_STATUS, 0x06);
	bm_out(BM_COMMAND, to_memory ? 8 : 0);
	bm_out(BM_COMMAND, to_memory ? 9 : 1);
}

u8 bm_wait(void)
{
	for (u32 i = 0; i < 300000 && !(bm_in(BM_STATUS) & 4); i++)
		;
	__asm__ volatile("" : : : "memory");
	return bm_in(BM_STATUS) & 7;
}
