/* SPDX-License-Identifier: MIT
 * Multiboot 1: header rules, both load formats, the boot information, and every
 * way a kernel file can be wrong.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

#include <elf.h>

#define MIB       0x100000u
#define RAM_SIZE  (16 * MIB)
#define MAGIC     0x1badb002u
#define ADDRESSES 0x10000u

/* A small kernel file under construction: ELF header, two program headers, then
 * the Multiboot header, then code. */
static struct file {
	Elf32_Ehdr e;
	Elf32_Phdr p[2];
	u32 pad;
	u32 mb[8];
	u8 code[64];
	u8 rest[8192];
} f;

#define MB_AT   ((u32)offsetof(struct file, mb))
#define CODE_AT ((u32)offsetof(struct file, code))
_Static_assert(offsetof(struct file, mb) % 4 == 0, "the header search goes by 4");

static void header(u32 flags)
{
	f.mb[0] = MAGIC;
	f.mb[1] = flags;
	f.mb[2] = 0u - MAGIC - flags;
}

/* Linked at 0xC0100000, loaded at 1 MiB: 64 bytes of code and 32 of bss. */
static void elf_kernel(void)
{
	memset(&f, 0, sizeof(f));
	memcpy(f.e.e_ident, ELFMAG, SELFMAG);
	f.e.e_ident[EI_CLASS] = ELFCLASS32;
	f.e.e_ident[EI_DATA] = ELFDATA2LSB;
	f.e.e_type = ET_EXEC;
	f.e.e_machine = EM_386;
	f.e.e_entry = 0xc0100004;
	f.e.e_phoff = offsetof(struct file, p);
	f.e.e_phentsize = sizeof(Elf32_Phdr);
	f.e.e_phnum = 2;
	f.p[0] = (Elf32_Phdr){.p_type = PT_LOAD,
			      .p_offset = CODE_AT,
			      .p_vaddr = 0xc0100000,
			      .p_paddr = MIB,
			      .p_filesz = 64,
			      .p_memsz = 96};
	f.p[1] = (Elf32_Phdr){.p_type = PT_NOTE, .p_offset = 0xffffffff};
	for (unsigned i = 0; i < sizeof(f.code); i++)
		f.code[i] = (u8)(i + 1);
	header(3);
}

static int load_size(struct config *cfg, size_t size)
{
	char *path = file_with(&f, size);
	int rc;

	*cfg = (struct config){.stats_fd = -1, .memory = RAM_SIZE};
	rc = load_kernel("--kernel", path, RAM_SIZE, &cfg->kernel_image);
	unlink(path);
	return rc;
}

static int load(struct config *cfg)
{
	return load_size(cfg, sizeof(f));
}

static u8 *boot(const struct config *cfg, struct boot_state *b)
{
	u8 *ram = malloc(RAM_SIZE);

	memset(ram, 0xcc, RAM_SIZE);
	ck_assert_int_eq(load_multiboot(cfg, ram, RAM_SIZE, b), RC_OK);
	return ram;
}

static u32 word(const u8 *ram, u32 at)
{
	u32 v;

	memcpy(&v, ram + at, 4);
	return v;
}

START_TEST(elf)
{
	struct config cfg;
	struct boot_state b;
	u8 *ram;

	elf_kernel();
	ck_assert_int_eq(load(&cfg), RC_OK);
	ram = boot(&cfg, &b);
	ck_assert_uint_eq(b.eax, 0x2badb002);
	ck_assert_uint_eq(b.eip, MIB + 4);
	ck_assert_mem_eq(ram + MIB, f.code, 64);
	for (unsigned i = 64; i < 96; i++)
		ck_assert_uint_eq(ram[MIB + i], 0);
	ck_assert_uint_eq(ram[MIB + 96], 0xcc);
	ck_assert_uint_eq(ram[MIB - 1], 0xcc);
	free(ram);
	config_close(&cfg);
}
END_TEST

