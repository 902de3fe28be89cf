/* SPDX-License-Identifier: MIT
 * Payload of an R line (conformance/protocol.md) and its comparison.
 */
#include <string.h>

#include "conformance/dev/dev.h"

const char *const diff_names[DIFF_BITS] = {"vector", "error", "eip", "flags", "eflags",
					   "rf",     "seg",   "mem", "reg",   "cr",
					   "dr",     "desc",  "pte", "tss",   "port"};
static const char *const reg_names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
static const char *const seg_names[A_SREGS] = {"ES", "CS", "SS", "DS", "FS", "GS"};
static const u8 seg_order[5] = {A_ES, A_SS, A_DS, A_FS, A_GS};

/* Vectors that push an error code in protected mode (SDM vol. 3A table 6-1). */
static bool pushes_error(const struct tcase *t, u8 v)
{
	return t->mode != CM_REAL16 && (v == 8 || (v >= 10 && v <= 14) || v == 17);
}

struct reader {
	const char *p, *end;
	bool bad;
};

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static u32 get(struct reader *r, unsigned bytes)
{
	u32 v = 0;
	unsigned i;

	for (i = 0; i < bytes; i++, r->p += 2) {
		int hi, lo;

		if (r->end - r->p < 2 || (hi = nibble(r->p[0])) < 0 || (lo = nibble(r->p[1])) < 0) {
			r->bad = true;
			return 0;
		}
		v |= (u32)(hi << 4 | lo) << (8 * i);
	}
	return v;
}

const char *result_decode(const struct tcase *t, const char *hex, size_t n, struct result *r)
{
	struct reader in = {hex, hex + n, false};
	unsigned i, k;
	u32 mask;

	memset(r, 0, sizeof *r);
	if (n == 10 && !strncmp(hex, "ff", 2)) {
		get(&in, 1);
		r->unmet = get(&in, 4);
		return in.bad || !(t->sys || t->dev) ? "payload too short or not hex" : NULL;
	}
	r->vector = (u8)get(&in, 1);
	mask = get(&in, 2);
	r->eflags = get(&in, 3);
	if (in.bad)
		return "payload too short or not hex";
	r->has_error = pushes_error(t, r->vector);
	if (r->has_error)
		r->error = get(&in, 4);
	for (i = 0; i < 8; i++)
		r->gpr[i] = mask & 1u << i ? get(&in, 4) : t->gpr[i];
	r->eip = case_default_eip(t->mode) + (r->vector == VEC_STOP ? t->code_len + 1u : 0);
	if (mask & RES_EIP)
		r->eip = get(&in, 4);
	memcpy(r->sel, t->sel, sizeof r->sel);
	if (mask & RES_CS)
		r->sel[A_CS] = (u16)get(&in, 2);
	for (i = 0; i < 5; i++)
		if (mask & RES_SEG(i))
			r->sel[seg_order[i]] = (u16)get(&in, 2);
	if (mask & RES_MEM) {
		r->nruns = get(&in, 1);
		if (in.bad || r->nruns > RES_MAX_RUNS + 1)
			return "bad count of memory runs";
		r->overflow = r->nruns > RES_MAX_RUNS;
		for (i = 0; i < r->nruns && !in.bad; i++) {
			r->run[i].lin = get(&in, 3);
			r->run[i].n = (u8)get(&in, 1);
			if (r->run[i].n > RES_MAX_RUN)
				return "memory run too long";
			for (k = 0; k < r->run[i].n; k++)
				r->run[i].b[k] = (u8)get(&in, 1);
		}
	}
	if (in.bad)
		return "payload too short or not hex";
	return in.p == in.end ? NULL : "payload too long";
}

static size_t put(char *hex, size_t at, size_t size, u32 v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8, at += 2)
		if (at + 2 < size)
			snprintf(hex + at, 3, "%02x", (u8)v);
	return at;
}

