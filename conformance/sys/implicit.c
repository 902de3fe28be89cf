/* SPDX-License-Identifier: MIT
 * Group implicit: accesses that an instruction makes for itself, as the supervisor
 * whatever the CPL: descriptors in an LDT whose page has each combination of rights,
 * their accessed bit, and stacks of inner rings.  Rules: SDM vol. 3A sections 4.6.1
 * (implicit supervisor-mode accesses), 4.7, 4.8 and 3.4.5.1.
 */
#include "conformance/sys/sys.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40 };
#define PAGE  (PG_LIN + 0x1000u)
#define FRAME 0x61000u
#define SEL   0x0cu /* entry 1 of the LDT */

static const struct user {
	const char *name, *code;
	bool loads; /* sets the accessed bit */
	u8 access;
} users[] = {
	{"mov_ds", "8e d8", true, 0x92},      {"mov_fs", "8e e0", true, 0x90},
	{"mov_es_code", "8e c0", true, 0x9a}, {"lar", "0f 02 c8", false, 0x92},
	{"lsl", "0f 03 c8", false, 0x92},     {"verr", "0f 00 e0", false, 0x92},
	{"verw", "0f 00 e8", false, 0x92},    {"jmp_far", "ea D W", true, 0x9a},
};

static void map(struct tcase *t, bool pae, u32 rights, bool wp)
{
	if (pae) {
		t->need = N_PAE;
		sys_op(t, OP_CR4, 0, CR4_PAE, 0);
	}
	sys_op(t, OP_PAGING, pae ? PG_PAE : PG_32, 0, 0);
	sys_op(t, OP_PDE, 0, (pae ? PG_PAEPT : PG_PT) | P | W | U | A, 0);
	sys_op(t, OP_PTE, 1, FRAME | rights, 0);
	if (wp)
		sys_op(t, OP_CR0, 0, CR0_WP, 0);
}

static const char *rights_text(u32 r)
{
	return sys_text("%s%s%s", r & P ? "p" : "-", r & W ? "w" : "-", r & U ? "u" : "-");
}

static void descriptor(struct gen *g, const struct user *x, bool pae, u32 rights, bool wp,
		       bool accessed)
{
	struct tcase *t = sys_case(
		g, "implicit", x->name, sys_text("%s_%s", pae ? "pae" : "32", rights_text(rights)),
		CM_FLAT32, 0, sys_text("%s_%s", wp ? "wp" : "nowp", accessed ? "acc" : "new"),
		"SDM 3A 4.6.1, 4.8, 3.4.5.1");
	u32 low = desc_low(0, 0xfffff), high = desc_high(0, 0xfffff, x->access | accessed, 0xc);
	bool writes = x->loads && !accessed, refused = writes && wp && !(rights & W);
	u32 start;

	map(t, pae, rights, wp);
	sys_desc(t, OP_GDT, 0, PAGE, 0xff, 0x82, 0);
	set_mem32(t, FRAME + 8, low, 4);
	set_mem32(t, FRAME + 12, high, 4);
	set_gpr(t, A_EBX, SEL_SLOT(0, 0));
	set_gpr(t, A_EAX, SEL);
	set_gpr(t, A_ECX, 0);
	sys_code(t, "0f 00 d3"); /* LLDT BX */
	start = case_default_eip(t->mode) + t->code_len;
	sys_code(t, x->code, start + 7, SEL);
	if (x->name[1] == 'a') { /* LAR: bits 16-19 are undefined */
		t->ign_reg = A_ECX;
		t->ign_mask = 0xf0000;
	}
	if (!(rights & P) || refused) {
		expect_fault(t, PF, refused && rights & P ? 3 : 0);
		expect(t, X_EIP, 0, 0, start);
		/* The byte of the descriptor that was touched first is not foretold. */
		expect_mem(t, OBS_CR2, 4, 0xfffffff8, PAGE + 8);
		expect_same(t, FRAME + 12, 4);
		t->ign_lin = OBS_CR2;
		t->ign_len = 4;
		return;
	}
	expect_done(t);
	if (writes)
		expect_mem(t, FRAME + 13, 1, 0xff, x->access | 1u);
	else
		expect_same(t, FRAME + 12, 4);
	expect_mem(t, OBS_PTE(1), 4, 0, FRAME | rights | A | (writes ? D : 0));
	expect_same(t, OBS_CR2, 4);
}

