/* SPDX-License-Identifier: MIT
 * What the translator emits, byte by byte, for a few dozen instructions in
 * several contexts: bt/golden.txt, rewritten by `make rebase` and read in review.
 * Beside it rules that hold for everything emitted.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"
#include "refvmm/vcpu_offsets.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>

/* Contexts of the golden cases. */
enum {
	P32,
	R16,
	P16,
	P32_CPL3,
	P32_TF,
	P32_TS,
	P32_SMALL,
	P32_B16,
	P32_COUNT,
	P32_CHECK,
	R16_PLAIN,
	P32_STORE
};
static const char *const context_name[] = {
	"pm32",
	"real16",
	"pm16",
	"pm32 cpl3",
	"pm32 TF",
	"pm32 CR0.TS",
	"pm32 CS limit 1fff",
	"pm32 SS.B=0",
	"pm32 counting",
	"pm32 self-check",
	"real16 plain segments",
	"pm32 after two faults",
};

static const struct {
	u8 context;
	const char *code;
} golden[] = {
	/* copied */
	{P32, "8b 44 24 04"},
	{P32, "66 01 d8"},
	{P32, "67 8b 00"},
	{P32, "3e 3e f0 0f b1 0b"},
	{P32, "26 a1 44 33 22 11"},
	{P32, "36 f3 a4"},
	{P32, "65 8b 03"},
	{P32, "64 8b 03 65 8b 03"},
	{P32, "2e d7"},
	{P32, "c8 10 00 01"},
	{P32, "d9 40 08"},
	{P32, "db e3"},
	{P32, "0f ae 0b"},
	{P32, "d9 23"},
	{P32, "66 0f 58 c1"},
	{P32, "f2 0f 10 06"},
	{P32, "0f 31"},
	{R16, "8b 47 04"},
	{R16, "66 8b 47 04"},
	{R16, "67 66 8b 04 8b"},
	{R16, "2e 8b 07"},
	{R16, "f3 ab"},
	{R16, "50"},
	{R16, "60"},
	{R16, "d4 0a"},
	{P16, "64 8b 07"},
	/* near control flow */
	{P32, "eb 0e"},
	{P32, "75 0e"},
	{P32, "e2 0e"},
	{P32, "67 e3 0e"},
	{P32, "e8 0b 00 00 00"},
	{P32, "ff d0"},
	{P32, "ff 24 85 00 20 00 00"},
	{P32, "ff 55 08"},
	{P32, "c3"},
	{P32, "c2 08 00"},
	{P32_B16, "c2 08 00"},
	{R16, "e8 0d 00"},
	{R16, "ff d0"},
	{R16, "ff 17"},
	{R16, "c3"},
	{R16, "66 c3"},
	{P32_SMALL, "e9 fb 0f 00 00"},
	{P32_SMALL, "75 7f"},
	{P32_SMALL, "0f 85 00 10 00 00"},
	{P32_SMALL, "c3"},
	/* flags */
	{P32, "9c"},
	{R16, "9c"},
	{P32, "9d"},
	{R16, "9d"},
	{P32_TF, "9d"},
	{P32, "fa"},
	{P32_CPL3, "fa"},
	{P32, "fb 40"},
	{P32, "fb f4"},
	{P32, "ce"},
	/* segments */
	{P32, "1e"},
	{P32, "66 0f a0"},
	{P32, "8c d8"},
	{P32, "8c 18"},
	{P32, "8c 1c 08"},
	{P32, "8e d8"},
	{P32, "8e 5c 24 04"},
	{P32, "65 8e 28"},
	{P32_CPL3, "65 8b 03 8e e8"},
	{P32, "0f a1"},
	{P32, "66 1f"},
	{P32_B16, "07"},
	{P32_B16, "17 40"},
	{P32, "17 40"},
	{P32, "17"},
	{R16, "8e d8"},
	{R16_PLAIN, "8e d8"},
	{R16_PLAIN, "64 8e 67 04"},
	{R16_PLAIN, "8e 2e 00 20"},
	{R16_PLAIN, "8e d0 89 cc"},
	{R16_PLAIN, "8e d0"},
	{R16_PLAIN, "07"},
	/* ports with a cell: 80h, 64h for reading */
	{P32, "e6 80"},
	{P32, "e4 64"},
	{P32, "e6 64"},
	{P32, "ec"},
	{R16, "66 ef"},
	{P32_CPL3, "ec"},
	/* stores to where another mapping is needed */
	{P32_STORE, "88 04 0f"},
	{P32_STORE, "66 89 0f"},
	{P32_STORE, "26 89 17"},
	{P32_STORE, "c7 45 04 78 56 34 12"},
	/* checks known at translation */
	{P32_TS, "d9 c0"},
	{P32_TS, "9b"},
	{P32_TS, "0f ef c0"},
	{R16, "0f 58 c1"},
	{R16, "63 c0"},
	{P32, "d9 33"},
	{P32, "0f 0b"},
	{P32, "0f f7 c1"},
	{P32, "ed"},
	{P32_TF, "f3 a4"},
	/* preludes */
	{P32_COUNT, "40"},
	{P32_COUNT, "40 cd 21"},
	{P32_CHECK, "b8 78 56 34 12 66 90 40"},
};

