# Isolation: hostile guests, what may be emitted, and that each defence is needed.
HOSTILE_NAMES := selectors syscalls monitor jumps segments selfmod flags ring3 real timer dma \
	pages low alias paging waiting
HOSTILE := $(HOSTILE_NAMES:%=$(B)/guests/hostile/%.bin) $(B)/guests/hostile/dma.img
$(filter %.bin,$(HOSTILE)): $(B)/guests/hostile/%.bin: guests/hostile/%.asm \
		guests/hostile/hostile.inc $(wildcard guests/hostile/paging*.inc)
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

# One build without each defence: the objects that mention it are compiled again,
# the rest is shared.  refvmm/check_defences.sh makes `defence-variants`, which
# is nothing unless DEFENCES names the fragment written from defences.def.
ifdef DEFENCES
-include $(DEFENCES)

defence_objects = $(patsubst %,$(B)/defence/$1/%.o,$(basename $(SOURCES_$1)))

define defence_rules
$(B)/defence/$1/%.o: %.c refvmm/defences.def
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(CFLAGS_$$(firstword $$(subst /, ,$$*))) $$(CFLAGS_$$*) \
		$$(SWITCH_$1) -Wno-unused -MMD -MP -c -o $$@ $$<
$(B)/defence/$1/%.o: %.S refvmm/defences.def
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS_ALL) $$(MODE_CPPFLAGS) $$(SWITCH_$1) -g -MMD -MP -c -o $$@ $$<

# Objects named first win over the members of the archives that define the same.
$(B)/defence/$1/isolation: $(call defence_objects,$1) $(B)/vmm/main.o $(REFVMM_LIBS)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $(call defence_objects,$1) $(B)/vmm/main.o \
		-Wl,--start-group $(REFVMM_LIBS) -Wl,--end-group $(REFVMM_LDLIBS)
$(B)/defence/$1/isolation_code: $(call defence_objects,$1) $(ISOLATION_CODE) $(B)/bt/libbt.a
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ -lZydis -lZycore $$(CHECK_LIBS)
$(B)/defence/$1/isolation_parts: $(call defence_objects,$1) $(ISOLATION_PARTS) \
		$(ISOLATION_PARTS_LIBS)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(CHECK_LIBS)
$(B)/defence/$1/backend_block: $(call defence_objects,$1) $(B)/vmm/test_backend_block.o \
		$(B)/vmm/test_seccomp.o $(LIBCLI)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(CHECK_LIBS)
$(B)/defence/$1/segmemo: $(call defence_objects,$1) $(B)/vmm/test_segmemo.o \
		$(B)/vmm/test_support.o $(LIBARCH)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(CHECK_LIBS)
endef
$(foreach d,$(DEFENCE_NAMES),$(eval $(call defence_rules,$d)))
.PHONY: defence-variants
defence-variants: $(foreach d,$(DEFENCE_NAMES),$(B)/defence/$d/$(PROGRAM_$d))
endif

CHECKS += check-defences check-docs-isolation
.PHONY: check-defences check-docs-isolation docs-isolation
check-defences: $(ISOLATION_TESTS) $(B)/vmm/test_backend_block $(B)/vmm/test_segmemo ## leave out each defence in turn: a test must fail
	@+MAKE='$(MAKE)' refvmm/check_defences.sh $(B)

docs-isolation: ## rewrite the table in docs/isolation.md from refvmm/defences.def
	refvmm/defences_table.sh docs/isolation.md > docs/isolation.md.new && mv docs/isolation.md.new docs/isolation.md

check-docs-isolation:
	@refvmm/defences_table.sh docs/isolation.md | cmp - docs/isolation.md || \
		{ echo "docs/isolation.md is stale: run make docs-isolation" >&2; exit 1; }

.PHONY: check-hostile-peers
check-hostile-peers: $(HOSTILE) ## hostile guests on Bochs (must agree) and QEMU (printed)
	guests/hostile/peers.sh $(B)

# The hostile guests and those that are compared with Bochs, with the parts that paging is
# made of, under the sanitizers.  A report must not look like a guest's exit code.
SANITIZED := $(addprefix test_,isolation isolation_parts engine window guestmem paging)
.PHONY: sanitize-ubsan sanitize-asan
sanitize-ubsan: ## hostile and own guests under UndefinedBehaviorSanitizer
sanitize-asan: ## the same under AddressSanitizer, monitor area at 7E000000
sanitize-ubsan sanitize-asan: sanitize-%:
	$(MAKE) -s MODE=$* $(SANITIZED:%=build-$*/vmm/%)
	@status=0; export UBSAN_OPTIONS=print_stacktrace=1:exitcode=99; \
		export ASAN_OPTIONS=exitcode=99:detect_leaks=0:detect_stack_use_after_return=0; \
		for test in $(SANITIZED); do CK_TIMEOUT_MULTIPLIER=3 build-$*/vmm/$$test || status=1; done; \
		exit $$status
CHECKS += sanitize-ubsan
