/* SPDX-License-Identifier: MIT
 * Floating-point errors with CR0.NE clear, as on a PC (SDM vol. 1 appendix D):
 * the instruction that finds an error pending asserts FERR# and waits.  The board
 * makes IRQ 13 of it; its handler writes port F0h, which asserts IGNNE#, and then
 * may use instructions that would find the error again.
 *
 * Nothing tells when the guest clears the error (FNCLEX, FNINIT, FLDENV...), so
 * while FERR# is asserted the loop runs one instruction at a time and looks.
 */
#include "refvmm/vm.h"

#define FCW_MASKS  0x3fu
#define FSW_ERRORS 0x3fu
#define FSW_ES_B   0x8080u

/* FCW and FSW in the FXSAVE image; host context. */
static u16 get(const struct vm *vm, u32 at)
{
	return (u16)(vm->fpu[at] | vm->fpu[at + 1] << 8);
}

static void put(struct vm *vm, u32 at, u16 value)
{
	vm->fpu[at] = (u8)value;
	vm->fpu[at + 1] = (u8)(value >> 8);
}

/* The instruction at v->eip met a pending error.  With IGNNE# it goes on as if
 * all exceptions were masked: for one step they are. */
void x87_error(struct vm *vm)
{
	host_begin(vm);
	if (vm->ignne) {
		vm->fcw = get(vm, 0);
		put(vm, 0, vm->fcw | FCW_MASKS);
		put(vm, 2, get(vm, 2) & (u16)~FSW_ES_B);
		vm->fpu_masked = 2; /* the step that ends now and the next */
		return;
	}
	vm->ferr = true;
	pc_ferr(vm->pc, true);
	vm->v->halted = true; /* until an interrupt, which returns to it */
}

static void unmask(struct vm *vm)
{
	u16 fsw = get(vm, 2);

	/* An instruction that loaded FCW itself has the last word. */
	if (get(vm, 0) == (vm->fcw | FCW_MASKS))
		put(vm, 0, vm->fcw);
	put(vm, 2, fsw & ~get(vm, 0) & FSW_ERRORS ? fsw | FSW_ES_B : fsw & (u16)~FSW_ES_B);
}

void x87_after_step(struct vm *vm)
{
	host_begin(vm);
	if (vm->fpu_masked && --vm->fpu_masked == 0)
		unmask(vm);
	if (vm->fpu_masked || get(vm, 2) & ~get(vm, 0) & FSW_ERRORS)
		return;
	vm->ferr = false;
	pc_ferr(vm->pc, false);
}

void x87_trapped(struct vm *vm, u32 unit)
{
	const struct bt_unit *u = &vm->bt->unit[unit];

	if (!u->x87 || u->n_insns == 1 || u->eip == vm->v->eip)
		return;
	host_begin(vm);
	bt_x87_trapped(vm->bt, unit, vm->ram + ((u64)u->frame[0] << 12) + (u->lin & 0xfff));
}
