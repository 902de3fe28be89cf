/* SPDX-License-Identifier: MIT
 * Elements: segment registers, system registers, ports, privileged and bad
 * instructions.
 */
#include "conformance/fuzz/gen.h"

#define FARPTR 0x130
#define TABLE  0x140 /* SGDT and SIDT images */

/* Any selector that leads nowhere near the runtime; the last ones only fault. */
static const u16 data_sel[] = {SEL_DATA | 3,
			       SEL_DATA,
			       SEL_EXTRA | 3,
			       SEL_READONLY | 3,
			       SEL_EXPDOWN | 3,
			       SEL_SMALL | 3,
			       SEL_LDT_DATA | 3,
			       SEL_LDT_EXTRA | 3,
			       SEL_PAGES | 3,
			       SEL_MONITOR | 3,
			       SEL_C16_3 | 3,
			       SEL_C32_3 | 3,
			       SEL_DATA | 3,
			       SEL_EXTRA | 3,
			       0,
			       3,
			       SEL_EXECONLY | 3,
			       SEL_ABSENT | 3,
			       SEL_TSS,
			       SEL_GATE32 | 3,
			       0x7ff8,
			       0x2c};
static const u16 real_sel[] = {FZ_DATA / 16, FZ_EXTRA / 16, FZ_DATA / 16 + 0x123, FZ_EXTRA / 16 - 1,
			       FZ_EXTRA / 16 + 1};

static u32 data_selector(struct gen *g)
{
	return g->real ? PICK(g, real_sel) : PICK(g, data_sel);
}

static void load_pointer(struct gen *g, u32 selector)
{
	static const u8 ops[] = {0xc5, 0xc4, 0xb5}; /* LDS, LES, LGS */
	u32 op = PICK(g, ops), size = chance(g, 50) ? 4 : 2;

	fs_store(g, FARPTR, value32(g), size);
	fs_store(g, FARPTR + size, selector, 2);
	fs(g);
	opsize(g, size);
	if (op == 0xb5)
		b1(g, 0x0f);
	b1(g, op);
	abs_operand(g, any_reg(g), FARPTR);
}

/* SS and FS get what they hold; SS sometimes what it must not. */
static void reload_stack(struct gen *g)
{
	u32 sel = data_selector(g) | (g->cpl ? 0 : 1);

	b2(g, 0x8c, 0xd0); /* mov eax, ss */
	if (!g->real && chance(g, 25))
		movw_imm(g, 0, sel);
	b2(g, 0x8e, 0xd0);
	el_value(g);
}

/* LSS with what SS and ESP hold, LFS with the private segment. */
static void reload_pointer(struct gen *g)
{
	if (chance(g, 50)) {
		fs_store(g, FARPTR, value32(g), 4);
		fs_store(g, FARPTR + 4, g->real ? FZ_PRIV / 16 : SEL_PRIV | 3, 2);
		fs(g);
		opsize(g, 4);
		b2(g, 0x0f, 0xb4);
		abs_operand(g, any_reg(g), FARPTR);
		return;
	}
	fs(g);
	opsize(g, 4);
	b1(g, 0x89); /* mov fs:[FARPTR], esp */
	abs_operand(g, 4, FARPTR);
	fs(g);
	b1(g, 0x8c);
	abs_operand(g, 2, FARPTR + 4);
	fs(g);
	opsize(g, 4);
	b2(g, 0x0f, 0xb2);
	abs_operand(g, 4, FARPTR);
}

void el_segment(struct gen *g)
{
	static const u8 reg[] = {0, 3, 5}; /* ES, DS, GS */
	static const u8 pop[] = {0x07, 0x1f};
	u32 sel = data_selector(g), r = PICK(g, reg);

	g->nopad++;
	switch (rnd(g, g->nostack ? 4 : 7)) {
	case 0:
	case 1:
		movw_imm(g, 0, sel);
		if (chance(g, 30))
			opsize(g, g->d32 ? 2 : 4);
		b2(g, 0x8e, 0xc0 | r << 3);
		break;
	case 2:
		load_pointer(g, sel);
		break;
	case 3:
		fs_store(g, FARPTR, sel, 2);
		fs(g);
		b1(g, 0x8e);
		abs_operand(g, r, FARPTR);
		break;
	case 4:
		reload_stack(g);
		break;
	case 5:
		reload_pointer(g);
		break;
	default:
		b2(g, 0x68, sel & 0xff);
		b1(g, sel >> 8);
		if (g->d32)
			w16(g, 0);
		if (r == 5)
			b2(g, 0x0f, 0xa9);
		else
			b1(g, PICK(g, pop));
	}
	g->nopad--;
}

