/* SPDX-License-Identifier: MIT
 * The binary translator: translation units, their cache and their lookup.
 *
 * A translation unit is the translation of one guest basic block under one
 * context: a code segment and the mode bits that decide what its instructions
 * mean.  bt/ knows the vCPU and its memory, no devices and no host.
 */
#ifndef BT_BT_H
#define BT_BT_H

#include "bt/decode.h"
#include "refvmm/layout.h"

#define STAT(name, meaning) ST_##name,
enum bt_stat {
#include "bt/stats.def"
	ST_COUNT
};
#undef STAT

/* Mode bits of a context: all state that a translation depends on and that can
 * change without the code segment changing (partial evaluation). */
enum {
	M_PE = 1u << 0,
	M_CPL = 3u << 1,
	M_D = 1u << 3, /* CS.D */
	M_B = 1u << 4, /* SS.B */
	M_IOPL = 3u << 5,
	M_NT = 1u << 7,
	M_TF = 1u << 8,
	M_EM = 1u << 9,
	M_TS = 1u << 10,
	M_MP = 1u << 11,
	M_OWNER = 3u << 12, /* guest segment in hardware FS: OWNER_* */
	M_TSD = 1u << 14,
	M_OSFXSR = 1u << 15,
	M_SINGLE = 1u << 16, /* one instruction per unit, no chaining */
	M_CHECK = 1u << 18,  /* repeated strings one iteration at a time */
	M_PG = 1u << 20,     /* paging: the window is not shifted */
	M_VM = 1u << 17,     /* virtual-8086 mode; M_PE is clear then */
	M_PLAIN = 1u << 21,  /* vcpu.segs_plain: segment loads in line */
};
#define M_CPL_SHIFT   1
#define M_IOPL_SHIFT  5
#define M_OWNER_SHIFT 12
enum { OWNER_FS, OWNER_GS, OWNER_CS, OWNER_GS_LOW };

/* Why translated code left; vcpu.exit_code. */
enum bt_exit {
	EXIT_BRANCH = 1, /* exit_arg: exit index */
	EXIT_INDIRECT,   /* vcpu.target */
	EXIT_CALLOUT,    /* exit_arg: callout index */
	EXIT_RAISE,      /* exit_arg: callout index; insn.imm2 = vector */
	EXIT_POLL,       /* exit_arg: guest EIP to go on at */
	EXIT_SELFCHECK,  /* exit_arg: unit index */
	EXIT_BUDGET,     /* exit_arg: unit index, nothing of it executed */
	EXIT_POPF,       /* exit_arg: callout index; image in vcpu.scratch, popped */
	EXIT_SEGLOAD,    /* exit_arg: callout index; no memo for the selector in vcpu.scratch */
	EXIT_REDIRECTED, /* the redirected instruction completed */
	EXIT_TRAP,       /* host fault; struct trap in the vm */
	EXIT_ASYNC,      /* host signal; vcpu.resume = TC address interrupted */
};

/* What a segment load in protected mode has to do to hardware registers: those of
 * FS and GS by what hardware FS holds. */
enum segload {
	SEGLOAD_ES,
	SEGLOAD_SS,
	SEGLOAD_DS,
	SEGLOAD_FS,
	SEGLOAD_GS,
	SEGLOAD_FS_OWNER,
	SEGLOAD_GS_OWNER,
	SEGLOAD_GS_LOW_OWNER,
	SEGLOADS
};

struct bt_ctx {
	u32 cs_base, cs_limit, mode;
	u32 table; /* monitor-area address of the indirect-branch table */
	u32 published;
	bool big;
};

enum exit_kind {
	XK_BRANCH,
	XK_TAIL,
	XK_TAKEN, /* a conditional branch taken; the next exit, not taken, shares its thunk */
};

/* One way out of a unit that may lead straight to other translated code.  Being
 * chained is a relation of units; the branch is patched while both are installed. */
struct bt_exit_slot {
	u16 patch;  /* offset in the unit's code; XK_TAIL: first byte of the tail, else the rel32 */
	u16 thunk;  /* offset: leaves to the monitor through this exit */
	u32 target; /* guest EIP; for a tail, of the branch itself */
	u32 unit;   /* the unit it belongs to */
	u32 to;     /* chained to this unit, 0: not chained */
	u32 link;   /* the target's value when it was chained */
	u32 next_in, prev_in; /* among the installed exits chained to the same unit */
	u8 kind;
	u8 cc;       /* XK_TAKEN: the condition */
	u8 saved[5]; /* tail bytes under a poll patch */
};

