/* SPDX-License-Identifier: MIT
 * fuzzgen: write the image of a seed, or list its program.
 */
#include "conformance/fuzz/gen.h"

#include "conformance/fuzz/atoms.h"
#include "conformance/fuzz/coverage.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: fuzzgen --seed N [--timer] [--verbose LEVEL] [--only FIRST-LAST] [--cut ELEMENTS]\n"
	"               [--places N] [--blank FILE] [--atoms] [--describe BLOCK]\n"
	"               [--boot FILE --runtime FILE --image FILE] [--list] [--classes]\n"
	"  --timer    IRQ0 at 1 kHz, and instructions whose results differ by processor\n"
	"  --verbose  the guest prints every block (1), with hashes of memory (2)\n"
	"  --places   end after this many blocks;  --blank: NOPs over these lines of --atoms\n"
	"  --atoms    list what can be blanked;  --describe: a block, for small.asm\n"
	"  --only     the other blocks stay empty;  --cut: blocks end early\n"
	"  --image    write a floppy image;  --list: disassemble;  --classes: count rows of "
	"bt/insn.def\n";

enum {
	SEED = 1,
	TIMER,
	VERBOSE,
	ONLY,
	CUT,
	BOOT,
	RUNTIME,
	IMAGE,
	LIST,
	CLASSES,
	ENDED,
	EXECUTED,
	PLACES,
	ATOMS,
	BLANK,
	DESCRIBE
};

static const struct option long_options[] = {
	{"seed", 1, 0, SEED},         {"timer", 0, 0, TIMER}, {"verbose", 1, 0, VERBOSE},
	{"only", 1, 0, ONLY},         {"cut", 1, 0, CUT},     {"boot", 1, 0, BOOT},
	{"runtime", 1, 0, RUNTIME},   {"image", 1, 0, IMAGE}, {"list", 0, 0, LIST},
	{"classes", 0, 0, CLASSES},   {"ended", 1, 0, ENDED}, {"executed", 1, 0, EXECUTED},
	{"places", 1, 0, PLACES},     {"atoms", 0, 0, ATOMS}, {"blank", 1, 0, BLANK},
	{"describe", 1, 0, DESCRIBE}, {0, 0, 0, 0},
};

static int refuse(const char *text)
{
	fprintf(stderr, "fuzzgen: %s\n%s", text, usage);
	return 2;
}

static int write_image(const struct gen *g, const char *boot, const char *runtime,
		       const char *image)
{
	static u8 out[512 * (FZ_SECTORS + 1)];
	FILE *f;
	bool ok;

	if (!make_image(g, boot, runtime, out)) {
		fprintf(stderr, "fuzzgen: cannot read the boot sector or the runtime\n");
		return 1;
	}
	f = fopen(image, "wb");
	if (!f) {
		perror(image);
		return 1;
	}
	ok = fwrite(out, 1, sizeof(out), f) == sizeof(out) && fflush(f) == 0 &&
	     ftruncate(fileno(f), FZ_IMAGE_SIZE) == 0;
	if (fclose(f) || !ok) {
		perror(image);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct gen g;
	struct options opt = {.last = FZ_MAX_BLOCKS};
	const char *boot = NULL, *runtime = NULL, *image = NULL, *ended = NULL, *executed = NULL;
	const char *blank = NULL;
	bool seeded = false, list = false, classes = false, atoms = false;
	u32 block = FZ_MAX_BLOCKS;
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case SEED:
			opt.seed = strtoull(optarg, NULL, 0);
			seeded = true;
			break;
		case TIMER:
			opt.timer = true;
			break;
		case VERBOSE:
			opt.verbose = (u32)atoi(optarg);
			break;
		case ONLY:
			if (sscanf(optarg, "%u-%u", &opt.first, &opt.last) != 2)
				return refuse("--only takes FIRST-LAST");
			break;
		case CUT:
			opt.cut = (u32)atoi(optarg);
			break;
		case BOOT:
			boot = optarg;
			break;
		case RUNTIME:
			runtime = optarg;
			break;
		case IMAGE:
			image = optarg;
			break;
		case LIST:
			list = true;
			break;
		case CLASSES:
			classes = true;
			break;
		case ENDED:
			ended = optarg;
			break;
		case EXECUTED:
			executed = optarg;
			break;
		case PLACES:
			opt.places = (u32)atoi(optarg);
			break;
		case ATOMS:
			atoms = true;
			break;
		case BLANK:
			blank = optarg;
			break;
		case DESCRIBE:
			block = (u32)atoi(optarg);
			break;
		default:
			return refuse("unknown option");
		}
	}
	if (!seeded || optind != argc)
		return refuse("--seed is missing, or too many words");
	if (image && (!boot || !runtime))
		return refuse("--image needs --boot and --runtime");
	generate(&g, &opt);
	if (atoms)
		list_atoms(&g, stdout);
	if (block < g.n_blocks)
		describe_block(&g, block, stdout);
	if (blank && !blank_atoms(&g, blank)) {
		fprintf(stderr, "fuzzgen: %s: cannot be read, or not lines of --atoms\n", blank);
		return 1;
	}
	if (list)
		list_program(&g, stdout);
	if (classes)
		list_classes(&g, stdout);
	if (ended)
		list_ended(&g, ended, stdout);
	if (executed && !list_executed(&g, executed, stdout)) {
		perror(executed);
		return 1;
	}
	return image ? write_image(&g, boot, runtime, image) : 0;
}
