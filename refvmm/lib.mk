# librefvmm: the engine without a machine around it, one object whose only global
# names are refvmm_*.
LIB_PARTS := $(ENGINE_MONITOR) arena enter gdbcmd gdbmem gdbregs gdbwire trace trace_mem \
	lib_board lib_state librefvmm
LIBREFVMM := $(B)/librefvmm.a

$(B)/vmm/librefvmm.all.o: $(LIB_PARTS:%=$(B)/vmm/%.o) $(B)/bt/libbt.a $(B)/vmm/libsoft.a $(LIBARCH)
	$(LD) -r -o $@ $(filter %.o,$^) --whole-archive $(filter %.a,$^)
	objcopy --wildcard --keep-global-symbol='refvmm_*' $@

$(LIBREFVMM): $(B)/vmm/librefvmm.all.o
	@rm -f $@
	$(AR) rcs $@ $<

PROGRAMS += $(LIBREFVMM)

LIB_TESTS := $(addprefix $(B)/vmm/test_,librefvmm librandom libhang)
$(LIB_TESTS): %: %.o $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)
TESTS += $(LIB_TESTS)

$(B)/vmm/test_checked: $(B)/vmm/test_checked.o $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)
TESTS += $(B)/vmm/test_checked

$(B)/vmm/test_x87_store: $(B)/vmm/test_x87_store.o $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)
TESTS += $(B)/vmm/test_x87_store

# The example of docs/librefvmm.md does what the page says.
CHECKS += check-librefvmm
.PHONY: check-librefvmm
check-librefvmm: $(LIBREFVMM)
	@sed -n '/^```c$$/,/^```$$/{/^```/!p}' docs/librefvmm.md > $(B)/vmm/lib_example.c
	@$(CC) $(CSTD) $(WARN) $(MODE_CFLAGS) -fPIE -I. -o $(B)/vmm/lib_example $(B)/vmm/lib_example.c \
		$(LDFLAGS_ALL) $(LIBREFVMM) -lZydis -lZycore
	@want=$$(sed -n 's/^It prints `\(.*\)`\.$$/\1/p' docs/librefvmm.md); got=$$($(B)/vmm/lib_example); \
	test "$$want" = "$$got" && echo "1 passed, 0 failed, 0 skipped" || \
		{ echo "docs/librefvmm.md: the example prints '$$got'" >&2; exit 1; }
