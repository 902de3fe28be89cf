/* SPDX-License-Identifier: MIT
 * One case for every encoding of the opcode maps that the product engine does not
 * reach by itself (insn/opmap.def), and for every encoding of x87, MMX and SSE
 * (insn/x87.def, insn/simd.def).
 *
 * x87 and MMX cases load all of the FPU by FRSTOR and show all of it by FNSAVE
 * (16-bit images, SDM vol. 1 figures 8-10 to 8-12; the instruction and operand
 * pointers in them are not compared: processors differ).  SSE cases load XMM0, XMM1,
 * MM0, MM1 and MXCSR from memory and store them again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/sys/sys.h"

#define NEED_CMOV N_CMOV
#define NEED_MMX  N_MMX
#define NEED_SSE  (N_SSE | N_MMX | N_FXSR)
#define NEED_FXSR (N_SSE | N_FXSR)

/* Offsets in DS: what is loaded, the operand, what is shown. */
#define AT_IN       0x0e80u
#define AT_OPERAND  0x1040u
#define AT_OUT      0x1100u

#define IMAGE_BYTES 94u
#define IMAGE_REGS  14u
#define IMAGE_IP    6u /* FIP, FCS, FDP, FDS: up to IMAGE_REGS */

static void put(struct tcase *t, u32 v, unsigned n)
{
	for (; n; n--, v >>= 8) {
		if (t->code_len == TC_CODE_MAX) {
			fprintf(stderr, "conformance: %s: too long\n", t->name);
			exit(3);
		}
		t->code[t->code_len++] = (u8)v;
	}
}

/* Append code in the language of opmap.def; `add` to the last byte. */
static void assemble(struct gen *g, struct tcase *t, const char *s, unsigned add)
{
	static const char tokens[] = "BSDXY";
	static const u8 rm16[] = {7, 4, 5, 7, 4}, rm32[] = {3, 6, 7, 3, 6};
	unsigned size = mode_opsize(t->mode);
	const u8 *rm = size == 2 ? rm16 : rm32;

	while (*s) {
		const char *k = strchr(tokens, *s);

		if (*s == ' ') {
			s++;
		} else if (*s == 'V') {
			put(t, rnd(g), size);
			s++;
		} else if (*s == 'M') {
			put(t, t->gpr[A_EDI], size);
			s++;
		} else if (*s == 'O') {
			if ((unsigned)(s[1] - '0') != size)
				put(t, 0x66, 1);
			s += 2;
		} else if (k) {
			put(t,
			    (k < tokens + 3 ? 0u : 0x40u) | (u32)(s[1] - '0') << 3 | rm[k - tokens],
			    1);
			s += 2;
		} else {
			put(t, (u32)strtoul((char[]){s[0], s[1], 0}, NULL, 16), 1);
			s += 2;
		}
	}
	t->code[t->code_len - 1] = (u8)(t->code[t->code_len - 1] + add);
}

static void pointers(struct tcase *t)
{
	set_gpr(t, A_EBX, mode_off(t, A_DS, AT_IN));
	set_gpr(t, A_ESI, mode_off(t, A_DS, AT_OUT));
	set_gpr(t, A_EDI, mode_off(t, A_DS, AT_OPERAND));
}

static void set_bytes(struct tcase *t, unsigned off, const void *data, unsigned n)
{
	const u8 *p = data;
	unsigned k;

	for (; n; n -= k, p += k, off += k) {
		k = n < TC_MEM_LEN ? n : TC_MEM_LEN;
		set_mem(t, win(A_DS, off), p, k);
	}
}

/* --- integers --- */

#define OPMAP(m, form, code, modes, cite) {#m, #form, code, modes, cite},
static const struct {
	const char *mnemonic, *form, *code, *modes, *cite;
} ints[] = {
#include "conformance/insn/opmap.def"
};
#undef OPMAP

static bool in_modes(const char *modes, const struct mode_cpl *mc)
{
	if (mc->mode == CM_FLAT32 && strchr(modes, 's'))
		return false;
	return strchr(modes, mc->mode == CM_REAL16 ? 'r' : mc->cpl ? 'u' : 'p');
}

static void int_cells(struct gen *g)
{
	for (unsigned n = 0; n < sizeof ints / sizeof *ints; n++)
		for (unsigned m = 0; m < MODE_CPL_COUNT; m++) {
			struct cell c = {"opmap", ints[n].mnemonic, ints[n].form, ints[n].cite,
					 &mode_cpls[m]};
			struct tcase *t;

			if (!in_modes(ints[n].modes, &mode_cpls[m])) {
				gen_empty(
					g, &c, "any",
					mode_cpls[m].mode == CM_FLAT32 && strchr(ints[n].modes, 's')
						? "a flat stack pointer would leave the arena"
						: "another outcome there, see fault and privilege");
				continue;
			}
			t = gen_case(g, &c, "any");
			pointers(t);
			assemble(g, t, ints[n].code, 0);
			if (!strcmp(ints[n].mnemonic, "lar")) { /* limit bits: undefined */
				t->ign_reg = A_ECX;
				t->ign_mask = 0x000f0000;
			}
			t->sees_ring = strchr(ints[n].modes, 'k');
			if (strchr(ints[n].modes, 'n'))
				t->no_native = "the host CPU's descriptors or counters are others";
		}
}

