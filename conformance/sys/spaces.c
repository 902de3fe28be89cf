/* SPDX-License-Identifier: MIT
 * Group spaces: two address spaces that show other code and data at one linear address,
 * switched by CR3 again and again, also under the code that switches; an entry of the space
 * that is not in use changed; paging switched off over code that is another then. What a
 * processor may keep of an entry that changed without a flush is a choice.  Rules: SDM vol.
 * 3A sections 4.10.2, 4.10.4.1, 4.10.4.3 and 8.3 (MOV to CR0 and CR3 serializes).
 */
#include "conformance/result.h"
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, AD = 0x60, G = 0x100, PLAIN = 0x67 };
#define FRAME_1 (CASE_DS_BASE + CASE_OFF) /* PG_LIN in PG_DIR */
#define FRAME_2 (CASE_GS_BASE + CASE_OFF) /* PG_LIN in PG_DIR2 */
#define FRAME_3 (CASE_ES_BASE + CASE_OFF)
#define SEEN    (PG_LIN + 0x80u)
#define FAULTED 0xfa117edu

static struct tcase *new_case(struct gen *g, const char *mnemonic, const char *form,
			      const char *cls, const char *cite, u32 frame)
{
	struct tcase *t = sys_case(g, "spaces", mnemonic, form, CM_FLAT32, 0, cls, cite);
	unsigned r;

	sys_op(t, OP_PAGING, PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, PG_PT | PLAIN, 0);
	sys_op(t, OP_PTE, 0, frame ? frame | PLAIN : 0, 0);
	for (r = A_EAX; r <= A_EDI; r++)
		if (r != A_ESP)
			set_gpr(t, r, 0);
	set_gpr(t, A_EDX, PG_DIR);
	set_gpr(t, A_ESI, PG_DIR2);
	return t;
}

static void call(struct tcase *t, u32 lin)
{
	sys_code(t, "e8 D", lin - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
}

static void space(struct tcase *t, unsigned n)
{
	sys_code(t, n == 1 ? "0f 22 da" : "0f 22 de"); /* MOV CR3, EDX or ESI */
}

static void again(struct tcase *t)
{
	sys_code(t, "49 75");
	t->code[t->code_len] = (u8)(0u - t->code_len - 1u);
	t->code_len++;
}

/* --- code --- */

enum code { C_OTHER, C_SHARED, C_WRITTEN, C_ENTRY, CODES };
static const char *const codes[CODES] = {"other", "shared", "written", "entry"};

static void code(struct gen *g, enum code c, unsigned rounds, unsigned off)
{
	struct tcase *t = new_case(g, "code", codes[c], sys_text("at%x_rounds%u", off, rounds),
				   "SDM 3A 4.10.4.1, 8.3", c == C_SHARED ? FRAME_2 : FRAME_1);
	u32 lin = PG_LIN + off;

	set_mem(t, FRAME_1 + off, "\x40\x40\x40\xc3", 4); /* INC EAX, RET */
	set_mem(t, FRAME_2 + off, "\x43\x43\x43\xc3", 4); /* INC EBX */
	if (c == C_ENTRY)
		set_mem(t, FRAME_3 + off, "\x47\x47\x47\xc3", 4); /* INC EDI */
	set_gpr(t, A_ECX, rounds);
	call(t, lin);
	space(t, 2);
	call(t, lin);
	if (c == C_WRITTEN) /* one of the three, from now on */
		sys_code(t, "c6 05 D 47", lin + 1);
	if (c == C_ENTRY) /* of the other space: no TLB holds it behind the load of CR3 */
		sys_code(t, "c7 05 D D", PG_PT, FRAME_3 | PLAIN);
	space(t, 1);
	again(t);
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, c == C_SHARED ? 0 : c == C_ENTRY ? 3 : 3 * rounds);
	expect(t, X_GPR, A_EBX, 0,
	       c == C_SHARED    ? 6 * rounds
	       : c == C_WRITTEN ? 2 * rounds + 1
				: 3 * rounds);
	expect(t, X_GPR, A_EDI, 0,
	       c == C_WRITTEN ? rounds - 1
	       : c == C_ENTRY ? 3 * (rounds - 1)
			      : 0);
}

/* The code that loads CR3 goes on in the other space. */
static void under(struct gen *g, unsigned rounds, unsigned off, bool back)
{
	struct tcase *t =
		new_case(g, "under", back ? "there_back" : "there",
			 sys_text("at%x_rounds%u", off, rounds), "SDM 3A 4.10.4.1, 8.3", FRAME_1);
	/* Space 1: MOV CR3, ESI; INC EAX...; space 2: three bytes nobody sees, INC EBX, and RET or
	 * MOV CR3, EDX, behind which space 1 has INC EDI, RET. */
	static const u8 one[9] = {0x0f, 0x22, 0xde, 0x40, 0x40, 0x40, 0x40, 0x47, 0xc3};
	static const u8 two[9] = {0xcc, 0xcc, 0xcc, 0x43, 0x0f, 0x22, 0xda, 0x45, 0xc3};
	static const u8 stay[9] = {0xcc, 0xcc, 0xcc, 0x43, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc};

	set_mem(t, FRAME_1 + off, one, sizeof one);
	set_mem(t, FRAME_2 + off, back ? two : stay, sizeof two);
	set_gpr(t, A_ECX, rounds);
	call(t, PG_LIN + off);
	space(t, 1);
	again(t);
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, 0);
	expect(t, X_GPR, A_EBX, 0, rounds);
	expect(t, X_GPR, A_EDI, 0, back ? rounds : 0);
	expect(t, X_GPR, A_EBP, 0, 0);
}

