; SPDX-License-Identifier: MIT
; A boot sector program for stores into memory that reads as something else: D0000 to
; D7FFF while the PAM registers of the 82441FX (data sheet 290549, PAM3: 5Ch of the
; host bridge) send writes to DRAM and reads to the bus, as firmware has it that copies a
; ROM beneath itself.  Each store is done often enough to be made anew for such memory;
; through segments that are loaded between two stores, read-only ones among them, at
; limits, at the end of the region, at CPL 0 and 3.  Then the region is memory again,
; and it prints on port 0xE9, for each part, a sum over the region, one over the
; registers behind each store, and how many faults there were (SDM vol. 3A 5.3, 5.5).

	%include "conformance/mutate/boot.inc"

SECTORS	equ 9
REGION	equ 0xd0000
SIZE	equ 0x8000
ROUNDS	equ 6 ; the first two fault in the host
STORES	equ 12000

	boot_load
	boot_line si, begin_text
	lgdt [gdtr]
	lidt [idtr]
	boot_protected
	boot_leave

begin_text:
	db "shadow", 10
	boot_shutdown

	boot_sector

gdtr:	dw gdt_end - gdt - 1
	dd gdt
idtr:	dw 0x31 * 8 - 1
	dd idt13 - 13 * 8
	align 8
; 08 code, 10 data, 18 data at the region, 20 data at its third page, 28 that one read-only,
; 30 data of 600h bytes at the region, and at DPL 3: 38 code, 40 data, 48 as 18, 50 as
; 20, 58 as 28, 60 as 30; 68 TSS, 70 code16
%macro windows 1 ; access byte of writable data
	dw 0x7fff, REGION & 0xffff, (%1 << 8) + (REGION >> 16), 0x40
	dw 0x4fff, (REGION & 0xffff) + 0x2000, (%1 << 8) + (REGION >> 16), 0x40
	dw 0x4fff, (REGION & 0xffff) + 0x2000, ((%1 - 2) << 8) + (REGION >> 16), 0x40
	dw 0x05ff, REGION & 0xffff, (%1 << 8) + (REGION >> 16), 0x40
%endmacro
gdt:	dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
	windows 0x93
	dq 0x00cffb000000ffff, 0x00cff3000000ffff
	windows 0xf3
	dw 103, tss, 0x8900, 0
	dq 0x00009a000000ffff
gdt_end:
idt13:	dw protection, 0x08, 0x8e00, 0
	times 0x30 - 14 dq 0
	dw back, 0x08, 0xee00, 0
tss:	dd 0, 0x7a00, 0x10
	times 23 dd 0
resume:	dd 0
faults:	dd 0
sum:	dd 0
count:	dd 0

	bits 32
hex:	boot_hex ecx, eax, ' '
	ret

; PAM3 = AL: 22h writes alone, 33h memory.
pam:	push eax
	mov eax, 0x8000005c
	mov dx, 0xcf8
	out dx, eax
	pop eax
	mov dx, 0xcfc
	out dx, al
	ret

clear:	mov al, 0x33
	call pam
	mov edi, REGION
	mov ecx, SIZE / 4
	mov eax, 0xeeeeeeee
	rep stosd
	xor eax, eax
	mov [faults], eax
	mov [sum], eax
	mov al, 0x22
	jmp pam

report:	mov al, 0x33
	call pam
	mov esi, REGION
	mov ebx, SIZE / 4
	xor edi, edi
.next:	lodsd
	rol edi, 3
	add edi, eax
	dec ebx
	jnz .next
	mov eax, edi
	call hex
	mov eax, [sum]
	call hex
	mov eax, [faults]
	call hex
	mov al, 10
	out 0xe9, al
	ret

; An error code, EIP, CS, EFLAGS.
protection:
	push eax
	inc dword [ss:faults]
	mov eax, [ss:resume]
	mov [ss:esp + 8], eax
	pop eax
	add esp, 4
	iretd

