/* SPDX-License-Identifier: MIT
 * Registers for GDB: the features org.gnu.gdb.i386.core and .sse in the order the
 * GDB manual gives (appendix G.5.7), then the system registers of this processor.
 *
 * x87 and SSE registers come from the FXSAVE image (SDM vol. 1 table 10-2) that
 * host context keeps.  Its instruction and data pointers belong to the host's
 * code and are shown as 0.
 */
#include "refvmm/gdbregs.h"

#include <stdio.h>
#include <string.h>

/* Numbers in target.xml. */
enum {
	EIP = 8,
	EFLAGS = 9,
	CS = 10, /* then ss ds es fs gs */
	ST0 = 16,
	FCTRL = 24, /* then fstat ftag fiseg fioff foseg fooff fop */
	FSTAT,
	FTAG,
	FISEG,
	FIOFF,
	FOSEG,
	FOOFF,
	FOP,
	XMM0 = 32,
	MXCSR = 40,
	CR0 = 41,
	CR2,
	CR3,
	CR4,
	BASE = 45, /* of es cs ss ds fs gs */
	GDT_BASE = 51,
	GDT_LIMIT,
	IDT_BASE,
	IDT_LIMIT,
	LDTR,
	TR,
	CPL,
	HALTED,
};

/* Offsets in the FXSAVE image. */
enum { FX_FCW = 0, FX_FSW = 2, FX_FTW = 4, FX_MXCSR = 24, FX_ST = 32, FX_XMM = 160 };

static const u8 segment_of[6] = {S_CS, S_SS, S_DS, S_ES, S_FS, S_GS};

static const char core[] =
	"<feature name=\"org.gnu.gdb.i386.core\">"
	"<flags id=\"i386_eflags\" size=\"4\">"
	"<field name=\"CF\" start=\"0\" end=\"0\"/><field name=\"\" start=\"1\" end=\"1\"/>"
	"<field name=\"PF\" start=\"2\" end=\"2\"/><field name=\"AF\" start=\"4\" end=\"4\"/>"
	"<field name=\"ZF\" start=\"6\" end=\"6\"/><field name=\"SF\" start=\"7\" end=\"7\"/>"
	"<field name=\"TF\" start=\"8\" end=\"8\"/><field name=\"IF\" start=\"9\" end=\"9\"/>"
	"<field name=\"DF\" start=\"10\" end=\"10\"/><field name=\"OF\" start=\"11\" end=\"11\"/>"
	"<field name=\"IOPL\" start=\"12\" end=\"13\"/>"
	"<field name=\"NT\" start=\"14\" end=\"14\"/><field name=\"RF\" start=\"16\" end=\"16\"/>"
	"<field name=\"VM\" start=\"17\" end=\"17\"/><field name=\"AC\" start=\"18\" end=\"18\"/>"
	"<field name=\"VIF\" start=\"19\" end=\"19\"/><field name=\"VIP\" start=\"20\" end=\"20\"/>"
	"<field name=\"ID\" start=\"21\" end=\"21\"/></flags>";

static const char vectors[] =
	"<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
	"<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
	"<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
	"<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
	"<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
	"<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
	"<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>"
	"<field name=\"v2_double\" type=\"v2d\"/><field name=\"v16_int8\" type=\"v16i8\"/>"
	"<field name=\"v8_int16\" type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/>"
	"<field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/>"
	"</union>";

static const char *const names[GDB_REGS] = {
	"eax",     "ecx",     "edx",      "ebx",       "esp",      "ebp",       "esi",
	"edi",     "eip",     "eflags",   "cs",        "ss",       "ds",        "es",
	"fs",      "gs",      "st0",      "st1",       "st2",      "st3",       "st4",
	"st5",     "st6",     "st7",      "fctrl",     "fstat",    "ftag",      "fiseg",
	"fioff",   "foseg",   "fooff",    "fop",       "xmm0",     "xmm1",      "xmm2",
	"xmm3",    "xmm4",    "xmm5",     "xmm6",      "xmm7",     "mxcsr",     "cr0",
	"cr2",     "cr3",     "cr4",      "es_base",   "cs_base",  "ss_base",   "ds_base",
	"fs_base", "gs_base", "gdt_base", "gdt_limit", "idt_base", "idt_limit", "ldtr",
	"tr",      "cpl",     "halted"};

static const char *type_of(unsigned n)
{
	if (n == 4 || n == 5)
		return "data_ptr";
	if (n == EIP)
		return "code_ptr";
	if (n == EFLAGS)
		return "i386_eflags";
	if (n >= ST0 && n < FCTRL)
		return "i387_ext";
	if (n >= XMM0 && n < MXCSR)
		return "vec128";
	return "int32";
}

const char *gdbregs_xml(void)
{
	static char xml[12288];
	size_t at = 0;

	if (*xml)
		return xml;
#define ADD(...) at += (size_t)snprintf(xml + at, sizeof(xml) - at, __VA_ARGS__)
	ADD("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
	    "<target><architecture>i386</architecture>%s",
	    core);
	for (unsigned n = 0; n < GDB_REGS; n++) {
		if (n == XMM0)
			ADD("</feature><feature name=\"org.gnu.gdb.i386.sse\">%s", vectors);
		if (n == CR0)
			ADD("</feature><feature name=\"vmproof.system\">");
		ADD("<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"%s/>", names[n],
		    gdbregs_size(n) * 8, type_of(n), n,
		    n >= FCTRL && n <= FOP ? " group=\"float\""
		    : n == MXCSR           ? " group=\"vector\""
		    : n >= CR0             ? " group=\"system\""
					   : "");
	}
	ADD("</feature></target>");
#undef ADD
	return xml;
}

