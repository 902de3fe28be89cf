/* SPDX-License-Identifier: MIT
 * ACPI tables: RSDP, RSDT, FADT, FACS and DSDT (ACPI specification 1.0b, section
 * 5.2).  No MADT: there is no APIC.
 *
 * The firmware decides where the tables lie.  QEMU's linker/loader script
 * (etc/table-loader) tells it which files to load, where one points into
 * another, and which checksums to redo afterwards; pointers hold offsets until
 * then.
 */
#include "devices/acpi_tables.h"

#include "devices/acpi_pm.h"

#include <string.h>

#define TABLES "etc/acpi/tables"
#define RSDP   "etc/acpi/rsdp"

enum { ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3 };
enum { ZONE_HIGH = 1, ZONE_FSEG = 2 };
enum { FACS_SIZE = 64, HEADER = 36, FADT_SIZE = 116, CHECKSUM_AT = 9 };

/* FADT flags: WBINVD works; C1 is there; the power button is a fixed register
 * (bit 4 clear), a sleep button is not. */
enum { FADT_FLAGS = 1 << 0 | 1 << 2 | 1 << 5 };

extern const u8 acpi_dsdt[], acpi_dsdt_end[];

static void put(u8 *p, u32 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (u8)(v >> 8 * i);
}

static u8 *command(struct acpi_tables *t, u32 kind)
{
	u8 *c = t->loader + t->loader_size;

	t->loader_size += ACPI_LOADER_COMMAND;
	put(c, kind, 4);
	return c + 4;
}

static void allocate(struct acpi_tables *t, const char *file, u32 align, u8 zone)
{
	u8 *c = command(t, ALLOCATE);

	memcpy(c, file, strlen(file));
	put(c + 56, align, 4);
	c[60] = zone;
}

/* The 4 bytes at `offset` of `file` point into the tables. */
static void pointer(struct acpi_tables *t, const char *file, u32 offset)
{
	u8 *c = command(t, ADD_POINTER);

	memcpy(c, file, strlen(file));
	memcpy(c + 56, TABLES, sizeof(TABLES));
	put(c + 112, offset, 4);
	c[116] = 4;
}

static void checksum(struct acpi_tables *t, const char *file, u32 at, u32 start, u32 length)
{
	u8 *c = command(t, ADD_CHECKSUM);

	memcpy(c, file, strlen(file));
	put(c + 56, at, 4);
	put(c + 60, start, 4);
	put(c + 64, length, 4);
}

/* Room for a table of `size` bytes; returns its offset. */
static u32 append(struct acpi_tables *t, u32 size, u32 align)
{
	u32 at = (t->tables_size + align - 1) & ~(align - 1);

	t->tables_size = at + size;
	return at;
}

static u32 header(struct acpi_tables *t, const char *signature, u32 size)
{
	u32 at = append(t, size, 16);
	u8 *p = t->tables + at;

	memcpy(p, signature, 4);
	put(p + 4, size, 4);
	p[8] = 1; /* revision */
	memcpy(p + 10, "VMPROOVMPROOF ", 14);
	put(p + 24, 1, 4);
	memcpy(p + 28, "VMPR", 4);
	put(p + 32, 1, 4);
	return at;
}

static u32 facs(struct acpi_tables *t)
{
	u32 at = append(t, FACS_SIZE, 64);

	memcpy(t->tables + at, "FACS", 4);
	put(t->tables + at + 4, FACS_SIZE, 4);
	return at;
}

/* The DSDT's checksum is right as compiled. */
static u32 dsdt(struct acpi_tables *t)
{
	u32 size = (u32)((uintptr_t)acpi_dsdt_end - (uintptr_t)acpi_dsdt);
	u32 at = append(t, size, 16);

	memcpy(t->tables + at, acpi_dsdt, size);
	return at;
}

static u32 fadt(struct acpi_tables *t, u32 facs_at, u32 dsdt_at, u16 pm_base)
{
	u32 at = header(t, "FACP", FADT_SIZE);
	u8 *p = t->tables + at;

	put(p + 36, facs_at, 4);
	put(p + 40, dsdt_at, 4);
	put(p + 46, 9, 2);    /* SCI_INT: IRQ 9 */
	put(p + 48, 0xb2, 4); /* SMI_CMD: the APM control port */
	p[52] = ACPI_ENABLE;
	p[53] = ACPI_DISABLE;
	put(p + 56, pm_base, 4);     /* PM1a_EVT_BLK */
	put(p + 64, pm_base + 4, 4); /* PM1a_CNT_BLK */
	put(p + 76, pm_base + 8, 4); /* PM_TMR_BLK */
	p[88] = 4;                   /* lengths of the three */
	p[89] = 2;
	p[91] = 4;
	put(p + 96, 0xfff, 2); /* no C2 */
	put(p + 98, 0xfff, 2); /* no C3 */
	p[108] = 0x32;         /* century byte of the CMOS */
	put(p + 112, FADT_FLAGS, 4);
	pointer(t, TABLES, at + 36);
	pointer(t, TABLES, at + 40);
	checksum(t, TABLES, at + CHECKSUM_AT, at, FADT_SIZE);
	return at;
}

static u32 rsdt(struct acpi_tables *t, u32 fadt_at)
{
	u32 at = header(t, "RSDT", HEADER + 4);

	put(t->tables + at + HEADER, fadt_at, 4);
	pointer(t, TABLES, at + HEADER);
	checksum(t, TABLES, at + CHECKSUM_AT, at, HEADER + 4);
	return at;
}

void acpi_tables_build(struct acpi_tables *t, u16 pm_base)
{
	u32 facs_at, dsdt_at, fadt_at;

	memset(t, 0, sizeof *t);
	allocate(t, TABLES, 64, ZONE_HIGH);
	allocate(t, RSDP, 16, ZONE_FSEG);
	facs_at = facs(t);
	dsdt_at = dsdt(t);
	fadt_at = fadt(t, facs_at, dsdt_at, pm_base);
	memcpy(t->rsdp, "RSD PTR ", 8);
	memcpy(t->rsdp + 9, "VMPROO", 6);
	put(t->rsdp + 16, rsdt(t, fadt_at), 4);
	pointer(t, RSDP, 16);
	checksum(t, RSDP, 8, 0, sizeof t->rsdp);
}
