/* SPDX-License-Identifier: MIT
 * Linux kernels: the setup header as a boot loader has to fill it in, where
 * everything goes, the option ROM made from it, and what is refused.
 */
#include "refvmm/bootrom.h"
#include "refvmm/config.h"
#include "refvmm/exit.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

#define MIB      0x100000u
#define RAM_SIZE (64 * MIB)
#define SETUP    (5 * 512u)
#define KERNEL   3000u

static u8 file[SETUP + KERNEL];
static struct config cfg;

static void put(u32 at, u32 v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		file[at + i] = (u8)(v >> 8 * i);
}

static u32 get(const u8 *p, u32 at, unsigned n)
{
	u32 v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (u32)p[at + i] << 8 * i;
	return v;
}

static void bzimage(u16 version)
{
	memset(file, 0x11, SETUP);
	memset(file + SETUP, 0x22, KERNEL);
	file[0x1f1] = 4;
	put(0x1f4, (KERNEL + 15) / 16, version < 0x204 ? 2 : 4);
	put(0x1fa, 0xffff, 2);
	put(0x1fe, 0xaa55, 2);
	memcpy(file + 0x202, "HdrS", 4);
	put(0x206, version, 2);
	file[0x211] = 1;
	put(0x218, 0, 4);
	put(0x21c, 0, 4);
	put(0x22c, 0x37ffffff, 4);
	put(0x238, 2047, 4);
}

static int load_size(size_t size)
{
	char *path = file_with(file, size);
	int rc;

	cfg = (struct config){.stats_fd = -1, .memory = RAM_SIZE, .bios = "b"};
	rc = load_kernel("--kernel", path, RAM_SIZE, &cfg.kernel_image);
	unlink(path);
	return rc;
}

static int plan(const char *append, size_t initrd)
{
	ck_assert_int_eq(load_size(sizeof(file)), RC_OK);
	cfg.append = append;
	if (initrd) {
		cfg.boot_files.n = 1;
		cfg.boot_files.file[0] = (struct boot_file){
			.data = calloc(1, initrd), .size = initrd, .text = strdup("initrd")};
	}
	return boot_plan(&cfg, &cfg.boot_plan);
}

START_TEST(modern)
{
	const struct boot_plan *p = &cfg.boot_plan;
	const u8 *s;

	bzimage(0x20f);
	ck_assert_int_eq(plan("root=/dev/sda quiet", 0x12345), RC_OK);
	ck_assert_uint_eq(p->n, 4);
	ck_assert_uint_eq(p->block[0].phys, 0x10000);
	ck_assert_uint_eq(p->block[0].size, SETUP);
	s = p->block[0].data;
	ck_assert_uint_eq(s[0x210], 0xb0);
	ck_assert_uint_eq(s[0x211], 0x81);
	ck_assert_uint_eq(get(s, 0x224, 2), 0xfe00);
	ck_assert_uint_eq(get(s, 0x228, 4), 0x20000);
	ck_assert_uint_eq(get(s, 0x1fa, 2), 0xffff);
	ck_assert_uint_eq(p->block[1].phys, MIB);
	ck_assert_uint_eq(p->block[1].size, KERNEL);
	ck_assert_uint_eq(p->block[1].data[0], 0x22);
	ck_assert_uint_eq(p->block[2].phys, 0x20000);
	ck_assert_str_eq((const char *)p->block[2].data, "root=/dev/sda quiet");
	/* The last page below what the firmware keeps. */
	ck_assert_uint_eq(p->block[3].phys, RAM_SIZE - 0x20000 - 0x13000);
	ck_assert_uint_eq(get(s, 0x218, 4), p->block[3].phys);
	ck_assert_uint_eq(get(s, 0x21c, 4), 0x12345);
	ck_assert_uint_eq(p->cs, 0x1020);
	ck_assert_uint_eq(p->ip, 0);
	ck_assert_uint_eq(p->ss, 0x1000);
	ck_assert_uint_eq(p->sp, 0xfff0);
	config_close(&cfg);
}
END_TEST

START_TEST(initrd_limit_of_the_kernel)
{
	bzimage(0x20f);
	put(0x22c, 0x1ffffff, 4);
	ck_assert_int_eq(plan(NULL, 0x1000), RC_OK);
	ck_assert_uint_eq(cfg.boot_plan.block[3].phys, 0x1ffe000);
	config_close(&cfg);
}
END_TEST

/* Protocol 2.00: high kernel, but setup and command line in the last segment. */
START_TEST(old)
{
	const u8 *s;

	bzimage(0x200);
	ck_assert_int_eq(plan("a", 0), RC_OK);
	s = cfg.boot_plan.block[0].data;
	ck_assert_uint_eq(cfg.boot_plan.block[0].phys, 0x90000);
	ck_assert_uint_eq(cfg.boot_plan.block[1].phys, MIB);
	ck_assert_uint_eq(cfg.boot_plan.block[2].phys, 0x9a000 - 16);
	ck_assert_uint_eq(get(s, 0x20, 2), 0xa33f);
	ck_assert_uint_eq(get(s, 0x22, 2), 0xa000 - 16);
	ck_assert_uint_eq(s[0x211], 1); /* no heap flag yet */
	ck_assert_uint_eq(cfg.boot_plan.cs, 0x9020);
	config_close(&cfg);
}
END_TEST

START_TEST(zimage)
{
	bzimage(0x201);
	file[0x211] = 0;
	ck_assert_int_eq(plan(NULL, 0), RC_OK);
	ck_assert_uint_eq(cfg.boot_plan.block[1].phys, 0x10000);
	ck_assert_uint_eq(cfg.boot_plan.block[0].phys, 0x90000);
	config_close(&cfg);
}
END_TEST