/* --- data: ADD to what each space has there --- */

static void data(struct gen *g, unsigned size, unsigned rounds, bool shared)
{
	static const char *const adds[5] = {NULL, "80 05 D 01", "66 83 05 D 01", NULL,
					    "83 05 D 01"};
	struct tcase *t = new_case(g, "data", shared ? "shared" : "other",
				   sys_text("size%u_rounds%u", size, rounds), "SDM 3A 4.10.4.1",
				   shared ? FRAME_2 : FRAME_1);

	set_mem32(t, FRAME_1 + 0x80, 0x10, 4);
	set_mem32(t, FRAME_2 + 0x80, 0x20, 4);
	set_gpr(t, A_ECX, rounds);
	sys_code(t, adds[size], SEEN);
	space(t, 2);
	sys_code(t, adds[size], SEEN);
	sys_code(t, adds[size], SEEN);
	space(t, 1);
	again(t);
	sys_code(t, "a1 D 0f 22 de 8b 1d D", SEEN, SEEN);
	expect_done(t);
	expect(t, X_GPR, A_EAX, 0, shared ? 0x20 + 3 * rounds : 0x10 + rounds);
	expect(t, X_GPR, A_EBX, 0, 0x20 + (shared ? 3 : 2) * rounds);
}

/* --- what may stay --- */

enum stale { S_FRAME, S_GONE, S_RO, S_CODE, S_A, S_D, STALES };
static const char *const stales[STALES] = {"frame", "gone", "ro", "code", "sets_a", "sets_d"};

/* SDM vol. 3A section 4.10.4.3: without a flush the old entry may be used, or not. */
static void stale(struct gen *g, enum stale s, bool global, bool cr3, bool in_page)
{
	struct tcase *t = new_case(g, "stale", stales[s],
				   sys_text("%s%s%s", cr3 ? "cr3" : "none", global ? "_g" : "",
					    in_page ? "_page" : ""),
				   "SDM 3A 4.10.2.3, 4.10.4.3", 0);
	u32 attr = PLAIN | (global ? G : 0);
	u32 old = in_page ? CASE_DS_BASE : FRAME_1, new = in_page ? CASE_ES_BASE : FRAME_3;
	u32 first = old | attr, second = new | attr;
	u32 lin = in_page ? PG_LIN + 0xffe : SEEN, at = lin & 0xfff;

	/* Only a global entry outlives CR3, if it does. */
	if (global)
		t->need |= N_PGE, sys_op(t, OP_CR4, 0, CR4_PGE, 0);
	sys_op(t, OP_CR0, 0, CR0_WP, 0);
	t->op[2].lo = first;
	if (in_page) /* the operand's second half lies in a page that stays */
		sys_op(t, OP_PTE, 1, FRAME_2 | PLAIN, 0);
	if (s == S_CODE) { /* MOV EAX, ...; RET */
		set_mem(t, FRAME_1 + 0x80, "\xb8\x11\x11\x11\x11\xc3", 6);
		set_mem(t, FRAME_3 + 0x80, "\xb8\x22\x22\x22\x22\xc3", 6);
	} else {
		set_mem32(t, old + at, 0x11111111, in_page ? 2 : 4);
		set_mem32(t, new + at, 0x22222222, in_page ? 2 : 4);
		if (in_page)
			set_mem32(t, FRAME_2, 0x33333333, 2);
	}
	/* The handler: EAX FAULTED, and behind an instruction of 5 or 6 bytes. */
	sys_handler(t, PF, 0, "83 c4 04 b8 D 83 04 24 06 cf", FAULTED);
	if (s == S_CODE)
		call(t, lin);
	else
		sys_code(t, "8b 1d D 89 1d D", lin, lin);
	sys_code(t, "c7 05 D D", PG_PT,
		 s == S_GONE ? first & ~(u32)P
		 : s == S_RO ? first & ~(u32)W
		 : s == S_A  ? first & ~0x20u
		 : s == S_D  ? first & ~0x40u
			     : second);
	if (cr3)
		space(t, 1);
	if (s == S_CODE) {
		call(t, lin);
		sys_code(t, "3d D 0f 94 c3 3d D 0f 94 c0 08 c3 0f b6 db 31 c0", 0x11111111u,
			 0x22222222u);
	} else
		sys_code(t, s == S_RO || s == S_D ? "89 05 D" : "8b 05 D", lin);
	expect_done(t);
	t->ign_lin = OBS_CR2;
	t->ign_len = 4;
	switch (s) {
	case S_CODE: /* which one may depend on what ran before: EBX 1, it was one of them */
		expect(t, X_GPR, A_EBX, 0, 1);
		break;
	case S_FRAME:
		expect(t, X_GPR, A_EAX, 0, in_page ? 0x33331111 : 0x11111111);
		expect_or(t, "tlb_stale", in_page ? 0x33332222 : 0x22222222);
		break;
	case S_GONE:
		expect(t, X_GPR, A_EAX, 0, in_page ? 0x33331111 : 0x11111111);
		expect_or(t, "tlb_stale", FAULTED);
		break;
	case S_RO: /* zero is written, or nothing */
		t->ign_fields = DIFF_MEM;
		expect(t, X_GPR, A_EAX, 0, 0);
		expect_or(t, "tlb_stale", FAULTED);
		break;
	default:
		expect_same(t, OBS_PTE(0), 4); /* set again, or not */
		expect_or(t, "tlb_stale_bits", first & ~(s == S_A ? 0x20u : 0x40u));
	}
}

