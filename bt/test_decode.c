/* SPDX-License-Identifier: MIT
 * The decoder: every opcode of the two classic maps in the three modes has a
 * class (no silent holes), and the fields of struct insn against encodings made
 * by hand from SDM vol. 2.
 */
#include "bt/decode.h"
#include "refvmm/cpuid.h"
#include "refvmm/test_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, PM16, PM32, MODES };

static const struct decode_mode modes[MODES] = {
	[PM16] = {.protected = true},
	[PM32] = {.code32 = true, .protected = true},
};

static struct insn in;

static enum decode_status decode(int mode, const char *hex)
{
	u8 bytes[32];
	unsigned n = 0;
	char *end;

	for (const char *p = hex;; p = end) {
		unsigned long byte = strtoul(p, &end, 16);

		if (end == p)
			break;
		bytes[n++] = (u8)byte;
	}
	return bt_decode(modes[mode], bytes, n, 0x1000, &in);
}

#define ok(mode, hex) ck_assert_msg(decode(mode, hex) == DECODE_OK, "%s", hex)

/* ---- the whole opcode space ---- */

#define CLASSES 25
_Static_assert(CLASSES == IC_STOP + 1, "one column per class");

/* Opcodes (by map, opcode, and the register field of ModRM) that decode in each
 * mode, by class.  A change here is a change of what the translator does. */
static void count_classes(int mode, unsigned count[CLASSES], unsigned *undefined)
{
	u8 bytes[INSN_MAX] = {0};

	memset(count, 0, CLASSES * sizeof(*count));
	*undefined = 0;
	for (unsigned map = 0; map < 2; map++)
		for (unsigned op = 0; op < 256; op++)
			for (unsigned reg = 0; reg < 8; reg++) {
				bytes[0] = map ? 0x0f : (u8)op;
				bytes[map] = (u8)op;
				bytes[map + 1] = (u8)(reg << 3); /* [eax] or [bx + si] */
				switch (bt_decode(modes[mode], bytes, INSN_MAX, 0, &in)) {
				case DECODE_OK:
					count[in.cls]++;
					break;
				case DECODE_UD:
					++*undefined;
					break;
				default:
					ck_abort_msg("map %u opcode %02x: cut off", map, op);
				}
			}
}

START_TEST(census)
{
	static const unsigned want[MODES][CLASSES + 1] = {
		/* ORDER insn_class, then #UD */
		{1716, 88, 178, 57, 5, 507, 268, 8, 8, 256, 32, 17, 9,
		 16,   8,  8,   8,  8, 48,  6,   8, 0, 361, 0,  0,  476},
		{1716, 88, 178, 57, 5, 507, 268, 8, 8, 256, 32, 17, 9,
		 16,   8,  8,   8,  8, 48,  6,   8, 8, 384, 0,  0,  445},
		{1716, 88, 178, 57, 5, 507, 268, 8, 8, 256, 32, 17, 9,
		 16,   8,  8,   8,  8, 48,  6,   8, 8, 384, 0,  0,  445},

	};
	unsigned got[CLASSES], undefined, bad = 0;

	for (int m = 0; m < MODES; m++) {
		count_classes(m, got, &undefined);
		for (int c = 0; c < CLASSES; c++)
			bad += got[c] != want[m][c];
		bad += undefined != want[m][CLASSES];
		if (!bad)
			continue;
		printf("now:");
		for (int c = 0; c < CLASSES; c++)
			printf(" %u,", got[c]);
		printf(" %u\n", undefined);
		ck_abort_msg("mode %d: the census changed", m);
	}
}
END_TEST

/* Every prefix x map x opcode x ModRM byte: an instruction or #UD, never a class
 * that stops the VM, and a length that
 * the same bytes cut short do not have. */
