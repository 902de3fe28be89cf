# Mutation test: are the tests able to notice a wrong translator?  One binary of
# MODE=mutate is all mutants; the workload is that of the normal build.
MUTATE_DIR := build-mutate
# Each with what it prints beside it.
MUTATE_BOOT := $(patsubst conformance/mutate/%.expected,$(CONF)/mutate/%.bin,$(wildcard conformance/mutate/*.expected))
MUTATE_NEEDS := $(CONF)/cases $(B)/guests/proof.blob $(B)/guests/boot/boot.bin $(B)/microbench/guest.elf $(B)/microbench/native \
	$(MUTATE_BOOT) $(ENGINE_ROMS)
SEED ?= 1
N ?= 40

$(CONF)/mutate/%.bin: conformance/mutate/%.asm conformance/mutate/boot.inc
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

CHECKS += check-states
.PHONY: check-states
check-states: $(B)/refvmm $(MUTATE_BOOT)
	@conformance/mutate/states.sh $(B)

.PHONY: mutants check-mutants mutate-build
mutate-build: $(MUTATE_NEEDS)
	@+$(MAKE) --no-print-directory MODE=mutate $(MUTATE_DIR)/refvmm >$(B)/conformance/mutate/build.log 2>&1 || \
		{ cat $(B)/conformance/mutate/build.log; exit 1; }

mutants: mutate-build ## break the translator N=40 times (SEED=1): do the tests notice?
	conformance/mutate/run --seed $(SEED) --count $(N) --build $(B) --mutate $(MUTATE_DIR) \
		--bochs auto --json results/latest/mutants.json

# The same mutants as long as the sites exist; Bochs is compared by check-oracle.
ifeq ($(MODE),dev)
CHECKS += check-mutants
endif
check-mutants: mutate-build
	@conformance/mutate/run --fresh --state $(B)/conformance/mutate/state --build $(B) --mutate $(MUTATE_DIR) \
		--json $(B)/conformance/mutate/mutants.json
