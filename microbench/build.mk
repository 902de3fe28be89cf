# Microbenchmarks: the kernels, twice linked (guest image and native 32-bit
# process), and the runner that times them from outside.
UB := $(B)/microbench
UB_KERNELS := $(sort $(wildcard microbench/kernel/*.c microbench/kernel/*.S)) microbench/job.c
UB_M32 = $(patsubst microbench/%,$(UB)/m32/%.o,$(1))
UB_GUEST_OBJS := $(call UB_M32,microbench/guest/boot.S microbench/guest/ring.S \
	microbench/guest/real.S microbench/guest/main.c $(UB_KERNELS))
UB_NATIVE_OBJS := $(call UB_M32,microbench/native/start.c $(UB_KERNELS))

# One compilation for guest and process: fixed flags, independent of MODE.  No
# SSE, no calls into a C library, loops stay loops.
UB_LOOPS := $(shell $(CC) -fno-tree-loop-distribute-patterns -E -x c /dev/null >/dev/null 2>&1 && \
	echo -fno-tree-loop-distribute-patterns) # gcc; clang needs -fno-builtin only
UB_CFLAGS := -m32 -std=gnu11 $(WARN) -O2 -g -march=i686 -mno-sse -mno-mmx -mfpmath=387 \
	-ffreestanding -fno-builtin -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -fomit-frame-pointer \
	$(UB_LOOPS) -I. -DMICROBENCH_M32

# Code that modifies itself needs a segment that is writable and executable.
UB_LDFLAGS := -m elf_i386 --no-warn-rwx-segments

$(UB)/m32/%.c.o: microbench/%.c
	@mkdir -p $(@D)
	$(CC) $(UB_CFLAGS) -MMD -MP -c -o $@ $<

$(UB)/m32/%.S.o: microbench/%.S
	@mkdir -p $(@D)
	$(CC) -m32 -g -I. -MMD -MP -c -o $@ $<

$(UB)/guest.elf: $(UB_GUEST_OBJS) microbench/guest/guest.ld
	$(LD) $(UB_LDFLAGS) -T microbench/guest/guest.ld -o $@ $(UB_GUEST_OBJS)

$(UB)/native: $(UB_NATIVE_OBJS) microbench/native/native.ld
	$(LD) $(UB_LDFLAGS) -T microbench/native/native.ld -o $@ $(UB_NATIVE_OBJS)

$(UB)/guest.bin: $(UB)/guest.elf
	objcopy -O binary $< $@
	truncate -s %512 $@

# Boot sector, image, padding to 1.44 MB.
$(UB)/floppy.img: $(UB)/guest.bin microbench/guest/floppy.S
	$(CC) -m32 -c -DSECTORS=$$(($$(stat -c %s $<) / 512)) -o $(UB)/floppy.o \
		microbench/guest/floppy.S
	$(LD) $(UB_LDFLAGS) -Ttext 0x7c00 --oformat binary -o $(UB)/floppy.boot $(UB)/floppy.o
	cat $(UB)/floppy.boot $< >$@.new
	truncate -s 1474560 $@.new
	mv $@.new $@

# The runner.  Messages and paths are cut to their buffers on purpose.
CFLAGS_microbench := -Wno-unknown-warning-option -Wno-format-truncation
UB_RUN_OBJS := $(patsubst %,$(UB)/%.o,select measure derive report verdict record boot vmm \
	image marker book counters stats)

$(UB)/run: $(UB)/run.o $(UB_RUN_OBJS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lpfm -lm

# The policy study of the window (docs/mmu-policy.md).
$(UB)/replay: $(addprefix $(UB)/,replay_main.o replay.o mapcost.o)
	$(CC) $(LDFLAGS_ALL) -o $@ $^

UB_ALL := $(UB)/run $(UB)/guest.elf $(UB)/native $(UB)/floppy.img
PROGRAMS += $(UB_ALL) $(UB)/replay

UB_UNIT_TESTS := $(patsubst %,$(UB)/test_%,stats marker book image replay)
$(UB_UNIT_TESTS): $(UB)/test_%: $(UB)/test_%.o $(UB)/%.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)

$(UB)/test_derive: $(UB)/test_derive.o $(UB_RUN_OBJS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lpfm $(CHECK_LIBS)

# Starts the runner, which starts the images.
$(UB)/test_run: $(UB)/test_run.o $(UB_ALL)
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(CHECK_LIBS)

TESTS += $(UB_UNIT_TESTS) $(UB)/test_derive $(UB)/test_run

.PHONY: bench bench-quick
bench: all ## time all microbenchmarks on all machines (several minutes)
	microbench/bench.sh $(UB)/run results/latest

bench-quick: all ## the same with one boot per kernel and machine
	microbench/bench.sh $(UB)/run results/latest --quick

.PHONY: mmu-policy
mmu-policy: all ## record guest profiles, replay the window's policies on them (20 minutes)
	microbench/policy.sh $(B) docs
