/* SPDX-License-Identifier: MIT
 * A remembered transfer against the whole way: from the same state either the
 * memo declines, or processor and memory end up bit for bit the same - whatever
 * the guest changed since the transfer was remembered.
 */
#include "refvmm/gatememo.h"

#include "refvmm/test_support.h"
#include "refvmm/vm.h"

#include <stdlib.h>
#include <string.h>

#define VECTOR 0x40
#define GATE32 0x8e00u /* present 32-bit interrupt gate, DPL 0 */
#define HERE   0x5000u
#define THERE  0x6000u

static struct vm *vm;

static void machine(void)
{
	vm = calloc(1, sizeof(*vm));
	vm->bt = calloc(1, sizeof(*vm->bt));
	vm->bt->frame_units = calloc(0x100, sizeof(u32));
	vm->v = &vcpu;
	vm->ram = ram;
	vm->ram_size = RAM_SIZE;
	vm->ram_hole_end = 0x100000;
}

static void no_change(void)
{
}
static void gate_moved(void)
{
	put_idt(VECTOR, GATE32 | A_DPL(3), CODE_OF(0), THERE + 0x100);
}
static void gate_is_trap(void)
{
	put_idt(VECTOR, 0x8f00u | A_DPL(3), CODE_OF(0), THERE);
}
static void gate_absent(void)
{
	put_idt(VECTOR, (GATE32 & ~D_P) | A_DPL(3), CODE_OF(0), THERE);
}
static void gate_private(void)
{
	put_idt(VECTOR, GATE32, CODE_OF(0), THERE);
}
static void gate_elsewhere(void)
{
	put_idt(VECTOR, GATE32 | A_DPL(3), CONFORMING, THERE);
}
static void idt_short(void)
{
	vcpu.idtr.limit = VECTOR * 8 + 6;
}
static void gdt_short(void)
{
	vcpu.gdtr.limit = CODE32 - 1;
}
static void idt_moved(void)
{
	memcpy(ram + 0xc000, ram + IDT, 0x400);
	vcpu.idtr.base = 0xc000;
	put_idt(VECTOR, GATE32, CODE_OF(0), THERE + 4);
}
static void code_absent(void)
{
	put_desc(CODE32, 0, FLAT, (A_CODE & ~D_P));
}
static void code_small(void)
{
	put_desc(CODE32, 0, 0xfff, A_CODE);
}
static void stack_pointer_moved(void)
{
	poke(TSS + 4, 4, 0x9000);
	vcpu.gpr[R_ESP] -= 0x40;
}
static void stack_segment_changed(void)
{
	poke(TSS + 8, 2, SLOT);
	put_desc(SLOT, 0, 0xfffff, A_DATA);
}
static void stack_absent(void)
{
	put_desc(DATA32, 0, FLAT, A_DATA & ~D_P);
}
static void stack_at_zero(void)
{
	poke(TSS + 4, 4, 8);
	vcpu.gpr[R_ESP] = 8;
}
static void tss_short(void)
{
	vcpu.tr.limit = 10;
}
static void stack_on_code(void)
{
	for (int k = 0; k < 0x100; k++)
		vm->bt->frame_units[k] = 1;
}
static void other_flags(void)
{
	vcpu_set_eflags(&vcpu, FL_CF | FL_OF | FL_DF | FL_IF | FL_ID | FL_AC | 2u << 12);
}
static void stack_small(void)
{
	vcpu.seg[S_SS].limit = 0xffff;
}

static const struct change {
	const char *name;
	void (*make)(void);
	bool taken; /* the memo must do it itself */
} int_changes[] = {
	{"nothing", no_change, true},
	{"gate moved", gate_moved, false},
	{"gate is a trap", gate_is_trap, false},
	{"gate absent", gate_absent, false},
	{"gate for ring 0", gate_private, false},
	{"gate to a conforming segment", gate_elsewhere, false},
	{"IDT too short", idt_short, false},
	{"GDT too short", gdt_short, false},
	{"IDT moved, same gate", idt_moved, true},
	{"code segment absent", code_absent, false},
	{"code segment small", code_small, false},
	{"stack pointer moved", stack_pointer_moved, true},
	{"stack at zero", stack_at_zero, false},
	{"stack on a code page", stack_on_code, false},
	{"other flags", other_flags, true},
};

