/* SPDX-License-Identifier: MIT
 * Checks a record against what the manual's rules predict for its case.
 */
#include <stdio.h>

#include "conformance/dev/dev.h"
#include "conformance/model.h"

static u32 mask_of(const struct texp *e)
{
	return e->mask ? e->mask : 0xffffffffu;
}

/* One unit in the last place of a significand (SDM vol. 1 section 8.3.10). */
static bool near(const struct texp *e, const struct result *r)
{
	u64 want = e->value | (u64)e->alt << 32, got, d;
	u32 lo, hi;

	if (!result_bytes(r, e->lin, 4, &lo) || !result_bytes(r, e->lin + 4, 4, &hi))
		return false;
	got = lo | (u64)hi << 32;
	d = got - want;
	return d + 1 <= 2;
}

static unsigned check_one(const struct texp *e, const struct result *r)
{
	u32 v;

	switch (e->kind) {
	case X_VECTOR:
		return r->vector == e->value ? 0 : DIFF_VECTOR;
	case X_ERROR:
		return r->has_error && r->error == e->value ? 0 : DIFF_ERROR;
	case X_EIP:
		return r->eip == e->value ? 0 : DIFF_EIP;
	case X_EFLAGS:
		return (r->eflags ^ e->value) & e->mask ? DIFF_EFLAGS : 0;
	case X_GPR:
		return (r->gpr[e->idx] ^ e->value) & mask_of(e) ? DIFF_REG : 0;
	case X_SEL:
		return r->sel[e->idx] == e->value ? 0 : DIFF_SEG;
	case X_MEM:
		return result_bytes(r, e->lin, e->idx, &v) && !((v ^ e->value) & mask_of(e))
			       ? 0
			       : result_run_class(e->lin);
	case X_ULP:
		return near(e, r) ? 0 : result_run_class(e->lin);
	default:
		return result_bytes(r, e->lin, e->idx, &v) ? result_run_class(e->lin) : 0;
	}
}

/* The other one of two: bytes that X_SAME speaks of become alt. */
static bool took_alt(const struct texp *e, const struct result *r)
{
	struct texp other = *e;

	if (!e->either)
		return false;
	other.value = e->alt;
	if (e->kind == X_SAME)
		other.kind = X_MEM;
	return !check_one(&other, r);
}

static unsigned check(const struct texp *e, const struct result *r)
{
	unsigned d = check_one(e, r);

	return d && took_alt(e, r) ? 0 : d;
}

int model_choice(const struct tcase *t, const struct result *r)
{
	unsigned i;

	for (i = 0; i < t->nexp; i++)
		if (t->exp[i].either)
			return !check_one(&t->exp[i], r) ? 0 : took_alt(&t->exp[i], r) ? 1 : -1;
	return -1;
}

unsigned model_diff(const struct tcase *t, const struct result *r)
{
	unsigned i, d = 0;

	if (t->dev)
		return dev_model_diff(t, r);
	for (i = 0; i < t->nexp; i++)
		d |= check(&t->exp[i], r);
	return d;
}

void model_print(FILE *f, const struct tcase *t)
{
	static const char *const gpr[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	static const char *const seg[A_SREGS] = {"ES", "CS", "SS", "DS", "FS", "GS"};
	unsigned i;

	if (t->dev) {
		dev_model_print(f, t);
		return;
	}
	for (i = 0; i < t->nexp; i++) {
		const struct texp *e = &t->exp[i];

		fputs(i ? " " : "", f);
		switch (e->kind) {
		case X_VECTOR:
			if (e->value == VEC_STOP)
				fputs("completed", f);
			else
				fprintf(f, "vector %u", e->value);
			break;
		case X_ERROR:
			fprintf(f, "(%04x)", e->value);
			break;
		case X_EIP:
			fprintf(f, "EIP=%x", e->value);
			break;
		case X_EFLAGS:
			fprintf(f, "flags&%x=%x", e->mask, e->value & e->mask);
			break;
		case X_GPR:
			fprintf(f, "%s&%x=%x", gpr[e->idx], mask_of(e), e->value);
			break;
		case X_SEL:
			fprintf(f, "%s=%04x", seg[e->idx], e->value);
			break;
		case X_ULP:
			fprintf(f, "[%x]=%08x%08x or next to it", e->lin, e->alt, e->value);
			break;
		case X_MEM:
			fprintf(f, "[%x]&%x=%x", e->lin, mask_of(e), e->value);
			break;
		default:
			fprintf(f, "[%x] as before", e->lin);
		}
		if (e->either)
			fprintf(f, " or %x", e->alt);
	}
}

/* Leaf 1 EDX, SDM vol. 2A table 3-11. */
void features_print(FILE *f, u32 edx)
{
	static const char *const name[32] = {
		"FPU",  "VME",  "DE",   "PSE", "TSC",  "MSR", "PAE",   "MCE", "CX8",   "APIC", NULL,
		"SEP",  "MTRR", "PGE",  "MCA", "CMOV", "PAT", "PSE36", "PSN", "CLFSH", NULL,   "DS",
		"ACPI", "MMX",  "FXSR", "SSE", "SSE2", "SS",  "HTT",   "TM",  NULL,    "PBE"};
	const char *sep = "";
	unsigned i;

	for (i = 0; i < 32; i++)
		if (edx & 1u << i) {
			fprintf(f, "%s%s", sep, name[i] ? name[i] : "a reserved bit");
			sep = " ";
		}
}
