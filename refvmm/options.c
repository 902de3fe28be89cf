/* SPDX-License-Identifier: MIT
 * The command line: options.def turned into getopt_long_only() tables and one
 * handler per option.  Abbreviations are refused, so that a later option cannot
 * change what an existing script means.
 */
#include "refvmm/options.h"
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"
#include "refvmm/machine.h"
#include "refvmm/typist.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1ull << 20)

static int usage(enum option_id id, const char *fmt, const char *arg)
{
	char what[40];

	snprintf(what, sizeof(what), "--%s", option_name(id));
	return refuse(RC_USAGE, what, fmt, arg);
}

/* A string that lives until config_close(). */
static char *keep(struct config *cfg, const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy || cfg->n_owned == sizeof(cfg->owned) / sizeof(*cfg->owned)) {
		refuse(RC_INTERNAL, NULL, "out of memory for the command line");
		exit(RC_INTERNAL);
	}
	cfg->owned[cfg->n_owned++] = copy;
	return copy;
}

/* Decimal digits only, no sign, no overflow. */
static bool digits(const char *s, const char **end, u64 *out)
{
	u64 n = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(n, 10ull, &n) ||
		    __builtin_add_overflow(n, (u64)(*s - '0'), &n))
			return false;
	*end = s;
	*out = n;
	return true;
}

static int option_memory(struct config *cfg, const char *arg)
{
	u64 n, unit = MIB;
	const char *end;

	if (!digits(arg, &end, &n))
		return usage(OPT_memory, "'%s' is no size (try 64M)", arg);
	switch (*end ? *end++ : 'M') {
	case 'k':
	case 'K':
		unit = 1024;
		break;
	case 'm':
	case 'M':
		break;
	case 'g':
	case 'G':
		unit = 1024 * MIB;
		break;
	default:
		return usage(OPT_memory, "'%s' has an unknown suffix (K, M or G)", arg);
	}
	if (*end)
		return usage(OPT_memory, "'%s' has an unknown suffix (K, M or G)", arg);
	if (__builtin_mul_overflow(n, unit, &n) || n < 16 * MIB || n > 2048 * MIB)
		return usage(OPT_memory, "'%s' is outside 16M to 2G", arg);
	if (n % MIB)
		return usage(OPT_memory, "'%s' is not a multiple of 1M", arg);
	cfg->memory = n;
	return OPTIONS_RUN;
}

static int option_bios(struct config *cfg, const char *arg)
{
	cfg->bios = strcmp(arg, "none") ? arg : NULL;
	return OPTIONS_RUN;
}

static int option_vgabios(struct config *cfg, const char *arg)
{
	cfg->vgabios = strcmp(arg, "none") ? arg : NULL;
	return OPTIONS_RUN;
}

static int option_cpu(struct config *cfg, const char *arg)
{
	static const char *const names[] = {
#define CPU(id, name, ...) name,
#include "refvmm/cpus.def"
	};

	for (u8 k = 0; k < sizeof(names) / sizeof(*names); k++) {
		if (strcmp(arg, names[k]))
			continue;
		cfg->cpu = k;
		return OPTIONS_RUN;
	}
	return usage(OPT_cpu, "unknown model '%s' (see --cpu help)", arg);
}

static int option_page0(struct config *cfg, const char *arg)
{
	if (!strcmp(arg, "auto"))
		cfg->page0 = PAGE0_AUTO;
	else if (!strcmp(arg, "map"))
		cfg->page0 = PAGE0_MAP;
	else if (!strcmp(arg, "shift"))
		cfg->page0 = PAGE0_SHIFT;
	else
		return usage(OPT_page0, "unknown mode '%s' (see --page0 help)", arg);
	return OPTIONS_RUN;
}

static int option_kernel(struct config *cfg, const char *arg)
{
	cfg->kernel = arg;
	return OPTIONS_RUN;
}

static int option_initrd(struct config *cfg, const char *arg)
{
	cfg->initrd = arg;
	return OPTIONS_RUN;
}

static int option_append(struct config *cfg, const char *arg)
{
	cfg->append = arg;
	return OPTIONS_RUN;
}

