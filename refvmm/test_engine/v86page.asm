; SPDX-License-Identifier: MIT
; Virtual-8086 mode under paging: its megabyte is not where it seems to be, faults by
; absent, supervisor and read-only pages, the 64 KiB above as a pretended wrap, and a
; monitor in ring 3 that does INT and IRET for the program (SDM vol. 3B section 20.2).
%include "refvmm/test_engine/sys.inc"
PD    equ 0x20000
PT0   equ 0x21000
CODE  equ 0x30000		; linear, in this order
STK   equ 0x31000
OK    equ 0x32000
GONE  equ 0x33000
SUPER equ 0x34000
RO    equ 0x35000
FRAMES equ 0x50000		; frame of CODE and so on
WRAP  equ 0x56000		; frame of 100000h
MON   equ 0x60000		; ring 3: code, what it knows, stack
SAVED equ 0x61000
MON_STACK equ 0x62ff0
COUNT equ SAVED + 0x100

	jmp tests

pf:	push eax
	mov eax, cr2
	mov [ss:seen_cr2], eax
	pop eax
	jmp stub14

; CR2, entries of CODE to RO and of 100000h without addresses
state:	SHOW "   cr2 ", [seen_cr2]
	mov dword [seen_cr2], 0
	mov esi, PT0 + CODE / 1024
	mov ecx, 6
.entry:	mov eax, [esi]
	and eax, 0xfff
	SHOW " ", eax
	add esi, 4
	loop .entry
	mov eax, [PT0 + 0x100 * 4]
	and eax, 0xfff
	SHOW " ", eax
	SHOW " ok ", [FRAMES + 0x2ffc]
	SHOW " stack ", [FRAMES + 0x1ffc]
	NEWLINE
	ret

; entries as at first, memory filled
fresh:	push esi
	mov edi, PT0 + CODE / 1024
	mov eax, FRAMES | 7
.map:	stosd
	add eax, 0x1000
	cmp eax, FRAMES + 0x6000 | 7
	jne .map
	mov dword [PT0 + GONE / 1024], FRAMES + 0x3000
	mov dword [PT0 + SUPER / 1024], FRAMES + 0x4000 | 3
	mov dword [PT0 + RO / 1024], FRAMES + 0x5000 | 5
	mov dword [PT0 + 0x100 * 4], WRAP | 7
	mov edi, FRAMES + 0x1000
	mov ecx, 0x6000 / 4
	mov eax, 0x33333333
	rep stosd
	mov dword [WRAP + 0x10], 0x77665544
	mov eax, cr3
	mov cr3, eax
	pop esi
	ret

; Program %2 to %2_end, at 3000:0; it comes back by an exception.
%macro V86 2
	SAY %1
	mov esi, %2
	mov ecx, %2_end - %2
	call run86
	call state
%endmacro
%macro TRY86 2+
	jmp %%go
	bits 16
%%code:	%2
	int 0x30
%%code_end:
	bits 32
%%go:	V86 %1, %%code
%endmacro

run86:	CATCH .back
	push ecx
	call fresh
	pop ecx
	mov edi, FRAMES
	rep movsb
	push dword 0xffff		; GS
	push dword RO >> 4
	push dword GONE >> 4		; DS
	push dword SUPER >> 4
	push dword STK >> 4
	push dword 0x0ffc
	push dword [flags86]
	push dword CODE >> 4
	push dword 0
	mov eax, 0x12345678
	mov ebx, 0x100
	mov ecx, 8
	mov esi, 0xffc
	mov edi, 0xffc
	iret
.back:	ret

; ---- the ring 3 monitor: at MON, reaches the program by linear addresses ----
SAVE_EIP equ SAVED + 36
SAVE_CS  equ SAVED + 40
SAVE_FL  equ SAVED + 44
SAVE_SP  equ SAVED + 48
SAVE_SS  equ SAVED + 52

; #GP: keep registers and frame, go to the monitor
to_monitor:
	pusha
	cld
	mov ax, DATA0
	mov ds, ax
	mov es, ax
	mov esi, esp
	mov edi, SAVED
	mov ecx, 18
	rep movsd
	mov ax, DATA3
	mov ds, ax
	mov es, ax
	push dword DATA3
	push dword MON_STACK
	push dword 2
	push dword CODE3
	push dword MON
	iret