START_TEST(no_holes)
{
	static const u8 prefixes[] = {0, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e};
	unsigned decoded = 0;

	for (unsigned k = 0; k < sizeof(prefixes) * 2 * 65536; k++) {
		u8 bytes[INSN_MAX] = {0};
		unsigned n = 0, op = k >> 8 & 0xff, map = k >> 16 & 1, prefix = prefixes[k >> 17];

		if (prefix)
			bytes[n++] = (u8)prefix;
		if (map)
			bytes[n++] = 0x0f;
		bytes[n++] = (u8)op;
		bytes[n] = (u8)k;
		if (bt_decode(modes[_i], bytes, INSN_MAX, 0, &in) != DECODE_OK)
			continue;
		decoded++;
		if (in.cls == IC_STOP)
			ck_abort_msg("%s has no row in insn.def", bt_insn_name(&in));
		if (in.cls >= CLASSES || in.len > INSN_MAX)
			ck_abort_msg("%s: class %u, %u bytes", bt_insn_name(&in), in.cls, in.len);
		for (unsigned cut = 0; cut < in.len; cut++) {
			struct insn part;

			if (bt_decode(modes[_i], bytes, cut, 0, &part) != DECODE_MORE)
				ck_abort_msg("%s: %u of %u bytes", bt_insn_name(&in), cut, in.len);
		}
	}
	ck_assert_uint_gt(decoded, 300000);
}
END_TEST

/* ---- one instruction of every class ---- */

static const struct {
	const char *hex;
	u8 cls;
} rows[] = {
	{"01 d8", IC_IDENT},
	{"f3 a4", IC_STRING},
	{"d7", IC_STRING},
	{"50", IC_STACK},
	{"c8 10 00 00", IC_STACK},
	{"d9 c0", IC_X87},
	{"0f 18 08", IC_IDENT},
	{"0f ae 08", IC_X87},
	{"d9 30", IC_X87_ENV},
	{"dd 30", IC_X87_ENV},
	{"d9 20", IC_X87_ENV},
	{"dd 20", IC_X87_ENV},
	{"0f ae 08", IC_X87},
	{"0f ae 00", IC_X87_ENV},
	{"0f ef c0", IC_MMX},
	{"0f d4 c0", IC_MMX}, /* PADDQ of SSE2 on MMX registers */
	{"0f d7 c3", IC_MMX}, /* PMOVMSKB */
	{"0f 2c c1", IC_SSE}, /* CVTTPS2PI uses MXCSR */
	{"0f 58 c1", IC_SSE},
	{"f2 0f 10 c1", IC_SSE},
	{"f2 0f c2 c1 00", IC_SSE},
	{"9b", IC_WAIT},
	{"0f 31", IC_RDTSC},
	{"75 fe", IC_JCC},
	{"0f 84 00 00 00 00", IC_JCC},
	{"e2 fe", IC_LOOP},
	{"e3 fe", IC_LOOP},
	{"eb fe", IC_JMP},
	{"ff e0", IC_JMP},
	{"e8 00 00 00 00", IC_CALL},
	{"ff 10", IC_CALL},
	{"c3", IC_RET},
	{"c2 04 00", IC_RET},
	{"9c", IC_PUSHF},
	{"9d", IC_POPF},
	{"fa", IC_CLI},
	{"fb", IC_STI},
	{"06", IC_PUSH_SEG},
	{"0f a8", IC_PUSH_SEG},
	{"8c d8", IC_MOV_SEG},
	{"8e d8", IC_MON},
	{"1f", IC_MON},
	{"0f a1", IC_MON},
	{"ce", IC_INTO},
	{"63 c0", IC_ARPL},
	{"f4", IC_MON},
	{"cd 80", IC_MON},
	{"cb", IC_MON},
	{"ff 28", IC_MON},
	{"ea 00 00 00 00 08 00", IC_MON},
	{"0f 20 c0", IC_MON},
	{"0f 21 c0", IC_MON},
	{"0f 01 38", IC_MON},
	{"0f 33", IC_MON},
	{"0f f7 c1", IC_MMX},
	{"66 0f f7 c1", IC_SSE},
};

START_TEST(class_of_rows)
{
	ok(PM32, rows[_i].hex);
	ck_assert_msg(in.cls == rows[_i].cls, "%s %s: class %u", rows[_i].hex, bt_insn_name(&in),
		      in.cls);
}
END_TEST

/* #UD on the modelled processors: reserved encodings, newer instructions, LOCK
 * where it is not allowed, what only 64-bit mode has. */