START_TEST(addresses)
{
	struct config cfg;
	struct boot_state b;
	u8 *ram;

	memset(&f, 0, sizeof(f)); /* no ELF at all */
	header(ADDRESSES);
	f.code[0] = 0x99;
	f.mb[3] = 0x200000 + MB_AT;        /* header_addr */
	f.mb[4] = 0x200000;                /* load_addr: file offset 0 */
	f.mb[5] = 0x200000 + CODE_AT + 64; /* load_end_addr */
	f.mb[6] = 0x200000 + CODE_AT + 80; /* bss_end_addr */
	f.mb[7] = 0x200000 + CODE_AT;      /* entry_addr */
	ck_assert_int_eq(load(&cfg), RC_OK);
	ram = boot(&cfg, &b);
	ck_assert_uint_eq(b.eip, 0x200000 + CODE_AT);
	ck_assert_uint_eq(ram[b.eip], 0x99);
	ck_assert_uint_eq(word(ram, 0x200000 + MB_AT), MAGIC);
	ck_assert_uint_eq(ram[0x200000 + CODE_AT + 79], 0);
	ck_assert_uint_eq(ram[0x200000 + CODE_AT + 80], 0xcc);
	free(ram);
	config_close(&cfg);
	/* Zero load_end_addr: to the end of the file; zero bss_end_addr: no bss. */
	f.mb[5] = f.mb[6] = 0;
	ck_assert_int_eq(load(&cfg), RC_OK);
	ck_assert_uint_eq(cfg.kernel_image.segment[0].mem_size, sizeof(f));
	config_close(&cfg);
}
END_TEST

START_TEST(information)
{
	struct config cfg;
	struct boot_state b;
	u64 available = 0, end = 0;
	u32 at, map, length;
	char want[100];
	u8 *ram;

	elf_kernel();
	ck_assert_int_eq(load(&cfg), RC_OK);
	cfg.append = "root=/dev/sda quiet";
	ram = boot(&cfg, &b);
	at = b.ebx;
	ck_assert_uint_eq(word(ram, at), 1 | 1 << 2 | 1 << 6 | 1 << 9);
	ck_assert_uint_eq(word(ram, at + 4), 639);
	ck_assert_uint_eq(word(ram, at + 8), RAM_SIZE / 1024 - 1024);
	snprintf(want, sizeof(want), "%s %s", cfg.kernel_image.path, cfg.append);
	ck_assert_str_eq((char *)ram + word(ram, at + 16), want);
	ck_assert_str_eq((char *)ram + word(ram, at + 64), "refvmm");
	length = word(ram, at + 44);
	map = word(ram, at + 48);
	for (u32 i = map; i < map + length; i += word(ram, i) + 4) {
		u64 base, size;

		memcpy(&base, ram + i + 4, 8);
		memcpy(&size, ram + i + 12, 8);
		ck_assert_uint_ge(base, end); /* sorted, no overlap */
		end = base + size;
		if (word(ram, i + 20) == 1)
			available += size;
	}
	ck_assert_uint_eq(end, 0x100000000ull);
	ck_assert_uint_eq(available, RAM_SIZE - MIB + 0x9fc00);
	free(ram);
	config_close(&cfg);
}
END_TEST

START_TEST(modules)
{
	char *a = file_with("first", 5), *b = file_with("2nd", 3), spec[100], want[60];
	struct config cfg;
	struct boot_state s;
	u32 mods;
	u8 *ram;

	elf_kernel();
	ck_assert_int_eq(load(&cfg), RC_OK);
	snprintf(spec, sizeof(spec), "%s,%s x y", a, b);
	snprintf(want, sizeof(want), "%s x y", b);
	ck_assert_int_eq(
		load_boot_files("--initrd", spec, KERNEL_MULTIBOOT, RAM_SIZE, &cfg.boot_files),
		RC_OK);
	ram = boot(&cfg, &s);
	ck_assert_uint_eq(word(ram, s.ebx) & 1 << 3, 1 << 3);
	ck_assert_uint_eq(word(ram, s.ebx + 20), 2);
	mods = word(ram, s.ebx + 24);
	ck_assert_uint_eq(word(ram, mods), MIB + 0x1000); /* behind the kernel, page aligned */
	ck_assert_uint_eq(word(ram, mods + 4), MIB + 0x1005);
	ck_assert_mem_eq(ram + word(ram, mods), "first", 5);
	ck_assert_str_eq((char *)ram + word(ram, mods + 8), a);
	ck_assert_uint_eq(word(ram, mods + 16), MIB + 0x2000);
	ck_assert_mem_eq(ram + word(ram, mods + 16), "2nd", 3);
	ck_assert_str_eq((char *)ram + word(ram, mods + 24), want);
	free(ram);
	unlink(a);
	unlink(b);
	config_close(&cfg);
}
END_TEST

