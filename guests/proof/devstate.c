/* SPDX-License-Identifier: MIT
 * The state that device scripts start from and that is put back behind each: whatever
 * the firmware left, with interrupts masked.  A script sets up what it needs itself.
 */
#include "guests/lib/channel.h"
#include "guests/lib/io.h"
#include "guests/proof/dev.h"

#define SPINS 100000u

static u8 rtc_a, rtc_b, command_byte, speaker, elcr[2], dac_mask;
static bool have_command_byte;
#define CMOS_FIRST 0x0e /* what the firmware keeps there; the clock goes its own way */
#define CMOS_END   0x80
static u8 cmos_kept[CMOS_END];
static u8 vga_misc, vga_seq[5], vga_crtc[25], vga_gc[9], vga_attr[21];

static u8 cmos(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static void cmos_write(u8 reg, u8 v)
{
	outb(0x70, reg);
	outb(0x71, v);
}

/* The 8042 takes the next byte; what its output buffer holds is thrown away. */
static bool kbc_ready(void)
{
	u32 n;
	u8 s;

	for (n = 0; n < SPINS; n++) {
		s = inb(0x64);
		if (s & 1)
			inb(0x60);
		else if (!(s & 2))
			return true;
	}
	return false;
}

static bool kbc_read(u8 *v)
{
	u32 n;

	for (n = 0; n < SPINS; n++)
		if (inb(0x64) & 1) {
			*v = inb(0x60);
			return true;
		}
	return false;
}

static void save_vga(void)
{
	unsigned i;

	vga_misc = inb(0x3cc);
	for (i = 0; i < sizeof vga_seq; i++) {
		outb(0x3c4, (u8)i);
		vga_seq[i] = inb(0x3c5);
	}
	for (i = 0; i < sizeof vga_crtc; i++) {
		outb(0x3d4, (u8)i);
		vga_crtc[i] = inb(0x3d5);
	}
	for (i = 0; i < sizeof vga_gc; i++) {
		outb(0x3ce, (u8)i);
		vga_gc[i] = inb(0x3cf);
	}
	for (i = 0; i < sizeof vga_attr; i++) {
		inb(0x3da);
		outb(0x3c0, (u8)i);
		vga_attr[i] = inb(0x3c1);
	}
	inb(0x3da);
	outb(0x3c0, 0x20);
	dac_mask = inb(0x3c6);
}

static void restore_vga(void)
{
	unsigned i;

	outb(0x3c2, vga_misc);
	outb(0x3c4, 0);
	outb(0x3c5, 1);
	for (i = 1; i < sizeof vga_seq; i++) {
		outb(0x3c4, (u8)i);
		outb(0x3c5, vga_seq[i]);
	}
	outb(0x3c4, 0);
	outb(0x3c5, 3);
	outb(0x3d4, 0x11);
	outb(0x3d5, vga_crtc[0x11] & 0x7f);
	for (i = 0; i < sizeof vga_crtc; i++) {
		outb(0x3d4, (u8)i);
		outb(0x3d5, vga_crtc[i]);
	}
	for (i = 0; i < sizeof vga_gc; i++) {
		outb(0x3ce, (u8)i);
		outb(0x3cf, vga_gc[i]);
	}
	for (i = 0; i < sizeof vga_attr; i++) {
		inb(0x3da);
		outb(0x3c0, (u8)i);
		outb(0x3c0, vga_attr[i]);
	}
	inb(0x3da);
	outb(0x3c0, 0x20);
	outb(0x3c6, dac_mask);
}

void dev_state_save(void)
{
	unsigned r;

	rtc_a = cmos(0x0a) & 0x7f;
	rtc_b = cmos(0x0b);
	for (r = CMOS_FIRST; r < CMOS_END; r++)
		cmos_kept[r] = cmos((u8)r);
	speaker = inb(0x61) & 0x0f;
	elcr[0] = inb(0x4d0);
	elcr[1] = inb(0x4d1);
	if (kbc_ready()) {
		outb(0x64, 0x20);
		have_command_byte = kbc_read(&command_byte);
	}
	save_vga();
}

/* Vectors 08h and 70h as the IBM AT's firmware has them, all masked. */
static void restore_pic(void)
{
	static const u16 at[2] = {0x20, 0xa0};
	unsigned i;

	for (i = 0; i < 2; i++) {
		outb(at[i], 0x11);
		outb(at[i] + 1, i ? 0x70 : 0x08);
		outb(at[i] + 1, i ? 2 : 4);
		outb(at[i] + 1, 1);
		outb(at[i] + 1, 0xff);
	}
	outb(0x4d0, elcr[0]);
	outb(0x4d1, elcr[1]);
}

static void restore_kbc(void)
{
	if (!have_command_byte || !kbc_ready())
		return;
	outb(0x64, 0x60);
	if (!kbc_ready())
		return;
	outb(0x60, command_byte);
	kbc_ready();
}

static void restore_ide(u16 base)
{
	if (inb((u16)(base + 7)) == 0xff)
		return;
	outb((u16)(base + 0x206), 6); /* SRST, no interrupts */
	dev_wait_ms(1);
	outb((u16)(base + 0x206), 2);
	dev_wait_ms(2);
	outb((u16)(base + 6), 0xa0);
}

/* The controller wants a byte (80h) or has one (C0h). */
static bool fdc_ready(u8 state)
{
	u32 n;

	for (n = 0; n < SPINS; n++)
		if ((inb(0x3f4) & 0xc0) == state)
			return true;
	return false;
}

/* Motors off, and no interrupt left over: firmware that is started again waits for the
 * edge of the next one (data sheet 82077AA, SENSE INTERRUPT STATUS: ST0 80h is none). */
static void restore_fdc(void)
{
	unsigned i;

	outb(0x3f2, 0x0c);
	if (inb(0x3f4) == 0xff)
		return;
	for (i = 0; i < 5 && fdc_ready(0x80); i++) {
		outb(0x3f5, 8);
		if (!fdc_ready(0xc0) || inb(0x3f5) == 0x80 || !fdc_ready(0xc0))
			return;
		inb(0x3f5);
	}
}

void dev_state_restore(void)
{
	unsigned r;

	outb(0x43, 0x36); /* 18.2 Hz */
	outb(0x40, 0);
	outb(0x40, 0);
	outb(0x61, speaker & 0x0c);
	cmos_write(0x0b, rtc_b);
	cmos_write(0x0a, rtc_a);
	for (r = CMOS_FIRST; r < CMOS_END; r++)
		if (cmos((u8)r) != cmos_kept[r])
			cmos_write((u8)r, cmos_kept[r]);
	cmos(0x0c);
	outb(0x70, 0x0d);
	restore_kbc();
	outb(0x0d, 0); /* master clear: all channels masked */
	outb(0xda, 0);
	outb(0xd4, 0); /* the cascade of the AT is open */
	outb(0xd6, 0xc0);
	if (!channel_uses_com1() && inb(0x3fb) != 0xff) {
		outb(0x3fb, 3);
		outb(0x3f9, 0);
		outb(0x3fa, 0);
		outb(0x3fc, 3);
	}
	restore_fdc();
	restore_ide(0x1f0);
	restore_ide(0x170);
	restore_vga();
	restore_pic();
}