static const char *const undefined[] = {
	"0f 0b",          /* UD2 */
	"0f 05",          /* SYSCALL */
	"0f aa",          /* RSM outside SMM */
	"c6 08 00",       /* C6 /1 */
	"8f 08",          /* 8F /1 (XOP space) */
	"fe 10",          /* FE /2 */
	"ff 38",          /* FF /7 */
	"0f 38 10 c1",    /* PBLENDVB: SSE4.1 */
	"f2 0f 38 f0 c1", /* CRC32: SSE4.2 */
	"0f c7 f0",       /* RDRAND */
	"c5 f8 28 c1",    /* VMOVAPS */
	"8c f0",          /* MOV r/m, Sreg 6 */
	"8e c8",          /* MOV CS */
	"0f 20 08",       /* MOV from CR1 */
	"f0 90",          /* LOCK NOP */
	"f0 8b 00",       /* LOCK MOV */
	"f0 01 d8",       /* LOCK ADD to a register */
	"f0 3b 00",       /* LOCK CMP */
	"0f 0f c1 9e",    /* 3DNow! */
	"8d c0",          /* LEA of a register */
	"c5 c0",          /* LDS of a register */
	"62 c0",          /* BOUND of a register */
};

START_TEST(undefined_opcodes)
{
	enum decode_status s = decode(PM32, undefined[_i]);

	ck_assert_msg(s == DECODE_UD, "%s: status %d %s", undefined[_i], s, bt_insn_name(&in));
}
END_TEST

/* SYSENTER and SYSEXIT are refused by the monitor, with #GP, in every mode. */
START_TEST(sysenter_in_every_mode)
{
	for (int m = REAL; m < MODES; m++) {
		ck_assert_int_eq(decode(m, "0f 34"), DECODE_OK);
		ck_assert_uint_eq(in.cls, IC_MON);
		ck_assert_int_eq(decode(m, "0f 35"), DECODE_OK);
		ck_assert_uint_eq(in.cls, IC_MON);
	}
	ck_assert_int_eq(decode(REAL, "0f 02 c0"), DECODE_UD); /* LAR */
}
END_TEST

/* Encodings that newer processors took over do what the old ones did. */
START_TEST(older_meaning)
{
	ok(PM32, "f3 0f bc c1");
	ck_assert_str_eq(bt_insn_name(&in), "bsf"); /* not TZCNT */
	ok(PM32, "f3 0f bd c1");
	ck_assert_str_eq(bt_insn_name(&in), "bsr"); /* not LZCNT */
	ok(PM32, "f3 90");
	ck_assert_int_eq(in.cls, IC_IDENT); /* PAUSE, a NOP before */
	ok(PM32, "f3 0f 09");
	ck_assert_str_eq(bt_insn_name(&in), "wbinvd"); /* not WBNOINVD */
	ok(PM32, "f3 0f 1e fa");
	ck_assert_int_eq(in.cls, IC_IDENT); /* ENDBR64: a wide NOP */
}
END_TEST

/* What a processor without the feature makes of it. */
START_TEST(processor_models)
{
	static const struct {
		const char *hex;
		u32 edx, ecx;
	} of[] = {
		{"0f 40 c1", F_CMOV, 0},     {"da c1", F_CMOV, 0},    /* CMOV, FCMOV */
		{"db f1", F_CMOV, 0},        {"0f 1f 00", F_CMOV, 0}, /* FCOMI, NOP */
		{"0f 34", F_SEP, 0},         {"0f c7 08", F_CX8, 0},
		{"0f 6f c1", F_MMX, 0},      {"0f ae 00", F_FXSR, 0}, /* FXSAVE */
		{"0f 58 c1", F_SSE, 0},      {"0f ae 10", F_SSE, 0},  /* LDMXCSR */
		{"0f c4 c0 00", F_SSE, 0},                            /* PINSRW mm */
		{"66 0f 58 c1", F_SSE2, 0},  {"0f d4 c1", F_SSE2, 0}, /* PADDQ mm */
		{"0f ae 38", F_CLFSH, 0},    {"f2 0f d0 c1", 0, F_SSE3},
		{"db 08", 0, F_SSE3}, /* FISTTP */
		{"0f 38 00 c1", 0, F_SSSE3}, {"66 0f 38 00 c1", 0, F_SSSE3},
	};

	for (unsigned k = 0; k < sizeof(of) / sizeof(of[0]); k++) {
		bt_decode_for(~0u, ~0u);
		ok(PM32, of[k].hex);
		ck_assert_uint_ne(in.cls, IC_STOP);
		bt_decode_for(~of[k].edx, ~of[k].ecx);
		ck_assert_msg(decode(PM32, of[k].hex) == DECODE_UD, "%s", of[k].hex);
	}
}
END_TEST

/* ---- lengths ---- */