/* With firmware the option ROM has to reach the information, and the firmware its
 * own data. */
START_TEST(with_firmware)
{
	struct config cfg;

	capture_stderr();
	elf_kernel();
	ck_assert_int_eq(load(&cfg), RC_OK);
	ck_assert_int_eq(boot_plan(&cfg, &cfg.boot_plan), RC_OK);
	ck_assert_uint_lt(cfg.boot_plan.block[0].phys, 0x90000);
	ck_assert_uint_eq(cfg.boot_plan.block[1].phys, MIB);
	ck_assert_uint_eq(cfg.boot_plan.block[1].mem_size, 96);
	config_close(&cfg);
	f.p[0].p_paddr = 0x8ffff;
	ck_assert_int_eq(load(&cfg), RC_OK);
	ck_assert_int_eq(boot_plan(&cfg, &cfg.boot_plan), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "where the firmware keeps its data"));
	config_close(&cfg);
}
END_TEST

/* The information never lands in the kernel, wherever that is. */
START_TEST(information_avoids_kernel)
{
	struct config cfg;
	struct boot_state b;
	u8 *ram;

	elf_kernel();
	f.p[1] = (Elf32_Phdr){.p_type = PT_LOAD,
			      .p_offset = CODE_AT,
			      .p_vaddr = 0x1000,
			      .p_paddr = 0x1000,
			      .p_filesz = 64,
			      .p_memsz = 0x9f000};
	ck_assert_int_eq(load(&cfg), RC_OK);
	ram = boot(&cfg, &b);
	ck_assert_uint_gt(b.ebx, MIB + 96);
	for (u32 i = 64; i < 0x9f000; i++)
		ck_assert_uint_eq(ram[0x1000 + i], 0);
	ck_assert_mem_eq(ram + MIB, f.code, 64);
	free(ram);
	config_close(&cfg);
}
END_TEST

START_TEST(append_too_long)
{
	struct config cfg;
	struct boot_state b;
	char *text = malloc(70000);
	u8 *ram = malloc(RAM_SIZE);

	capture_stderr();
	memset(text, 'x', 69999);
	text[69999] = 0;
	elf_kernel();
	ck_assert_int_eq(load(&cfg), RC_OK);
	cfg.append = text;
	ck_assert_int_eq(load_multiboot(&cfg, ram, RAM_SIZE, &b), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "refvmm: --append: no room for "));
	free(ram);
	free(text);
	config_close(&cfg);
}
END_TEST

/* Ways to spoil a good kernel, and what is said about it. */
static void no_header(void)
{
	f.mb[2]++;
}
static void late_header(void)
{
	memset(f.mb, 0, sizeof(f.mb));
	*(u32 *)(f.rest + 8192 - CODE_AT - 64) = MAGIC;
	((u32 *)(f.rest + 8192 - CODE_AT - 64))[2] = 0u - MAGIC;
}
static void video(void)
{
	header(4);
}
static void unknown_flag(void)
{
	header(8);
}
static void unlinked(void)
{
	f.e.e_type = ET_REL;
}
static void elf64(void)
{
	f.e.e_ident[EI_CLASS] = ELFCLASS64;
}
static void other_machine(void)
{
	f.e.e_machine = EM_ARM;
}
static void not_elf(void)
{
	f.e.e_ident[0] = 0;
}
static void headers_missing(void)
{
	f.e.e_phoff = sizeof(f) - 10;
}
static void headers_many(void)
{
	f.e.e_phnum = 0xffff;
}
static void segment_outside(void)
{
	f.p[0].p_offset = sizeof(f) - 63;
}
static void segment_shrinks(void)
{
	f.p[0].p_memsz = 63;
}
static void above_ram(void)
{
	f.p[0].p_paddr = RAM_SIZE - 95;
}
static void wraps(void)
{
	f.p[0].p_paddr = 0xfffffff0;
}
static void adapter(void)
{
	f.p[0].p_paddr = 0x9fff0;
}
static void overlap(void)
{
	f.p[1] = f.p[0];
	f.p[1].p_paddr += 95;
}
static void entry_outside(void)
{
	f.e.e_entry = 0xc0100060;
}
static void nothing_loaded(void)
{
	f.p[0].p_type = PT_NOTE;
}
static void bad_load_addr(void)
{
	header(ADDRESSES);
	f.mb[3] = MIB;
	f.mb[4] = MIB + 1;
}
static void load_before_file(void)
{
	header(ADDRESSES);
	f.mb[3] = MIB + MB_AT + 1;
	f.mb[4] = MIB;
}
static void bad_end(void)
{
	header(ADDRESSES);
	f.mb[3] = MIB + MB_AT;
	f.mb[4] = MIB;
	f.mb[5] = MIB - 1;
}
static void end_after_file(void)
{
	header(ADDRESSES);
	f.mb[3] = MIB + MB_AT;
	f.mb[4] = MIB;
	f.mb[5] = MIB + sizeof(f) + 1;
}
static void bss_inside(void)
{
	header(ADDRESSES);
	f.mb[3] = MIB + MB_AT;
	f.mb[4] = MIB;
	f.mb[5] = MIB + 200;
	f.mb[6] = MIB + 199;
}

