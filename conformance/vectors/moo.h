/* SPDX-License-Identifier: MIT
 * MOO 1.x: the container of single-instruction tests of the SingleStepTests
 * projects (github.com/dbalsom/moo; docs/vector-format.md).  Every chunk is an
 * id of four bytes, a length of four bytes (little-endian) and that many bytes
 * of payload; chunks of unknown id are skipped, wherever they stand.
 *
 * The reader hands out views into one buffer: everything in a struct moo_test
 * lives until moo_close().  No function here prints or exits.
 */
#ifndef CONFORMANCE_VECTORS_MOO_H
#define CONFORMANCE_VECTORS_MOO_H

#include <stdbool.h>
#include <stddef.h>

#include "refvmm/types.h"

/* ORDER moo: bit numbers of the bitmap of an RG32 chunk. */
enum moo_reg {
	MOO_CR0,
	MOO_CR3,
	MOO_EAX,
	MOO_EBX,
	MOO_ECX,
	MOO_EDX,
	MOO_ESI,
	MOO_EDI,
	MOO_EBP,
	MOO_ESP,
	MOO_CS,
	MOO_DS,
	MOO_ES,
	MOO_FS,
	MOO_GS,
	MOO_SS,
	MOO_EIP,
	MOO_EFLAGS,
	MOO_DR6,
	MOO_DR7,
	MOO_REGS
};

/* Registers or masks.  REGS and RMSK (16 bits wide, other bit order) are
 * turned into the numbering above; `wide` says which chunk it was and which
 * one is written. */
struct moo_regs {
	bool present, wide;
	u32 set; /* bit n: value[n] was given */
	u32 value[MOO_REGS];
};

struct moo_bytes {
	const u8 *data;
	u32 n;
};

struct moo_chunk {
	char id[5]; /* a C string */
	struct moo_bytes body;
};

/* Memory of a state: n records of five bytes, an address and a byte. */
struct moo_ram {
	bool present;
	const u8 *records;
	u32 n;
};

/* Where the operand of an instruction lies (EA32; 80386 sets, INIT only). */
struct moo_ea {
	bool present;
	u8 segment; /* 0 CS 1 SS 2 DS 3 ES 4 FS 5 GS */
	u16 selector;
	u32 base, limit, offset, linear, physical;
};

struct moo_state {
	struct moo_regs regs, mask; /* mask: 1 bits are compared */
	struct moo_ram ram;
	struct moo_ea ea;
	bool has_queue;
	struct moo_bytes queue;
	struct moo_bytes chunks; /* all of them, for moo_find() */
};

struct moo_test {
	u32 index;
	struct moo_bytes generator; /* GMET, empty when absent */
	struct moo_bytes name;      /* text, not terminated */
	struct moo_bytes code;      /* BYTS */
	struct moo_state init, fina;
	bool has_cycles, has_exception, has_hash;
	struct moo_bytes cycles; /* CYCL, 15 bytes each */
	u8 vector;               /* EXCP */
	u32 flags_address;       /* linear address of the FLAGS that were pushed */
	u8 hash[20];
	struct moo_bytes chunks;
};

struct moo_meta {
	bool present;
	u8 set_major, set_minor, cpu_type;
	u32 opcode;
	char mnemonic[9];
	u32 test_count; /* unreliable in published sets: the header counts */
	u64 seed;
	u8 mode; /* 0: real */
};

struct moo_file {
	u8 major, minor;
	char cpu[5]; /* "C286", "386E", ...: trailing blanks kept */
	u32 count;   /* tests by the header */
	struct moo_meta meta;
	struct moo_regs mask;    /* for every test */
	struct moo_bytes chunks; /* those before the first test, for moo_find() */
	char error[200];         /* why the last call failed */
	/* private */
	u8 *data;
	size_t size, at;
	u32 seen;
	const char *name;
};

#define MOO_MAX_FILE (1u << 30) /* inflated; more is refused */

/* Open a set, plain or gzip, and read what stands before the first test.
 * false: f->error says why, and f needs no moo_close().  `path` must live as
 * long as f: errors name it. */
bool moo_open(struct moo_file *f, const char *path);
/* The same for `n` bytes in memory, which are copied. */
bool moo_open_memory(struct moo_file *f, const char *name, const void *data, size_t n);
/* Next test: 1 it is in *t, 0 none is left and the header's count was met,
 * -1 damaged: f->error. */
int moo_next(struct moo_file *f, struct moo_test *t);
/* To the first test again. */
void moo_rewind(struct moo_file *f);
void moo_close(struct moo_file *f);

/* First chunk `id` among `chunks` (which the reader has walked already). */
bool moo_find(struct moo_bytes chunks, const char *id, struct moo_bytes *body);
/* Walk chunks: *at starts at 0; false at the end.  Safe on any bytes: a chunk
 * that overruns ends the walk. */
bool moo_walk(struct moo_bytes chunks, u32 *at, struct moo_chunk *out);

u32 moo_ram_address(const struct moo_ram *r, u32 i);
u8 moo_ram_byte(const struct moo_ram *r, u32 i);
const char *moo_reg_name(enum moo_reg r);

/* The writer: chunks are opened and closed, lengths are filled in.  Running
 * out of memory or misuse sets `failed`, and every later call does nothing. */
struct moo_out {
	u8 *data;
	size_t n, room;
	size_t open[8];
	unsigned depth;
	u32 tests; /* TEST chunks begun: the header's count */
	bool failed;
};

void moo_out_init(struct moo_out *o);
void moo_out_free(struct moo_out *o);
void moo_begin(struct moo_out *o, const char *id);
void moo_end(struct moo_out *o);
void moo_put(struct moo_out *o, const void *data, size_t n);
void moo_u8(struct moo_out *o, u8 v);
void moo_u16(struct moo_out *o, u16 v);
void moo_u32(struct moo_out *o, u32 v);
void moo_u64(struct moo_out *o, u64 v);
/* The first chunk; the count is that of the tests begun until moo_save(). */
void moo_header(struct moo_out *o, const char cpu[4], u8 major, u8 minor);
void moo_put_meta(struct moo_out *o, const struct moo_meta *m);
/* REGS or RG32 (RMSK or RM32 when `mask`), as r->wide says. */
void moo_put_regs(struct moo_out *o, const struct moo_regs *r, bool mask);
/* A whole chunk whose payload is a count and that many bytes: NAME BYTS QUEU. */
void moo_put_bytes(struct moo_out *o, const char *id, const void *data, u32 n);
/* One record of an open RAM chunk; moo_end() fills in how many there were. */
void moo_put_ram(struct moo_out *o, u32 address, u8 byte);
/* A test as the reader gave it, chunks of unknown id at the end of the chunk
 * they were in: published files come out byte by byte as they went in. */
void moo_put_test(struct moo_out *o, const struct moo_test *t);
/* Write the file, gzip without a time stamp when `gzip`.  0 or -errno. */
int moo_save(struct moo_out *o, const char *path, bool gzip);
/* The finished bytes (header counted), valid until the next call; NULL when
 * something failed. */
const u8 *moo_out_bytes(struct moo_out *o, size_t *n);

#endif
