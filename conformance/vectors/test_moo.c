/* SPDX-License-Identifier: MIT
 * The MOO reader and writer: what was written comes back, published files come
 * out byte by byte, chunks of unknown id are skipped and kept, and every kind
 * of damage is an error line: each cut, each length, each flipped byte.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/vectors/moo.h"
#include "refvmm/test_main.h"

#define PUBLISHED "conformance/vectors/sst286/F7.6.MOO.gz"

static void put_state(struct moo_out *o, const char *id, u32 eax, bool wide)
{
	struct moo_regs r = {.present = true, .wide = wide};

	r.set = 1u << MOO_EAX | 1u << MOO_EIP | 1u << MOO_SS;
	r.value[MOO_EAX] = eax;
	r.value[MOO_EIP] = 0x1234;
	r.value[MOO_SS] = 0xf00d;
	moo_begin(o, id);
	moo_put_regs(o, &r, false);
	if (wide) {
		r.set = 1u << MOO_EFLAGS;
		r.value[MOO_EFLAGS] = 0xfffff72a;
		moo_put_regs(o, &r, true);
	}
	moo_begin(o, "RAM ");
	moo_put_ram(o, 0x00fffffe, 0x90);
	moo_put_ram(o, 0x400, 0xf4);
	moo_end(o);
	moo_put_bytes(o, "QUEU", NULL, 0);
	moo_begin(o, "xyz?");
	moo_u64(o, 0x0123456789abcdefull);
	moo_end(o);
	moo_end(o);
}

/* A small set with every chunk that there is, and unknown ones everywhere. */
static void build(struct moo_out *o, unsigned tests)
{
	struct moo_meta m = {true, 1, 2, 7, 0xf7, "mul     ", 99, 0x1122334455667788ull, 0};
	struct moo_regs mask = {.present = true, .set = 1u << MOO_EFLAGS};
	unsigned i;

	mask.value[MOO_EFLAGS] = 0xf72a;
	moo_out_init(o);
	moo_header(o, "C286", 1, 1);
	moo_put_meta(o, &m);
	moo_put_regs(o, &mask, true);
	moo_begin(o, "CHIP");
	moo_put(o, "somebody's", 10);
	moo_end(o);
	for (i = 0; i < tests; i++) {
		moo_begin(o, "TEST");
		moo_u32(o, i);
		moo_begin(o, "GMET");
		moo_put(o, "0123456789", 10);
		moo_end(o);
		moo_put_bytes(o, "NAME", "mul ax", 6);
		moo_put_bytes(o, "BYTS", "\xf7\xe0\xf4", 3);
		put_state(o, "INIT", 0x8000 + i, i & 1);
		put_state(o, "FINA", 0x4000, i & 1);
		moo_begin(o, "CYCL");
		moo_u32(o, 1);
		moo_put(o, "123456789012345", 15);
		moo_end(o);
		moo_begin(o, "EXCP");
		moo_u8(o, 13);
		moo_u32(o, 0xabcdef);
		moo_end(o);
		moo_begin(o, "HASH");
		moo_put(o, "abcdefghijklmnopqrst", 20);
		moo_end(o);
		moo_begin(o, "ERRC");
		moo_u32(o, 7);
		moo_end(o);
		moo_end(o);
	}
}

