/* SPDX-License-Identifier: MIT
 * Stubs that load a segment register in protected mode from its memo
 * (refvmm/segmemo.c).  A unit jumps here with the selector in ECX, the guest's ECX
 * in vcpu.spill_ecx, the callout in vcpu.exit_arg and the way back in
 * vcpu.seg_return; when there is no memo for the selector, or the descriptor is not
 * what it was, the monitor does the instruction.
 *
 * Nothing here can fault: the memo names readable monitor memory and a valid
 * shadow.  The order of the stores matters.  Whoever interrupts the sequence reloads
 * hardware registers from hsel and, after earlier loads, applies their memos
 * (segmemo_sync()): the memo has to be stored before what follows from it, the
 * selector last of all, since one without a memo is a load in real mode.
 */
#include "bt/bt.h"
#include "bt/emit.h"

#include "refvmm/segmemo.h"

_Static_assert(sizeof(struct seg_memo) == 32, "stubs shift by 5");
_Static_assert(MON_SEG_MEMOS + SEG_MEMO_KINDS * SEG_MEMOS * 32 <= MON_PORT_IN8, "room");
#define M(field) ((unsigned)offsetof(struct seg_memo, field))

/* opcode reg, gs:[base + disp8] */
static void gs_disp8(struct emit *e, unsigned opcode, unsigned reg, unsigned base, unsigned disp)
{
	e8(e, 0x65);
	e8(e, opcode);
	e8(e, 0x40 | reg << 3 | base);
	e8(e, disp);
}

/* The arithmetic flags wait in AH and AL. */
static void restore(struct emit *e)
{
	static const u8 flags[] = {0x04, 0x7f, 0x9e}; /* add al, 127; sahf */

	ebytes(e, flags, sizeof(flags));
	e_load(e, R_EAX, V_SPILL_EAX);
	e_load(e, R_ECX, V_SPILL_ECX);
	e_load(e, R_EDX, V_SPILL_EDX);
}

static u32 make_miss(struct emit *e, u32 leave)
{
	u32 at = e->pc;

	restore(e);
	e_jmp(e, leave);
	return at;
}

/* ECX against memo field `off`; ZF clear: to `miss`. */
static void compare(struct emit *e, unsigned off, u32 miss)
{
	gs_disp8(e, 0x3b, R_ECX, R_EDX, off); /* cmp ecx, gs:[edx + off] */
	e_jcc(e, 5, miss);
}

/* The hardware register that serves the guest's, for the variant; ~0: none now. */
static unsigned hardware(enum segload how, u8 *hsel)
{
	static const struct {
		u8 reg, hsel;
	} of[SEGLOADS] = {
		[SEGLOAD_ES] = {0, S_ES},       [SEGLOAD_SS] = {2, S_SS},
		[SEGLOAD_DS] = {3, S_DS},       [SEGLOAD_FS] = {0xff, 0},
		[SEGLOAD_GS] = {0xff, 0},       [SEGLOAD_FS_OWNER] = {4, S_FS},
		[SEGLOAD_GS_OWNER] = {4, S_GS}, [SEGLOAD_GS_LOW_OWNER] = {4, HSEL_GS_LOW},
	};

	*hsel = of[how].hsel;
	return of[how].reg;
}

static u32 make_load(struct emit *e, unsigned cpl, enum segload how, u32 miss)
{
	static const u8 reg[SEGLOADS] = {S_ES, S_SS, S_DS, S_FS, S_GS, S_FS, S_GS, S_GS};
	static const u8 begin[] = {
		0x9f,             /* lahf */
		0x0f, 0x90, 0xc0, /* seto al */
		0x0f, 0xb6, 0xd1, /* movzx edx, cl */
		0xc1, 0xe2, 0x05, /* shl edx, 5 */
		0x81, 0xc2,       /* add edx, imm32 */
	};
	u32 at = e->pc, s = reg[how];
	unsigned hw;
	u8 hsel;

	e_store(e, V_SPILL_EAX, R_EAX);
	e_store(e, V_SPILL_EDX, R_EDX);
	e_store(e, V_SCRATCH, R_ECX);
	ebytes(e, begin, sizeof(begin));
	e32(e, e->mon + MON_SEG_MEMOS + seg_memo_kind(cpl, s) * SEG_MEMOS * 32);
	/* Notes on x87 instructions depend on selectors: cmp gs:[], 0 */
	gs_modrm(e, 0x83, 7, V_X87_OP_NOTE);
	e8(e, 0);
	e_jcc(e, 5, miss);
	compare(e, M(sel), miss);
	for (unsigned k = 0; k < 2; k++) {
		gs_disp8(e, 0x8b, R_ECX, R_EDX, M(desc));
		gs_disp8(e, 0x8b, R_ECX, R_ECX, 4 * k);
		compare(e, M(lo) + 4 * k, miss);
	}
	e_store(e, V_SEG_MEMO + 4 * s, R_EDX);
	gs_disp8(e, 0x8b, R_ECX, R_EDX, M(hsel));
	e_store(e, V_HSEL + 4 * s, R_ECX);
	if (s == S_GS) {
		gs_disp8(e, 0x8b, R_ECX, R_EDX, M(low));
		e_store(e, V_HSEL + 4 * HSEL_GS_LOW, R_ECX);
	}
	e_store_imm8(e, V_SEG_RW + s, 0); /* base and rights: not before the next exit */
	e_load(e, R_ECX, V_SCRATCH);
	e_store(e, V_GSEL + 4 * s, R_ECX);
	e_store_imm8(e, V_SEG_LOADED, 1);
	hw = hardware(how, &hsel);
	if (hw != 0xff)
		gs_modrm(e, 0x8e, hw, V_HSEL + 4u * hsel);
	restore(e);
	gs_modrm(e, 0xff, 4, V_SEG_RETURN); /* jmp gs:[] */
	return at;
}

void bt_make_segload_stubs(struct bt *bt, struct emit *e, u32 leave)
{
	u32 miss = make_miss(e, leave);

	for (unsigned ring = 0; ring < 2; ring++)
		for (unsigned how = 0; how < SEGLOADS; how++)
			bt->stub_segload[ring][how] = make_load(e, ring ? 3 : 0, how, miss);
}
