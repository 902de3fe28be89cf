/* SPDX-License-Identifier: MIT
 * A set of an 80386EX that a user brings, made here in the shape of the published one:
 * gzip files named by prefixes and opcode, RG32 with the junk of reserved bits, masks
 * for the file and for single tests, EA32, GMET, queues, bus cycles, an exception with
 * its frame, a list of withdrawn tests.  Walked as `vmproof run --vectors` does, and run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/vectors/play.h"
#include "conformance/vectors/vset.h"
#include "refvmm/test_main.h"

enum { CF = 1, PF = 4, AF = 0x10, OF = 0x800 };
enum { CODE = 0x10100, STACK = 0x20000, DATA = 0x30000 };

/* One test; bytes behind the code in memory are the operand's. */
struct vector {
	const char *name, *code;
	u32 n, ebx, ecx;
	u32 address, operand; /* four bytes before, 0: none */
	bool writes;          /* and its lowest byte behind: */
	u8 byte;
	u32 eax, eflags; /* behind, in the junk of the chip */
	u32 mask;        /* of EFLAGS, for this test; 0: none */
	bool gp;         /* ends in #GP(0) at once */
};

static const struct vector file_66[] = {
	/* add eax, [bx]: a carry; the chip shows bits 18-31 as ones */
	{"add eax,[bx]", "\x66\x03\x07\xf4", 4, 0x1000, 0, DATA + 0x1000, 0xfffffff1, false, 0, 0x1,
	 0xfffc0002 | CF, 0, false},
	/* shl eax, 9: AF and OF are undefined, and wrong here */
	{"shl eax,9", "\x66\xc1\xe0\x09\xf4", 5, 0, 0, 0, 0, false, 0, 0x2000,
	 0xfffc0002 | PF | AF | OF, ~(u32)(AF | OF), false},
	/* withdrawn: a result that no processor gives */
	{"inc eax", "\x66\x40\xf4", 3, 0, 0, 0, 0, false, 0, 0x77, 0xfffc0002, 0, false},
};
static const struct vector file_67[] = {
	/* xor byte [ebx+ecx*2], al by a 32-bit address: parity even */
	{"xor [ebx+ecx*2],al", "\x67\x30\x04\x4b\xf4", 5, 0x2000, 0x10, DATA + 0x2020, 0x13, true,
	 0x3, 0x10, 0xfffc0002 | PF, 0, false},
	/* mov ax, [bx] across the end of the segment */
	{"mov ax,[bx]", "\x8b\x07\xf4", 3, 0xffff, 0, 0, 0, false, 0, 0x10, 0xfffc0002, 0, true},
	/* wrong in a bit that every mask compares */
	{"dec eax", "\x66\x48\xf4", 3, 0, 0, 0, 0, false, 0, 0xf, 0xfffc0002 | PF | AF | CF, 0,
	 false},
};

static void put_ea32(struct moo_out *o, const struct vector *v)
{
	moo_begin(o, "EA32");
	moo_u8(o, 2); /* DS */
	moo_u16(o, DATA >> 4);
	moo_u32(o, DATA);
	moo_u32(o, 0xffff);
	moo_u32(o, v->address - DATA);
	moo_u32(o, v->address);
	moo_u32(o, v->address);
	moo_end(o);
}

static void put_init(struct moo_out *o, const struct vector *v)
{
	struct moo_regs r = {.present = true, .wide = true, .set = 0xfffff};

	r.value[MOO_CR0] = 0x7ffefff0;
	r.value[MOO_EAX] = 0x10;
	r.value[MOO_EBX] = v->ebx;
	r.value[MOO_ECX] = v->ecx;
	r.value[MOO_CS] = 0xabcd1000; /* upper halves are junk */
	r.value[MOO_SS] = STACK >> 4;
	r.value[MOO_DS] = DATA >> 4;
	r.value[MOO_ESP] = 0x8000;
	r.value[MOO_EIP] = 0x100;
	r.value[MOO_EFLAGS] = 0xfffc0002;
	r.value[MOO_DR6] = 0xffff0ff0;
	moo_begin(o, "INIT");
	moo_put_regs(o, &r, false);
	if (v->address)
		put_ea32(o, v);
	moo_begin(o, "RAM ");
	for (u32 k = 0; k < v->n; k++)
		moo_put_ram(o, CODE + k, (u8)v->code[k]);
	for (u32 k = 0; v->address && k < 4; k++)
		moo_put_ram(o, v->address + k, (u8)(v->operand >> 8 * k));
	moo_put_ram(o, 4 * 13 + 1, 5); /* #GP: 0000:0500 */
	moo_put_ram(o, 0x500, 0xf4);
	moo_end(o);
	moo_put_bytes(o, "QUEU", v->code, 2);
	moo_end(o);
}

