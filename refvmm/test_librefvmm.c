/* SPDX-License-Identifier: MIT
 * The public library, as its users see it: every way a run ends, state in and out
 * in real and protected mode with paging, memory, ports, interrupts, every way to
 * run, refusals by text.
 */
#include "refvmm/librefvmm.h"
#include "refvmm/test_main.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define MIB 0x100000u

static struct refvmm *vm;
static char reason[REFVMM_REASON];
static uint32_t last_port, last_value, last_size;

static uint32_t in(void *arg, uint16_t port, unsigned size)
{
	last_port = port;
	last_size = size;
	if (port == 0x99)
		refvmm_stop(vm);
	return 0x12345678;
}

static void out(void *arg, uint16_t port, uint32_t value, unsigned size)
{
	last_port = port;
	last_value = value;
	last_size = size;
}

static void open_vm(struct refvmm_options o)
{
	if (!o.memory)
		o.memory = 4 * MIB;
	o.in = in;
	o.out = out;
	o.hang_seconds = 20;
	ck_assert_msg(refvmm_create(&o, &vm, reason) == 0, "%s", reason);
}

static void close_vm(void)
{
	refvmm_destroy(vm);
	vm = NULL;
}

/* Real mode, CS:IP 1000:0100, all other segments 2000. */
static struct refvmm_state real(void)
{
	struct refvmm_state s;

	refvmm_reset(vm);
	refvmm_get_state(vm, &s);
	for (unsigned k = 0; k < 6; k++) {
		s.seg[k].selector = k == REFVMM_CS ? 0x1000 : 0x2000;
		s.seg[k].base = s.seg[k].selector * 16u;
	}
	s.gpr[REFVMM_ESP] = 0x8000;
	s.eip = 0x100;
	return s;
}

static struct refvmm_exit go(const struct refvmm_state *s, const void *code, uint32_t n,
			     unsigned how, uint64_t units)
{
	struct refvmm_exit e;

	if (code)
		ck_assert_int_eq(refvmm_write(vm, s->seg[REFVMM_CS].base + s->eip, code, n), 0);
	ck_assert_msg(refvmm_set_state(vm, s, reason) == 0, "%s", reason);
	ck_assert_msg(refvmm_run(vm, how, units, &e, reason) == 0, "%s", reason);
	return e;
}

#define GO(s, code, how) go(&(s), code, sizeof(code) - 1, how, 0)

START_TEST(halts)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){.count = true});
	s = real();
	s.gpr[REFVMM_EAX] = 0xffff1234;
	e = GO(s, "\x05\x01\x00\xa3\x10\x00\xf4", _i); /* add ax,1; mov [16],ax; hlt */
	ck_assert_int_eq(e.why, REFVMM_HLT);
	ck_assert(e.instructions == 3 && !e.text[0]);
	refvmm_get_state(vm, &t);
	ck_assert(t.halted && t.eip == 0x107 && t.gpr[REFVMM_EAX] == 0xffff1235);
	ck_assert_uint_eq(t.eflags, 0x2 | 0x4); /* PF */
	ck_assert(refvmm_ram(vm)[0x20010] == 0x35 && refvmm_ram(vm)[0x20011] == 0x12);
	/* Again, hot. */
	e = go(&s, NULL, 0, _i, 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &t);
	ck_assert(t.gpr[REFVMM_EAX] == 0xffff1235);
	/* Other code at the same place. */
	e = GO(s, "\x05\x02\x00\xa3\x10\x00\xf4", _i);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &t);
	ck_assert(t.gpr[REFVMM_EAX] == 0xffff1236);
	close_vm();
}
END_TEST

