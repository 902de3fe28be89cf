/* SPDX-License-Identifier: MIT
 * The timer that takes the CPU away: 8254 channel 0 as rate generator (Intel
 * 8254 data sheet, mode 2) on IRQ 0 of the 8259 pair (Intel 8259A data sheet,
 * ICW1-4), moved to vectors 32-47; all other lines are masked.
 */
#include "guests/kernel/kernel.h"
#include "guests/lib/io.h"

volatile u32 ticks;

void timer_init(void)
{
	u32 divisor = 1193182 / HZ;

	outb(0x20, 0x11); /* edge, cascade, ICW4 follows */
	outb(0xa0, 0x11);
	outb(0x21, 32);
	outb(0xa1, 40);
	outb(0x21, 4); /* the slave is on line 2 */
	outb(0xa1, 2);
	outb(0x21, 1); /* 8086 mode */
	outb(0xa1, 1);
	outb(0x21, 0xfe);
	outb(0xa1, 0xff);
	outb(0x43, 0x34);
	outb(0x40, (u8)divisor);
	outb(0x40, (u8)(divisor >> 8));
}

void timer_ack(void)
{
	ticks++;
	outb(0x20, 0x60); /* specific end of interrupt, line 0 */
}
