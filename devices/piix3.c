/* SPDX-License-Identifier: MIT
 * Intel 82371SB (PIIX3).  Facts: datasheet 290550-002, section 2.2 (ISA
 * bridge), 2.3 (IDE), 2.5.5.4 (reset control).
 *
 * The IDE channels decode their legacy ports whether or not IDETIM enables them,
 * because a BIOS without PCI code (the legacy Bochs BIOS) never does.  The bus
 * master is in ide_busmaster.c; its registers are where BAR 4 says.
 */
#include "devices/piix3.h"

enum { PIRQRC = 0x60, XBCS = 0x4e, IDETIM = 0x40 };
enum { RC_RESET_CPU = 0x04, RC_HARD = 0x02 };

void piix3_init(struct piix3 *p)
{
	u8 *w;

	pci_function_init(&p->isa, 0x8086, 0x7000, 0x060100, 0x00);
	pci_put16(&p->isa, PCI_COMMAND, 0x0007);
	pci_put16(&p->isa, PCI_STATUS, 0x0200);
	p->isa.config[PCI_HEADER] = 0x80; /* more functions follow */
	w = p->isa.wire.writable;
	w[PCI_COMMAND] = 0; /* always on */
	for (unsigned i = 0; i < 4; i++)
		w[PIRQRC + i] = 0x8f;
	w[0x4c] = w[XBCS] = w[XBCS + 1] = w[0x69] = 0xff;
	for (unsigned i = 0x70; i < 0xb0; i++)
		w[i] = 0xff; /* motherboard IRQ, DMA, SMI: no effect */

	pci_function_init(&p->ide, 0x8086, 0x7010, 0x010180, 0x00);
	pci_put16(&p->ide, PCI_STATUS, 0x0280);
	pci_add_io_bar(&p->ide, PIIX3_BMIBA, 16);
	w = p->ide.wire.writable;
	for (unsigned i = 0; i < 4; i++)
		w[IDETIM + i] = 0xff;
	w[0x44] = 0xff;
	piix3_reset(p);
}

void piix3_reset(struct piix3 *p)
{
	for (unsigned i = 0; i < 4; i++) {
		p->isa.config[PIRQRC + i] = 0x80; /* not routed */
		p->ide.config[IDETIM + i] = 0;
	}
	p->ide.config[PCI_COMMAND] = 0;
	pci_put32(&p->ide, PIIX3_BMIBA, 1);
	p->isa.config[0x4c] = 0x4d;
	p->isa.config[XBCS] = 0x03;
	p->isa.config[XBCS + 1] = 0;
	p->reset_control = 0;
}

u8 piix3_rc_in(void *chip, unsigned reg)
{
	struct piix3 *p = chip;

	return p->reset_control;
}

void piix3_rc_out(void *chip, unsigned reg, u8 v)
{
	struct piix3 *p = chip;
	bool rise = (v & RC_RESET_CPU) && !(p->reset_control & RC_RESET_CPU);

	p->reset_control = v & (RC_RESET_CPU | RC_HARD);
	if (rise)
		line_set(&p->wire.reset, true);
}
