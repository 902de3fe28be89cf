/* SPDX-License-Identifier: MIT
 * Expectations made of captures, the lists beside a set, and the player: that what
 * is wrong is found, in registers, flags, memory and elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "conformance/vectors/play.h"
#include "conformance/vectors/undefined.h"
#include "refvmm/test_main.h"

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, OF = 0x800 };

static const struct {
	const char *code;
	u8 n, cl;
	u32 undefined;
} flags[] = {
	{"\x01\xd8", 2, 0, 0},                 /* add */
	{"\x21\xd8", 2, 0, AF},                /* and */
	{"\x0c\x01", 2, 0, AF},                /* or al */
	{"\x26\x36\x80\x37\x01", 5, 0, AF},    /* xor byte [bx], prefixed */
	{"\x80\x3f\x01", 3, 0, 0},             /* cmp byte [bx] */
	{"\xd1\xe0", 2, 0, AF},                /* shl ax,1 */
	{"\xd0\xc0", 2, 0, 0},                 /* rol al,1 */
	{"\xc1\xc0\x02", 3, 0, OF},            /* rol ax,2 */
	{"\xc1\xe0\x20", 3, 0, 0},             /* shl ax,32: nothing */
	{"\xc0\xe0\x08", 3, 0, AF | OF | CF},  /* shl al,8 */
	{"\xc1\xe0\x08", 3, 0, AF | OF},       /* shl ax,8 */
	{"\x66\xc1\xe0\x10", 4, 0, AF | OF},   /* shl eax,16 */
	{"\xc0\xf8\x08", 3, 0, AF | OF},       /* sar al,8 */
	{"\xd3\xe8", 2, 0x41, AF},             /* shr ax,cl: 1 */
	{"\xf7\xe3", 2, 0, SF | ZF | AF | PF}, /* mul */
	{"\xf7\xf3", 2, 0, CF | PF | AF | ZF | SF | OF},
	{"\xf6\xc3\x01", 3, 0, AF},        /* test */
	{"\xf7\xd3", 2, 0, 0},             /* not */
	{"\x37", 1, 0, OF | SF | ZF | PF}, /* aaa */
	{"\x27", 1, 0, OF},                /* daa */
	{"\xd5\x0a", 2, 0, OF | AF | CF},  /* aad */
	{"\x0f\xbc\xc3", 3, 0, CF | OF | SF | AF | PF},
	{"\x0f\xa4\xc3\x11", 4, 0, CF | PF | AF | ZF | SF | OF},
	{"\x0f\xa5\xc3", 3, 1, AF},
	{"\xf3\xa7", 2, 0, 0},
};

START_TEST(undefined)
{
	struct vinsn i;

	vinsn_parse(&i, (const u8 *)flags[_i].code, flags[_i].n);
	ck_assert_uint_eq(undefined_flags(&i, flags[_i].cl), flags[_i].undefined);
}
END_TEST

START_TEST(locks)
{
	static const struct {
		const char *code;
		u8 n;
		bool invalid;
	} c[] = {{"\xf0\x01\x07", 3, false},     {"\xf0\x03\x07", 3, true},
		 {"\xf0\x01\xc0", 3, true},      {"\xf0\x38\x07", 3, true},
		 {"\x01\xc0", 2, false},         {"\xf0\x9c", 2, true},
		 {"\xf0\xf6\x17", 3, false},     {"\xf0\xf6\x27", 3, true},
		 {"\x26\xf0\x87\x07", 4, false}, {"\xf0\xff\x07", 3, false},
		 {"\xf0\xff\x17", 3, true},      {"\xf0\x80\x3f\x01", 4, true}};
	struct vinsn i;

	for (unsigned k = 0; k < sizeof(c) / sizeof(*c); k++) {
		vinsn_parse(&i, (const u8 *)c[k].code, c[k].n);
		ck_assert_msg(lock_invalid(&i) == c[k].invalid, "%u", k);
	}
}
END_TEST

START_TEST(operands)
{
	const u32 gpr[8] = {0, 0, 0, 0x1000, 0, 0x2000, 0x300, 0xfffff040};
	static const struct {
		const char *code;
		u8 n;
		bool ss;
		u16 at;
	} c[] = {{"\x8b\x00", 2, false, 0x1300},         {"\x8b\x03", 2, true, 0x1040},
		 {"\x8b\x06\x34\x12", 4, false, 0x1234}, {"\x8b\x46\xff", 3, true, 0x1fff},
		 {"\x26\x8b\x46\xff", 4, false, 0x1fff}, {"\x36\x8b\x87\x00\xf0", 5, true, 0}};
	struct vinsn i;
	u16 at;

	for (unsigned k = 0; k < sizeof(c) / sizeof(*c); k++) {
		vinsn_parse(&i, (const u8 *)c[k].code, c[k].n);
		ck_assert(operand_offset(&i, (const u8 *)c[k].code, gpr, &at));
		ck_assert_msg(at == c[k].at && i.ss == c[k].ss, "%u: %x", k, at);
	}
	vinsn_parse(&i, (const u8 *)"\x8b\xc0", 2);
	ck_assert(!operand_offset(&i, (const u8 *)"\x8b\xc0", gpr, &at) && !i.ss);
}
END_TEST

