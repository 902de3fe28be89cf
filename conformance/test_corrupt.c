/* SPDX-License-Identifier: MIT
 * Does the runtime notice when a case breaks it?  Boots, on QEMU, handmade
 * cases that overwrite its code, its tables, its stack's end and a byte of the
 * arena nobody compares, and looks for CORRUPT in place of END.  Without QEMU
 * the test says SKIP and exits with 77.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/image.h"
#include "conformance/log.h"

static char dir[] = "/tmp/corrupt-XXXXXX";

/* MOV dword [lin], 5A5A5A5A in flat CPL 0 code; lin 0: NOP. */
static void handmade(struct tcase *t, unsigned id, u32 lin)
{
	static const u8 mov[10] = {0xc7, 0x05, 0, 0, 0, 0, 0x5a, 0x5a, 0x5a, 0x5a};

	memset(t, 0, sizeof *t);
	t->id = id;
	t->mode = CM_FLAT32;
	t->eflags = 2;
	t->code_len = lin ? 10 : 1;
	t->code[0] = 0x90;
	if (lin) {
		memcpy(t->code, mov, sizeof mov);
		memcpy(t->code + 2, &lin, 4);
	}
}

static bool load(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	u8 chunk[4096];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(b, chunk, n);
	fclose(f);
	return true;
}

/* Runs NOP, the write, NOP; returns the log. */
static bool boot(const char *build, u32 lin, struct log *log)
{
	struct tcase cases[3];
	struct tlist l = {.v = cases, .n = 3};
	struct buf blob = {0}, image = {0};
	char path[300], cmd[800];
	FILE *f;

	handmade(&cases[0], 0, 0);
	handmade(&cases[1], 1, lin);
	handmade(&cases[2], 2, 0);
	snprintf(path, sizeof path, "%s/guests/proof.blob", build);
	if (!load(path, &blob))
		return false;
	pack_build(&l, NULL, &blob);
	image_build(MEDIUM_MULTIBOOT, NULL, &blob, 0, &image);
	snprintf(path, sizeof path, "%s/image", dir);
	f = fopen(path, "wb");
	if (!f || fwrite(image.p, 1, image.n, f) != image.n || fclose(f))
		return false;
	buf_free(&blob);
	buf_free(&image);
	snprintf(cmd, sizeof cmd,
		 "conformance/run-raw.sh qemu multiboot %s/image %s/log 60 >/dev/null 2>&1", dir,
		 dir);
	if (system(cmd) == -1)
		return false;
	snprintf(path, sizeof path, "%s/log", dir);
	f = fopen(path, "rb");
	if (!f)
		return false;
	log_read(f, 3, log);
	fclose(f);
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		u32 lin;
		const char *corrupt; /* start of the CORRUPT text, "" for none */
	} tests[] = {
		{"nothing", 0, ""},
		{"runtime code", 0x100800, "1 code"},
		{"interrupt vector table", 0x100, "1 tables"},
		{"real-mode half", 0x10100, "1 real-mode-code"},
		{"end of the inner stack", 0x1c000, "1 inner-stack"},
		{"arena outside the windows", 0x32000, "2 arena 00032000"},
	};
	const char *build = argc > 1 ? argv[1] : "build";
	unsigned i, failed = 0, n = sizeof tests / sizeof *tests;
	char cmd[100];

	if (system("command -v qemu-system-i386 >/dev/null")) {
		puts("SKIP corrupt: qemu-system-i386 is not installed");
		return 77;
	}
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	for (i = 0; i < n; i++) {
		const char *want = tests[i].corrupt;
		struct log log;
		bool ok;

		if (!boot(build, tests[i].lin, &log)) {
			printf("FAIL %s: could not be run\n", tests[i].what);
			failed++;
			continue;
		}
		ok = *want ? !strncmp(log.corrupt, want, strlen(want)) && !log.ended
			   : !*log.corrupt && log.ended && log.records == 3;
		if (!ok)
			printf("FAIL %s: CORRUPT '%s', %u records, END %d\n", tests[i].what,
			       log.corrupt, log.records, log.ended);
		failed += !ok;
		log_free(&log);
	}
	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	if (system(cmd))
		fprintf(stderr, "cannot remove %s\n", dir);
	printf("%u passed, %u failed\n", n - failed, failed);
	return failed != 0;
}
