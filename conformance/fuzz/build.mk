# Structured fuzzing: program generator, guest runtime, differential runner.
FUZZ := $(B)/conformance/fuzz
FUZZ_GEN := $(addprefix $(FUZZ)/,code.o operand.o flags.o el_data.o el_stack.o el_flow.o el_far.o \
	el_system.o el_memory.o el_fpu.o el_simd.o gen.o coverage.o)

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