START_TEST(comes_back)
{
	struct moo_out o;
	struct moo_file f;
	struct moo_test t;
	struct moo_bytes b;
	const u8 *p;
	size_t n;
	unsigned i;

	build(&o, 3);
	p = moo_out_bytes(&o, &n);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(moo_open_memory(&f, "m", p, n), "%s", f.error);
	ck_assert_str_eq(f.cpu, "C286");
	ck_assert_uint_eq(f.count, 3);
	ck_assert_str_eq(f.meta.mnemonic, "mul     ");
	ck_assert(f.meta.seed == 0x1122334455667788ull && f.meta.opcode == 0xf7);
	ck_assert_uint_eq(f.mask.value[MOO_EFLAGS], 0xf72a);
	ck_assert(moo_find(f.chunks, "CHIP", &b) && b.n == 10 && !memcmp(b.data, "somebody's", 10));
	for (i = 0; i < 3; i++) {
		ck_assert_msg(moo_next(&f, &t) == 1, "%s", f.error);
		ck_assert(t.index == i && t.code.n == 3 && t.code.data[0] == 0xf7);
		ck_assert(t.name.n == 6 && !memcmp(t.name.data, "mul ax", 6));
		ck_assert_uint_eq(t.init.regs.wide, i & 1);
		ck_assert_uint_eq(t.init.regs.set, 1u << MOO_EAX | 1u << MOO_EIP | 1u << MOO_SS);
		ck_assert_uint_eq(t.init.regs.value[MOO_EAX], 0x8000 + i);
		ck_assert_uint_eq(t.init.regs.value[MOO_SS], 0xf00d);
		ck_assert_uint_eq(t.fina.mask.present, i & 1);
		ck_assert(t.init.ram.n == 2 && moo_ram_address(&t.init.ram, 0) == 0xfffffe);
		ck_assert(moo_ram_address(&t.init.ram, 1) == 0x400);
		ck_assert(moo_ram_byte(&t.init.ram, 1) == 0xf4);
		ck_assert(t.vector == 13 && t.flags_address == 0xabcdef && t.has_hash);
		ck_assert(t.cycles.n == 1 && t.init.has_queue && !t.init.queue.n);
		ck_assert(moo_find(t.chunks, "ERRC", &b) && b.n == 4 && b.data[0] == 7);
		ck_assert(moo_find(t.fina.chunks, "xyz?", &b) && b.n == 8);
		ck_assert(!moo_find(t.fina.chunks, "ERRC", &b));
	}
	ck_assert_int_eq(moo_next(&f, &t), 0);
	ck_assert_int_eq(moo_next(&f, &t), 0);
	moo_rewind(&f);
	ck_assert(moo_next(&f, &t) == 1 && t.index == 0);
	moo_close(&f);
	moo_out_free(&o);
}
END_TEST

/* Decode and write again: the same bytes, own chunks last. */
static void same_again(const u8 *p, size_t n, const char *cpu)
{
	struct moo_out o;
	struct moo_file f;
	struct moo_test t;
	struct moo_chunk c;
	const u8 *q;
	size_t m;
	u32 at = 0;
	int r;

	ck_assert_msg(moo_open_memory(&f, "m", p, n), "%s", f.error);
	moo_out_init(&o);
	moo_header(&o, cpu, f.major, f.minor);
	while (moo_walk(f.chunks, &at, &c)) {
		moo_begin(&o, c.id);
		moo_put(&o, c.body.data, c.body.n);
		moo_end(&o);
	}
	while ((r = moo_next(&f, &t)) == 1)
		moo_put_test(&o, &t);
	ck_assert_msg(r == 0, "%s", f.error);
	q = moo_out_bytes(&o, &m);
	ck_assert_ptr_nonnull(q);
	ck_assert(m == f.size && !memcmp(f.data, q, m));
	moo_out_free(&o);
	moo_close(&f);
}

static u8 *read_file(const char *path, size_t *n)
{
	u8 *p = malloc(1 << 20);
	int fd = open(path, O_RDONLY);
	ssize_t r;

	ck_assert_msg(fd >= 0, "%s", path);
	r = read(fd, p, 1 << 20);
	ck_assert(r > 0);
	*n = (size_t)r;
	close(fd);
	return p;
}

START_TEST(byte_exact)
{
	struct moo_out o;
	const u8 *p;
	u8 *file;
	size_t n;

	build(&o, 3);
	p = moo_out_bytes(&o, &n);
	same_again(p, n, "C286");
	moo_out_free(&o);
	file = read_file(PUBLISHED, &n);
	same_again(file, n, "C286");
	free(file);
}
END_TEST

START_TEST(disk)
{
	char path[] = "/tmp/test_moo.XXXXXX";
	struct moo_out o;
	struct moo_file f;
	struct moo_test t;
	int gz, fd = mkstemp(path);

	close(fd);
	build(&o, 2);
	for (gz = 0; gz < 2; gz++) {
		ck_assert_int_eq(moo_save(&o, path, gz), 0);
		ck_assert_msg(moo_open(&f, path), "%s", f.error);
		ck_assert(moo_next(&f, &t) == 1 && moo_next(&f, &t) == 1 && moo_next(&f, &t) == 0);
		moo_close(&f);
	}
	ck_assert_int_lt(moo_save(&o, "/nonexistent/x", true), 0);
	moo_out_free(&o);
	unlink(path);
	ck_assert(!moo_open(&f, path));
	ck_assert_ptr_nonnull(strstr(f.error, "No such file"));
	ck_assert(!moo_open(&f, "/tmp"));
}
END_TEST