void el_verify(struct gen *g)
{
	u32 sel = chance(g, 80) ? data_selector(g) : rnd(g, 0x120);
	u32 a = any_reg(g), b = any_reg(g), size = chance(g, 50) ? 4 : 2;

	movw_imm(g, a, sel);
	switch (rnd(g, 5)) {
	case 0:
	case 1:
		opsize(g, size);
		b3(g, 0x0f, 2 + rnd(g, 2), 0xc0 | b << 3 | a); /* LAR, LSL */
		break;
	case 2:
	case 3:
		b3(g, 0x0f, 0x00, 0xc0 | (4 + rnd(g, 2)) << 3 | a); /* VERR, VERW */
		break;
	default:
		b2(g, 0x63, 0xc0 | b << 3 | a); /* ARPL */
	}
}

static void table_register(struct gen *g, bool idt)
{
	u32 size = chance(g, 70) ? 4 : 2;

	fs(g);
	opsize(g, size);
	b2(g, 0x0f, 0x01);
	abs_operand(g, idt, TABLE);
	if (size == 2) /* the 286 writes FF, later processors 0 */
		fs_store(g, TABLE + 5, 0, 1);
	if (g->cpl == 0 || chance(g, 30)) {
		fs(g);
		opsize(g, size);
		b2(g, 0x0f, 0x01);
		abs_operand(g, 2 + idt, TABLE);
	}
}

void el_system(struct gen *g)
{
	u32 r = any_reg(g);

	g->nopad++;
	switch (rnd(g, 8)) {
	case 0:
		table_register(g, false);
		break;
	case 1:
		table_register(g, true);
		break;
	case 2:
		opsize(g, 2);
		b3(g, 0x0f, 0x01, 0xe0 | r); /* SMSW */
		if (g->cpl == 0)
			b3(g, 0x0f, 0x01, 0xf0 | r); /* LMSW */
		break;
	case 3:
		opsize(g, 2);
		b3(g, 0x0f, 0x00, 0xc0 | rnd(g, 2) << 3 | r); /* SLDT, STR */
		break;
	case 4: /* the LDT again; LTR faults: busy */
		movw_imm(g, 0, chance(g, 60) ? SEL_LDT : chance(g, 50) ? SEL_TSS : SEL_DATA);
		b3(g, 0x0f, 0x00, chance(g, 70) ? 0xd0 : 0xd8);
		break;
	case 5: /* mov r, cr0 / cr3 / cr4 / dr0-3 */
		b3(g, 0x0f, 0x20, 0xc0 | (u32) "\0\2\3\4"[rnd(g, 4)] << 3 | r);
		break;
	case 6:
		b3(g, 0x0f, 0x23, 0xc0 | rnd(g, 4) << 3 | r);
		b3(g, 0x0f, 0x21, 0xc0 | (u32) "\0\1\2\3\7"[rnd(g, 5)] << 3 | r);
		break;
	default: /* INVLPG, INVD, WBINVD, CLTS */
		if (chance(g, 40)) {
			b2(g, 0x0f, 0x01);
			abs_operand(g, 7, rnd(g, 0x1000));
		} else {
			b2(g, 0x0f, "\x06\x08\x09"[rnd(g, 3)]);
		}
	}
	g->nopad--;
}

/* CR0.TS, EM and MP around floating point: #NM and #UD. */
void el_cr0(struct gen *g)
{
	if (g->cpl) {
		el_privileged(g);
		return;
	}
	g->nopad++;
	b3(g, 0x0f, 0x20, 0xc0);
	b2(g, 0x34, rnd(g, 8) << 1); /* xor al: MP, EM, TS */
	b2(g, 0x3c, 3);
	b3(g, 0x0f, 0x22, 0xc0);
	switch (rnd(g, 4)) {
	case 0:
		b1(g, 0x9b);
		break;
	case 1:
		b3(g, 0x0f, 0x6f, 0xc1);
		break;
	default:
		b2(g, 0xd9, 0xe8);
	}
	b2(g, 0x0f, 0x06);
	mov_imm(g, 0, 0x33 & ~(g->real ? 1u : 0u));
	b3(g, 0x0f, 0x22, 0xc0);
	g->nopad--;
}

