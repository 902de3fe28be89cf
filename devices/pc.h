/* SPDX-License-Identifier: MIT
 * The PC board as its processor sees it: an I/O port space, memory-mapped
 * device windows, an interrupt pin and a clock.  devices/ knows nothing of the
 * CPU or of the host: everything it needs from outside comes through
 * struct pc_host, everything it offers is declared here.
 *
 * All functions run in one thread.  None of them blocks, except that a disk
 * transfer may wait for the host file.
 */
#ifndef DEVICES_PC_H
#define DEVICES_PC_H

#include "devices/keys.h"
#include "refvmm/types.h"

struct pc; /* opaque: the chips and how they are wired */

enum pc_reset_cause { PC_RESET_8042, PC_RESET_PORT92, PC_RESET_CF9 };

enum pc_stop {
	PC_STOP_EXIT_PORT, /* guest wrote the exit port; code = (n << 1) | 1 */
	PC_STOP_SHUTDOWN,  /* "Shutdown" on port 0x8900 */
	PC_STOP_IO_ERROR,  /* a back end failed for good; text says which */
};

/* PAM attribute of one shadow region of the i440FX (datasheet 290549, PAM). */
#define PC_PAM_READ  1u /* reads come from DRAM, else from ROM */
#define PC_PAM_WRITE 2u /* writes go to DRAM, else they are dropped */

/* Bytes of memory on the display adapter. */
#define PC_VIDEO_MEMORY (16u << 20)

/* What the board needs from the machine around it.  `host` is passed back. */
struct pc_host {
	void *host;
	/* Virtual time in nanoseconds since power-on; never goes back. */
	u64 (*now_ns)(void *host);
	/* The earliest device deadline moved: call pc_run() at or after `ns`
	 * (UINT64_MAX: no deadline). */
	void (*deadline)(void *host, u64 ns);
	/* Call pc_went_on() right before the guest runs on.  May be NULL. */
	void (*going_on)(void *host);
	/* Level of the INT pin of the master 8259. */
	void (*intr)(void *host, bool level);
	/* Level of the NMI pin.  May be NULL. */
	void (*nmi)(void *host, bool level);
	/* Level of IGNNE#: floating-point errors are to be ignored (CR0.NE = 0).
	 * May be NULL. */
	void (*ignne)(void *host, bool level);
	/* A20 gate: false masks address bit 20. */
	void (*a20)(void *host, bool enabled);
	/* One PAM region changed: [base, base+size) below 1 MiB, PC_PAM_*. */
	void (*pam)(void *host, u32 base, u32 size, unsigned attr);
	/* The option ROM is decoded at physical [base, base + vgabios_size), or
	 * nowhere (size 0): plain memory that may be read without the board.
	 * May be NULL. */
	void (*option_rom)(void *host, u32 base, u32 size);
	/* The display adapter's memory is decoded at physical [base, base + size), or
	 * nowhere (size 0): pc_config.video_memory may be read and written there without
	 * the board.  May be NULL. */
	void (*video_memory)(void *host, u32 base, u32 size);
	/* Cell `k` may not be used in place of pc_in() for now (!plain), or again: its
	 * register is about to change, and a program that polls it counts how often.
	 * May be NULL. */
	void (*cell)(void *host, unsigned k, bool plain);
	/* Bus-master access to guest physical memory; out of range reads give
	 * all ones, writes are dropped. */
	void (*dma_read)(void *host, u32 phys, void *dst, u32 size);
	void (*dma_write)(void *host, u32 phys, const void *src, u32 size);
	/* Ask for a machine reset after the current instruction. */
	void (*reset)(void *host, enum pc_reset_cause cause);
	/* Ask to stop after the current instruction. */
	void (*stop)(void *host, enum pc_stop why, int code, const char *text);
};

/* Character back end (COM1, debug console): write returns bytes taken, read
 * returns bytes got or 0 when nothing waits.  NULL functions: not connected. */
struct pc_char {
	void *arg;
	int (*write)(void *arg, const u8 *data, int n);
	int (*read)(void *arg, u8 *data, int n);
};

/* Block back end in 512-byte sectors; 0 on success or -errno. */
struct pc_block {
	void *arg;
	u64 sectors;
	bool read_only;
	int (*read)(void *arg, u64 lba, void *dst, u32 sectors);
	int (*write)(void *arg, u64 lba, const void *src, u32 sectors);
};

/* Data that firmware can read (QEMU fw_cfg): a file by `name`, or, without one,
 * the item number `select`.  Not copied. */
struct pc_item {
	const char *name;
	u16 select;
	const void *data;
	u32 size;
};

/* A register that only holds a value: reading it has no effect, writing it none
 * but the value.  A processor that would rather not call pc_in() and pc_out() for
 * `size` bytes at `port` may use cell number k of pc_config.cells instead, as far
 * as `in` and `out` allow; what a write leaves in the upper bytes is ignored. */
