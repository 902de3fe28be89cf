/* SPDX-License-Identifier: MIT
 * The first instruction at which two execution traces part.
 *
 *   tracecmp [--start LINEAR] [--context N] [--drop FROM:TO] FORMAT:FILE FORMAT:FILE
 *
 * FORMAT is refvmm (--trace exec), qemu (-singlestep -d cpu,nochain) or bochs
 * (debugger, trace on, trace-reg on).  Exit: 0 no difference until one trace ends,
 * 1 they part (the report says where), 2 usage, 3 a file cannot be read.
 *
 * What is compared: CS, EIP, the general registers and the arithmetic flags before
 * each instruction.  Firmware (C0000-FFFFF and the top of memory) is left out.  What
 * the firmwares left behind differs: a register or flag that differs at the start,
 * or a flag that the instruction before leaves undefined (SDM vol. 1 appendix A),
 * counts only from the moment it was the same on both sides.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "refvmm/types.h"

enum { REGS = 8, FLAGS = 0xcd5, CONTEXT_MAX = 100 };

static const char *const reg_name[REGS] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};

struct record {
	u32 cs, eip, lin, flags, reg[REGS];
	char text[80]; /* "": the trace does not say */
};

struct trace {
	const char *name;
	FILE *file;
	bool (*next)(struct trace *t, struct record *r);
	u64 line;
	struct record last; /* for dropping what is repeated */
	bool have_last, have_ahead;
	struct record ahead;
};

static char line[4096];

static bool get_line(struct trace *t)
{
	if (!fgets(line, sizeof(line), t->file))
		return false;
	t->line++;
	line[strcspn(line, "\n")] = 0;
	return true;
}

/* X cs:eip eax=... fl=... lin=... text */
static bool next_refvmm(struct trace *t, struct record *r)
{
	while (get_line(t)) {
		int at = 0;

		if (sscanf(line,
			   "X %x:%x eax=%x ecx=%x edx=%x ebx=%x esp=%x ebp=%x esi=%x edi=%x "
			   "fl=%x ss=%*x:[%*x] ds=%*x es=%*x lin=%x %n",
			   &r->cs, &r->eip, &r->reg[0], &r->reg[1], &r->reg[2], &r->reg[3],
			   &r->reg[4], &r->reg[5], &r->reg[6], &r->reg[7], &r->flags, &r->lin,
			   &at) < 12 ||
		    !at)
			continue;
		snprintf(r->text, sizeof(r->text), "%.79s", line + at);
		return true;
	}
	return false;
}

/* EAX=... EBX=... ECX=... EDX=... / ESI=... / EIP=... EFL=... / CS =sel base ... */
static bool next_qemu(struct trace *t, struct record *r)
{
	u32 base;

	*r->text = 0;
	while (get_line(t)) {
		if (sscanf(line, "EAX=%x EBX=%x ECX=%x EDX=%x", &r->reg[0], &r->reg[3], &r->reg[1],
			   &r->reg[2]) == 4)
			continue;
		if (sscanf(line, "ESI=%x EDI=%x EBP=%x ESP=%x", &r->reg[6], &r->reg[7], &r->reg[5],
			   &r->reg[4]) == 4)
			continue;
		if (sscanf(line, "EIP=%x EFL=%x", &r->eip, &r->flags) == 2)
			continue;
		if (sscanf(line, "CS =%x %x", &r->cs, &base) == 2) {
			r->lin = base + r->eip;
			return true;
		}
	}
	return false;
}

/* rax: high_low ... eflags 0x...: then (0).[tick] [physical] cs:eip (...): text ; bytes */
static bool next_bochs(struct trace *t, struct record *r)
{
	static const char *const names[REGS] = {"rax", "rcx", "rdx", "rbx",
						"rsp", "rbp", "rsi", "rdi"};
	unsigned known = 0;

	while (get_line(t)) {
		char name[4], *text;
		u32 low;
		u64 phys;

		if (sscanf(line, "%3[a-z]: %*x_%x", name, &low) == 2) {
			for (int k = 0; k < REGS; k++)
				if (!strcmp(name, names[k])) {
					r->reg[k] = low;
					known |= 1u << k;
				}
			continue;
		}
		if (sscanf(line, "eflags %x", &r->flags) == 1) {
			known |= 1u << REGS;
			continue;
		}
		if (known != (1u << (REGS + 1)) - 1 ||
		    sscanf(line, "(0).[%*u] [0x%lx] %x:%x", &phys, &r->cs, &r->eip) != 3)
			continue;
		r->lin = (u32)phys;
		text = strstr(line, "): ");
		snprintf(r->text, sizeof(r->text), "%.79s", text ? text + 3 : "");
		r->text[strcspn(r->text, ";")] = 0;
		return true;
	}
	return false;
}

