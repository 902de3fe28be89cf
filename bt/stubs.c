/* SPDX-License-Identifier: MIT
 * The 32-bit stubs in the monitor area and the 64-bit exit stub: the only place
 * where a far transfer is emitted.
 *
 * Every exit sets vcpu.exit_code and far-jumps to 64-bit code, which stores the
 * guest's registers and returns from enter_guest() (refvmm/enter.S).  The
 * guest's stack is not touched.
 */
#include "bt/bt.h"
#include "bt/emit.h"

/* 64-bit: save guest registers, restore the host's, return to the caller of
 * enter_guest().  Mirrors the pushes in refvmm/enter.S. */
static u32 make_exit64(struct emit *e)
{
	static const u8 tail[] = {
		0x49, 0x8b, 0x67, V_HOST_RSP, /* mov rsp, [r15 + V_HOST_RSP] */
		0x9c, 0x58,                   /* pushfq; pop rax */
		0x41, 0x89, 0x47, V_HWFLAGS,  /* mov [r15 + V_HWFLAGS], eax */
#ifndef WITHOUT_CLEAR_DF
		0xfc, /* cld */
#endif
		0x41, 0x5f, 0x41, 0x5e,       0x41, 0x5d, /* pop r15, r14, r13 */
		0x41, 0x5c, 0x5d, 0x5b,                   /* pop r12, rbp, rbx */
		0xc3,                                     /* ret */
	};
	u32 at = e->pc;

	e8(e, 0x41); /* mov r15d, monitor base */
	e8(e, 0xbf);
	e32(e, e->mon);
	for (unsigned r = 0; r < 8; r++) { /* mov [r15 + 4 * r], r32 */
		e8(e, 0x41);
		e8(e, 0x89);
		e8(e, 0x47 | r << 3);
		e8(e, V_GPR + 4 * r);
	}
	ebytes(e, tail, sizeof(tail));
	return at;
}

/* Set the exit code and leave; ECX is restored first when it is spilled. */
static u32 make_leave(struct emit *e, enum bt_exit code, int spilled, u32 exit64)
{
	u32 at = e->pc;

	if (spilled)
		e_load(e, R_ECX, (u32)spilled);
	e_store_imm(e, V_EXIT_CODE, code);
	e8(e, 0xea); /* jmp far SEL_HOST_CODE64:exit64 */
	e32(e, exit64);
	e16(e, SEL_HOST_CODE64);
	return at;
}

void bt_make_stubs(struct bt *bt)
{
	struct emit e = {
		.pc = bt->mon + MON_STUBS,
		.end = bt->mon + MON_REDIRECT,
		.mon = bt->mon,
	};

	bt->stub_exit64 = make_exit64(&e);
	bt->stub_branch = make_leave(&e, EXIT_BRANCH, 0, bt->stub_exit64);
	bt->stub_indirect = make_leave(&e, EXIT_INDIRECT, V_SPILL_ECX, bt->stub_exit64);
	bt->stub_callout = make_leave(&e, EXIT_CALLOUT, 0, bt->stub_exit64);
	bt->stub_raise = make_leave(&e, EXIT_RAISE, 0, bt->stub_exit64);
	bt->stub_poll = make_leave(&e, EXIT_POLL, V_SPILL_ECX, bt->stub_exit64);
	bt->stub_selfcheck = make_leave(&e, EXIT_SELFCHECK, V_SPILL_CHECK, bt->stub_exit64);
	bt->stub_budget = make_leave(&e, EXIT_BUDGET, V_SPILL_CHECK, bt->stub_exit64);
	bt->stub_popf = make_leave(&e, EXIT_POPF, V_SPILL_ECX, bt->stub_exit64);
	bt->stub_redirected = make_leave(&e, EXIT_REDIRECTED, 0, bt->stub_exit64);
	bt_make_segload_stubs(bt, &e, make_leave(&e, EXIT_SEGLOAD, 0, bt->stub_exit64));
	bt->stubs_end = e.pc;
}
