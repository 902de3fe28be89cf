/* SPDX-License-Identifier: MIT
 * From the names on the command line to open files.  Inputs first, then outputs,
 * then the emptying of outputs: a refused run changes nothing on the host.
 */
#include "refvmm/backend.h"
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 2.88 MB is the largest drive of a 82077; ATA's 28-bit LBA ends at 128 GiB. */
#define FLOPPY_SECTORS 5760
#define DISK_SECTORS   (1ull << 28)
#define CDROM_SECTORS  (1ull << 24) /* 8 GiB, a DVD of two layers */

static int plan_boot(struct config *cfg)
{
	if (cfg->bios)
		return boot_plan(cfg, &cfg->boot_plan);
	if (cfg->kernel_image.kind == KERNEL_LINUX)
		return refuse(RC_INPUT, "--bios", "a Linux kernel needs firmware");
	return RC_OK; /* the machine does it at every reset */
}

static int open_inputs(struct config *cfg)
{
	int rc = cfg->bios ? load_bios("--bios", cfg->bios, &cfg->bios_image) : RC_OK;

	if (!rc && cfg->vgabios)
		rc = load_option_rom("--vgabios", cfg->vgabios, &cfg->vgabios_image);
	if (!rc && cfg->kernel)
		rc = load_kernel("--kernel", cfg->kernel, cfg->memory, &cfg->kernel_image);
	if (!rc && cfg->initrd)
		rc = load_boot_files("--initrd", cfg->initrd, cfg->kernel_image.kind, cfg->memory,
				     &cfg->boot_files);
	if (!rc && cfg->kernel)
		rc = plan_boot(cfg);
	if (!rc && cfg->floppy.path)
		rc = block_open("--floppy", &cfg->floppy, FLOPPY_SECTORS, &cfg->floppy_block);
	if (!rc && cfg->disk.path)
		rc = block_open("--disk", &cfg->disk, DISK_SECTORS, &cfg->hda_block);
	if (!rc && cfg->disk2.path)
		rc = block_open("--disk2", &cfg->disk2, DISK_SECTORS, &cfg->hdb_block);
	if (!rc && cfg->cdrom.path)
		rc = block_open("--cdrom", &cfg->cdrom, CDROM_SECTORS, &cfg->cdrom_block);
	return rc;
}

static int open_traces(struct config *cfg)
{
	for (unsigned k = 0; k < TRACE_KINDS; k++) {
		int fd;

		for (unsigned j = 0; j < k && !cfg->trace[k]; j++)
			if (cfg->trace_path[k] == cfg->trace_path[j])
				cfg->trace[k] = cfg->trace[j];
		if (!cfg->trace_path[k] || cfg->trace[k])
			continue;
		fd = output_open("--trace", cfg->trace_path[k]);
		if (fd < 0)
			return RC_OUTPUT;
		/* Its own descriptor: fclose() and output_close() both close. */
		fd = dup(fd);
		cfg->trace[k] = fd < 0 ? NULL : fdopen(fd, "w");
		if (!cfg->trace[k])
			return refuse(RC_INTERNAL, "--trace", "cannot buffer '%s'",
				      cfg->trace_path[k]);
	}
	return RC_OK;
}

static int open_outputs(struct config *cfg)
{
	int rc = char_open("--serial", &cfg->serial, &cfg->com1_char);

	if (!rc)
		rc = char_open("--debugcon", &cfg->debugcon, &cfg->debugcon_char);
	if (!rc)
		rc = char_open("--biosdebug", &cfg->biosdebug, &cfg->biosdebug_char);
	if (!rc && cfg->stats) {
		cfg->stats_fd = STDOUT_FILENO;
		if (cfg->stats_path)
			cfg->stats_fd = output_open("--stats", cfg->stats_path);
		if (cfg->stats_fd < 0)
			rc = RC_OUTPUT;
	}
	if (!rc && cfg->screenshot_path) {
		int fd = output_open("--screenshot", cfg->screenshot_path);

		fd = fd < 0 ? fd : dup(fd); /* fclose() and output_close() both close */
		cfg->screenshot = fd < 0 ? NULL : fdopen(fd, "w");
		if (!cfg->screenshot)
			rc = RC_OUTPUT;
	}
	return rc ? rc : open_traces(cfg);
}

