/* SPDX-License-Identifier: MIT
 * Vectors as records for a guest: what fits, the record itself, and judging what a
 * guest says it saw.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/vectors/vhost.h"
#include "refvmm/test_main.h"

static struct moo_out out;
static struct moo_file file;
static struct moo_test test;
static struct vset_test v;
static struct vguest guest;
static u8 *ram;
static u32 stray;

/* mov [bx],al; hlt at 1000:0100, DS 3000, BX as given; final memory FF there. */
static const char *make(const char *code, u32 n, u32 cs, u32 bx, u32 sp)
{
	struct moo_regs r = {.present = true};
	const u8 *p;
	size_t size;

	r.set = 0x3fffc & ~(1u << MOO_FS | 1u << MOO_GS);
	r.value[MOO_CS] = cs;
	r.value[MOO_DS] = 0x3000;
	r.value[MOO_SS] = 0x2000;
	r.value[MOO_ESP] = sp;
	r.value[MOO_EAX] = 0xff;
	r.value[MOO_EBX] = bx;
	r.value[MOO_EIP] = 0x100;
	r.value[MOO_EFLAGS] = 2;
	moo_out_free(&out);
	moo_header(&out, "C286", 1, 0);
	moo_begin(&out, "TEST");
	moo_u32(&out, 0);
	moo_put_bytes(&out, "BYTS", code, n);
	moo_begin(&out, "INIT");
	moo_put_regs(&out, &r, false);
	moo_begin(&out, "RAM ");
	for (u32 k = 0; k < n; k++)
		moo_put_ram(&out, (cs << 4) + 0x100 + k, (u8)code[k]);
	moo_put_ram(&out, 0x18, 0x99); /* in the vector of #UD */
	moo_end(&out);
	moo_end(&out);
	moo_begin(&out, "FINA");
	r.set = 1u << MOO_EIP;
	r.value[MOO_EIP] = 0x100 + n;
	moo_put_regs(&out, &r, false);
	moo_begin(&out, "RAM ");
	moo_put_ram(&out, 0x30000 + bx, 0xff);
	moo_end(&out);
	moo_end(&out);
	moo_end(&out);
	moo_close(&file);
	p = moo_out_bytes(&out, &size);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(moo_open_memory(&file, "t", p, size), "%s", file.error);
	ck_assert_int_eq(moo_next(&file, &test), 1);
	v = (struct vset_test){.id = 77, .set = &file, .t = &test};
	expect(&v.e, CHIP_286, &file, &test, NULL);
	v.drop = v.e.drop;
	return vguest_make(&guest, &v);
}

START_TEST(what_fits)
{
	static const char store[] = "\x88\x07\xf4";

	ck_assert_ptr_null(make(store, 3, 0x1000, 0x1234, 0x8000));
	ck_assert_uint_eq(guest.vector, END_HLT);
	ck_assert_uint_eq(guest.n_patches, 1); /* the HLT behind it is the end */
	ck_assert_uint_eq(guest.patch[0].address, 0x10102);
	ck_assert_uint_eq(guest.n_pages, 3);
	ck_assert(guest.page[0] == 0 && guest.page[1] == 0x10 && guest.page[2] == 0x31);
	ck_assert_uint_eq(guest.slot, 1);
	ck_assert_ptr_nonnull(strstr(make(store, 3, 0xb800, 0, 0x8000), "no RAM"));
	ck_assert_ptr_null(make(store, 3, 0xfff8, 0x1234, 0x8000)); /* 100080 */
	ck_assert_ptr_nonnull(strstr(make("\xe6\xf4\xf4", 3, 0x1000, 0, 0x8000), "ports"));
	ck_assert_ptr_nonnull(strstr(make("\xf4\xf4", 2, 0x1000, 0, 0x8000), "HLT itself"));
	/* LOCK MOV: #UD, whose frame has to be seen. */
	ck_assert_ptr_null(make("\xf0\x88\x07\xf4", 4, 0x1000, 0, 0x8000));
	ck_assert(guest.vector == 6 && guest.test.fina.ram.n == 6 && guest.n_patches == 1);
	ck_assert_uint_eq(guest.patch[0].end, END_NEXT);
	ck_assert_ptr_nonnull(strstr(make("\xf0\x88\x07\xf4", 4, 0x1000, 0, 3), "stack"));
}
END_TEST

