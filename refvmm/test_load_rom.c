/* SPDX-License-Identifier: MIT
 * Firmware and option ROM checks.
 */
#include "refvmm/exit.h"
#include "refvmm/load.h"
#include "refvmm/test_capture.h"
#include "refvmm/test_main.h"

static u8 bytes[320 * 1024];

static int bios(unsigned size, struct rom_image *rom)
{
	char *path = file_with(bytes, size);
	int rc = load_bios("--bios", path, rom);

	unlink(path);
	return rc;
}

static int option_rom(unsigned size, struct rom_image *rom)
{
	char *path = file_with(bytes, size);
	int rc = load_option_rom("--vgabios", path, rom);

	unlink(path);
	return rc;
}

START_TEST(bios_sizes)
{
	static const struct {
		unsigned kib;
		int rc;
	} sizes[] = {{32, RC_INPUT}, {64, RC_OK},  {96, RC_INPUT}, {128, RC_OK},
		     {192, RC_OK},   {256, RC_OK}, {320, RC_INPUT}};
	struct rom_image rom;

	capture_stderr();
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned size = sizes[i].kib * 1024;

		memset(bytes, 0, sizeof(bytes));
		bytes[size - 16] = 0xea;
		bytes[0] = 0x5a;
		ck_assert_msg(bios(size, &rom) == sizes[i].rc, "%u KiB", sizes[i].kib);
		if (sizes[i].rc)
			continue;
		ck_assert_uint_eq(rom.size, size);
		ck_assert_uint_eq(rom.data[0], 0x5a);
		ck_assert_uint_eq(rom.data[size - 16], 0xea);
		free(rom.data);
	}
}
END_TEST

START_TEST(bios_without_code)
{
	struct rom_image rom;

	capture_stderr();
	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_int_eq(bios(65536, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "has no code at the reset vector\n"));
}
END_TEST

/* A correct 1 KiB ROM, which each case then spoils. */
static void good_rom(void)
{
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 0x55;
	bytes[1] = 0xaa;
	bytes[2] = 2;
	bytes[3] = 0xc3;
	bytes[1023] = (u8) - (0x55 + 0xaa + 2 + 0xc3);
}

START_TEST(option_roms)
{
	struct rom_image rom;

	capture_stderr();
	good_rom();
	ck_assert_int_eq(option_rom(1024, &rom), RC_OK);
	ck_assert_uint_eq(rom.size, 1024);
	free(rom.data);
	ck_assert_int_eq(option_rom(2048, &rom), RC_OK); /* padding is no error */
	free(rom.data);
	ck_assert_int_eq(option_rom(65537, &rom), RC_INPUT);
	printed();
	ck_assert_int_eq(option_rom(512, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "is truncated\n"));
	bytes[500] ^= 1;
	ck_assert_int_eq(option_rom(1024, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "has a wrong checksum\n"));
	bytes[2] = 0;
	ck_assert_int_eq(option_rom(1024, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "is truncated\n"));
	bytes[1] = 0;
	ck_assert_int_eq(option_rom(1024, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "has no option ROM signature\n"));
	good_rom();
	ck_assert_int_eq(option_rom(2, &rom), RC_INPUT);
	ck_assert_ptr_nonnull(strstr(printed(), "has no option ROM signature\n"));
}
END_TEST

/* The images that Debian ships are the ones people use. */
START_TEST(packaged_images)
{
	static const char *const roms[] = {"/usr/share/seabios/vgabios-stdvga.bin",
					   "/usr/share/vgabios/vgabios.bin"};
	static const char *const firmware[] = {
		"/usr/share/seabios/bios.bin", "/usr/share/seabios/bios-256k.bin",
		"/usr/share/bochs/BIOS-bochs-latest", "/usr/share/bochs/BIOS-bochs-legacy"};
	struct rom_image rom;
	unsigned found = 0;

	for (unsigned i = 0; i < sizeof(firmware) / sizeof(*firmware); i++) {
		if (access(firmware[i], R_OK))
			continue;
		ck_assert_int_eq(load_bios("--bios", firmware[i], &rom), RC_OK);
		free(rom.data);
		found++;
	}
	for (unsigned i = 0; i < sizeof(roms) / sizeof(*roms); i++) {
		if (access(roms[i], R_OK))
			continue;
		ck_assert_int_eq(load_option_rom("--vgabios", roms[i], &rom), RC_OK);
		free(rom.data);
		found++;
	}
	ck_assert_msg(found, "none of the packages seabios, vgabios, bochsbios is installed");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, bios_sizes);
	tcase_add_test(tc, bios_without_code);
	tcase_add_test(tc, option_roms);
	tcase_add_test(tc, packaged_images);
}

TEST_MAIN("load_rom")