static const struct change deeper_changes[] = {
	{"TSS stack segment", stack_segment_changed, false},
	{"TSS too short", tss_short, false},
	{"stack segment absent", stack_absent, false},
};

static void prepare(unsigned ring, const struct change *c, bool remembered)
{
	struct vcpu *v = start_protected(ring);

	v->a20 = true;
	v->vm = vm;
	v->eip = HERE;
	v->vflags |= FL_IF;
	put_idt(VECTOR, GATE32 | A_DPL(3), CODE_OF(0), THERE);
	put_desc(CODE32, 0, FLAT, A_CODE | D_ACCESSED);
	put_desc(DATA32, 0, FLAT, A_DATA | D_ACCESSED);
	memset(vm->bt->frame_units, 0, 0x100 * sizeof(u32));
	if (remembered) {
		struct vcpu before = *v;

		ck_assert_int_eq(arch_interrupt(v, VECTOR, INT_SOFT, false, 0), MON_OK);
		gatememo_note_int(vm, VECTOR, (u8)ring);
		*v = before;
	}
	memset(ram + STACK0, 0, 0x4000);
	c->make();
}

static void compare_int(unsigned ring, const struct change *c)
{
	static u8 whole_ram[RAM_SIZE];
	struct vcpu whole;
	bool done;

	prepare(ring, c, false);
	vcpu.eip = HERE + 2;
	if (arch_interrupt(&vcpu, VECTOR, INT_SOFT, false, 0) != MON_OK)
		whole_ram[0] = 1; /* the memo must decline */
	else
		memcpy(whole_ram, ram, sizeof(ram));
	whole = vcpu;
	prepare(ring, c, true);
	done = gatememo_int(vm, VECTOR, HERE + 2);
	ck_assert_msg(done == c->taken, "%s from ring %u: %s", c->name, ring,
		      done ? "taken" : "declined");
	if (!done)
		return;
	ck_assert_msg(!memcmp(whole_ram, ram, sizeof(ram)), "%s from ring %u: memory", c->name,
		      ring);
	ck_assert_msg(!memcmp(whole.gpr, vcpu.gpr, sizeof(whole.gpr)), "%s: registers", c->name);
	ck_assert_msg(!memcmp(whole.seg, vcpu.seg, sizeof(whole.seg)), "%s: segments", c->name);
	ck_case(c->name, "eip", vcpu.eip, whole.eip);
	ck_case(c->name, "flags", vcpu_eflags(&vcpu), vcpu_eflags(&whole));
	ck_case(c->name, "cpl", vcpu.cpl, whole.cpl);
}

START_TEST(interrupts)
{
	const unsigned n = sizeof(int_changes) / sizeof(*int_changes);

	machine();
	for (unsigned ring = 0; ring <= 3; ring += 3) {
		for (unsigned k = 0; k < n; k++)
			compare_int(ring, &int_changes[k]);
	}
	for (unsigned k = 0; k < sizeof(deeper_changes) / sizeof(*deeper_changes); k++)
		compare_int(3, &deeper_changes[k]);
}
END_TEST

/* IRETD: a frame on the ring 0 stack, remembered once, then changed. */
static void iret_frame(unsigned to, u32 flags)
{
	struct vcpu *v = start_protected(0);
	u32 sp = STACK_OF(0);

	v->a20 = true;
	v->eip = THERE;
	v->gpr[R_ESP] = sp;
	for (unsigned r = 0; r < 4; r++) {
		put_desc((u16)(CODE32 + 0x10 * r), 0, FLAT, A_CODE | D_ACCESSED | A_DPL(r));
		put_desc((u16)(DATA32 + 0x10 * r), 0, FLAT, A_DATA | D_ACCESSED | A_DPL(r));
	}
	for (int s = 0; s < S_COUNT; s++) {
		if (s == S_CS || s == S_SS)
			continue;
		v->gsel[s] = DATA_OF(3);
		v->seg[s] = (struct seg){.sel = DATA_OF(3),
					 .limit = FLAT,
					 .attr = A_DATA | D_ACCESSED | D_G | A_DPL(3)};
	}
	poke(sp, 4, HERE);
	poke(sp + 4, 4, CODE_OF(to));
	poke(sp + 8, 4, flags);
	poke(sp + 12, 4, 0xb000);
	poke(sp + 16, 4, DATA_OF(to));
}

