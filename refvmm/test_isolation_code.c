/* SPDX-License-Identifier: MIT
 * What the translator emits, for every opcode of the one-, two- and three-byte maps
 * under many prefixes and operands, and for random bytes: no instruction that loads
 * or shows a host selector, transfers control far, enters a kernel, is privileged
 * or sensitive, and no memory operand outside the guest's own segments except the
 * monitor's on its own area.  The emitted bytes are decoded as the processor would,
 * with every extension switched on.
 */
#include "bt/test_support.h"
#include "refvmm/test_main.h"
#include "refvmm/vcpu_offsets.h"

#include <Zydis/Zydis.h>
#include <stdio.h>

static ZydisDecoder host;

/* Of these categories, what depends on the guest's registers and memory alone. */
static bool harmless(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_BOUND || m == ZYDIS_MNEMONIC_ARPL ||
	       m == ZYDIS_MNEMONIC_RDTSC; /* guarded by CR4.TSD */
}

/* Categories of which nothing may be copied. */
static bool forbidden_category(ZydisInstructionCategory c)
{
	switch (c) {
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_IO:
	case ZYDIS_CATEGORY_IOSTRINGOP:
	case ZYDIS_CATEGORY_SEGOP:
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_SYSRET:
	case ZYDIS_CATEGORY_SYSTEM:
	case ZYDIS_CATEGORY_VTX:
	case ZYDIS_CATEGORY_RDWRFSGS:
	case ZYDIS_CATEGORY_XSAVE:
	case ZYDIS_CATEGORY_SMAP:
	case ZYDIS_CATEGORY_SGX:
	case ZYDIS_CATEGORY_CET:
	case ZYDIS_CATEGORY_KEYLOCKER:
		return true;
	default:
		return false;
	}
}

