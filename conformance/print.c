/* SPDX-License-Identifier: MIT
 * Lists, the matrix, and a case in words.
 */
#include <string.h>

#include <Zydis/Zydis.h>

#include "conformance/dev/dev.h"
#include "conformance/model.h"
#include "conformance/oracle.h"
#include "conformance/print.h"
#include "conformance/result.h"
#include "conformance/summary.h"

static const char *const reg_names[8] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
static const char *const seg_names[A_SREGS] = {"ES", "CS", "SS", "DS", "FS", "GS"};

void json_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((u8)*s < 0x20)
			fprintf(f, "\\u%04x", (u8)*s);
		else
			fputc(*s, f);
	}
	fputc('"', f);
}

static void key(FILE *f, const char *k, const char *v)
{
	fprintf(f, ",\"%s\":", k);
	json_string(f, v);
}

void print_list(FILE *f, const struct tlist *l, const char *group)
{
	unsigned i;

	for (i = 0; i < l->n; i++) {
		const struct tcase *t = &l->v[i];

		if (group && strcmp(group, t->group))
			continue;
		fprintf(f, "{\"num\":%u,\"id\":", t->id);
		json_string(f, t->name);
		key(f, "group", t->group);
		key(f, "mnemonic", t->mnemonic);
		key(f, "form", t->form);
		key(f, "mode", mode_cpl_name(t->mode, t->cpl));
		fprintf(f, ",\"cpl\":%u", t->cpl);
		key(f, "class", t->cls);
		fprintf(f, ",\"mask\":\"%08x\"", ~t->undef);
		key(f, "cite", t->cite);
		if (t->sys)
			fputs(",\"system\":true", f);
		if (t->sys || t->nexp)
			fprintf(f, ",\"rules\":%u", t->nexp);
		if (t->dev)
			fprintf(f, ",\"by\":\"rules\",\"rules\":%u", t->dev->nexp);
		key(f, "oracle", oracle_names[oracle_class(t)]);
		if (t->choice)
			key(f, "choice", t->choice);
		if (oracle_no_silicon(t))
			key(f, "no_native", oracle_no_silicon(t));
		if (!summary_can(t))
			fputs(",\"summary\":false", f);
		fputs("}\n", f);
	}
}

void print_groups(FILE *f, const struct tlist *l)
{
	unsigned i, k, n;

	for (i = 0; i < l->n; i += n) {
		const char *g = l->v[i].group;
		bool seen = false;

		for (n = 1; i + n < l->n && !strcmp(l->v[i + n].group, g); n++)
			;
		for (k = 0; k < i && !seen; k++)
			seen = !strcmp(l->v[k].group, g);
		if (seen)
			continue; /* counted with its first stretch */
		for (k = i + n; k < l->n; k++)
			if (!strcmp(l->v[k].group, g))
				n++;
		fprintf(f, "{\"group\":\"%s\",\"cases\":%u}\n", g, n);
		for (n = 1; i + n < l->n && !strcmp(l->v[i + n].group, g); n++)
			;
	}
}

/* group/mnemonic/form/mode of a name: everything before the last slash. */
static size_t cell_len(const char *name)
{
	return (size_t)(strrchr(name, '/') - name);
}

static void print_cell(FILE *f, const char *name)
{
	static const char *const keys[4] = {"group", "mnemonic", "form", "mode"};
	const char *end;
	unsigned i;

	for (i = 0; i < 4; i++, name = end + 1) {
		end = strchr(name, '/');
		fprintf(f, "%s\"%s\":\"%.*s\"", i ? "," : "", keys[i], (int)(end - name), name);
	}
}

void print_matrix(FILE *f, const struct tlist *l)
{
	unsigned i, n;

	fprintf(f, "{\"filled\":%u,\"cells\":[", l->n);
	for (i = 0; i < l->n; i += n) {
		size_t len = cell_len(l->v[i].name);

		for (n = 1; i + n < l->n && cell_len(l->v[i + n].name) == len &&
			    !memcmp(l->v[i].name, l->v[i + n].name, len);
		     n++)
			;
		fprintf(f, "%s{", i ? ",\n" : "\n");
		print_cell(f, l->v[i].name);
		fprintf(f, ",\"n\":%u}", n);
	}
	fputs("\n],\"empty\":[", f);
	for (i = 0; i < l->nempty; i++) {
		const struct tempty *e = &l->empty[i];

		fprintf(f, "%s{", i ? ",\n" : "\n");
		print_cell(f, e->name);
		fprintf(f, ",\"class\":\"%s\",\"reason\":", strrchr(e->name, '/') + 1);
		json_string(f, e->reason);
		fputc('}', f);
	}
	fputs("\n]}\n", f);
}