/* What a fault in host code at or behind `host` has to restore. */
enum { FIX_EAX = 1, FIX_ECX = 2, FIX_EDX = 4 };
struct bt_map {
	u32 host : 14;  /* offset in the unit's code */
	u32 guest : 8;  /* offset from unit.eip */
	u32 fix : 3;    /* FIX_* */
	u32 index : 5;  /* instructions of the unit before this one */
	u32 shadow : 2; /* SHADOW_* that the one before has cast on it */
};

struct bt_unit {
	u32 eip, lin, ctx;
	u32 body;     /* where its code is installed, 0: nowhere now (install.c) */
	u32 entry;    /* indirect entry: vcpu.target holds the EIP; 0: none */
	u32 code;     /* its code in bt.code, and behind it */
	u16 len;      /* (bytes of it) */
	u16 n_relocs; /* of them, emit.h */
	u32 frame[2]; /* source frames, NO_FRAME */
	u16 glen, n_insns;
	u32 map, n_map;
	u32 exits, n_exits;
	u32 in;   /* first exit chained to it, of those that are installed */
	u32 link; /* increased to disown chains that come from other pages */
	u32 hash_next;
	u32 frame_next[2];
	u32 reach_next[2]; /* residency.c: unit << 1 | part */
	u8 reachable;      /* bit by part */
	bool live;         /* may be found, chained and entered */
	bool published;    /* has an indirect entry when installed */
	bool tabled;       /* reached through its context's table */
	bool x87;          /* executes x87 instructions */
	u32 table_next;    /* the unit tried when it is not this one */
};

/* What stands in the translation cache from `host` on: a unit, or its entry. */
struct bt_slot {
	u32 host, unit;
};

#define NO_FRAME 0xffffffffu

/* A linear page whose units may be reached unchecked (residency.c). */
enum page_class { PAGE_CLASS_SYSTEM, PAGE_CLASS_USER, PAGE_CLASSES };
struct resident {
	u32 lin, frame;
	u32 units; /* first reachable unit, << 1 | part of it that lies here */
	bool global;
};

/* Where the GS operand of an instruction was seen to lie: wrap.c. */
struct bt_wrap {
	u32 lin;
	bool low;
	u8 changes;
};

enum page_state { PG_NONE, PG_PROTECTED, PG_SELFCHECK };

#define BT_UNITS      524288u
#define BT_EXITS      (BT_UNITS * 3)
#define BT_MAPS       (BT_UNITS * 10)
#define BT_CODE       (BT_UNITS * 96)
#define BT_CALLOUTS   262144u
#define BT_CTXS       1024u
#define BT_HASH       524288u
#define BT_RESIDENT   32768u
#define BT_WRAPS      4096u
#define BT_FAULTS     4096u
#define BT_MNEMONICS  2048u /* more than ZYDIS_MNEMONIC_MAX_VALUE */
#define BT_BREAKS     64u
#define BT_REGIONS    8u      /* of the translation cache, replaced in turn; at most */
#define BT_SLOTS      32768u  /* in each */
#define BT_UNIT_BYTES 0x2000u /* of code and relocations, at most */

/* One fault is what first touches do, two are a habit. */
#define BT_FAULTS_TO_CHECK 2

struct bt {
	struct vcpu *v;
	u32 mon;
	bool counting;
	u32 tc_start, tc_end;
	u32 tc_next, tc_limit; /* in the region being filled */
	u32 region, n_regions, region_size, n_slots[BT_REGIONS];
	u32 stub_exit64, stub_branch, stub_indirect, stub_callout, stub_raise, stub_poll,
		stub_selfcheck, stub_budget, stub_popf, stub_redirected, stubs_end;
	u32 stub_segload[2][SEGLOADS]; /* CPL 0 and 3 */
	u32 n_units, n_exits, n_maps, n_callouts, n_ctxs, n_big, n_code;
	u32 n_frames;
	u32 next_unit;   /* where the last exit is chained to; 0: look it up */
	u32 polled;      /* unit whose exits lead to the monitor, 0: none */
	u8 in_cell[256]; /* of ports: bt_port() for a byte of input, 0: none */
	u32 n_breaks;    /* linear addresses that only the monitor may lead to */
	u32 breaks[BT_BREAKS];
	u64 stat[ST_COUNT];
	u64 callouts[BT_MNEMONICS]; /* by Zydis mnemonic: instructions done by the monitor */
	u32 last_ctx[16];           /* by CPL and FS owner */
	u32 ctx_hash[4096];
	u32 hash[BT_HASH];
	struct bt_ctx ctx[BT_CTXS];
	struct bt_ctx hot[MON_BIG_COUNT]; /* get big tables at the next flush */
	u32 n_hot;
	bool flush_wanted;
	u32 table_unit[(MON_CELLS - MON_SMALL) / 4]; /* by table entry: first unit in it */
	struct bt_unit unit[BT_UNITS];
	struct bt_exit_slot exit[BT_EXITS];
	struct bt_map map[BT_MAPS];
	struct insn callout[BT_CALLOUTS];
	u8 code[BT_CODE];
	struct bt_slot slot[BT_REGIONS][BT_SLOTS];
	u32 n_resident[PAGE_CLASSES], n_local[PAGE_CLASSES]; /* from 1 */
	struct resident resident[PAGE_CLASSES][BT_RESIDENT];
	u32 page_slot[PAGE_CLASSES][0x100000]; /* by linear page; 0: none */
	struct bt_wrap wrap[BT_WRAPS];
	u8 faults[BT_FAULTS]; /* by linear address: see bt_store_faulted() */
	/* by frame, n_frames of each */
	u32 *frame_units; /* first unit with source bytes in the frame */
	u8 *frame_state;  /* enum page_state */
	u8 *frame_writes; /* writes seen while protected */
	u32 *frame_when;  /* units_translated at the last of them */
};

