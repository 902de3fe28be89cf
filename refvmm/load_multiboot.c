/* SPDX-License-Identifier: MIT
 * Multiboot 1 kernels (Multiboot Specification 0.6.96): header search, loading by
 * ELF program headers or by the header's own address fields.  Everything is checked
 * when the file is read; multiboot_plan.c says where it goes.
 */
#include "refvmm/config.h"
#include "refvmm/exit.h"

#include <elf.h>
#include <string.h>

enum {
	SEARCH = 8192, /* section 3.1: the header lies wholly in the first 8 KiB */
	HEADER_MAGIC = 0x1badb002,
	NEED_PAGE_ALIGN = 1 << 0, /* of modules: always */
	NEED_MEMORY = 1 << 1,
	NEED_VIDEO = 1 << 2,
	NEED_MASK = 0xffff, /* unknown bits here must be refused, section 3.1.2 */
	HAS_ADDRESSES = 1 << 16,
};

#define HOLE    0xa0000u
#define ONE_MIB 0x100000u

struct header {
	u32 magic, flags, checksum;
	u32 header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

/* The file being looked at, and whom to blame. */
struct source {
	const char *opt;
	struct kernel_image *image;
	u64 ram_size;
};

static int bad(const struct source *s, const char *why)
{
	return refuse(RC_INPUT, s->opt, "'%s' %s", s->image->path, why);
}

static int add_segment(const struct source *s, u64 offset, u64 phys, u64 file_size, u64 mem_size)
{
	struct kernel_image *k = s->image;
	u64 end;

	if (file_size > mem_size)
		return bad(s, "has a segment larger in the file than in memory");
	if (mem_size == 0)
		return RC_OK;
	if (offset > k->size || file_size > k->size - offset)
		return bad(s, "is truncated: a segment ends after the end of the file");
	if (__builtin_add_overflow(phys, mem_size, &end) || end > s->ram_size)
		return bad(s, "needs more memory than --memory gives");
	if (phys < ONE_MIB && end > HOLE)
		return bad(s, "has a segment in the adapter area 0xa0000-0xfffff");
	if (k->n_segments == sizeof(k->segment) / sizeof(*k->segment))
		return bad(s, "has more than 16 segments");
	k->segment[k->n_segments++] = (struct kernel_segment){
		.offset = offset,
		.phys = (u32)phys,
		.file_size = (u32)file_size,
		.mem_size = (u32)mem_size,
	};
	return RC_OK;
}

static bool in_segments(const struct kernel_image *k, u32 phys)
{
	for (unsigned i = 0; i < k->n_segments; i++)
		if (phys >= k->segment[i].phys &&
		    phys - k->segment[i].phys < k->segment[i].mem_size)
			return true;
	return false;
}

/* Section 3.1.3: load addresses in the header instead of an object format. */
static int by_addresses(const struct source *s, const struct header *h, u32 header_offset)
{
	u64 offset, file_size, mem_size;

	if (h->header_addr < h->load_addr || h->header_addr - h->load_addr > header_offset)
		return bad(s, "has inconsistent Multiboot addresses");
	offset = header_offset - (h->header_addr - h->load_addr);
	file_size = s->image->size - offset;
	if (h->load_end_addr) {
		if (h->load_end_addr < h->load_addr)
			return bad(s, "has inconsistent Multiboot addresses");
		file_size = h->load_end_addr - h->load_addr;
	}
	mem_size = file_size;
	if (h->bss_end_addr) {
		if (h->bss_end_addr < h->load_addr || h->bss_end_addr - h->load_addr < file_size)
			return bad(s, "has inconsistent Multiboot addresses");
		mem_size = h->bss_end_addr - h->load_addr;
	}
	s->image->entry = h->entry_addr;
	return add_segment(s, offset, h->load_addr, file_size, mem_size);
}

static int by_elf(const struct source *s)
{
	const u8 *file = s->image->bytes;
	u64 size = s->image->size;
	bool entry_found = false;
	Elf32_Ehdr e;

	if (size < sizeof(e) || memcmp(file, ELFMAG, SELFMAG))
		return bad(s, "is neither ELF nor has Multiboot load addresses");
	memcpy(&e, file, sizeof(e));
	if (e.e_ident[EI_CLASS] != ELFCLASS32 || e.e_ident[EI_DATA] != ELFDATA2LSB ||
	    e.e_machine != EM_386)
		return bad(s, "is no 32-bit x86 ELF file");
	if (e.e_type != ET_EXEC)
		return bad(s, "is an ELF file, but not an executable");
	if (e.e_phentsize != sizeof(Elf32_Phdr) || e.e_phoff > size ||
	    e.e_phnum * sizeof(Elf32_Phdr) > size - e.e_phoff)
		return bad(s, "is truncated: program headers are missing");
	s->image->entry = e.e_entry;
	for (unsigned i = 0; i < e.e_phnum; i++) {
		Elf32_Phdr p;
		int rc;

		memcpy(&p, file + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type != PT_LOAD)
			continue;
		rc = add_segment(s, p.p_offset, p.p_paddr, p.p_filesz, p.p_memsz);
		if (rc)
			return rc;
		/* The entry is a linked address; paging is off. */
		if (!entry_found && e.e_entry >= p.p_vaddr && e.e_entry - p.p_vaddr < p.p_memsz) {
			s->image->entry = e.e_entry - p.p_vaddr + p.p_paddr;
			entry_found = true;
		}
	}
	return RC_OK;
}

static bool find_header(const struct kernel_image *k, struct header *h, u32 *offset)
{
	u64 end = k->size < SEARCH ? k->size : SEARCH;

	for (u64 at = 0; at + 12 <= end; at += 4) {
		u64 n = end - at;

		memset(h, 0, sizeof(*h));
		memcpy(h, k->bytes + at, n < sizeof(*h) ? n : sizeof(*h));
		if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum != 0)
			continue;
		if ((h->flags & HAS_ADDRESSES) && n < sizeof(*h))
			continue;
		*offset = (u32)at;
		return true;
	}
	return false;
}

static int check(const struct source *s)
{
	struct header h;
	u32 offset;
	int rc;

	if (!find_header(s->image, &h, &offset))
		return bad(s, "has no Multiboot 1 header in its first 8 KiB");
	if (h.flags & NEED_VIDEO)
		return bad(s, "requires a video mode from the loader: not supported");
	if (h.flags & NEED_MASK & ~(NEED_PAGE_ALIGN | NEED_MEMORY | NEED_VIDEO))
		return bad(s, "requires unknown Multiboot features");
	rc = h.flags & HAS_ADDRESSES ? by_addresses(s, &h, offset) : by_elf(s);
	if (rc)
		return rc;
	for (unsigned i = 0; i < s->image->n_segments; i++)
		for (unsigned j = 0; j < i; j++)
			if (s->image->segment[i].phys <
				    s->image->segment[j].phys + s->image->segment[j].mem_size &&
			    s->image->segment[j].phys <
				    s->image->segment[i].phys + s->image->segment[i].mem_size)
				return bad(s, "has overlapping segments");
	if (!in_segments(s->image, s->image->entry))
		return bad(s, "starts outside its segments");
	return RC_OK;
}

bool multiboot_found(const struct kernel_image *k)
{
	struct header h;
	u32 offset;

	return find_header(k, &h, &offset);
}

int multiboot_check(const char *opt, struct kernel_image *k, u64 ram_size)
{
	const struct source s = {.opt = opt, .image = k, .ram_size = ram_size};

	return check(&s);
}
