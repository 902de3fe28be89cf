/* SPDX-License-Identifier: MIT
 * Packs and images: what is selected is in, intact, and nothing else.
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/devscript.h"
#include "conformance/image.h"
#include "conformance/test/test_support.h"
#include "guests/lib/crc32.h"
#include "guests/lib/recordarea.h"

/* Walks a pack as the guest does; returns the ids seen. */
static unsigned walk(const u8 *p, size_t n, u32 *ids, unsigned max)
{
	const struct pack_header *h = (const void *)p;
	const u8 *at = p + sizeof *h, *end = p + h->size;
	unsigned i, m;

	ck_assert_uint_eq(h->magic, PACK_MAGIC);
	ck_assert_uint_le(h->size, n);
	ck_assert_uint_eq(h->crc, crc32_add(0, at, (u32)(end - at)));
	ck_assert_uint_eq(h->total, all_cases()->n);
	ck_assert_uint_eq(h->digest, pack_digest(all_cases()));
	for (i = 0; i < h->count; i++) {
		struct pack_record r;

		memcpy(&r, at, sizeof r);
		at += sizeof r + r.code_len + 4u * (unsigned)__builtin_popcount(r.gprs) +
		      2u * (unsigned)__builtin_popcount(r.sels);
		for (m = 0; m < r.nmem; m++) {
			u32 head;

			memcpy(&head, at, 4);
			at += 4 + (head >> 24);
		}
		for (m = 0; m < r.nops; m++)
			at += 2 + sys_op_bytes(*at);
		if (PACK_MODE_OF(r.mode) == CM_DEV)
			at += 4 + PACK_DEV_STEPS(r.eflags) * sizeof(struct dev_step);
		if (i < max)
			ids[i] = r.id;
	}
	ck_assert_ptr_eq(at, end);
	return h->count;
}

START_TEST(selection)
{
	const struct tlist *l = all_cases();
	u8 *sel = calloc(l->n, 1);
	struct buf b = {0};
	u32 ids[4];

	sel[5] = sel[77] = sel[l->n - 1] = 1;
	ck_assert_uint_eq(pack_build(l, sel, &b), 3);
	ck_assert_uint_eq(walk(b.p, b.n, ids, 4), 3);
	ck_assert_uint_eq(ids[0], 5);
	ck_assert_uint_eq(ids[1], 77);
	ck_assert_uint_eq(ids[2], l->n - 1);
	buf_free(&b);
	free(sel);
}
END_TEST

START_TEST(everything)
{
	struct buf b = {0};
	u32 *ids = calloc(all_cases()->n, sizeof *ids);
	unsigned i;

	ck_assert_uint_eq(pack_build(all_cases(), NULL, &b), all_cases()->n);
	walk(b.p, b.n, ids, all_cases()->n);
	for (i = 0; i < all_cases()->n; i++)
		ck_assert_uint_eq(ids[i], i);
	buf_free(&b);
	free(ids);
}
END_TEST

static void fake_boot(struct buf *boot)
{
	buf_add(boot, NULL, 4096);
	memcpy(boot->p + 516, "VMPL", 4);
}

START_TEST(boot_media)
{
	struct buf boot = {0}, blob = {0}, out = {0};
	u32 sectors;

	fake_boot(&boot);
	buf_add(&blob, "blob", 4);
	buf_add(&blob, NULL, 1000);
	ck_assert_ptr_null(image_build(MEDIUM_FLOPPY, &boot, &blob, 0, &out));
	ck_assert_uint_eq(out.n, 1474560);
	memcpy(&sectors, out.p + 520, 4);
	ck_assert_uint_eq(sectors, 2);
	ck_assert_mem_eq(out.p + 4096, "blob", 4);
	out.n = 0;
	ck_assert_ptr_null(image_build(MEDIUM_DISK, &boot, &blob, 0, &out));
	ck_assert_uint_eq(out.n % (16 * 63 * 512), 0);
	out.n = 0;
	ck_assert_ptr_null(image_build(MEDIUM_MULTIBOOT, &boot, &blob, 0, &out));
	ck_assert_mem_eq(out.p, ELFMAG, SELFMAG);
	ck_assert_mem_eq(out.p + 4096, "blob", 4);
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
}
END_TEST

