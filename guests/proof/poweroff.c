/* SPDX-License-Identifier: MIT
 * Ways to switch a PC off that has neither an exit port nor port 8900: ACPI
 * sleep state S5, then APM.
 *
 * ACPI 1.0b: RSDP section 5.2.4.1, RSDT 5.2.4.5, FADT 5.2.5 (DSDT at offset 40,
 * SMI_CMD 48, ACPI_ENABLE 52, PM1a_CNT_BLK 64, PM1b_CNT_BLK 68), PM1 control
 * 4.7.3.2 (SCI_EN bit 0, SLP_TYP 10-12, SLP_EN 13), \_S5 7.3.1, AML encoding
 * 16.2.  APM 1.2: INT 15h AX=5301h, 530Eh, 5307h (apm.asm).
 */
#include "guests/lib/channel.h"
#include "guests/lib/io.h"
#include "guests/proof/runtime.h"

#define PATIENCE 1000000u

extern const u8 apm_image[], apm_image_end[];

static u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static u32 get32(u32 at)
{
	return *(volatile u32 *)at;
}

static bool sums_to_zero(u32 at, u32 n)
{
	u8 sum = 0;

	while (n--)
		sum = (u8)(sum + *(volatile u8 *)at++);
	return !sum;
}

/* Section 5.2.4.1: on a 16-byte boundary of the first KiB of the EBDA, or of
 * E0000-FFFFF. */
static u32 find_rsdp(void)
{
	u32 at, ebda = (u32)(firmware[0x40e] | firmware[0x40f] << 8) << 4;

	for (at = ebda; ebda >= 0x80000 && at < ebda + 0x400; at += 16)
		if (get32(at) == 0x20445352 && get32(at + 4) == 0x20525450 && sums_to_zero(at, 20))
			return at;
	for (at = 0xe0000; at < 0x100000; at += 16)
		if (get32(at) == 0x20445352 && get32(at + 4) == 0x20525450 && sums_to_zero(at, 20))
			return at;
	return 0;
}

static u32 find_table(u32 rsdt, u32 signature)
{
	u32 i, n = get32(rsdt + 4);

	for (i = 36; i + 4 <= n && n < 0x10000; i += 4)
		if (get32(get32(rsdt + i)) == signature)
			return get32(rsdt + i);
	return 0;
}

/* Element of an AML package: a byte constant, ZeroOp or OneOp. */
static u8 element(u32 *at)
{
	u8 op = *(volatile u8 *)(*at)++;

	return op == 0x0a ? *(volatile u8 *)(*at)++ : op;
}

/* SLP_TYPa | SLP_TYPb << 8 of \_S5, or -1. */
static int sleep_types(u32 dsdt)
{
	u32 end = dsdt + get32(dsdt + 4), at;
	u8 a;

	for (at = dsdt + 36; at + 12 < end; at++) {
		if (get32(at) != 0x5f35535f) /* _S5_ */
			continue;
		at += 4;
		if (*(volatile u8 *)at != 0x12) /* PackageOp */
			return -1;
		at += 1 + 1 + (*(volatile u8 *)(at + 1) >> 6) + 1; /* PkgLength, NumElements */
		a = element(&at);
		return a | element(&at) << 8;
	}
	return -1;
}

static void acpi_off(void)
{
	u32 rsdp = find_rsdp(), fadt, dsdt, n;
	u16 cnt_a, cnt_b;
	int types;

	fadt = rsdp ? find_table(get32(rsdp + 16), 0x50434146) : 0; /* FACP */
	dsdt = fadt ? get32(fadt + 40) : 0;
	if (!dsdt || get32(dsdt) != 0x54445344) /* DSDT */
		return;
	types = sleep_types(dsdt);
	cnt_a = (u16)get32(fadt + 64);
	cnt_b = (u16)get32(fadt + 68);
	if (types < 0 || !cnt_a)
		return;
	if (!(inw(cnt_a) & 1) && get32(fadt + 48)) {
		outb((u16)get32(fadt + 48), *(volatile u8 *)(fadt + 52));
		for (n = 0; n < PATIENCE && !(inw(cnt_a) & 1); n++)
			;
	}
	outw(cnt_a, (u16)((types & 7) << 10 | 1 << 13));
	if (cnt_b)
		outw(cnt_b, (u16)((types >> 8 & 7) << 10 | 1 << 13));
	for (n = 0; n < PATIENCE; n++)
		inb(0x80);
}

/* Through the BIOS in real mode; does not come back. */
static void apm_off(void)
{
	u16 seg = (u16)(firmware[0x15 * 4 + 2] | firmware[0x15 * 4 + 3] << 8);
	const u8 *from;
	u8 *to;

	if (seg < 0xc000)
		return; /* no BIOS behind INT 15h */
	firmware_swap();
	for (from = apm_image, to = (u8 *)REAL_BASE; from < apm_image_end; from++)
		*to++ = *from;
	__asm__ volatile("ljmp $0x18, $0");
}

void poweroff(void)
{
	acpi_off();
	apm_off();
}

void poweroff_only(enum pack_stop way)
{
	static const unsigned ways[PACK_STOPS] = {
		[PACK_EXIT] = WAY_EXIT_PORT,
		[PACK_8900] = WAY_8900,
		[PACK_ACPI] = WAY_AT_EXIT,
		[PACK_APM] = WAY_AT_EXIT,
	};

	channel_ways(way < PACK_STOPS ? ways[way] : 0);
	channel_at_exit(way == PACK_APM ? apm_off : acpi_off);
}
