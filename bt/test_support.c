/* SPDX-License-Identifier: MIT
 * See test_support.h.
 */
#include "bt/test_support.h"

#include <stdlib.h>
#include <sys/mman.h>

struct bt *bt;
struct vcpu *vcpu;
u8 guest[FRAMES * 4096];
unsigned protections[FRAMES];
struct mapping mapping[FRAMES];

enum code_source bt_code_page(struct vcpu *v, u32 lin_page, const u8 **bytes, u32 *frame,
			      u8 copy[4096])
{
	*frame = lin_page >> 12;
	if (*frame < FRAMES && mapping[*frame].moved)
		*frame = mapping[*frame].frame;
	if (*frame == DEVICE_FRAME) {
		memset(copy, 0x90, 4096);
		return CODE_DEVICE;
	}
	if (*frame >= FRAMES || *frame == ABSENT_FRAME) {
		vcpu_fault(v, V_PF, 0);
		return CODE_FAULT;
	}
	*bytes = guest + *frame * 4096;
	return CODE_FRAME;
}

void bt_protect_frame(struct vcpu *v, u32 frame)
{
	ck_assert_uint_lt(frame, FRAMES);
	protections[frame]++;
}

bool bt_in_window(const struct vcpu *v, u32 lin, u32 n)
{
	return lin + n <= FRAMES * 4096;
}

u32 bt_window_address(const struct vcpu *v, u32 lin)
{
	return lin + 0x10000; /* the shifted configuration */
}

void flat32(void)
{
	const u32 data = D_P | D_S | D_WRITABLE | D_ACCESSED | D_DB | D_G;

	for (int s = 0; s < S_COUNT; s++)
		vcpu->seg[s] = (struct seg){.limit = 0xffffffff, .attr = data, .sel = 0x10};
	vcpu->seg[S_CS].attr |= D_CODE;
	vcpu->cr0 = CR0_PE | CR0_NE;
	vcpu->cr4 = CR4_OSFXSR;
}

void real16(void)
{
	for (int s = 0; s < S_COUNT; s++)
		vcpu->seg[s] =
			(struct seg){.limit = 0xffff, .attr = D_P | D_S | D_WRITABLE | D_ACCESSED};
	vcpu->cr0 = 0;
	vcpu->cr4 = 0;
}

void start(bool counting)
{
	void *at = (void *)(uintptr_t)TEST_MON;

	/* Check runs every test in a process of its own, but CK_FORK=no may not. */
	if (mmap(at, MON_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != at)
		abort();
	/* Zeros that cost nothing until they are used: most of the pools never are. */
	if (bt)
		munmap(bt, bt_size(FRAMES));
	bt = mmap(NULL, bt_size(FRAMES), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		  0);
	if (bt == MAP_FAILED)
		abort();
	memset(guest, 0x90, sizeof(guest));
	vcpu = at;
	bt_init(bt, vcpu, TEST_MON, FRAMES, counting);
	memset(protections, 0, sizeof(protections));
	memset(mapping, 0, sizeof(mapping));
	flat32();
}

unsigned put(u32 lin, const char *hex)
{
	unsigned n = 0;
	char *end;

	for (const char *p = hex;; p = end, n++) {
		unsigned long byte = strtoul(p, &end, 16);

		if (end == p)
			return n;
		guest[lin + n] = (u8)byte;
	}
}

u32 translate(u32 eip)
{
	enum mon status;
	u32 unit = bt_translate(bt, bt_context(bt, 0), eip, &status);

	ck_assert_msg(unit, "nothing translated at %x: status %d vector %u", eip, status,
		      vcpu->fault.vector);
	return unit;
}

bool bt_code_frame(struct vcpu *v, u32 lin, bool user, u32 *frame, bool *global)
{
	const struct mapping *m = &mapping[lin >> 12];

	*frame = lin >> 12;
	*global = false;
	if (lin >> 12 >= FRAMES)
		return true;
	*frame = m->moved ? m->frame : lin >> 12;
	*global = m->global;
	return !m->absent && !(user && m->system);
}