/* Read all of it.  True when no error was met; an error must have a line. */
static bool reads(const u8 *p, size_t n, unsigned *tests)
{
	struct moo_file f;
	struct moo_test t;
	int r;

	*tests = 0;
	if (!moo_open_memory(&f, "damaged", p, n)) {
		ck_assert(f.error[0] && !strchr(f.error, '\n'));
		return false;
	}
	while ((r = moo_next(&f, &t)) == 1) {
		u32 i;

		++*tests;
		for (i = 0; i < t.init.ram.n; i++)
			moo_ram_byte(&t.init.ram, i);
		for (i = 0; i < t.fina.ram.n; i++)
			moo_ram_address(&t.fina.ram, i);
	}
	ck_assert(!r == !f.error[0]);
	moo_close(&f);
	return r == 0;
}

/* A buffer of exactly n bytes, so that a sanitizer sees one byte too far. */
static bool reads_cut(const u8 *p, size_t n)
{
	u8 *cut = malloc(n ? n : 1);
	unsigned tests;
	bool r;

	memcpy(cut, p, n);
	r = reads(cut, n, &tests);
	free(cut);
	return r;
}

START_TEST(every_cut)
{
	struct moo_out o;
	u8 *file;
	const u8 *p;
	size_t n, i;

	build(&o, 3);
	p = moo_out_bytes(&o, &n);
	ck_assert(reads_cut(p, n));
	for (i = 0; i < n; i++)
		ck_assert_msg(!reads_cut(p, i), "cut at %zu", i);
	moo_out_free(&o);
	file = read_file("conformance/vectors/sst286/F4.MOO.gz", &n);
	ck_assert(reads_cut(file, n));
	for (i = 0; i < n; i += i < 64 || i + 64 > n ? 1 : 97)
		ck_assert_msg(!reads_cut(file, i), "gzip cut at %zu", i);
	free(file);
}
END_TEST

/* A plain file cannot tell a flipped value from a true one, but must come to
 * an end, with all tests or with an error.  A gzip file has a CRC:
 * what still opens is what was packed (a flipped time of the header, or a copy
 * from another place that holds the same). */
START_TEST(every_flip)
{
	char path[] = "/tmp/test_moo.XXXXXX";
	struct moo_out o;
	unsigned tests, wrong = 0;
	const u8 *p;
	u8 *copy;
	size_t n, i;
	int bit, fd = mkstemp(path);

	close(fd);
	build(&o, 3);
	p = moo_out_bytes(&o, &n);
	copy = malloc(n);
	memcpy(copy, p, n);
	for (i = 0; i < n; i++)
		for (bit = 0; bit < 8; bit++) {
			copy[i] ^= (u8)(1 << bit);
			if (reads(copy, n, &tests))
				ck_assert_uint_eq(tests, 3);
			else
				wrong++;
			copy[i] ^= (u8)(1 << bit);
		}
	/* Every bit of a length, a count and a bitmap: far more than these. */
	ck_assert_uint_gt(wrong, 3 * 20 * 32);
	free(copy);
	ck_assert_int_eq(moo_save(&o, path, true), 0);
	copy = read_file(path, &n);
	unlink(path);
	for (i = 0; i < n; i++) {
		struct moo_file f;

		copy[i] ^= 0x10;
		if (moo_open_memory(&f, "flipped", copy, n)) {
			ck_assert_msg(f.size == o.n && !memcmp(f.data, o.data, o.n),
				      "flip at %zu of %zu was not seen", i, n);
			moo_close(&f);
		}
		copy[i] ^= 0x10;
	}
	free(copy);
	moo_out_free(&o);
}
END_TEST

static void d_regs_bit(struct moo_out *o)
{
	moo_begin(o, "REGS");
	moo_u16(o, 0x8000);
	moo_u16(o, 1);
	moo_end(o);
}

static void d_rg32_short(struct moo_out *o)
{
	moo_begin(o, "RG32");
	moo_u32(o, 3);
	moo_u32(o, 1);
	moo_end(o);
}

static void d_second_regs(struct moo_out *o)
{
	d_rg32_short(o);
	o->data[o->n - 8] = 1; /* now its bitmap has one bit */
	moo_begin(o, "REGS");
	moo_u16(o, 0);
	moo_end(o);
}

static void d_ram(struct moo_out *o)
{
	moo_put(o, "RAM \4\0\0\0\1\0\0\0", 12);
}

