/* SPDX-License-Identifier: MIT
 * Command line of the microbenchmark runner.
 *
 * Exit codes: 0 measured; 1 a kernel gave a wrong result or no result; 2 bad
 * command line; 3 a file could not be read or written; 77 nothing to run;
 * 130 interrupted.
 */
#include "microbench/bench.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_WRONG = 1, EXIT_USAGE = 2, EXIT_FILES = 3, EXIT_NOTHING = 77, EXIT_INTERRUPTED = 130 };

static const char help[] =
	"usage: run [options]\n"
	"Times small kernels in virtual machines and as a native 32-bit process.\n"
	"  --vmm LIST       machines, of native,refvmm,qemu-tcg,bochs (default: all)\n"
	"  --kernels LIST   globs of kernels (alu), kernels at a ring (alu.0) or classes\n"
	"                   (integer,calls,fpu-rep,system,smc,mode16); default: all\n"
	"  --samples N      samples per kernel and machine, 1 to 1000 (default 8)\n"
	"  --quick          one boot per kernel and machine, its last pairs are the samples\n"
	"  --target-ms T    length of one sample, 0.1 to 10000 (default 60; quick 20)\n"
	"  --limit S        give up on a boot after S seconds (default 60)\n"
	"  --seed S         seed of the random order (default: from the clock; printed)\n"
	"  --out FILE       write JSON Lines there, and FILE's name + .meta.json\n"
	"  --list           print the kernels\n"
	"  --help           this text\n"
	"Exit codes: 0 measured, 1 wrong or missing result, 2 bad usage, 3 file error,\n"
	"77 nothing to run, 130 interrupted.\n";

static _Noreturn void usage(const char *format, const char *what)
{
	fprintf(stderr, "microbench: ");
	fprintf(stderr, format, what);
	fprintf(stderr, "\n");
	exit(EXIT_USAGE);
}

static double number(const char *option, const char *text, double low, double high)
{
	char *end, message[160];
	double v;

	errno = 0;
	v = strtod(text, &end);
	if (errno || end == text || *end || !(v >= low && v <= high)) {
		snprintf(message, sizeof(message), "%s: '%.60s' is not a number from %g to %g",
			 option, text, low, high);
		usage("%s", message);
	}
	return v;
}

static u64 seed_number(const char *text)
{
	char *end;
	u64 v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || text[0] == '-')
		usage("--seed: '%.60s' is not a whole number", text);
	return v;
}

static void take_vmms(struct options *o, const char *text)
{
	char *list = strdup(text), *save = NULL;
	bool any = false;

	memset(o->use, 0, sizeof(o->use));
	for (char *p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		int v = vmm_by_name(p);

		if (v < 0)
			usage("--vmm: no machine called '%.60s' (native, refvmm, qemu-tcg, bochs)",
			      p);
		o->use[v] = true;
		any = true;
	}
	free(list);
	if (!any)
		usage("--vmm: empty list%s", "");
}