/* ---- one test, made by the writer ---- */

static struct moo_out out;
static struct moo_file file;
static struct moo_test test;

static void put_regs(const u32 *value, u32 set)
{
	struct moo_regs r = {.present = true, .set = set};

	memcpy(r.value, value, sizeof(r.value));
	moo_put_regs(&out, &r, false);
}

/* CS 1000, SS 2000, DS 3000, ES 4000; IP 0100, SP 8000. */
static void make(const char *code, u32 n, u32 flags_in, u32 set, const u32 *fina, u32 at, u8 byte)
{
	u32 v[MOO_REGS] = {0};
	const u8 *p;
	size_t size;

	v[MOO_CS] = 0x1000;
	v[MOO_SS] = 0x2000;
	v[MOO_DS] = 0x3000;
	v[MOO_ES] = 0x4000;
	v[MOO_EIP] = 0x100;
	v[MOO_ESP] = 0x8000;
	v[MOO_EAX] = 0xff;
	v[MOO_EBX] = 1;
	v[MOO_EDI] = v[MOO_ESI] = 0xfffb;
	v[MOO_ECX] = 9;
	v[MOO_EFLAGS] = flags_in;
	moo_out_free(&out);
	moo_header(&out, "C286", 1, 0);
	moo_begin(&out, "TEST");
	moo_u32(&out, 7);
	moo_put_bytes(&out, "BYTS", code, n);
	moo_begin(&out, "INIT");
	put_regs(v, 0x3fffc & ~(1u << MOO_FS | 1u << MOO_GS));
	moo_begin(&out, "RAM ");
	for (u32 k = 0; k < n; k++)
		moo_put_ram(&out, 0x10100 + k, (u8)code[k]);
	moo_put_ram(&out, 0x34, 0); /* #GP: 0000:0500, HLT */
	moo_put_ram(&out, 0x35, 5);
	moo_put_ram(&out, 0x500, 0xf4);
	moo_end(&out);
	moo_end(&out);
	moo_begin(&out, "FINA");
	put_regs(fina, set);
	moo_begin(&out, "RAM ");
	if (at)
		moo_put_ram(&out, at, byte);
	moo_end(&out);
	moo_end(&out);
	moo_begin(&out, "HASH");
	moo_put(&out, "abcdefghijklmnopqrst", 20);
	moo_end(&out);
	moo_end(&out);
	moo_close(&file);
	p = moo_out_bytes(&out, &size);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(moo_open_memory(&file, "t", p, size), "%s", file.error);
	ck_assert_int_eq(moo_next(&file, &test), 1);
}

static struct player player;
static struct outcome outcome;

static enum verdict run(const struct expectation *e, unsigned how)
{
	play(&player, e, &test, how, false, &outcome);
	play_clean(&player, &test);
	return outcome.verdict;
}

static void open_player_that(bool counts)
{
	const struct refvmm_options o = {
		.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20, .count = counts};
	char why[REFVMM_REASON];

	ck_assert_msg(play_open(&player, &o, why), "%s", why);
}

static void open_player(void)
{
	open_player_that(false);
}