static void frame_to_other_code(void)
{
	poke(STACK_OF(0) + 4, 4, SLOT | 3);
	put_desc(SLOT, 0, FLAT, A_CODE | D_ACCESSED | A_DPL(3));
}
static void frame_to_v86(void)
{
	poke(STACK_OF(0) + 8, 4, FL_VM);
}
static void nested(void)
{
	vcpu.vflags |= FL_NT;
}
static void inner_data(void)
{
	vcpu.seg[S_DS].attr &= ~(u32)D_DPL;
	vcpu.seg[S_DS].sel = DATA_OF(0);
	vcpu.gsel[S_DS] = DATA_OF(0);
}
static void user_code_absent(void)
{
	put_desc(CODE32 + 0x30, 0, FLAT, (A_CODE & ~D_P) | A_DPL(3));
}
static void user_stack_read_only(void)
{
	put_desc(DATA32 + 0x30, 0, FLAT, (A_DATA & ~D_WRITABLE) | A_DPL(3));
}
static void from_ring_3(void)
{
	vcpu.cpl = 3;
}

static const struct change iret_changes[] = {
	{"nothing", no_change, true},
	{"another code segment", frame_to_other_code, false},
	{"virtual-8086", frame_to_v86, false},
	{"nested task", nested, false},
	{"inner data segment", inner_data, false},
	{"code absent", user_code_absent, false},
	{"stack read-only", user_stack_read_only, false},
	{"small stack", stack_small, false},
	{"not ring 0", from_ring_3, false},
	{"GDT too short", gdt_short, false},
};

START_TEST(returns)
{
	const u32 flags = FL_CF | FL_IF | FL_NT | FL_ID | FL_RF | 3u << 12;

	machine();
	for (unsigned k = 0; k < sizeof(iret_changes) / sizeof(*iret_changes); k++) {
		const struct change *c = &iret_changes[k];
		struct vcpu whole;
		bool done;

		iret_frame(3, flags);
		c->make();
		if (c->taken)
			ck_assert_int_eq(arch_iret(&vcpu, 4), MON_OK);
		whole = vcpu;
		iret_frame(3, flags);
		ck_assert_int_eq(arch_iret(&vcpu, 4), MON_OK);
		gatememo_note_iret(vm, 0);
		iret_frame(3, flags);
		c->make();
		done = gatememo_iret(vm);
		ck_assert_msg(done == c->taken, "%s: %s", c->name, done ? "taken" : "declined");
		if (!done)
			continue;
		ck_assert_mem_eq(whole.gpr, vcpu.gpr, sizeof(whole.gpr));
		ck_assert_mem_eq(whole.seg, vcpu.seg, sizeof(whole.seg));
		ck_case(c->name, "eip", vcpu.eip, whole.eip);
		ck_case(c->name, "flags", vcpu_eflags(&vcpu), vcpu_eflags(&whole));
		ck_case(c->name, "cpl", vcpu.cpl, whole.cpl);
	}
}
END_TEST

/* To the same ring: three words, ESP moves. */
START_TEST(same_ring)
{
	struct vcpu whole;

	machine();
	iret_frame(0, FL_ZF | FL_IF);
	ck_assert_int_eq(arch_iret(&vcpu, 4), MON_OK);
	gatememo_note_iret(vm, 0);
	whole = vcpu;
	iret_frame(0, FL_ZF | FL_IF);
	ck_assert(gatememo_iret(vm));
	ck_assert_mem_eq(whole.gpr, vcpu.gpr, sizeof(whole.gpr));
	ck_assert_mem_eq(whole.seg, vcpu.seg, sizeof(whole.seg));
	ck_assert_uint_eq(vcpu_eflags(&whole), vcpu_eflags(&vcpu));
	ck_assert_uint_eq(whole.eip, vcpu.eip);
}
END_TEST

int main(void)
{
	return RUN("gatememo", interrupts, returns, same_ring);
}