static u32 drop_from, drop_to; /* more firmware, in RAM */

static bool firmware(u32 lin)
{
	return lin - drop_from < drop_to - drop_from || (lin >= 0xc0000 && lin < 0x100000) ||
	       lin >= 0xfffc0000;
}

static bool same_place(const struct record *a, const struct record *b)
{
	return a->cs == b->cs && a->eip == b->eip;
}

/* Units that had to be made again show an instruction twice. */
static bool repeated(const struct record *a, const struct record *b)
{
	return same_place(a, b) && a->flags == b->flags && !memcmp(a->reg, b->reg, sizeof(a->reg));
}

static bool next(struct trace *t, struct record *r)
{
	if (t->have_ahead) {
		*r = t->ahead;
		t->have_ahead = false;
		return true;
	}
	while (t->next(t, r)) {
		if (firmware(r->lin) || (t->have_last && repeated(r, &t->last)))
			continue;
		t->last = *r;
		t->have_last = true;
		return true;
	}
	return false;
}

/* Some traces show every iteration of a repeated string instruction. */
static void skip_iterations(struct trace *t, const struct record *of)
{
	while (next(t, &t->ahead)) {
		if (!same_place(&t->ahead, of)) {
			t->have_ahead = true;
			return;
		}
	}
}

static bool open_trace(struct trace *t, const char *arg)
{
	static const struct {
		const char *name;
		bool (*next)(struct trace *t, struct record *r);
	} formats[] = {{"refvmm", next_refvmm}, {"qemu", next_qemu}, {"bochs", next_bochs}};
	const char *colon = strchr(arg, ':');

	for (unsigned k = 0; colon && k < sizeof(formats) / sizeof(*formats); k++) {
		if (strlen(formats[k].name) != (size_t)(colon - arg) ||
		    strncmp(arg, formats[k].name, (size_t)(colon - arg)))
			continue;
		*t = (struct trace){.name = formats[k].name, .next = formats[k].next};
		t->file = fopen(colon + 1, "r");
		if (t->file)
			return true;
		fprintf(stderr, "tracecmp: cannot open '%s': %s\n", colon + 1, strerror(errno));
		exit(3);
	}
	fprintf(stderr, "tracecmp: '%s' is no FORMAT:FILE (refvmm, qemu, bochs)\n", arg);
	return false;
}

/* Flags that an instruction leaves undefined, by the beginning of its name. */
static u32 undefined_flags(const char *text)
{
	static const struct {
		const char *name;
		u32 flags;
	} table[] = {
		{"mul", 0xd4},  {"imul", 0xd4}, {"div", 0x8d5},  {"idiv", 0x8d5}, {"and", 0x10},
		{"or", 0x10},   {"xor", 0x10},  {"test", 0x10},  {"shl", 0x811},  {"sal", 0x811},
		{"shr", 0x811}, {"sar", 0x811}, {"shld", 0x8d5}, {"shrd", 0x8d5}, {"rol", 0x800},
		{"ror", 0x800}, {"rcl", 0x800}, {"rcr", 0x800},  {"bsf", 0x895},  {"bsr", 0x895},
		{"bt", 0x894},  {"bts", 0x894}, {"btr", 0x894},  {"btc", 0x894},  {"aaa", 0x8c4},
		{"aas", 0x8c4}, {"aad", 0x811}, {"aam", 0x811},  {"daa", 0x800},  {"das", 0x800},
	};
	size_t n;

	if (!strncmp(text, "lock ", 5))
		text += 5;
	n = strcspn(text, " ");
	for (unsigned k = 0; k < sizeof(table) / sizeof(*table); k++)
		if (strlen(table[k].name) == n && !strncmp(table[k].name, text, n))
			return table[k].flags;
	return 0;
}