START_TEST(finds_what_is_wrong)
{
	u32 z[MOO_REGS] = {0};
	const u32 set = 1u << MOO_EAX | 1u << MOO_EIP | 1u << MOO_EFLAGS;
	struct expectation e;
	enum chip chip;
	u32 where;

	open_player();
	/* add ax,bx; the flags of the capture have junk above. */
	z[MOO_EAX] = 0x100;
	z[MOO_EIP] = 0x103;
	z[MOO_EFLAGS] = 0xf000 | 2 | PF | AF;
	make("\x01\xd8\xf4", 3, 0x7002, set, z, 0, 0);
	ck_assert(chip_of(&file, &chip) && chip == CHIP_286);
	expect(&e, chip, &file, &test, NULL);
	ck_assert(!e.drop && e.class == CLASS_CAPTURE);
	for (unsigned how = 0; how < 4; how++)
		ck_assert_msg(run(&e, how) == PASS, "%s", outcome.text);
	e.value[MOO_EAX]++;
	ck_assert_int_eq(run(&e, 0), FAIL);
	ck_assert_str_eq(outcome.text, "eax 5a5a0100 expected 5a5a0101");
	e.value[MOO_EAX]--;
	e.value[MOO_EFLAGS] ^= CF;
	ck_assert_int_eq(run(&e, 0), FAIL);
	ck_assert_str_eq(outcome.text, "eflags 16 expected 17");
	e.other = CF; /* as if CF were undefined and another chip set it */
	e.undefined = CF;
	ck_assert_int_eq(run(&e, 0), PASS_OTHER);
	e.other = CF | OF;
	ck_assert_int_eq(run(&e, 0), PASS_THIRD);
	player.strict = true;
	ck_assert_int_eq(run(&e, 0), FAIL);
	player.strict = false;
	/* mov [bx],al: a byte of the test, one beside it, one far away. */
	z[MOO_EIP] = 0x103;
	make("\x88\x07\xf4", 3, 2, 1u << MOO_EIP, z, 0x30001, 0xff);
	expect(&e, chip, &file, &test, NULL);
	ck_assert_msg(run(&e, 0) == PASS, "%s", outcome.text);
	make("\x88\x07\xf4", 3, 2, 1u << MOO_EIP, z, 0x30000, 0xff);
	ck_assert_int_eq(run(&e, 0), FAIL);
	ck_assert_str_eq(outcome.text, "[30000] 00 expected ff, [30001] ff expected 00");
	ck_assert(play_clear(&player, PLAY_MEMORY, &where));
	make("\x88\x07\xf4", 3, 2, 1u << MOO_EIP, z, 0, 0);
	ck_assert_int_eq(run(&e, 0), PASS); /* not its page: seen by play_clear() */
	ck_assert(!play_clear(&player, PLAY_MEMORY, &where) && where == 0x30001);
	play_wipe(&player);
	ck_assert(play_clear(&player, PLAY_MEMORY, &where));
	play_close(&player);
}
END_TEST

