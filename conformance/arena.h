/* SPDX-License-Identifier: MIT
 * The memory and register world in which every case runs.  Shared by the guest
 * runtime, the generator, the host-CPU witness and the decoder, so that all of
 * them see the same bytes at the same linear addresses.
 *
 * Six 64 KiB segments with six different bases lie back to back below 640 KiB.
 * In real mode they are paragraphs, in 16- and 32-bit protected mode byte
 * granular descriptors with limit FFFF, in flat mode DS, ES, SS and CS have
 * base 0 and a 4 GiB limit while FS and GS stay based (as thread pointers do).
 */
#ifndef CONFORMANCE_ARENA_H
#define CONFORMANCE_ARENA_H

#include "refvmm/types.h"

/* ORDER sreg: ModRM segment register encoding (SDM vol. 2A table 3-1). */
enum { A_ES, A_CS, A_SS, A_DS, A_FS, A_GS, A_SREGS };

/* ORDER gpr: ModRM register encoding. */
enum { A_EAX, A_ECX, A_EDX, A_EBX, A_ESP, A_EBP, A_ESI, A_EDI };

enum case_mode { CM_REAL16, CM_PM16, CM_PM32, CM_FLAT32, CM_V86, CM_DEV, CM_MODES };

#define ARENA_LO     0x20000u
#define ARENA_HI     0x80000u /* one past the last segment */

#define CASE_CS_BASE 0x20000u
#define CASE_DS_BASE 0x30000u
#define CASE_ES_BASE 0x40000u
#define CASE_SS_BASE 0x50000u
#define CASE_FS_BASE 0x60000u
#define CASE_GS_BASE 0x70000u

static inline u32 case_seg_base(unsigned sreg)
{
	static const u32 base[A_SREGS] = {CASE_ES_BASE, CASE_CS_BASE, CASE_SS_BASE,
					  CASE_DS_BASE, CASE_FS_BASE, CASE_GS_BASE};
	return base[sreg];
}

/* Where a case's code, operands and stack lie inside their segments. */
#define CASE_OFF 0x1000u

/* Background of the arena before a case writes its operands: INT3 in the code
 * segment, so that any jump inside it stops at a known place, and a byte that
 * depends on the address everywhere else. */
static inline u8 arena_background(u32 lin)
{
	if (lin >= CASE_CS_BASE && lin < CASE_CS_BASE + 0x10000)
		return 0xcc;
	return (u8)((lin * 0x9e3779b1u) >> 24);
}

/* Parts of the arena compared after every case: the low and the high edge and
 * the working area of each segment, 16 bytes past the last segment, and the
 * same offsets from address 0 (where a null or unbased segment would land). */
#define WIN_MID_LO    0x0e00u
#define WIN_MID_HI    0x1200u
#define WIN_EDGE      0x80u
#define WIN_COUNT     20u
#define WIN_LIN_LIMIT (ARENA_HI + 0x40u)

static inline void arena_window(unsigned i, u32 *lo, u32 *hi)
{
	u32 base = ARENA_LO + 0x10000u * (i / 3);

	if (i == 18) {
		*lo = ARENA_HI;
		*hi = WIN_LIN_LIMIT;
	} else if (i == 19) {
		*lo = WIN_MID_LO;
		*hi = WIN_MID_HI;
	} else if (i % 3 == 0) {
		*lo = base;
		*hi = base + WIN_EDGE;
	} else if (i % 3 == 1) {
		*lo = base + WIN_MID_LO;
		*hi = base + WIN_MID_HI;
	} else {
		*lo = base + 0x10000u - WIN_EDGE;
		*hi = base + 0x10000u;
	}
}

/* Segments every case may load: the same index in the GDT (for CPL 0) and in
 * the LDT (for CPL 3), so that a CPL 3 case carries the very selector values
 * that a host process gets from modify_ldt. */
#define SEG(name, base, limit, access, flags) SG_##name,
enum case_seg {
#include "conformance/segments.def"
	SG_COUNT
};
#undef SEG

#define GDT_CASE_FIRST   8u
#define SEL_CPL0(seg)    ((u16)((GDT_CASE_FIRST + (seg)) * 8u))
#define SEL_CPL3(seg)    ((u16)((seg)*8u + 7u))
#define CASE_SEL(cpl, s) ((cpl) ? SEL_CPL3(s) : SEL_CPL0(s))

struct seg_def {
	u32 base, limit;
	u8 access, flags; /* flags: 8 = granularity, 4 = D/B */
};

