/* SPDX-License-Identifier: MIT
 * Page tables of an image (page.c).
 */
#ifndef CONFORMANCE_FUZZ_PAGE_H
#define CONFORMANCE_FUZZ_PAGE_H

#include "conformance/fuzz/gen.h"

#define N_WINDOWS    7
#define WINDOW_PAGES 32
extern const u32 page_window[N_WINDOWS];

/* Tables of the program in g->tables, or none; draws from g->rng. */
void make_paging(struct gen *g);
/* Offsets in the tables of the entries of a linear page; root: 0 A, 1 B. */
u32 page_pde(const struct gen *g, u32 lin, u32 root);
u32 page_pte(const struct gen *g, u32 lin, u32 root);
u32 page_cr3(const struct gen *g, u32 root);
/* A random value that this page's entry may have; the upper half of PAE is 0. */
u32 page_value(struct gen *g, u32 lin);
/* The same for the directory's entry of a window. */
u32 page_directory_value(struct gen *g, u32 lin);

#endif