/* An output that is also an input would destroy it. */
static int check_overlap(const char *opt, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st) < 0 || !output_is(st.st_dev, st.st_ino))
		return RC_OK;
	return refuse(RC_USAGE, opt, "'%s' is also an output", path);
}

static int check_overlaps(const struct config *cfg)
{
	int rc = check_overlap("--bios", cfg->bios);

	if (!rc)
		rc = check_overlap("--vgabios", cfg->vgabios);
	if (!rc)
		rc = check_overlap("--kernel", cfg->kernel);
	if (!rc)
		rc = check_overlap("--floppy", cfg->floppy.path);
	if (!rc)
		rc = check_overlap("--disk", cfg->disk.path);
	if (!rc)
		rc = check_overlap("--disk2", cfg->disk2.path);
	if (!rc)
		rc = check_overlap("--cdrom", cfg->cdrom.path);
	return rc;
}

int config_open(struct config *cfg)
{
	int rc = open_inputs(cfg);

	if (!rc)
		rc = open_outputs(cfg);
	if (!rc)
		rc = check_overlaps(cfg);
	if (!rc && cfg->gdb)
		rc = gdb_listen("--gdb", cfg->gdb, &cfg->gdb_fd);
	if (!rc && cfg->control_spec.path)
		rc = control_open("--control", &cfg->control_spec, &cfg->control);
	if (!rc)
		rc = output_commit();
	if (!rc && (cfg->serial.kind == CHAR_STDIO || cfg->debugcon.kind == CHAR_STDIO))
		rc = char_claim_tty();
	if (rc)
		output_abandon();
	return rc;
}

/* Close `f`, and say so if anything written to it was lost. */
static int closed(const char *opt, const char *path, FILE *f)
{
	bool ok = !ferror(f);

	errno = 0;
	if (fclose(f) == 0 && ok)
		return RC_OK;
	return refuse(RC_OUTPUT, opt, "cannot write '%s': %s", path,
		      errno ? strerror(errno) : "something was lost");
}

int config_close(struct config *cfg)
{
	int rc = char_status(), last;

	for (unsigned k = 0; k < TRACE_KINDS; k++) {
		FILE *f = cfg->trace[k];

		for (unsigned j = k; j < TRACE_KINDS; j++)
			if (cfg->trace[j] == f)
				cfg->trace[j] = NULL;
		if (f && closed("--trace", cfg->trace_path[k], f))
			rc = RC_OUTPUT;
	}
	/* Of an error before the end report() has spoken. */
	if (cfg->screenshot && ferror(cfg->screenshot))
		fclose(cfg->screenshot);
	else if (cfg->screenshot && closed("--screenshot", cfg->screenshot_path, cfg->screenshot))
		rc = RC_OUTPUT;
	if (cfg->gdb)
		gdb_unlisten(cfg->gdb, cfg->gdb_fd);
	control_close(cfg->control);
	char_close();
	last = output_close();
	rc = rc ? rc : last;
	last = block_close("--floppy", cfg->floppy_block);
	rc = rc ? rc : last;
	last = block_close("--disk", cfg->hda_block);
	rc = rc ? rc : last;
	last = block_close("--disk2", cfg->hdb_block);
	rc = rc ? rc : last;
	last = block_close("--cdrom", cfg->cdrom_block);
	rc = rc ? rc : last;
	free(cfg->bios_image.data);
	free(cfg->vgabios_image.data);
	free(cfg->kernel_image.bytes);
	free_boot_files(&cfg->boot_files);
	boot_plan_free(&cfg->boot_plan);
	for (unsigned i = 0; i < cfg->n_owned; i++)
		free(cfg->owned[i]);
	memset(cfg, 0, sizeof(*cfg));
	return rc;
}
