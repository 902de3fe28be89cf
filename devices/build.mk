# The chips of the PC board and the board itself: libdevices.a.
DEVICES_PARTS := acpi_dsdt acpi_pm acpi_tables at_keyboard ata_disk clock cmos_pc debugcon \
	exitport floppy_media fwcfg i440fx i8042 i82077 i82077_data i8237 i8254 i8259 ide keys mc146818 ns16550 pc \
	pc_ports pci piix3 port61 port92 post80 ps2_mouse vga vga_dispi vga_memory vga_text
LIBDEVICES := $(B)/devices/libdevices.a

$(LIBDEVICES): $(DEVICES_PARTS:%=$(B)/devices/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

PROGRAMS += $(LIBDEVICES)

DEVICES_TESTS := $(patsubst %.c,$(B)/%,$(wildcard devices/test_*.c))
$(DEVICES_TESTS): %: %.o $(LIBDEVICES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(DEVICES_TESTS)

# Comments and macros are the C preprocessor's.
$(B)/gen/devices/dsdt.aml: devices/dsdt.asl
	@mkdir -p $(@D)
	$(CC) -E -P -x c -o $(@:.aml=.i.asl) $<
	iasl -vs -vr -p $(@:.aml=) $(@:.aml=.i.asl) >$(@:.aml=.log) || \
		{ cat $(@:.aml=.log) >&2; exit 1; }
$(B)/devices/acpi_dsdt.o: $(B)/gen/devices/dsdt.aml