#define SEG(name, base, limit, access, flags) {base, limit, access, flags},
static const struct seg_def case_segs[SG_COUNT] = {
#include "conformance/segments.def"
};
#undef SEG

/* Selector a case starts with. */
static inline u16 case_default_sel(unsigned mode, unsigned cpl, unsigned sreg)
{
	static const u8 pm[3][A_SREGS] = {
		{SG_ES, SG_CODE16, SG_SS16, SG_DS, SG_FS, SG_GS},
		{SG_ES, SG_CODE32, SG_SS32, SG_DS, SG_FS, SG_GS},
		{SG_FDATA, SG_FCODE, SG_FDATA, SG_FDATA, SG_FS, SG_GS},
	};

	if (mode == CM_REAL16 || mode == CM_V86 || mode == CM_DEV)
		return (u16)(case_seg_base(sreg) >> 4);
	return CASE_SEL(cpl, pm[mode - 1][sreg]);
}

/* Base of the segment a register holds when the case starts. */
static inline u32 case_default_base(unsigned mode, unsigned sreg)
{
	return mode == CM_FLAT32 && sreg < A_FS ? 0 : case_seg_base(sreg);
}

/* General registers not set by a case hold these; upper halves are junk on
 * purpose.  ESP's upper half is 1 wherever SS is a 16-bit segment: the value a
 * CPL 3 case inherits from the runtime's inner stack, which also lies in the
 * second 64 KiB of memory. */
static inline u32 case_default_gpr(unsigned mode, unsigned reg)
{
	static const u32 junk[8] = {0xa1b2c3d4, 0xc9d8e7f6, 0xd5c4b3a2, 0xb7a69584,
				    0,          0xbeadcafe, 0x5e1f2d3c, 0xd1e2f3a4};

	if (reg != A_ESP)
		return junk[reg];
	if (mode == CM_FLAT32)
		return CASE_SS_BASE + CASE_OFF;
	return mode == CM_PM32 ? CASE_OFF : 0x10000u + CASE_OFF;
}

static inline u32 case_default_eip(unsigned mode)
{
	return CASE_OFF + (mode == CM_FLAT32 ? CASE_CS_BASE : 0);
}

/* Case record flags on the wire of the pack. */
#define PACK_MAGIC 0x4b504d56u /* "VMPK" */

struct pack_header {
	u32 magic;
	u32 size;   /* bytes, header included */
	u32 count;  /* records that follow */
	u32 digest; /* CRC-32 of the complete pack's records: names the mapping id -> case */
	u32 crc;    /* CRC-32 of the records that follow */
	u32 total;  /* records in the complete pack */
	u8 channel; /* enum pack_channel: where the guest answers */
	u8 stop;    /* enum pack_stop: how it stops */
	u8 pad[6];
};

/* PACK_AUTO: E9 where it reads back, COM1 where there is one, a record area. */
enum pack_channel { PACK_AUTO, PACK_E9, PACK_COM1, PACK_DISK, PACK_SCREEN, PACK_CHANNELS };
/* PACK_OFF: every way there is, in this order; else that one alone, and then HLT. */
enum pack_stop {
	PACK_OFF,
	PACK_HALT, /* none */
	PACK_EXIT, /* exit port F4 */
	PACK_8900, /* "Shutdown" to port 8900 */
	PACK_ACPI, /* S5 */
	PACK_APM,
	PACK_STOPS
};

#define PACK_SYS             8u
#define PACK_MODE(m, s, cpl) ((u8)((m) | (s) | (cpl) << 6))
#define PACK_MODE_OF(b)      ((b)&7u)
#define PACK_CPL_OF(b)       ((unsigned)(b) >> 6)

/* Record: this head, code, one u32 per set bit of gprs, one u16 per set bit of
 * sels, nmem times (u32 linear | length << 24, bytes), then nops operations of a
 * system case (conformance/sysarena.h). */
struct pack_record {
	u32 id;
	u8 mode; /* PACK_MODE(mode, sys, cpl) */
	u8 code_len;
	u8 gprs, sels, nmem, nops;
	u16 undef; /* EFLAGS bits that the summary on the screen leaves out */
	u32 eflags;
};

/* Vector a case ends with when the instruction completed: the INT3 behind it. */
#define VEC_STOP 3u

/* Result payload (conformance/protocol.md). */
#define RES_EIP      0x0100u
#define RES_CS       0x0200u
#define RES_SEG(i)   (0x0400u << (i)) /* i: 0 ES, 1 SS, 2 DS, 3 FS, 4 GS */
#define RES_MEM      0x8000u
#define RES_MAX_RUNS 60u
#define RES_MAX_RUN  64u

#endif