/* A gate to ring 1, whose stack is on that page: pushes of the new ring's. */
static const struct {
	const char *name, *code;
	u8 vector, dpl;
	u8 len;
} gates[] = {
	{"int_n", "cd 60", 0x60, 3, 2},     {"int3", "cc", 3, 3, 1},
	{"ud", "0f 0b", UD, 0, 0},          {"gp", "8e e0", GP, 0, 0},
	{"irq", "fb 90 90", SYS_IRQ, 0, 2},
};

static void stack(struct gen *g, unsigned n, bool pae, u32 rights, bool wp, unsigned cpl)
{
	struct tcase *t = sys_case(g, "implicit", gates[n].name,
				   sys_text("%s_%s", pae ? "pae" : "32", rights_text(rights)),
				   CM_FLAT32, cpl, wp ? "wp" : "nowp", "SDM 3A 4.6.1, 4.7, 4.8");
	bool ok = rights & P && (rights & W || !wp), soft = n < 2, twice = gates[n].vector == GP;
	u32 esp = PAGE + 0x80, target = CASE_CS_BASE + CASE_OFF + 0x90;

	map(t, pae, rights, wp);
	sys_desc(t, OP_GDT, 1, 0, 0xfffff, 0xbb, 0xc);
	sys_desc(t, OP_GDT, 2, 0, 0xfffff, 0xb3, 0xc);
	sys_op(t, OP_TSS, 3, esp, 0);
	sys_op(t, OP_TSS, 4, SEL_SLOT(2, 1), 0);
	sys_gate(t, OP_IDT, gates[n].vector, SEL_SLOT(1, 0), target, (u8)(0x8e | gates[n].dpl << 5),
		 0);
	set_mem(t, target, "\xcd\x21", 2); /* back to the runtime */
	set_gpr(t, A_EAX, 0xfff8);
	t->eflags = (t->eflags & ~(u32)F_IF) | F_IOPL;
	if (gates[n].vector == SYS_IRQ)
		sys_op(t, OP_IRQ, 0, 0, 0);
	sys_code(t, gates[n].code);
	if (ok) {
		expect(t, X_VECTOR, 0, 0, 0x21);
		expect(t, X_EIP, 0, 0, target + 2);
		expect(t, X_SEL, A_CS, 0, SEL_SLOT(1, 1));
		expect(t, X_SEL, A_SS, 0, SEL_SLOT(2, 1));
		expect(t, X_GPR, A_ESP, 0, esp - (twice ? 24 : 20));
		expect_mem(t, OBS_PTE(1), 4, 0, FRAME | rights | A | D);
		return;
	}
	expect_fault(t, PF, rights & P ? 3 : 2);
	expect(t, X_EIP, 0, 0, case_default_eip(t->mode) + (soft ? 0 : gates[n].len));
	expect_mem(t, OBS_CR2, 4, 0, esp - 4);
	expect_same(t, OBS_PTE(1), 4);
}

void gen_sys_implicit(struct gen *g)
{
	unsigned n, pae, r, wp, x;

	for (pae = 0; pae < 2; pae++)
		for (wp = 0; wp < 2; wp++)
			for (r = 0; r < 8; r++) {
				if (!(r & P) && r)
					continue;
				for (n = 0; n < sizeof users / sizeof *users; n++)
					for (x = 0; x < 2; x++)
						descriptor(g, &users[n], pae, r, wp, x);
				for (n = 0; n < sizeof gates / sizeof *gates; n++) {
					stack(g, n, pae, r, wp, 3);
					stack(g, n, pae, r, wp, 2);
				}
			}
}
