/* SPDX-License-Identifier: MIT
 * Port instructions: sizes, port numbers, permission, and that no port is
 * touched by an instruction that faults.
 */
#include "refvmm/test_soft_support.h"

struct port_case {
	const char *hex;
	bool out;
	u32 port, size;
	u32 eax1; /* EAX afterwards; before: AABBCCDD, DX = 3F8 */
};

static const struct port_case forms[] = {
	{"e4 60", false, 0x60, 1, 0xaabbcc44},    {"e5 60", false, 0x60, 4, 0x11223344},
	{"66 e5 ff", false, 0xff, 2, 0xaabb3344}, {"ec", false, 0x3f8, 1, 0xaabbcc44},
	{"ed", false, 0x3f8, 4, 0x11223344},      {"66 ed", false, 0x3f8, 2, 0xaabb3344},
	{"e6 80", true, 0x80, 1, 0xdd},           {"e7 80", true, 0x80, 4, 0xaabbccdd},
	{"66 e7 80", true, 0x80, 2, 0xccdd},      {"ee", true, 0x3f8, 1, 0xdd},
	{"ef", true, 0x3f8, 4, 0xaabbccdd},       {"66 ef", true, 0x3f8, 2, 0xccdd},
};

START_TEST(in_and_out)
{
	for (unsigned k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
		const struct port_case *c = &forms[k];
		struct vcpu *v = soft_protected(0);

		v->gpr[R_EAX] = 0xaabbccdd;
		v->gpr[R_EDX] = 0x123403f8;
		ck_case(c->hex, "result", callout(c->hex), MON_OK);
		ck_case(c->hex, "accesses", port_events, 1u);
		ck_case(c->hex, "direction", port_log[0].out, c->out);
		ck_case(c->hex, "port", port_log[0].port, c->port);
		ck_case(c->hex, "size", port_log[0].size, c->size);
		ck_case(c->hex, "EAX", v->gpr[R_EAX], c->out ? 0xaabbccdd : c->eax1);
		if (c->out)
			ck_case(c->hex, "value", port_log[0].value, c->eax1);
		ck_retired(code_len);
	}
}
END_TEST

static const char *const all_forms[] = {"e4 60", "e5 60", "66 e5 60", "e6 60", "e7 60", "66 e7 60",
					"ec",    "ed",    "66 ed",    "ee",    "ef",    "66 ef",
					"6c",    "6d",    "66 6d",    "6e",    "6f",    "66 6f",
					"f3 6c", "f3 6d", "f3 6e",    "f3 6f"};

/* CPL > IOPL and no TSS bitmap; also with a REP count of zero. */
START_TEST(permission)
{
	for (unsigned k = 0; k < sizeof(all_forms) / sizeof(all_forms[0]); k++) {
		struct vcpu *v = soft_protected(3);

		poke(TSS + 0x66, 2, 0x68); /* the bitmap starts behind the limit */
		v->gpr[R_ESI] = v->gpr[R_EDI] = DATA;
		v->gpr[R_EDX] = 0x60;
		snapshot();
		ck_case(all_forms[k], "result", callout(all_forms[k]), MON_FAULT);
		ck_case(all_forms[k], "vector", v->fault.vector, V_GP);
		ck_case(all_forms[k], "accesses", port_events, 0u);
		ck_case(all_forms[k], "state kept", unchanged(), true);
		v->vflags |= FL_IOPL;
		ck_case(all_forms[k], "with IOPL 3", callout(all_forms[k]), MON_OK);
	}
}
END_TEST

/* The bitmap of the TSS decides port by port and for the whole width. */
START_TEST(bitmap)
{
	struct vcpu *v = soft_protected(3);

	v->tr.limit = 0x100;
	poke(TSS + 0x66, 2, 0x68);
	poke(TSS + 0x68 + 0x60 / 8, 1, 0x08); /* port 63 denied */
	v->gpr[R_EDX] = 0x60;
	ck_assert_int_eq(callout("66 ed"), MON_OK);
	ck_fault(callout("ed"), V_GP, 0);
	ck_assert_uint_eq(port_events, 1);
	ck_assert_int_eq(callout("e4 62"), MON_OK);
	ck_fault(callout("e4 63"), V_GP, 0);
	ck_assert_uint_eq(port_events, 2);
}
END_TEST

