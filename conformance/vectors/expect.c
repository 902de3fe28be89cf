/* SPDX-License-Identifier: MIT
 * Captures of an 8086, 80286 or 80386EX as expectations (expect.h).
 *
 * Registers of the capture that hold junk: the 80286 has no FLAGS bits 12-15 in
 * real mode; the 80386 sets show reserved bits of CR0 and EFLAGS as ones.
 */
#include <string.h>

#include "conformance/vectors/expect.h"
#include "conformance/vectors/undefined.h"

#define CLASS(id, name, compared) name,
const char *const class_name[CLASSES] = {
#include "conformance/vectors/classes.def"
};
#undef CLASS
#define CLASS(id, name, compared) compared,
const char *const class_compared[CLASSES] = {
#include "conformance/vectors/classes.def"
};
#undef CLASS

enum { FLAG_ONE = 2, FLAGS_16 = 0x7fd7, FLAGS_286 = 0x0fd7, FLAGS_386 = 0x37fd7, CR0_SEEN = 0xf };

bool chip_of(const struct moo_file *f, enum chip *chip)
{
	static const struct {
		const char *id;
		enum chip chip;
	} known[] = {
		{"C286", CHIP_286}, {"386E", CHIP_386}, {"8086", CHIP_8086}, {"8088", CHIP_8086}};

	for (unsigned k = 0; k < sizeof(known) / sizeof(*known); k++)
		if (!memcmp(f->cpu, known[k].id, 4)) {
			*chip = known[k].chip;
			return true;
		}
	return false;
}

static u32 clean(enum chip chip, unsigned reg, u32 value)
{
	switch (reg) {
	case MOO_EFLAGS:
		return (value & (chip == CHIP_386 ? FLAGS_386 : FLAGS_286)) | FLAG_ONE;
	case MOO_CR0:
		return value & CR0_SEEN;
	case MOO_CS:
	case MOO_SS:
	case MOO_DS:
	case MOO_ES:
	case MOO_FS:
	case MOO_GS:
		return value & 0xffff;
	default:
		return value;
	}
}

/* What is compared when nothing else is said. */
static void fill(struct expectation *e, enum chip chip, const struct moo_file *f,
		 const struct moo_test *t)
{
	for (unsigned r = 0; r < MOO_REGS; r++) {
		const struct moo_state *a = &t->init, *z = &t->fina;

		e->start[r] = a->regs.set >> r & 1 ? clean(chip, r, a->regs.value[r]) : 0;
		e->value[r] = z->regs.set >> r & 1 ? clean(chip, r, z->regs.value[r]) : e->start[r];
		e->care[r] = 0xffffffff;
		if (r == MOO_CR0 || r == MOO_CR3 || r == MOO_DR6 || r == MOO_DR7)
			e->care[r] = z->regs.set >> r & 1 ? 0xffffffff : 0;
		if (r == MOO_CR0)
			e->care[r] &= CR0_SEEN;
		/* Masks are for what a final state shows; bits of it that are 0 are not
		 * compared. */
		if (f->mask.present && f->mask.set >> r & 1)
			e->care[r] &= f->mask.value[r] | (f->mask.wide ? 0 : 0xffff0000);
		if (z->mask.present && z->mask.set >> r & 1)
			e->care[r] &= z->mask.value[r] | (z->mask.wide ? 0 : 0xffff0000);
	}
	e->start[MOO_EFLAGS] |= FLAG_ONE;
	e->has_flags_address = t->has_exception;
	/* EXCP has an address, but the even one below where SP is odd. */
	e->flags_address = (e->start[MOO_SS] << 4) + (u16)(e->start[MOO_ESP] - 2);
}

/* Compare that exception `vector` is raised and has no effect yet. */
static void hold(struct expectation *e, u8 vector)
{
	e->fault = true;
	e->vector = vector;
	memcpy(e->value, e->start, sizeof(e->value));
	e->has_flags_address = false;
	e->instructions = 0;
}

static bool complete(const struct moo_test *t)
{
	u32 need = 0;

	for (unsigned r = MOO_EAX; r <= MOO_EFLAGS; r++)
		if (r != MOO_FS && r != MOO_GS)
			need |= 1u << r;
	return (t->init.regs.set & need) == need;
}

/* A fault of IA-32 can be restarted: SI, DI and CX stand at the word that crosses the
 * end of its segment. */
static void string_fault(struct expectation *e, const struct vinsn *i)
{
	unsigned uses = word_string(i);
	u16 si = (u16)e->start[MOO_ESI], di = (u16)e->start[MOO_EDI], cx = (u16)e->start[MOO_ECX];
	u16 step = e->start[MOO_EFLAGS] & 0x400 ? (u16)-2 : 2;

	e->class = CLASS_STRING_FAULT;
	while (i->rep && cx && !((uses & 1) && si == 0xffff) && !((uses & 2) && di == 0xffff)) {
		si += step;
		di += step;
		cx--;
	}
	if (uses & 1)
		e->value[MOO_ESI] = si;
	if (uses & 2)
		e->value[MOO_EDI] = di;
	e->value[MOO_ECX] = cx;
}

