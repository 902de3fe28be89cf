/* SPDX-License-Identifier: MIT
 * Linux kernels, bzImage and zImage, as a boot loader starts them in real mode
 * (Documentation/x86/boot.rst, protocols 2.00 to 2.15; offsets are of the setup
 * header there).  Addresses are those QEMU chooses, so that a kernel prints the
 * same.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"

#include <stdlib.h>
#include <string.h>

/* Setup header. */
enum {
	SETUP_SECTS = 0x1f1,
	SYSSIZE = 0x1f4, /* 16 bytes each, of what follows the setup code */
	VID_MODE = 0x1fa,
	BOOT_FLAG = 0x1fe,
	HEADER = 0x202,
	VERSION = 0x206,
	TYPE_OF_LOADER = 0x210,
	LOADFLAGS = 0x211,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	HEAP_END_PTR = 0x224,
	CMD_LINE_PTR = 0x228,
	INITRD_ADDR_MAX = 0x22c,
	CMDLINE_SIZE = 0x238,
	HEADER_END = 0x268,
	LOADED_HIGH = 0x01,  /* LOADFLAGS */
	CAN_USE_HEAP = 0x80, /* LOADFLAGS */
	/* The place of the command line before protocol 2.02. */
	CL_MAGIC = 0x20,
	CL_OFFSET = 0x22,
};

#define HDRS         0x53726448u /* "HdrS" */
#define LOADER_ID    0xb0        /* the number registered for QEMU: same layout, same quirks */
#define LINUX_HIGH   0x100000u
#define LINUX_LOW    0x10000u /* zImage */
#define INITRD_OLD   0x37ffffffu
#define STACK_MARGIN 16u

static u32 get(const u8 *p, unsigned n)
{
	u32 v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (u32)p[i] << 8 * i;
	return v;
}

static void put(u8 *p, u32 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (u8)(v >> 8 * i);
}

static u32 setup_size(const u8 *k)
{
	return ((k[SETUP_SECTS] ? k[SETUP_SECTS] : 4u) + 1) * 512;
}

bool linux_found(const struct kernel_image *k)
{
	return k->size >= HEADER_END && get(k->bytes + BOOT_FLAG, 2) == 0xaa55 &&
	       get(k->bytes + HEADER, 4) == HDRS;
}

int linux_check(const char *opt, const struct kernel_image *k)
{
	if (get(k->bytes + VERSION, 2) < 0x200)
		return refuse(RC_INPUT, opt, "'%s' has Linux boot protocol %u.%02u, too old",
			      k->path, k->bytes[VERSION + 1], k->bytes[VERSION]);
	u32 version = get(k->bytes + VERSION, 2);
	u64 whole = setup_size(k->bytes) + 16ull * get(k->bytes + SYSSIZE, version < 0x204 ? 2 : 4);

	if (setup_size(k->bytes) >= k->size)
		return refuse(RC_INPUT, opt, "'%s' is truncated: it ends in its setup code",
			      k->path);
	/* The last paragraph may be short. */
	if (whole - 15 > k->size)
		return refuse(RC_INPUT, opt, "'%s' is truncated: it has %llu bytes of %llu",
			      k->path, (unsigned long long)k->size, (unsigned long long)whole);
	return RC_OK;
}

/* vga=MODE is the loader's to handle; the kernel never reads it. */
static int video_mode(const char *append, u8 *setup)
{
	const char *s = strstr(append, "vga=");
	char *end;
	u32 mode;

	if (!s || (s != append && s[-1] != ' '))
		return RC_OK;
	s += 4;
	if (!strncmp(s, "normal", 6))
		mode = 0xffff;
	else if (!strncmp(s, "ext", 3))
		mode = 0xfffe;
	else if (!strncmp(s, "ask", 3))
		mode = 0xfffd;
	else {
		mode = (u32)strtoul(s, &end, 0);
		if (end == s || (*end && *end != ' ') || mode > 0xffff)
			return refuse(RC_INPUT, "--append", "'%.20s' is no video mode", s);
	}
	put(setup + VID_MODE, mode, 2);
	return RC_OK;
}