START_TEST(ways)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;
	uint64_t translated;

	open_vm((struct refvmm_options){.count = true});
	s = real();
	s.gpr[REFVMM_ECX] = 100;
	/* 1: inc ax; loop 1; hlt */
	e = GO(s, "\x40\xe2\xfd\xf4", 0);
	ck_assert(e.why == REFVMM_HLT && e.instructions == 201);
	translated = refvmm_counter(vm, "units_translated");
	e = go(&s, NULL, 0, 0, 0);
	ck_assert_uint_eq(refvmm_counter(vm, "units_translated"), translated); /* hot */
	e = go(&s, NULL, 0, REFVMM_COLD, 0);
	ck_assert_uint_gt(refvmm_counter(vm, "units_translated"), translated);
	translated = refvmm_counter(vm, "units_translated");
	e = go(&s, NULL, 0, REFVMM_RETRANSLATE, 0);
	ck_assert(e.why == REFVMM_HLT && e.instructions == 201);
	ck_assert_uint_ge(refvmm_counter(vm, "units_translated"), translated + 100);
	/* One at a time: three units, three instructions. */
	e = go(&s, NULL, 0, REFVMM_ONE, 3);
	ck_assert(e.why == REFVMM_LIMIT && e.instructions == 3);
	refvmm_get_state(vm, &t);
	ck_assert(t.gpr[REFVMM_EAX] == 2 && t.gpr[REFVMM_ECX] == 99 && t.eip == 0x101);
	/* And on from there. */
	ck_assert_int_eq(refvmm_run(vm, 0, 0, &e, reason), 0);
	ck_assert(e.why == REFVMM_HLT && e.instructions == 198);
	close_vm();
}
END_TEST

START_TEST(exceptions)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){0});
	s = real();
	s.gpr[REFVMM_EAX] = 5;
	e = GO(s, "\xf7\xf1\xf4", REFVMM_HOLD | (unsigned)_i); /* div cx, by zero */
	ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 0 && !e.has_error);
	refvmm_get_state(vm, &t);
	ck_assert(t.eip == 0x100 && t.gpr[REFVMM_EAX] == 5 && t.gpr[REFVMM_ESP] == 0x8000);
	/* Delivered: IVT entry 0 is 0000:0500, where there is HLT. */
	ck_assert_int_eq(refvmm_write(vm, 0, "\0\5\0\0", 4), 0);
	ck_assert_int_eq(refvmm_write(vm, 0x500, "\xf4", 1), 0);
	e = go(&s, NULL, 0, (unsigned)_i, 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &t);
	ck_assert(t.eip == 0x501 && t.gpr[REFVMM_ESP] == 0x7ffa && !t.seg[REFVMM_CS].base);
	ck_assert(refvmm_ram(vm)[0x27ffa] == 0 && refvmm_ram(vm)[0x27ffb] == 1);
	/* A word at the end of the segment. */
	e = GO(s, "\xa1\xff\xff\xf4", REFVMM_HOLD | (unsigned)_i);
	ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 13 && e.has_error && !e.error);
	/* No vector can be delivered when the IVT is out of reach: shutdown. */
	s.idtr.limit = 0;
	e = GO(s, "\xf7\xf1\xf4", (unsigned)_i);
	ck_assert_int_eq(e.why, REFVMM_SHUTDOWN);
	close_vm();
}
END_TEST

/* Flat 32-bit protected mode with page tables at 10000: the first 4 MiB by one table
 * whose page 30 is missing. */
static struct refvmm_state protected_mode(bool paging)
{
	struct refvmm_state s = real();
	uint32_t e;

	for (unsigned k = 0; k < 6; k++)
		s.seg[k] = (struct refvmm_segment){
			.selector = k == REFVMM_CS ? 8 : 16,
			.attr = k == REFVMM_CS ? 0xc09b00 : 0xc09300,
			.limit = 0xffffffff,
		};
	s.cr0 |= 1;
	s.eip = 0x8000;
	e = 0x11007;
	refvmm_write(vm, 0x10000, &e, 4);
	for (uint32_t k = 0; k < 1024; k++) {
		e = k << 12 | (k == 30 ? 6 : 7);
		refvmm_write(vm, 0x11000 + 4 * k, &e, 4);
	}
	if (paging) {
		s.cr3 = 0x10000;
		s.cr0 |= 0x80000000u;
	}
	return s;
}