unsigned gdbregs_size(unsigned n)
{
	if (n >= GDB_REGS)
		return 0;
	if (n >= ST0 && n < FCTRL)
		return 10;
	return n >= XMM0 && n < MXCSR ? 16 : 4;
}

static u32 fx16(const struct vm *vm, unsigned at)
{
	return vm->fpu[at] | (u32)vm->fpu[at + 1] << 8;
}

/* The tag word of FSAVE from the abridged one (SDM vol. 1 section 10.5.1.1). */
static u32 full_tag(const struct vm *vm)
{
	unsigned top = fx16(vm, FX_FSW) >> 11 & 7;
	u32 tag = 0;

	for (unsigned reg = 0; reg < 8; reg++) {
		const u8 *st = vm->fpu + FX_ST + 16 * ((reg - top) & 7);
		u32 exponent = st[8] | (u32)(st[9] & 0x7f) << 8, t;
		u64 mantissa;

		memcpy(&mantissa, st, 8);
		if (!(vm->fpu[FX_FTW] & 1 << reg))
			t = 3; /* empty */
		else if (!exponent && !mantissa)
			t = 1; /* zero */
		else if (exponent == 0x7fff || !exponent || !(mantissa >> 63))
			t = 2; /* special */
		else
			t = 0;
		tag |= t << 2 * reg;
	}
	return tag;
}

static u32 system_register(const struct vm *vm, unsigned n)
{
	const struct vcpu *v = vm->v;

	if (n >= BASE && n < BASE + S_COUNT)
		return v->seg[n - BASE].base;
	switch (n) {
	case CR0:
		return v->cr0;
	case CR2:
		return v->cr2;
	case CR3:
		return v->cr3;
	case CR4:
		return v->cr4;
	case GDT_BASE:
		return v->gdtr.base;
	case GDT_LIMIT:
		return v->gdtr.limit;
	case IDT_BASE:
		return v->idtr.base;
	case IDT_LIMIT:
		return v->idtr.limit;
	case LDTR:
		return v->ldtr.sel;
	case TR:
		return v->tr.sel;
	case CPL:
		return v->cpl;
	default:
		return v->halted;
	}
}

static u32 word_register(const struct vm *vm, unsigned n)
{
	const struct vcpu *v = vm->v;
	u32 mxcsr;

	if (n < EIP)
		return v->gpr[n];
	if (n == EIP)
		return v->eip;
	if (n == EFLAGS)
		return vcpu_eflags(v);
	if (n < ST0)
		return v->seg[segment_of[n - CS]].sel;
	switch (n) {
	case FCTRL:
		return fx16(vm, FX_FCW);
	case FSTAT:
		return fx16(vm, FX_FSW);
	case FTAG:
		return full_tag(vm);
	case FISEG:
		return v->x87.cs;
	case FIOFF:
		return v->x87.ip;
	case FOSEG:
		return v->x87.ds;
	case FOOFF:
		return v->x87.dp;
	case FOP:
		return v->x87.op & 0x7ff;
	case MXCSR:
		memcpy(&mxcsr, vm->fpu + FX_MXCSR, 4);
		return mxcsr;
	default:
		return n > FOP ? system_register(vm, n) : 0;
	}
}

unsigned gdbregs_get(const struct vm *vm, unsigned n, u8 *to)
{
	unsigned size = gdbregs_size(n);
	u32 x;

	if (size == 10) {
		memcpy(to, vm->fpu + FX_ST + 16 * (n - ST0), size);
	} else if (size == 16) {
		memcpy(to, vm->fpu + FX_XMM + 16 * (n - XMM0), size);
	} else if (size) {
		x = word_register(vm, n);
		memcpy(to, &x, 4);
	}
	return size;
}

static bool set_fpu(struct vm *vm, unsigned n, u32 x)
{
	switch (n) {
	case FCTRL:
		memcpy(vm->fpu + FX_FCW, &x, 2);
		return true;
	case FSTAT:
		memcpy(vm->fpu + FX_FSW, &x, 2);
		return true;
	case FTAG:
		vm->fpu[FX_FTW] = 0;
		for (unsigned reg = 0; reg < 8; reg++)
			if ((x >> 2 * reg & 3) != 3)
				vm->fpu[FX_FTW] |= (u8)(1 << reg);
		return true;
	case MXCSR:
		if (x & 0xffff0000) /* reserved bits would fault at guest entry */
			return false;
		memcpy(vm->fpu + FX_MXCSR, &x, 4);
		return true;
	default:
		return false;
	}
}

bool gdbregs_set(struct vm *vm, unsigned n, const u8 *from)
{
	struct vcpu *v = vm->v;
	unsigned size = gdbregs_size(n);
	u32 x;

	if (!size)
		return false;
	if (size == 10) {
		memcpy(vm->fpu + FX_ST + 16 * (n - ST0), from, size);
		return true;
	}
	if (size == 16) {
		memcpy(vm->fpu + FX_XMM + 16 * (n - XMM0), from, size);
		return true;
	}
	memcpy(&x, from, 4);
	if (x == word_register(vm, n))
		return true; /* GDB writes all registers back after a call */
	if (n < EIP) {
		v->gpr[n] = x;
	} else if (n == EIP) {
		v->eip = x;
	} else if (n == EFLAGS) {
		if ((x ^ vcpu_eflags(v)) & FL_VM)
			return false; /* another mode: not by a flag alone */
		vcpu_set_eflags(v, x);
	} else if (n > CS && n < ST0) {
		return x <= 0xffff && arch_load_seg(v, segment_of[n - CS], (u16)x) == MON_OK;
	} else {
		return set_fpu(vm, n, x);
	}
	return true;
}
