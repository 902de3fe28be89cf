/* SPDX-License-Identifier: MIT
 * What the files of group smc share: code that is written while it runs, through a
 * data segment over the code (ES, based as CS in modes with segments).
 */
#ifndef CONFORMANCE_SYS_SMC_H
#define CONFORMANCE_SYS_SMC_H

#include "conformance/sys/sys.h"

#define SMC_CITE "SDM 3A 8.1.3, 11.6"

/* A case with ES over the code; EAX, EBX, ECX, EDX 0. */
struct tcase *smc_case(struct gen *g, const char *mnemonic, const char *form, unsigned mode,
		       unsigned cpl, const char *cls);
/* The offset in ES (and CS) of a linear address in the code segment. */
u32 smc_off(const struct tcase *t, u32 lin);
/* ES: op /reg at an offset, prefix 26 and the ModRM byte for [disp]; 66 with o16. */
void smc_store(struct tcase *t, const char *op, unsigned reg, u32 off);
/* Bytes smc_store() needs, its opcode being op_bytes long. */
unsigned smc_store_len(const struct tcase *t, unsigned op_bytes);
/* n times INC EAX. */
void smc_sled(struct tcase *t, unsigned n);

/* All modes of the group. */
#define SMC_MODES 8u
extern const struct smc_mode {
	u8 mode, cpl;
} smc_modes[SMC_MODES];

void gen_smc_ahead(struct gen *g);
void gen_smc_writers(struct gen *g);
void gen_smc_alias(struct gen *g);
void gen_smc_stores(struct gen *g);
void gen_smc_task(struct gen *g);
void gen_smc_shadow(struct gen *g);

#endif
