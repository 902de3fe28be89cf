/* SPDX-License-Identifier: MIT
 * Robustness: random port, memory and interrupt cycles on a whole board, with
 * time passing.  Two thirds of the accesses hit claimed ports.  Nothing may
 * crash (MODE=ubsan, MODE=asan look closer), and disk and CD must still answer
 * IDENTIFY afterwards.  The seed is printed; DEVICES_SEED sets another.
 */
#include <stdio.h>

#include "devices/pcbench.h"

#define OPERATIONS 200000u

static u64 state;

static u32 rnd(void) /* xorshift64* */
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (u32)(state * 0x2545f4914f6cdd1dull >> 32);
}

static u16 random_port(void)
{
	const struct port_range *r = &pc_ports[rnd() % pc_port_ranges];

	if (rnd() % 3 == 0)
		return (u16)rnd();
	return (u16)(r->first + rnd() % (r->last - r->first + 1u));
}

static u32 random_address(void)
{
	switch (rnd() % 4) {
	case 0:
		return rnd();
	case 1: /* where BAR 0 is, if it is */
		return pci_get32(&pc->vga.fn, PCI_BAR0) + rnd() % 0x1001000;
	default:
		return 0x9fff0 + rnd() % 0x20020;
	}
}

/* Short programs that bring a chip into a state blind accesses rarely reach. */
static void floppy_command(void)
{
	static const u8 codes[] = {0xe6, 0x46, 0xc5, 0x45, 0x4d, 0x4a, 0x07, 0x0f, 0x02, 0xd6};
	u8 cmd[9] = {codes[rnd() % sizeof codes],
		     (u8)(rnd() & 5),
		     (u8)(rnd() % 82),
		     (u8)(rnd() & 1),
		     (u8)(1 + rnd() % 19),
		     2,
		     18,
		     0x1b,
		     0xff};

	pc_out(pc, 0x3f2, 0x1c, 1);
	pc_pass(MS);
	pc_out(pc, 0x0b, (rnd() & 0xfc) | 2, 1);
	pc_out(pc, 0x0a, 2, 1);
	for (unsigned i = 0; i < sizeof cmd; i++)
		pc_out(pc, 0x3f5, cmd[i], 1);
	pc_pass(MS);
	for (unsigned i = rnd() % 1100; i > 0; i--)
		pc_in(pc, 0x3f5, 1);
}

static void disk_command(void)
{
	static const u8 codes[] = {0x20, 0x24, 0x30, 0x34, 0xc4, 0xc5, 0xc6, 0x29,
				   0x39, 0x91, 0x40, 0xc8, 0xca, 0x25, 0x35};

	pc_out(pc, 0x3f6, rnd() & 0x82, 1);
	for (u16 port = 0x1f2; port < 0x1f6; port++)
		pc_out(pc, port, rnd() % 17, 1);
	pc_out(pc, 0x1f6, 0xa0 | (rnd() & 0x5f), 1);
	pc_out(pc, 0x1f7, codes[rnd() % sizeof codes], 1);
	pc_pass(MS);
	for (unsigned i = rnd() % 600; i > 0; i--)
		rnd() & 1 ? pc_out(pc, 0x1f0, rnd(), 4) : (void)pc_in(pc, 0x1f0, 4);
}

/* Somewhere in memory, any table. */
static void bus_master(void)
{
	u16 at = rnd() & 1 ? 0xc000 : 0xc008;

	pc_out(pc, 0xcf8, 0x80000920, 4);
	pc_out(pc, 0xcfc, 0xc000, 4);
	pc_out(pc, 0xcf8, 0x80000904, 4);
	pc_out(pc, 0xcfc, 5, 2);
	for (unsigned i = 0; i < 64; i++)
		ram[0x2000 + i] = (u8)rnd();
	pc_out(pc, at + 4, rnd() & 1 ? 0x2000 : rnd(), 4);
	pc_out(pc, at, rnd() & 9, 1);
}

static void packet_command(void)
{
	static const u8 codes[] = {0x00, 0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x42, 0x43,
				   0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbb, 0xbd, 0xbe, 0xee};

	pc_out(pc, 0x376, rnd() & 0x82, 1);
	pc_out(pc, 0x176, 0xa0, 1);
	pc_out(pc, 0x171, rnd() & 1, 1);
	pc_out(pc, 0x174, rnd(), 1);
	pc_out(pc, 0x175, rnd() & rnd(), 1);
	pc_out(pc, 0x177, 0xa0, 1);
	pc_out(pc, 0x170, codes[rnd() % sizeof codes] | (rnd() & rnd() & 0xff00), 2);
	for (unsigned i = 0; i < 5; i++)
		pc_out(pc, 0x170, rnd() & rnd() & rnd(), 2);
	pc_pass(MS);
	for (unsigned i = rnd() % 600; i > 0; i--)
		pc_in(pc, 0x170, 4);
}

