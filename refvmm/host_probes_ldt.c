/* SPDX-License-Identifier: MIT
 * Probes that install LDT segments and run code in them.
 */
#include "refvmm/host_probes.h"
#include "refvmm/hosttest.h"

#include <errno.h>
#include <string.h>

#define SAY(...) snprintf(text, PROBE_TEXT, __VA_ARGS__)

static bool init(char *text)
{
	const char *what;
	int rc = hosttest_init(&what);

	if (rc)
		SAY("%s: %s%s", what, strerror(-rc),
		    rc == -ENOSYS ? " (not in this kernel, or hidden by a sandbox)" : "");
	return rc == 0;
}

bool probe_modify_ldt(const struct host_env *env, char *text)
{
	int rc;

	for (unsigned i = 0; i < 64; i++) {
		rc = hosttest_segment(i, 0, 0xffff, HT_DATA_RW);
		if (rc < 0) {
			SAY("modify_ldt: %s%s", strerror(-rc),
			    rc == -ENOSYS  ? " (not in this kernel, or hidden by a sandbox)"
			    : rc == -EPERM ? " (denied by a sandbox)"
					   : "");
			return false;
		}
	}
	SAY("64 entries written");
	return true;
}

bool probe_code32(const struct host_env *env, char *text)
{
	struct hosttest_in in;
	struct hosttest_out out;

	if (!init(text))
		return false;
	in = hosttest_flat32();
	/* mov eax, 0x12345678; push eax; pop ebx; ljmp 0x33:HT_STUB */
	HT_RUN(&in, &out, 0xb8, 0x78, 0x56, 0x34, 0x12, 0x50, 0x5b, 0xea, 0x00, 0x00, 0x08, 0x00,
	       0x33, 0x00);
	if (!out.stub || out.gpr[3] != 0x12345678) {
		SAY("32-bit code came back wrong: signal %d, trap %llu, ebx %#x", out.sig,
		    (unsigned long long)out.trapno, out.gpr[3]);
		return false;
	}
	SAY("32-bit LDT code ran and jumped back");
	return true;
}

bool probe_code16(const struct host_env *env, char *text)
{
	struct hosttest_in in;
	struct hosttest_out out;

	if (!init(text))
		return false;
	in = hosttest_real16();
	/* mov ax, 0x5678; push ax; pop bx; data32 ljmp 0x33:HT_STUB */
	HT_RUN(&in, &out, 0xb8, 0x78, 0x56, 0x50, 0x5b, 0x66, 0xea, 0x00, 0x00, 0x08, 0x00, 0x33,
	       0x00);
	if (!out.stub || (out.gpr[3] & 0xffff) != 0x5678) {
		SAY("16-bit code came back wrong: signal %d, trap %llu, bx %#x", out.sig,
		    (unsigned long long)out.trapno, out.gpr[3] & 0xffff);
		return false;
	}
	SAY("16-bit LDT code with a 16-bit stack ran and jumped back");
	return true;
}

/* One trap of 32-bit code, as the engine must see it. */
static const struct trap {
	const char *name;
	u8 code[8];
	int sig, trapno;
	u32 rip, err, cr2;
} traps[] = {
	{"HLT", {0xf4}, SIGSEGV, 13, 0, 0, 0},
	{"DIV by 0", {0x31, 0xc9, 0xf7, 0xf1}, SIGFPE, 0, 2, 0, 0},
	{"INT3", {0xcc}, SIGTRAP, 3, 1, 0, 0},
	/* mov eax, [HT_UNMAPPED + 4] */
	{"read of an unmapped page", {0xa1, 0x04, 0, 9, 0}, SIGSEGV, 14, 0, 4, HT_UNMAPPED + 4},
	/* mov [HT_UNMAPPED + 4], eax */
	{"write to an unmapped page", {0xa3, 0x04, 0, 9, 0}, SIGSEGV, 14, 0, 6, HT_UNMAPPED + 4},
};

bool probe_signals(const struct host_env *env, char *text)
{
	struct hosttest_in in;
	struct hosttest_out out;

	if (!init(text))
		return false;
	in = hosttest_flat32();
	for (unsigned i = 0; i < sizeof(traps) / sizeof(*traps); i++) {
		const struct trap *t = &traps[i];

		hosttest_code(t->code, sizeof(t->code));
		hosttest_run(&in, &out, NULL);
		if (out.sig == t->sig && out.trapno == (u64)t->trapno &&
		    (u32)out.rip == HT_CODE + t->rip && out.err == t->err &&
		    (!t->cr2 || out.cr2 == t->cr2))
			continue;
		SAY("%s: signal %d, trap %llu, error %#llx, rip %#llx, cr2 %#llx", t->name, out.sig,
		    (unsigned long long)out.trapno, (unsigned long long)out.err,
		    (unsigned long long)out.rip, (unsigned long long)out.cr2);
		return false;
	}
	SAY("traps of LDT code arrive with exact number, error code and addresses");
	return true;
}
