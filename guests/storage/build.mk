# Programs for disks, CD-ROM and floppy.
STORAGE_PROGRAMS := ata atapi floppy
STORAGE_LIB := $(addprefix $(G)/,display/entry.o32 display/say.o32 storage/ide.o32 lib/channel.o32 \
	lib/freestanding.o32)
STORAGE_FLOPPIES := $(STORAGE_PROGRAMS:%=$(G)/storage/%.img)

.SECONDARY: $(STORAGE_PROGRAMS:%=$(G)/storage/%.o32) $(STORAGE_LIB)
$(G)/storage/%.elf: $(G)/storage/%.o32 $(STORAGE_LIB) guests/display/display.ld
	$(GUEST_CC) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments \
		-T guests/display/display.ld -o $@ $(filter %.o32,$^) -lgcc

$(G)/storage/%.img: $(G)/storage/%.elf $(G)/boot/boot.bin guests/display/mkfloppy.sh
	objcopy -O binary -R .bss $< $(@:.img=.blob)
	guests/display/mkfloppy.sh $(G)/boot/boot.bin $(@:.img=.blob) $@

PROGRAMS += $(STORAGE_FLOPPIES)

.PHONY: check-storage
CHECKS += check-storage
check-storage: $(STORAGE_FLOPPIES) $(B)/refvmm ## disk, CD and floppy programs on refvmm, QEMU and Bochs
	@guests/storage/run.sh $(B)