static bool is_segment(const ZydisDecodedOperand *p)
{
	return p->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(p->reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

static bool in_area(u32 at, u32 from, u32 to)
{
	return at - (TEST_MON + from) < to - from;
}

/* What is known of ECX and EDX on the way through a sequence: at most FFh, at most
 * FFFFh, read from the table of aliases, or such an alias plus at most FFh. */
enum known { ANY, BYTE, WORD, ALIAS, INSIDE };
static enum known ecx, edx;

static enum known *known_of(ZydisRegister r)
{
	static enum known other;

	switch (ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LEGACY_32, r)) {
	case ZYDIS_REGISTER_ECX:
		return &ecx;
	case ZYDIS_REGISTER_EDX:
		return &edx;
	default:
		other = ANY;
		return &other;
	}
}

static bool plain_gs(const ZydisDecodedOperand *p)
{
	return p->type == ZYDIS_OPERAND_TYPE_MEMORY && p->mem.segment == ZYDIS_REGISTER_GS;
}

static enum known result(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	if (z->mnemonic == ZYDIS_MNEMONIC_MOVZX)
		return op[1].size == 8 ? BYTE : WORD;
	if (z->mnemonic == ZYDIS_MNEMONIC_MOV && plain_gs(&op[1]) &&
	    (u32)op[1].mem.disp.value == TEST_MON + MON_ALIASES)
		return ALIAS;
	if (z->mnemonic == ZYDIS_MNEMONIC_LEA && op[1].mem.disp.value == 0 &&
	    op[1].mem.scale <= 1 && *known_of(op[1].mem.base) == ALIAS &&
	    *known_of(op[1].mem.index) == BYTE)
		return INSIDE;
	return ANY;
}

/* Behind one instruction of straight code. */
static void learn(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	enum known now = result(z, op);

	if (z->mnemonic == ZYDIS_MNEMONIC_JMP)
		ecx = edx = ANY;
	for (unsigned k = 0; k < z->operand_count; k++)
		if (op[k].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    op[k].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
			*known_of(op[k].reg.value) = k ? ANY : now;
}

/* Tables and cells, with a register that cannot lead out of them. */
static bool in_tables(const ZydisDecodedOperand *p, u32 at)
{
	bool index = p->mem.base == ZYDIS_REGISTER_NONE;
	u32 last, scale = index ? p->mem.scale : 1;

	switch (*known_of(index ? p->mem.index : p->mem.base)) {
	case BYTE:
		last = 0xff;
		break;
	case WORD:
		/* The aliases' group number has been taken from a table. */
		last = at == TEST_MON + MON_ALIASES ? 0xfff : 0xffff;
		break;
	case INSIDE:
		return !index && at == 0;
	default:
		return false;
	}
	return in_area(at, MON_CELLS, MON_SHADOW_RAM) &&
	       in_area(at + last * scale + p->size / 8 - 1, MON_CELLS, MON_SHADOW_RAM);
}

/* A memory operand through GS: the monitor's, on vCPU state or tables. */
static bool monitors_own(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *p)
{
	u32 at = (u32)p->mem.disp.value;

	if (p->mem.base == ZYDIS_REGISTER_NONE && p->mem.index == ZYDIS_REGISTER_NONE)
		return in_area(at, MON_VCPU, MON_STUBS) ||
		       in_area(at, MON_CELLS, MON_TABLE_PAGES) ||
		       (in_area(at, MON_PORT_IN8, MON_PORT_OUT8) &&
			!(p->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE));
	if (z->mnemonic == ZYDIS_MNEMONIC_JMP)
		return p->mem.base == ZYDIS_REGISTER_NONE && p->mem.index == ZYDIS_REGISTER_ECX &&
		       p->mem.scale == 4 && (ecx == BYTE || ecx == WORD) &&
		       in_area(at, MON_SMALL, MON_CELLS);
	return (p->mem.base == ZYDIS_REGISTER_NONE || p->mem.index == ZYDIS_REGISTER_NONE) &&
	       in_tables(p, at);
}

/* mov sreg, gs:[hsel]: the shadow selector of the same register, or of one of the
 * guest's that hardware FS stands for. */
static bool loads_shadow(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	u32 at = (u32)op[1].mem.disp.value - (TEST_MON + V_HSEL);

	if (z->mnemonic != ZYDIS_MNEMONIC_MOV || !plain_gs(&op[1]) ||
	    op[1].mem.base != ZYDIS_REGISTER_NONE || op[1].mem.index != ZYDIS_REGISTER_NONE)
		return false;
	switch (op[0].reg.value) {
	case ZYDIS_REGISTER_ES:
		return at == 4 * S_ES;
	case ZYDIS_REGISTER_SS:
		return at == 4 * S_SS;
	case ZYDIS_REGISTER_DS:
		return at == 4 * S_DS;
	case ZYDIS_REGISTER_FS:
		return at == 4 * S_FS || at == 4 * S_GS || at == 4 * S_CS || at == 4 * HSEL_GS_LOW;
	default:
		return false;
	}
}

static const char *bad_operand(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op)
{
	for (unsigned k = 0; k < z->operand_count; k++) {
		if (is_segment(&op[k])) {
			if (!(k == 0 && loads_shadow(z, op)))
				return "segment register";
		} else if (op[k].type == ZYDIS_OPERAND_TYPE_MEMORY &&
			   op[k].mem.type != ZYDIS_MEMOP_TYPE_AGEN) {
			if (op[k].mem.segment == ZYDIS_REGISTER_CS)
				return "memory through CS";
			if (op[k].mem.segment == ZYDIS_REGISTER_GS && !monitors_own(z, &op[k]))
				return "memory through GS";
		}
	}
	return NULL;
}

/* Where a relative branch may lead: the unit itself or a stub. */
static bool bad_target(const ZydisDecodedInstruction *z, u32 at, u32 from, u32 to)
{
	u32 target = at + z->length + (u32)z->raw.imm[0].value.s;

	return z->raw.imm[0].is_relative && (target < from || target >= to) &&
	       (target < TEST_MON + MON_STUBS || target >= bt->stubs_end);
}

/* What is wrong with the code at [from, to), made for guest instruction `i`; NULL:
 * nothing. */
static const char *verdict(u32 from, u32 to, const struct insn *i)
{
	bool pops = i->cls == IC_POPF, pushes = i->cls == IC_PUSHF;

	ecx = edx = ANY;
	for (u32 at = from; at < to;) {
		ZydisDecodedInstruction z;
		ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
		const char *bad;

		if (!ZYAN_SUCCESS(
			    ZydisDecoderDecodeFull(&host, (void *)(uintptr_t)at, to - at, &z, op)))
			return "cannot be decoded";
		if (z.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
			return "not a legacy encoding";
		if (z.length > 15)
			return "too long";
		if (z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
			return "far transfer";
		if (forbidden_category(z.meta.category) && !harmless(z.mnemonic))
			return "sensitive instruction";
		bad = bad_operand(&z, op);
		if (bad)
			return bad;
		if (bad_target(&z, at, from, to))
			return "branch out of the unit";
		switch (z.mnemonic) {
		case ZYDIS_MNEMONIC_IRET:
		case ZYDIS_MNEMONIC_IRETD:
			return "far transfer";
		case ZYDIS_MNEMONIC_CALL:
		case ZYDIS_MNEMONIC_RET:
			return "call or return";
		case ZYDIS_MNEMONIC_POPF:
		case ZYDIS_MNEMONIC_POPFD:
			if (!pops)
				return "popf";
			break;
		case ZYDIS_MNEMONIC_PUSHF:
		case ZYDIS_MNEMONIC_PUSHFD:
			if (!pushes)
				return "pushf";
			break;
		case ZYDIS_MNEMONIC_CPUID:
		case ZYDIS_MNEMONIC_RDTSCP:
		case ZYDIS_MNEMONIC_RDPID:
		case ZYDIS_MNEMONIC_MONITOR:
		case ZYDIS_MNEMONIC_MWAIT:
			return "sensitive instruction";
		case ZYDIS_MNEMONIC_CLI:
		case ZYDIS_MNEMONIC_STI:
		case ZYDIS_MNEMONIC_HLT:
		case ZYDIS_MNEMONIC_UD0:
		case ZYDIS_MNEMONIC_UD1:
		case ZYDIS_MNEMONIC_UD2:
			return "privileged or undefined";
		default:
			break;
		}
		learn(&z, op);
		at += z.length;
	}
	return NULL;
}

static void setup(void)
{
	start(false);
	for (unsigned k = 0; k < 2; k++) {
		bt_port(bt, 0x80, 1, k, 4); /* the immediate that every_opcode uses */
		bt_port(bt, 0x25, 1, k, 8);
	}
	ZydisDecoderInit(&host, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
	/* BND instructions are NOPs unless the host enables MPX, which Linux no longer can. */
	ZydisDecoderEnableMode(&host, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
}

static void real_mode(void)
{
	real16();
}

static void kernel_mode(void)
{
	flat32();
}

static void code16(void)
{
	flat32();
	vcpu->seg[S_CS].attr &= ~(u32)D_DB;
	vcpu->seg[S_SS].attr &= ~(u32)D_DB;
}

static void user_mode(void)
{
	flat32();
	vcpu->cpl = 3;
}

/* Segment loads in line. */
static void plain_segments(void)
{
	real16();
	vcpu->segs_plain = true;
}

/* Every store has faulted before. */
static void faulted(void)
{
	flat32();
	memset(bt->faults, BT_FAULTS_TO_CHECK, sizeof(bt->faults));
}

static void (*const modes[])(void) = {real_mode, kernel_mode,    code16,
				      user_mode, plain_segments, faulted};
#define N_MODES ((int)(sizeof(modes) / sizeof(*modes)))

static unsigned long translated;

#define AT 0x2000

/* Translate the one instruction at AT and judge what was made of it. */
static void judge(u32 ctx)
{
	struct decode_mode dm = {.code32 = vcpu->seg[S_CS].attr & D_DB,
				 .protected = vcpu->cr0 & CR0_PE};
	const char *bad;
	struct insn i;
	enum mon status;
	u32 u;

	if (bt->n_units > 40000) {
		u32 mode = bt->ctx[ctx].mode;

		bt_flush(bt);
		ctx = bt_context_of(bt, vcpu->seg[S_CS].base, vcpu->seg[S_CS].limit, mode);
	}
	u = bt_translate(bt, ctx, AT, &status);
	if (!u)
		return; /* cannot happen to bytes in memory; counted by `translated` */
	translated++;
	if (bt_decode(dm, guest + AT, INSN_MAX, AT, &i) != DECODE_OK)
		i.cls = IC_UD;
	bad = verdict(bt->unit[u].body, bt->unit[u].body + bt->unit[u].len, &i);
	if (!bad && translated % 16 == 0) { /* some: with an entry, when they come back */
		bt->unit[u].published = true;
		for (unsigned k = 0; k < BT_REGIONS; k++)
			bt_next_region(bt);
		bt_install(bt, u);
		bad = verdict(bt->unit[u].entry, bt->unit[u].body + bt->unit[u].len, &i);
	}
	ck_assert_msg(!bad, "%s, for %02x %02x %02x %02x %02x %02x %02x", bad, guest[AT],
		      guest[AT + 1], guest[AT + 2], guest[AT + 3], guest[AT + 4], guest[AT + 5],
		      guest[AT + 6]);
}

static u32 single(int mode)
{
	modes[mode]();
	return bt_context(bt, M_SINGLE);
}

static const char *const prefixes[] = {
	"",   "66", "67", "66 67", "f2",    "f3",    "66 f2", "66 f3", "f0",    "2e",         "36",
	"3e", "26", "64", "65",    "65 67", "65 66", "2e 67", "65 f3", "2e f3", "f3 65 66 67"};
#define N_PREFIXES (sizeof(prefixes) / sizeof(*prefixes))

static const char *const maps[] = {"", "0f", "0f 38", "0f 3a"};

/* Addressing forms; each with all eight register fields, fewer in the last maps. */
static const u8 forms[] = {0x00, 0x04, 0x05, 0x06, 0x84, 0xc0, 0xc4, 0xc6};

START_TEST(every_opcode)
{
	u32 ctx;

	setup();
	ctx = single(_i);
	for (unsigned p = 0; p < N_PREFIXES; p++)
		for (unsigned m = 0; m < 4; m++)
			for (unsigned op = 0; op < 256; op++)
				for (unsigned f = 0; f < sizeof(forms) * 8; f += m < 2 ? 1 : 7) {
					unsigned n = put(AT, prefixes[p]);

					n += put(AT + n, maps[m]);
					guest[AT + n++] = (u8)op;
					guest[AT + n++] = forms[f / 8] | (f % 8) << 3;
					/* SIB, displacement, immediate, far selector 0x2b */
					put(AT + n, "25 48 00 80 ff 2b 00 33 00 80 ff");
					judge(ctx);
				}
	ck_assert_uint_eq(translated, N_PREFIXES * 256 * (2 * 64 + 2 * 10));
}
END_TEST

/* All second bytes without prefixes: INT n, segment loads with
 * each register, and so on. */
START_TEST(every_second_byte)
{
	u32 ctx;

	setup();
	ctx = single(_i);
	for (unsigned m = 0; m < 2; m++)
		for (unsigned op = 0; op < 0x10000; op++) {
			unsigned n = put(AT, maps[m]);

			guest[AT + n++] = (u8)(op >> 8);
			guest[AT + n++] = (u8)op;
			put(AT + n, "80 2b 00 00 00 33 00 7b 00");
			judge(ctx);
		}
	ck_assert_uint_eq(translated, 2 * 0x10000);
}
END_TEST

START_TEST(random_bytes)
{
	u32 ctx, seed = 12345; /* any: the bytes are the same in every run */

	setup();
	ctx = single(_i);
	for (unsigned n = 0; n < 100000; n++) {
		for (unsigned k = 0; k < 16; k++) {
			seed = seed * 1664525u + 1013904223u;
			guest[AT + k] = (u8)(seed >> 24);
		}
		judge(ctx);
	}
	ck_assert_uint_eq(translated, 100000);
}
END_TEST

/* Whatever the size of the unit that does not fit any more, nothing is written
 * behind the cache. */
START_TEST(cache_is_bounded)
{
	static const u8 zeros[256];
	u64 regions;
	u8 *behind;

	setup();
	flat32();
	behind = (u8 *)(uintptr_t)bt->tc_end;
	memset(behind, 0, 256);
	memset(guest + AT, 0x9c, 0x1000); /* PUSHF: much code for one byte */
	regions = bt->stat[ST_cache_regions];
	for (unsigned n = 0; bt->stat[ST_cache_regions] < regions + 3 * BT_REGIONS; n++) {
		enum mon status;

		ck_assert_uint_ne(bt_translate(bt, bt_context(bt, 0), AT + n % 64, &status), 0);
		ck_assert_uint_le(bt->tc_next, bt->tc_end);
		if (memcmp(behind, zeros, sizeof(zeros)) != 0)
			ck_abort_msg("bytes behind the cache");
	}
}
END_TEST

/* The same for units that come back: they are copied, not emitted. */
START_TEST(region_is_bounded)
{
	static const u8 zeros[256];
	u8 *behind;
	u32 u;
	enum mon status;

	setup();
	flat32();
	behind = (u8 *)(uintptr_t)bt->tc_end;
	memset(behind, 0, 256);
	memset(guest + AT, 0x9c, 0x1000);
	u = bt_translate(bt, bt_context(bt, 0), AT, &status);
	ck_assert_uint_gt(bt->unit[u].len, 256);
	for (unsigned n = 0; n < 64; n++) {
		do
			bt_next_region(bt);
		while (bt->region != BT_REGIONS - 1);
		for (unsigned k = 0; bt->unit[u].body; k++) { /* where it was is another region */
			ck_assert_uint_lt(k, BT_REGIONS);
			bt_next_region(bt);
		}
		while (bt->region != BT_REGIONS - 1)
			bt_next_region(bt);
		bt->tc_next = bt->tc_limit - 4 * n;
		bt_install(bt, u);
		ck_assert_uint_le(bt->tc_next, bt->tc_end);
		if (memcmp(behind, zeros, sizeof(zeros)) != 0)
			ck_abort_msg("bytes behind the cache");
	}
}
END_TEST

/* jmp to the next page, which the guest gives another frame while the unit is not in
 * the cache. */
START_TEST(chain_of_an_absent_unit)
{
	u32 from, to, rel;
	enum mon status;

	setup();
	flat32();
	put(AT, "e9 fb 0f 00 00");
	put(AT + 0x1000, "eb fe");
	from = bt_translate(bt, bt_context(bt, 0), AT, &status);
	to = bt_translate(bt, bt_context(bt, 0), AT + 0x1000, &status);
	bt_chain(bt, bt->unit[from].exits, to);
	ck_assert_uint_eq(bt->exit[bt->unit[from].exits].to, to);
	for (unsigned k = 0; k < BT_REGIONS; k++)
		bt_next_region(bt);
	bt_install(bt, to);
	mapping[(AT >> 12) + 1].moved = true;
	mapping[(AT >> 12) + 1].frame = 5;
	bt_check_pages(bt, PAGE_CLASS_SYSTEM, true);
	bt_install(bt, from);
	memcpy(&rel,
	       (void *)(uintptr_t)(bt->unit[from].body + bt->exit[bt->unit[from].exits].patch), 4);
	ck_assert_uint_ne(bt->unit[from].body + bt->exit[bt->unit[from].exits].patch + 4 + rel,
			  bt->unit[to].body);
}
END_TEST

/* The judge itself: it names each of these. */
START_TEST(the_judge_sees)
{
	static const struct {
		const char *code, *verdict;
	} bad[] = {
		{"cd 80", "sensitive instruction"},
		{"cc", "sensitive instruction"},
		{"0f 05", "sensitive instruction"},
		{"0f 34", "sensitive instruction"},
		{"8e d8", "segment register"},
		{"8c d8", "segment register"},
		{"65 8e 1d 70 00 00 7e", "segment register"},  /* DS from the shadow of FS */
		{"65 8e 15 6c 00 00 7e", "segment register"},  /* SS from that of DS */
		{"65 8e 2d 6c 00 00 7e", "segment register"},  /* GS */
		{"65 8a 81 00 00 26 7e", "memory through GS"}, /* ECX may be anything */
		{"0f b7 ca 65 8a 81 00 00 26 7f", "memory through GS"},
		{"0f b7 ca 65 88 01", "memory through GS"},
		{"0f b7 ca 65 ff 24 8d 00 00 25 7f", "memory through GS"},
		{"1e", "segment register"},
		{"1f", "segment register"},
		{"c5 00", "sensitive instruction"},
		{"ea 00 00 00 00 33 00", "far transfer"},
		{"9a 00 00 00 00 33 00", "far transfer"},
		{"ff 28", "far transfer"},
		{"cb", "far transfer"},
		{"cf", "far transfer"},
		{"65 8b 00", "memory through GS"},
		{"65 8b 05 00 00 00 7f", "memory through GS"},
		{"65 88 05 64 00 27 7e", "memory through GS"}, /* a table of ports: read only */
		{"2e 8b 00", "memory through CS"},
		{"e4 80", "sensitive instruction"},
		{"0f 01 00", "sensitive instruction"},
		{"0f 00 00", "sensitive instruction"},
		{"0f a2", "sensitive instruction"},
		{"9d", "popf"},
		{"fa", "privileged or undefined"},
		{"c3", "call or return"},
		{"c5 f8 77", "not a legacy encoding"},
		{"e9 00 00 00 00", "branch out of the unit"},
	};
	const struct insn none = {.cls = IC_IDENT};

	setup();
	for (unsigned k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
		unsigned n = put(AT, bad[k].code);
		const char *said;

		memcpy((void *)(uintptr_t)(TEST_MON + MON_TC), guest + AT, n);
		said = verdict(TEST_MON + MON_TC, TEST_MON + MON_TC + n, &none);
		ck_assert_msg(said, "%s is let through", bad[k].code);
		ck_assert_msg(!strcmp(said, bad[k].verdict), "%s: %s", bad[k].code, said);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, the_judge_sees);
	tcase_add_test(tc, cache_is_bounded);
	tcase_add_test(tc, region_is_bounded);
	tcase_add_test(tc, chain_of_an_absent_unit);
	tcase_add_loop_test(tc, every_opcode, 0, N_MODES);
	tcase_add_loop_test(tc, every_second_byte, 0, N_MODES);
	tcase_add_loop_test(tc, random_bytes, 0, N_MODES);
}

TEST_MAIN("isolation_code")