START_TEST(fifteen_bytes)
{
	ok(PM32, "3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 01 00");
	ck_assert_uint_eq(in.len, 15);
	ck_assert_int_eq(decode(PM32, "3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 3e 01 00"),
			 DECODE_LONG);
	/* Prefixes only: the 16th byte is never asked for. */
	ck_assert_int_eq(decode(PM32, "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66"), DECODE_LONG);
	ck_assert_int_eq(decode(PM32, "66 66 66 66 66 66 66 66 66 66 66 66 66 66"), DECODE_MORE);
	ck_assert_int_eq(decode(PM32, ""), DECODE_MORE);
}
END_TEST

START_TEST(sizes_by_mode)
{
	ok(PM32, "b8 78 56 34 12");
	ck_assert_uint_eq(in.opsize, 4);
	ck_assert_uint_eq(in.imm, 0x12345678);
	ok(PM32, "66 b8 34 12");
	ck_assert_uint_eq(in.opsize, 2);
	for (int m = REAL; m <= PM16; m++) {
		ok(m, "b8 34 12");
		ck_assert_uint_eq(in.opsize, 2);
		ck_assert_uint_eq(in.adsize, 2);
		ok(m, "66 67 89 04 24"); /* mov [esp], eax */
		ck_assert_uint_eq(in.opsize, 4);
		ck_assert_uint_eq(in.adsize, 4);
		ck_assert_uint_eq(in.base, R_ESP);
		ck_assert_uint_eq(in.mem_seg, S_SS);
	}
	ok(PM32, "66 0f 58 c1"); /* ADDPD: 66 selects the instruction */
	ck_assert_uint_eq(in.mand66, 1);
	ck_assert_uint_eq(in.opsize, 4);
}
END_TEST

/* ---- fields ---- */

START_TEST(memory_operand)
{
	ok(PM32, "65 8b 84 8d 78 56 34 12"); /* mov eax, gs:[ebp + ecx*4 + 12345678h] */
	ck_assert_uint_eq(in.has_mem, 1);
	ck_assert_uint_eq(in.base, R_EBP);
	ck_assert_uint_eq(in.index, R_ECX);
	ck_assert_uint_eq(in.scale, 4);
	ck_assert_int_eq(in.disp, 0x12345678);
	ck_assert_uint_eq(in.disp_off, 4);
	ck_assert_uint_eq(in.disp_size, 4);
	ck_assert_uint_eq(in.mem_seg, S_GS);
	ck_assert_uint_eq(in.seg_prefix, S_GS);
	ck_assert_uint_eq(in.mem_size, 4);
	ck_assert_uint_eq(in.mem_read, 1);
	ck_assert_uint_eq(in.mem_write, 0);
	ck_assert_uint_eq(in.writes_mem, 0);
	ck_assert_uint_eq(in.modrm_off, 2);

	ok(PM32, "80 40 fe 7f"); /* add byte [eax - 2], 7fh */
	ck_assert_int_eq(in.disp, -2);
	ck_assert_uint_eq(in.imm_off, 3);
	ck_assert_uint_eq(in.imm_size, 1);
	ck_assert_uint_eq(in.mem_read && in.mem_write && in.writes_mem, 1);
	ck_assert_uint_eq(in.mem_seg, S_DS);

	ok(PM32, "a3 44 33 22 11"); /* mov [11223344h], eax: moffs */
	ck_assert_uint_eq(in.has_mem, 1);
	ck_assert_uint_eq(in.modrm_off, 0);
	ck_assert_uint_eq((u32)in.disp, 0x11223344);
	ck_assert_uint_eq(in.writes_mem, 1);

	ok(PM32, "8d 04 24"); /* LEA is no access */
	ck_assert_uint_eq(in.has_mem, 0);

	ok(PM32, "50"); /* PUSH: an implicit write */
	ck_assert_uint_eq(in.has_mem, 0);
	ck_assert_uint_eq(in.writes_mem, 1);

	ok(PM32, "0f c7 08"); /* CMPXCHG8B */
	ck_assert_uint_eq(in.mem_size, 8);
}
END_TEST

