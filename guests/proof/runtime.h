/* SPDX-License-Identifier: MIT
 * Inside of the case runtime: what its files share.
 */
#ifndef GUESTS_PROOF_RUNTIME_H
#define GUESTS_PROOF_RUNTIME_H

#include "conformance/sysarena.h"

/* Fixed linear addresses (proof.ld holds the first three, too). */
#define REAL_BASE      0x10000u  /* real-mode half: code, stubs, parameter block */
#define KSTACK_LOW     0x1c000u  /* stack CPL 3 cases trap to; second 64 KiB, */
#define KSTACK_TOP     0x1f000u  /*   see case_default_gpr() */
#define SHADOW_BASE    0x900000u /* copy of 0..WIN_LIN_LIMIT before the case ran */
#define SYS_PAGES      PG_BASE   /* page tables of system cases, up to the shadow */

#define SEL_KCODE      0x08
#define SEL_KDATA      0x10
#define SEL_CODE16     0x18 /* base REAL_BASE, to leave protected mode */
#define SEL_DATA16     0x20
#define SEL_TSS        0x28
#define SEL_LDT        0x30

#define CANARY         0x57a7c4ed
#define EFLAGS_VM      0x20000u
#define EFLAGS_VIRTUAL 0x180000u /* VIF, VIP */

/* State a case starts from and ends with.  trap.asm knows these offsets. */
struct cpu_state {
	u32 gpr[8];         /* 0 */
	u32 eflags;         /* 32 */
	u32 eip;            /* 36: with cs a far pointer */
	u16 cs_copy, pad;   /* 40 */
	u16 sel[A_SREGS];   /* 44 ORDER sreg */
	u32 vector, error;  /* 56, 60 */
	u32 frame, frame_n; /* 64 trap frame inside the arena, 68 its bytes */
};

extern struct cpu_state run_in, run_out;

/* trap.asm: run one case from run_in; returns after its trap with run_out. */
void run_pm_cpl0(void);
void run_pm_cpl3(void);
void run_real(void);
void run_v86(void);
/* Called from trap.asm on the runtime's own stack. */
void trap_collect_pm(u32 esp, u32 ss);
void trap_collect_real(void);

/* tables.c */
extern u32 gdt[2 * GDT_TOTAL], ldt[2 * LDT_TOTAL], idt[2 * 256], tss[TSS_DWORDS];
extern u32 tss_default[TSS_DWORDS];
void tables_init(void);
/* Gate n as cases expect it. */
void idt_default(unsigned n);
u32 *ivt(void);
void ivt_default(unsigned n);
/* Make TR name the runtime's TSS with this limit. */
void load_tss(u32 limit);
u32 desc_base(u16 sel);
bool desc_big(u16 sel);

/* system.c */
struct observation {
	u32 lin;
	u8 n;
	u32 v[2];
};
extern struct observation sys_obs[OBS_MAX];
extern unsigned sys_nobs;
extern bool sys_active;
void sys_init(void);
/* Applies n operations; returns the CPUID bits that are missing, in which case
 * nothing is active and sys_cancel() follows.  *end: the byte behind them. */
u32 sys_begin(const u8 *p, unsigned n, const u8 **end);
/* Collects sys_obs and undoes everything. */
void sys_end(void);
void sys_cancel(void);

/* selfcheck.c: NULL when sound, else what is broken. */
void selfcheck_init(void);
const char *selfcheck(void);
/* Arena outside the compared windows; 0 when clean, else a linear address. */
u32 selfcheck_arena(void);

/* report.c */
void line_begin(void);
void line_text(const char *s);
void line_dec(u32 v);
void line_hex(u32 v, unsigned digits);
/* Append a space and the CRC of the line so far, then send it. */
void line_end_crc(void);
void line_end(void);
void hex_le(u32 v, unsigned bytes); /* the last digits, lowest byte first */
/* EFLAGS of a record; of bits in `undef` the summary on the screen says nothing. */
void line_eflags(u32 v, u32 undef);
/* A record of a case that was not run: CPUID bits that are missing. */
void line_unmet(u32 missing);
/* What the lines with a CRC came to so far: all as they were said (END), and without
 * undefined flags (the screen); all bits of line_unmet(). */
struct line_sums {
	u32 said, summary, unmet;
};
extern struct line_sums line_sums;

/* poweroff.c: switch off by ACPI, then by APM; comes back where neither did it.  Or make
 * channel_exit() try one way alone. */
void poweroff(void);
void poweroff_only(enum pack_stop way);

/* firmware.c: the first KiB and the BIOS data area as the firmware left them.  Remember
 * them; change them for the runtime's own and back, around a call of the firmware. */
#define FIRMWARE_BYTES 0x500u
extern u8 firmware[FIRMWARE_BYTES];
void firmware_save(void);
void firmware_swap(void);
/* trap.asm: INT 13h by the code that biosdisk.c has put into place. */
void run_bios(void);

/* screen.c: nothing but the screen; then its lines */
void screen_only(void);
void screen_open(void);
void screen_progress(u32 done, u32 all);
void screen_message(const char *s);
/* "SUMMARY digest cases crc unmet check" (conformance/protocol.md). */
void screen_summary(u32 digest, u32 cases, const struct line_sums *sums);

/* case.c */
const u8 *case_run(const struct pack_record *r);

#endif
