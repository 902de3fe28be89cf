/* SPDX-License-Identifier: MIT
 * The page table walk: rights, error codes, accessed and dirty bits, formats and
 * reserved bits (SDM vol. 3A sections 4.3, 4.4, 4.6-4.8).
 */
#include "refvmm/test_main.h"
#include "refvmm/test_paging_support.h"

#define LIN       0x00005123u
#define FRAME     (AT_DATA + 0x7000)
#define NONE      0xffffffffu /* no fault */
#define PSE       CR4_PSE
#define PAE       CR4_PAE
#define NXE       (1u << 31) /* of a case: EFER.NXE, no CR4 bit */
#define WP        (1u << 30) /* of a case: CR0.WP */
#define BIG       0x00400000u
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Error codes by name of their bits: P W U R(eserved) I. */
enum { F_0 = 0, F_P = 1, F_W = 2, F_U = 4, F_R = 8, F_I = 16 };

static void start_case(u32 mode)
{
	start(mode & (PSE | PAE | CR4_PGE));
	vcpu->efer = mode & NXE ? 1u << 11 : 0;
	vcpu->cr0 |= mode & WP ? CR0_WP : 0;
}

/* ---- rights ---- */

/* U/S and R/W at both levels x access x WP: allowed when ... (sections 4.6, 4.1.3). */
static u32 expected(u64 pde, u64 pte, bool user, unsigned how, bool wp)
{
	bool all_u = pde & pte & U, all_w = pde & pte & W;
	u32 code = (how & ACC_WRITE ? F_W : 0) | (user ? F_U : 0);

	if (!(pde & P) || !(pte & P))
		return code;
	if (user && !all_u)
		return code | F_P;
	if ((how & ACC_WRITE) && !all_w && (user || wp))
		return code | F_P;
	return NONE;
}

static void one_right(u32 mode, u32 pde, u32 pte, u8 cpl, unsigned how)
{
	bool user = cpl == 3 && !(how & ACC_SYSTEM), write = how & ACC_WRITE;
	struct page page;
	u32 want = expected(pde, pte, user, how, mode & WP), got = NONE;

	put_pde(LIN, AT_PT | pde);
	put_pte(LIN, FRAME | pte);
	vcpu->cpl = cpl;
	vcpu->cr2 = 0x77;
	if (page_access(vcpu, LIN, how, &page)) {
		got = vcpu->fault.error;
		ck_assert_uint_eq(vcpu->fault.vector, V_PF);
		ck_assert(vcpu->fault.has_error);
		ck_assert_uint_eq(vcpu->fault.cr2, LIN);
		ck_assert_uint_eq(vcpu->cr2, 0x77); /* set by delivery, not by the walk */
	}
	ck_assert_msg(got == want, "mode %x pde %x pte %x cpl %u how %u: %x not %x", mode, pde, pte,
		      cpl, how, got, want);
	if (got == NONE) {
		ck_assert_uint_eq(page.phys, FRAME);
		ck_assert_uint_eq((u32)peek32(pde_at(LIN)), AT_PT | pde | A);
		ck_assert_uint_eq((u32)peek32(pte_at(LIN)), FRAME | pte | A | (write ? D : 0));
		ck_assert(page.flags & PAGE_ACCESSED);
		ck_assert(!(page.flags & PAGE_DIRTY) == !write);
	} else { /* none set on a fault */
		ck_assert_uint_eq((u32)peek32(pde_at(LIN)), AT_PT | pde);
		ck_assert_uint_eq((u32)peek32(pte_at(LIN)), FRAME | pte);
	}
}

static const u32 right_modes[] = {0, WP, PSE, PSE | WP, PAE, PAE | WP, PAE | NXE, CR4_PGE};

START_TEST(rights)
{
	static const unsigned hows[] = {ACC_READ, ACC_WRITE, ACC_READ | ACC_SYSTEM,
					ACC_WRITE | ACC_SYSTEM};
	u32 mode = right_modes[_i];

	start_case(mode);
	for (u32 bits = 0; bits < 64; bits++)
		for (u8 cpl = 0; cpl < 4; cpl++)
			for (unsigned k = 0; k < LENGTH(hows); k++)
				one_right(mode, bits & 7, bits >> 3, cpl, hows[k]);
}
END_TEST