/* Does a debugger want to see every arrival at linear address `lin`?  Units end before
 * it and are not chained to it.  Flush after changing the list. */
static inline bool bt_break_at(const struct bt *bt, u32 lin)
{
	for (u32 i = 0; i < bt->n_breaks; i++)
		if (bt->breaks[i] == lin)
			return true;
	return false;
}

/* What the translator needs from the machine's memory. */
enum code_source {
	CODE_FRAME,  /* *bytes: host address of the page, *frame: its number */
	CODE_DEVICE, /* no frame behind it: page bytes copied to `copy` */
	CODE_FAULT,  /* vcpu.fault set */
};
enum code_source bt_code_page(struct vcpu *v, u32 lin_page, const u8 **bytes, u32 *frame,
			      u8 copy[4096]);
/* Make every window mapping of a frame read-only.  None is made writable when the
 * frame is no longer PG_PROTECTED: the next store to it faults and finds that out. */
void bt_protect_frame(struct vcpu *v, u32 frame);
/* The frame a fetch at `lin` finds now without any effect on the guest's tables, and
 * whether that survives a load of CR3.  False: the fetch has to go the whole way. */
bool bt_code_frame(struct vcpu *v, u32 lin, bool user, u32 *frame, bool *global);
/* Address in the window (vCPU GS offset) at which guest linear `lin` is seen. */
u32 bt_window_address(const struct vcpu *v, u32 lin);
/* Can `n` bytes there be seen in the window at all? */
bool bt_in_window(const struct vcpu *v, u32 lin, u32 n);

size_t bt_size(u32 n_frames);
void bt_init(struct bt *bt, struct vcpu *v, u32 mon, u32 n_frames, bool counting);
void bt_flush(struct bt *bt);
/* Use no more than `bytes` of the translation cache, at least 2 * BT_UNIT_BYTES: for
 * tests of its replacement.  Flushes. */
void bt_limit_cache(struct bt *bt, u32 bytes);

/* Context of the vCPU's present state plus `extra` mode bits. */
u32 bt_context(struct bt *bt, u32 extra);
u32 bt_context_of(struct bt *bt, u32 cs_base, u32 cs_limit, u32 mode);

/* The unit for the vCPU's EIP in `ctx`; translates if there is none (host
 * context then: see bt_translate).  0: none yet. */
u32 bt_find(struct bt *bt, u32 ctx, u32 eip);

/* Translate at EIP in `ctx`.  0 with *status MON_FAULT (fetch fault, see
 * vcpu.fault) or MON_STOP.  May flush the cache. */
u32 bt_translate(struct bt *bt, u32 ctx, u32 eip, enum mon *status);

/* Chain an exit to a unit; publish a unit in its context's table. */
void bt_insert(struct bt *bt, u32 unit);
void bt_chain(struct bt *bt, u32 exit, u32 unit);
void bt_publish(struct bt *bt, u32 unit);
void bt_invalidate(struct bt *bt, u32 unit);

/* install.c: put the unit's code into the translation cache if it is not there; the
 * oldest region goes when there is no room.  Addresses in the cache hold until the
 * next call. */
void bt_install(struct bt *bt, u32 unit);
/* Begin the next region, taking out what is there; the last one is followed by the
 * first. */
