; SPDX-License-Identifier: MIT
; Boot sector and loader of the case image, for floppies, hard disks and CDs (El
; Torito without emulation) of any PC: reads the blob behind it with INT 13h (extended reads where the BIOS has
; them, else CHS with the drive's reported geometry), moves it to 1 MiB in
; protected mode and jumps there.  Ralf Brown's Interrupt List: INT 13/AH=02h,
; 08h, 41h, 42h; INT 15/AX=2401h. El Torito 1.0: the BIOS has loaded all of the
; loader, and INT 13h reads sectors of 2,048 bytes.

bits 16
org 0x7c00

%define BLOB_LBA   8
%define BUFFER_SEG 0x1000
%define BLOB_ADDR  0x100000

	jmp short begin
	nop
	times 0x3e-($-$$) db 0		; room for a BIOS parameter block
begin:
	cli
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7c00
	sti
	cld
	jmp 0:main
main:
	mov [drive], dl
	cmp byte [cd_boot], 0
	jne stage2
	; The rest of the loader: sectors 2-8 of the first track.
	mov byte [retry], 4
.again:	mov ax, 0x0207
	mov bx, 0x7e00
	mov cx, 0x0002
	mov dh, 0
	mov dl, [drive]
	int 0x13
	jnc stage2
	xor ah, ah
	int 0x13
	dec byte [retry]
	jnz .again
	mov si, msg_disk
	; falls through

; Print SI on the screen, on E9 where it reads back, and on COM1; then stop.
fail:	lodsb
	test al, al
	jz .halt
	push ax
	mov bx, 0x0007
	mov ah, 0x0e
	int 0x10
	pop bx
	in al, 0xe9
	cmp al, 0xe9
	jne .com
	mov al, bl
	out 0xe9, al
	jmp fail
.com:	mov dx, 0
	mov al, bl
	mov ah, 0x01
	int 0x14
	jmp fail
.halt:	cli
	hlt
	jmp .halt

msg_disk:  db "BOOTFAIL disk read", 10, 0
msg_a20:   db "BOOTFAIL A20", 10, 0
drive:	db 0
retry:	db 0

	times 0x1b4-($-$$) db 0
cd_boot: db 0			; 1: on a CD; set by the image writer
	times 446-($-$$) db 0
	; One partition over the image: some BIOSes refuse a disk without.
	db 0x80, 0, 1, 0, 0x7f, 0xff, 0xff, 0xff
	dd 0, 65536
	times 510-($-$$) db 0
	dw 0xaa55

stage2:
	jmp load
	align 4
params:	db "VMPL"
blob_sectors: dd 0			; struct boot_params, filled by the image writer
area_lba: dd 0				; for guests: a record area
area_sectors: dd 0
cd_lba:	dd 0
sectors: dw 18				; struct boot_told, for guests: geometry,
heads:	dw 2				; 1.44 MB if INT 13/08 fails
have_ext: db 0
told_drive: db 0
told_pic: db 0, 0

load:
	call enable_a20
	call probe_drive
	mov dword [lba], BLOB_LBA
	mov eax, [cd_lba]
	test eax, eax
	jz .lba
	mov [lba], eax
.lba:
	mov dword [dest], BLOB_ADDR
	mov eax, [blob_sectors]
	mov [left], eax
.next:	cmp dword [left], 0
	je launch
	call read_some
	call move_up
	jmp .next

probe_drive:
	mov byte [have_ext], 1
	cmp byte [cd_boot], 0
	jne .done
	mov byte [have_ext], 0
	mov dl, [drive]
	test dl, 0x80
	jz .chs
	mov ah, 0x41
	mov bx, 0x55aa
	int 0x13
	jc .chs
	cmp bx, 0xaa55
	jne .chs
	test cl, 1
	jz .chs
	mov byte [have_ext], 1
	ret
.chs:	mov ah, 0x08
	mov dl, [drive]
	xor di, di
	push es
	int 0x13
	pop es
	jc .done
	and cx, 0x3f
	jz .done
	mov [sectors], cx
	movzx ax, dh
	inc ax
	mov [heads], ax
.done:	ret

; Reads up to 64 sectors (or to the end of the track) into the buffer; sets
; [count].
read_some:
	mov eax, [left]
	cmp eax, 64
	jbe .fits
	mov eax, 64
.fits:	mov [count], ax
	cmp byte [have_ext], 0
	je .chs
	call in_sectors
	mov [packet_n], ax
	mov eax, [lba]
	mov [packet_lba], eax
	mov byte [retry], 4
.ext:	mov si, packet
	mov ah, 0x42
	mov dl, [drive]
	int 0x13
	jnc .ok
	call reset_or_fail
	jmp .ext
.chs:	mov eax, [lba]
	xor edx, edx
	movzx ebx, word [sectors]
	div ebx				; EDX: sector - 1, EAX: track
	sub bx, dx			; sectors left in this track
	cmp [count], bx
	jbe .in_track
	mov [count], bx
.in_track:
	mov cl, dl
	inc cl
	xor edx, edx
	movzx ebx, word [heads]
	div ebx				; EDX: head, EAX: cylinder
	mov ch, al
	shl ah, 6
	or cl, ah
	mov dh, dl
	mov [chs_cx], cx
	mov [chs_dh], dh
	mov byte [retry], 4
.read:	mov ax, BUFFER_SEG
	mov es, ax
	xor bx, bx
	mov al, [count]
	mov ah, 0x02
	mov cx, [chs_cx]
	mov dh, [chs_dh]
	mov dl, [drive]
	int 0x13
	push word 0
	pop es
	jnc .ok
	call reset_or_fail
	jmp .read
.ok:	call in_sectors
	add [lba], eax
	movzx eax, word [count]
	sub [left], eax
	ret

; EAX: [count] in sectors of this drive.
in_sectors:
	movzx eax, word [count]
	cmp byte [cd_boot], 0
	je .done
	add eax, 3
	shr eax, 2
.done:	ret

reset_or_fail:
	dec byte [retry]
	mov si, msg_disk
	jz fail
	xor ah, ah
	mov dl, [drive]
	int 0x13
	ret

; Copy [count] sectors from the buffer to [dest] in protected mode.
move_up:
	cli
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x08:.pm
bits 32
.pm:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov esi, BUFFER_SEG * 16
	mov edi, [dest]
	movzx ecx, word [count]
	shl ecx, 7
	rep movsd
	mov [dest], edi
	jmp 0x18:.pm16
bits 16
.pm16:	mov ax, 0x20
	mov ds, ax
	mov es, ax
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ds, ax
	mov es, ax
	sti
	ret

; A20: BIOS, then port 92h, then the keyboard controller; tested after each.
enable_a20:
	call a20_open
	jne .done
	mov ax, 0x2401
	int 0x15
	call a20_open
	jne .done
	in al, 0x92
	or al, 2
	and al, 0xfe
	out 0x92, al
	call a20_open
	jne .done
	call kbd_wait
	mov al, 0xd1
	out 0x64, al
	call kbd_wait
	mov al, 0xdf
	out 0x60, al
	call kbd_wait
	mov cx, 0xffff
.wait:	call a20_open
	jne .done
	loop .wait
	mov si, msg_a20
	jmp fail
.done:	ret

kbd_wait:
	mov cx, 0xffff
.busy:	in al, 0x64
	test al, 2
	loopnz .busy
	ret

; ZF clear when 0000:0500 and FFFF:0510 are different bytes.
a20_open:
	push ds
	push es
	push cx
	mov ax, 0xffff
	mov es, ax
	xor ax, ax
	mov ds, ax
	cli
	mov cl, [0x500]
	mov ch, [es:0x510]
	mov byte [0x500], 0x5a
	mov byte [es:0x510], 0xa5
	cmp byte [0x500], 0x5a
	mov [es:0x510], ch
	mov [0x500], cl
	sti
	jne .same
	or al, 1			; NZ
	jmp .out
.same:	xor al, al			; Z
.out:	pop cx
	pop es
	pop ds
	ret

launch:
	cli
	mov al, [drive]
	mov [told_drive], al
	in al, 0x21
	mov [told_pic], al
	in al, 0xa1
	mov [told_pic + 1], al
	mov al, 0xff
	out 0x21, al
	out 0xa1, al
	lgdt [gdtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x08:.pm
bits 32
.pm:	mov ax, 0x10
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, 0x7c00
	mov eax, BLOB_ADDR
	jmp eax
bits 16

	align 8
gdt:	dq 0
	dw 0xffff, 0, 0x9b00, 0x00cf	; 08 flat code
	dw 0xffff, 0, 0x9300, 0x00cf	; 10 flat data
	dw 0xffff, 0, 0x9b00, 0x0000	; 18 real-mode-like code
	dw 0xffff, 0, 0x9300, 0x0000	; 20 real-mode-like data
gdtr:	dw $-gdt-1
	dd gdt

	align 4
packet:	dw 16
packet_n: dw 0
	dw 0, BUFFER_SEG
packet_lba: dd 0, 0
lba:	dd 0
left:	dd 0
dest:	dd 0
count:	dw 0
chs_cx:	dw 0
chs_dh:	db 0

	times BLOB_LBA*512-($-$$) db 0