static int drive(struct config *cfg, enum option_id id, struct drive_spec *d, const char *arg)
{
	const char *comma = strchr(arg, ',');

	if (!*arg || comma == arg)
		return usage(id, "'%s' names no file", arg);
	*d = (struct drive_spec){.path = arg};
	if (!comma)
		return OPTIONS_RUN;
	d->path = keep(cfg, arg, (size_t)(comma - arg));
	for (const char *s = comma; *s == ',';) {
		size_t n = strcspn(++s, ",");

		if (n == 2 && !strncmp(s, "ro", n))
			d->read_only = true;
		else if (id != OPT_floppy && n == 8 && !strncmp(s, "snapshot", n))
			d->snapshot = true;
		else
			return usage(id, "unknown sub-option '%s'", keep(cfg, s, n));
		s += n;
	}
	if (d->read_only && d->snapshot)
		return usage(id, "ro and snapshot exclude each other%s", "");
	return OPTIONS_RUN;
}

static int option_floppy(struct config *cfg, const char *arg)
{
	return drive(cfg, OPT_floppy, &cfg->floppy, arg);
}

static int option_disk(struct config *cfg, const char *arg)
{
	return drive(cfg, OPT_disk, &cfg->disk, arg);
}

static int option_disk2(struct config *cfg, const char *arg)
{
	return drive(cfg, OPT_disk2, &cfg->disk2, arg);
}

/* The whole value is the name: a disc has no sub-options. */
static int option_cdrom(struct config *cfg, const char *arg)
{
	cfg->cdrom = (struct drive_spec){.path = arg, .read_only = true};
	return OPTIONS_RUN;
}

static int option_boot(struct config *cfg, const char *arg)
{
	size_t n = strlen(arg);

	if (n < 1 || n > 3)
		return usage(OPT_boot, "'%s' is no order of a, c and d", arg);
	for (size_t i = 0; i < n; i++)
		if (!strchr("acd", arg[i]) || strchr(arg + i + 1, arg[i]))
			return usage(OPT_boot, "'%s' is no order of a, c and d", arg);
	memset(cfg->boot_order, 0, sizeof(cfg->boot_order));
	memcpy(cfg->boot_order, arg, n);
	return OPTIONS_RUN;
}

static int option_boot_menu(struct config *cfg, const char *arg)
{
	cfg->boot_menu = true;
	return OPTIONS_RUN;
}

static int option_no_reboot(struct config *cfg, const char *arg)
{
	cfg->no_reboot = true;
	return OPTIONS_RUN;
}

static int option_count(struct config *cfg, const char *arg)
{
	cfg->count = true;
	return OPTIONS_RUN;
}

static int char_back_end(enum option_id id, struct char_spec *c, const char *arg)
{
	if (!strcmp(arg, "null"))
		*c = (struct char_spec){.kind = CHAR_NULL};
	else if (id != OPT_biosdebug && !strcmp(arg, "stdio"))
		*c = (struct char_spec){.kind = CHAR_STDIO};
	else if (!strncmp(arg, "file:", 5) && arg[5])
		*c = (struct char_spec){.kind = CHAR_FILE, .path = arg + 5};
	else
		return usage(id, "cannot connect to '%s' (see `help` as value)", arg);
	return OPTIONS_RUN;
}

static int option_serial(struct config *cfg, const char *arg)
{
	return char_back_end(OPT_serial, &cfg->serial, arg);
}

static int option_debugcon(struct config *cfg, const char *arg)
{
	return char_back_end(OPT_debugcon, &cfg->debugcon, arg);
}

static int option_biosdebug(struct config *cfg, const char *arg)
{
	return char_back_end(OPT_biosdebug, &cfg->biosdebug, arg);
}

static int option_display(struct config *cfg, const char *arg)
{
	if (!strcmp(arg, "none"))
		cfg->display = DISPLAY_NONE;
	else if (!strcmp(arg, "text"))
		cfg->display = DISPLAY_TEXT;
	else
		return usage(OPT_display, "unknown kind '%s' (see --display help)", arg);
	return OPTIONS_RUN;
}

static int option_screenshot(struct config *cfg, const char *arg)
{
	cfg->screenshot_path = arg;
	return OPTIONS_RUN;
}

static int option_type(struct config *cfg, const char *arg)
{
	const char *wrong = typist_check(arg);

	if (wrong)
		return usage(OPT_type, "%s", wrong);
	cfg->type = arg;
	return OPTIONS_RUN;
}

static int option_control(struct config *cfg, const char *arg)
{
	cfg->control_spec.fifo = !strncmp(arg, "fifo:", 5);
	if ((strncmp(arg, "unix:", 5) && !cfg->control_spec.fifo) || !arg[5])
		return usage(OPT_control, "cannot take orders from '%s' (see --control help)", arg);
	cfg->control_spec.path = arg + 5;
	return OPTIONS_RUN;
}