/* Numbers at fixed places, as the documents have them. */
static u32 big_endian(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

START_TEST(record_area)
{
	struct buf boot = {0}, blob = {0}, out = {0};
	const struct boot_params *p;

	fake_boot(&boot);
	buf_add(&blob, NULL, 1000);
	ck_assert_ptr_null(image_build(MEDIUM_DISK, &boot, &blob, 100, &out));
	p = image_params(&out);
	ck_assert_uint_eq(p->area_lba, 10);
	ck_assert_uint_eq(p->area_sectors, 100);
	ck_assert_mem_eq(out.p + 512 * 10, AREA_MAGIC, sizeof AREA_MAGIC - 1);
	ck_assert_uint_ge(out.n, 512 * 110);
	ck_assert_ptr_nonnull(image_build(MEDIUM_ISO, &boot, &blob, 100, &out));
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
}
END_TEST

/* What is left of a floppy, unless it is not worth a boot. */
START_TEST(record_area_of_a_floppy)
{
	static const unsigned left[] = {2000, 64, 63};
	unsigned i;

	for (i = 0; i < 3; i++) {
		struct buf boot = {0}, blob = {0}, out = {0};
		const struct boot_params *p;
		const char *bad;

		fake_boot(&boot);
		buf_add(&blob, NULL, (2880 - 8 - left[i]) * 512);
		bad = image_build(MEDIUM_FLOPPY, &boot, &blob, i ? 3000 : 1999, &out);
		if (left[i] < 64) {
			ck_assert_ptr_nonnull(bad);
		} else {
			ck_assert_ptr_null(bad);
			p = image_params(&out);
			ck_assert_uint_eq(out.n, 2880 * 512);
			ck_assert_uint_eq(p->area_lba, 2880 - left[i]);
			ck_assert_uint_eq(p->area_sectors, i ? left[i] : 1999);
			ck_assert_mem_eq(out.p + 512 * p->area_lba, AREA_MAGIC,
					 sizeof AREA_MAGIC - 1);
		}
		buf_free(&boot);
		buf_free(&blob);
		buf_free(&out);
	}
}
END_TEST

START_TEST(cd)
{
	struct buf boot = {0}, blob = {0}, out = {0};
	u32 catalog, loader, i;
	u16 sum = 0;

	fake_boot(&boot);
	buf_add(&blob, "blob", 4);
	buf_add(&blob, NULL, 3000);
	ck_assert_ptr_null(image_build(MEDIUM_ISO, &boot, &blob, 0, &out));
	ck_assert_uint_eq(out.n % 2048, 0);
	ck_assert_mem_eq(out.p + 16 * 2048, "\1CD001\1", 7);
	ck_assert_mem_eq(out.p + 17 * 2048, "\0CD001\1EL TORITO SPECIFICATION", 30);
	memcpy(&catalog, out.p + 17 * 2048 + 71, 4);
	for (i = 0; i < 32; i += 2)
		sum = (u16)(sum + out.p[catalog * 2048 + i] + (out.p[catalog * 2048 + i + 1] << 8));
	ck_assert_uint_eq(sum, 0);
	ck_assert_uint_eq(out.p[catalog * 2048 + 32], 0x88);
	memcpy(&loader, out.p + catalog * 2048 + 40, 4);
	memcpy(&i, out.p + loader * 2048 + 516 + 16, 4);
	ck_assert_mem_eq(out.p + i * 2048, "blob", 4);
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
}
END_TEST

START_TEST(containers)
{
	struct buf boot = {0}, blob = {0}, out = {0}, text = {0};
	u32 sum = 0, i;
	const u8 *f;

	fake_boot(&boot);
	buf_add(&blob, "blob", 4);
	ck_assert_ptr_null(image_build(MEDIUM_VHD, &boot, &blob, 0, &out));
	f = out.p + out.n - 512;
	ck_assert_mem_eq(f, "conectix", 8);
	ck_assert_uint_eq(big_endian(f + 60), 2);
	ck_assert_uint_eq(big_endian(f + 52), out.n - 512);
	ck_assert_uint_eq((f[56] << 8 | f[57]) * f[58] * f[59] * 512u, out.n - 512);
	for (i = 0; i < 512; i++)
		sum += i < 64 || i >= 68 ? f[i] : 0;
	ck_assert_uint_eq(big_endian(f + 64), ~sum);
	image_vmdk(1032192, 7, "x-flat.vmdk", &text);
	buf_add(&text, "", 1);
	ck_assert_ptr_nonnull(strstr((char *)text.p, "RW 2016 FLAT \"x-flat.vmdk\" 0\n"));
	ck_assert_ptr_nonnull(strstr((char *)text.p, "cylinders = \"2\"\n"));
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
	buf_free(&text);
}
END_TEST

START_TEST(refusals)
{
	struct buf boot = {0}, blob = {0}, out = {0};

	buf_add(&boot, NULL, 4096);
	buf_add(&blob, "x", 1);
	ck_assert_ptr_nonnull(image_build(MEDIUM_FLOPPY, &boot, &blob, 0, &out));
	memcpy(boot.p + 516, "VMPL", 4);
	buf_add(&blob, NULL, 1474560);
	ck_assert_ptr_nonnull(image_build(MEDIUM_FLOPPY, &boot, &blob, 0, &out));
	buf_add(&blob, NULL, PG_BASE - 0x100000);
	ck_assert_ptr_nonnull(image_build(MEDIUM_MULTIBOOT, &boot, &blob, 0, &out));
	ck_assert_ptr_nonnull(image_build(MEDIUM_DISK, &boot, &blob, 0, &out));
	blob.n = 512;
	ck_assert_ptr_null(image_build(MEDIUM_DISK, &boot, &blob, 0, &out));
	boot.n = 512;
	ck_assert_ptr_nonnull(image_build(MEDIUM_DISK, &boot, &blob, 0, &out));
	buf_free(&boot);
	buf_free(&blob);
	buf_free(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("image");
	TCase *tc = tcase_create("packs and media");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, selection);
	tcase_add_test(tc, everything);
	tcase_add_test(tc, boot_media);
	tcase_add_test(tc, record_area);
	tcase_add_test(tc, record_area_of_a_floppy);
	tcase_add_test(tc, cd);
	tcase_add_test(tc, containers);
	tcase_add_test(tc, refusals);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