static void print_record(const char *name, const struct record *r)
{
	printf("  %-7s %04x:%08x", name, r->cs, r->eip);
	for (int k = 0; k < REGS; k++)
		printf(" %s=%08x", reg_name[k], r->reg[k]);
	printf(" fl=%03x %s\n", r->flags & FLAGS, r->text);
}

/* What is not compared until it agrees once. */
struct taint {
	bool reg[REGS];
	u32 flags;
};

/* Names of what differs into `what`; false when nothing does. */
static bool differ(const struct record *a, const struct record *b, struct taint *t, u32 undefined,
		   char *what, size_t size)
{
	u32 flags = (a->flags ^ b->flags) & FLAGS, news = flags & ~t->flags & ~undefined;
	size_t at = 0;

	*what = 0;
	for (int k = 0; k < REGS; k++) {
		bool same = a->reg[k] == b->reg[k];

		if (!same && !t->reg[k])
			at += (size_t)snprintf(what + at, size - at, " %s", reg_name[k]);
		t->reg[k] = t->reg[k] && !same;
	}
	if (news)
		snprintf(what + at, size - at, " flags %03x", news);
	t->flags = flags;
	return *what;
}

static int compare(struct trace *a, struct trace *b, u32 start, unsigned context)
{
	static struct record seen[CONTEXT_MAX];
	struct record ra, rb;
	struct taint taint = {.flags = FLAGS};
	char what[200], before[80] = "";
	u64 n = 0;
	bool more_a, more_b;

	do
		more_a = next(a, &ra);
	while (more_a && ra.lin != start);
	do
		more_b = next(b, &rb);
	while (more_b && rb.lin != start);
	if (!more_a || !more_b) {
		fprintf(stderr, "tracecmp: the %s trace never comes to %x\n",
			more_a ? b->name : a->name, start);
		return 3;
	}
	for (int k = 0; k < REGS; k++)
		taint.reg[k] = true;
	for (;; n++) {
		const char *text = *ra.text ? ra.text : rb.text;

		if (!same_place(&ra, &rb))
			snprintf(what, sizeof(what), " cs:eip");
		else if (!differ(&ra, &rb, &taint, undefined_flags(before), what, sizeof(what)))
			*what = 0;
		if (*what)
			break;
		snprintf(before, sizeof(before), "%s", text);
		seen[n % CONTEXT_MAX] = ra;
		snprintf(seen[n % CONTEXT_MAX].text, sizeof(ra.text), "%s", text);
		if (!strncmp(before, "rep", 3)) {
			skip_iterations(a, &ra);
			skip_iterations(b, &rb);
		}
		more_a = next(a, &ra);
		more_b = next(b, &rb);
		if (!more_a || !more_b) {
			printf("no difference in %llu instructions; the %s trace ends\n",
			       (unsigned long long)n + 1, more_a ? b->name : a->name);
			return 0;
		}
	}
	printf("%s and %s part after %llu instructions:%s\n", a->name, b->name,
	       (unsigned long long)n, what);
	for (u64 k = n > context ? n - context : 0; k < n; k++)
		print_record(k + 1 == n ? "last" : "", &seen[k % CONTEXT_MAX]);
	print_record(a->name, &ra);
	print_record(b->name, &rb);
	return 1;
}

int main(int argc, char **argv)
{
	struct trace a, b;
	u32 start = 0x7c00;
	unsigned context = 5;
	int i = 1;

	for (; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		char *end;
		unsigned long v = strtoul(argv[i + 1], &end, 0);

		if (!strcmp(argv[i], "--drop") && *end == ':') {
			drop_from = (u32)v;
			drop_to = (u32)strtoul(end + 1, NULL, 0);
			continue;
		}
		if (!strcmp(argv[i], "--start") && !*end && v <= 0xffffffff)
			start = (u32)v;
		else if (!strcmp(argv[i], "--context") && !*end && v <= CONTEXT_MAX)
			context = (unsigned)v;
		else
			break;
	}
	if (argc - i != 2) {
		fprintf(stderr, "usage: tracecmp [--start LINEAR] [--context N] [--drop FROM:TO] "
				"FORMAT:FILE FORMAT:FILE\n");
		return 2;
	}
	if (!open_trace(&a, argv[i]) || !open_trace(&b, argv[i + 1]))
		return 2;
	return compare(&a, &b, start, context);
}