static int option_limit_time(struct config *cfg, const char *arg)
{
	const char *end, *stop;
	u64 sec, frac = 0;

	if (!digits(arg, &end, &sec) || sec > 1000000000)
		return usage(OPT_limit_time, "'%s' is no number of seconds", arg);
	if (*end == '.') {
		u64 scale = 1000000000;

		if (!digits(end + 1, &stop, &frac) || stop - end > 10)
			return usage(OPT_limit_time, "'%s' is no number of seconds", arg);
		for (const char *s = end + 1; s < stop; s++)
			scale /= 10;
		frac *= scale;
		end = stop;
	}
	if (*end)
		return usage(OPT_limit_time, "'%s' is no number of seconds", arg);
	cfg->limit_ns = sec * 1000000000 + frac;
	if (!cfg->limit_ns)
		return usage(OPT_limit_time, "'%s' leaves no time at all", arg);
	return OPTIONS_RUN;
}

static int option_limit_units(struct config *cfg, const char *arg)
{
	const char *end;

	if (!digits(arg, &end, &cfg->limit_units) || *end || !cfg->limit_units)
		return usage(OPT_limit_units, "'%s' is no count of units", arg);
	return OPTIONS_RUN;
}

static int option_cache(struct config *cfg, const char *arg)
{
	const char *end;
	u64 n;

	if (!digits(arg, &end, &n) || *end || n < 16 || n > 65536)
		return usage(OPT_cache, "'%s' is outside 16 to 65536 KiB", arg);
	cfg->cache = (u32)n << 10;
	return OPTIONS_RUN;
}

static int option_stats(struct config *cfg, const char *arg)
{
	size_t n = strcspn(arg, ":");

	if (n != 4 || strncmp(arg, "json", n))
		return usage(OPT_stats, "unknown format '%s' (see --stats help)", arg);
	if (arg[n] && !arg[n + 1])
		return usage(OPT_stats, "'%s' names no file", arg);
	cfg->stats = true;
	cfg->stats_path = arg[n] ? arg + n + 1 : NULL;
	return OPTIONS_RUN;
}

static int option_trace(struct config *cfg, const char *arg)
{
	static const char *const kinds[TRACE_KINDS] = {"exec", "int", "io", "bt", "mem"};
	const char *path = strchr(arg, '=');

	if (!path || !path[1])
		return usage(OPT_trace, "'%s' names no file (LIST=PATH)", arg);
	for (const char *s = arg; s < path; s++) {
		size_t n = strcspn(s, ",=");
		unsigned k = 0;

		while (k < TRACE_KINDS && (strlen(kinds[k]) != n || strncmp(s, kinds[k], n)))
			k++;
		if (k == TRACE_KINDS)
			return usage(OPT_trace, "unknown event '%s'", keep(cfg, s, n));
		if (cfg->trace_path[k])
			return usage(OPT_trace, "'%s' is traced twice", kinds[k]);
		cfg->trace_path[k] = path + 1;
		s += n;
	}
	if (path == arg)
		return usage(OPT_trace, "'%s' lists no events", arg);
	return OPTIONS_RUN;
}

static int option_gdb(struct config *cfg, const char *arg)
{
	if (!gdb_spec_valid(arg))
		return usage(OPT_gdb, "cannot listen at '%s' (see --gdb help)", arg);
	cfg->gdb = arg;
	return OPTIONS_RUN;
}

static int option_check_host(struct config *cfg, const char *arg)
{
	cfg->check_host = true;
	return OPTIONS_RUN;
}

static int option_version(struct config *cfg, const char *arg)
{
	printf("refvmm %s (monitor base %#x)\n", option_build(), REFVMM_MONITOR_BASE);
	return RC_OK;
}

static int option_help(struct config *cfg, const char *arg)
{
	options_print_help(stdout);
	return RC_OK;
}

