/* SPDX-License-Identifier: MIT
 * Address spaces: two-level 4 KiB paging (Intel SDM volume 3A, section 4.3),
 * pages on demand from the program's image or zeroed, and copy on write, for
 * which bit 9 of an entry, free for software, marks what may be written after
 * a copy.
 */
#include "guests/kernel/kernel.h"

enum { P = 1, W = 2, U = 4, COW = 0x200 };
enum { ERR_P = 1, ERR_W = 2 };

extern u32 boot_directory[];

static void invalidate(u32 address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

u32 space_new(void)
{
	u32 d = frame_get(), *e = phys(d);

	for (int i = 768; i < 1024; i++)
		e[i] = boot_directory[i];
	return d;
}

/* The entry of a user page, its table made where there is none. */
static u32 *entry(u32 directory, u32 address, bool make)
{
	u32 *d = (u32 *)phys(directory) + (address >> 22);

	if (!(*d & P)) {
		if (!make)
			return NULL;
		*d = frame_get() | P | W | U;
	}
	return (u32 *)phys(*d & ~(PAGE - 1)) + (address >> 12 & 1023);
}

u32 space_clone(u32 directory)
{
	u32 copy = space_new(), *d = phys(directory);

	for (u32 i = 0; i < 768; i++) {
		if (!(d[i] & P))
			continue;
		for (u32 k = 0; k < 1024; k++) {
			u32 address = i << 22 | k << 12, *from = entry(directory, address, false);

			if (!(*from & P))
				continue;
			if (*from & W)
				*from = (*from & ~(u32)W) | COW;
			frame_share(*from & ~(PAGE - 1));
			*entry(copy, address, true) = *from;
		}
	}
	/* What the CPU remembers as writable must go. */
	__asm__ volatile("mov %%cr3, %%eax; mov %%eax, %%cr3" : : : "eax", "memory");
	return copy;
}

void space_free(u32 directory)
{
	u32 *d = phys(directory);

	for (u32 i = 0; i < 768; i++) {
		u32 *t = phys(d[i] & ~(PAGE - 1));

		if (!(d[i] & P))
			continue;
		for (u32 k = 0; k < 1024; k++)
			if (t[k] & P)
				frame_put(t[k] & ~(PAGE - 1));
		frame_put(d[i] & ~(PAGE - 1));
	}
	frame_put(directory);
}

static void copy_page(u32 to, const void *from, u32 n)
{
	u8 *t = phys(to);
	const u8 *f = from;

	while (n--)
		*t++ = *f++;
}

static bool on_demand(struct process *p, u32 address, u32 *e)
{
	u32 size = (u32)(p->program->end - p->program->image), at = address & ~(PAGE - 1);
	bool image = at >= USER_TEXT && at < USER_TEXT + (1u << 20);
	bool heap = at >= USER_HEAP && at < USER_HEAP + p->heap;
	bool stack = at >= USER_STACK - STACK_BYTES && at < USER_STACK;
	u32 offset = at - USER_TEXT;

	if (!image && !heap && !stack)
		return false;
	*e = frame_get() | P | W | U;
	if (image && offset < size)
		copy_page(*e & ~(PAGE - 1), p->program->image + offset,
			  size - offset < PAGE ? size - offset : PAGE);
	p->faults++;
	return true;
}

void space_leave(void)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"((u32)boot_directory - KERNEL_BASE) : "memory");
}

bool space_fault(struct process *p, u32 address, u32 error)
{
	u32 *e, old, frame;

	if (address >= KERNEL_BASE)
		return false;
	e = entry(p->directory, address, true);
	if (!(*e & P)) {
		if (error & ERR_P)
			panic("a fault says present, the entry does not: %x", address);
		return on_demand(p, address, e);
	}
	if (!(error & ERR_W) || !(*e & COW))
		return false;
	old = *e & ~(PAGE - 1);
	if (frame_users(old) > 1) {
		frame = frame_get();
		copy_page(frame, phys(old), PAGE);
		frame_put(old);
		p->copies++;
	} else {
		frame = old;
	}
	*e = frame | P | W | U;
	invalidate(address);
	return true;
}