static void enter_context(unsigned c)
{
	start(c == P32_COUNT);
	memset(guest, 0xf4, sizeof(guest)); /* HLT ends what is not a branch */
	bt_port(bt, 0x80, 1, true, 4);
	bt_port(bt, 0x64, 1, false, 8);
	switch (c) {
	case R16:
		real16();
		break;
	case P16:
		vcpu->seg[S_CS].attr &= ~D_DB;
		vcpu->seg[S_SS].attr &= ~D_DB;
		break;
	case P32_CPL3:
		vcpu->cpl = 3;
		break;
	case P32_TF:
		vcpu->vflags = FL_TF;
		break;
	case P32_TS:
		vcpu->cr0 |= CR0_TS | CR0_MP;
		break;
	case P32_SMALL:
		vcpu->seg[S_CS].limit = 0x1fff;
		break;
	case P32_B16:
		vcpu->seg[S_SS].attr &= ~D_DB;
		break;
	case P32_CHECK:
		bt->frame_state[1] = PG_SELFCHECK;
		break;
	case R16_PLAIN:
		real16();
		vcpu->segs_plain = true;
		break;
	case P32_STORE:
		memset(bt->faults, BT_FAULTS_TO_CHECK, sizeof(bt->faults));
		break;
	}
}

/* One host instruction at `pc` as "bytes  text"; its length. */
static unsigned print_host(FILE *out, u32 pc)
{
	ZydisDisassembledInstruction d;
	const u8 *code = (const u8 *)(uintptr_t)pc;

	ck_assert(ZYAN_SUCCESS(
		ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LEGACY_32, pc, code, 15, &d)));
	fprintf(out, "   ");
	for (unsigned k = 0; k < d.info.length; k++)
		fprintf(out, " %02x", code[k]);
	fprintf(out, "%*s%s\n", d.info.length < 13 ? 3 * (13 - d.info.length) : 1, "", d.text);
	return d.info.length;
}

static void print_case(FILE *out, unsigned k)
{
	struct decode_mode dm;
	struct insn i;
	char text[96];
	unsigned n;
	u32 u;

	enter_context(golden[k].context);
	n = put(0x1000, golden[k].code);
	dm.code32 = vcpu->seg[S_CS].attr & D_DB;
	dm.protected = vcpu->cr0 & CR0_PE;
	fprintf(out, "%s: %s", context_name[golden[k].context], golden[k].code);
	for (u32 at = 0; at < n; at += i.len) {
		if (bt_decode(dm, guest + 0x1000 + at, n - at, 0x1000 + at, &i) != DECODE_OK) {
			fprintf(out, "  ; #UD");
			break;
		}
		bt_disassemble(dm, &i, text, sizeof(text));
		fprintf(out, "  ; %s", text);
	}
	fputc('\n', out);
	u = translate(0x1000);
	for (u32 pc = bt->unit[u].body;
	     pc < bt->unit[u].body + bt->unit[u].len && bt_recover(bt, u, pc) < 0x1000 + n;)
		pc += print_host(out, pc);
}

static void print_all(FILE *out)
{
	u32 u;

	fprintf(out, "Emitted code, monitor base %x; written by `make rebase`.\n\n", TEST_MON);
	start(false);
	put(0x1000, "c3");
	u = translate(0x1000);
	bt_publish(bt, u);
	fprintf(out, "indirect entry of the unit at 1000\n");
	for (u32 pc = bt->unit[u].entry; pc < bt->tc_next;)
		pc += print_host(out, pc);
	for (unsigned k = 0; k < sizeof(golden) / sizeof(golden[0]); k++)
		print_case(out, k);
}

