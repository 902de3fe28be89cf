/* SPDX-License-Identifier: MIT
 * Group nmi: non-maskable interrupts, which the local APIC sends to its own processor:
 * taken with IF clear, in any ring; not again before IRET, then at once and before an
 * interrupt that waits, too; never between MOV SS or POP SS and the next instruction; error
 * codes of a broken gate. When one comes is the APIC's affair: loops wait for it. Machines
 * without local APIC have no source that a guest reaches. Rules: SDM vol. 3A sections 6.7,
 * 6.8.3, 6.13 (EXT) and table 6-2; 10.6.1 (interrupt command register).
 */
#include "conformance/result.h"
#include "conformance/sys/sys.h"

#define N_APIC   (1u << 9)
#define ICR      0xfee00300u
#define ICR_TO   0xfee00310u
#define APIC_ID  0xfee00020u
#define SEND     0x4400u /* NMI, assert */
#define NMI      2
#define COUNT    SYS_COUNTER        /* how many came */
#define BAD      (SYS_COUNTER + 4)  /* and how many where they must not */
#define WHERE    (SYS_COUNTER + 8)  /* EIP of the last */
#define LATER    (SYS_COUNTER + 12) /* of an interrupt: how many NMIs came before it */
#define APART    (SYS_COUNTER + 16) /* between the two addresses */
#define PATIENCE 0x100000u

static struct tcase *new_case(struct gen *g, const char *mnemonic, const char *form, unsigned cpl,
			      const char *cls, const char *cite)
{
	struct tcase *t = sys_case(g, "nmi", mnemonic, form, CM_FLAT32, cpl, cls, cite);
	static const u8 zero[20];
	unsigned r;

	t->need = N_APIC;
	set_mem(t, COUNT, zero, sizeof zero);
	for (r = A_EAX; r <= A_EDI; r++)
		if (r != A_ESP)
			set_gpr(t, r, 0);
	t->eflags &= ~(u32)(F_IF | F_DF);
	if (cpl) {
		t->eflags |= F_IOPL;
	} else { /* an earlier case may have ended in a handler: IRET opens NMI again */
		sys_code(t, "9c 0e 68 D cf", CASE_CS_BASE + CASE_OFF + 8u);
	}
	t->undef = F_ARITH;
	t->ign_lin = win(A_SS, CASE_OFF) - 32; /* frames */
	t->ign_len = 32;
	/* To this processor. */
	sys_code(t, "a1 D a3 D", APIC_ID, ICR_TO);
	t->ign_regs = 1u << A_EAX | 1u << A_ECX;
	return t;
}

static void send(struct tcase *t)
{
	sys_code(t, "c7 05 D D", ICR, SEND);
}

/* ECX: until so many have come, but not for ever. */
static void wait(struct tcase *t, unsigned n)
{
	unsigned top;

	sys_code(t, "b9 D", PATIENCE);
	top = t->code_len;
	sys_code(t, "80 3d D", COUNT);
	t->code[t->code_len++] = (u8)n;
	sys_code(t, "73 03 49 75");
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
}

/* INC dword [COUNT]; IRET */
static void counts(struct tcase *t)
{
	sys_handler(t, NMI, 0, "ff 05 D cf", COUNT);
}

static void comes(struct gen *g, bool open, unsigned times, unsigned cpl)
{
	struct tcase *t = new_case(g, "comes", open ? "sti" : "cli", cpl,
				   sys_text("times%u", times), "SDM 3A 6.7, 6.8.1");
	unsigned i;

	if (open)
		sys_code(t, "fb");
	counts(t);
	for (i = 1; i <= times; i++) {
		send(t);
		wait(t, i);
	}
	expect_done(t);
	expect_mem(t, COUNT, 4, 0, times);
	expect(t, X_EFLAGS, 0, F_IF, open ? F_IF : 0);
}

/* What the handler finds: the flags. */
static void enters(struct gen *g, bool trap, unsigned cpl)
{
	struct tcase *t = new_case(g, "enters", trap ? "trap_gate" : "interrupt_gate", cpl, "flags",
				   "SDM 3A 6.7, 6.8.1, 6.12.1.2");

	t->eflags |= F_IF | F_DF;
	/* PUSHFD; POP dword [WHERE]; INC dword [COUNT]; IRET */
	sys_handler(t, NMI, 0, "9c 8f 05 D ff 05 D cf", WHERE, COUNT);
	sys_gate(t, OP_IDT, NMI, SEL_MAIN_CODE, SYS_HANDLER, trap ? 0x8f : 0x8e, 0);
	if (!cpl)
		sys_code(t, "fb fd");
	send(t);
	wait(t, 1);
	sys_code(t, "fc");
	t->ign_fields |= DIFF_MEM; /* the undefined flags, in WHERE */
	expect_done(t);
	expect_mem(t, WHERE, 4, F_IF | F_TF | F_DF, F_DF | (trap ? F_IF : 0));
}

/* A second one, sent inside: not before IRET, and then in front of the instruction that IRET
 * returns to, also before an interrupt that waits. */
