/* SPDX-License-Identifier: MIT
 * Redirected instructions without a guest context: the copy that is emitted, byte
 * for byte, and what each way of leaving it is to the guest.
 */
#include "bt/emit.h"
#include "refvmm/soft.h"
#include "refvmm/test_main.h"
#include "refvmm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MON       0x70000000u
#define STUB      (MON + MON_STUBS + 0x120)
#define GUEST_EIP 0x1234u
#define ALIGN     20u

static struct vm *vm;
static struct vcpu vcpu;
static unsigned enters, resumes, asyncs;
static u32 last_exit, resume_at;

/* The fake processor leaves `asyncs` times because of the alarm, then for good. */
static void leave(void)
{
	vcpu.eip = 0xdead;
	vcpu.exit_code = asyncs ? EXIT_ASYNC : last_exit;
	if (asyncs)
		asyncs--;
}

/* The FPU is where vm->fpu says. */
void host_begin(struct vm *m)
{
}

void loop_enter(struct vm *m)
{
	ck_assert_ptr_eq(m, vm);
	enters++;
	resume_at = vcpu.resume;
	leave();
}

void loop_resume(struct vm *m)
{
	resumes++;
	leave();
}

static void setup(void)
{
	static void *area;

	if (!area) /* also without a process for each test (CK_FORK=no) */
		area = mmap((void *)(uintptr_t)MON, MON_SMALL, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_eq(area, (void *)(uintptr_t)MON);
	vm = aligned_alloc(64, (sizeof(*vm) + 63) & ~(size_t)63);
	ck_assert_ptr_nonnull(vm);
	memset(vm, 0, sizeof(*vm));
	vm->bt = calloc(1, sizeof(*vm->bt));
	ck_assert_ptr_nonnull(vm->bt);
	vm->bt->stub_redirected = STUB;
	vm->mon = MON;
	vm->v = &vcpu;
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = vm;
	vcpu.eip = GUEST_EIP;
	enters = resumes = asyncs = 0;
	last_exit = EXIT_REDIRECTED;
}

/* Bytes in hexadecimal; W stands for the four bytes of the operand's address. */
static unsigned hex(const char *text, u8 *out)
{
	u32 window = MON + V_WINDOW + ALIGN;
	unsigned n = 0;

	while (*text) {
		char *end;

		if (*text == ' ') {
			text++;
		} else if (*text == 'W') {
			memcpy(out + n, &window, 4);
			n += 4;
			text++;
		} else {
			out[n++] = (u8)strtoul(text, &end, 16);
			text = end;
		}
	}
	return n;
}

static struct insn decode(bool code32, const char *text)
{
	u8 bytes[INSN_MAX + 4];
	unsigned n = hex(text, bytes);
	struct insn i;

	ck_assert_msg(bt_decode((struct decode_mode){.code32 = code32, .protected = true}, bytes, n,
				GUEST_EIP, &i) == DECODE_OK &&
			      i.len == n,
		      "%s is not one instruction", text);
	return i;
}

static const struct {
	bool code32;
	const char *guest, *host;
} copies[] = {
	/* every addressing form becomes gs:[disp32]; the size is said again */
	{true, "01 08", "65 01 0d W"},                   /* add [eax], ecx */
	{false, "01 08", "65 66 01 0d W"},               /* add [bx+si], cx */
	{false, "66 01 08", "65 01 0d W"},               /* 32-bit operand there */
	{true, "66 01 08", "65 66 01 0d W"},             /* and 16-bit here */
	{false, "67 66 89 4c 98 10", "65 89 0d W"},      /* mov [eax+ebx*4+10], ecx */
	{true, "67 8b 46 7f", "65 8b 05 W"},             /* mov eax, [bp+7f] */
	{true, "8b 0c 25 78 56 34 12", "65 8b 0d W"},    /* SIB without base */
	{true, "8b 15 78 56 34 12", "65 8b 15 W"},       /* disp32 alone */
	{true, "26 00 07", "65 00 05 W"},                /* ES: */
	{true, "64 00 07", "65 00 05 W"},                /* FS: */
	{false, "2e 36 8a 27", "65 66 8a 25 W"},         /* two; 66 means nothing here */
	{true, "f0 ff 00", "f0 65 ff 05 W"},             /* lock inc */
	{true, "f0 66 0f c1 0a", "f0 65 66 0f c1 0d W"}, /* lock xadd */
	{true, "a1 78 56 34 12", "65 a1 W"},             /* moffs has no ModRM byte */
	{false, "a2 34 12", "65 66 a2 W"},               /* nor has this one, and 66 is idle */
	{false, "67 a3 78 56 34 12", "65 66 a3 W"},      /* 16-bit mov there */
	{true, "81 00 78 56 34 12", "65 81 05 W 78 56 34 12"},     /* immediates follow */
	{true, "66 81 38 34 12", "65 66 81 3d W 34 12"},           /* of 2 bytes */
	{true, "83 6c 24 04 ff", "65 83 2d W ff"},                 /* and of 1 */
	{true, "0f ba 30 05", "65 0f ba 35 W 05"},                 /* btr [eax], 5 */
	{true, "0f a4 03 07", "65 0f a4 05 W 07"},                 /* shld [ebx], eax, 7 */
	{false, "66 69 07 78 56 34 12", "65 69 05 W 78 56 34 12"}, /* imul eax, [bx], imm */
	{true, "0f c7 0e", "65 0f c7 0d W"},                       /* cmpxchg8b */
	{true, "db 28", "65 db 2d W"},                             /* fld m80 */
	{false, "db 2f", "65 66 db 2d W"},                         /* 66 is idle */
	{true, "66 d9 30", "65 66 d9 35 W"},                       /* fnstenv of 14 bytes */
	{false, "d9 37", "65 66 d9 35 W"},                         /* the same there */
	{true, "0f ae 00", "65 0f ae 05 W"},                       /* fxsave */
	{false, "0f 6f 07", "65 0f 6f 05 W"},                      /* movq mm0, [bx] */
	{false, "0f 58 07", "65 0f 58 05 W"},                      /* addps */
	{false, "66 0f 58 07", "65 66 0f 58 05 W"},                /* addpd: 66 is the opcode's */
	{true, "f3 0f 58 00", "65 f3 0f 58 05 W"},                 /* addss */
	{true, "f2 0f 58 00", "65 f2 0f 58 05 W"},                 /* addsd */
	{true, "66 0f c6 00 1b", "65 66 0f c6 05 W 1b"},           /* shufpd */
};

START_TEST(copy)
{
	setup();
	for (unsigned k = 0; k < sizeof(copies) / sizeof(copies[0]); k++) {
		struct insn i = decode(copies[k].code32, copies[k].guest);
		const u8 *got = (const u8 *)(uintptr_t)(MON + MON_REDIRECT);
		u8 want[32];
		unsigned n = hex(copies[k].host, want);
		u32 rel = STUB - (MON + MON_REDIRECT + n + 5);

		want[n++] = 0xe9;
		memcpy(want + n, &rel, 4);
		n += 4;
		ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), MON_OK);
		ck_assert_msg(!memcmp(got, want, n), "copy of %s is not %s", copies[k].guest,
			      copies[k].host);
		ck_assert_uint_eq(resume_at, MON + MON_REDIRECT);
		ck_assert_uint_eq(vcpu.eip, GUEST_EIP);
		ck_assert_uint_eq(enters, k + 1);
		ck_assert_uint_eq(vm->bt->stat[ST_redirects], k + 1);
	}
}
END_TEST