START_TEST(golden_text)
{
	char now[256], then[256];
	FILE *out = tmpfile(), *in;
	unsigned line = 0;

	if (getenv("BT_REBASE")) { /* `make rebase` */
		in = fopen("bt/golden.txt", "w");
		ck_assert(in);
		print_all(in);
		ck_assert(fclose(in) == 0);
	}
	in = fopen("bt/golden.txt", "r");
	ck_assert_msg(in, "bt/golden.txt: run in the top folder");
	print_all(out);
	rewind(out);
	for (;;) {
		char *a = fgets(now, sizeof(now), out), *b = fgets(then, sizeof(then), in);

		line++;
		if (!a && !b)
			break;
		if (!a || !b || strcmp(now, then))
			ck_abort_msg("bt/golden.txt:%u: %s(if that is meant: make rebase) "
				     "now: %s",
				     line, b ? then : "end\n", a ? now : "end\n");
	}
	ck_assert_uint_gt(line, 300);
	fclose(out);
	fclose(in);
}
END_TEST

/* mov sreg, gs:[hsel of the same register, or of what FS stands for] */
static bool loads_shadow(const ZydisDecodedOperand *o)
{
	u32 at = (u32)o[1].mem.disp.value - TEST_MON - V_HSEL;

	if (o[1].type != ZYDIS_OPERAND_TYPE_MEMORY || o[1].mem.segment != ZYDIS_REGISTER_GS ||
	    o[1].mem.base != ZYDIS_REGISTER_NONE || o[1].mem.index != ZYDIS_REGISTER_NONE)
		return false;
	if (o[0].reg.value == ZYDIS_REGISTER_FS)
		return at == 4 * S_FS || at == 4 * S_GS || at == 4 * S_CS || at == 4 * HSEL_GS_LOW;
	return at == 4u * (o[0].reg.value - ZYDIS_REGISTER_ES) && at <= 4 * S_DS && at != 4 * S_CS;
}

/* In units segment registers are loaded with their shadows only, nothing goes far, nothing calls
 * the host's kernel, and every direct jump stays in the unit or goes to a stub. */
static void check_host_code(u32 u)
{
	ZydisDecoder host;
	u32 pc = bt->unit[u].body;

	ZydisDecoderInit(&host, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
	ZydisDecoderEnableMode(&host, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE); /* NOPs then */
	while (pc < bt->unit[u].body + bt->unit[u].len) {
		struct {
			ZydisDecodedInstruction info;
			ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
		} d;

		if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&host, (const void *)(uintptr_t)pc, 15,
							 &d.info, d.operands)))
			ck_abort_msg("unit of %02x %02x %02x, host +%x: not an instruction",
				     guest[0x1000], guest[0x1001], guest[0x1002],
				     pc - bt->unit[u].body);
		if (d.info.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ||
		    (d.info.meta.category == ZYDIS_CATEGORY_INTERRUPT &&
		     d.info.mnemonic != ZYDIS_MNEMONIC_BOUND) ||
		    d.info.meta.category == ZYDIS_CATEGORY_SYSCALL ||
		    (d.info.meta.category == ZYDIS_CATEGORY_SYSTEM &&
		     d.info.mnemonic != ZYDIS_MNEMONIC_ARPL &&
		     d.info.mnemonic != ZYDIS_MNEMONIC_RDTSC))
			ck_abort_msg("emitted: %s", ZydisMnemonicGetString(d.info.mnemonic));
		for (unsigned k = 0; k < d.info.operand_count; k++) {
			const ZydisDecodedOperand *o = &d.operands[k];
			ZyanU64 to;

			if (o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
			    (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) &&
			    o->reg.value >= ZYDIS_REGISTER_ES &&
			    o->reg.value <= ZYDIS_REGISTER_GS && !loads_shadow(d.operands))
				ck_abort_msg("emitted: %s",
					     ZydisMnemonicGetString(d.info.mnemonic));
			if (o->type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !o->imm.is_relative)
				continue;
			ZydisCalcAbsoluteAddress(&d.info, o, pc, &to);
			if ((to < bt->unit[u].body || to >= bt->unit[u].body + bt->unit[u].len) &&
			    (to < TEST_MON + MON_STUBS || to >= bt->stubs_end))
				ck_abort_msg("%s leaves the unit",
					     ZydisMnemonicGetString(d.info.mnemonic));
		}
		pc += d.info.length;
	}
	ck_assert_uint_eq(pc, bt->unit[u].body + bt->unit[u].len);
}

