# Isolation: hostile guests, what may be emitted, and that each defence is needed.
HOSTILE_NAMES := selectors syscalls monitor jumps segments selfmod flags ring3 real timer dma \
	pages low waiting
HOSTILE := $(HOSTILE_NAMES:%=$(B)/guests/hostile/%.bin) $(B)/guests/hostile/dma.img
$(filter %.bin,$(HOSTILE)): $(B)/guests/hostile/%.bin: guests/hostile/%.asm \
		guests/hostile/hostile.inc
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

# Floppy with the boot loader of guests/boot/: it is told the number of sectors.
$(B)/guests/hostile/%.img: $(B)/guests/hostile/%.bin $(B)/guests/boot/boot.bin \
		guests/hostile/floppy.sh
	guests/hostile/floppy.sh $(B)/guests/boot/boot.bin $< $@

$(B)/vmm/hostile_preload.so: refvmm/hostile_preload.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) -O2 -fPIC -shared -D_GNU_SOURCE -o $@ $<

$(B)/vmm/test_isolation: $(B)/vmm/test_isolation.o $(HOSTILE) $(B)/refvmm \
		$(B)/vmm/hostile_preload.so
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(CHECK_LIBS)

# What the translator emits for every opcode, and two defences without a guest.
ISOLATION_CODE := $(B)/vmm/test_isolation_code.o $(B)/bt/test_support.o
$(B)/vmm/test_isolation_code: $(ISOLATION_CODE) $(B)/bt/libbt.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)

ISOLATION_PARTS := $(B)/vmm/test_isolation_parts.o
ISOLATION_PARTS_LIBS := $(LIBENGINE) $(LIBARCH)
$(B)/vmm/test_isolation_parts: $(ISOLATION_PARTS) $(ISOLATION_PARTS_LIBS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)

ISOLATION_TESTS := $(addprefix $(B)/vmm/test_,isolation isolation_code isolation_parts)
TESTS += $(ISOLATION_TESTS)

# One build without one defence: make DEFENCE=name DEFENCE_FLAGS=... DEFENCE_SOURCES=...
ifdef DEFENCE
W := $(B)/defence/$(DEFENCE)
WITHOUT_OBJ := $(patsubst %,$(W)/%.o,$(basename $(DEFENCE_SOURCES)))

$(W)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_$(firstword $(subst /, ,$*))) $(CFLAGS_$*) $(DEFENCE_FLAGS) -Wno-unused -c -o $@ $<
$(W)/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(MODE_CPPFLAGS) $(DEFENCE_FLAGS) -g -c -o $@ $<

# Objects named first win over the members of the archives that define the same.
$(W)/isolation: $(WITHOUT_OBJ) $(B)/vmm/main.o $(REFVMM_LIBS)
	$(CC) $(LDFLAGS_ALL) -o $@ $(WITHOUT_OBJ) $(B)/vmm/main.o -Wl,--start-group \
		$(REFVMM_LIBS) -Wl,--end-group -lZydis -lZycore
$(W)/isolation_code: $(WITHOUT_OBJ) $(ISOLATION_CODE) $(B)/bt/libbt.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)
$(W)/isolation_parts: $(WITHOUT_OBJ) $(ISOLATION_PARTS) $(ISOLATION_PARTS_LIBS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
endif

.PHONY: check-defences
check-defences: $(ISOLATION_TESTS) ## leave out each defence in turn: a test must fail
	@+MAKE='$(MAKE)' refvmm/check_defences.sh $(B)

.PHONY: check-hostile-peers
check-hostile-peers: $(HOSTILE) ## hostile guests on Bochs (must agree) and QEMU (printed)
	guests/hostile/peers.sh $(B)
