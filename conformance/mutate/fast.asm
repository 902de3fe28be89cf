; SPDX-License-Identifier: MIT
; A boot sector program for what the translation does without the monitor, each a few
; ten thousand times: ports with plain values behind them and the ports next to those,
; interrupt flag and flags, segment registers in real mode and at CPL 0 and 3,
; returns and indirect calls, the time-stamp counter.  It prints checksums on port 0xE9,
; alike on every PC; who counts the monitor's work sees whether the ways are still fast.
;
; Ports: 0x80 (PC/AT: page register of no DMA channel), 0xCF8 (PCI 2.1, 3.2.2.3.2:
; only a doubleword reaches CONFIG_ADDRESS), and no device decodes 0x7F or 0xCF7.

	%include "conformance/mutate/boot.inc"

SECTORS	equ 3
ROUNDS	equ 50000

	boot_load
	mov al, 0xff ; no interrupts of devices
	out 0x21, al
	out 0xa1, al
	mov si, begin_text
	call text
	call ports
	call flags
	call segments
	call returns
	call counter
	call protected
	mov si, end_text
	call text
	boot_leave

	boot_text

hex:	boot_hex cx, ax, 10 ; EAX
	ret

begin_text:
	db "fast", 10, 0
end_text:
	db "END", 10, 0
	boot_shutdown

	boot_sector

; EAX into the checksum in EDI.
%macro mix 0
	imul edi, edi, 31
	add edi, eax
%endmacro

; The port itself and its neighbours, which keep to themselves.
ports:	xor edi, edi
	xor eax, eax
	mov ecx, ROUNDS
.post:	mov al, cl
	out 0x80, al
	not al
	mov dx, 0x80
	in al, dx
	mix
	inc ax
	out dx, al
	in al, 0x80
	mix
	loop .post
	mov dx, 0x80
	mov al, 0x12
	out dx, al
	mov dx, 0x7f
	mov al, 0x34
	out dx, al
	in al, 0x80 ; 12
	mix
	mov dx, 0x7f
	in al, dx ; FF: nobody is there
	mix
	mov ecx, ROUNDS
.status:
	in al, 0x64
	mov dx, 0x64
	in al, dx
	and al, 4 ; the system flag, which the self test set
	mix
	loop .status
	mov esi, 0x80000000
	mov ecx, ROUNDS
.pci:	mov eax, esi
	mov dx, 0xcf8
	out dx, eax
	add esi, 4
	and esi, 0x80000ffc
	loop .pci
	in eax, dx
	mix
	mov dx, 0xcf7
	mov eax, 0x8000f000
	out dx, eax
	mov dx, 0xcf8
	in eax, dx
	mix
	mov dx, 0xcf8
	mov ax, 0x4321 ; not a doubleword
	out dx, ax
	in eax, dx
	mix
	mov eax, edi
	jmp hex

flags:	xor edi, edi
	mov ecx, ROUNDS
.each:	sti
	add edi, ecx
	cli
	pushf
	pop ax
	mix
	sti
	nop
	pushfd
	pop eax
	mix
	pushfd
	xor dword [esp], 0xffc008d5 ; arithmetic ones and reserved ones
	popfd
	pushf
	pop ax
	mix
	pushf
	xor word [esp], 0x00d5
	popf
	pushfd
	pop eax
	mix
	sti
	jmp short .jump
.jump:	cli
	loop .each
	mov eax, edi
	jmp hex

; Real mode: every register to and fro between two places.
%macro segment_register 1
	mov cx, ROUNDS / 4
%%each:	mov %1, bp
	add di, [%1:0x6000]
	mov %1, si
	rol edi, 1
	add di, [%1:0x6000]
	push bp
	pop %1
	add di, [%1:0x6002]
	rol edi, 1
	loop %%each
	mov %1, bp
%endmacro

segments:
	mov dword [0x6000], 0x12345678
	mov dword [0x6100], 0x9abcdef1
	mov [saved_sp], sp
	xor edi, edi
	xor bp, bp
	mov si, 0x10
	segment_register es
	segment_register fs
	segment_register gs
	segment_register ss
	segment_register ds
	mov eax, edi
	mov sp, [saved_sp]
	jmp hex

returns:
	xor edi, edi
	mov word [0x6000], .one
	mov word [0x6002], .two
	mov ecx, ROUNDS