/* The same for pages of the directory. */
START_TEST(big_rights)
{
	u32 mode = _i ? PAE : PSE;

	for (u32 x = 0; x < 64; x++) {
		u32 pde = (x & 7) | PS, want;
		unsigned how = x & 8 ? ACC_WRITE : ACC_READ;
		bool user = x & 16, wp = x & 32;
		struct page page;
		enum mon m;

		start_case(mode | (wp ? WP : 0));
		put_pde(LIN, BIG | pde);
		vcpu->cpl = user ? 3 : 0;
		want = expected(pde, ALL, user, how, wp);
		m = page_access(vcpu, LIN, how, &page);
		ck_assert_msg((m ? vcpu->fault.error : NONE) == want, "case %x", x);
		ck_assert_uint_eq((u32)peek32(pde_at(LIN)),
				  BIG | pde | (m ? 0 : A) | (m || !(x & 8) ? 0 : D));
		if (!m) {
			ck_assert_uint_eq(page.phys, BIG | (LIN & 0xfffff000));
			ck_assert(page.flags & PAGE_BIG);
		}
	}
}
END_TEST

/* ---- formats, reserved bits, execute disable ---- */

static const struct {
	const char *name;
	u32 mode;
	u64 pde, pte;
	u8 cpl;
	unsigned how;
	u32 error; /* NONE: phys, flags */
	u32 phys;
	u32 flags; /* of PAGE_GLOBAL, NX, ABOVE, BIG */
} walks[] = {
	{"PS without PSE is ignored", 0, AT_PT | ALL | PS, FRAME | ALL, 0, 0, NONE, FRAME, 0},
	{"PS with PSE", PSE, BIG | ALL | PS, 0, 0, 0, NONE, BIG | 0x5000, PAGE_BIG},
	{"PSE-36 beyond 4 GiB", PSE, BIG | ALL | PS | 0x2000, 0, 0, 0, NONE, BIG | 0x5000,
	 PAGE_BIG | PAGE_ABOVE},
	{"PSE-36 bit 35", PSE, BIG | ALL | PS | 0x10000, 0, 0, 0, NONE, BIG | 0x5000,
	 PAGE_BIG | PAGE_ABOVE},
	{"PAT of a big page is no address", PSE, BIG | ALL | PS | 0x1000, 0, 0, 0, NONE,
	 BIG | 0x5000, PAGE_BIG},
	{"PAT of a page is no address", 0, AT_PT | ALL, FRAME | ALL | 0x80, 0, 0, NONE, FRAME, 0},
	{"4M reserved bit 17", PSE, BIG | ALL | PS | 0x20000, 0, 0, 0, F_P | F_R, 0, 0},
	{"4M reserved bit 21", PSE, BIG | ALL | PS | 0x200000, 0, 0, ACC_WRITE, F_P | F_R | F_W, 0,
	 0},
	{"4M reserved, user", PSE, BIG | ALL | PS | 0x200000, 0, 3, 0, F_P | F_R | F_U, 0, 0},
	{"4M reserved, not present", PSE, (BIG | ALL | PS | 0x200000) & ~1u, 0, 0, 0, F_0, 0, 0},
	{"reserved bits need PSE", 0, AT_PT | ALL | PS, FRAME | ALL, 0, 0, NONE, FRAME, 0},
	{"G without PGE", 0, AT_PT | ALL, FRAME | ALL | G, 0, 0, NONE, FRAME, 0},
	{"G with PGE", CR4_PGE, AT_PT | ALL, FRAME | ALL | G, 0, 0, NONE, FRAME, PAGE_GLOBAL},
	{"G of the directory is none", CR4_PGE, AT_PT | ALL | G, FRAME | ALL, 0, 0, NONE, FRAME, 0},
	{"G of a big page", CR4_PGE | PSE, BIG | ALL | PS | G, 0, 0, 0, NONE, BIG | 0x5000,
	 PAGE_BIG | PAGE_GLOBAL},
	{"PAE 4K", PAE, AT_PT | ALL, FRAME | ALL, 0, 0, NONE, FRAME, 0},
	{"PAE 2M, PSE does not matter", PAE, BIG | ALL | PS, 0, 0, 0, NONE, BIG | 0x5000, PAGE_BIG},
	{"PAE beyond 4 GiB", PAE, AT_PT | ALL, 1ull << 32 | FRAME | ALL, 0, 0, NONE, FRAME,
	 PAGE_ABOVE},
	{"PAE 2M reserved bit 13", PAE, BIG | ALL | PS | 0x2000, 0, 0, 0, F_P | F_R, 0, 0},
	{"PAE 2M reserved bit 20", PAE, BIG | ALL | PS | 0x100000, 0, 0, 0, F_P | F_R, 0, 0},
	{"PAE PDE bit 36", PAE, 1ull << 36 | AT_PT | ALL, FRAME | ALL, 0, 0, F_P | F_R, 0, 0},
	{"PAE PDE bit 62", PAE, 1ull << 62 | AT_PT | ALL, FRAME | ALL, 3, 0, F_P | F_R | F_U, 0, 0},
	{"PAE PTE bit 45", PAE, AT_PT | ALL, 1ull << 45 | FRAME | ALL, 0, ACC_WRITE,
	 F_P | F_R | F_W, 0, 0},
	{"reserved before rights", PAE, AT_PT | P, 1ull << 45 | FRAME | P, 3, ACC_WRITE,
	 F_P | F_R | F_W | F_U, 0, 0},
	{"reserved in PDE before PTE is read", PAE, 1ull << 45 | AT_PT | ALL, 0, 0, 0, F_P | F_R, 0,
	 0},
	{"XD is reserved without NXE", PAE, AT_PT | ALL, NX | FRAME | ALL, 0, 0, F_P | F_R, 0, 0},
	{"XD in the PDE without NXE", PAE, NX | AT_PT | ALL, FRAME | ALL, 0, 0, F_P | F_R, 0, 0},
	{"XD lets data through", PAE | NXE, AT_PT | ALL, NX | FRAME | ALL, 0, ACC_WRITE, NONE,
	 FRAME, PAGE_NX},
	{"XD stops a fetch", PAE | NXE, AT_PT | ALL, NX | FRAME | ALL, 0, ACC_FETCH, F_P | F_I, 0,
	 0},
	{"XD of the PDE stops it", PAE | NXE, NX | AT_PT | ALL, FRAME | ALL, 3, ACC_FETCH,
	 F_P | F_I | F_U, 0, 0},
	{"XD of a 2M page", PAE | NXE, NX | BIG | ALL | PS, 0, 0, ACC_FETCH, F_P | F_I, 0, 0},
	{"fetch of a supervisor page", PAE | NXE, AT_PT | ALL, FRAME | P | W, 3, ACC_FETCH,
	 F_P | F_I | F_U, 0, 0},
	{"I needs NXE", PAE, AT_PT | ALL, FRAME | P | W, 3, ACC_FETCH, F_P | F_U, 0, 0},
	{"I needs PAE", NXE, AT_PT | ALL, FRAME | P | W, 3, ACC_FETCH, F_P | F_U, 0, 0},
	{"I when not present", PAE | NXE, AT_PT | ALL, 0, 0, ACC_FETCH, F_I, 0, 0},
};