/* What is executed, by what ends the test: HLT itself, a fault, INT n, #UD that is held. */
START_TEST(instructions)
{
	static const struct {
		const char *code;
		u32 n;
		int vector; /* -1: none */
		int executed;
	} t[] = {
		{"\x01\xd8\xf4", 3, -1, 2},     /* add */
		{"\xf3\xaa\xf4", 3, -1, 2},     /* rep stosb, CX of any value */
		{"\xf4\xf4", 2, -1, 1},         /* hlt */
		{"\xcd\x45\xf4", 3, 0x45, 2},   /* int 45h */
		{"\x0f\xff\xf4", 3, 6, 1},      /* ud0, and the HLT of the handler */
		{"\xf0\x01\xd8\xf4", 4, -1, 0}, /* lock add register: held */
	};
	u32 z[MOO_REGS] = {0};
	struct expectation e;

	for (unsigned k = 0; k < sizeof(t) / sizeof(*t); k++) {
		z[MOO_EIP] = 0x100 + t[k].n;
		make(t[k].code, t[k].n, 2, 1u << MOO_EIP, z, 0, 0);
		test.has_exception = t[k].vector >= 0;
		test.vector = (u8)t[k].vector;
		expect(&e, CHIP_286, &file, &test, NULL);
		ck_assert_int_eq(e.instructions, t[k].executed);
		expect(&e, CHIP_8086, &file, &test, NULL);
		ck_assert_int_eq(e.instructions, -1);
	}
	open_player_that(true);
	make("\x90\xf4", 2, 2, 1u << MOO_EIP, (u32[MOO_REGS]){[MOO_EIP] = 0x102}, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	for (unsigned how = 0; how < 4; how++)
		ck_assert_msg(run(&e, how) == PASS, "%s", outcome.text);
	e.instructions = 1;
	ck_assert_int_eq(run(&e, 0), FAIL);
	ck_assert_str_eq(outcome.text, "2 instructions counted, expected 1");
	e.instructions = -1;
	ck_assert_int_eq(run(&e, 0), PASS);
	play_close(&player);
}
END_TEST

START_TEST(rules)
{
	u32 z[MOO_REGS] = {0};
	struct host_row row = {.result = HOST_UNDEF, .mask = AF};
	struct expectation e;

	open_player();
	z[MOO_EIP] = 0x103;
	/* and ax,bx with AF the other way round. */
	z[MOO_EAX] = 1;
	z[MOO_EFLAGS] = 2 | AF;
	make("\x21\xd8\xf4", 3, 2, 1u << MOO_EAX | 1u << MOO_EIP | 1u << MOO_EFLAGS, z, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	ck_assert(!(e.care[MOO_EFLAGS] & AF) && run(&e, 0) == PASS);
	expect(&e, CHIP_286, &file, &test, &row);
	ck_assert(e.class == CLASS_UNDEFINED && (e.care[MOO_EFLAGS] & AF));
	ck_assert_int_eq(run(&e, 0), PASS_OTHER);
	row.result = HOST_OK;
	expect(&e, CHIP_286, &file, &test, &row);
	ck_assert(e.class == CLASS_VERIFIED && run(&e, 0) == PASS_THIRD);
	player.strict = true;
	ck_assert_int_eq(run(&e, 0), FAIL); /* nothing is let off */
	player.strict = false;
	/* LOCK in front of a load. */
	make("\xf0\x8b\x07\xf4", 4, 2, 1u << MOO_EIP, z, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	ck_assert(e.class == CLASS_LOCK_UD && e.fault && e.vector == 6 && run(&e, 0) == PASS);
	/* POPF keeps IOPL and NT. */
	make("\x9d\xf4", 2, 2, 1u << MOO_EIP, z, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	ck_assert(e.class == CLASS_FLAGS15 && !(e.care[MOO_EFLAGS] & 0xf000));
	/* FS does not exist. */
	make("\x8e\xe0\xf4", 3, 2, 1u << MOO_EIP, z, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	ck_assert_ptr_nonnull(e.drop);
	/* les ax,[fffe] */
	make("\xc4\x06\xfe\xff\xf4", 5, 2, 1u << MOO_EIP, z, 0, 0);
	expect(&e, CHIP_286, &file, &test, NULL);
	ck_assert(e.class == CLASS_POINTER_WRAP && e.vector == 13 && run(&e, 0) == PASS);
	ck_assert_int_eq(run(&e, REFVMM_ONE), PASS);
	/* A register that the set masks out. */
	make("\x01\xd8\xf4", 3, 2, 1u << MOO_EIP, z, 0, 0);
	file.mask = (struct moo_regs){.present = true, .set = 1u << MOO_EFLAGS | 1u << MOO_EAX};
	expect(&e, CHIP_386, &file, &test, NULL);
	ck_assert(!(e.care[MOO_EAX] & 0xffff) && e.care[MOO_EBX] == 0xffffffff);
	play_close(&player);
}
END_TEST

/* rep stosw up to the end of the segment: 80286 registers stand behind, IA-32's at
 * the word that did not fit. */
START_TEST(string_faults)
{
	u32 z[MOO_REGS] = {0};
	const u32 set =
		1u << MOO_EIP | 1u << MOO_CS | 1u << MOO_ESP | 1u << MOO_EDI | 1u << MOO_ECX;
	struct host_row row = {.result = HOST_EXC_OK};
	struct expectation e;

	z[MOO_EIP] = 0x501;
	z[MOO_ESP] = 0x7ffa;
	z[MOO_EDI] = 1;
	z[MOO_ECX] = 6;
	make("\xf3\xab\xf4", 3, 2, set, z, 0, 0);
	test.has_exception = true;
	test.vector = 13;
	expect(&e, CHIP_286, &file, &test, &row);
	ck_assert_int_eq(e.class, CLASS_STRING_FAULT);
	ck_assert_uint_eq(e.value[MOO_EDI], 0xffff);
	ck_assert_uint_eq(e.value[MOO_ECX], 7);
	ck_assert_uint_eq(e.value[MOO_ESI], 0xfffb);
}
END_TEST

/* A set with 32-bit registers, as the 80386EX captures are: reserved bits of CR0 and
 * EFLAGS as ones, a mask for all tests. */
START_TEST(wide_registers)
{
	static const char code[] = "\x66\x01\xd8\xf4"; /* add eax,ebx */
	struct moo_regs r = {.present = true, .wide = true, .set = 0xfffff}, mask = r;
	struct expectation e;
	enum chip chip;
	const u8 *p;
	size_t n;

	open_player();
	r.value[MOO_CR0] = 0x7ffefff0;
	r.value[MOO_EAX] = 0xfffffff0;
	r.value[MOO_EBX] = 0x20;
	r.value[MOO_CS] = 0x1000;
	r.value[MOO_EIP] = 0x100;
	r.value[MOO_EFLAGS] = 0xfffc0002;
	r.value[MOO_DR6] = 0xffff0ff0;
	moo_out_free(&out);
	moo_header(&out, "386E", 1, 1);
	mask.set = 1u << MOO_EFLAGS;
	mask.value[MOO_EFLAGS] = 0xffffffff & ~(u32)AF;
	moo_put_regs(&out, &mask, true);
	moo_begin(&out, "TEST");
	moo_u32(&out, 0);
	moo_put_bytes(&out, "BYTS", code, 4);
	moo_begin(&out, "INIT");
	moo_put_regs(&out, &r, false);
	moo_begin(&out, "RAM ");
	for (u32 k = 0; k < 4; k++)
		moo_put_ram(&out, 0x10100 + k, (u8)code[k]);
	moo_end(&out);
	moo_end(&out);
	moo_begin(&out, "FINA");
	r.set = 1u << MOO_EAX | 1u << MOO_EIP | 1u << MOO_EFLAGS;
	r.value[MOO_EAX] = 0x10;
	r.value[MOO_EIP] = 0x104;
	r.value[MOO_EFLAGS] = 0xfffc0002 | CF | AF; /* AF is masked, and wrong */
	moo_put_regs(&out, &r, false);
	moo_end(&out);
	moo_end(&out);
	moo_close(&file);
	p = moo_out_bytes(&out, &n);
	ck_assert_msg(moo_open_memory(&file, "t", p, n), "%s", file.error);
	ck_assert(moo_next(&file, &test) == 1 && chip_of(&file, &chip) && chip == CHIP_386);
	expect(&e, chip, &file, &test, NULL);
	ck_assert_msg(run(&e, 0) == PASS, "%s", outcome.text);
	e.value[MOO_EAX] |= 0x80000000;
	ck_assert_int_eq(run(&e, 0), FAIL);
	ck_assert_str_eq(outcome.text, "eax 10 expected 80000010");
	play_close(&player);
}
END_TEST

START_TEST(lists)
{
	char dir[] = "/tmp/test_vectors.XXXXXX", path[64], why[200];
	static const u8 hash[20] = {0x12, 0x34};
	struct hostcheck h;
	const struct host_row *r;
	gzFile g;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert(hostcheck_load(&h, dir, why) && !h.n && !h.n_revoked); /* none there */
	snprintf(path, sizeof(path), "%s/HOST_CHECK.tsv.gz", dir);
	g = gzopen(path, "wb");
	gzputs(g, "file\tindex\thash\tresult\n"
		  "80.1.MOO.gz\t9\t1234000000000000000000000000000000000000\tundef_flags=0x0010\n"
		  "01.MOO.gz\t3\t1234000000000000000000000000000000000000\tok\n");
	gzclose(g);
	snprintf(path, sizeof(path), "%s/revocation_list.txt", dir);
	f = fopen(path, "w");
	fputs("# words\n\n1234000000000000000000000000000000000000\n", f);
	fclose(f);
	ck_assert_msg(hostcheck_load(&h, dir, why), "%s", why);
	ck_assert_uint_eq(h.n, 2);
	r = hostcheck_find(&h, "80.1.MOO.gz", 9, hash);
	ck_assert(r && r->result == HOST_UNDEF && r->mask == 0x10);
	ck_assert(!hostcheck_find(&h, "80.1.MOO.gz", 8, hash));
	ck_assert(!hostcheck_find(&h, "80.1.MOO.gz", 9, (const u8 *)"another hash of 20 b"));
	r = hostcheck_find(&h, "01.MOO.gz", 3, hash);
	ck_assert(r && r->result == HOST_OK);
	ck_assert(hostcheck_revoked(&h, hash) && h.n_revoked == 1);
	hostcheck_free(&h);
	f = fopen(path, "w");
	fputs("1234\n", f);
	fclose(f);
	ck_assert(!hostcheck_load(&h, dir, why));
	ck_assert_ptr_nonnull(strstr(why, "line 1 is no hash"));
	unlink(path);
	snprintf(path, sizeof(path), "%s/HOST_CHECK.tsv.gz", dir);
	g = gzopen(path, "wb");
	gzputs(g, "file\tindex\thash\tresult\n01.MOO.gz\t3\tok\n");
	gzclose(g);
	ck_assert(!hostcheck_load(&h, dir, why));
	ck_assert_ptr_nonnull(strstr(why, "line 2 is no row"));
	unlink(path);
	rmdir(dir);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, undefined, 0, (int)(sizeof(flags) / sizeof(*flags)));
	tcase_add_test(tc, locks);
	tcase_add_test(tc, operands);
	tcase_add_test(tc, finds_what_is_wrong);
	tcase_add_test(tc, instructions);
	tcase_add_test(tc, rules);
	tcase_add_test(tc, string_faults);
	tcase_add_test(tc, wide_registers);
	tcase_add_test(tc, lists);
}

TEST_MAIN("vectors")