static void put_fina(struct moo_out *o, const struct vector *v)
{
	static const u8 frame[6] = {0x00, 0x01, 0x00, 0x10, 0x02, 0x00}; /* IP, CS, FLAGS */
	struct moo_regs r = {.present = true, .wide = true}, mask = r;

	r.set = 1u << MOO_EIP | 1u << MOO_EAX | 1u << MOO_EFLAGS;
	r.value[MOO_EAX] = v->eax;
	r.value[MOO_EFLAGS] = v->eflags;
	r.value[MOO_EIP] = 0x100 + v->n; /* the HLT counts */
	if (v->gp) {
		r.set |= 1u << MOO_CS | 1u << MOO_ESP;
		r.value[MOO_EIP] = 0x501;
		r.value[MOO_ESP] = 0x7ffa;
	}
	moo_begin(o, "FINA");
	moo_put_regs(o, &r, false);
	if (v->mask) {
		mask.set = 1u << MOO_EFLAGS;
		mask.value[MOO_EFLAGS] = v->mask;
		moo_put_regs(o, &mask, true);
	}
	moo_begin(o, "RAM ");
	if (v->writes)
		moo_put_ram(o, v->address, v->byte);
	for (u32 k = 0; v->gp && k < 6; k++)
		moo_put_ram(o, STACK + 0x7ffa + k, frame[k]);
	moo_end(o);
	moo_put_bytes(o, "QUEU", "\x90\x90", 2);
	moo_end(o);
}

static void put_test(struct moo_out *o, u32 index, const struct vector *v, u8 hash)
{
	const u8 id[20] = {hash};

	moo_begin(o, "TEST");
	moo_u32(o, index);
	moo_begin(o, "GMET");
	moo_put(o, "0123456789", 10);
	moo_end(o);
	moo_put_bytes(o, "NAME", v->name, (u32)strlen(v->name));
	moo_put_bytes(o, "BYTS", v->code, v->n);
	put_init(o, v);
	put_fina(o, v);
	moo_begin(o, "CYCL");
	moo_u32(o, 1);
	moo_put(o, "123456789012345", 15);
	moo_end(o);
	if (v->gp) {
		moo_begin(o, "EXCP");
		moo_u8(o, 13);
		moo_u32(o, STACK + 0x7ffe);
		moo_end(o);
	}
	moo_begin(o, "HASH");
	moo_put(o, id, sizeof(id));
	moo_end(o);
	moo_end(o);
}

static void write_file(const char *path, const struct vector *v, u32 n, u8 hash)
{
	/* The published sets count wrongly here: the header's number holds. */
	const struct moo_meta meta = {true, 1, 0, 7, 0x66, "", 295000, 1, 0};
	struct moo_regs mask = {.present = true, .wide = true, .set = 1u << MOO_EFLAGS};
	struct moo_out o;

	mask.value[MOO_EFLAGS] = 0xffffffff;
	moo_out_init(&o);
	moo_header(&o, "386E", 1, 1);
	moo_put_meta(&o, &meta);
	moo_put_regs(&o, &mask, true);
	for (u32 k = 0; k < n; k++)
		put_test(&o, k, &v[k], (u8)(hash + k));
	ck_assert_int_eq(moo_save(&o, path, true), 0);
	moo_out_free(&o);
}

struct seen {
	struct player player;
	unsigned how, passed, failed, revoked;
	char last[600]; /* which failed, and why */
};

static bool one(void *arg, const struct vset_test *v)
{
	struct seen *s = arg;
	struct outcome o;

	if (v->drop) {
		ck_assert_str_eq(v->drop, "revoked");
		s->revoked++;
		return true;
	}
	ck_assert(v->e.class == CLASS_CAPTURE && !play_fits(v->t));
	play(&s->player, &v->e, v->t, s->how, false, &o);
	play_clean(&s->player, v->t);
	if (o.verdict == FAIL)
		snprintf(s->last, sizeof(s->last), "%.*s: %s", (int)v->t->name.n, v->t->name.data,
			 o.text);
	s->passed += o.verdict == PASS;
	s->failed += o.verdict == FAIL;
	return true;
}

static void walk(const char *dir, unsigned how, struct seen *s)
{
	const struct refvmm_options o = {.memory = PLAY_MEMORY, .flat = true, .hang_seconds = 20};
	const struct vset_visitor visitor = {.arg = s, .test = one};
	const struct vset_choice all = {0};
	struct vset set;
	char why[400];

	memset(s, 0, sizeof(*s));
	s->how = how;
	ck_assert_msg(play_open(&s->player, &o, why), "%s", why);
	ck_assert_msg(vset_open(&set, dir, &all, why), "%s", why);
	ck_assert_msg(vset_walk(&set, &visitor, why), "%s", why);
	vset_close(&set);
	play_close(&s->player);
}

START_TEST(a_set_that_a_user_brings)
{
	char dir[] = "/tmp/test_set386.XXXXXX", a[64], b[64], list[64];
	struct seen s;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(a, sizeof(a), "%s/6603.MOO.gz", dir);
	snprintf(b, sizeof(b), "%s/6730.MOO.gz", dir);
	snprintf(list, sizeof(list), "%s/revocation_list.txt", dir);
	write_file(a, file_66, 3, 0x10);
	write_file(b, file_67, 3, 0x20);
	f = fopen(list, "w");
	fputs("1200000000000000000000000000000000000000\n", f);
	fclose(f);
	walk(dir, (unsigned)_i, &s);
	ck_assert_str_eq(s.last, "dec eax: eflags 16 expected 17");
	ck_assert(s.passed == 4 && s.failed == 1 && s.revoked == 1);
	/* Without the list the withdrawn test counts. */
	unlink(list);
	walk(dir, (unsigned)_i, &s);
	ck_assert(s.passed == 4 && s.failed == 2 && s.revoked == 0);
	unlink(a);
	unlink(b);
	rmdir(dir);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_set_that_a_user_brings, 0, 8);
}

TEST_MAIN("set386")
