# The chips of the PC board and the board itself: libdevices.a.
# Every file here that is no test, so that parts can be added side by side.
DEVICES_PARTS := $(filter-out test_%,$(basename $(notdir $(sort $(wildcard devices/*.c devices/*.S)))))
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
