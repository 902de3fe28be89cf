/* SPDX-License-Identifier: MIT
 * Undefined flags by instruction (SDM vol. 1 appendix A and the pages of vol. 2),
 * LOCK, for the instructions that vectors of the 8086 to 80386 contain.
 */
#include "conformance/vectors/undefined.h"

#include <stdint.h>
#include <string.h>

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, OF = 0x800 };

static bool prefix(struct vinsn *i, u8 b)
{
	switch (b) {
	case 0xf0:
		i->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		i->rep = true;
		return true;
	case 0x66:
		i->opsize32 = true;
		return true;
	case 0x67:
		i->addrsize32 = true;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
		i->override = b;
		return true;
	default:
		return false;
	}
}

static bool takes_modrm(u16 op)
{
	if (op >= 0x0f00)
		return true; /* those without one need no rule */
	if (op < 0x40)
		return (op & 7) < 4;
	return (op >= 0x62 && op <= 0x63) || op == 0x69 || op == 0x6b ||
	       (op >= 0x80 && op <= 0x8f) || op == 0xc0 || op == 0xc1 ||
	       (op >= 0xc4 && op <= 0xc7) || (op >= 0xd0 && op <= 0xd3) ||
	       (op >= 0xd8 && op <= 0xdf) || op == 0xf6 || op == 0xf7 || op >= 0xfe;
}

void vinsn_parse(struct vinsn *i, const u8 *code, u32 n)
{
	u32 k = 0;

	memset(i, 0, sizeof(*i));
	i->n = (u8)n;
	while (k < n && prefix(i, code[k]))
		k++;
	if (k == n)
		return;
	i->opcode = code[k++];
	if (i->opcode == 0x0f && k < n)
		i->opcode = 0x0f00 | code[k++];
	i->has_modrm = k < n && takes_modrm(i->opcode);
	i->at_modrm = (u8)k;
	if (i->has_modrm)
		i->modrm = code[k];
	i->last = code[n - 1];
	if (i->has_modrm && i->modrm < 0xc0 && !i->addrsize32) {
		unsigned rm = i->modrm & 7;

		i->ss = i->override ? i->override == 0x36
				    : rm == 2 || rm == 3 || (rm == 6 && i->modrm >= 0x40);
	}
}

static unsigned reg(const struct vinsn *i)
{
	return i->modrm >> 3 & 7;
}

/* Shifts and rotates by a count of 5 bits. */
static u32 shift(const struct vinsn *i, unsigned count)
{
	unsigned bits = !(i->opcode & 1) ? 8 : i->opsize32 ? 32 : 16;
	u32 of;

	count &= 31;
	of = count != 1 ? OF : 0;
	if (!count)
		return 0;
	if (reg(i) < 4)
		return of;
	return AF | of | (count >= bits && reg(i) != 7 ? CF : 0);
}

static u32 two_byte(const struct vinsn *i, u8 cl)
{
	unsigned count;

	switch (i->opcode) {
	case 0x0fa3:
	case 0x0fab:
	case 0x0fb3:
	case 0x0fbb:
	case 0x0fba:
		return OF | SF | AF | PF;
	case 0x0fa4:
	case 0x0fac:
	case 0x0fa5:
	case 0x0fad:
		count = (i->opcode & 1 ? cl : i->last) & 31;
		if (!count)
			return 0;
		if (count > (i->opsize32 ? 32u : 16u))
			return CF | PF | AF | ZF | SF | OF;
		return AF | (count != 1 ? OF : 0);
	case 0x0faf:
		return SF | ZF | AF | PF;
	case 0x0fbc:
	case 0x0fbd:
		return CF | OF | SF | AF | PF;
	default:
		return 0;
	}
}