/* What is wrong only in combination. */
static int conflicts(const struct config *cfg, const bool *given)
{
	bool stdio = cfg->serial.kind == CHAR_STDIO;

	if (cfg->append && !cfg->kernel)
		return usage(OPT_append, "needs --kernel%s", "");
	if (cfg->initrd && !cfg->kernel)
		return usage(OPT_initrd, "needs --kernel%s", "");
	if (!cfg->bios && !cfg->kernel)
		return usage(OPT_bios, "none needs --kernel%s", "");
	if (cfg->kernel && given[OPT_boot])
		return usage(OPT_boot, "conflicts with --kernel%s", "");
	if (stdio && cfg->debugcon.kind == CHAR_STDIO)
		return usage(OPT_debugcon, "stdio is already used by --serial%s", "");
	stdio |= cfg->debugcon.kind == CHAR_STDIO;
	if (stdio && cfg->gdb && !strcmp(cfg->gdb, "stdio"))
		return usage(OPT_gdb, "stdio is already used by --%s",
			     cfg->serial.kind == CHAR_STDIO ? "serial" : "debugcon");
	stdio |= cfg->gdb && !strcmp(cfg->gdb, "stdio");
	if (stdio && cfg->display == DISPLAY_TEXT)
		return usage(OPT_display, "text conflicts with --%s stdio",
			     cfg->serial.kind == CHAR_STDIO     ? "serial"
			     : cfg->debugcon.kind == CHAR_STDIO ? "debugcon"
								: "gdb");
	return OPTIONS_RUN;
}

typedef int option_handler(struct config *cfg, const char *arg);

/* getopt accepts unique abbreviations; was this one spelled out? */
static bool spelled_out(const char *word, const char *name)
{
	word += strspn(word, "-");
	return strcspn(word, "=") == strlen(name) && !strncmp(word, name, strlen(name));
}

/* The word getopt choked on, without its value. */
static int bad_option(struct config *cfg, const char *word)
{
	return refuse(RC_USAGE, keep(cfg, word, strcspn(word, "=")),
		      "unknown option (see refvmm --help)");
}

int options_parse(struct config *cfg, int argc, char **argv)
{
	static const struct option table[] = {
#define OPTION(id, name, letter, argument, value, help)                                            \
	{name, sizeof(argument) > 1 ? required_argument : no_argument, NULL, 256 + OPT_##id},
#define ALIAS(name, id) {name, required_argument, NULL, 256 + OPT_##id},
#include "refvmm/options.def"
		{NULL, 0, NULL, 0},
	};
	static option_handler *const handlers[] = {
#define OPTION(id, name, letter, argument, value, help) option_##id,
#include "refvmm/options.def"
	};
	static const char *const defaults[] = {
#define OPTION(id, name, letter, argument, value, help) value,
#include "refvmm/options.def"
	};
	bool given[OPT_COUNT] = {false};
	int rc, c, longindex;

	*cfg = (struct config){.stats_fd = -1, .gdb_fd = -1};
	for (unsigned i = 0; i < OPT_COUNT; i++)
		if (*defaults[i] && handlers[i](cfg, defaults[i]) != OPTIONS_RUN)
			return RC_INTERNAL;
	opterr = 0;
	optind = 0; /* start afresh: tests parse many command lines */
	for (;;) {
		const char *word = argv[optind ? optind : 1];

		longindex = -1;
		c = getopt_long_only(argc, argv, "-:m:Vh", table, &longindex);
		if (c == -1)
			break;
		if (c == 1)
			return refuse(RC_USAGE, NULL,
				      "'%s' is no option (images are given with --floppy, "
				      "--disk, --cdrom or --kernel)",
				      optarg);
		if (c == ':')
			return refuse(RC_USAGE, word, "needs a value");
		if (c == '?' || (longindex >= 0 && !spelled_out(word, table[longindex].name)))
			return optopt >= 256 && strchr(word, '=')
				       ? refuse(RC_USAGE, keep(cfg, word, strcspn(word, "=")),
						"takes no value")
				       : bad_option(cfg, word);
		for (unsigned i = 0; c < 256 && i < OPT_COUNT; i++)
			if (option_letter(i) == c)
				c = 256 + (int)i;
		c -= 256;
		if (given[c] && c != OPT_trace)
			return usage(c, "given twice%s", "");
		given[c] = true;
		if (optarg && !strcmp(optarg, "help") && option_print_choices(c, stdout))
			return RC_OK;
		if (optarg && !*optarg && c != OPT_append)
			return usage(c, "needs a value%s", "");
		rc = handlers[c](cfg, optarg);
		if (rc != OPTIONS_RUN)
			return rc;
	}
	if (optind < argc)
		return refuse(RC_USAGE, NULL, "'%s' is no option", argv[optind]);
	return conflicts(cfg, given);
}