/* What is not copied by the translator is never run in this way either. */
START_TEST(classes)
{
	static const u8 copied[] = {IC_IDENT, IC_X87, IC_X87_ENV, IC_MMX, IC_SSE};
	struct insn i;
	unsigned ran = 0;

	setup();
	i = decode(true, "01 08");
	for (unsigned c = 0; c <= IC_STOP; c++) {
		bool yes = memchr(copied, (int)c, sizeof(copied));

		i.cls = (u8)c;
		vcpu.stop_text[0] = 0;
		ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), yes ? MON_OK : MON_STOP);
		ran += yes;
		ck_assert_uint_eq(enters, ran);
		if (!yes)
			ck_assert_ptr_nonnull(strstr(vcpu.stop_text, "cannot be redirected"));
	}
	ck_assert_uint_eq(ran, sizeof(copied));
}
END_TEST

/* The alarm does not interrupt it: half an instruction is none. */
START_TEST(alarm)
{
	struct insn i;

	setup();
	i = decode(true, "01 08");
	asyncs = 3;
	ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), MON_OK);
	ck_assert_uint_eq(enters, 1);
	ck_assert_uint_eq(resumes, 3);
	ck_assert_uint_eq(vcpu.eip, GUEST_EIP);
	asyncs = 1;
	last_exit = EXIT_TRAP;
	vm->trap.trapno = V_DE;
	ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), MON_FAULT);
	ck_assert_uint_eq(resumes, 4);
	ck_assert_uint_eq(vcpu.eip, GUEST_EIP);
}
END_TEST

/* Exceptions of the instruction itself are the guest's.  A host page fault or stack
 * fault cannot be: the operand is the monitor's. */
START_TEST(traps)
{
	struct insn i;

	setup();
	i = decode(true, "01 08");
	last_exit = EXIT_TRAP;
	vcpu.cr4 = CR4_OSXMMEXCPT;
	for (u32 n = 0; n < 32; n++) {
		bool guests =
			n == V_DE || n == V_BR || n == V_UD || n == V_GP || n == V_MF || n == V_XM;
		char text[32];

		vm->trap = (struct trap){.trapno = n, .error = 0x2b, .cr2 = 0x1000};
		memset(&vcpu.fault, 0xff, sizeof(vcpu.fault));
		vcpu.stop_text[0] = 0;
		ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), guests ? MON_FAULT : MON_STOP);
		ck_assert_uint_eq(vcpu.eip, GUEST_EIP);
		if (guests) {
			ck_assert_uint_eq(vcpu.fault.vector, n);
			ck_assert_uint_eq(vcpu.fault.error, 0);
			ck_assert_int_eq(vcpu.fault.has_error, n == V_GP);
		} else {
			snprintf(text, sizeof(text), "vector %u", n);
			ck_assert_ptr_nonnull(strstr(vcpu.stop_text, text));
		}
	}
}
END_TEST

START_TEST(unexpected_exit)
{
	struct insn i;

	setup();
	i = decode(true, "01 08");
	last_exit = EXIT_BRANCH;
	ck_assert_int_eq(redirect_run(&vcpu, &i, ALIGN), MON_STOP);
	ck_assert_ptr_nonnull(strstr(vcpu.stop_text, "redirected instruction left with exit"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, copy);
	tcase_add_test(tc, classes);
	tcase_add_test(tc, alarm);
	tcase_add_test(tc, traps);
	tcase_add_test(tc, unexpected_exit);
}

TEST_MAIN("redirect")
