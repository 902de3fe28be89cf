# One guest instruction in the monitor: memory operands the hardware segments
# cannot reach, and the callouts.  Same rules as the archive of arch.mk.
SOFT_PARTS := accesses soft soft_string soft_stack soft_portio rep x87env callout callout_cpu \
	callout_far callout_flags callout_segment callout_sysreg
$(foreach p,$(SOFT_PARTS),$(eval CFLAGS_refvmm/$(p) := $(MONITOR_CFLAGS)))
LIBSOFT := $(B)/vmm/libsoft.a

$(LIBSOFT): $(SOFT_PARTS:%=$(B)/vmm/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

PROGRAMS += $(LIBSOFT)

# The tests decode real bytes, so that the decoder's fields and their use agree.
SOFT_TESTS := $(patsubst refvmm/%.c,$(B)/vmm/%,$(wildcard $(addprefix refvmm/test_,$(addsuffix .c, \
	soft soft_forms soft_string soft_stack soft_portio x87env accesses callout callout_segment callout_sysreg))))
$(SOFT_TESTS): %: %.o $(B)/vmm/test_soft_support.o $(B)/vmm/test_support.o \
		$(LIBSOFT) $(LIBARCH) $(B)/bt/decode.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis $(CHECK_LIBS)
TESTS += $(SOFT_TESTS)

ifneq ($(MONITOR_CFLAGS),)
CHECKS += check-monitor-soft
endif
# What other parts give to these files; everything else must be here or behind
# arch.h, and none of it libc.
SOFT_OUTSIDE := lin_read lin_write lin_probe seg_check mem_read mem_write redirect_run \
	redirect_may_not_store redirect_x87_pending port_in port_out bt_insn_name \
	mmu_invalidate_page vcpu_mode_changed _GLOBAL_OFFSET_TABLE_
.PHONY: check-monitor-soft
check-monitor-soft: $(LIBSOFT) $(LIBARCH)
	@known=$$(nm -g --defined-only $^ | awk 'NF == 3 { print $$3 }'; \
		printf '%s\n' $(SOFT_OUTSIDE)); \
	foreign=$$(nm -u $(LIBSOFT) | awk '$$1 == "U" { print $$2 }' | grep -vxF "$$known"); \
	test -z "$$foreign" || { echo "$(LIBSOFT): refers to" $$foreign >&2; exit 1; }
	@if objdump -d --no-show-raw-insn $(LIBSOFT) | grep -E '%(xmm|ymm|mm[0-7]|st)' >&2; then \
		echo "$(LIBSOFT): uses FPU or SSE registers" >&2; exit 1; fi
