/* SPDX-License-Identifier: MIT
 * See x87env.h.
 */
#include "refvmm/x87env.h"

static void put16(u8 *p, u32 value)
{
	p[0] = (u8)value;
	p[1] = (u8)(value >> 8);
}

static void put32(u8 *p, u32 value)
{
	put16(p, value);
	put16(p + 2, value >> 16);
}

static u32 get16(const u8 *p)
{
	return p[0] | (u32)p[1] << 8;
}

static u32 get32(const u8 *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* Whatever FXRSTOR loaded, 11 bits. */
static u32 opcode(const struct x87_last *x)
{
	return x->op & 0x7ff;
}

static void store16(u8 *image, bool protected, const struct x87_last *x)
{
	u32 ip = (x->cs << 4) + x->ip, dp = (x->ds << 4) + x->dp;

	if (protected) {
		put16(image + 6, x->ip);
		put16(image + 8, x->cs);
		put16(image + 10, x->dp);
		put16(image + 12, x->ds);
		return;
	}
	put16(image + 6, ip);
	put16(image + 8, (ip >> 4 & 0xf000) | opcode(x));
	put16(image + 10, dp);
	put16(image + 12, dp >> 4 & 0xf000);
}

static void store32(u8 *image, bool protected, const struct x87_last *x)
{
	u32 ip = (x->cs << 4) + x->ip, dp = (x->ds << 4) + x->dp;

	if (protected) {
		put32(image + 12, x->ip);
		put32(image + 16, x->cs | opcode(x) << 16);
		put32(image + 20, x->dp);
		put32(image + 24, 0xffff0000 | x->ds);
		return;
	}
	put32(image + 12, 0xffff0000 | ip);
	put32(image + 16, (ip >> 4 & 0x0ffff000) | opcode(x));
	put32(image + 20, 0xffff0000 | dp);
	put32(image + 24, dp >> 4 & 0x0ffff000);
}

void x87env_store(u8 *image, u32 size, bool protected, const struct x87_last *x)
{
	switch (size) {
	case 14:
	case 94:
		store16(image, protected, x);
		break;
	case 28:
	case 108:
		store32(image, protected, x);
		break;
	case 512:
		put16(image + 6, opcode(x));
		put32(image + 8, x->ip);
		put16(image + 12, x->cs);
		put32(image + 16, x->dp);
		put16(image + 20, x->ds);
		break;
	}
}

static void load16(const u8 *image, bool protected, struct x87_last *x)
{
	x->ip = get16(image + 6);
	x->dp = get16(image + 10);
	if (protected) {
		x->cs = get16(image + 8);
		x->ds = get16(image + 12);
		x->op = 0;
		return;
	}
	x->ip |= (get16(image + 8) & 0xf000) << 4;
	x->dp |= (get16(image + 12) & 0xf000) << 4;
	x->op = get16(image + 8);
	x->cs = x->ds = 0;
}

static void load32(const u8 *image, bool protected, struct x87_last *x)
{
	if (protected) {
		x->ip = get32(image + 12);
		x->cs = get16(image + 16);
		x->op = get16(image + 18);
		x->dp = get32(image + 20);
		x->ds = get16(image + 24);
		return;
	}
	x->ip = get16(image + 12) | (get32(image + 16) & 0x0ffff000) << 4;
	x->op = get16(image + 16);
	x->dp = get16(image + 20) | (get32(image + 24) & 0x0ffff000) << 4;
	x->cs = x->ds = 0;
}

void x87env_load(const u8 *image, u32 size, bool protected, struct x87_last *x)
{
	switch (size) {
	case 14:
	case 94:
		load16(image, protected, x);
		break;
	case 28:
	case 108:
		load32(image, protected, x);
		break;
	case 512:
		x->op = get16(image + 6);
		x->ip = get32(image + 8);
		x->cs = get16(image + 12);
		x->dp = get32(image + 16);
		x->ds = get16(image + 20);
		break;
	}
}