static const struct {
	void (*spoil)(void);
	const char *said;
} spoilt[] = {
	{no_header, "has no Multiboot 1 header in its first 8 KiB"},
	{late_header, "has no Multiboot 1 header in its first 8 KiB"},
	{video, "requires a video mode from the loader: not supported"},
	{unknown_flag, "requires unknown Multiboot features"},
	{unlinked, "is an ELF file, but not an executable"},
	{elf64, "is no 32-bit x86 ELF file"},
	{other_machine, "is no 32-bit x86 ELF file"},
	{not_elf, "is neither ELF nor has Multiboot load addresses"},
	{headers_missing, "is truncated: program headers are missing"},
	{headers_many, "is truncated: program headers are missing"},
	{segment_outside, "is truncated: a segment ends after the end of the file"},
	{segment_shrinks, "has a segment larger in the file than in memory"},
	{above_ram, "needs more memory than --memory gives"},
	{wraps, "needs more memory than --memory gives"},
	{adapter, "has a segment in the adapter area 0xa0000-0xfffff"},
	{overlap, "has overlapping segments"},
	{entry_outside, "starts outside its segments"},
	{nothing_loaded, "starts outside its segments"},
	{bad_load_addr, "has inconsistent Multiboot addresses"},
	{load_before_file, "has inconsistent Multiboot addresses"},
	{bad_end, "has inconsistent Multiboot addresses"},
	{end_after_file, "is truncated: a segment ends after the end of the file"},
	{bss_inside, "has inconsistent Multiboot addresses"},
};

START_TEST(refused)
{
	struct config cfg;
	const char *text;

	capture_stderr();
	elf_kernel();
	spoilt[_i].spoil();
	ck_assert_int_eq(load(&cfg), RC_INPUT);
	text = printed();
	ck_assert_msg(strstr(text, spoilt[_i].said), "case %d said: %s", _i, text);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	ck_assert_ptr_null(cfg.kernel_image.bytes);
	config_close(&cfg);
}
END_TEST

/* Any truncation of the file is refused or loads only what is there; run under
 * the sanitizers this is where an out-of-range read would show. */
START_TEST(truncated_anywhere)
{
	struct config cfg;

	capture_stderr();
	elf_kernel();
	for (size_t n = 1; n < CODE_AT + 64; n++)
		ck_assert_int_eq(load_size(&cfg, n), RC_INPUT);
	ck_assert_int_eq(load_size(&cfg, CODE_AT + 64), RC_OK);
	config_close(&cfg);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, elf);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, information);
	tcase_add_test(tc, modules);
	tcase_add_test(tc, with_firmware);
	tcase_add_test(tc, information_avoids_kernel);
	tcase_add_test(tc, append_too_long);
	tcase_add_loop_test(tc, refused, 0, sizeof(spoilt) / sizeof(*spoilt));
	tcase_add_test(tc, truncated_anywhere);
}

TEST_MAIN("load_multiboot")