START_TEST(pages)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;
	uint32_t entry = 30 << 12 | 7;
	unsigned k;

	open_vm((struct refvmm_options){.shift = _i});
	s = protected_mode(true);
	s.gpr[REFVMM_EAX] = 0xcafebabe;
	for (k = 0; k < 2; k++) {
		e = GO(s, "\xa3\x00\xe0\x01\x00\xf4", REFVMM_HOLD); /* mov [1e000],eax */
		ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 14 && e.has_error);
		ck_assert(e.error == 2 && e.cr2 == 0x1e000);
		refvmm_get_state(vm, &t);
		ck_assert(t.eip == 0x8000 && t.cr3 == 0x10000 && t.cr0 == s.cr0);
	}
	/* The tables changed under the machine's feet: the next state sees it. */
	refvmm_write(vm, 0x11000 + 4 * 30, &entry, 4);
	e = go(&s, NULL, 0, 0, 0);
	ck_assert_msg(e.why == REFVMM_HLT, "%s %u", refvmm_why_name(e.why), e.vector);
	ck_assert(!memcmp(refvmm_ram(vm) + 0x1e000, "\xbe\xba\xfe\xca", 4));
	/* Out of paging and into real mode. */
	s = protected_mode(false);
	e = go(&s, NULL, 0, 0, 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	s = real();
	e = GO(s, "\xf4", 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	close_vm();
}
END_TEST

START_TEST(rings)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){0});
	s = protected_mode(false);
	s.cpl = 3;
	for (unsigned k = 0; k < 6; k++) {
		s.seg[k].selector |= 3;
		s.seg[k].attr |= 0x6000;
	}
	e = GO(s, "\xf4", REFVMM_HOLD);
	ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 13);
	/* A 16-bit expand-down stack: push below its limit. */
	s.seg[REFVMM_SS].attr = 0x00f700;
	s.seg[REFVMM_SS].limit = 0xfff;
	s.gpr[REFVMM_ESP] = 0x1002;
	e = GO(s, "\x50\xcc", REFVMM_HOLD);
	ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 12 && !e.error);
	refvmm_get_state(vm, &t);
	ck_assert(t.cpl == 3 && t.seg[REFVMM_SS].attr == 0xf700 && t.seg[REFVMM_SS].limit == 0xfff);
	close_vm();
}
END_TEST

START_TEST(fpu)
{
	static const uint8_t one[10] = {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f};
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){0});
	s = real();
	s.cr4 = 0x200;
	s.fxsave[0] = 0x7f; /* masked, extended precision */
	s.fxsave[1] = 3;
	s.fxsave[4] = 0;
	memset(s.fxsave + 160, 0x5a, 16);
	e = GO(s, "\xd9\xe8\x0f\x57\xc9\xf4", (unsigned)_i); /* fld1; xorps xmm1,xmm1 */
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &t);
	ck_assert(!memcmp(t.fxsave + 32, one, 10) && t.fxsave[4] == 0x80);
	ck_assert(t.fxsave[160] == 0x5a && !t.fxsave[176]);
	ck_assert(t.fxsave[6] == 0xe8 && t.fxsave[7] == 1);                      /* FOP */
	ck_assert(t.fxsave[8] == 0 && t.fxsave[9] == 1 && t.fxsave[13] == 0x10); /* 1000:0100 */
	/* Divide by zero unmasked, CR0.NE clear: FERR# at the next instruction. */
	s.fxsave[0] = 0x7b;
	e = GO(s, "\xd9\xe8\xd9\xee\xde\xf9\x9b\xf4", (unsigned)_i);
	ck_assert_int_eq(e.why, REFVMM_FERR);
	s.cr0 |= 0x20;
	e = GO(s, "\xd9\xe8\xd9\xee\xde\xf9\x9b\xf4", REFVMM_HOLD | (unsigned)_i);
	ck_assert(e.why == REFVMM_EXCEPTION && e.vector == 16);
	close_vm();
}
END_TEST