.each:	mov bx, cx
	and bx, 2
	call [0x6000 + bx]
	call .one
	call .two
	mov ax, [0x6000 + bx]
	call ax
	loop .each
	mov eax, edi
	jmp hex
.one:	add edi, ecx
	ret
.two:	rol edi, 3
	ret

; The time-stamp counter is 0 at a reset (SDM vol. 3B 17.17) and never goes back; RDTSC
; changes no flag.
counter:
	xor edi, edi
	mov ecx, ROUNDS
.each:	stc
	rdtsc
	adc edi, 0
	cmp edi, 0 ; OF clear
	rdtsc
	jo .late
	mov ebx, eax
	mov ebp, edx
	sub eax, [.last]
	sbb edx, [.last + 4]
	jc .late
	cmp ebp, 0x400 ; half an hour
	jae .late
	inc edi
.late:	mov [.last], ebx
	mov [.last + 4], ebp
	loop .each
	mov eax, edi
	jmp hex
.last:	dd 0, 0

saved_sp:
	dw 0
gdtr:	dw 79
	dd gdt
idtr:	dw 0x30 * 8 + 7
	dd idt30 - 0x30 * 8
real_idtr:
	dw 0x3ff
	dd 0
	align 8
	; 08 code32, 10 code16, 18 data, 20 data at 100h, and at DPL 3: 28 code32,
	; 30 data, 38 data at 100h; 40 TSS, 48 data16
gdt:	dq 0, 0x00cf9a000000ffff, 0x00009a000000ffff
	dq 0x00cf92000000ffff, 0x00cf92000100ffff
	dq 0x00cffa000000ffff, 0x00cff2000000ffff, 0x00cff2000100ffff
	dw 103, tss, 0x8900, 0
	dq 0x000092000000ffff
idt30:	dw back, 0x08, 0xee00, 0
tss:	dd 0, 0x7a00, 0x18
	times 23 dd 0

protected:
	mov dword [0x6000], 0x12345678
	mov dword [0x6100], 0x9abcdef1
	mov [saved_sp], sp
	lgdt [gdtr]
	lidt [idtr]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 0x08:.code32

	bits 32
%macro protected_register 1
	mov ecx, ROUNDS
%%each:	mov %1, ebp
	add edi, [%1:0x6000]
	mov %1, esi
	rol edi, 1
	add edi, [%1:0x6000]
	push ebp
	pop %1
	add edi, [%1:0x6001]
	rol edi, 1
	loop %%each
	mov %1, ebp
%endmacro

.code32:
	mov ebp, 0x18
	mov esi, 0x20
	mov ds, ebp
	mov es, ebp
	mov ss, ebp
	movzx esp, sp
	mov ax, 0x40
	ltr ax
	xor edi, edi
	protected_register es
	protected_register fs
	protected_register gs
	protected_register ds
	mov esi, .function ; two places, one entry of a table by the low bits
	mov eax, [esi]
	mov [esi + 0x10000], eax
	mov [esi + 0x10100], eax
	lea ebx, [esi + 0x10000]
	lea edx, [esi + 0x10100]
	mov ecx, ROUNDS
.places:
	call esi
	call ebx
	call edx
	xchg esi, ebx
	loop .places
	mov esi, 0x20
	mov ecx, ROUNDS
.stack:	mov ss, ebp
	add edi, [ss:0x6000]
	mov ss, esi
	sub esp, 0x100
	mov eax, [ss:0x6000]
	add edi, eax
	push ebp
	pop ss
	add esp, 0x100
	rol edi, 1
	loop .stack
	mov ss, ebp
	push dword 0x33
	push dword 0x7800
	push dword 0x2b
	push dword .user
	retf
.user:	mov ebp, 0x33
	mov esi, 0x3b
	mov ds, ebp
	protected_register es
	protected_register fs
	protected_register gs
	protected_register ds
	mov ecx, ROUNDS
.each:	pushfd
	pop eax
	mix
	push eax
	popfd
	call .called
	loop .each
	int 0x30
.function:
	add edi, ecx
	ret
	nop
.called:
	add edi, ecx
	ret
back:	mov eax, 0x48
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov ss, eax
	jmp 0x10:.code16
	bits 16
.code16:
	mov eax, cr0
	and al, 0xfe
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov sp, [saved_sp]
	lidt [real_idtr]
	mov eax, edi
	jmp hex

	times 512 * (SECTORS + 1) - ($ - $$) db 0