static void vga_burst(void)
{
	pc_out(pc, 0x3c2, 0x67, 1);
	pc_out(pc, 0x1ce, 4, 2);
	pc_out(pc, 0x1cf, rnd() % 8 == 0 ? 0x41 : 0, 2);
	for (u16 i = 0; i < 9; i++)
		pc_out(pc, 0x3ce, (rnd() & 0xff00) | i, 2);
	pc_out(pc, 0x3c4, (rnd() & 0xff00) | 2, 2);
	pc_out(pc, 0x3c4, (rnd() & 0xff00) | 4, 2);
	for (unsigned i = 0; i < 64; i++) {
		pc_mmio_write(pc, 0xa0000 + rnd() % 0x20000, rnd(), 4);
		pc_mmio_read(pc, 0xa0000 + rnd() % 0x20000, 4);
	}
}

static void clock_seconds(void)
{
	for (u16 i = 0; i < 10; i++)
		pc_out(pc, 0x70, (rnd() & 0xff00) | i, 2);
	pc_out(pc, 0x70, 0x260a, 2);
	pc_out(pc, 0x70, (rnd() & 0x7f00) | 0x0b, 2);
	for (unsigned i = rnd() % 4; i > 0; i--) {
		pc_out(pc, 0x70, 0x0c, 1);
		pc_in(pc, 0x71, 1);
		pc_pass(S);
	}
}

static void one_program(void)
{
	switch (rnd() % 6) {
	case 4:
		bus_master();
		break;
	case 5:
		packet_command();
		break;
	case 0:
		floppy_command();
		break;
	case 1:
		disk_command();
		break;
	case 2:
		vga_burst();
		break;
	default:
		clock_seconds();
		break;
	}
}

static void one_operation(void)
{
	unsigned size = 1u << rnd() % 3;

	switch (rnd() % 16) {
	case 0:
		pc_pass(rnd() % 2000000);
		break;
	case 1:
		pc_intack(pc);
		break;
	case 2:
		pc_mmio_read(pc, random_address(), size);
		break;
	case 3:
	case 4:
		pc_mmio_write(pc, random_address(), rnd(), size);
		break;
	case 5:
		pc_key(pc, (enum key)(rnd() % KEY_COUNT), (enum key_move)(rnd() % 3));
		pc_mouse(pc, (s32)rnd(), (s32)rnd(), (s32)rnd(), (u8)rnd());
		break;
	case 6:
		bench.now += rnd() % 100000; /* a host that is late */
		break;
	case 7:
	case 8:
	case 9:
	case 10:
		pc_in(pc, random_port(), size);
		break;
	default:
		pc_out(pc, random_port(), rnd() & 1 ? rnd() : rnd() & 0xff, size);
		break;
	}
}

static int sink(void *arg, const u8 *data, int n)
{
	return rnd() & 3 ? n : 0;
}

static int source(void *arg, u8 *data, int n)
{
	*data = (u8)rnd();
	return 1;
}

START_TEST(survives_random_accesses)
{
	struct pc_block disk = *bench_disk(4096), floppy = *bench_disk(2880);
	struct pc_block hdb = *bench_disk(100), cd = *bench_disk(1000);
	static u8 rom[40000] = {0x55, 0xaa, 79};
	struct pc_config c = {
		.ram_size = 16u << 20,
		.hda = &disk,
		.hdb = &hdb,
		.cdrom = &cd,
		.floppy = &floppy,
		.com1 = {NULL, sink, source},
		.debugcon = {NULL, sink, NULL},
		.vgabios = rom,
		.vgabios_size = sizeof rom,
		.boot_order = "ac",
	};
	const char *seed = getenv("DEVICES_SEED");
	static struct pc_screen screen;

	state = seed ? strtoull(seed, NULL, 0) : 0x9e3779b97f4a7c15ull;
	printf("seed 0x%llx\n", (unsigned long long)state);
	state |= 1;
	pc_setup(&c);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		one_operation();
		if (i % 500 == 0)
			one_program();
		if (i % 1000 == 0)
			pc_screen_text(pc, &screen);
		if (i % 20000 == 0)
			pc_reset(pc);
	}
	pc_reset(pc);
	pc_out(pc, 0x1f6, 0xe0, 1);
	pc_out(pc, 0x1f2, 1, 1);
	pc_out(pc, 0x1f7, 0xec, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_in(pc, 0x1f7, 1), 0x58);
	pc_out(pc, 0x177, 0xa1, 1);
	pc_pass(MS);
	ck_assert_uint_eq(pc_in(pc, 0x177, 1), 0x58);
	pc_destroy(pc);
	free(disk.arg);
	free(floppy.arg);
	free(hdb.arg);
	free(cd.arg);
}
END_TEST

BENCH_MAIN("pc_random", survives_random_accesses)
