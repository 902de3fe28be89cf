/* SPDX-License-Identifier: MIT
 * ACPI tables: the loader script is executed here as a firmware would do it, then
 * the tables are followed from the RSDP on.
 */
#include "devices/acpi_tables.h"
#include "devices/testbench.h"

#define TABLES_AT 0x3fe0000u
#define RSDP_AT   0xf6000u

static struct acpi_tables t;
static u8 tables[8192], rsdp[20];
static bool have_tables, have_rsdp;

static u32 word(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return v;
}

/* Where the firmware put a file; NULL before it is allocated. */
static u8 *file(const u8 *name, u32 *at, u32 *size)
{
	if (have_tables && !strcmp((const char *)name, "etc/acpi/tables")) {
		*at = TABLES_AT;
		*size = t.tables_size;
		return tables;
	}
	if (have_rsdp && !strcmp((const char *)name, "etc/acpi/rsdp")) {
		*at = RSDP_AT;
		*size = sizeof rsdp;
		return rsdp;
	}
	return NULL;
}

static void allocate(const u8 *c)
{
	if (!strcmp((const char *)c, "etc/acpi/tables")) {
		memcpy(tables, t.tables, t.tables_size);
		have_tables = true;
		ck_assert_uint_eq(c[60], 1);
	} else {
		ck_assert_str_eq((const char *)c, "etc/acpi/rsdp");
		memcpy(rsdp, t.rsdp, sizeof rsdp);
		have_rsdp = true;
		ck_assert_uint_eq(c[60], 2); /* RSDP: below 1 MiB */
	}
}

static void add_pointer(const u8 *c)
{
	u32 at, size, to, to_size, v;
	u8 *p = file(c, &at, &size);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(file(c + 56, &to, &to_size));
	ck_assert_uint_eq(c[116], 4);
	ck_assert_uint_le(word(c + 112) + 4, size);
	v = word(p + word(c + 112));
	ck_assert_uint_lt(v, to_size);
	v += to;
	memcpy(p + word(c + 112), &v, 4);
}

static void add_checksum(const u8 *c)
{
	u32 at, size, start = word(c + 60), n = word(c + 64);
	u8 *p = file(c, &at, &size), sum = 0;

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_le(start + n, size);
	for (u32 i = 0; i < n; i++)
		sum = (u8)(sum + p[start + i]);
	p[word(c + 56)] = (u8)(p[word(c + 56)] - sum);
}

static void load(u16 pm_base)
{
	acpi_tables_build(&t, pm_base);
	ck_assert_uint_le(t.tables_size, sizeof t.tables);
	ck_assert_uint_le(t.loader_size, sizeof t.loader);
	for (u32 i = 0; i < t.loader_size; i += 128) {
		const u8 *c = t.loader + i;

		switch (word(c)) {
		case 1:
			allocate(c + 4);
			break;
		case 2:
			add_pointer(c + 4);
			break;
		case 3:
			add_checksum(c + 4);
			break;
		default:
			ck_abort_msg("command %u", word(c));
		}
	}
}

static bool sums_to_zero(const u8 *p, u32 n)
{
	u8 sum = 0;

	while (n--)
		sum = (u8)(sum + *p++);
	return sum == 0;
}

static const u8 *table(u32 at, const char *signature)
{
	const u8 *p;

	ck_assert_uint_ge(at, TABLES_AT);
	ck_assert_uint_lt(at - TABLES_AT, t.tables_size);
	p = tables + (at - TABLES_AT);
	ck_assert_mem_eq(p, signature, 4);
	ck_assert_uint_le(at - TABLES_AT + word(p + 4), t.tables_size);
	return p;
}

START_TEST(tables_are_linked)
{
	const u8 *r, *f, *d;

	load(0xb000);
	ck_assert_mem_eq(rsdp, "RSD PTR ", 8);
	ck_assert(sums_to_zero(rsdp, 20));
	r = table(word(rsdp + 16), "RSDT");
	ck_assert_uint_eq(word(r + 4), 40);
	ck_assert(sums_to_zero(r, 40));
	f = table(word(r + 36), "FACP");
	ck_assert_uint_eq(word(f + 4), 116);
	ck_assert(sums_to_zero(f, 116));
	d = table(word(f + 40), "DSDT");
	ck_assert(sums_to_zero(d, word(d + 4)));
	table(word(f + 36), "FACS");
	ck_assert_uint_eq(word(f + 36) % 64, 0);
}
END_TEST

START_TEST(the_fadt_names_the_ports)
{
	const u8 *f;

	load(0x600);
	f = table(word(table(word(rsdp + 16), "RSDT") + 36), "FACP");
	ck_assert_uint_eq(word(f + 56), 0x600);
	ck_assert_uint_eq(word(f + 64), 0x604);
	ck_assert_uint_eq(word(f + 76), 0x608);
	ck_assert_uint_eq(word(f + 48), 0xb2);
	ck_assert_uint_eq(f[46], 9);
	ck_assert_uint_eq(f[52], 0xf1);
	ck_assert_uint_eq(f[53], 0xf0);
}
END_TEST

START_TEST(soft_off_is_sleep_type_0)
{
	/* Name (_S5, Package (4) {0, 0, 0, 0}) in AML: 08 '_S5_' 12 06 04 00 ... */
	static const u8 s5[] = {8, '_', 'S', '5', '_', 0x12, 6, 4, 0, 0, 0, 0};
	const u8 *d;

	load(0x600);
	d = table(word(table(word(table(word(rsdp + 16), "RSDT") + 36), "FACP") + 40), "DSDT");
	ck_assert_ptr_nonnull(memmem(d, word(d + 4), s5, sizeof s5));
}
END_TEST

BENCH_MAIN("acpi_tables", tables_are_linked, the_fadt_names_the_ports, soft_off_is_sleep_type_0)
