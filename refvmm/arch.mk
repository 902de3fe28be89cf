# The processor's machinery in monitor context: protected and real mode in C.
# MONITOR_CFLAGS keep the compiler from touching the guest's SSE state and from
# calling libc; sanitizer builds instrument the same code as host code.
MONITOR_CFLAGS := -mgeneral-regs-only -fno-stack-protector -ffreestanding
# gcc would turn copy loops into memcpy calls; clang does not know the option.
ifeq ($(shell $(CC) -Werror -fno-tree-loop-distribute-patterns -x c -c /dev/null \
	-o /dev/null 2>/dev/null && echo yes),yes)
MONITOR_CFLAGS += -fno-tree-loop-distribute-patterns
endif
ifneq ($(filter ubsan asan,$(MODE)),)
MONITOR_CFLAGS :=
endif

ARCH_PARTS := callgate cpuid debug descriptor eflags exception far gate iobitmap iret monstring \
	montext msr mtrr reset returns segment stack sysenter sysreg table taskswitch tss v86 verify
$(foreach p,$(ARCH_PARTS),$(eval CFLAGS_refvmm/$(p) := $(MONITOR_CFLAGS)))
LIBARCH := $(B)/vmm/libarch.a

$(LIBARCH): $(ARCH_PARTS:%=$(B)/vmm/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

PROGRAMS += $(LIBARCH)

ARCH_TESTS := $(patsubst refvmm/%.c,$(B)/vmm/%,$(wildcard $(addprefix refvmm/test_,$(addsuffix .c, \
	segment verify far callgate gate iret exception sysenter sysreg table taskswitch v86 debug msr mtrr eflags iobitmap \
	stack reset montext))))
$(ARCH_TESTS): %: %.o $(B)/vmm/test_support.o $(LIBARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS)
TESTS += $(ARCH_TESTS)

# Monitor code must not call libc or use FPU and SSE registers.
ifneq ($(MONITOR_CFLAGS),)
CHECKS += check-monitor-code
endif
.PHONY: check-monitor-code
check-monitor-code: $(LIBARCH)
	refvmm/check_monitor_code.sh $(LIBARCH)
