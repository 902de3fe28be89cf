/* SPDX-License-Identifier: MIT
 * What ACPI firmware says of this board: soft off, the PCI bus and the interrupt
 * routing of its PIIX3, and the ISA devices an operating system cannot find by
 * itself.  Compiled by iasl; ACPI 1.0b, chapters 5 and 6; PIIX3 datasheet
 * 290550, section 2.2 (PIRQ route control).
 *
 * There is no APIC: _PRT names link devices, and these the 8259 inputs.
 */
DefinitionBlock ("", "DSDT", 1, "VMPROO", "VMPROOF ", 1)
{
	/* PIIX4: SLP_TYP 0 is soft off. */
	Name (\_S5, Package () { 0, 0, 0, 0 })

	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0, 0x0000, 0x00ff, 0, 0x0100)
				IO (Decode16, 0x0cf8, 0x0cf8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0000, 0x0cf7, 0, 0x0cf8)
				WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
					0, 0x0d00, 0xffff, 0, 0xf300)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					Cacheable, ReadWrite,
					0, 0x000a0000, 0x000bffff, 0, 0x00020000)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite,
					0, 0x80000000, 0xfebfffff, 0, 0x7ec00000)
			})

			/* Pin A of device n is routed to link (n - 1) mod 4, the next pin to
			 * the next link.  The firmware programs the same swizzle. */
#define PINS(n, a, b, c, d) \
			Package () { 0x##n##ffff, 0, a, 0 }, \
			Package () { 0x##n##ffff, 1, b, 0 }, \
			Package () { 0x##n##ffff, 2, c, 0 }, \
			Package () { 0x##n##ffff, 3, d, 0 }
			Name (_PRT, Package ()
			{
				PINS (0001, LNKS, LNKB, LNKC, LNKD),
				PINS (0002, LNKB, LNKC, LNKD, LNKA),
				PINS (0003, LNKC, LNKD, LNKA, LNKB),
				PINS (0004, LNKD, LNKA, LNKB, LNKC),
				PINS (0005, LNKA, LNKB, LNKC, LNKD),
				PINS (0006, LNKB, LNKC, LNKD, LNKA),
				PINS (0007, LNKC, LNKD, LNKA, LNKB),
				PINS (0008, LNKD, LNKA, LNKB, LNKC)
			})

			Device (ISA)
			{
				Name (_ADR, 0x00010000)
				OperationRegion (ROUT, PCI_Config, 0x60, 4)
				Field (ROUT, ByteAcc, NoLock, Preserve)
				{
					PRQA, 8,
					PRQB, 8,
					PRQC, 8,
					PRQD, 8
				}

				Device (PIC)
				{
					Name (_HID, EisaId ("PNP0000"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0020, 0x0020, 0, 2)
						IO (Decode16, 0x00a0, 0x00a0, 0, 2)
						IO (Decode16, 0x04d0, 0x04d0, 0, 2)
						IRQNoFlags () { 2 }
					})
				}
				Device (TIMR)
				{
					Name (_HID, EisaId ("PNP0100"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0040, 0x0040, 0, 4)
						IRQNoFlags () { 0 }
					})
				}
				Device (RTC)
				{
					Name (_HID, EisaId ("PNP0B00"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0070, 0x0070, 1, 2)
						IRQNoFlags () { 8 }
					})
				}
				Device (KBD)
				{
					Name (_HID, EisaId ("PNP0303"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x0060, 0x0060, 1, 1)
						IO (Decode16, 0x0064, 0x0064, 1, 1)
						IRQNoFlags () { 1 }
					})
				}
				Device (MOU)
				{
					Name (_HID, EisaId ("PNP0F13"))
					Name (_CRS, ResourceTemplate () { IRQNoFlags () { 12 } })
				}
				Device (FDC0)
				{
					Name (_HID, EisaId ("PNP0700"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x03f2, 0x03f2, 0, 4)
						IO (Decode16, 0x03f7, 0x03f7, 0, 1)
						IRQNoFlags () { 6 }
						DMA (Compatibility, NotBusMaster, Transfer8) { 2 }
					})
				}
				Device (COM1)
				{
					Name (_HID, EisaId ("PNP0501"))
					Name (_UID, 1)
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x03f8, 0x03f8, 0, 8)
						IRQNoFlags () { 4 }
					})
				}
			}
		}

		/* A link: one PIRQ route register, IRQ in bits 3-0, bit 7 off. */
#define LINK(name, id, reg) \
		Device (name) \
		{ \
			Name (_HID, EisaId ("PNP0C0F")) \
			Name (_UID, id) \
			Name (_PRS, ResourceTemplate () \
				{ IRQ (Level, ActiveLow, Shared) { 5, 10, 11 } }) \
			Method (_STA) \
			{ \
				If (And (reg, 0x80)) { Return (0x09) } \
				Return (0x0b) \
			} \
			Method (_DIS) { Or (reg, 0x80, reg) } \
			Method (_CRS, 0, Serialized) \
			{ \
				Name (BUF, ResourceTemplate () \
					{ IRQ (Level, ActiveLow, Shared) { 5 } }) \
				CreateWordField (BUF, 1, MASK) \
				Store (0, MASK) \
				If (LNot (And (reg, 0x80))) \
					{ ShiftLeft (1, And (reg, 0x0f), MASK) } \
				Return (BUF) \
			} \
			Method (_SRS, 1) \
			{ \
				CreateWordField (Arg0, 1, MASK) \
				FindSetRightBit (MASK, Local0) \
				Store (Subtract (Local0, 1), reg) \
			} \
		}
		LINK (LNKA, 0, \_SB.PCI0.ISA.PRQA)
		LINK (LNKB, 1, \_SB.PCI0.ISA.PRQB)
		LINK (LNKC, 2, \_SB.PCI0.ISA.PRQC)
		LINK (LNKD, 3, \_SB.PCI0.ISA.PRQD)

		/* The SCI of the power management function is wired to IRQ 9. */
		Device (LNKS)
		{
			Name (_HID, EisaId ("PNP0C0F"))
			Name (_UID, 4)
			Name (_PRS, ResourceTemplate () { IRQ (Level, ActiveLow, Shared) { 9 } })
			Name (_CRS, ResourceTemplate () { IRQ (Level, ActiveLow, Shared) { 9 } })
			Method (_STA) { Return (0x0b) }
			Method (_DIS) { }
			Method (_SRS, 1) { }
		}
	}
}
