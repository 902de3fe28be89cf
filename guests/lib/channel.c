/* SPDX-License-Identifier: MIT
 * Result channel.  UART: National Semiconductor PC16550D data sheet (registers
 * RBR/THR 0, IER 1, FCR 2, LCR 3, MCR 4, LSR 5, SCR 7; LSR.THRE bit 5, LSR.TEMT
 * bit 6).  Word length must be set: after reset a UART sends 5-bit characters.
 */
#include "guests/lib/channel.h"
#include "guests/lib/io.h"

#define E9   0xe9
#define COM1 0x3f8

static bool use_com1;
static unsigned exit_ways = WAY_EXIT_PORT | WAY_8900 | WAY_AT_EXIT;
static void (*other_write)(const char *, u32);
static void (*other_drain)(void);
static void (*at_exit)(void);

bool channel_uses_com1(void)
{
	return use_com1;
}

bool channel_redirected(void)
{
	return other_write;
}

const char *channel_open_e9(void)
{
	use_com1 = false;
	return "e9";
}

const char *channel_open_com1(void)
{
	use_com1 = true;
	outb(COM1 + 1, 0);    /* no interrupts */
	outb(COM1 + 3, 0x80); /* divisor latch */
	outb(COM1 + 0, 1);    /* 115200 baud */
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 3); /* 8N1 */
	outb(COM1 + 2, 7); /* FIFOs on and clear */
	outb(COM1 + 4, 3); /* DTR, RTS */
	return "com1";
}

const char *channel_open(void)
{
	return inb(E9) == 0xe9 ? channel_open_e9() : channel_open_com1();
}

bool channel_has_com1(void)
{
	outb(COM1 + 7, 0x5a);
	if (inb(COM1 + 7) != 0x5a)
		return false;
	outb(COM1 + 7, 0xa5);
	return inb(COM1 + 7) == 0xa5;
}

void channel_redirect(void (*write)(const char *, u32), void (*drain)(void))
{
	other_write = write;
	other_drain = drain;
}

void channel_at_exit(void (*stop)(void))
{
	at_exit = stop;
}

void channel_ways(unsigned ways)
{
	exit_ways = ways;
}

static void wait_lsr(u8 bit)
{
	while (!(inb(COM1 + 5) & bit))
		;
}

void channel_write(const char *text, u32 n)
{
	if (other_write) {
		other_write(text, n);
		return;
	}
	for (; n; n--, text++) {
		if (use_com1) {
			wait_lsr(0x20);
			outb(COM1, (u8)*text);
		} else {
			outb(E9, (u8)*text);
		}
	}
}

void channel_drain(void)
{
	if (other_drain)
		other_drain();
	else if (use_com1)
		wait_lsr(0x40);
}

void channel_exit(u8 code)
{
	const char *s;

	channel_drain();
	if (exit_ways & WAY_EXIT_PORT)
		outb(0xf4, code);
	for (s = "Shutdown"; (exit_ways & WAY_8900) && *s; s++)
		outb(0x8900, (u8)*s);
	if ((exit_ways & WAY_AT_EXIT) && at_exit)
		at_exit();
	for (;;)
		__asm__ volatile("cli; hlt");
}
