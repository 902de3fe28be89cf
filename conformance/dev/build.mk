# Device scripts, as text inside of `cases`.
DEV_SCRIPTS := $(sort $(wildcard conformance/dev/*.dev))

$(CONF)/dev/scripts.txt: $(DEV_SCRIPTS)
	@mkdir -p $(@D)
	for f in $(DEV_SCRIPTS); do echo "file $${f##*/}" && cat "$$f" || exit 1; done >$@

$(CONF)/dev/scripts.o: $(CONF)/dev/scripts.txt
	printf '.section .rodata\n.globl dev_script_text\ndev_script_text: .incbin "%s"\n.byte 0\n.section .note.GNU-stack,"",@progbits\n' $< | \
		$(CC) -x assembler -c -o $@ -

TESTS += $(CONF)/dev/test_dev
$(CONF)/dev/test_dev: $(CONF)/dev/test_dev.o $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)

CHECKS += check-devices
.PHONY: check-devices
check-devices: $(CONF)/cases $(B)/guests/proof.blob $(B)/guests/boot/boot.bin $(B)/refvmm
	@conformance/dev/check.sh $(B)