START_TEST(formats)
{
	struct page page, looked;
	u32 flags = PAGE_GLOBAL | PAGE_NX | PAGE_ABOVE | PAGE_BIG;
	bool there;
	enum mon m;

	start_case(walks[_i].mode);
	put_pde(LIN, walks[_i].pde);
	put_pte(LIN, walks[_i].pte);
	vcpu->cpl = walks[_i].cpl;
	there = page_lookup(vcpu, LIN, &looked);
	ck_assert_uint_eq(writes_seen, 0); /* looking sets no bits */
	m = page_access(vcpu, LIN, walks[_i].how, &page);
	ck_assert_msg((m ? vcpu->fault.error : NONE) == walks[_i].error, "%s: error %x",
		      walks[_i].name, m ? vcpu->fault.error : NONE);
	if (m) {
		ck_assert_uint_eq(writes_seen, 0);
		ck_assert_uint_eq(vcpu->fault.cr2, LIN);
		ck_assert_msg(!(walks[_i].error & F_R) || !there, "%s: looked up", walks[_i].name);
		return;
	}
	ck_assert_msg(page.phys == walks[_i].phys, "%s: at %x", walks[_i].name, page.phys);
	ck_assert_msg((page.flags & flags) == walks[_i].flags, "%s: flags %x", walks[_i].name,
		      page.flags);
	ck_assert(there);
	ck_assert_uint_eq(looked.phys, page.phys);
	ck_assert_uint_eq(looked.flags & flags, walks[_i].flags);
}
END_TEST

/* ---- accessed and dirty bits ---- */

START_TEST(bits_once)
{
	struct page page;

	start(0);
	map4k(LIN, FRAME | ALL);
	put_pde(LIN, AT_PT | ALL);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	ck_assert_uint_eq(writes_seen, 2);
	ck_assert_uint_eq(written_frame, AT_PT >> 12); /* whoever runs code there is told */
	ck_assert_uint_eq(written_offset, pte_at(LIN) & 0xfff);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	ck_assert_uint_eq(writes_seen, 2);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_WRITE, &page), MON_OK);
	ck_assert_uint_eq(writes_seen, 3);
	ck_assert_uint_eq(peek32(pde_at(LIN)), AT_PT | ALL | A); /* D is the last level's */
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_WRITE, &page), MON_OK);
	ck_assert_uint_eq(writes_seen, 3);
}
END_TEST

/* A look without traces: tracing and the debugger. */
START_TEST(debug_access)
{
	struct page page;

	start(0);
	put_pde(LIN, AT_PT | ALL);
	put_pte(LIN, FRAME | ALL);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ | ACC_DEBUG, &page), MON_OK);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_WRITE | ACC_DEBUG, &page), MON_OK);
	ck_assert_uint_eq(writes_seen, 0);
	ck_assert(!(page.flags & (PAGE_ACCESSED | PAGE_DIRTY)));
}
END_TEST

