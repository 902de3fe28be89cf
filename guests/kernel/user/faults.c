/* SPDX-License-Identifier: MIT
 * What user mode must not do: a child each, which the kernel ends with -100
 * minus the vector (Intel SDM volume 3A, table 6-1).
 */
#include "guests/kernel/user/user.h"

/* Addresses that the compiler knows nothing of. */
static volatile u32 *at(u32 address)
{
	__asm__("" : "+r"(address));
	return (volatile u32 *)address;
}

static void null_write(void)
{
	*at(0) = 1;
}
static void null_read(void)
{
	(void)*at(8);
}
static void kernel_read(void)
{
	(void)*at(0xc0100000);
}
static void kernel_write(void)
{
	*at(0xc0100000) = 1;
}
static void kernel_jump(void)
{
	((void (*)(void))(u32)at(0xc0100000))();
}
static void across(void) /* the last user bytes and the first of the kernel */
{
	*at(0xbffffffe) = 1;
}
static void heap_end(void)
{
	*(volatile u8 *)(HEAP + 8192) = 1;
}
static void stack_end(void)
{
	*(volatile u8 *)(0xb0000000 - 65536 - 1) = 1;
}
static void wild_jump(void)
{
	((void (*)(void))(u32)at(0x40000000))();
}
static void do_cli(void)
{
	__asm__ volatile("cli");
}
static void do_hlt(void)
{
	__asm__ volatile("hlt");
}
static void do_out(void)
{
	__asm__ volatile("outb %%al, $0x80" : : "a"(0));
}
static void do_cr3(void)
{
	__asm__ volatile("mov %%cr3, %%eax" : : : "eax");
}
static void do_selector(void)
{
	__asm__ volatile("mov %0, %%es" : : "r"(0x10));
}
static void do_divide(void)
{
	__asm__ volatile("div %0" : : "r"(0), "a"(1), "d"(0));
}
static void do_invalid(void)
{
	__asm__ volatile("ud2");
}
static void do_int(void)
{
	__asm__ volatile("int $32");
}
static void do_int3(void)
{
	__asm__ volatile("int3");
}

static const struct {
	const char *name;
	void (*f)(void);
	int vector;
} faults[] = {
	{"null_write", null_write, 14},
	{"null_read", null_read, 14},
	{"kernel_read", kernel_read, 14},
	{"kernel_write", kernel_write, 14},
	{"kernel_jump", kernel_jump, 14},
	{"across", across, 14},
	{"heap_end", heap_end, 14},
	{"stack_end", stack_end, 14},
	{"wild_jump", wild_jump, 14},
	{"cli", do_cli, 13},
	{"hlt", do_hlt, 13},
	{"out", do_out, 13},
	{"cr3", do_cr3, 13},
	{"selector", do_selector, 13},
	{"divide", do_divide, 0},
	{"invalid", do_invalid, 6},
	{"int", do_int, 13},
	{"int3", do_int3, 3},
};

int main(void);
int main(void)
{
	u32 n = sizeof(faults) / sizeof(*faults);

	call(SYS_BRK, 8192, 0);
	for (u32 i = 0; i < n; i++) {
		int status = 0;
		u32 pid = call(SYS_FORK, 0, 0);

		if (!pid) {
			faults[i].f();
			say(faults[i].name, 0);
			say(": nothing happened\n", 0);
			return 1;
		}
		check(call(SYS_WAIT, (u32)&status, 0) == pid, "wait");
		if (status != -100 - faults[i].vector) {
			say(faults[i].name, 0);
			say(": status -%u\n", (u32)-status);
			return 1;
		}
		report((u32)status);
	}
	say("faults: %u forbidden things ended their process\n", n);
	return 0;
}