; Every register is an address in the region, another one each time.
registers:
	imul ebp, [ss:count], 0x111
	lea eax, [ebp + REGION + 0x0103]
	lea ecx, [ebp + REGION + 0x1204]
	lea edx, [ebp + REGION + 0x2310]
	lea ebx, [ebp + REGION + 0x3425]
	lea esi, [ebp + REGION + 0x4567]
	lea edi, [ebp + REGION + 0x5687]
	add ebp, REGION + 0x6701
	cmp eax, ecx
	ret

mix:	pushad
	pushfd
	mov ecx, 9
.next:	pop eax
	cmp ecx, 5 ; ESP
	je .skip
	rol dword [ss:sum], 5
	add [ss:sum], eax
.skip:	loop .next
	ret

%macro each 1+
	mov dword [ss:count], ROUNDS
%%next:	call registers
	%1
	call mix
	dec dword [ss:count]
	jnz %%next
%endmacro

; One store that may fault.
%macro guarded 1+
	mov dword [ss:resume], %%behind
	%1
%%behind:
%endmacro

forms:
	each mov [esi], al
	each mov [esi], cl
	each mov [esi], dl
	each mov [esi], bl
	each mov [esi], ah
	each mov [esi], ch
	each mov [esi], dh
	each mov [esi], bh
	each mov [ecx], ch
	each mov [edx], dh
	each mov [ecx], dl
	each mov [edx], cl
	each mov [eax + 1], ax
	each mov [eax + 2], cx
	each mov [ebx + 3], dx
	each mov [ecx + 4], cx
	each mov [edx + 5], dx
	each mov [edi + 6], si
	each mov [ecx], eax
	each mov [edx], ecx
	each mov [ecx], edx
	each mov [ecx + 0x10], ecx
	each mov [edx + 0x10], edx
	each mov [ecx + edx - REGION], ebx
	each mov [ecx + edx - REGION + 8], ecx
	each mov [edx + ecx - REGION + 8], edx
	each mov [ds:ebp + 0x20], esi
	each mov [ebp + 0x30], edi
	each mov [edi], ebp
	each mov byte [ecx], 0x5a
	each mov word [edx + 2], 0x1234
	each mov dword [esi + 4], 0x89abcdef
	each mov byte [es:ecx - REGION + 0x80], 0x77
	each mov [es:ecx - REGION + 0x84], edx
	each mov [fs:ecx - REGION - 0x2000 + 0x1188], edx
	each mov [gs:edx - REGION + 0x8c], ecx
	each mov dword [fs:ecx + 2 * edx - 3 * REGION - 0x2000], 0x13579bdf
	each mov [es:bx], ecx
	each mov [es:di + 0x90], dx
	each mov [edx + 2 * ecx - 2 * REGION], ecx
	each xchg [edx], ecx
	each or [edx], ecx
	ret

; EBP, EBX: two selectors, and those read-only and short.
%macro segments 2
	mov dword [ss:count], 4 * ROUNDS
%%next:	call registers
	mov ebp, %1 + 0x18
	mov ebx, %1 + 0x20
	test byte [ss:count], 1
	jz %%even
	xchg ebp, ebx
%%even:	sub ecx, REGION
	sub edx, REGION
	mov ds, ebp
	mov [ecx], edx
	mov ds, ebx
	mov [ecx + 4], ecx
	mov es, ebp
	mov [es:edx], dl
	mov es, ebx
	mov byte [es:edx + 2], 0xa5
	mov fs, ebp
	mov [fs:ecx + 0x80], cx
	mov gs, ebx
	mov [gs:ecx + 0x84], cx
	call mix
	dec dword [ss:count]
	jnz %%next
	; writable twice, read-only once
	mov dword [ss:count], 6 * ROUNDS
%%read:	call registers
	sub ecx, REGION
	mov ebp, %1 + 0x20
	mov eax, [ss:count]
	aam 3
	dec al
	jnz %%write
	add ebp, 8
