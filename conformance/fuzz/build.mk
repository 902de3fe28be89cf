# Structured fuzzing: program generator, guest runtime, differential runner.
FUZZ := $(B)/conformance/fuzz
FUZZ_GEN := $(addprefix $(FUZZ)/,code.o operand.o flags.o el_data.o el_stack.o el_flow.o el_far.o \
	el_system.o el_memory.o el_page.o page.o el_fpu.o el_simd.o gen.o coverage.o atoms.o)

# nasm and C read the same numbers.
$(FUZZ)/layout.inc: conformance/fuzz/layout.h
	@mkdir -p $(@D)
	sed -n 's/^#define \([A-Z][A-Za-z0-9_]*\) *\([0-9a-fx]*\)$$/%define \1 \2/p' $< > $@

$(FUZZ)/boot.bin $(FUZZ)/runtime.bin: $(FUZZ)/%.bin: conformance/fuzz/%.asm $(FUZZ)/layout.inc \
		$(wildcard conformance/fuzz/*.inc)
	nasm -I$(FUZZ)/ -Iconformance/fuzz/ -f bin -o $@ $<

$(FUZZ)/fuzzgen: $(FUZZ)/fuzzgen.o $(FUZZ_GEN)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(FUZZ)/fuzzgen $(FUZZ)/boot.bin $(FUZZ)/runtime.bin

$(FUZZ)/fuzzlib: $(FUZZ)/fuzzlib.o $(FUZZ_GEN) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(FUZZ)/fuzzlib

TESTS += $(FUZZ)/test_gen $(FUZZ)/test_atoms
$(FUZZ)/test_gen $(FUZZ)/test_atoms: $(FUZZ)/test_%: $(FUZZ)/test_%.o $(FUZZ_GEN)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)

# The VMM comes from a build of its own MODE, the generator and the runtime from
# this one.  FUZZ_SEED names a run again; it is printed when not given.
FUZZ_COUNT ?= 2000
FUZZ_JOBS ?= 2
FUZZ_RESULTS := results/latest/fuzz-
FUZZ_RUN = conformance/fuzz/fuzz.sh --build $(FUZZ) --jobs $(FUZZ_JOBS) \
	$(if $(FUZZ_SEED),--seed $(FUZZ_SEED)) --oracle $(FUZZ)/oracle
FUZZ_NEEDS := $(FUZZ)/fuzzgen $(FUZZ)/boot.bin $(FUZZ)/runtime.bin

.PHONY: fuzz fuzz-ubsan fuzz-asan fuzz-quick fuzz-coverage
fuzz: FUZZ_SEED := $(or $(FUZZ_SEED),$(shell date +%s)0000)
fuzz: ## hostile guests and 2,000 generated images under UBSan, then under ASan; coverage of bt/
	rm -f $(addprefix $(FUZZ_RESULTS),ubsan.json asan.json coverage.txt)
	@status=0; for part in ubsan asan coverage; do \
		[ $$part = coverage ] || $(MAKE) sanitize-$$part || status=1; \
		$(MAKE) fuzz-$$part FUZZ_SEED=$(FUZZ_SEED) || status=1; done; \
	cat $(FUZZ_RESULTS)ubsan.json $(FUZZ_RESULTS)asan.json | jq -rs --argjson want $$((2 * $(FUZZ_COUNT))) \
		'[[.[].passed], [.[].failed] | add // 0] | "\(.[0]) passed, \(.[1]) failed, \($$want - add) skipped"'; \
	exit $$status

fuzz-ubsan fuzz-asan: fuzz-%: $(FUZZ_NEEDS)
	$(MAKE) -s MODE=$* build-$*/refvmm
	$(FUZZ_RUN) --count $(FUZZ_COUNT) --vmm build-$*/refvmm --out $(FUZZ)/$* --results $(FUZZ_RESULTS)$*

# Exact figures from a sample, and what of bt/ the sample and 100 images reach.
fuzz-coverage: $(FUZZ_NEEDS)
	$(MAKE) -s MODE=cov build-cov/refvmm
	find build-cov -name '*.gcda' -delete
	conformance/fuzz/sample.sh $(FUZZ) build-cov/refvmm $(FUZZ)/sample $(FUZZ_SAMPLE)
	find build-cov -name '*.gcda' -delete
	$(FUZZ_RUN) --count 100 --vmm build-cov/refvmm --out $(FUZZ)/cov
	mkdir -p $(dir $(FUZZ_RESULTS))
	conformance/fuzz/coverage.sh build-cov >$(FUZZ_RESULTS)coverage.txt; status=$$?; \
		cat $(FUZZ_RESULTS)coverage.txt; exit $$status
FUZZ_SAMPLE ?= 1 2 3 4 5 6 7 8 9 10 11 12

# Always the same seed: a failure here is a regression.
fuzz-quick: FUZZ_SEED := 1000
fuzz-quick: $(FUZZ_NEEDS)
	$(MAKE) -s MODE=ubsan build-ubsan/refvmm
	$(FUZZ_RUN) --count 100 --vmm build-ubsan/refvmm --out $(FUZZ)/quick || [ $$? -eq 77 ]
CHECKS += fuzz-quick

# Goes on where it ended the last time; SOAK_SEED=N starts there.
.PHONY: soak
soak: $(FUZZ_NEEDS) $(B)/refvmm ## generate and compare with Bochs for HOURS=1 or MINUTES=N, minimise what differs
	conformance/fuzz/soak.sh --minutes $(or $(MINUTES),$(shell expr $(or $(HOURS),1) \* 60)) \
		--jobs $(FUZZ_JOBS) $(if $(SOAK_SEED),--seed $(SOAK_SEED)) \
		--build $(FUZZ) --vmm $(B)/refvmm --out results/soak

# What was found once, as small images; and a broken translator, found and made small.
.PHONY: check-small check-minimise
CHECKS += check-small
check-small: $(FUZZ_NEEDS) $(B)/refvmm
	@conformance/fuzz/cases.sh $(FUZZ) $(B)/refvmm || [ $$? -eq 77 ]
ifeq ($(MODE),dev)
CHECKS += check-minimise
endif
check-minimise: $(FUZZ_NEEDS) $(B)/refvmm mutate-build
	@conformance/fuzz/test_minimise.sh $(FUZZ) $(B)/refvmm $(MUTATE_DIR)/refvmm || [ $$? -eq 77 ]

# The ways of the engine against each other, always the same programs.
.PHONY: check-fuzzlib
CHECKS += check-fuzzlib
FUZZLIB = $(FUZZ)/fuzzlib --boot $(FUZZ)/boot.bin --runtime $(FUZZ)/runtime.bin
check-fuzzlib: $(FUZZ)/fuzzlib $(FUZZ)/boot.bin $(FUZZ)/runtime.bin
	@$(FUZZLIB) --seed 1024 --count 20 || [ $$? -eq 77 ]
	@$(FUZZLIB) --seed 2048 --count 20 --shift --cache 64 || [ $$? -eq 77 ]