START_TEST(ports)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){0});
	s = real();
	e = GO(s, "\xe5\x42\xe6\x43\xf4", (unsigned)_i); /* in ax,42h; out 43h,al */
	ck_assert_int_eq(e.why, REFVMM_HLT);
	ck_assert(last_port == 0x43 && last_value == 0x78 && last_size == 1);
	refvmm_get_state(vm, &t);
	ck_assert_uint_eq(t.gpr[REFVMM_EAX], 0x5678);
	/* An exit at I/O: behind the instruction. */
	e = GO(s, "\xe4\x99\x90\xf4", (unsigned)_i);
	ck_assert_int_eq(e.why, REFVMM_STOPPED);
	refvmm_get_state(vm, &t);
	ck_assert(t.eip == 0x102 && t.gpr[REFVMM_EAX] == 0x78);
	ck_assert_int_eq(refvmm_run(vm, (unsigned)_i, 0, &e, reason), 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	close_vm();
}
END_TEST

START_TEST(interrupts)
{
	struct refvmm_state s, t;
	struct refvmm_exit e;

	open_vm((struct refvmm_options){.count = true});
	s = real();
	refvmm_write(vm, 4 * 0x21, "\0\5\0\0", 4);
	refvmm_write(vm, 0x500, "\x40\xf4", 2); /* inc ax; hlt */
	s.gpr[REFVMM_EAX] = 0;
	ck_assert_int_eq(refvmm_write(vm, 0x10100, "\x90\xfb\x90\x90\xf4", 5), 0);
	ck_assert_int_eq(refvmm_set_state(vm, &s, reason), 0);
	refvmm_interrupt(vm, 0x21);
	ck_assert_int_eq(refvmm_run(vm, 0, 0, &e, reason), 0);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &t);
	ck_assert(t.eip == 0x502 && t.gpr[REFVMM_EAX] == 1);
	ck_assert_uint_eq(refvmm_ram(vm)[0x27ffa], 3); /* behind STI's shadow */
	close_vm();
}
END_TEST

START_TEST(memory)
{
	struct refvmm_state s;
	struct refvmm_exit e;
	uint8_t b[4];

	open_vm((struct refvmm_options){0});
	ck_assert_int_eq(refvmm_write(vm, 0xa0000, "x", 1), -EFAULT);
	ck_assert_int_eq(refvmm_read(vm, 0x9ffff, b, 2), -EFAULT);
	ck_assert_int_eq(refvmm_read(vm, 4 * MIB - 1, b, 2), -EFAULT);
	ck_assert_int_eq(refvmm_read(vm, 0xffffffff, b, 4), -EFAULT);
	s = real();
	s.seg[REFVMM_DS].selector = 0xb800;
	s.seg[REFVMM_DS].base = 0xb8000;
	s.gpr[REFVMM_EAX] = 0;
	e = GO(s, "\xa2\x00\x00\xa1\x00\x00\xf4", 0); /* mov [0],al; mov ax,[0] */
	ck_assert_int_eq(e.why, REFVMM_HLT);
	refvmm_get_state(vm, &s);
	ck_assert_uint_eq(s.gpr[REFVMM_EAX], 0xffff); /* nobody there */
	close_vm();

	open_vm((struct refvmm_options){.flat = true});
	for (uint32_t at = 0x9f000; at < 0x101000; at += 0x3ff0) {
		s = real();
		s.seg[REFVMM_CS].selector = s.seg[REFVMM_DS].selector = (uint16_t)(at >> 4);
		s.seg[REFVMM_CS].base = s.seg[REFVMM_DS].base = at & 0xfffff;
		s.gpr[REFVMM_EAX] = at;
		e = GO(s, "\xa3\x00\x02\xf4", 0);
		ck_assert_int_eq(e.why, REFVMM_HLT);
		ck_assert_int_eq(refvmm_read(vm, (at & 0xfffff) + 0x200, b, 2), 0);
		ck_assert(b[0] == (uint8_t)at && b[1] == (uint8_t)(at >> 8));
	}
	close_vm();
}
END_TEST