%%write:
	mov ds, ebp
	guarded mov [ecx], edx
	mov es, ebp
	guarded mov [es:ecx + 4], dx
	mov fs, ebp
	guarded mov byte [fs:ecx + 6], 0x3c
	mov gs, ebp
	guarded mov [gs:ecx + 7], ch
	mov ebx, 0x40
	guarded mov dword [fs:ecx + 4 * ebx + 0x180], 0x13579bdf
	guarded mov dword [gs:ecx + 2 * ebx + 0x180], 0x2468ace0
	guarded mov word [fs:ecx + 8 * ebx + 0x180], 0x5678
	call mix
	dec dword [ss:count]
	jnz %%read
	; around a limit, and over the end of the region
	mov dword [ss:count], 12
%%limit:
	mov ebp, %1 + 0x30
	mov ds, ebp
	mov ecx, [ss:count]
	lea edx, [ecx + 0x7ff4]
	add ecx, 0x5f4
	guarded mov [ecx], edx
	guarded mov [ecx + 1], dx
	mov ebp, %1 + 0x18
	mov ds, ebp
	guarded mov [edx], ecx
	guarded mov [edx - 0x100], cx
	mov eax, %2
	mov ds, eax
	call mix
	dec dword [ss:count]
	jnz %%limit
	mov es, eax
%endmacro

; Where nothing is loaded any more (STR is the monitor's): many stores, the same store to
; memory of each kind, and around a limit once it has been made anew.
places:	dd REGION + 0x10, REGION + 0x7f10, 0x6010, REGION + 0x4010
%macro often 2
	mov eax, %1 + 0x18
	mov ds, eax
	mov es, eax
	str eax
	mov esi, STORES
%%hot:	imul ecx, esi, 0x1044
	and ecx, 0x7eff
	lea edx, [ecx + esi]
	and edx, 0x7eff
	mov [ecx], edx
	mov [edx], cl
	mov word [edx + 2], 0x9876
	mov [es:edx + 4], ecx
	call mix
	dec esi
	jnz %%hot
	mov eax, %2
	mov ds, eax
	mov es, eax
	str eax
	mov esi, 100 * ROUNDS
%%other:
	mov eax, esi
	and eax, 3
	mov ecx, [places + 4 * eax]
	lea edx, [ecx + esi]
	mov [ecx], edx
	mov [ecx + 4], cl
	mov word [ecx + 6], 0x1357
	call mix
	dec esi
	jnz %%other
	mov eax, [0x6010]
	call mix
	mov eax, %1 + 0x30
	mov ds, eax
	str eax
	mov esi, 3 * 24
%%edge:	mov eax, 3 * 24
	sub eax, esi
	aam 24
	movzx ecx, al
	lea edx, [ecx + esi]
	add ecx, 0x5f0
	guarded mov [ecx], edx
	guarded mov [ecx + 1], dl
	guarded mov word [ecx + 2], 0x2468
	call mix
	dec esi
	jnz %%edge
	mov eax, %2
	mov ds, eax
%endmacro

protected:
	mov eax, 0x10
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov esp, 0x7c00
	mov eax, 0x68
	ltr ax
	call clear
	mov eax, 0x18
	mov es, eax
	mov gs, eax
	mov eax, 0x20
	mov fs, eax
	call forms
	mov eax, 0x10
	mov es, eax
	call report
	call clear
	segments 0, 0x10
	often 0, 0x10
	call report
	call clear
	push dword 0x43
	push dword 0x7000
	push dword 2
	push dword 0x3b
	push dword user
	iretd

user:	mov eax, 0x43
	mov ds, eax
	mov es, eax
	segments 0x33, 0x43
	often 0x33, 0x43
	int 0x30

back:	mov eax, 0x10
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov esp, 0x7c00
	call report
	boot_line esi, end_text
	boot_real 0x70
end_text:
	db "END", 10
	times (SECTORS + 1) * 512 - ($ - $$) db 0
