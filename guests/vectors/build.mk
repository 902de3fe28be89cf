# The runtime that runs vectors in real mode on any machine (conformance/vectors).
GUEST_VECTORS_OBJ := $(addprefix $(G)/,vectors/entry.o32 vectors/main.o32 vectors/real_image.o32 \
	proof/report.o32 lib/channel.o32 lib/crc32.o32 lib/freestanding.o32)

$(G)/vectors/real_image.o32: $(G)/vectors/real.bin
	printf '.section .rodata\n.balign 16\n.globl tramp_image, tramp_image_end\ntramp_image: .incbin "%s"\ntramp_image_end:\n.section .note.GNU-stack,"",@progbits\n' $< | \
		$(GUEST_CC) -x assembler -c -o $@ -

$(G)/vectors/vectors.elf: $(GUEST_VECTORS_OBJ) guests/vectors/vectors.ld
	$(GUEST_CC) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments \
		-T guests/vectors/vectors.ld -o $@ $(GUEST_VECTORS_OBJ) -lgcc

$(G)/vectors.blob: $(G)/vectors/vectors.elf
	objcopy -O binary -R .bss $< $@

PROGRAMS += $(G)/vectors.blob
