; SPDX-License-Identifier: MIT
; The floppy controller writes over code by DMA, while it runs and between runs.
; The new code is a sector of this image: it returns 2222222Dh in EAX wherever in
; its first bytes it is entered.  82077AA data sheet (commands), 8237A (channel
; 2), polled: interrupts stay off.

%include "guests/hostile/hostile.inc"

%define TARGET	0x50000
%define LBA	(8 + (payload - start) / 512)	; behind the boot loader

; Send AL to the controller / read AL from it.
fdc_send:
	push eax
	mov dx, 0x3f4
.wait:	in al, dx
	and al, 0xc0
	cmp al, 0x80
	jne .wait
	pop eax
	mov dx, 0x3f5
	out dx, al
	ret
fdc_receive:
	mov dx, 0x3f4
.wait:	in al, dx
	and al, 0xc0
	cmp al, 0xc0
	jne .wait
	mov dx, 0x3f5
	in al, dx
	ret

%macro SEND 1-*
%rep %0
	mov al, %1
	call fdc_send
%rotate 1
%endrep
%endmacro

; Until the drive reports that it is there.
sense:	SEND 8
	call fdc_receive
	mov ah, al
	cmp al, 0x80
	je sense
	call fdc_receive
	test ah, 0x20
	jz sense
	ret

start_controller:
	mov dx, 0x3f2
	mov al, 0
	out dx, al
	mov al, 0x1c			; drive 0, motor, DMA
	out dx, al
	mov ecx, 4
.polled: SEND 8
	call fdc_receive
	cmp al, 0x80
	je .done
	call fdc_receive
	loop .polled
.done:	mov dx, 0x3f7
	mov al, 0			; 500 kbit/s
	out dx, al
	SEND 3, 0xdf, 2
	SEND 7, 0			; to cylinder 0
	call sense
	ret

; Begin to read the payload to TARGET.
start_read:
	mov al, 6
	out 0x0a, al
	out 0x0c, al
	mov al, TARGET & 0xff
	out 4, al
	mov al, (TARGET >> 8) & 0xff
	out 4, al
	mov al, TARGET >> 16
	out 0x81, al
	out 0x0c, al
	mov al, 511 & 0xff
	out 5, al
	mov al, 511 >> 8
	out 5, al
	mov al, 0x46
	out 0x0b, al
	mov al, 2
	out 0x0a, al
	; to the cylinder
	SEND 0x0f, (LBA / 18 % 2) << 2, LBA / 36
	call sense
	SEND 0xe6, (LBA / 18 % 2) << 2, LBA / 36, LBA / 18 % 2, LBA % 18 + 1, 2, 18, 0x1b, 0xff
	ret

finish_read:
	mov ecx, 7
.byte:	call fdc_receive
	mov ah, al
	cmp ecx, 7
	jne .next
	and ah, 0xc0
	mov [status], ah
.next:	loop .byte
	ret

; Fill TARGET with code: EAX, doublewords
fill:	mov edi, TARGET
	mov ecx, 128
	rep stosd
	ret

guest:
	cli
	call start_controller
	EXPECT "code replaced by DMA before it runs again", NONE, 0
	HERE
	mov eax, 0xc3909090		; nop; nop; nop; ret
	call fill
	mov ebx, TARGET
	xor eax, eax
	call ebx
	call ebx
	call start_read
	call finish_read
	WANT byte [status], 0
	mov ebx, TARGET
	call ebx
	WANT eax, 0x2222222d
	DONE
%assign k 0
%rep 4
%defstr t k
	EXPECT {"loop replaced by DMA while it runs ", t}, NONE, 0
	HERE
	mov eax, 0x90909090
	call fill
	mov word [TARGET + k], 0xfeeb	; jmp to itself
	call start_read
	mov eax, TARGET + k
	call eax
	WANT eax, 0x2222222d
	call finish_read
	WANT byte [status], 0
	DONE
%assign k k+1
%endrep
	EXPECT "long loop replaced by DMA while it runs", NONE, 0
	HERE
	mov eax, 0x90909090
	call fill
	mov word [TARGET + 6], 0xf8eb	; jmp TARGET
	call start_read
	mov eax, TARGET
	call eax
	WANT eax, 0x2222222d
	call finish_read
	DONE
	EXPECT "loop replaced on a page that was written before", NONE, 0
	HERE
	mov esi, 5
.more:	mov eax, 0x90909090
	call fill
	mov byte [TARGET + 6], 0xc3
	mov ebx, TARGET
	call ebx
	mov word [TARGET + 6], 0xf8eb
	push esi
	call start_read
	mov eax, TARGET
	call eax
	WANT eax, 0x2222222d
	call finish_read
	pop esi
	dec esi
	jnz .more
	DONE
	; the disk's bytes over descriptor tables and stack: data only
	EXPECT "data of DMA is seen", NONE, 0
	HERE
	mov eax, 0
	call fill
	call start_read
	call finish_read
	mov eax, [TARGET + 8]
	WANT eax, [payload + 8]
	DONE
	mov dx, 0x3f2
	mov al, 0x0c
	out dx, al
	ret

	align 512
payload: times 8 inc eax
	mov eax, 0x2222222d
	ret
	times 512 - ($ - payload) nop

section .data
status:	db 0xff
section .text
