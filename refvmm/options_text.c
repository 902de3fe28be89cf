/* SPDX-License-Identifier: MIT
 * Everything that is printed from options.def: --help, `help` as a value, and
 * docs/cli.md.
 */
#include "refvmm/exit.h"
#include "refvmm/options.h"
#include "refvmm/version.h"

#include <string.h>

static const struct option_row {
	const char *name;
	char letter;
	const char *argument, *value, *help;
} options[OPT_COUNT] = {
#define OPTION(id, name, letter, argument, value, help) {name, letter, argument, value, help},
#include "refvmm/options.def"
};

static const struct choice_row {
	enum option_id id;
	const char *value, *meaning;
} choices[] = {
#define CHOICE(id, value, meaning) {OPT_##id, value, meaning},
#include "refvmm/options.def"
};

static const struct alias_row {
	const char *name;
	enum option_id id;
} aliases[] = {
#define ALIAS(name, id) {name, OPT_##id},
#include "refvmm/options.def"
};

static const struct exit_row {
	int code;
	const char *meaning;
} exits[] = {
#define EXIT_CODE(name, code, meaning) {code, meaning},
#include "refvmm/exit.def"
#undef EXIT_CODE
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char odd_code[] = "the guest wrote n to port 0xF4 and (n << 1) | 1 is this code";

const char *option_name(enum option_id id)
{
	return options[id].name;
}

int option_letter(enum option_id id)
{
	return options[id].letter;
}

const char *option_build(void)
{
	return REFVMM_VERSION;
}

bool option_print_choices(enum option_id id, FILE *out)
{
	bool any = false;

	for (unsigned i = 0; i < COUNT(choices); i++) {
		if (choices[i].id != id)
			continue;
		if (!any)
			fprintf(out, "values of --%s:\n", options[id].name);
		fprintf(out, "  %-16s %s\n", choices[i].value, choices[i].meaning);
		any = true;
	}
	return any;
}

static void help_row(FILE *out, const struct option_row *o)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
		 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
		 *o->argument ? " " : "", o->argument);
	fprintf(out, "  %-32s", left);
	if (strlen(left) > 31)
		fprintf(out, "\n  %-32s", "");
	fprintf(out, " %s\n", o->help);
	if (*o->value)
		fprintf(out, "  %-32s [%s]\n", "", o->value);
}

void options_print_help(FILE *out)
{
	fprintf(out, "usage: refvmm [OPTION]...\n"
		     "Run a 32-bit PC in segment-protected binary translation.\n");
#define GROUP(title)                                    fprintf(out, "\n%s:\n", title);
#define OPTION(id, name, letter, argument, value, help) help_row(out, &options[OPT_##id]);
#include "refvmm/options.def"
	fprintf(out, "\n`help` as a value lists the values of an option.  QEMU's single-dash\n"
		     "spellings work, and so do these names of its:");
	for (unsigned i = 0; i < COUNT(aliases); i++)
		fprintf(out, " -%s (--%s)", aliases[i].name, options[aliases[i].id].name);
	fprintf(out, "\n\nExit codes:\n");
	for (unsigned i = 0; i < COUNT(exits); i++)
		fprintf(out, "  %-4d %s\n", exits[i].code, exits[i].meaning);
	fprintf(out, "  odd  %s\n", odd_code);
}

/* Table cells: a bar inside would end the cell. */
static void cell(FILE *out, const char *s)
{
	for (; *s; s++)
		fprintf(out, *s == '|' ? "\\%c" : "%c", *s);
}

static void markdown_row(FILE *out, const struct option_row *o)
{
	fprintf(out, "| `");
	if (o->letter)
		fprintf(out, "-%c`, `", o->letter);
	fprintf(out, "--%s%s", o->name, *o->argument ? " " : "");
	cell(out, o->argument);
	fprintf(out, "` | %s%s%s | ", *o->value ? "`" : "", o->value, *o->value ? "`" : "");
	cell(out, o->help);
	fprintf(out, " |\n");
}

void options_print_markdown(FILE *out)
{
	fprintf(out,
		"# The command line of refvmm\n\n"
		"Generated from refvmm/options.def and refvmm/exit.def by `make docs-cli`.\n\n"
		"Options may be written with one dash, as QEMU does. Abbreviations are refused.\n"
		"`help` as the value of an option with a table below prints that table.\n"
		"Every refusal is one line on stderr, `refvmm: --option: reason`; nothing is\n"
		"created or emptied unless all inputs and outputs are usable.\n");
#define GROUP(title)                                                                               \
	fprintf(out, "\n## %s\n\n| option | default | meaning |\n|---|---|---|\n", title);
#define OPTION(id, name, letter, argument, value, help) markdown_row(out, &options[OPT_##id]);
#include "refvmm/options.def"
	fprintf(out, "\n## Values\n\n| option | value | meaning |\n|---|---|---|\n");
	for (unsigned i = 0; i < COUNT(choices); i++) {
		fprintf(out, "| `--%s` | `%s` | ", options[choices[i].id].name, choices[i].value);
		cell(out, choices[i].meaning);
		fprintf(out, " |\n");
	}
	fprintf(out, "\n## Other QEMU names\n\n");
	for (unsigned i = 0; i < COUNT(aliases); i++)
		fprintf(out, "- `-%s` is `--%s`\n", aliases[i].name, options[aliases[i].id].name);
	fprintf(out, "\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
	for (unsigned i = 0; i < COUNT(exits); i++)
		fprintf(out, "| %d | %s |\n", exits[i].code, exits[i].meaning);
	fprintf(out, "| odd | %s |\n", odd_code);
}