static void print_disassembly(FILE *f, const struct tcase *t)
{
	bool wide = t->mode == CM_PM32 || t->mode == CM_FLAT32;
	ZydisDecoder dec;
	ZydisFormatter fmt;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	char text[128];
	unsigned i;

	for (i = 0; i < t->code_len; i++)
		fprintf(f, "%02x ", t->code[i]);
	ZydisDecoderInit(&dec,
			 wide                                        ? ZYDIS_MACHINE_MODE_LEGACY_32
			 : t->mode == CM_REAL16 || t->mode == CM_V86 ? ZYDIS_MACHINE_MODE_REAL_16
								     : ZYDIS_MACHINE_MODE_LEGACY_16,
			 wide ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
	ZydisFormatterInit(&fmt, ZYDIS_FORMATTER_STYLE_INTEL);
	if (ZYAN_SUCCESS(ZydisDecoderDecodeFull(&dec, t->code, t->code_len, &insn, ops)) &&
	    ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
		    &fmt, &insn, ops, insn.operand_count_visible, text, sizeof text,
		    case_default_eip(t->mode), NULL)))
		fprintf(f, " %s\n", text);
	else
		fputs(" (no instruction of the decoder's)\n", f);
}

/* What a system case sets up. */
static void print_setup(FILE *f, const struct tcase *t)
{
	static const char *const names[OP_KINDS] = {
		"need", "GDT",       "LDT",    "IDT", "TSS", "TSS limit", "CR0 ^",       "CR4 |",
		"DR",   "MSR 100 +", "paging", "PTE", "PDE", "FPU",       "IRQ 0 after", "IVT"};
	unsigned i;

	if (t->need) {
		fputs("  needs:   ", f);
		features_print(f, t->need);
		fputc('\n', f);
	}
	for (i = 0; i < t->nop; i++)
		fprintf(f, "  set up:  %s %x: %08x %08x\n", names[t->op[i].kind], t->op[i].idx,
			t->op[i].hi, t->op[i].lo);
}

void print_case(FILE *f, const struct tcase *t)
{
	unsigned i, k;

	fprintf(f, "case %u: %s\n", t->id, t->name);
	fprintf(f, "  manual:  %s\n", t->cite);
	if (t->dev) {
		dev_case_print(f, t);
		return;
	}
	fputs("  code:    ", f);
	print_disassembly(f, t);
	fprintf(f, "  at:      %04x:%x (linear %x), then INT3\n", t->sel[A_CS],
		case_default_eip(t->mode), CASE_CS_BASE + CASE_OFF);
	fputs("  before: ", f);
	for (i = 0; i < 8; i++)
		fprintf(f, " %s=%08x%s", reg_names[i], t->gpr[i], i == 3 ? "\n          " : "");
	fputs("\n          ", f);
	for (i = 0; i < A_SREGS; i++)
		fprintf(f, " %s=%04x", seg_names[i], t->sel[i]);
	fputs("\n          flags: ", f);
	flags_print(f, t->eflags, 0);
	fputc('\n', f);
	for (i = 0; i < t->nmem; i++) {
		fprintf(f, "  memory:  [%05x]", t->mem[i].lin);
		for (k = 0; k < t->mem[i].len; k++)
			fprintf(f, " %02x", t->mem[i].b[k]);
		fputc('\n', f);
	}
	print_setup(f, t);
	fputs("  not compared: ", f);
	flags_print(f, 0, t->undef);
	if (t->ign_mask)
		fprintf(f, ", bits %08x of %s", t->ign_mask, reg_names[t->ign_reg]);
	if (t->ign_regs)
		fputs(", all registers but ESP", f);
	if (t->ign_len)
		fprintf(f, ", %u bytes at %05x", t->ign_len, t->ign_lin);
	fputc('\n', f);
	if (t->nexp) {
		fputs("  by the manual: ", f);
		model_print(f, t);
		fputc('\n', f);
	}
	fprintf(f, "  class:   %s%s%s\n", oracle_names[oracle_class(t)], t->choice ? ", " : "",
		t->choice ? t->choice : "");
	if (oracle_no_silicon(t))
		fprintf(f, "  not on the host CPU: %s\n", oracle_no_silicon(t));
}