/* --- x87 and MMX --- */

struct real80 {
	u64 mantissa;
	u16 exponent; /* with sign */
};

/* 5.5, 2.25, -0.1, 1e10, 1, -3.75; empty: 1/3, 123456.789 */
static const struct real80 numbers[8] = {
	{0xb000000000000000, 0x4001}, {0x9000000000000000, 0x4000}, {0xcccccccccccccccd, 0xbffb},
	{0x9502f90000000000, 0x4020}, {0x8000000000000000, 0x3fff}, {0xf000000000000000, 0xc000},
	{0xaaaaaaaaaaaaaaab, 0x3ffd}, {0xf12064fdf3b645a2, 0x400f},
};
static const struct real80 zero, one = {0x8000000000000000, 0x3fff};

#define TOP 3u

/* The image that FRSTOR loads. */
static void fpu_image(struct gen *g, struct tcase *t, char values)
{
	u8 image[IMAGE_BYTES] = {0x7f, 0x03};
	unsigned top = values == 'r' ? 0 : TOP, k;
	u16 tags = 0;

	for (k = 0; k < 8; k++) {
		struct real80 r = numbers[k];

		if (values == 'r') {
			r.mantissa = (u64)rnd(g) << 32 | rnd(g);
			r.exponent = (u16)(0x3fff + k);
		} else if (k >= 6) {
			tags |= (u16)(3u << 2 * ((top + k) & 7));
		}
		if (k == 0)
			r = values == 'z' ? zero : values == 'o' ? one : r;
		if (k == 1)
			r = values == 'o' ? zero : r;
		memcpy(image + IMAGE_REGS + 10 * k, &r.mantissa, 8);
		memcpy(image + IMAGE_REGS + 10 * k + 8, &r.exponent, 2);
	}
	image[3] = (u8)(top << 3);
	image[4] = (u8)tags;
	image[5] = (u8)(tags >> 8);
	set_bytes(t, AT_IN, image, sizeof image);
}

static void fpu_operand(struct tcase *t, char kind)
{
	static const struct {
		char kind;
		u8 n, bytes[14];
	} operands[] = {
		{'w', 2, {0x34, 0x12}},
		{'d', 4, {0x78, 0x56, 0x34, 0x92}},
		{'q', 8, {0x21, 0x43, 0x65, 0x87, 0x09, 0x00, 0x10, 0x00}},
		{'s', 4, {0x00, 0x00, 0x20, 0x40}},                             /* 2.5 */
		{'l', 8, {0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0xf3, 0xbf}},     /* -1.2 */
		{'t', 10, {0, 0, 0, 0, 0, 0, 0, 0xe0, 0x02, 0x40}},             /* 14 */
		{'b', 10, {0x78, 0x56, 0x34, 0x12, 0x90, 0, 0, 0, 0x01, 0x80}}, /* negative */
		{'c', 2, {0x7f, 0x0e}},                                         /* RC up, PC 53 */
		{'e', 14, {0x7f, 0x07, 0x00, 0x45, 0xff, 0x0f}},
	};

	for (unsigned k = 0; k < sizeof operands / sizeof *operands; k++)
		if (operands[k].kind == kind)
			set_bytes(t, AT_OPERAND, operands[k].bytes, operands[k].n);
}

/* A case that needs the FPU: of the real mode, of a process, of the kernel. */
#define FPU_MODES 3u
static struct tcase *fpu_case(struct gen *g, unsigned mode, const char *group, const char *mnemonic,
			      const char *form, u32 need, const char *cite)
{
	static const u8 modes[FPU_MODES] = {CM_REAL16, CM_PM32, CM_FLAT32},
			cpl[FPU_MODES] = {0, 3, 0};
	struct tcase *t = sys_case(g, group, mnemonic, form, modes[mode], cpl[mode], "any", cite);

	t->need = need;
	t->no_native = NULL; /* what is set up, a process has */
	sys_op(t, OP_FPU, 1, 0, 0);
	if (need & N_FXSR)
		sys_op(t, OP_CR4, 0, CR4_OSFXSR, 0);
	pointers(t);
	return t;
}

