/* SPDX-License-Identifier: MIT
 * Finding and starting the native process, refvmm, QEMU (TCG) and Bochs.
 *
 * Environment: VMM_refvmm, VMM_qemu_tcg and VMM_bochs name other programs.
 */
#include "microbench/vmm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name, *image, *env, *program;
	int marker_fd;
} known[VMMS] = {
	[VMM_NATIVE] = {"native", "native", NULL, NULL, 3},
	[VMM_REFVMM] = {"refvmm", "guest.elf", "VMM_refvmm", NULL, 3},
	[VMM_QEMU_TCG] = {"qemu-tcg", "guest.elf", "VMM_qemu_tcg", "qemu-system-i386", 3},
	/* Bochs prints port 0xE9 on its standard output. */
	[VMM_BOCHS] = {"bochs", "floppy.img", "VMM_bochs", "bochs", 1},
};

/* Debian packages bochsbios and vgabios. */
#define BOCHS_BIOS    "/usr/share/bochs/BIOS-bochs-latest"
#define BOCHS_VGABIOS "/usr/share/bochs/VGABIOS-lgpl-latest"

int vmm_by_name(const char *name)
{
	for (int i = 0; i < VMMS; i++)
		if (!strcmp(known[i].name, name))
			return i;
	return -1;
}

static bool runnable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static bool in_path(const char *name, char out[512])
{
	const char *path = getenv("PATH");

	for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
		size_t n = strcspn(p, ":");

		snprintf(out, 512, "%.*s/%s", (int)n, p, name);
		if (runnable(out))
			return true;
		p += n + (p[n] == ':');
	}
	return false;
}

static void find_refvmm(struct vmm *v, const char *build)
{
	static const char *const place[] = {"../refvmm", "../refvmm/refvmm", "../bin/refvmm"};

	for (unsigned i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		snprintf(v->program, sizeof(v->program), "%s/%s", build, place[i]);
		if (runnable(v->program))
			return;
	}
	snprintf(v->missing, sizeof(v->missing), "not built (no %s/../refvmm)", build);
}

static void find_version(struct vmm *v, const char *option)
{
	char command[600];
	FILE *f;

	snprintf(command, sizeof(command), "exec '%s' %s 2>&1 </dev/null", v->program, option);
	f = popen(command, "re");
	while (f && fgets(v->version, sizeof(v->version), f)) {
		v->version[strcspn(v->version, "\n")] = 0;
		if (v->version[0] && v->version[0] != '=')
			break;
	}
	if (f)
		pclose(f);
}

static void find_one(struct vmm *v, enum vmm_id id, const char *build)
{
	const char *other = known[id].env ? getenv(known[id].env) : NULL;
	char image[600];

	if (id == VMM_NATIVE)
		snprintf(v->program, sizeof(v->program), "%s/native", build);
	else if (other && *other)
		snprintf(v->program, sizeof(v->program), "%s", other);
	else if (id == VMM_REFVMM)
		find_refvmm(v, build);
	else if (!in_path(known[id].program, v->program))
		snprintf(v->missing, sizeof(v->missing), "no %s in PATH", known[id].program);
	if (!v->missing[0] && !runnable(v->program))
		snprintf(v->missing, sizeof(v->missing), "%.200s: not an executable file",
			 v->program);
	snprintf(image, sizeof(image), "%s/%s", build, v->image);
	if (!v->missing[0] && access(image, R_OK))
		snprintf(v->missing, sizeof(v->missing), "%.200s: %s", image, strerror(errno));
	if (id == VMM_BOCHS && !v->missing[0] && access(BOCHS_BIOS, R_OK))
		snprintf(v->missing, sizeof(v->missing), "no " BOCHS_BIOS " (package bochsbios)");
	if (id == VMM_BOCHS && !v->missing[0] && access(BOCHS_VGABIOS, R_OK))
		snprintf(v->missing, sizeof(v->missing), "no " BOCHS_VGABIOS " (package vgabios)");
	if (!v->missing[0] && id != VMM_NATIVE)
		find_version(v, id == VMM_BOCHS ? "--help" : "--version");
}

