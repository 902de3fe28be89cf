/* SPDX-License-Identifier: MIT
 * Page frames between the kernel's image and 16 MiB: a stack of free ones and a
 * count of users each, for copy on write.
 */
#include "guests/kernel/kernel.h"

enum { FIRST = 0x400000, END = 0x1000000, N = (END - FIRST) / 4096 };

static u8 users[N];
static u16 free_list[N];
static u32 nfree;

extern char bss_end[];

static u32 index_of(u32 frame)
{
	if (frame < FIRST || frame >= END || frame % PAGE)
		panic("no page frame: %x", frame);
	return (frame - FIRST) / PAGE;
}

void frames_init(void)
{
	if ((u32)bss_end - KERNEL_BASE > FIRST)
		panic("the kernel is too large");
	for (u32 i = N; i--;)
		free_list[nfree++] = (u16)i;
}

u32 frame_get(void)
{
	u32 i, *p;

	if (!nfree)
		panic("out of memory");
	i = free_list[--nfree];
	if (users[i])
		panic("a free frame has users");
	users[i] = 1;
	p = phys(FIRST + i * PAGE);
	for (u32 k = 0; k < PAGE / 4; k++)
		p[k] = 0;
	return FIRST + i * PAGE;
}

void frame_share(u32 frame)
{
	u32 i = index_of(frame);

	if (!users[i] || users[i] == 255)
		panic("sharing frame %x with %u users", frame, users[i]);
	users[i]++;
}

void frame_put(u32 frame)
{
	u32 i = index_of(frame);

	if (!users[i])
		panic("frame %x given back twice", frame);
	if (!--users[i])
		free_list[nfree++] = (u16)i;
}

u32 frame_users(u32 frame)
{
	return users[index_of(frame)];
}

u32 frames_free(void)
{
	return nfree;
}