size_t result_encode(const struct tcase *t, const struct result *r, char *hex, size_t size)
{
	u32 mask = r->nruns ? RES_MEM : 0;
	u32 eip = case_default_eip(t->mode) + (r->vector == VEC_STOP ? t->code_len + 1u : 0);
	size_t at = 0;
	unsigned i, k;

	for (i = 0; i < 8; i++)
		if (r->gpr[i] != t->gpr[i])
			mask |= 1u << i;
	if (r->eip != eip)
		mask |= RES_EIP;
	if (r->sel[A_CS] != t->sel[A_CS])
		mask |= RES_CS;
	for (i = 0; i < 5; i++)
		if (r->sel[seg_order[i]] != t->sel[seg_order[i]])
			mask |= RES_SEG(i);
	at = put(hex, at, size, r->vector, 1);
	at = put(hex, at, size, mask, 2);
	at = put(hex, at, size, r->eflags, 3);
	if (pushes_error(t, r->vector))
		at = put(hex, at, size, r->error, 4);
	for (i = 0; i < 8; i++)
		if (mask & 1u << i)
			at = put(hex, at, size, r->gpr[i], 4);
	if (mask & RES_EIP)
		at = put(hex, at, size, r->eip, 4);
	if (mask & RES_CS)
		at = put(hex, at, size, r->sel[A_CS], 2);
	for (i = 0; i < 5; i++)
		if (mask & RES_SEG(i))
			at = put(hex, at, size, r->sel[seg_order[i]], 2);
	if (!r->nruns)
		return at;
	at = put(hex, at, size, r->nruns, 1);
	for (i = 0; i < r->nruns; i++) {
		at = put(hex, at, size, r->run[i].lin, 3);
		at = put(hex, at, size, r->run[i].n, 1);
		for (k = 0; k < r->run[i].n; k++)
			at = put(hex, at, size, r->run[i].b[k], 1);
	}
	return at;
}

void flags_print(FILE *f, u32 eflags, u32 undef)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{F_CF, "CF"}, {F_PF, "PF"},   {F_AF, "AF"},   {F_ZF, "ZF"},
		{F_SF, "SF"}, {F_TF, "TF"},   {F_IF, "IF"},   {F_DF, "DF"},
		{F_OF, "OF"}, {F_NT, "NT"},   {F_RF, "RF"},   {F_VM, "VM"},
		{F_AC, "AC"}, {F_VIF, "VIF"}, {F_VIP, "VIP"}, {F_ID, "ID"},
	};
	const char *sep = "";
	unsigned i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (!((eflags | undef) & names[i].bit))
			continue;
		fprintf(f, "%s%s%s", sep, names[i].name, undef & names[i].bit ? "?" : "");
		sep = " ";
	}
	if (eflags & F_IOPL) {
		fprintf(f, "%sIOPL%u", sep, (eflags >> 12) & 3);
		sep = " ";
	}
	if (!*sep)
		fputc('-', f);
}

static const char *vector_name(u8 v)
{
	static const char *const names[20] = {
		"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", NULL,
		"#TS", "#NP", "#SS", "#GP", "#PF", NULL,  "#MF", "#AC", "#MC", "#XM",
	};

	return v < 20 ? names[v] : NULL;
}