static void take_options(struct options *o, int argc, char **argv)
{
	enum { VMM = 256, KERNELS, SAMPLES, QUICK, TARGET, LIMIT, SEED, OUT, LIST, HELP };
	static const struct option table[] = {
		{"vmm", required_argument, NULL, VMM},
		{"kernels", required_argument, NULL, KERNELS},
		{"samples", required_argument, NULL, SAMPLES},
		{"quick", no_argument, NULL, QUICK},
		{"target-ms", required_argument, NULL, TARGET},
		{"limit", required_argument, NULL, LIMIT},
		{"seed", required_argument, NULL, SEED},
		{"out", required_argument, NULL, OUT},
		{"list", no_argument, NULL, LIST},
		{"help", no_argument, NULL, HELP},
		{NULL, 0, NULL, 0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		switch (c) {
		case VMM:
			take_vmms(o, optarg);
			break;
		case KERNELS:
			o->kernels = optarg;
			break;
		case SAMPLES:
			o->samples = (int)number("--samples", optarg, 1, 1000);
			break;
		case QUICK:
			o->quick = true;
			break;
		case TARGET:
			o->target_ms = number("--target-ms", optarg, 0.1, 10000);
			break;
		case LIMIT:
			o->limit_s = number("--limit", optarg, 1, 3600);
			break;
		case SEED:
			o->seed = seed_number(optarg);
			break;
		case OUT:
			o->out = optarg;
			break;
		case LIST:
			bench_list(stdout);
			exit(0);
		case HELP:
			fputs(help, stdout);
			exit(0);
		case ':':
			usage("%.60s needs a value", argv[optind - 1]);
		default:
			usage("unknown option '%.60s' (see --help)", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usage("unexpected argument '%.60s' (see --help)", argv[optind]);
	if (o->out && strlen(o->out) > 500)
		usage("--out: name too long%s", "");
	if (o->target_ms == 0)
		o->target_ms = o->quick ? 20 : 60;
}

static void on_interrupt(int sig)
{
	boot_interrupted = 1;
}

/* The folder of this program: images lie beside it. */
static int find_build(struct bench *b)
{
	ssize_t n = readlink("/proc/self/exe", b->build, sizeof(b->build) - 1);

	if (n < 0)
		return -errno;
	b->build[n] = 0;
	dirname(b->build);
	snprintf(b->dir, sizeof(b->dir), "%s/scratch.XXXXXX", b->build);
	return mkdtemp(b->dir) ? 0 : -errno;
}

static void remove_scratch(const char *dir)
{
	static const char *const name[] = {"native",   "guest.elf", "floppy.img", "bochsrc",
					   "debugger", "bochs.log", "log"};
	char path[700];

	for (unsigned i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		unlink(path);
	}
	rmdir(dir);
}

static int out_is_writable(const char *out)
{
	char path[640];
	FILE *f;

	snprintf(path, sizeof(path), "%s.new", out);
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fclose(f);
	unlink(path);
	return 0;
}

static int run(struct bench *b)
{
	const char *message;
	int err;

	vmm_find(b->vmm, b->build);
	message = bench_select(b);
	if (message) {
		fprintf(stderr, "microbench: %s\n", message);
		return EXIT_USAGE;
	}
	if (!b->cells) {
		fprintf(stderr, "microbench: nothing to run\n");
		for (int v = 0; v < VMMS; v++)
			if (b->opt.use[v] && b->vmm[v].missing[0])
				fprintf(stderr, "skipped: %s: %s\n", b->vmm[v].name,
					b->vmm[v].missing);
		return EXIT_NOTHING;
	}
	err = b->opt.out ? out_is_writable(b->opt.out) : 0;
	if (err) {
		fprintf(stderr, "microbench: --out: cannot write '%s': %s\n", b->opt.out,
			strerror(-err));
		return EXIT_FILES;
	}
	printf("microbench: seed %llu\n", (unsigned long long)b->opt.seed);
	fflush(stdout);
	err = bench_measure(b);
	if (err && err != -EINTR) {
		fprintf(stderr, "microbench: %s\n", strerror(-err));
		return EXIT_FILES;
	}
	bench_derive(b);
	bench_report(b, stdout);
	if (b->opt.out && (err = bench_record(b)) != 0) {
		fprintf(stderr, "microbench: --out: cannot write '%s': %s\n", b->opt.out,
			strerror(-err));
		return EXIT_FILES;
	}
	if (boot_interrupted) {
		fprintf(stderr, "microbench: interrupted; the figures above are partial\n");
		return EXIT_INTERRUPTED;
	}
	return bench_wrong(b) ? EXIT_WRONG : 0;
}

int main(int argc, char **argv)
{
	static struct bench b = {
		.opt = {.use = {true, true, true, true}, .samples = 8, .limit_s = 60}};
	struct sigaction stop = {.sa_handler = on_interrupt};
	int err;

	b.opt.seed = (u64)time(NULL);
	take_options(&b.opt, argc, argv);
	err = find_build(&b);
	if (err) {
		fprintf(stderr, "microbench: cannot make a scratch folder '%s': %s\n", b.dir,
			strerror(-err));
		return EXIT_FILES;
	}
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	err = run(&b);
	remove_scratch(b.dir);
	bench_free(&b);
	return err;
}
