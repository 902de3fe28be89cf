# The engine: translator (bt/), host side of guest context, vCPU loop, machine.
ENGINE_MONITOR := alias boundary checked gatememo gdbstub guestmem hostctx ldt loop mmu paging recall redirect segmap segmemo shadow \
	soft_here trap vcpu window x87error
ENGINE_HOST := arena board bootrom enter gdbcmd gdbmem gdbregs gdbwire loader_rom machine trace trace_mem vtime
$(foreach p,$(ENGINE_MONITOR),$(eval CFLAGS_refvmm/$(p) := $(MONITOR_CFLAGS)))
REFVMM_LDLIBS := -lZydis -lZycore -lpng
LIBENGINE := $(B)/vmm/libengine.a
REFVMM_LIBS = $(LIBENGINE) $(B)/bt/libbt.a $(B)/vmm/libsoft.a $(LIBARCH) \
	$(B)/devices/libdevices.a $(LIBCLI)

$(B)/gen/refvmm/loader.rom: refvmm/loader_rom.asm
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<
$(B)/vmm/loader_rom.o: $(B)/gen/refvmm/loader.rom

$(LIBENGINE): $(patsubst %,$(B)/vmm/%.o,$(ENGINE_MONITOR) $(ENGINE_HOST))
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/refvmm: $(B)/vmm/main.o $(REFVMM_LIBS)
	$(CC) $(LDFLAGS_ALL) -o $@ $(B)/vmm/main.o -Wl,--start-group $(REFVMM_LIBS) \
		-Wl,--end-group $(REFVMM_LDLIBS)

PROGRAMS += $(B)/refvmm

# Every conformance case on every configuration of the engine, against Bochs.
CHECKS += check-cases
.PHONY: check-cases
check-cases: $(B)/refvmm $(B)/conformance/cases $(B)/guests/proof.blob $(B)/guests/boot/boot.bin
	@refvmm/test_cases.sh $(B)

# Firmware images that judge themselves, run by test_engine.
ENGINE_ROMS := $(patsubst refvmm/test_engine/%.asm,$(B)/vmm/engine/%.rom, \
	$(wildcard refvmm/test_engine/*.asm))
$(B)/vmm/engine/%.rom: refvmm/test_engine/%.asm refvmm/test_engine/rom.inc \
		refvmm/test_engine/rom_end.inc refvmm/test_engine/sys.inc
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

$(B)/vmm/test_engine: $(B)/vmm/test_engine.o $(ENGINE_ROMS) $(B)/refvmm
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(CHECK_LIBS)
TESTS += $(B)/vmm/test_engine

$(B)/vmm/test_gatememo: $(B)/vmm/test_gatememo.o $(B)/vmm/gatememo.o $(B)/vmm/test_support.o $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(B)/vmm/test_gatememo

$(B)/vmm/test_redirect: $(addprefix $(B)/vmm/,test_redirect.o redirect.o) $(B)/bt/decode.o $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis $(CHECK_LIBS)
TESTS += $(B)/vmm/test_redirect

$(B)/vmm/test_soft_here: $(addprefix $(B)/vmm/,test_soft_here.o soft_here.o) $(B)/bt/decode.o $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis $(CHECK_LIBS)
TESTS += $(B)/vmm/test_soft_here

$(B)/vmm/test_shadow: $(B)/vmm/test_shadow.o $(B)/vmm/shadow.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(B)/vmm/test_shadow

# Kernels that look at how they were started, and ways to turn the machine off.
BOOT_GUESTS := $(addprefix $(B)/vmm/boot/,linux-206.bin linux-200.bin linux-zimage.bin \
	multiboot.bin acpi_off.bin apm_off.img)
$(BOOT_GUESTS): refvmm/test_boot/say.inc refvmm/test_boot/say32.inc
$(B)/vmm/boot/%.bin: refvmm/test_boot/%.asm
	@mkdir -p $(@D)
	nasm -f bin -i refvmm/test_boot/ -o $@ $<
$(B)/vmm/boot/linux-%.bin: refvmm/test_boot/linux.asm
	@mkdir -p $(@D)
	nasm -f bin -i refvmm/test_boot/ -o $@ \
		$(if $(filter zimage,$*),-D VERSION=0x201 -D LOW,-D VERSION=0x$*) $<
$(B)/vmm/boot/%.img: $(B)/vmm/boot/%.bin
	cp $< $@.new
	truncate -s 1474560 $@.new
	mv $@.new $@

CHECKS += check-start
.PHONY: check-start
check-start: $(B)/refvmm $(BOOT_GUESTS) ## kernels, modules and power-off under both firmwares
	@refvmm/test_start.sh $(B)

# The stub with the stock debugger.
$(B)/vmm/gdb/guest.bin: refvmm/test_gdb/guest.asm
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

CHECKS += check-gdb
.PHONY: check-gdb
check-gdb: $(B)/refvmm $(B)/vmm/gdb/guest.bin $(B)/vmm/boot/apm_off.img ## --gdb with the stock debugger
	@refvmm/test_gdb.sh $(B)

$(B)/vmm/test_gdbwire: $(B)/vmm/test_gdbwire.o $(B)/vmm/gdbwire.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
$(B)/vmm/test_gdbmem: $(B)/vmm/test_gdbmem.o $(B)/vmm/gdbmem.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
CFLAGS_refvmm/test_gdbstub := -DBUILD='"$(B)"'
$(B)/vmm/test_gdbstub: $(B)/vmm/test_gdbstub.o $(B)/vmm/gdbwire.o $(B)/refvmm $(B)/vmm/gdb/guest.bin
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(CHECK_LIBS)
TESTS += $(addprefix $(B)/vmm/test_,gdbwire gdbmem gdbstub)

$(B)/vmm/test_segmap: $(B)/vmm/test_segmap.o $(B)/vmm/segmap.o $(B)/vmm/shadow.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(B)/vmm/test_segmap

$(B)/vmm/test_segmemo: $(B)/vmm/test_segmemo.o $(B)/vmm/segmemo.o $(B)/vmm/test_support.o $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(B)/vmm/test_segmemo

$(B)/vmm/test_alias: $(B)/vmm/test_alias.o $(B)/vmm/alias.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(B)/vmm/test_alias

# Page tables in a small RAM.
PAGING_TESTS := $(addprefix $(B)/vmm/test_,paging guestmem window mmu)
PAGING_PARTS := $(addprefix $(B)/vmm/,test_paging_support.o paging.o guestmem.o window.o recall.o)
$(PAGING_TESTS): %: %.o $(PAGING_PARTS) $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
$(B)/vmm/test_window $(B)/vmm/test_mmu: $(B)/vmm/mmu.o
TESTS += $(PAGING_TESTS)