; INT 38h: on with the program
from_monitor:
	mov ax, DATA0
	mov ds, ax
	mov es, ax
	sub esp, 18 * 4
	mov esi, SAVED
	mov edi, esp
	mov ecx, 18
	rep movsd
	popa
	add esp, 4
	iret
; INT 39h: the program ended
ended:	mov ax, DATA0
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, [kept_esp]
	jmp [recover]

monitor:
	inc dword [COUNT]
	mov ebx, [SAVE_CS]
	shl ebx, 4
	add ebx, [SAVE_EIP]
	mov ax, [ebx]
	mov edx, [SAVE_SS]
	shl edx, 4
	cmp al, 0xcd
	jne .iret
	cmp ah, 0x30
	je .end
	movzx ecx, ah
	sub word [SAVE_SP], 6
	movzx esi, word [SAVE_SP]
	mov eax, [SAVE_FL]
	mov [edx + esi + 4], ax
	mov eax, [SAVE_CS]
	mov [edx + esi + 2], ax
	mov eax, [SAVE_EIP]
	add eax, 2
	mov [edx + esi], ax
	movzx eax, word [ecx * 4]
	mov [SAVE_EIP], eax
	movzx eax, word [ecx * 4 + 2]
	mov [SAVE_CS], eax
	int 0x38
.iret:	cmp al, 0xcf
	jne .end
	movzx esi, word [SAVE_SP]
	movzx eax, word [edx + esi]
	mov [SAVE_EIP], eax
	movzx eax, word [edx + esi + 2]
	mov [SAVE_CS], eax
	movzx eax, word [edx + esi + 4]
	and eax, 0xcd5
	and dword [SAVE_FL], ~0xcd5
	or [SAVE_FL], eax
	add word [SAVE_SP], 6
	int 0x38
.end:	int 0x39
monitor_end:

	bits 16
calls86: mov cx, 40
.next:	push cx
	int 0x21
	pop cx
	adc bx, 0
	loop .next
	int 0x30
calls86_end:
; at 3000:0200
service86: mov bp, sp
	mov cx, [bp + 6]		; the count that was pushed
	add dx, cx
	shr cx, 1			; carry, to be seen by the caller
	rcl word [bp + 4], 1
	iret
service86_end:
	bits 32

all86:	TRY86 "read absent", mov ax, [0x10]
	TRY86 "write absent", mov [0x10], ax
	TRY86 "read supervisor", mov ax, [es:0x10]
	TRY86 "write supervisor", mov [es:0x10], ax
	TRY86 "read read-only", mov ax, [fs:0x10]
	TRY86 "write read-only", mov [fs:0x10], ax
	TRY86 "add read-only", add [fs:0x10], ax
	TRY86 "write over the end", mov [ss:0x1ffe], eax
	TRY86 "add over the end", add [ss:0x1ffd], eax
	TRY86 "read over the end of the supervisor's", mov eax, [es:-2]
	TRY86 "read above 1 MiB", mov eax, [gs:0x20]
	TRY86 "write above 1 MiB", mov [gs:0x24], eax
	TRY86 "write over 1 MiB", mov [gs:0xe], ebx
	V86 "push absent", push86
	V86 "pusha over the end", pusha86
	V86 "call, stack absent", call86
	V86 "far call, stack over the end", far86
	V86 "pop absent", pop86
	V86 "movsb", movs86
	V86 "stosw", stos86
	V86 "lds", lds86
	V86 "code absent", jump86
	V86 "code of the supervisor", jumps86
	V86 "code over the end", over86
	V86 "code above 1 MiB", high86
	ret
	bits 16
push86:	mov sp, 0x2002
	push ax
	int 0x30
push86_end:
pusha86: mov sp, 0x2008
	pusha
	int 0x30
pusha86_end:
call86:	mov sp, 0x2004
	call push86_end - push86
	int 0x30
call86_end:
far86:	mov sp, 0x2002
	call (CODE >> 4):0
	int 0x30
far86_end:
pop86:	mov sp, 0x1fff
	pop ax
	int 0x30