static const struct {
	const char *append;
	u32 mode;
} modes[] = {{"vga=788", 788},       {"quiet vga=0x317", 0x317}, {"vga=normal x", 0xffff},
	     {"vga=ask", 0xfffd},    {"vga=ext", 0xfffe},        {"novga=5", 0xffff},
	     {"video=vga=5", 0xffff}};

START_TEST(video_mode)
{
	bzimage(0x20f);
	ck_assert_int_eq(plan(modes[_i].append, 0), RC_OK);
	ck_assert_uint_eq(get(cfg.boot_plan.block[0].data, 0x1fa, 2), modes[_i].mode);
	config_close(&cfg);
}
END_TEST

START_TEST(refused_files)
{
	capture_stderr();
	bzimage(0x1ff);
	ck_assert_int_eq(load_size(sizeof(file)), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "has Linux boot protocol 1.255, too old"));
	bzimage(0x20f);
	for (size_t n = 1; n <= SETUP; n += 61)
		ck_assert_int_eq(load_size(n), RC_INPUT);
	printed();
	ck_assert_int_eq(load_size(SETUP), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "is truncated: it ends in its setup code"));
	ck_assert_int_eq(load_size(sizeof(file) - 1), RC_OK); /* the last paragraph */
	ck_assert_int_eq(load_size(SETUP + KERNEL / 2), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "is truncated: it has 4060 bytes of 5568"));
	file[0x203]++;
	ck_assert_int_eq(load_size(sizeof(file)), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "is no Linux kernel and has no Multiboot 1"));
}
END_TEST

START_TEST(refused_plans)
{
	char *line = malloc(2100);

	capture_stderr();
	memset(line, 'x', 2099);
	line[2099] = 0;
	bzimage(0x20f);
	ck_assert_int_eq(plan(line, 0), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "--append: has 2099 characters, the kernel takes"));
	config_close(&cfg);
	ck_assert_int_eq(plan("vga=big", 0), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "--append: 'big' is no video mode"));
	config_close(&cfg);
	ck_assert_int_eq(plan(NULL, RAM_SIZE - MIB), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "--initrd: 'initrd' needs more memory"));
	config_close(&cfg);
	free(line);
}
END_TEST

START_TEST(modules_are_split)
{
	char *a = file_with("aa", 2), *b = file_with("bbb", 3), spec[200];
	struct boot_files f = {.n = 0};

	capture_stderr();
	snprintf(spec, sizeof(spec), "%s one,,two,%s", a, b);
	ck_assert_int_eq(load_boot_files("--initrd", spec, KERNEL_MULTIBOOT, RAM_SIZE, &f), RC_OK);
	ck_assert_uint_eq(f.n, 2);
	ck_assert_uint_eq(f.file[0].size, 2);
	ck_assert_uint_eq(f.file[1].size, 3);
	ck_assert_str_eq(f.file[0].text + strlen(a), " one,two");
	ck_assert_str_eq(f.file[1].text, b);
	free_boot_files(&f);
	/* For Linux the name is taken as it is. */
	ck_assert_int_eq(load_boot_files("--initrd", spec, KERNEL_LINUX, RAM_SIZE, &f), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "one,,two"));
	free_boot_files(&f);
	unlink(a);
	unlink(b);
}
END_TEST

START_TEST(option_rom)
{
	struct bootrom *rom = calloc(1, sizeof(*rom));
	u8 sum = 0, pnp = 0;

	bzimage(0x20f);
	ck_assert_int_eq(plan("x", 5), RC_OK);
	bootrom_build(&cfg.boot_plan, rom);
	ck_assert_uint_eq(get(rom->image, 0, 2), 0xaa55);
	ck_assert_uint_eq(rom->image[2], BOOTROM_SIZE / 512);
	for (unsigned i = 0; i < BOOTROM_SIZE; i++)
		sum = (u8)(sum + rom->image[i]);
	ck_assert_uint_eq(sum, 0);
	ck_assert_mem_eq(rom->image + get(rom->image, 0x1a, 2), "$PnP", 4);
	for (unsigned i = 0; i < 32; i++)
		pnp = (u8)(pnp + rom->image[get(rom->image, 0x1a, 2) + i]);
	ck_assert_uint_eq(pnp, 0);
	ck_assert_mem_eq(rom->image + 0x40, "vmproof1", 8);
	/* Second block: select and read item 8101h, 3000 bytes, to 1 MiB. */
	ck_assert_mem_eq(rom->image + 0x70, "\x81\x01\0\x0a\0\0\x0b\xb8\0\0\0\0\0\x10\0\0", 16);
	ck_assert_uint_eq(rom->n_items, 5);
	ck_assert_uint_eq(rom->item[1].select, 0x8101);
	ck_assert_uint_eq(rom->item[1].size, KERNEL);
	ck_assert_str_eq(rom->item[4].name, "genroms/kernel.rom");
	config_close(&cfg);
	free(rom);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, modern);
	tcase_add_test(tc, initrd_limit_of_the_kernel);
	tcase_add_test(tc, old);
	tcase_add_test(tc, zimage);
	tcase_add_loop_test(tc, video_mode, 0, sizeof(modes) / sizeof(*modes));
	tcase_add_test(tc, refused_files);
	tcase_add_test(tc, refused_plans);
	tcase_add_test(tc, modules_are_split);
	tcase_add_test(tc, option_rom);
}

TEST_MAIN("load_linux")