START_TEST(ins)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EDX] = 0x1f0;
	v->gpr[R_EDI] = DATA;
	v->gpr[R_ECX] = 3;
	v->seg[S_DS].attr = 0;
	ck_assert_int_eq(callout("64 f3 66 6d"), MON_OK); /* the override is ignored */
	ck_retired(4);
	ck_assert_uint_eq(port_events, 3);
	ck_assert_uint_eq(peek(DATA, 4), 0x33453344);
	ck_assert_uint_eq(peek(DATA + 4, 4), 0x00003346);
	ck_assert_uint_eq(v->gpr[R_EDI], DATA + 6);
	ck_assert_uint_eq(v->gpr[R_ECX], 0);
	v->hwflags |= FL_DF;
	ck_assert_int_eq(callout("6c"), MON_OK);
	ck_assert_uint_eq(v->gpr[R_EDI], DATA + 5);
	ck_assert_uint_eq(peek(DATA + 6, 1), 0x47);
}
END_TEST

START_TEST(outs)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EDX] = 0x3f8;
	v->gpr[R_ESI] = DATA;
	v->gpr[R_ECX] = 0xabcd0002;
	v->seg[S_FS].base = 0x100;
	v->gpr[R_ESI] = 0xffff;
	poke(0xffff, 1, 'A');
	poke(0, 1, 'B');
	ck_assert_int_eq(callout("67 f3 6e"), MON_OK); /* SI wraps */
	ck_assert_uint_eq(port_events, 2);
	ck_assert_uint_eq(port_log[0].value, 'A');
	ck_assert_uint_eq(port_log[1].value, 'B');
	ck_assert_uint_eq(v->gpr[R_ESI], 1);
	ck_assert_uint_eq(v->gpr[R_ECX], 0xabcd0000);
	v->gpr[R_ESI] = DATA;
	poke(DATA + 0x100, 4, 0x12345678);
	ck_assert_int_eq(callout("64 6f"), MON_OK);
	ck_assert_uint_eq(port_log[2].value, 0x12345678);
	ck_assert_uint_eq(v->gpr[R_ESI], DATA + 4);
}
END_TEST

/* Memory is checked before the port is touched, iteration by iteration. */
START_TEST(memory_fault)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_EDI] = DATA;
	v->gpr[R_ECX] = 5;
	v->seg[S_ES].limit = DATA + 6;
	ck_fault(callout("f3 66 6d"), V_GP, 0);
	ck_assert_uint_eq(port_events, 3);
	ck_assert_uint_eq(v->gpr[R_ECX], 2);
	ck_assert_uint_eq(v->gpr[R_EDI], DATA + 6);
	ck_assert_uint_eq(v->eip, 0x5000);

	v = soft_protected(0);
	v->gpr[R_ESI] = DATA;
	v->seg[S_SS].limit = 0;
	snapshot();
	ck_fault(callout("36 6e"), V_SS, 0);
	ck_assert_uint_eq(port_events, 0);
	ck_assert(unchanged());

	v = soft_protected(0);
	v->gpr[R_EDI] = DATA;
	bad_page = DATA >> 12;
	ck_fault(callout("6c"), V_PF, 2);
	ck_assert_uint_eq(port_events, 0);
}
END_TEST

START_TEST(burst)
{
	struct vcpu *v = soft_protected(0);

	v->gpr[R_ESI] = DATA;
	v->gpr[R_ECX] = 300;
	ck_assert_int_eq(callout("f3 6e"), MON_OK);
	ck_assert_uint_eq(port_events, 256);
	ck_assert_uint_eq(v->eip, 0x5000);
	ck_assert_uint_eq(v->gpr[R_ECX], 44);
	ck_assert_int_eq(callout("f3 6e"), MON_OK);
	ck_assert_uint_eq(port_events, 300);
	ck_retired(2);
}
END_TEST

START_TEST(not_a_port_instruction)
{
	enum mon m;

	soft_protected(0);
	ck_assert(!soft_portio(&vcpu, code("e2 00"), &m));
	ck_assert(!soft_portio(&vcpu, code("e8 00 00 00 00"), &m));
	ck_assert(!soft_portio(&vcpu, code("eb 00"), &m));
	ck_assert(!soft_portio(&vcpu, code("0f 6e c0"), &m));
	ck_assert(!soft_portio(&vcpu, code("0f ec c1"), &m));
	ck_assert(!soft_portio(&vcpu, code("6a 00"), &m));
}
END_TEST

int main(void)
{
	return RUN("soft_portio", in_and_out, permission, bitmap, ins, outs, memory_fault, burst,
		   not_a_port_instruction);
}
