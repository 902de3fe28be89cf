# Guest programs: freestanding 32-bit code and boot sectors.  What runs in a
# guest does not depend on MODE's sanitizers.
GUEST_CC := $(CC) -m32
GUEST_CFLAGS := $(CSTD) $(WARN) -Os -march=i486 -mtune=generic -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only \
	-fno-strict-aliasing -I.
G := $(B)/guests

GUEST_PROOF_OBJ := $(addprefix $(G)/,proof/trap.o32 proof/main.o32 proof/case.o32 \
	proof/tables.o32 proof/selfcheck.o32 proof/report.o32 proof/diskchannel.o32 proof/atadisk.o32 proof/biosdisk.o32 proof/biosdisk_image.o32 proof/firmware.o32 proof/poweroff.o32 \
	proof/screen.o32 proof/apm_image.o32 lib/channel.o32 lib/crc32.o32 \
	lib/freestanding.o32 proof/system.o32 proof/real_image.o32 \
	proof/dev.o32 proof/devirq.o32 proof/deva20.o32 proof/devclock.o32 proof/devneeds.o32 \
	proof/devstate.o32 proof/devrandom.o32 proof/devlost.o32)

$(G)/%.o32: guests/%.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -MF $(@:.o32=.d) -c -o $@ $<

$(G)/%.o32: guests/%.asm
	@mkdir -p $(@D)
	nasm -f elf32 -o $@ $<

$(G)/%.bin: guests/%.asm
	@mkdir -p $(@D)
	nasm -f bin -o $@ $<

# Real-mode code as data objects of the blob: its real-mode half, APM, INT 13h.
$(G)/proof/%_image.o32: $(G)/proof/%.bin
	printf '.section .rodata\n.balign 16\n.globl %s_image, %s_image_end\n%s_image: .incbin "%s"\n%s_image_end:\n.section .note.GNU-stack,"",@progbits\n' \
		$* $* $* $< $* | $(GUEST_CC) -x assembler -c -o $@ -

$(G)/proof/proof.elf: $(GUEST_PROOF_OBJ) guests/proof/proof.ld
	$(GUEST_CC) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments \
		-T guests/proof/proof.ld -o $@ $(GUEST_PROOF_OBJ) -lgcc

# Flat blob for 1 MiB; the case pack is appended by the image writer.
$(G)/proof.blob: $(G)/proof/proof.elf
	objcopy -O binary -R .bss $< $@

PROGRAMS += $(G)/proof.blob $(G)/boot/boot.bin

# Boot sector programs for real hardware, as 1.44 MB floppy and as a disk of one
# cylinder (16 heads, 63 sectors).
BOOTSECT := $(basename $(notdir $(wildcard guests/bootsect/*.asm)))
PROGRAMS += $(BOOTSECT:%=$(G)/bootsect/%.img) $(BOOTSECT:%=$(G)/bootsect/%.disk)

$(G)/bootsect/%.bin: guests/bootsect/%.asm guests/bootsect/out.inc guests/bootsect/end.inc
	@mkdir -p $(@D)
	nasm -f bin -I guests/bootsect/ -o $@ $<

$(G)/bootsect/%.img: $(G)/bootsect/%.bin
	cp $< $@ && truncate -s 1474560 $@

$(G)/bootsect/%.disk: $(G)/bootsect/%.bin
	cp $< $@ && truncate -s 516096 $@

.PHONY: check-bootsect
CHECKS += check-bootsect
check-bootsect: $(BOOTSECT:%=$(G)/bootsect/%.img) $(BOOTSECT:%=$(G)/bootsect/%.disk)
	@guests/bootsect/run.sh $(B)

# The small kernel: user programs, each linked by itself, inside an ELF file for
# Multiboot loaders; the same as a blob behind the loader of floppies and disks.
K := $(G)/kernel
KERNEL_USER := faults demand cow mail sieve hash syscalls
KERNEL_OBJ := $(addprefix $(K)/,start.o32 main.o32 cpu.o32 trap.o32 trap_stubs.o32 frames.o32 paging.o32 \
	process.o32 syscall.o32 timer.o32 print.o32 programs.o32) \
	$(addprefix $(G)/lib/,channel.o32 crc32.o32 freestanding.o32)
GUEST_LINK = $(GUEST_CC) -nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments

.SECONDARY: $(KERNEL_USER:%=$(K)/user/%.o32) $(KERNEL_USER:%=$(K)/user/%.elf) $(K)/user/start.o32 $(K)/user/lib.o32
$(K)/user/%.elf: $(K)/user/%.o32 $(K)/user/start.o32 $(K)/user/lib.o32 guests/kernel/user/user.ld
	$(GUEST_LINK) -T guests/kernel/user/user.ld -o $@ $(filter %.o32,$^) -lgcc

$(K)/user/%.bin: $(K)/user/%.elf
	objcopy -O binary -R .bss $< $@

$(K)/programs.o32: guests/kernel/programs.asm $(KERNEL_USER:%=$(K)/user/%.bin)
	nasm -f elf32 -I $(K)/user/ -o $@ $<

$(K)/kernel.elf: $(KERNEL_OBJ) guests/kernel/kernel.ld
	$(GUEST_LINK) -T guests/kernel/kernel.ld -o $@ $(KERNEL_OBJ) -lgcc

# Sector count at 0x208 (guests/boot/boot.asm, blob_sectors); blob from sector 8.
$(K)/kernel.floppy: $(K)/kernel.elf $(G)/boot/boot.bin
	objcopy -O binary -R .bss $< $(K)/kernel.blob
	cp $(G)/boot/boot.bin $@
	n=$$((($$(stat -c %s $(K)/kernel.blob) + 511) / 512)); \
		printf "$$(printf '\\%03o\\%03o' $$((n % 256)) $$((n / 256)))" | \
		dd of=$@ bs=1 seek=520 conv=notrunc status=none
	cat $(K)/kernel.blob >>$@
	truncate -s 1474560 $@

$(K)/kernel.disk: $(K)/kernel.floppy
	cp $< $@ && truncate -s 2064384 $@

# Jobs for the Debian root file system: a tar on its second disk (recipes/rootfs.profile).
# harness/vmproof stress makes its own with another number of minutes.
GUEST_TAR := tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=rX
$(G)/jobs/gcc.tar: $(wildcard guests/jobs/gcc/*)
	@mkdir -p $(@D)
	$(GUEST_TAR) -C guests/jobs/gcc -cf $@ $(notdir $^)

$(G)/jobs/stress.tar: $(wildcard guests/jobs/stress/*) harness/lib/stressjob
	@mkdir -p $(@D)
	harness/lib/stressjob 60 $@

PROGRAMS += $(G)/jobs/gcc.tar $(G)/jobs/stress.tar

PROGRAMS += $(K)/kernel.elf $(K)/kernel.floppy $(K)/kernel.disk