static bool by_host(struct expectation *e, const struct host_row *host)
{
	switch (host ? host->result : HOST_UNKNOWN) {
	case HOST_OK:
		e->class = CLASS_VERIFIED;
		return true;
	case HOST_EXC_OK:
		e->class = CLASS_EXCEPTION;
		e->care[MOO_EFLAGS] &= ~e->undefined;
		return true;
	case HOST_CS:
		e->class = CLASS_STORE_CS;
		e->care[MOO_EFLAGS] &= ~e->undefined;
		return true;
	case HOST_UNDEF:
		e->class = CLASS_UNDEFINED;
		e->other = host->mask;
		return true;
	case HOST_SS:
		e->class = CLASS_STACK_FAULT;
		hold(e, 12);
		return true;
	default:
		return false;
	}
}

/* A far pointer in memory that crosses the end of its segment. */
static bool pointer_wraps(const struct expectation *e, const struct moo_test *t,
			  const struct vinsn *i)
{
	const u32 gpr[8] = {e->start[MOO_EAX], e->start[MOO_ECX], e->start[MOO_EDX],
			    e->start[MOO_EBX], e->start[MOO_ESP], e->start[MOO_EBP],
			    e->start[MOO_ESI], e->start[MOO_EDI]};
	bool far = i->opcode == 0xff && ((i->modrm >> 3 & 7) == 3 || (i->modrm >> 3 & 7) == 5);
	u16 offset;

	return (far || i->opcode == 0xc4 || i->opcode == 0xc5) &&
	       operand_offset(i, t->code.data, gpr, &offset) && offset > 0xfffc;
}

/* Known differences between the 80286 and IA-32 (SDM vol. 3B section 23.x, "Intel
 * 286 processor"), for tests that no host has judged. */
static void rules_286(struct expectation *e, const struct moo_test *t, const struct vinsn *i)
{
	bool flags_popped = i->opcode == 0x9d || i->opcode == 0xcf;

	if (lock_invalid(i)) {
		e->class = CLASS_LOCK_UD;
		hold(e, 6);
	} else if (i->n > 10 && t->has_exception) {
		e->drop = "longer than the 10 bytes of an 80286";
	} else if ((i->opcode == 0x8c || i->opcode == 0x8e) && (i->modrm >> 3 & 6) == 4) {
		e->drop = "FS or GS, which an 80286 does not have";
	} else if (t->has_exception && t->vector == 13 &&
		   (i->ss || (pops(i) && (u16)e->start[MOO_ESP] == 0xffff))) {
		e->class = CLASS_STACK_FAULT;
		hold(e, 12);
	} else if (!t->has_exception && pointer_wraps(e, t, i)) {
		e->class = CLASS_POINTER_WRAP;
		hold(e, i->ss ? 12 : 13);
	} else if (flags_popped) {
		e->class = CLASS_FLAGS15;
		e->care[MOO_EFLAGS] &= ~0xf000u;
	}
}

/* Instructions that are executed: those that fault are not; INT n and the trap behind an
 * instruction are. */
static int executed(const struct expectation *e, enum chip chip, const struct moo_test *t,
		    const struct vinsn *i)
{
	bool software = (i->opcode == 0xcc && t->vector == 3) ||
			(i->opcode == 0xce && t->vector == 4) ||
			(i->opcode == 0xcd && t->vector == t->code.data[i->n - 1]);

	if (chip == CHIP_8086)
		return -1;
	if (e->fault)
		return 0;
	if (i->opcode == 0xf4)
		return 1;
	return t->has_exception && t->vector != 1 && !software ? 1 : 2;
}

void expect(struct expectation *e, enum chip chip, const struct moo_file *f,
	    const struct moo_test *t, const struct host_row *host)
{
	struct vinsn i;
	u32 n = t->code.n;

	memset(e, 0, sizeof(*e));
	e->class = chip == CHIP_8086 ? CLASS_MODEL : CLASS_CAPTURE;
	if (!complete(t)) {
		e->drop = "initial registers are missing";
		return;
	}
	if (n && t->code.data[n - 1] == 0xf4)
		n--;
	vinsn_parse(&i, t->code.data, n);
	fill(e, chip, f, t);
	e->undefined = undefined_flags(&i, (u8)t->init.regs.value[MOO_ECX]);
	if (!t->init.regs.wide && !e->value[MOO_EIP])
		e->value[MOO_EIP] = 0x10000; /* HLT was at FFFF; EIP has more bits */
	e->instructions = executed(e, chip, t, &i);
	if (chip == CHIP_286 && by_host(e, host)) {
		if (e->class == CLASS_EXCEPTION && t->vector == 13 && word_string(&i))
			string_fault(e, &i);
		return;
	}
	e->care[MOO_EFLAGS] &= ~e->undefined;
	if (chip == CHIP_286)
		rules_286(e, t, &i);
	if (t->has_exception && t->vector == 13 && chip != CHIP_386 && !e->fault && word_string(&i))
		string_fault(e, &i);
}