/* As high as kernel, RAM and firmware allow. */
static int place_initrd(const struct config *cfg, u8 *setup, struct boot_plan *p, u64 kernel_end)
{
	const struct boot_file *f = &cfg->boot_files.file[0];
	u32 version = get(setup + VERSION, 2);
	u64 top = version >= 0x203 ? get(setup + INITRD_ADDR_MAX, 4) : INITRD_OLD;
	u64 at;

	if (!cfg->boot_files.n)
		return RC_OK;
	if (top >= cfg->memory - FIRMWARE_TOP)
		top = cfg->memory - FIRMWARE_TOP - 1;
	at = f->size < top ? (top - f->size) & ~0xfffull : 0;
	if (at < kernel_end || at < LINUX_HIGH)
		return refuse(RC_INPUT, "--initrd", "'%s' needs more memory than --memory gives",
			      f->text);
	put(setup + RAMDISK_IMAGE, (u32)at, 4);
	put(setup + RAMDISK_SIZE, (u32)f->size, 4);
	p->block[p->n++] = (struct boot_block){
		.data = f->data, .size = (u32)f->size, .mem_size = (u32)f->size, .phys = (u32)at};
	return RC_OK;
}

int linux_plan(const struct config *cfg, struct boot_plan *out)
{
	const struct kernel_image *k = &cfg->kernel_image;
	const char *append = cfg->append ? cfg->append : "";
	u32 version = get(k->bytes + VERSION, 2), size = setup_size(k->bytes), real, cmdline,
	    kernel = LINUX_HIGH, text_size = ((u32)strlen(append) + 16) & ~15u;
	bool high = k->bytes[LOADFLAGS] & LOADED_HIGH;
	u8 *setup, *text;
	int rc = RC_OK;

	*out = (struct boot_plan){.kind = KERNEL_LINUX};
	out->owned[0] = setup = malloc(size);
	out->owned[1] = text = calloc(1, text_size);
	if (!setup || !text)
		return refuse(RC_INTERNAL, "--kernel", "out of memory");
	memcpy(text, append, strlen(append));
	memcpy(setup, k->bytes, size);
	if (high && version >= 0x202) {
		real = 0x10000;
		cmdline = 0x20000;
	} else {
		real = 0x90000;
		cmdline = 0x9a000 - text_size;
		kernel = high ? LINUX_HIGH : LINUX_LOW;
	}
	if (version >= 0x206 && get(setup + CMDLINE_SIZE, 4) &&
	    strlen(append) > get(setup + CMDLINE_SIZE, 4))
		return refuse(RC_INPUT, "--append", "has %zu characters, the kernel takes %u",
			      strlen(append), get(setup + CMDLINE_SIZE, 4));
	if (text_size > 0x10000 || (u64)real + size > (real < cmdline ? cmdline : 0xa0000))
		return refuse(RC_INPUT, "--append", "no room for %zu characters", strlen(append));
	if ((u64)kernel + k->size - size > (high ? cfg->memory - FIRMWARE_TOP : 0x90000))
		return refuse(RC_INPUT, "--kernel", "'%s' needs more memory than --memory gives",
			      k->path);
	if (version >= 0x202) {
		put(setup + CMD_LINE_PTR, cmdline, 4);
	} else {
		put(setup + CL_MAGIC, 0xa33f, 2);
		put(setup + CL_OFFSET, cmdline - real, 2);
	}
	setup[TYPE_OF_LOADER] = LOADER_ID;
	if (version >= 0x201) {
		setup[LOADFLAGS] |= CAN_USE_HEAP;
		put(setup + HEAP_END_PTR, cmdline - real - 0x200, 2);
	}
	rc = video_mode(append, setup);
	out->block[0] =
		(struct boot_block){.data = setup, .size = size, .mem_size = size, .phys = real};
	out->block[1] = (struct boot_block){.data = k->bytes + size,
					    .size = (u32)(k->size - size),
					    .mem_size = (u32)(k->size - size),
					    .phys = kernel};
	out->block[2] = (struct boot_block){
		.data = text, .size = text_size, .mem_size = text_size, .phys = cmdline};
	out->n = 3;
	if (!rc)
		rc = place_initrd(cfg, setup, out, (u64)kernel + k->size - size);
	/* boot.rst, "Running the kernel": entry 20h paragraphs behind the start. */
	out->cs = (u16)((real >> 4) + 0x20);
	out->ss = (u16)(real >> 4);
	out->sp = (u16)(cmdline - real - STACK_MARGIN);
	return rc;
}