/* --- paging off over other code --- */

static void off(struct gen *g, bool pae, unsigned at, unsigned runs)
{
	struct tcase *t = sys_case(g, "spaces", "pg_off", pae ? "pae" : "32", CM_FLAT32, 0,
				   sys_text("at%x_runs%u", at, runs), "SDM 3A 4.1.1, 8.3");
	u32 behind = PG_LIN + at + 3, frame = at < 0xe00 ? FRAME_1 : CASE_DS_BASE;
	static const u8 under[8] = {0x0f, 0x22, 0xc0, 0x46, 0x46, 0x46, 0x46, 0xc3};

	if (pae) {
		t->need = N_PAE;
		sys_op(t, OP_CR4, 0, CR4_PAE, 0);
	}
	sys_op(t, OP_PAGING, pae ? PG_PAE : PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, (pae ? PG_PAEPT : PG_PT) | PLAIN, 0);
	sys_op(t, OP_PTE, 0, frame | PLAIN, 0);
	sys_op(t, OP_PTE, 1, FRAME_3 | PLAIN, 0);
	sys_op(t, OP_PTE, 4, (behind & 0xfffff000) | PLAIN, 0); /* physical, seen there */
	/* MOV CR0, EAX; with paging INC ESI behind it, without INC EBX */
	if (at + sizeof under <= 0x1000) {
		set_mem(t, frame + at, under, sizeof under);
	} else {
		set_mem(t, frame + at, under, 3);
		set_mem(t, FRAME_3, under + 3, 5);
	}
	set_gpr(t, A_EBX, 0);
	set_gpr(t, A_ESI, 0);
	sys_code(t, "0f 20 c0 0f ba e8 1f"); /* BTS EAX, 31 */
	sys_code(t, "c7 05 D D", PG_LIN + 0x4000 + (behind & 0xfff), 0xc3434343u);
	for (; runs > 1; runs--) /* nothing is switched then */
		sys_code(t, "e8 D", PG_LIN + at - (CASE_CS_BASE + CASE_OFF + t->code_len + 5));
	sys_code(t, "0f ba f0 1f e8 D", /* BTR EAX, 31 */
		 PG_LIN + at - (CASE_CS_BASE + CASE_OFF + t->code_len + 9));
	expect_done(t);
	expect(t, X_GPR, A_EBX, 0, 3);
	expect(t, X_GPR, A_EAX, 0x80000000, 0);
	t->ign_regs = 0;
}

void gen_sys_spaces(struct gen *g)
{
	static const u8 rounds[] = {1, 2, 5, 40};
	static const u16 offs[] = {0, 0x7f, 0x1f0}, ends[] = {0x10, 0x7f, 0xff5, 0xffd};
	unsigned c, r, o, i;

	for (r = 0; r < sizeof rounds; r++) {
		for (o = 0; o < sizeof offs / sizeof *offs; o++)
			for (c = 0; c < CODES; c++)
				code(g, (enum code)c, rounds[r], offs[o]);
		for (o = 0; o < 2; o++) {
			under(g, rounds[r], offs[o], false);
			under(g, rounds[r], offs[o], true);
		}
		for (i = 1; i <= 4; i *= 2) {
			data(g, i, rounds[r], false);
			data(g, i, rounds[r], true);
		}
	}
	for (c = 0; c < STALES; c++) {
		stale(g, (enum stale)c, false, false, false);
		stale(g, (enum stale)c, true, false, false);
		stale(g, (enum stale)c, true, true, false);
		if (c == S_FRAME || c == S_GONE)
			stale(g, (enum stale)c, false, false, true);
	}
	for (i = 0; i < 2; i++)
		for (o = 0; o < sizeof ends / sizeof *ends; o++)
			for (r = 1; r <= 4; r += 3)
				off(g, i, ends[o], r);
}