/* ---- where the tables lie ---- */

START_TEST(tables_elsewhere)
{
	struct page page;
	u32 rom = RAM + 0x10000; /* ROM_LOW + 10000h: D0000h */

	/* Absent: all ones, a directory entry with all rights that leads to the top page of
	 * ROM. */
	start(0);
	vcpu->cr3 = 0x40000000;
	poke32(RAM + ROM_LOW_SIZE + ROM_HIGH_SIZE - 0x1000 + (LIN >> 12) * 4, FRAME | ALL);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_WRITE, &page), MON_OK);
	ck_assert_uint_eq(page.phys, FRAME);
	ck_assert_uint_eq(writes_seen, 0);
	/* ROM: readable, A and D stay as they are. */
	start(0);
	vcpu->cr3 = 0xd0000;
	poke32(rom + (LIN >> 22) * 4, AT_PT | ALL);
	put_pte(LIN, FRAME | ALL);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	ck_assert_uint_eq(page.phys, FRAME);
	ck_assert_uint_eq(peek32(rom + (LIN >> 22) * 4), AT_PT | ALL);
	ck_assert_uint_eq(writes_seen, 1); /* the PTE's, in RAM */
	/* A20 closed: tables wrap too. */
	start(0);
	vcpu->cr3 = AT_PD | 0x100000;
	put_pde(LIN, AT_PT | 0x100000 | ALL);
	put_pte(LIN, FRAME | ALL);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_FAULT);
	vcpu->a20 = false;
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	ck_assert_uint_eq(peek32(pte_at(LIN)), FRAME | ALL | A);
}
END_TEST

START_TEST(paging_off)
{
	struct page page;

	start(0);
	vcpu->cr0 = CR0_PE;
	vcpu->cpl = 3;
	ck_assert_int_eq(page_access(vcpu, 0xdeadb123, ACC_WRITE, &page), MON_OK);
	ck_assert_uint_eq(page.phys, 0xdeadb000);
	ck_assert(page_lookup(vcpu, 0xdeadb123, &page));
	ck_assert_uint_eq(page.phys, 0xdeadb000);
	ck_assert_uint_eq(page.flags & (PAGE_USER | PAGE_WRITE), PAGE_USER | PAGE_WRITE);
}
END_TEST

/* ---- PDPTEs: loaded with CR3, checked then ---- */

START_TEST(pdptes)
{
	static const u64 bad[] = {2,     4,          0x20,       0x40,       0x80,
				  0x100, 1ull << 36, 1ull << 52, 1ull << 62, 1ull << 63};
	struct page page;

	start(PAE);
	map4k(LIN, FRAME | ALL);
	for (unsigned k = 0; k < 4; k++) {
		for (unsigned b = 0; b < LENGTH(bad); b++) {
			u32 at = AT_PDPT + 8 * k;
			u64 old = peek64(at);

			poke64(at, AT_PD | P | bad[b]);
			vcpu->pdpte[3] = 0x1234000;
			ck_assert_msg(!page_load_pdptes(vcpu, AT_PDPT), "PDPTE %u with %llx", k,
				      (unsigned long long)bad[b]);
			ck_assert_uint_eq(vcpu->pdpte[3], 0x1234000); /* none of the four */
			poke64(at, (AT_PD | bad[b]) & ~1ull); /* not present: anything goes */
			ck_assert(page_load_pdptes(vcpu, AT_PDPT));
			poke64(at, old);
		}
	}
	/* PWT, PCD and the ignored bits 9-11. */
	poke64(AT_PDPT, AT_PD | P | 0xe18);
	ck_assert(page_load_pdptes(vcpu, AT_PDPT | 0x18));
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	/* The processor keeps them: memory does not count until CR3 is loaded. */
	poke64(AT_PDPT, 0);
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_READ, &page), MON_OK);
	ck_assert(page_load_pdptes(vcpu, AT_PDPT));
	ck_assert_int_eq(page_access(vcpu, LIN, ACC_WRITE, &page), MON_FAULT);
	ck_assert_uint_eq(vcpu->fault.error, F_W);
	ck_assert(!page_lookup(vcpu, LIN, &page));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, rights, 0, LENGTH(right_modes));
	tcase_add_loop_test(tc, big_rights, 0, 2);
	tcase_add_loop_test(tc, formats, 0, LENGTH(walks));
	tcase_add_test(tc, bits_once);
	tcase_add_test(tc, debug_access);
	tcase_add_test(tc, tables_elsewhere);
	tcase_add_test(tc, paging_off);
	tcase_add_test(tc, pdptes);
}

TEST_MAIN("paging")