void result_print(FILE *f, const struct tcase *t, const struct result *r)
{
	unsigned i, k;

	if (r->unmet) {
		fprintf(f, t->dev ? "not run: needs %08x" : "not run: CPUID lacks %08x", r->unmet);
		return;
	}
	if (t->dev) {
		dev_result_print(f, t, r);
		return;
	}
	if (r->vector == VEC_STOP)
		fputs("completed", f);
	else if (vector_name(r->vector))
		fputs(vector_name(r->vector), f);
	else
		fprintf(f, "INT %02X", r->vector);
	if (r->has_error)
		fprintf(f, "(%04x)", r->error);
	fprintf(f, " EIP=%x [", r->eip);
	flags_print(f, r->eflags, t->undef);
	fputc(']', f);
	for (i = 0; i < 8; i++)
		if (r->gpr[i] != t->gpr[i])
			fprintf(f, " %s=%08x", reg_names[i], r->gpr[i]);
	for (i = 0; i < A_SREGS; i++)
		if (r->sel[i] != t->sel[i])
			fprintf(f, " %s=%04x", seg_names[i], r->sel[i]);
	for (i = 0; i < r->nruns; i++) {
		fprintf(f, " [%05x]=", r->run[i].lin);
		for (k = 0; k < r->run[i].n; k++)
			fprintf(f, "%02x", r->run[i].b[k]);
	}
	if (r->overflow)
		fputs(" and more memory", f);
}

unsigned result_run_class(u32 lin)
{
	if (lin < OBS_BASE)
		return DIFF_MEM;
	if (lin < OBS_DR6)
		return DIFF_CR;
	if (lin < OBS_TR)
		return DIFF_DR;
	if (lin < OBS_PTE(0))
		return DIFF_DESC;
	if (lin >= OBS_DEV)
		return DIFF_PORT;
	return lin < OBS_TSS ? DIFF_PTE : DIFF_TSS;
}

bool result_bytes(const struct result *r, u32 lin, unsigned n, u32 *value)
{
	unsigned i, k, seen = 0;

	*value = 0;
	for (k = 0; k < n; k++)
		for (i = 0; i < r->nruns; i++)
			if (lin + k - r->run[i].lin < r->run[i].n) {
				*value |= (u32)r->run[i].b[lin + k - r->run[i].lin] << (8 * k);
				seen++;
				break;
			}
	return seen > 0;
}

static bool ignored(const struct tcase *t, u32 lin)
{
	return t->ign_len && lin - t->ign_lin < t->ign_len;
}

/* Classes of the bytes of a that count and do not appear in b. */
static unsigned memory_missing(const struct tcase *t, const struct result *a,
			       const struct result *b)
{
	unsigned i, k, j, d = 0;

	for (i = 0; i < a->nruns; i++)
		for (k = 0; k < a->run[i].n; k++) {
			u32 lin = a->run[i].lin + k;

			if (ignored(t, lin))
				continue;
			for (j = 0; j < b->nruns; j++)
				if (lin - b->run[j].lin < b->run[j].n &&
				    b->run[j].b[lin - b->run[j].lin] == a->run[i].b[k])
					break;
			if (j == b->nruns)
				d |= result_run_class(lin);
		}
	return d;
}

unsigned result_diff(const struct tcase *t, const struct result *a, const struct result *b)
{
	u32 fl = (a->eflags ^ b->eflags) & ~t->undef;
	unsigned d = 0, i;

	if (a->unmet || b->unmet)
		return 0;
	if (t->dev)
		return dev_result_diff(t, a, b);
	if (a->vector != b->vector)
		d |= DIFF_VECTOR;
	if (a->has_error != b->has_error || a->error != b->error)
		d |= DIFF_ERROR;
	if (a->eip != b->eip)
		d |= DIFF_EIP;
	if (fl & (F_ARITH | F_DF))
		d |= DIFF_FLAGS;
	if (fl & F_RF)
		d |= DIFF_RF;
	if (fl & ~(u32)(F_ARITH | F_DF | F_RF))
		d |= DIFF_EFLAGS;
	for (i = 0; i < 8; i++)
		if (!(t->ign_regs & 1u << i) &&
		    ((a->gpr[i] ^ b->gpr[i]) & ~(i == t->ign_reg ? t->ign_mask : 0)))
			d |= DIFF_REG;
	if (memcmp(a->sel, b->sel, sizeof a->sel))
		d |= DIFF_SEG;
	d |= memory_missing(t, a, b) | memory_missing(t, b, a);
	return d & ~(unsigned)t->ign_fields;
}
