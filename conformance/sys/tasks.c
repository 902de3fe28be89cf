/* SPDX-License-Identifier: MIT
 * Building switches between two tasks (tasks.h).  SDM vol. 3A sections 7.2 and 7.3,
 * figures 7-2, 7-3, 7-6 and 7-10.
 */
#include "conformance/sys/tasks.h"

const char *const way_names[WAYS] = {"jmp", "call", "jmp_gate", "call_gate",
				     "int", "ud",   "irq",      "iret"};

bool task_nests(enum way way)
{
	return way != W_JMP && way != W_GATE_JMP && way != W_IRET;
}

bool task_external(enum way way)
{
	return way == W_UD || way == W_IRQ;
}

void task_plan(struct task_plan *p, enum way way, bool wide, unsigned cpl, unsigned new)
{
	static const u8 plain[A_SREGS] = {SG_ES, SG_CODE32, SG_SS32, SG_DS, SG_FS, SG_GS};
	unsigned i;

	*p = (struct task_plan){
		.way = way,
		.wide = wide,
		.cpl = cpl,
		.new = new,
		.eip = TASK_EIP,
		.esp = NEW_ESP,
		.eflags = 2,
		.cr3 = 0,
		.ldt = SEL_MAIN_LDT,
		.lin = NEW_TSS,
		.limit = wide ? 103 : 43,
		.access = wide ? 0xe9 : 0xe1,
		.sel = SEL_SLOT(SLOT_TSS, 0),
		.gate_sel = SEL_SLOT(SLOT_GATE, 0),
		.gate_access = 0xe5,
	};
	for (i = 0; i < A_SREGS; i++)
		p->seg[i] = CASE_SEL(new, plain[i]);
	if (!wide)
		p->seg[A_SS] = CASE_SEL(new, SG_SS16);
	for (i = 0; i < 8; i++)
		p->gpr[i] = 0x11223300u + 0x01010101u * i;
	if (way == W_IRET)
		p->access |= 2;
}

void task_put(u8 *b, unsigned at, u32 v, unsigned n)
{
	for (; n; n--, v >>= 8)
		b[at++] = (u8)v;
}

unsigned task_image(const struct task_plan *p, u8 b[104])
{
	unsigned i;

	for (i = 0; i < 104; i++)
		b[i] = 0;
	if (!p->wide) {
		task_put(b, 2, 0xf000, 2);
		task_put(b, 4, SEL_MAIN_DATA, 2);
		task_put(b, T16_IP, p->eip, 2);
		task_put(b, T16_FLAGS, p->eflags, 2);
		for (i = 0; i < 8; i++)
			task_put(b, T16_GPR + 2 * i, i == A_ESP ? p->esp : p->gpr[i], 2);
		for (i = 0; i < A_FS; i++)
			task_put(b, T16_SEG + 2 * i, p->seg[i], 2);
		task_put(b, T16_LDT, p->ldt, 2);
		return 44;
	}
	task_put(b, 4, 0x1f000, 4);
	task_put(b, 8, SEL_MAIN_DATA, 2);
	task_put(b, T32_CR3, p->cr3, 4);
	task_put(b, T32_EIP, p->eip, 4);
	task_put(b, T32_FLAGS, p->eflags, 4);
	for (i = 0; i < 8; i++)
		task_put(b, T32_GPR + 4 * i, i == A_ESP ? p->esp : p->gpr[i], 4);
	for (i = 0; i < A_SREGS; i++)
		task_put(b, T32_SEG + 4 * i, p->seg[i], 2);
	task_put(b, T32_LDT, p->ldt, 2);
	task_put(b, T32_TRAP, p->trap | 0x680000u, 4);
	return 104;
}

static void put_image(struct tcase *t, u32 lin, const u8 *b, unsigned n)
{
	unsigned at, part;

	for (at = 0; at < n; at += part) {
		part = n - at < TC_MEM_LEN ? n - at : TC_MEM_LEN;
		set_mem(t, lin + at, b + at, part);
	}
}

void task_setup(struct tcase *t, const struct task_plan *p)
{
	u16 far_sel = p->sel;
	u8 b[104];

	if (!p->pages)
		put_image(t, p->lin, b, task_image(p, b));
	sys_desc(t, OP_GDT, SLOT_TSS, p->lin, p->limit, p->access, 0);
	switch (p->way) {
	case W_GATE_JMP:
	case W_GATE_CALL:
		sys_gate(t, OP_GDT, SLOT_GATE, p->sel, 0, p->gate_access, 0);
		far_sel = p->gate_sel;
		/* fall through */
	case W_JMP:
	case W_CALL:
		sys_code(t, p->way == W_JMP || p->way == W_GATE_JMP ? "ea DW" : "9a DW", 0u,
			 (u32)far_sel);
		break;
	case W_INT:
		sys_gate(t, OP_IDT, TASK_INT_N, p->sel, 0, p->gate_access, 0);
		sys_code(t, "cd 61");
		break;
	case W_UD:
		sys_gate(t, OP_IDT, UD, p->sel, 0, p->gate_access, 0);
		sys_code(t, "0f 0b");
		break;
	case W_IRQ:
		sys_gate(t, OP_IDT, SYS_IRQ, p->sel, 0, p->gate_access, 0);
		sys_op(t, OP_IRQ, 0, 0, 0);
		t->eflags = (t->eflags & ~(u32)F_IF) | F_IOPL;
		sys_code(t, "fb 90 90");
		break;
	default:
		sys_op(t, OP_TSS, 0, p->sel, 0);
		t->eflags |= F_NT;
		sys_code(t, "cf");
	}
}

u32 task_saved_eip(const struct tcase *t, const struct task_plan *p)
{
	u32 start = case_default_eip(t->mode);

	if (p->way == W_UD) /* a fault, and the boundary behind STI's shadow */
		return start;
	return start + (p->way == W_IRQ ? 2u : t->code_len);
}

void task_handler(struct tcase *t, unsigned vector, u32 cr3)
{
	struct task_plan p;
	u8 b[104];

	task_plan(&p, W_INT, true, 0, 0);
	p.eip = HANDLER_EIP;
	p.esp = HANDLER_ESP;
	p.cr3 = cr3;
	put_image(t, HANDLER_TSS, b, task_image(&p, b));
	sys_desc(t, OP_GDT, SLOT_HANDLER, HANDLER_TSS, 103, 0x89, 0);
	sys_gate(t, OP_IDT, vector, SEL_SLOT(SLOT_HANDLER, 0), 0, 0x85, 0);
}
