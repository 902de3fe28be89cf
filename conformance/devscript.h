/* SPDX-License-Identifier: MIT
 * Device scripts as they travel in the pack: what conformance/dev/ compiles and
 * guests/proof/dev.c runs.  A device case is a record with mode CM_DEV; behind its
 * head lie the needs (u32) and PACK_DEV_STEPS steps.  Everything a step records goes
 * to the next bytes of the log, which is the case's result.
 */
#ifndef CONFORMANCE_DEVSCRIPT_H
#define CONFORMANCE_DEVSCRIPT_H

#include "refvmm/types.h"

enum dev_op {
	DV_OUT,    /* size, port, value */
	DV_IN,     /* size, port, mask: records what was read under the mask */
	DV_READ,   /* size, port: read and forgotten */
	DV_WAIT,   /* size, port: until what is read under the mask is value */
	DV_GET,    /* size, port, mask: into variable `value` */
	DV_RANGE,  /* size, port, mask, value: low | high << 16; records DEV_RANGE_LOG bytes */
	DV_DIFF,   /* port: variables a | b << 8; (b - a) & mask is in the range value */
	DV_INS,    /* size, port, mask: address, value: how often (REP INS) */
	DV_OUTS,   /* the same, REP OUTS */
	DV_POKE,   /* size, mask: address, value */
	DV_PEEK,   /* size, mask: address, value: mask of what is recorded */
	DV_TOUCH,  /* size, mask: address: read and forgotten */
	DV_FILL,   /* mask: address, value: byte | count << 8 */
	DV_MOVE,   /* mask: from, value: to, port: count (REP MOVSB) */
	DV_INTS,   /* lets interrupts in for a moment; records how many came since the last
		      of these, and the first `value` vectors */
	DV_AWAIT,  /* lets interrupts in until vector `value` has come */
	DV_EOI,    /* value: the handler ends interrupts itself (1) or not (0) */
	DV_ACK,    /* the handler reads this port; port 0: none */
	DV_DELAY,  /* value: milliseconds */
	DV_ARM,    /* a reset is coming: the log is kept in memory that it spares */
	DV_BACK,   /* records how the guest got here: enum dev_back */
	DV_TRIPLE, /* value: enum dev_lost: exceptions that end in shutdown */
	DV_A20,    /* port 92h or 64h: gate off, look, gate on; records enum dev_a20 */
	DV_RANDOM, /* value: seed, mask: accesses */
	DV_TRY,    /* begins what the next DV_UNTIL does again */
	DV_UNTIL,  /* size, port: what is read under the mask is value, else again from DV_TRY on */
	DV_CALL,   /* mask: address: calls code that keeps EBX, ESI, EDI and EBP; records AL */
	DV_OPS
};

enum dev_back { BACK_RAN_ON, BACK_BOOTED, BACK_VECTOR };
/* No IDT; CR3 that maps nothing, by MOV and by a task switch; absent gates; no stack; the
 * IDT in an absent page; #DF through a task gate to a busy task. */
enum dev_lost {
	LOST_NO_IDT,
	LOST_EMPTY_CR3,
	LOST_TASK_CR3,
	LOST_GATES,
	LOST_STACK,
	LOST_IDT_PAGE,
	LOST_DF_TASK,
	LOST_KINDS
};
enum dev_a20 { A20_STAYED_ON = 1, A20_WRAPPED = 2 };

#define DV_VALUE_VAR   0x80u /* in op: the value is variable `value & 7` */
#define DV_SIZE(s)     ((s)&7u)
#define DV_PORT_VAR(s) ((s) >> 4) /* 1-8: added to the port */
#define DEV_VARS       8u

struct dev_step {
	u8 op, size;
	u16 port;
	u32 mask, value;
};

#define DEV_LOG_MAX   512u
#define DEV_RANGE_LOG 5u    /* 1 when in the range, then the value */
#define DEV_VEC_LOW   0x40u /* vectors a script may give the interrupt controllers */
#define DEV_VEC_HIGH  0x7fu
#define DEV_SEEN_MAX  64u

/* Memory a script may use: two times 64 KiB minus the EBDA, a 64 KiB edge inside. */
#define DEV_BUF_LOW  0x88000u
#define DEV_BUF_HIGH 0x98000u

/* In eflags of the pack record. */
#define PACK_DEV(steps, log) ((u32)(steps) | (u32)(log) << 16)
#define PACK_DEV_STEPS(e)    ((e)&0xffffu)
#define PACK_DEV_LOG(e)      ((e) >> 16)

/* So often is what lies between DV_TRY and DV_UNTIL done, in all. */
#define DEV_TRIES 16u

/* A script that waited in vain: vector of its record, EIP is the step. */
#define VEC_TIMEOUT 0xfdu

/* What a machine must have, else the case is not run. */
#define DEV_NEEDS(X)                                                                               \
	X(pic, "two 8259s at 20h and A0h")                                                         \
	X(pit, "an 8254 at 40h")                                                                   \
	X(rtc, "a clock at 70h")                                                                   \
	X(kbc, "an 8042 at 60h")                                                                   \
	X(mouse, "a mouse")                                                                        \
	X(dma, "an 8237 at 00h")                                                                   \
	X(com1, "a COM1 that does not carry the results")                                          \
	X(fdc, "a floppy controller at 3F0h")                                                      \
	X(fdd, "a floppy in drive 0")                                                              \
	X(ide, "a disk as first IDE device")                                                       \
	X(atapi, "a CD-ROM as third IDE device")                                                   \
	X(cd, "a medium in the CD-ROM")                                                            \
	X(vga, "a VGA")                                                                            \
	X(pci, "PCI configuration mechanism 1")                                                    \
	X(piix, "a 440FX host bridge and a PIIX south bridge")                                     \
	X(bm, "a PIIX bus master IDE with an address")                                             \
	X(pm, "a PIIX4 power management block with an address")                                    \
	X(p92, "a port 92h")                                                                       \
	X(elcr, "edge/level registers at 4D0h")

#define X(name, text) NEED_##name,
enum dev_need { DEV_NEEDS(X) DEV_NEED_COUNT };
#undef X

#endif