static void d_ram_huge(struct moo_out *o)
{
	moo_put(o, "RAM \4\0\0\0\x34\x33\x33\x33", 12); /* 5 * count is 4 more than 2^32 */
}

static void d_ea(struct moo_out *o)
{
	moo_put_bytes(o, "EA32", "123", 3);
}

static void d_nothing(struct moo_out *o)
{
}

static const struct {
	const char *what, *says;
	void (*put)(struct moo_out *o);
} damage[] = {
	{"a bit of no register", "names a register that does not exist", d_regs_bit},
	{"values fewer than bits", "8 bytes for bitmap 3", d_rg32_short},
	{"registers twice", "a second chunk of registers", d_second_regs},
	{"RAM without its record", "for a count of 1", d_ram},
	{"RAM of a count that wraps", "for a count of", d_ram_huge},
	{"EA32 of another length", "EA32 of 7 bytes", d_ea},
	{"no registers", "a state without registers", d_nothing},
};

START_TEST(named_damage)
{
	struct moo_out o;
	struct moo_file f;
	struct moo_test t;
	const u8 *p;
	size_t n;

	moo_out_init(&o);
	moo_header(&o, "386E", 1, 0);
	moo_begin(&o, "TEST");
	moo_u32(&o, 0);
	moo_put_bytes(&o, "BYTS", "\xf4", 1);
	moo_begin(&o, "INIT");
	damage[_i].put(&o);
	moo_end(&o);
	moo_end(&o);
	p = moo_out_bytes(&o, &n);
	ck_assert_ptr_nonnull(p);
	ck_assert(moo_open_memory(&f, "d", p, n));
	ck_assert_int_eq(moo_next(&f, &t), -1);
	ck_assert_msg(strstr(f.error, damage[_i].says) != NULL, "%s: %s", damage[_i].what, f.error);
	moo_close(&f);
	moo_out_free(&o);
}
END_TEST

START_TEST(counts)
{
	struct moo_out o;
	struct moo_file f;
	struct moo_test t;
	u8 *copy;
	size_t n;

	build(&o, 2);
	copy = malloc(1 << 16);
	memcpy(copy, moo_out_bytes(&o, &n), o.n);
	copy[12] = 3;
	ck_assert(moo_open_memory(&f, "c", copy, n));
	ck_assert(moo_next(&f, &t) == 1 && moo_next(&f, &t) == 1 && moo_next(&f, &t) == -1);
	ck_assert_ptr_nonnull(strstr(f.error, "ends after 2 of 3 tests"));
	moo_close(&f);
	copy[12] = 1;
	ck_assert(moo_open_memory(&f, "c", copy, n));
	ck_assert(moo_next(&f, &t) == 1 && moo_next(&f, &t) == -1);
	ck_assert_ptr_nonnull(strstr(f.error, "more tests than the 1"));
	moo_close(&f);
	copy[8] = 2;
	ck_assert(!moo_open_memory(&f, "c", copy, n));
	ck_assert_ptr_nonnull(strstr(f.error, "MOO 2.1, this reads 1.x"));
	free(copy);
	moo_out_free(&o);
}
END_TEST

/* Misuse of the writer gives no bytes, not wrong ones. */
START_TEST(misuse)
{
	struct moo_regs r = {.present = true, .set = 1u << MOO_CR0};
	struct moo_out o;
	size_t n;

	moo_out_init(&o);
	ck_assert_ptr_null(moo_out_bytes(&o, &n));
	moo_header(&o, "C286", 1, 0);
	moo_begin(&o, "TEST");
	ck_assert_ptr_null(moo_out_bytes(&o, &n)); /* left open */
	moo_end(&o);
	ck_assert_ptr_nonnull(moo_out_bytes(&o, &n));
	moo_put_regs(&o, &r, false); /* REGS has no CR0 */
	ck_assert_ptr_null(moo_out_bytes(&o, &n));
	moo_out_free(&o);
	moo_header(&o, "C286", 1, 0);
	moo_end(&o);
	ck_assert_ptr_null(moo_out_bytes(&o, &n));
	moo_out_free(&o);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, comes_back);
	tcase_add_test(tc, byte_exact);
	tcase_add_test(tc, disk);
	tcase_add_test(tc, every_cut);
	tcase_add_test(tc, every_flip);
	tcase_add_loop_test(tc, named_damage, 0, (int)(sizeof damage / sizeof *damage));
	tcase_add_test(tc, counts);
	tcase_add_test(tc, misuse);
}

TEST_MAIN("moo")