void bt_next_region(struct bt *bt);
void bt_empty(struct bt *bt);
/* Room for `n` bytes of code and their slot in the present region? */
bool bt_room(const struct bt *bt, u32 n);
/* Note that `unit` has code from `host` to `end`, which becomes the first free byte. */
void bt_installed(struct bt *bt, u32 unit, u32 host, u32 end);
/* Of an installed unit's exit: let it lead to the unit it is chained to whenever that
 * is installed; let it lead to the monitor. */
void bt_link(struct bt *bt, u32 exit);
void bt_unlink(struct bt *bt, u32 exit);
/* Take the unit out of its context's table. */
void bt_untable(struct bt *bt, u32 unit);
u32 *bt_table_entry(const struct bt_ctx *c, u32 eip);

/* The exit by which translated code left, given one that shares its thunk. */
u32 bt_exit_taken(const struct bt *bt, u32 exit, u32 flags);

/* wrap.c: does the GS operand of `i` at linear `lin` lie below the segment's base?
 * The displacement's sign, or what bt_learn_wrap() was told: that answers whether
 * the unit was wrong, and has to be made again. */
bool bt_wraps(const struct bt *bt, const struct insn *i, u32 lin);
bool bt_learn_wrap(struct bt *bt, const struct insn *i, u32 lin, bool low);

/* residency.c: may `unit` be reached without a look at the page tables from now
 * on?  Chains between units of one page always may. */
bool bt_reach(struct bt *bt, u32 unit);
bool bt_same_page(const struct bt *bt, u32 from, u32 to);
void bt_unreach(struct bt *bt, u32 unit);
/* The guest invalidated translations: all, all but global ones, those of a page. */
void bt_check_pages(struct bt *bt, enum page_class class, bool globals_too);
void bt_check_page(struct bt *bt, u32 lin);
void bt_forget_pages(struct bt *bt);

/* The unit whose host code contains `host`, 0: none. */
u32 bt_unit_at(const struct bt *bt, u32 host);
/* Recover the guest EIP of the instruction at host address `host` of `unit` and
 * restore spilled registers. */
u32 bt_recover(struct bt *bt, u32 unit, u32 host);
/* How many of the unit's instructions are not done yet when `host` is reached. */
u32 bt_undone(const struct bt *bt, u32 unit, u32 host);
/* What the instruction before the one at `host` keeps off until that has run: 0,
 * SHADOW_STI, SHADOW_SS. */
u8 bt_shadow(const struct bt *bt, u32 unit, u32 host);

/* Make the unit leave to the monitor at its end, at the latest.  False when
 * `host` is past the last point where that can be arranged. */
bool bt_poll_unit(struct bt *bt, u32 unit, u32 host);
void bt_unpoll_unit(struct bt *bt, u32 unit);

/* Guest physical bytes changed (monitor store or DMA): drop what was made from
 * them. */
void bt_frame_written(struct bt *bt, u32 frame, u32 offset, u32 n);
/* A guest store hit a protected frame: true when it was protected. */
bool bt_write_fault(struct bt *bt, u32 frame);

/* A store of the instruction at linear `lin`, in `unit`, faulted where another
 * mapping could take it: translate it so, sooner or later. */
void bt_store_faulted(struct bt *bt, u32 unit, u32 lin);

/* Turn the notes that translated code left on its last x87 instruction into
 * vcpu.x87; before any selector changes. */
void bt_x87_resolve(struct bt *bt);
/* The instruction at v->eip in `unit` trapped: the x87 instructions before it, which
 * were executed without a note yet.  `source`: the unit's bytes.  Host context. */
void bt_x87_trapped(struct bt *bt, u32 unit, const u8 *source);

void bt_make_stubs(struct bt *bt);
struct emit;
void bt_make_segload_stubs(struct bt *bt, struct emit *e, u32 leave);

/* Which register a MOV or POP loads that translated code can do: 8E, 07, 17, 1F,
 * 0F A1, 0F A9.  NO_SEG: another instruction. */
u8 bt_segload_register(const struct insn *i);

/* Accesses of `size` bytes to this port are loads (or stores, `out`) of the monitor
 * area at MON_CELLS + cell, cell in 1..255.  Before anything is translated. */
void bt_port(struct bt *bt, u16 port, unsigned size, bool out, u8 cell);

/* Loads of a byte from this port, below 256, are (again) loads of its cell, or all go
 * to the monitor: at any time, where bt_port() has given it a cell. */
void bt_port_plain(struct bt *bt, u8 port, bool plain);

#endif
