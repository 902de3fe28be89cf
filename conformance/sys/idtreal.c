/* SPDX-License-Identifier: MIT
 * Group realidt: the interrupt table of real mode moved and shortened with LIDT:
 * interrupts, exceptions and traps find their vectors there, a vector beyond the limit is
 * #GP, which finds its own; SIDT shows what was loaded.  Rules: SDM vol. 3A section 20.1.4;
 * vol. 2A INT n (real-address mode), LGDT/LIDT.
 */
#include "conformance/sys/sys.h"

#define TARGET (CASE_OFF + 0x180u) /* a handler, in the code window */
#define ERROR  (CASE_OFF + 0x190u) /* that of #GP */
#define IDTR   (CASE_OFF + 0x20u)  /* in DS: what LIDT loads, what it was, what SIDT shows */
#define OLD    (CASE_OFF + 0x28u)
#define NOW    (CASE_OFF + 0x30u)

static const struct event {
	const char *name, *code;
	u8 vector, len; /* len: bytes to the return address; 0: it stays at the instruction */
} events[] = {
	{"int60", "cd 60", 0x60, 2}, {"int1f", "cd 1f", 0x1f, 2},     {"int3", "cd 03", 3, 2},
	{"into", "ce", 4, 1},        {"ud", "0f 0b", 6, 0},           {"aam0", "d4 00", 0, 0},
	{"bound", "62 1e W", 5, 0},  {"limit", "66 a1 ff ff", 13, 0},
};

static const struct base {
	const char *name;
	u32 lin;
} bases[] = {
	{"aligned", CASE_ES_BASE + CASE_OFF - 0x180u},
	{"odd", CASE_ES_BASE + CASE_OFF - 0x17du},
	{"zero_off", CASE_ES_BASE + CASE_OFF - 0x184u},
};

static void entry(struct tcase *t, u32 table, unsigned vector, u16 off)
{
	set_mem32(t, table + 4 * vector, (CASE_CS_BASE << 12) | off, 4);
}

/* short_by: bytes of the vector's entry that are beyond the limit. */
static void one(struct gen *g, const struct event *e, const struct base *b, unsigned short_by,
		bool wide)
{
	struct tcase *t = sys_case(g, "realidt", e->name,
				   sys_text("%s%s", b->name, wide ? "32" : "24"), CM_REAL16, 0,
				   sys_text("short%u", short_by), "SDM 3A 20.1.4; 2A INT n, LIDT");
	u32 limit = 4u * e->vector + 3 - short_by, start, image;
	bool beyond = short_by;
	u8 idtr[6] = {(u8)limit,         (u8)(limit >> 8),   (u8)b->lin,
		      (u8)(b->lin >> 8), (u8)(b->lin >> 16), wide ? 0 : 0x5a};
	static const u8 zero[8];

	/* The entry of a vector below 13 that is short leaves no place for #GP. */
	if (beyond && e->vector <= 13) {
		gen_drop(g);
		return;
	}
	t->eflags |= F_OF;
	set_mem(t, win(A_DS, IDTR), idtr, 6);
	set_mem(t, win(A_DS, OLD), zero, 6);
	set_mem(t, win(A_DS, NOW), zero, 6);
	entry(t, b->lin, e->vector, TARGET);
	if (e->vector != 13)
		entry(t, b->lin, 13, ERROR);
	if (e->vector != 3) /* the case's own end, where nothing happened */
		entry(t, b->lin, 3, ERROR);
	/* Handlers: INC or DEC CX; pop the address; the old table; INT3 */
	set_gpr(t, A_ECX, 0x1000);
	set_gpr(t, A_EBX, 0x7fff); /* of BOUND */
	static const u8 good[] = {0x41, 0x58, 0x5a,    0x5e,           0x66, 0x0f,
				  0x01, 0x1e, (u8)OLD, (u8)(OLD >> 8), 0xcc};
	static const u8 bad[] = {0x49, 0x58, 0x5a,    0x5e,           0x66, 0x0f,
				 0x01, 0x1e, (u8)OLD, (u8)(OLD >> 8), 0xcc};

	set_mem(t, CASE_CS_BASE + TARGET, good, sizeof good);
	set_mem(t, CASE_CS_BASE + ERROR, bad, sizeof bad);
	/* SIDT [OLD]; LIDT [IDTR]; SIDT [NOW] */
	sys_code(t, "0f 01 0e W", OLD);
	sys_code(t, wide ? "66 0f 01 1e W" : "0f 01 1e W", IDTR);
	sys_code(t, "0f 01 0e W", NOW);
	start = case_default_eip(t->mode) + t->code_len;
	sys_code(t, e->code, IDTR);
	image = beyond ? start : start + e->len;
	expect(t, X_VECTOR, 0, 0, VEC_STOP);
	expect(t, X_EIP, 0, 0, (beyond ? ERROR : TARGET) + sizeof good);
	expect(t, X_GPR, A_ECX, 0xffff, beyond ? 0xfff : 0x1001);
	expect(t, X_GPR, A_EAX, 0xffff, image);
	expect(t, X_GPR, A_EDX, 0xffff, CASE_CS_BASE >> 4);
	expect(t, X_GPR, A_ESI, F_IF | F_TF | F_OF, F_OF);
	expect_mem(t, win(A_DS, NOW), 4, 0, limit | b->lin << 16);
	expect_mem(t, win(A_DS, NOW + 4), 1, 0xff, b->lin >> 16);
}

void gen_sys_idtreal(struct gen *g)
{
	unsigned e, b, s, w;

	for (e = 0; e < sizeof events / sizeof *events; e++)
		for (b = 0; b < sizeof bases / sizeof *bases; b++)
			for (s = 0; s < 5; s++)
				for (w = 0; w < 2; w++)
					one(g, &events[e], &bases[b], s, w);
}