void vmm_find(struct vmm out[VMMS], const char *build)
{
	for (int i = 0; i < VMMS; i++) {
		out[i] = (struct vmm){.name = known[i].name,
				      .image = known[i].image,
				      .marker_fd = known[i].marker_fd};
		find_one(&out[i], (enum vmm_id)i, build);
	}
}

static void arg(struct vmm_command *c, const char *format, const char *value)
{
	unsigned n = 0;

	while (n < VMM_ARGS - 1 && c->argv[n])
		n++;
	if (n == VMM_ARGS - 1 || c->used >= sizeof(c->text))
		return;
	c->argv[n] = c->text + c->used;
	c->used +=
		(size_t)snprintf(c->text + c->used, sizeof(c->text) - c->used, format, value) + 1;
}

static void args(struct vmm_command *c, const char *const *list)
{
	while (*list)
		arg(c, "%s", *list++);
}

/* Debian's Bochs has the debugger built in: it needs a command file that
 * continues.  A low ips keeps the BIOS's delays short; the clock is not tied to
 * real time. */
static int write_bochs(const char *dir)
{
	char path[700];
	FILE *f;

	snprintf(path, sizeof(path), "%s/debugger", dir);
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fputs("c\n", f);
	if (fclose(f))
		return -errno;
	snprintf(path, sizeof(path), "%s/bochsrc", dir);
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fprintf(f,
		"megs: 32\n"
		"cpu: count=1, ips=1000000, reset_on_triple_fault=0\n"
		"clock: sync=none\n"
		"romimage: file=" BOCHS_BIOS "\n"
		"vgaromimage: file=" BOCHS_VGABIOS "\n"
		"display_library: rfb, options=\"timeout=0\"\n"
		"sound: driver=dummy\n"
		"port_e9_hack: enabled=1\n"
		"floppya: 1_44=%s/floppy.img, status=inserted, write_protected=1\n"
		"boot: floppy\n"
		"log: %s/bochs.log\n"
		"debugger_log: -\n"
		"panic: action=fatal\n",
		dir, dir);
	return fclose(f) ? -errno : 0;
}

int vmm_command(const struct vmm *v, enum vmm_id id, const char *dir, int limit_s,
		struct vmm_command *out)
{
	static const char *const qemu[] = {"-accel",
					   "tcg",
					   "-m",
					   "32",
					   "-display",
					   "none",
					   "-vga",
					   "none",
					   "-nic",
					   "none",
					   "-monitor",
					   "none",
					   "-serial",
					   "none",
					   "-no-reboot",
					   "-debugcon",
					   "file:/dev/fd/3",
					   "-device",
					   "isa-debug-exit,iobase=0xf4,iosize=1",
					   "-kernel",
					   NULL};
	static const char *const refvmm[] = {"-m",       "32",   "--display",  "none",
					     "--serial", "null", "--debugcon", "file:/dev/fd/3",
					     "--kernel", NULL};
	char limit[16];
	int err = 0;

	*out = (struct vmm_command){.used = 0};
	if (id == VMM_NATIVE) {
		arg(out, "%s/native", dir);
		return 0;
	}
	arg(out, "%s", v->program);
	switch (id) {
	case VMM_REFVMM:
		args(out, refvmm);
		arg(out, "%s/guest.elf", dir);
		snprintf(limit, sizeof(limit), "%d", limit_s);
		arg(out, "--limit-time", "");
		arg(out, "%s", limit);
		break;
	case VMM_QEMU_TCG:
		args(out, qemu);
		arg(out, "%s/guest.elf", dir);
		break;
	case VMM_BOCHS:
		err = write_bochs(dir);
		arg(out, "-q", "");
		arg(out, "-f", "");
		arg(out, "%s/bochsrc", dir);
		arg(out, "-rc", "");
		arg(out, "%s/debugger", dir);
		break;
	default:
		break;
	}
	return err;
}
