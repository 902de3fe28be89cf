# Command line, host checks, loaders, back ends: libcli.a.  The program itself is
# linked where machine_run() is (engine.mk); refvmm-cli is the same command line
# in front of a machine that only reports what it was given, for the tests.
CLI_PARTS := backend_block backend_char check_host config_open control footprint gdblisten host_probes \
	host_probes_ldt host_probes_map hosttest hosttest_enter load_kernel load_linux \
	load_multiboot load_rom message multiboot_plan options options_text output panel \
	screen_text screenshot statsjson typist
LIBCLI := $(B)/vmm/libcli.a

$(LIBCLI): $(CLI_PARTS:%=$(B)/vmm/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

# version.h changes only when the version does, so a commit relinks little.
REFVMM_VERSION := 0.1.0
.PHONY: refvmm-version
refvmm-version:
$(B)/gen/refvmm/version.h: refvmm-version
	@mkdir -p $(@D)
	@rev=$$(git rev-parse --short HEAD 2>/dev/null) || rev=; \
	echo "#define REFVMM_VERSION \"$(REFVMM_VERSION)$${rev:+ (git $$rev)}\"" > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/vmm/options_text.o: $(B)/gen/refvmm/version.h

PROGRAMS += $(LIBCLI) $(B)/vmm/clidoc

$(B)/vmm/clidoc: $(B)/vmm/clidoc.o $(LIBCLI) $(LIBDEVICES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^

$(B)/vmm/refvmm-cli: $(B)/vmm/main.o $(B)/vmm/test_machine.o $(LIBCLI) $(LIBDEVICES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^

CLI_TESTS := $(addprefix $(B)/vmm/test_,options backend_char control screenshot typist \
	backend_block load_rom load_linux load_multiboot screen_text statsjson check_host footprint \
	host_rules_traps host_rules_state host_rules_memory host_rules_segments)
$(CLI_TESTS): %: %.o $(B)/vmm/test_seccomp.o $(LIBCLI) $(LIBDEVICES)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) -lpng
$(B)/vmm/test_load_linux: $(B)/vmm/bootrom.o $(B)/vmm/loader_rom.o
TESTS += $(CLI_TESTS)

CHECKS += check-cli check-docs-cli
.PHONY: check-cli check-docs-cli docs-cli
check-cli: $(B)/vmm/refvmm-cli
	refvmm/test_cli.sh $<

docs-cli: $(B)/vmm/clidoc ## rewrite docs/cli.md from refvmm/options.def
	$< > docs/cli.md.new && mv docs/cli.md.new docs/cli.md

check-docs-cli: $(B)/vmm/clidoc
	@$< | cmp - docs/cli.md || { echo "docs/cli.md is stale: run make docs-cli" >&2; exit 1; }
