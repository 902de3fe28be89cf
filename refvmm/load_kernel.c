/* SPDX-License-Identifier: MIT
 * --kernel and --initrd: which kind of kernel a file is, the files that go with
 * it, and the plan that fits.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static int neither(const char *opt, const struct kernel_image *k)
{
	if (k->size >= SELFMAG && !memcmp(k->bytes, ELFMAG, SELFMAG))
		return refuse(RC_INPUT, opt,
			      "'%s' is an ELF file, but has no Multiboot 1 header in its first "
			      "8 KiB",
			      k->path);
	return refuse(RC_INPUT, opt,
		      "'%s' is no Linux kernel and has no Multiboot 1 header in its first 8 KiB",
		      k->path);
}

int load_kernel(const char *opt, const char *path, u64 ram_size, struct kernel_image *out)
{
	int rc;

	*out = (struct kernel_image){.path = path};
	rc = load_file(opt, path, ram_size, &out->bytes, &out->size);
	if (rc)
		return rc;
	if (multiboot_found(out)) {
		rc = multiboot_check(opt, out, ram_size);
	} else if (linux_found(out)) {
		out->kind = KERNEL_LINUX;
		rc = linux_check(opt, out);
	} else {
		rc = neither(opt, out);
	}
	if (rc) {
		free(out->bytes);
		out->bytes = NULL;
	}
	return rc;
}

/* One element of a list with commas, ",," standing for ','; *s moves behind it. */
static char *next_element(const char **s)
{
	char *text = malloc(strlen(*s) + 1), *to = text;

	if (!text)
		return NULL;
	for (; **s; (*s)++) {
		if (**s == ',' && *++*s != ',')
			break;
		*to++ = **s;
	}
	*to = 0;
	return text;
}

static int load_module(const char *opt, struct boot_file *f, u64 ram_size)
{
	size_t n = strcspn(f->text, " ");
	char *path = strndup(f->text, n);
	int rc;

	if (!path)
		return refuse(RC_INTERNAL, opt, "out of memory");
	rc = load_file(opt, path, ram_size, &f->data, &f->size);
	free(path);
	return rc;
}

int load_boot_files(const char *opt, const char *spec, enum kernel_kind kind, u64 ram_size,
		    struct boot_files *out)
{
	const char *s = spec;

	while (*s) {
		struct boot_file *f = &out->file[out->n];
		int rc;

		if (out->n == BOOT_FILES)
			return refuse(RC_INPUT, opt, "names more than %u files", BOOT_FILES);
		f->text = kind == KERNEL_LINUX ? strdup(s) : next_element(&s);
		if (!f->text)
			return refuse(RC_INTERNAL, opt, "out of memory");
		out->n++;
		if (kind == KERNEL_LINUX) /* one file, whatever its name */
			return load_file(opt, f->text, ram_size, &f->data, &f->size);
		rc = load_module(opt, f, ram_size);
		if (rc)
			return rc;
	}
	return RC_OK;
}

void free_boot_files(struct boot_files *files)
{
	for (unsigned i = 0; i < files->n; i++) {
		free(files->file[i].data);
		free((char *)files->file[i].text);
	}
	*files = (struct boot_files){0};
}

int boot_plan(const struct config *cfg, struct boot_plan *out)
{
	if (cfg->kernel_image.kind == KERNEL_LINUX)
		return linux_plan(cfg, out);
	return multiboot_plan(cfg, true, out);
}

void boot_plan_free(struct boot_plan *plan)
{
	for (unsigned i = 0; i < sizeof(plan->owned) / sizeof(*plan->owned); i++)
		free(plan->owned[i]);
	*plan = (struct boot_plan){0};
}
