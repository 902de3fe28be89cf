# The harness: running, judging and reporting; `make run`, `check`, `lint`.
.PHONY: setup run check lint format harness-check

setup: ## install the Debian packages that are missing (root), fetch v86
	@harness/setup
	@harness/setup-v86 || :

run: ## build, run the quick suite on every VMM, write the report
	@harness/setup
	@harness/setup-v86 || :
	@+harness/demo --make '$(MAKE)' --build $(B)

check: ## build and run all tests
	@harness/setup
	@+harness/check --make '$(MAKE)' --build $(B) --tests '$(TESTS)' --checks '$(CHECKS)'

lint: ## formatting, shell and C checks, file lengths
	@harness/lint

format: ## clang-format every C file in place
	@git ls-files '*.c' '*.h' | xargs clang-format -i

# What reads the text screen of a running VM.
SCREEN_OBJ := $(addprefix $(B)/harness/boot/,control.o control_qmp.o control_line.o control_bochs.o control_file.o socket.o)
HARNESS_TOOLS := $(addprefix $(B)/harness/,tracecmp watch collect records screen fake_vmm)
PROGRAMS += $(HARNESS_TOOLS)
$(B)/harness/collect $(B)/harness/fake_vmm: $(B)/harness/protocol.o
$(B)/harness/watch: $(addprefix $(B)/harness/,progress.o launch.o area.o screenlog.o summary.o protocol.o) $(SCREEN_OBJ)
$(B)/harness/screen: $(addprefix $(B)/harness/,summary.o protocol.o)
$(B)/harness/records: $(B)/harness/area.o
$(HARNESS_TOOLS): %: %.o
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^)

# Boots of whole systems.
BOOTWATCH_OBJ := $(addprefix $(B)/harness/boot/,bootwatch.o scenario.o channel.o picture.o cputime.o sample.o) $(SCREEN_OBJ)
PROGRAMS += $(B)/harness/bootwatch
$(B)/harness/bootwatch: $(BOOTWATCH_OBJ) $(addprefix $(B)/harness/,progress.o launch.o)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lpng

.PHONY: guests
guests: all ## fetch and boot the whole corpus of guests on every VMM (long)
	@harness/setup
	@VMPROOF_PACKAGES=guests/packages.txt harness/setup
	@VMPROOF_BUILD=$(abspath $(B)) harness/vmproof boot

# A long run for leaks and lost ticks, and the times of guests against QEMU's.
MINUTES ?= 60
PAIRS ?= 5
.PHONY: stress bench-guests
stress: all ## an hour of stress in a guest (MINUTES=60)
	@harness/setup
	@VMPROOF_PACKAGES=guests/packages.txt harness/setup
	@VMPROOF_BUILD=$(abspath $(B)) harness/vmproof stress --minutes $(MINUTES)

bench-guests: all ## boot and work of guests, refvmm and QEMU in turn (PAIRS=5)
	@harness/setup
	@VMPROOF_PACKAGES=guests/packages.txt harness/setup
	@VMPROOF_BUILD=$(abspath $(B)) harness/vmproof bench-guests --pairs $(PAIRS)

HARNESS_TESTS := $(addprefix $(B)/harness/test_,protocol progress launch area summary)
TESTS += $(HARNESS_TESTS)
$(HARNESS_TESTS): $(B)/harness/test_%: $(B)/harness/test_%.o $(B)/harness/%.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
$(B)/harness/test_summary: $(B)/harness/protocol.o

CHECKS += harness-check
harness-check: $(HARNESS_TOOLS)
	@VMPROOF_BUILD=$(abspath $(B)) harness/test/run

# The cases themselves, on the VMMs that are here.
CHECKS += proof
.PHONY: proof
proof: all ## refvmm against Bochs on every case; QEMU by COM1 alone
	@VMPROOF_BUILD=$(abspath $(B)) harness/test/proof $(B)/proof

SHUFFLED ?= refvmm,bochs,qemu-tcg
.PHONY: shuffle
shuffle: all ## every case twice in two orders (SHUFFLED=refvmm): the same results?
	@VMPROOF_BUILD=$(abspath $(B)) harness/test/shuffle results/runs/shuffle --set full --vmm $(SHUFFLED)

# The guests that need nothing fetched: own ones, firmware, GRUB Invaders where
# its package is installed.
CHECKS += check-boot
.PHONY: check-boot
check-boot: all ## boot the small set of guests on every VMM
	@VMPROOF_BUILD=$(abspath $(B)) harness/vmproof boot --set small --no-prepare --jobs 2 \
		--out $(B)/boot --no-report

# Where two execution traces part.
$(B)/harness/trace/limit.img: harness/test/trace/limit.asm
	@mkdir -p $(@D)
	nasm -f bin -o $@.new $<
	truncate -s 1474560 $@.new
	mv $@.new $@

CHECKS += check-tracediff
.PHONY: check-tracediff
check-tracediff: $(B)/refvmm $(B)/harness/tracecmp $(B)/harness/trace/limit.img
	@harness/trace/check.sh $(B)

TESTS += $(B)/harness/test_boot
$(B)/harness/test_boot: $(B)/harness/boot/test_boot.o $(filter-out %/bootwatch.o,$(BOOTWATCH_OBJ)) $(B)/harness/progress.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) -lpng