/* FRSTOR, the instruction, FNSAVE. */
static void by_image(struct gen *g, struct tcase *t, const char *code, unsigned add, char values)
{
	fpu_image(g, t, values);
	assemble(g, t, "O2 dd B4", 0);
	assemble(g, t, code, add);
	assemble(g, t, "O2 dd S6", 0);
	t->ign_lin = win(A_DS, AT_OUT + IMAGE_IP);
	t->ign_len = IMAGE_REGS - IMAGE_IP;
}

#define FP(m, code, count, values, operand, need, cite)                                            \
	{#m, code, count, values, operand, N_FPU | (need), cite},
static const struct {
	const char *mnemonic, *code;
	unsigned count;
	char values, operand;
	u32 need;
	const char *cite;
} fps[] = {
#include "conformance/insn/x87.def"
};
#undef FP

/* "d8 c0" and 3 give "d8c3", "d8 D2" gives "d8m2". */
static const char *form_of(const char *code, unsigned add)
{
	static char form[32];
	unsigned n = 0;

	for (; *code && n < sizeof form - 1; code++)
		if (*code != ' ')
			form[n++] = *code == 'D' || *code == 'S' ? 'm' : *code;
	form[n] = 0;
	if (add)
		snprintf(form + n - 2, 3, "%02lx", strtoul(form + n - 2, NULL, 16) + add);
	return form;
}

static void fp_cells(struct gen *g)
{
	for (unsigned n = 0; n < sizeof fps / sizeof *fps; n++)
		for (unsigned k = 0; k < fps[n].count; k++)
			for (unsigned m = 0; m < FPU_MODES; m++) {
				struct tcase *t =
					fpu_case(g, m, "x87", fps[n].mnemonic,
						 form_of(fps[n].code, k), fps[n].need, fps[n].cite);

				fpu_operand(t, fps[n].operand);
				by_image(g, t, fps[n].code, k, fps[n].values);
				expect_done(t);
			}
}

/* --- MMX and SSE --- */

#define SIMD(kind, m, form, code, values, need, cite) {kind, values, #m, #form, code, need, cite},
static const struct {
	char kind, values;
	const char *mnemonic, *form, *code;
	u32 need;
	const char *cite;
} simds[] = {
#include "conformance/insn/simd.def"
};
#undef SIMD

/* XMM0, XMM1, MM0, MM1, MXCSR, and the operand. */
static void sse_values(struct gen *g, struct tcase *t, char values)
{
	static const u32 floats[3][4] = {
		{0x3fc00000, 0xc0100000, 0x501502f9, 0x3dcccccd}, /* 1.5 -2.25 1e10 0.1 */
		{0x3f000000, 0x40400000, 0xc0e40000, 0x3eaaaaab}, /* 0.5 3 -7.125 1/3 */
		{0x00000000, 0x7f800000, 0x80000000, 0x7fc01234}, /* 0 inf -0 NaN */
	};
	u32 v[13];

	for (unsigned k = 0; k < 12; k++)
		v[k] = rnd(g);
	v[12] = 0x1f80;
	if (values != 'r') {
		memcpy(v, floats[values == 'a' ? 2 : 0], 16);
		memcpy(v + 4, floats[values == 'a' ? 2 : 1], 16);
		set_bytes(t, AT_OPERAND, floats[values == 'a' ? 2 : 1], 16);
	}
	set_bytes(t, AT_IN, v, sizeof v);
}

static void simd_cells(struct gen *g)
{
	for (unsigned n = 0; n < sizeof simds / sizeof *simds; n++)
		for (unsigned m = 0; m < FPU_MODES; m++) {
			struct tcase *t = fpu_case(g, m, simds[n].kind == 'x' ? "mmx" : "sse",
						   simds[n].mnemonic, simds[n].form, simds[n].need,
						   simds[n].cite);

			if (simds[n].kind == 'x') {
				by_image(g, t, simds[n].code, 0, simds[n].values);
				expect_done(t);
				continue;
			}
			if (simds[n].kind == 'f') {
				/* The image is 512 bytes: at the place of the inputs. */
				set_gpr(t, A_EDI, t->gpr[A_EBX]);
				t->ign_lin = win(A_DS, AT_IN);
				t->ign_len = 512;
				assemble(g, t, simds[n].code, 0);
				expect_done(t);
				continue;
			}
			sse_values(g, t, simds[n].values);
			assemble(g, t, "0f 10 B0 0f 10 X1 10 0f 6f X0 20 0f 6f X1 28 0f ae X2 30",
				 0);
			assemble(g, t, simds[n].code, 0);
			assemble(g, t, "0f 11 S0 0f 7f Y0 10 0f ae Y3 18 0f 77", 0);
			expect_done(t);
		}
}

void gen_opmap(struct gen *g)
{
	int_cells(g);
	fp_cells(g);
	simd_cells(g);
}
