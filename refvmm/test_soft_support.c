/* SPDX-License-Identifier: MIT
 * See test_soft_support.h.
 */
#include "refvmm/test_soft_support.h"

#include <stdlib.h>

redirect_fn *redirect_effect;
struct insn redirect_insn;
u32 redirect_align;
unsigned redirect_calls;
bool x87_is_pending;
struct port_event port_log[64];
unsigned port_events;
u32 port_next;
u32 code_eip, code_len;

const struct insn *code(const char *hex)
{
	static struct insn insn;
	u8 bytes[INSN_MAX];
	unsigned n = 0;
	struct decode_mode mode = {
		.code32 = vcpu.seg[S_CS].attr & D_DB,
		.protected = vcpu_protected(&vcpu),
	};
	char *end;

	for (const char *p = hex; n < INSN_MAX; p = end) {
		unsigned long byte = strtoul(p, &end, 16);

		if (end == p)
			break;
		bytes[n++] = (u8)byte;
	}
	code_eip = vcpu.eip;
	code_len = n;
	ck_assert_msg(bt_decode(mode, bytes, n, vcpu.eip, &insn) == DECODE_OK, "%s: not decoded",
		      hex);
	ck_assert_msg(insn.len == n, "%s: %u of %u bytes", hex, insn.len, n);
	return &insn;
}

enum mon soft(const char *hex)
{
	return soft_execute(&vcpu, code(hex));
}

enum mon callout(const char *hex)
{
	return callout_execute(&vcpu, code(hex));
}

bool redirect_x87_pending(struct vcpu *v)
{
	return x87_is_pending;
}

bool redirect_may_not_store(struct vcpu *v, const struct insn *i)
{
	return false;
}

enum mon redirect_run(struct vcpu *v, const struct insn *i, u32 align)
{
	redirect_calls++;
	redirect_insn = *i;
	redirect_align = align;
	ck_assert_uint_le(align + i->mem_size, sizeof(v->window));
	return redirect_effect ? redirect_effect(v, i, v->window + align) : MON_OK;
}

static void log_port(struct port_event e)
{
	if (port_events < 64)
		port_log[port_events] = e;
	port_events++;
}

/* All 32 bits are given whatever the size: the caller has to cut. */
u32 port_in(struct vcpu *v, u16 port, unsigned size)
{
	log_port((struct port_event){false, port, size, port_next});
	return port_next++;
}

void port_out(struct vcpu *v, u16 port, u32 value, unsigned size)
{
	log_port((struct port_event){true, port, size, value});
}

static struct vcpu *fresh_logs(struct vcpu *v)
{
	redirect_effect = NULL;
	redirect_calls = 0;
	x87_is_pending = false;
	port_events = 0;
	port_next = 0x11223344;
	return v;
}

struct vcpu *soft_protected(unsigned ring)
{
	return fresh_logs(start_protected(ring));
}

struct vcpu *soft_real(void)
{
	return fresh_logs(start_real());
}
