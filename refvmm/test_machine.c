/* SPDX-License-Identifier: MIT
 * machine_run() for refvmm-cli, the program the command line tests run: instead
 * of a guest it uses each back end once and prints what the command line gave.
 */
#include "refvmm/exit.h"
#include "refvmm/machine.h"
#include "refvmm/screen_text.h"
#include "refvmm/statsjson.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void say(const struct pc_char *c, const char *text)
{
	if (c->write)
		c->write(c->arg, (const u8 *)text, (int)strlen(text));
}

static int load(const struct config *cfg)
{
	struct boot_state boot;
	u8 *ram;
	int rc;

	if (!cfg->kernel_image.bytes)
		return RC_OK;
	ram = mmap(NULL, cfg->memory, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram == MAP_FAILED)
		return RC_INTERNAL;
	rc = load_multiboot(cfg, ram, cfg->memory, &boot);
	if (rc == RC_OK)
		printf("kernel eip %#x eax %#x\n", boot.eip, boot.eax);
	munmap(ram, cfg->memory);
	return rc;
}

static int show_screen(void)
{
	struct pc_screen s = {.cols = 80, .rows = 25};
	struct screen_text *t = screen_text_open(stdout);

	if (!t)
		return RC_INTERNAL;
	memcpy(s.cell, "Booting", 7);
	screen_text_update(t, &s);
	return screen_text_close(t) ? RC_OK : RC_OUTPUT;
}

int machine_run(const struct config *cfg)
{
	int rc = load(cfg);
	struct stats *s;

	if (rc)
		return rc;
	printf("memory %llu bios %u vgabios %u boot %s limit %llu ns %llu units cache %u page0 %d "
	       "reboot %d\n",
	       (unsigned long long)cfg->memory, cfg->bios_image.size, cfg->vgabios_image.size,
	       cfg->boot_order, (unsigned long long)cfg->limit_ns,
	       (unsigned long long)cfg->limit_units, cfg->cache, cfg->page0, !cfg->no_reboot);
	if (cfg->floppy_block)
		printf("floppy %llu sectors%s\n", (unsigned long long)cfg->floppy_block->sectors,
		       cfg->floppy_block->read_only ? " ro" : "");
	if (cfg->hda_block)
		printf("disk %llu sectors%s%s\n", (unsigned long long)cfg->hda_block->sectors,
		       cfg->hda_block->read_only ? " ro" : "",
		       cfg->disk.snapshot ? " snapshot" : "");
	if (cfg->hdb_block)
		printf("disk2 %llu sectors%s\n", (unsigned long long)cfg->hdb_block->sectors,
		       cfg->hdb_block->read_only ? " ro" : "");
	if (cfg->cdrom_block)
		printf("cdrom %llu sectors%s\n", (unsigned long long)cfg->cdrom_block->sectors,
		       cfg->cdrom_block->read_only ? " ro" : "");
	fflush(stdout);
	say(&cfg->com1_char, "serial\n");
	say(&cfg->debugcon_char, "debugcon\n");
	say(&cfg->biosdebug_char, "biosdebug\n");
	for (unsigned k = 0; k < TRACE_KINDS; k++)
		if (cfg->trace[k])
			fprintf(cfg->trace[k], "trace %u\n", k);
	if (cfg->display == DISPLAY_TEXT)
		rc = show_screen();
	s = stats_new();
	if (s) {
		stats_number(s, "units", 1);
		rc = rc ? rc : stats_write(s, cfg);
	}
	/* The tests choose the exit code of the machine here. */
	return rc ? rc : cfg->append ? atoi(cfg->append) : RC_OK;
}
