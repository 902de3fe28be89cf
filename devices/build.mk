# The chips of the PC board and the board itself: libdevices.a.
DEVICES_PARTS := acpi_pm at_keyboard ata_disk clock cmos_pc debugcon exitport floppy_media \
	fwcfg i440fx i8042 i82077 i82077_data i8237 i8254 i8259 ide keys mc146818 ns16550 pc \
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
