# A firmware that shows what state it was reset into.
RESET_ROM := $(CONF)/reset/reset.rom
$(RESET_ROM): conformance/reset/reset.asm
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

PROGRAMS += $(RESET_ROM)

CHECKS += check-reset
.PHONY: check-reset
check-reset: $(RESET_ROM) $(B)/refvmm ## the state behind power-on and resets, against the manual's table
	@conformance/reset/check.sh $(B)