pop86_end:
movs86:	push ss
	pop ds
	push ss
	pop es
	mov si, 0x1000
	mov di, 0x1ffc
	rep movsb
	int 0x30
movs86_end:
stos86:	push ss
	pop es
	mov di, 0x1ffd
	rep stosw
	int 0x30
stos86_end:
lds86:	lds si, [ss:0x1ffd]
	int 0x30
lds86_end:
jump86:	jmp (GONE >> 4):0x20
jump86_end:
jumps86: jmp (SUPER >> 4):0x20
jumps86_end:
over86:	push ss
	pop ds
	mov word [0x1ffe], 0xb866	; mov eax, imm32
	jmp (STK >> 4):0x1ffe
over86_end:
high86:	mov dword [gs:0x30], 0x30cd4090	; nop; inc ax; int 30h
	jmp 0xffff:0x30
high86_end:
	bits 32

tests:	mov edi, PD
	mov ecx, 0x2000 / 4
	xor eax, eax
	rep stosd
	mov dword [PD], PT0 | 7
	mov edi, PT0
	mov eax, 3
.low:	stosd
	add eax, 0x1000
	cmp eax, 0x400003
	jne .low
	mov dword [PT0], 7		; the program's interrupt vectors
	mov dword [PT0 + MON / 1024], MON | 5
	mov dword [PT0 + SAVED / 1024], SAVED | 7
	mov dword [PT0 + MON_STACK / 4096 * 4], 0x62000 | 7
	mov edi, MON
	mov esi, monitor
	mov ecx, monitor_end - monitor
	rep movsb
	GATE 14, pf, 0
	mov eax, PD
	mov cr3, eax
	mov eax, cr0
	or eax, 0x80000000
	mov cr0, eax
	jmp .on
.on:	mov dword [flags86], 0x20002
	SAY "WP 0", 10
	call all86
	mov eax, cr0
	or eax, 0x10000
	mov cr0, eax
	mov dword [flags86], 0x23002
	SAY "WP 1, IOPL 3", 10
	call all86
	SAY "VME", 10
	mov eax, 1
	mov cr4, eax
	mov dword [flags86], 0x20202
	mov word [0x32 * 4], 0x40
	mov word [0x32 * 4 + 2], GONE >> 4
	mov byte [main_tss + 0x88 - 32 + 0x30 / 8], 0x03
	TRY86 "INT to absent code", int 0x32
	V86 "INT, stack absent", vint86
	mov dword [PT0], 3
	TRY86 "INT, vectors of the supervisor", int 0x32
	mov dword [PT0], 7
	xor eax, eax
	mov cr4, eax

	SAY "monitor in ring 3", 10
	GATE 13, to_monitor, 0
	GATE 0x38, from_monitor, 3
	GATE 0x39, ended, 3
	mov word [0x21 * 4], 0x200
	mov word [0x21 * 4 + 2], CODE >> 4
	mov dword [flags86], 0x20002
	mov edi, FRAMES + 0x200
	mov esi, service86
	mov ecx, service86_end - service86
	rep movsb
	mov ebp, 3
.again:	mov dword [COUNT], 0
	push ebp
	xor edx, edx
	V86 "calls", calls86
	SHOW "   exits ", [COUNT]
	SHOW " ax ", [SAVED + 28]
	SHOW " bx ", [SAVED + 16]
	SHOW " cx ", [SAVED + 24]
	SHOW " dx ", [SAVED + 20]
	SHOW " sp ", [SAVE_SP]
	SHOW " fl ", [SAVE_FL]
	mov eax, [PT0 + MON / 1024]
	SHOW " pages ", eax
	SHOW " ", [PT0 + SAVED / 1024]
	NEWLINE
	pop ebp
	dec ebp
	jnz .again
	; the monitor's page goes away under it
	mov dword [PT0 + MON / 1024], MON
	V86 "monitor absent", calls86
	mov dword [PT0 + MON / 1024], MON | 1
	V86 "monitor of the supervisor", calls86
	DONE
	bits 16
vint86:	mov sp, 0x2004
	int 0x32
	int 0x30
vint86_end:
	bits 32
	align 4
flags86: dd 0
seen_cr2: dd 0
%include "refvmm/test_engine/rom_end.inc"