START_TEST(records)
{
	struct buf b = {0};
	struct vpack_record h;
	const u8 *p;

	ck_assert_ptr_null(make("\xf0\x88\x07\xf4", 4, 0x1000, 0, 0x8000));
	vguest_pack(&guest, &b);
	memcpy(&h, b.p, sizeof(h));
	ck_assert(h.id == 77 && h.eip == 0x100 && h.sel[1] == 0x1000 && h.sel[3] == 0x3000);
	ck_assert(h.gpr[0] == (JUNK | 0xff) && h.n_pages == guest.n_pages && h.n_patches == 1);
	/* The code is one run; the byte in the vector is the runtime's. */
	ck_assert_uint_eq(h.n_runs, 1);
	p = b.p + sizeof(h) + 2 * h.n_pages + h.n_patches * sizeof(struct vpack_patch);
	ck_assert(!memcmp(p, "\x00\x01\x01\x04\xf0\x88\x07\xf4", 8));
	ck_assert_uint_eq((u32)(p + 8 - b.p), b.n);
	buf_free(&b);
}
END_TEST

/* The payload of a guest that did what was asked, and `runs` in hex. */
static const char *says(u8 end, u32 esp, const char *runs)
{
	static char text[600];
	struct vpack_result r = {.end = end, .eflags = 2, .stray = stray};
	const u8 *p = (const u8 *)&r;

	for (unsigned k = 0; k < 8; k++)
		r.gpr[k] = JUNK;
	r.gpr[0] |= 0xff;
	r.gpr[4] = esp;
	r.sel[2] = 0x2000;
	r.sel[3] = 0x3000;
	for (size_t k = 0; k < sizeof(r); k++)
		sprintf(text + 2 * k, "%02x", p[k]);
	strcat(text, runs);
	return text;
}

static const char *judged(const char *payload)
{
	static struct outcome o;

	vguest_judge(&guest, payload, ram, &o);
	for (u32 k = 0; k < VHOST_RAM; k += 4)
		ck_assert(!*(const u32 *)(ram + k)); /* ready for the next */
	return o.verdict == PASS ? "pass" : o.text;
}

START_TEST(judging)
{
	ram = calloc(1, VHOST_RAM);
	ck_assert_ptr_null(make("\x88\x07\xf4", 3, 0x1000, 0, 0x8000));
	ck_assert_str_eq(judged(says(END_HLT, 0x5a5a8000, "00000301ff")), "pass");
	ck_assert_str_eq(judged(says(END_HLT, 0x5a5a8000, "")), "[30000] 00 expected ff");
	ck_assert_str_eq(judged(says(END_HLT, 0x5a5a8000, "00000302ff11")),
			 "[30001] 11 expected 00");
	ck_assert_str_eq(judged(says(END_HLT, 0x8000, "00000301ff")), "esp 8000 expected 5a5a8000");
	stray = 0x54321;
	ck_assert_str_eq(judged(says(END_HLT, 0x5a5a8000, "00000301ff")),
			 "[54321] was written, which is not its memory");
	stray = 0;
	ck_assert_str_eq(judged(says(13, 0x5a5a8000, "00000301ff")),
			 "exception 13 expected the end");
	/* A run beyond its line, an empty one ("and more"), no hex, one beyond memory. */
	ck_assert_ptr_nonnull(strstr(judged(says(END_HLT, 0, "00000304ff")), "damaged"));
	ck_assert_ptr_nonnull(strstr(judged(says(END_HLT, 0, "00000000")), "damaged"));
	ck_assert_ptr_nonnull(strstr(judged("ff00zz"), "damaged"));
	ck_assert_ptr_nonnull(strstr(judged(says(END_HLT, 0, "0000ff01ff")), "damaged"));
	/* A fault: the frame is its only trace. */
	ck_assert_ptr_null(make("\xf0\x88\x07\xf4", 4, 0x1000, 0, 0x8000));
	ck_assert_str_eq(judged(says(6, 0x5a5a7ffa, "fa7f0206000100100200")), "pass");
	ck_assert_str_eq(judged(says(6, 0x5a5a7ffa, "fa7f0206010100100200")),
			 "[27ffa] 01 expected 00");
	ck_assert_str_eq(judged(says(END_NEXT, 0x5a5a8000, "")),
			 "the next instruction expected exception 6");
	free(ram);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, what_fits);
	tcase_add_test(tc, records);
	tcase_add_test(tc, judging);
}

TEST_MAIN("vhost")
