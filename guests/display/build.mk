# Programs for the display adapter and the keyboard controller.
DISPLAY_PROGRAMS := registers memory dispi depth kbc
DISPLAY_LIB := $(addprefix $(G)/,display/entry.o32 display/say.o32 display/vga.o32 lib/channel.o32 \
	lib/freestanding.o32)
DISPLAY_FLOPPIES := $(DISPLAY_PROGRAMS:%=$(G)/display/%.img)

.SECONDARY: $(DISPLAY_PROGRAMS:%=$(G)/display/%.o32) $(DISPLAY_LIB)
$(G)/display/%.elf: $(G)/display/%.o32 $(DISPLAY_LIB) guests/display/display.ld
	$(GUEST_CC) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments \
		-T guests/display/display.ld -o $@ $(filter %.o32,$^) -lgcc

$(G)/display/%.img: $(G)/display/%.elf $(G)/boot/boot.bin guests/display/mkfloppy.sh
	objcopy -O binary -R .bss $< $(@:.img=.blob)
	guests/display/mkfloppy.sh $(G)/boot/boot.bin $(@:.img=.blob) $@

PROGRAMS += $(DISPLAY_FLOPPIES)

.PHONY: check-display
CHECKS += check-display
check-display: $(DISPLAY_FLOPPIES) $(B)/refvmm ## VGA and keyboard programs on refvmm, QEMU and Bochs
	@guests/display/run.sh $(B)

# One floppy per picture: picture.c compiled for each.
PICTURES := text text8 planar split mode13h modex cga lfb8 lfb15 lfb16 lfb24 lfb32 pan32 planar4
PICTURE_FLOPPIES := $(PICTURES:%=$(G)/display/picture-%.img)
.SECONDARY: $(PICTURES:%=$(G)/display/picture-%.o32)
$(PICTURES:%=$(G)/display/picture-%.o32): $(G)/display/picture-%.o32: guests/display/picture.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -DPICTURE=PICTURE_$* -MMD -MP -MF $(@:.o32=.d) -c -o $@ $<

$(G)/display/pngsum: $(G)/display/pngsum.o $(G)/lib/crc32.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lpng

PROGRAMS += $(PICTURE_FLOPPIES) $(G)/display/pngsum

.PHONY: check-pictures
CHECKS += check-pictures
check-pictures: $(PICTURE_FLOPPIES) $(G)/display/pngsum $(B)/refvmm ## pictures of refvmm and QEMU, pixel by pixel
	@guests/display/pictures.sh $(B)

$(G)/display/echo.img: guests/display/echo.asm guests/bootsect/out.inc guests/bootsect/end.inc
	@mkdir -p $(@D)
	nasm -f bin -I guests/bootsect/ -o $(@:.img=.bin) $<
	cp $(@:.img=.bin) $@ && truncate -s 1474560 $@

PROGRAMS += $(G)/display/echo.img

.PHONY: check-typing
CHECKS += check-typing
check-typing: $(G)/display/echo.img $(G)/bootsect/hello.disk $(G)/display/pngsum $(B)/refvmm ## keys typed by --type and --control arrive
	@guests/display/typing.sh $(B)