struct pc_cell {
	u16 port;
	u8 size;
	bool in, out;
};
enum { PC_CELL_POST, PC_CELL_KBC_STATUS, PC_CELL_PCI_ADDRESS, PC_CELLS };
extern const struct pc_cell pc_cells[PC_CELLS];

struct pc_config {
	u64 ram_size;                 /* bytes, multiple of 1 MiB */
	const struct pc_block *hda;   /* primary master; NULL: no drive */
	const struct pc_block *hdb;   /* primary slave */
	const struct pc_block *cdrom; /* secondary master, an ATAPI drive with this disc */
	const struct pc_block *floppy;
	struct pc_char com1;
	struct pc_char debugcon;  /* port 0xE9 (reads back 0xE9) */
	struct pc_char biosdebug; /* port 0x402, SeaBIOS messages */
	const u8 *vgabios;        /* option ROM image; placed by the board where
				   * the firmware looks for it (PCI ROM BAR) */
	u32 vgabios_size;
	/* PC_VIDEO_MEMORY bytes of zeros for the display adapter, kept by the caller;
	 * NULL: the board allocates them. */
	u8 *video_memory;
	char boot_order[4];          /* subset of "acdn", first first; kept in CMOS */
	u64 rtc_epoch;               /* Unix time at power-on */
	bool boot_menu;              /* SeaBIOS waits for ESC */
	const struct pc_item *items; /* more for the firmware configuration device */
	unsigned n_items;
	/* PC_CELLS values, up to date whenever no function of the board runs; kept
	 * by the caller, NULL: not wanted. */
	u32 *cells;
};

struct pc *pc_create(const struct pc_config *cfg, const struct pc_host *host);
void pc_destroy(struct pc *pc);
void pc_reset(struct pc *pc); /* the RESET# line of all chips */

/* Port access, size 1, 2 or 4; unclaimed ports read all ones.  Wide accesses
 * to byte devices are split low byte first (ISA bus behaviour). */
u32 pc_in(struct pc *pc, u16 port, unsigned size);
void pc_out(struct pc *pc, u16 port, u32 value, unsigned size);

/* Memory-mapped access outside RAM and ROM (VGA window, PCI BARs); unclaimed
 * addresses read all ones and drop writes.  size 1, 2 or 4. */
u32 pc_mmio_read(struct pc *pc, u32 phys, unsigned size);
void pc_mmio_write(struct pc *pc, u32 phys, u32 value, unsigned size);

/* Level of the FERR# pin: a floating-point error with CR0.NE = 0. */
void pc_ferr(struct pc *pc, bool level);

/* Interrupt acknowledge cycle: vector of the highest request (8259 INTA). */
u8 pc_intack(struct pc *pc);

/* Run everything whose deadline is at or before now. */
void pc_run(struct pc *pc);

/* The processor is about to run on, after pc_host.going_on() asked to hear of it. */
void pc_went_on(struct pc *pc);

/* A key of the keyboard moves. */
void pc_key(struct pc *pc, enum key key, enum key_move move);
/* Has the guest taken every scan code so far? */
bool pc_keys_taken(struct pc *pc);
/* The mouse moved by counts: x right, y up, z wheel towards the user; buttons held
 * now (MOUSE_* of devices/ps2_mouse.h). */
void pc_mouse(struct pc *pc, s32 dx, s32 dy, s32 dz, u8 buttons);

/* Tell the board that a character back end has input waiting. */
void pc_char_poll(struct pc *pc);

/* Counter 0 of the 8254 since its control word: what the clock says and what the
 * processor got.  Ticks due in the periodic modes 2 and 3: clocks / divisor. */
struct pc_timer {
	u8 mode;
	u32 divisor;
	u64 clocks;    /* of 1193182 Hz */
	u64 delivered; /* interrupts acknowledged */
	u64 waiting;   /* ticks that came while others waited, to be delivered */
	u64 dropped;   /* ticks given up: the host was away for too long */
};
void pc_timer(struct pc *pc, struct pc_timer *out);

/* Somebody pushes the power button: what follows is up to the guest. */
void pc_power_button(struct pc *pc);

/* A card pulls IOCHK# low: NMI, unless the guest masked it. */
void pc_iochk(struct pc *pc);

/* Text screen as the VGA shows it now: rows of `cols` CP437 bytes without
 * attributes.  Returns false when a graphics mode is active. */
struct pc_screen {
	unsigned cols, rows, cursor_x, cursor_y;
	u8 cell[60 * 132];
};
bool pc_screen_text(struct pc *pc, struct pc_screen *out);

/* The picture the monitor shows, text or graphics: its size now, and then
 * width * height pixels of 0x00RRGGBB, row by row. */
void pc_picture_size(struct pc *pc, unsigned *width, unsigned *height);
void pc_picture(struct pc *pc, u32 *pixel);

#endif