static void nested(struct gen *g, bool irq, unsigned cpl)
{
	struct tcase *t = new_case(g, "nested", irq ? "with_irq" : "alone", cpl, "iret",
				   "SDM 3A 6.7.1, table 6-2");
	struct tcase sub = *t;
	unsigned jump;

	sub.code_len = 0;
	sys_code(&sub, "60 ff 05 D 83 3d D 01 75 00", COUNT, COUNT); /* PUSHA; first? */
	jump = sub.code_len;
	sys_code(&sub, "8b 44 24 20 a3 D c7 05 D D", WHERE, ICR, SEND);
	sys_code(&sub, "b9 D e2 fe a1 D 48 a3 D", 0x8000u, COUNT, BAD); /* time; came it? */
	if (irq)                                                        /* IF in the image */
		sys_code(&sub, "80 4c 24 29 02");
	sys_code(&sub, "61 cf");
	sub.code[jump - 1] = (u8)(sub.code_len - jump);
	sys_code(&sub, "8b 44 24 20 2b 05 D a3 D 61 cf", WHERE, APART);
	set_mem(t, SYS_HANDLER, sub.code, 40);
	set_mem(t, SYS_HANDLER + 40, sub.code + 40, sub.code_len - 40u);
	sys_gate(t, OP_IDT, NMI, SEL_MAIN_CODE, SYS_HANDLER, 0x8e, 0);
	if (irq) {
		sys_op(t, OP_IRQ, 0, 0, 0);
		sys_handler(t, SYS_IRQ, 0x60, "50 a1 D a3 D 58 cf", COUNT, LATER);
	}
	send(t);
	wait(t, 2);
	t->ign_fields |= DIFF_MEM; /* WHERE it came */
	expect_done(t);
	expect_mem(t, COUNT, 4, 0, 2);
	expect_same(t, BAD, 4); /* zero is what was there */
	expect_same(t, APART, 4);
	expect(t, X_EFLAGS, 0, F_IF, irq ? F_IF : 0);
	if (irq)
		expect_mem(t, LATER, 4, 0, 2);
}

/* MOV SS or POP SS, NOP, again and again behind the sending and `gap` NOPs: BAD counts those
 * that came in front of such a NOP. */
static void shadow(struct gen *g, bool pop, unsigned gap, unsigned cpl)
{
	struct tcase *t = new_case(g, "shadow", pop ? "pop_ss" : "mov_ss", cpl,
				   sys_text("gap%u", gap), "SDM 3A 6.8.3; 2B MOV, POP");
	unsigned i, top;

	if (pop)
		sys_handler(t, NMI, 0, "50 8b 44 24 04 80 78 ff 17 75 06 ff 05 D ff 05 D 58 cf",
			    BAD, COUNT);
	else
		sys_handler(t, NMI, 0,
			    "50 8b 44 24 04 66 81 78 fe 8e d0 75 06 ff 05 D ff 05 D 58 cf", BAD,
			    COUNT);
	sys_code(t, "8c d0 bf D", 32u); /* MOV EAX, SS; rounds */
	top = t->code_len;
	send(t);
	for (i = 0; i < gap; i++)
		sys_code(t, "90");
	for (i = 0; i < 5; i++)
		sys_code(t, pop ? "16 17 90" : "8e d0 90");
	sys_code(t, "66 b9 00 04 e2 fe 4f 75"); /* ECX: time */
	t->code[t->code_len] = (u8)(top - t->code_len - 1u);
	t->code_len++;
	wait(t, 1);
	t->ign_lin = COUNT; /* two of them may have become one */
	t->ign_len = 4;
	t->ign_fields |= DIFF_MEM;
	expect_done(t);
	expect_same(t, BAD, 4);
}

/* The gate is broken: EXT says that the event is not the program's. */
static void gate(struct gen *g, const char *name, u16 sel, u8 access, unsigned vector, u32 error,
		 unsigned cpl)
{
	struct tcase *t = new_case(g, "gate", name, cpl, "ext", "SDM 3A 6.13; 6.7");

	sys_gate(t, OP_IDT, NMI, sel, SYS_HANDLER, access, 0);
	send(t);
	wait(t, 1);
	t->ign_fields = DIFF_EIP | DIFF_RF | DIFF_MEM; /* where it comes */
	expect_fault(t, vector, error);
	expect_same(t, COUNT, 4);
}

void gen_sys_nmi(struct gen *g)
{
	unsigned i, cpl;

	for (cpl = 0; cpl < 4; cpl += 3) {
		for (i = 0; i < 4; i++)
			comes(g, i & 1, 1 + i / 2, cpl);
		for (i = 0; i < 2; i++) {
			enters(g, i, cpl);
			nested(g, i, cpl);
		}
		for (i = 0; i < 8; i++)
			shadow(g, i & 1, i / 2, cpl);
		gate(g, "absent", SEL_MAIN_CODE, 0x0e, NP, NMI * 8 + 3, cpl);
		gate(g, "type", SEL_MAIN_CODE, 0x8c, GP, NMI * 8 + 3, cpl);
		gate(g, "null", 0, 0x8e, GP, 1, cpl);
		gate(g, "data", SEL_MAIN_DATA, 0x8e, GP, SEL_MAIN_DATA | 1, cpl);
	}
}