START_TEST(addressing_16)
{
	static const struct {
		const char *hex;
		u8 base, index, seg;
	} forms[] = {
		{"8a 00", R_EBX, R_ESI, S_DS},         {"8a 01", R_EBX, R_EDI, S_DS},
		{"8a 02", R_EBP, R_ESI, S_SS},         {"8a 03", R_EBP, R_EDI, S_SS},
		{"8a 04", R_ESI, NO_REG, S_DS},        {"8a 05", R_EDI, NO_REG, S_DS},
		{"8a 06 00 10", NO_REG, NO_REG, S_DS}, {"8a 07", R_EBX, NO_REG, S_DS},
		{"8a 46 00", R_EBP, NO_REG, S_SS},     {"26 8a 46 00", R_EBP, NO_REG, S_ES},
	};

	for (unsigned k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
		ok(REAL, forms[k].hex);
		ck_assert_msg(in.base == forms[k].base && in.index == forms[k].index &&
				      in.mem_seg == forms[k].seg,
			      "%s: base %u index %u segment %u", forms[k].hex, in.base, in.index,
			      in.mem_seg);
	}
	/* The sum wraps at 64 KiB. */
	{
		struct vcpu v = {.gpr = {[R_EBX] = 0xffff, [R_ESI] = 0x12}};

		ok(REAL, "8a 40 01");
		ck_assert_uint_eq(insn_ea(&v, &in), 0x12);
	}
}
END_TEST

START_TEST(segment_overrides)
{
	static const u8 byte[S_COUNT] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	char hex[32];

	for (unsigned s = 0; s < S_COUNT; s++) {
		snprintf(hex, sizeof(hex), "%02x 8b 00", byte[s]);
		ok(PM32, hex);
		ck_assert_uint_eq(in.mem_seg, s);
		ck_assert_uint_eq(in.opcode_off, 1);
		snprintf(hex, sizeof(hex), "%02x a4", byte[s]); /* MOVSB: the source */
		ok(PM32, hex);
		ck_assert_uint_eq(in.mem_seg, s);
		snprintf(hex, sizeof(hex), "%02x d7", byte[s]); /* XLAT */
		ok(PM32, hex);
		ck_assert_uint_eq(in.mem_seg, s);
	}
	ok(PM32, "26 65 8b 00"); /* the last one counts */
	ck_assert_uint_eq(in.mem_seg, S_GS);
	ok(PM32, "aa"); /* STOSB: ES always, nothing to override */
	ck_assert_uint_eq(in.mem_seg, NO_SEG);
}
END_TEST

START_TEST(branches_and_pointers)
{
	ok(PM32, "e8 fb ff ff ff");
	ck_assert_uint_eq(in.rel_target, 0x1000);
	ok(PM32, "66 e9 00 f0"); /* 16-bit target: EIP is cut */
	ck_assert_uint_eq(in.rel_target, (0x1004 + 0xf000) & 0xffff);
	ok(REAL, "eb 80");
	ck_assert_uint_eq(in.rel_target, 0x0f82);
	ok(PM32, "9a 78 56 34 12 cd ab");
	ck_assert_uint_eq(in.imm, 0x12345678);
	ck_assert_uint_eq(in.imm2, 0xabcd);
	ok(REAL, "ea 34 12 cd ab");
	ck_assert_uint_eq(in.imm, 0x1234);
	ck_assert_uint_eq(in.imm2, 0xabcd);
	ok(PM32, "c8 34 12 05"); /* ENTER */
	ck_assert_uint_eq(in.imm, 0x1234);
	ck_assert_uint_eq(in.imm2, 5);
}
END_TEST

START_TEST(repeat_and_lock)
{
	ok(PM32, "f3 a4");
	ck_assert_uint_eq(in.rep, 0xf3);
	ok(PM32, "f2 a6");
	ck_assert_uint_eq(in.rep, 0xf2);
	ok(PM32, "f3 01 d8"); /* ignored there */
	ck_assert_uint_eq(in.rep, 0);
	ok(PM32, "f0 0f b1 08");
	ck_assert_uint_eq(in.lock, 1);
	ck_assert_uint_eq(in.map, 1);
	ck_assert_uint_eq(in.opcode, 0xb1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, census);
	tcase_add_loop_test(tc, no_holes, 0, MODES);
	tcase_add_loop_test(tc, class_of_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, undefined_opcodes, 0, sizeof(undefined) / sizeof(undefined[0]));
	tcase_add_test(tc, sysenter_in_every_mode);
	tcase_add_test(tc, older_meaning);
	tcase_add_test(tc, processor_models);
	tcase_add_test(tc, fifteen_bytes);
	tcase_add_test(tc, sizes_by_mode);
	tcase_add_test(tc, memory_operand);
	tcase_add_test(tc, addressing_16);
	tcase_add_test(tc, segment_overrides);
	tcase_add_test(tc, branches_and_pointers);
	tcase_add_test(tc, repeat_and_lock);
}

TEST_MAIN("decode")
