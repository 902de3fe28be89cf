/* SPDX-License-Identifier: MIT
 * What a run was asked to do (filled by options.c) and the files it opened for
 * that (filled by config_open()).  The machine reads it and changes nothing.
 */
#ifndef REFVMM_CONFIG_H
#define REFVMM_CONFIG_H

#include "devices/pc.h"
#include "refvmm/control.h"
#include "refvmm/load.h"

#include <stdio.h>

enum page0_mode { PAGE0_AUTO, PAGE0_MAP, PAGE0_SHIFT };
enum display_kind { DISPLAY_NONE, DISPLAY_TEXT };
enum char_kind { CHAR_NULL, CHAR_STDIO, CHAR_FILE };
enum trace_kind { TRACE_EXEC, TRACE_INT, TRACE_IO, TRACE_BT, TRACE_MEM, TRACE_KINDS };

struct char_spec {
	enum char_kind kind;
	const char *path; /* CHAR_FILE */
};

struct drive_spec {
	const char *path; /* NULL: no drive */
	bool read_only;
	bool snapshot; /* guest writes stay in memory */
};

struct config {
	/* The command line.  Strings belong to the parser; see config_close(). */
	u64 memory; /* bytes */
	u8 cpu;     /* enum cpu_id, ORDER of cpus.def */
	const char *kernel, *initrd, *append;
	const char *bios;    /* NULL: none, the kernel is started without firmware */
	const char *vgabios; /* NULL: none */
	struct drive_spec floppy, disk, disk2, cdrom;
	char boot_order[4];
	struct char_spec serial, debugcon, biosdebug;
	enum display_kind display;
	const char *screenshot_path;      /* NULL: none */
	const char *type;                 /* script for the typist, NULL: none */
	struct control_spec control_spec; /* path NULL: none */
	u64 limit_ns;                     /* 0: none */
	u64 limit_units;                  /* 0: none */
	u32 cache;                        /* bytes of translation cache, 0: all there are */
	bool stats;
	const char *stats_path; /* NULL: stdout */
	const char *trace_path[TRACE_KINDS];
	const char *gdb; /* where a debugger comes, NULL: none */
	bool no_reboot;
	bool count; /* guest instructions */
	bool boot_menu;
	enum page0_mode page0;
	bool check_host;

	/* Opened by config_open(). */
	struct rom_image bios_image;      /* data == NULL: none */
	struct rom_image vgabios_image;   /* data == NULL: none */
	struct kernel_image kernel_image; /* bytes == NULL: boot the firmware */
	struct boot_files boot_files;
	struct boot_plan boot_plan;             /* n == 0: no kernel, or without firmware */
	struct pc_block *hda_block, *hdb_block; /* NULL: no drive */
	struct pc_block *floppy_block, *cdrom_block;
	struct pc_char com1_char, debugcon_char, biosdebug_char;
	FILE *trace[TRACE_KINDS]; /* NULL: off; one FILE may serve several kinds */
	int stats_fd;             /* -1: none; written by stats_write() */
	int gdb_fd;               /* listening socket, -1: none */
	FILE *screenshot;         /* NULL: none */
	struct control *control;  /* NULL: none */

	char *owned[16]; /* strings cut out of arguments */
	unsigned n_owned;
};

/* options_parse() result: go on and run. */
#define OPTIONS_RUN (-1)

/* Fill `cfg` from the command line.  Returns OPTIONS_RUN, or the exit code to
 * leave with: RC_OK after --help, --version or a `help` value, RC_USAGE after
 * one line on stderr. */
int options_parse(struct config *cfg, int argc, char **argv);
void options_print_help(FILE *out);
/* The whole of docs/cli.md. */
void options_print_markdown(FILE *out);

/* Open and check every input, then create every output; nothing is created or
 * emptied unless all inputs and outputs are usable.  RC_OK, or another exit code
 * after one line on stderr. */
int config_open(struct config *cfg);
/* Close everything config_open() opened and free what the parser allocated.
 * RC_OK, or RC_OUTPUT after one line on stderr if something was not written. */
int config_close(struct config *cfg);

#endif