START_TEST(refusals)
{
	struct refvmm_options o = {.memory = MIB};
	struct refvmm *other = vm;
	struct refvmm_state s;
	struct refvmm_exit e;

	ck_assert_int_eq(refvmm_create(&o, &other, reason), -EINVAL);
	ck_assert(strstr(reason, "memory") && !other);
	o = (struct refvmm_options){.memory = 2 * MIB, .cpu = "z80"};
	ck_assert_int_eq(refvmm_create(&o, &other, reason), -EINVAL);
	ck_assert_ptr_nonnull(strstr(reason, "z80"));
	open_vm((struct refvmm_options){.cpu = "pentium3"});
	o.cpu = NULL;
	ck_assert_int_eq(refvmm_create(&o, &other, reason), -EBUSY);
	s = real();
	s.cr0 |= 0x80000000u;
	ck_assert_int_eq(refvmm_set_state(vm, &s, reason), -EINVAL);
	ck_assert_ptr_nonnull(strstr(reason, "CR0"));
	s = real();
	s.cpl = 3;
	ck_assert_int_eq(refvmm_set_state(vm, &s, reason), -EINVAL);
	ck_assert_ptr_nonnull(strstr(reason, "CPL 3 in real mode"));
	s = real();
	s.fxsave[27] = 0xff;
	ck_assert_int_eq(refvmm_set_state(vm, &s, reason), -EINVAL);
	ck_assert_ptr_nonnull(strstr(reason, "MXCSR"));
	ck_assert_int_eq(refvmm_run(vm, 0, 5, &e, reason), -EINVAL); /* not counting */
	ck_assert_int_eq(refvmm_run(vm, 0x100, 0, &e, reason), -EINVAL);
	close_vm();
}
END_TEST

/* A run that does not end is ended, and the next one is well. */
START_TEST(hang)
{
	struct refvmm_options o = {.memory = 2 * MIB, .hang_seconds = 1};
	struct refvmm_state s;
	struct refvmm_exit e;

	ck_assert_int_eq(refvmm_create(&o, &vm, reason), 0);
	s = real();
	e = GO(s, "\xeb\xfe", (unsigned)_i);
	ck_assert_int_eq(e.why, REFVMM_HANG);
	e = GO(s, "\xf4", (unsigned)_i);
	ck_assert_int_eq(e.why, REFVMM_HLT);
	close_vm();
}
END_TEST

static void handler(int sig)
{
}

/* What was the process' before is its own again afterwards. */
START_TEST(leaves_no_trace)
{
	struct sigaction sa = {.sa_handler = handler}, now;
	unsigned k;

	sigaction(SIGFPE, &sa, NULL);
	for (k = 0; k < 5; k++) {
		struct refvmm_state s;
		struct refvmm_exit e;

		open_vm((struct refvmm_options){.memory = (2 + k) * MIB});
		s = real();
		e = GO(s, "\xf4", 0);
		ck_assert_int_eq(e.why, REFVMM_HLT);
		close_vm();
	}
	sigaction(SIGFPE, NULL, &now);
	ck_assert(now.sa_handler == handler);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, halts, 0, 4);
	tcase_add_test(tc, ways);
	tcase_add_loop_test(tc, exceptions, 0, 4);
	tcase_add_loop_test(tc, pages, 0, 2);
	tcase_add_test(tc, rings);
	tcase_add_loop_test(tc, fpu, 0, 4);
	tcase_add_loop_test(tc, ports, 0, 4);
	tcase_add_test(tc, interrupts);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, refusals);
	tcase_add_loop_test(tc, hang, 0, 4);
	tcase_add_test(tc, leaves_no_trace);
}

TEST_MAIN("librefvmm")
