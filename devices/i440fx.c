/* SPDX-License-Identifier: MIT
 * Intel 440FX PCIset host bridge, the part the processor can see: the PAM
 * registers that route C0000h-FFFFFh to DRAM or to the ROM bus.
 * Facts: datasheet 290549-001, sections 3.2.18 (PAM) and 3.2.22 (SMRAM).
 * There is no SMM: SMRAM only holds its bits.
 */
#include "devices/i440fx.h"

enum { PAM0 = 0x59, DRB0 = 0x60, SMRAM = 0x72 };

/* Region 0 is the high nibble of PAM0, F0000h-FFFFFh; 1-12 are the nibbles of
 * PAM1-PAM6, low first, 16 KiB each from C0000h. */
static unsigned attribute(const struct i440fx *b, unsigned region)
{
	u8 v = b->fn.config[PAM0 + (region + 1) / 2];

	return (region & 1 ? v : v >> 4) & 3;
}

static void tell(struct i440fx *b, unsigned region)
{
	u32 base = region ? 0xc0000 + (region - 1) * 0x4000 : 0xf0000;

	b->seen[region] = (u8)attribute(b, region);
	if (b->wire.pam)
		b->wire.pam(b->wire.host, base, region ? 0x4000 : 0x10000, b->seen[region]);
}

static void changed(void *arg, unsigned reg, unsigned size)
{
	struct i440fx *b = arg;

	for (unsigned i = 0; i < 13; i++)
		if (b->seen[i] != attribute(b, i))
			tell(b, i);
}

void i440fx_init(struct i440fx *b)
{
	u8 *w = b->fn.wire.writable;

	pci_function_init(&b->fn, 0x8086, 0x1237, 0x060000, 0x02);
	pci_put16(&b->fn, PCI_COMMAND, 0x0006);
	pci_put16(&b->fn, PCI_STATUS, 0x0280);
	w[PCI_COMMAND] = 0; /* memory and bus master are hard-wired */
	for (unsigned i = 0x50; i < 0x59; i++)
		w[i] = 0xff; /* MCHCFG, DRAM control and timing: no effect */
	w[PAM0] = 0x30;
	for (unsigned i = 1; i < 7; i++)
		w[PAM0 + i] = 0x33;
	for (unsigned i = 0; i < 8; i++)
		w[DRB0 + i] = 0xff;
	w[0x68] = w[0x70] = w[0x71] = w[SMRAM] = 0xff;
	b->fn.wire.changed = changed;
	b->fn.wire.arg = b;
}

void i440fx_reset(struct i440fx *b)
{
	for (unsigned i = 0; i < 7; i++)
		b->fn.config[PAM0 + i] = 0;
	b->fn.config[SMRAM] = 0x02;
	for (unsigned i = 0; i < 13; i++)
		tell(b, i);
}