/* What the clock does (clock.inc), where no tick is. */
static void ask_interrupt(struct gen *g)
{
	movw_imm(g, 2, 0x3f9);
	b2(g, 0xb0, 2);
	b1(g, 0xee);
}

void el_port(struct gen *g)
{
	u32 r = rnd(g, 5);

	if (g->clock && g->io_ok && chance(g, 40)) {
		ask_interrupt(g);
		return;
	}
	if (r == 0) {
		b2(g, 0xe4, 0xe9);
	} else if (r == 1) {
		b2(g, 0xe6, 0x80);
	} else if (r == 2) {
		movw_imm(g, 2, g->io_ok ? 0x80 : chance(g, 50) ? 0x80 : 0x60);
		opsize(g, chance(g, 50) ? 4 : 2);
		b1(g, chance(g, 50) ? 0xee : 0xef);
	} else {
		/* OUTS to port 80, INS of bytes from E9 (which reads E9) */
		movw_imm(g, 2, r == 3 ? 0x80 : 0xe9);
		mov_imm(g, r == 3 ? 6 : 7, rnd(g, 0xff00));
		if (chance(g, 60)) {
			mov_imm(g, 1, rnd(g, 6));
			b1(g, 0xf3);
		}
		if (r == 4 && g->opt.timer && chance(g, 50)) /* upper bytes: no device */
			b2(g, g->d32 ? 0x90 : 0x66, 0x6d);   /* INSD */
		else
			b1(g, r == 3 ? 0x6e + rnd(g, 2) : 0x6c);
	}
}

/* HLT needs an interrupt to end it, and nothing before it that lets that in. */
static void halt(struct gen *g)
{
	bool counted = g->clock && !g->stepped && !page_ends(g);

	if (g->nostack || !(g->opt.timer || counted)) {
		b2(g, 0x0f, 0x06);
		return;
	}
	g->nopad++;
	if (counted) {
		b1(g, 0xfa);
		ask_interrupt(g);
	}
	b2(g, 0xfb, 0xf4);
	g->nopad--;
}

/* Ring 3 may not; ring 0 gets a harmless one. */
void el_privileged(struct gen *g)
{
	static const u8 two[][2] = {{0x0f, 0x06}, {0x0f, 0x08}, {0x0f, 0x09}, {0x0f, 0x30},
				    {0x0f, 0x32}, {0x0f, 0x33}, {0xfa, 0x90}};
	u32 k = rnd(g, 9);

	if (g->cpl == 0) {
		if (k < 3) {
			halt(g);
		} else { /* registers that no processor has */
			mov_imm(g, 1, 0x12345678);
			b2(g, 0x0f, chance(g, 50) ? 0x30 : 0x32);
		}
		return;
	}
	if (k == 7) {
		b1(g, 0xf4);
	} else if (k == 8) {
		b3(g, 0x0f, 0x20 + 2 * rnd(g, 2), 0xc0 | any_reg(g));
	} else if (!(g->iopl == 3 && two[k][0] == 0xfa && g->opt.timer)) {
		if (two[k][1] == 0x33)
			mov_imm(g, 1, 0x1000); /* no such counter */
		b2(g, two[k][0], two[k][1]);
	} else {
		b1(g, 0xf4);
	}
}

/* Not instructions of the modelled processors, or not in this form. */
void el_bad(struct gen *g)
{
	static const char *const bad[] = {
		"\x0f\x0b",     "\x0f\xff\xc0", "\xf0\x01\xc0", "\xf0\x89\x06", "\xff\xf8",
		"\xfe\xd0",     "\x8e\xc8",     "\x0f\x20\xc8", "\x0f\x3f",     "\x8d\xc0",
		"\xc5\xc0",     "\x0f\xaa",     "\x0f\xc7\xc8", "\x0f\x01\xc8", "\xf0\x90",
		"\x0f\x24\xc0", "\x0f\xb9\xc0", "\x62\xc0",     "\x8f\xc8",     "\x0f\x38\xf0\xc0",
		"\x0f\x05",     "\x0f\x07",     "\xc6\xc8\x01", "\x8c\xf8",     "\x0f\x21\xe8",
	};
	const char *s = PICK(g, bad);

	if (chance(g, 15)) { /* over 15 bytes */
		for (u32 k = 0; k < 14; k++)
			b1(g, 0x3e);
		b2(g, 0x89, 0xc0);
		return;
	}
	while (*s)
		b1(g, (u8)*s++);
	/* What follows may be taken for operands: leave nothing harmful. */
	for (u32 k = 0; k < 4; k++)
		b1(g, 0x90);
}