/* Every opcode with every ModRM byte, in six contexts. */
START_TEST(emitted_code_stays_inside)
{
	static const u8 context[] = {P32, R16, P32_CPL3, P32_TS, R16_PLAIN, P32_STORE};

	for (unsigned map = 0; map < 2; map++) {
		enter_context(context[_i]);
		for (unsigned k = 0; k < 65536; k++) {
			u32 at = 0x1000;
			enum mon m;
			u32 u;

			if (map)
				guest[at++] = 0x0f;
			guest[at] = (u8)(k >> 8);
			guest[at + 1] = (u8)k;
			guest[at + 2] = 0;
			if ((k & 0x3f) == 0x3f) /* few registers forms are enough */
				bt_flush(bt);
			u = bt_translate(bt, bt_context(bt, 0), 0x1000, &m);
			if (!u)
				ck_abort_msg("map %u %04x: not translated", map, k);
			check_host_code(u);
		}
	}
}
END_TEST

/* The stubs that load segment registers: shadows only, by way of monitor memory, and
 * out by the unit or a stub. */
START_TEST(segload_stubs)
{
	ZydisDecoder host;
	unsigned loads = 0, returns = 0;
	u32 pc;

	start(false);
	ZydisDecoderInit(&host, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
	for (pc = bt->stub_segload[0][0]; pc < bt->stubs_end;) {
		ZydisDecodedInstruction z;
		ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];

		ck_assert(ZYAN_SUCCESS(
			ZydisDecoderDecodeFull(&host, (void *)(uintptr_t)pc, 15, &z, o)));
		ck_assert_uint_ne(z.meta.branch_type, ZYDIS_BRANCH_TYPE_FAR);
		for (unsigned k = 0; k < z.operand_count; k++) {
			ZyanU64 to;

			if (o[k].type == ZYDIS_OPERAND_TYPE_MEMORY)
				ck_assert_uint_eq(o[k].mem.segment, ZYDIS_REGISTER_GS);
			if (o[k].type == ZYDIS_OPERAND_TYPE_REGISTER &&
			    o[k].reg.value >= ZYDIS_REGISTER_ES &&
			    o[k].reg.value <= ZYDIS_REGISTER_GS) {
				ck_assert(loads_shadow(o));
				loads++;
			}
			if (o[k].type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !o[k].imm.is_relative)
				continue;
			ZydisCalcAbsoluteAddress(&z, &o[k], pc, &to);
			ck_assert(to >= TEST_MON + MON_STUBS && to < bt->stub_segload[0][0]);
		}
		returns += z.mnemonic == ZYDIS_MNEMONIC_JMP;
		pc += z.length;
	}
	ck_assert_uint_eq(pc, bt->stubs_end);
	ck_assert_uint_eq(loads, 2 * (SEGLOADS - 2)); /* FS and GS while neither is in FS */
	ck_assert_uint_eq(returns, 2 * SEGLOADS);
}
END_TEST

/* A unit is a basic block: it ends at branches, page ends and UNIT_INSNS. */
START_TEST(unit_boundaries)
{
	u32 u;

	start(false);
	u = translate(0x1000); /* NOPs */
	ck_assert_uint_eq(bt->unit[u].n_insns, 31);
	u = translate(0x1ff8);
	ck_assert_uint_eq(bt->unit[u].n_insns, 8);
	put(0x3000, "40 40 75 00 40");
	u = translate(0x3000);
	ck_assert_uint_eq(bt->unit[u].n_insns, 3);
	ck_assert_uint_eq(bt->unit[u].glen, 4);
	vcpu->seg[S_CS].limit = 0x4003;
	u = translate(0x4000);
	ck_assert_uint_eq(bt->unit[u].n_insns, 4);
	vcpu->vflags = FL_TF;
	u = translate(0x4000);
	ck_assert_uint_eq(bt->unit[u].n_insns, 1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, golden_text);
	tcase_add_loop_test(tc, emitted_code_stays_inside, 0, 4);
	tcase_add_test(tc, unit_boundaries);
	tcase_add_test(tc, segload_stubs);
}

TEST_MAIN("translate")