u32 undefined_flags(const struct vinsn *i, u8 cl)
{
	u16 op = i->opcode;

	if (op >= 0x0f00)
		return two_byte(i, cl);
	if (op < 0x40 && (op & 7) < 6) {
		unsigned what = op >> 3;

		return what == 1 || what == 4 || what == 6 ? AF : 0;
	}
	switch (op) {
	case 0x27:
	case 0x2f:
		return OF;
	case 0x37:
	case 0x3f:
		return OF | SF | ZF | PF;
	case 0xd4:
	case 0xd5:
		return OF | AF | CF;
	case 0x69:
	case 0x6b:
		return SF | ZF | AF | PF;
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
		return reg(i) == 1 || reg(i) == 4 || reg(i) == 6 ? AF : 0;
	case 0x84:
	case 0x85:
	case 0xa8:
	case 0xa9:
		return AF;
	case 0xc0:
	case 0xc1:
		return shift(i, i->last);
	case 0xd0:
	case 0xd1:
		return shift(i, 1);
	case 0xd2:
	case 0xd3:
		return shift(i, cl);
	case 0xf6:
	case 0xf7:
		if (reg(i) < 2)
			return AF;
		if (reg(i) >= 6)
			return CF | PF | AF | ZF | SF | OF;
		return reg(i) >= 4 ? SF | ZF | AF | PF : 0;
	default:
		return 0;
	}
}

bool operand_offset(const struct vinsn *i, const u8 *code, const u32 gpr[8], u16 *offset)
{
	enum { BX = 3, BP = 5, SI = 6, DI = 7, NONE = 8 };
	static const u8 base[8] = {BX, BX, BP, BP, SI, DI, BP, BX};
	static const u8 index[8] = {SI, DI, SI, DI, NONE, NONE, NONE, NONE};
	unsigned mod = i->modrm >> 6, rm = i->modrm & 7, k = i->at_modrm + 1u;
	u32 at = 0;

	if (!i->has_modrm || mod == 3 || i->addrsize32)
		return false;
	if (mod == 0 && rm == 6) {
		mod = 2;
	} else {
		at = gpr[base[rm]];
		if (index[rm] != NONE)
			at += gpr[index[rm]];
	}
	if (k + mod > i->n)
		return false;
	if (mod == 1)
		at += (u32)(int8_t)code[k];
	else if (mod == 2)
		at += code[k] | (u32)code[k + 1] << 8;
	*offset = (u16)at;
	return true;
}

bool pops(const struct vinsn *i)
{
	u16 op = i->opcode;

	return op == 0x07 || op == 0x17 || op == 0x1f || (op >= 0x58 && op <= 0x5f) || op == 0x61 ||
	       op == 0x8f || op == 0x9d || op == 0xc2 || op == 0xc3 || op == 0xc9 ||
	       (op >= 0xca && op <= 0xcb) || op == 0xcf;
}

unsigned word_string(const struct vinsn *i)
{
	switch (i->opcode) {
	case 0x6d:
	case 0xab:
	case 0xaf:
		return 2;
	case 0x6f:
	case 0xad:
		return 1;
	case 0xa5:
	case 0xa7:
		return 3;
	default:
		return 0;
	}
}

bool lock_invalid(const struct vinsn *i)
{
	u16 op = i->opcode;

	if (!i->lock)
		return false;
	if (!i->has_modrm || i->modrm >= 0xc0)
		return true;
	if (op < 0x38)
		return (op & 7) > 1; /* memory is the destination; not CMP */
	switch (op) {
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
		return reg(i) == 7;
	case 0x86:
	case 0x87:
	case 0x0fab:
	case 0x0fb3:
	case 0x0fbb:
	case 0x0fb0:
	case 0x0fb1:
	case 0x0fc0:
	case 0x0fc1:
		return false;
	case 0x0fba:
		return reg(i) < 5;
	case 0xf6:
	case 0xf7:
		return reg(i) != 2 && reg(i) != 3;
	case 0xfe:
	case 0xff:
		return reg(i) > 1;
	default:
		return true;
	}
}
