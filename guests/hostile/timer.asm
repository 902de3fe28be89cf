; SPDX-License-Identifier: MIT
; Thousands of timer interrupts and host alarms while segments with a base and a
; limit are in use.  A signal handler, a system call or C code in the host leaves
; its own FS base and its own flat SS behind; the guest must see its segments at
; every moment, after every kind of trip through the monitor.

%include "guests/hostile/hostile.inc"

%define BASED	SPARE		; 4 KiB at 3 MiB
%define STACK	SPARE + 8	; 2 MiB at 0
%define OTHER	SPARE + 16	; changes all the time
%define TICKS	1000
%define ROUNDS	100

; name, routine called between two checks while interrupts come
%macro STORM 2
	EXPECT %1, NONE, 0
	mov dword [ticks], 0
	mov eax, BASED
	mov fs, eax
	mov gs, eax
	mov es, eax
	HERE
	sti
%%again:
	call check_segments
	call %2
	call check_segments
	cmp dword [ticks], TICKS
	jb %%again
	cli
	DONE
	cli
%endmacro

; name, routine called right before an access beyond SS
%macro BEYOND 2
	mov dword [round], ROUNDS
%%again:
	EXPECT %1, 12, 0
	mov eax, STACK
	mov ss, eax
	call %2
	HERE
	mov ecx, [ss:0x200000]
	DONE
	cmp dword [n_fail], 0
	jne %%end
	dec dword [round]
	jz %%end
	jmp %%again
%%end:
%endmacro

guest:
	DESC OTHER, 0x400000, 0xfff, 0x92, 4
	mov dword [0x300010], 0xfeed1234
	mov dword [0x300014], 0xfeed5678
	DESC BASED, 0x300000, 0xfff, 0x92, 4
	DESC STACK, 0, 0x1ff, 0x92, 0xc
	GATE 0x20, tick, 0x8e
	; PIC: IRQ 0-7 at 20h, only the timer; PIT: mode 2, 12 kHz
	mov al, 0x11
	out 0x20, al
	mov al, 0x20
	out 0x21, al
	mov al, 4
	out 0x21, al
	mov al, 1
	out 0x21, al
	mov al, 0xfe
	out 0x21, al
	mov eax, 100
	call set_timer
	STORM "segments and interrupts: translated code", compute
	STORM "segments and interrupts: monitor routines", ask
	STORM "segments and interrupts: segment loads", load
	STORM "segments and interrupts: flags", flags
	STORM "segments and interrupts: monitor area", area
	STORM "segments and interrupts: ports", ports
	STORM "segments and interrupts: store on a code page", poke
	call due_at_once
	mov al, 0xff
	out 0x21, al
	BEYOND "SS limit after a port write", set_timer_again
	BEYOND "SS limit after a port read", ports
	BEYOND "SS limit after new descriptors", new_descriptor
	BEYOND "SS limit after a trap", area
	BEYOND "SS limit after a store on a code page", poke
	ret

; The timer is due before the processor is back in the guest, which then waits in
; a loop that never leaves translated code.
due_at_once:
	EXPECT "timer due at once", NONE, 0
	mov al, 0x30			; mode 0: one interrupt
	out 0x43, al
	mov esi, 3000
	HERE
.again:	mov dword [ticks], 0
	mov eax, esi
	and eax, 31
	inc eax
	out 0x40, al
	xor al, al
	out 0x40, al
	sti
.wait:	cmp dword [ticks], 0
	je .wait
	cli
	dec esi
	jnz .again
	DONE
	ret

check_segments:
	mov ecx, [fs:0x10]
	WANT ecx, 0xfeed1234
	mov ecx, [gs:0x14]
	WANT ecx, 0xfeed5678
	mov ecx, [es:0x10]
	WANT ecx, 0xfeed1234
	mov ecx, [fs:0x14]
	WANT ecx, 0xfeed5678
	ret

tick:	push eax
	push ds
	mov eax, KDATA
	mov ds, eax
	inc dword [ticks]
	mov al, 0x20
	out 0x20, al
	pop ds
	pop eax
	iretd

; counter in EAX; each write moves the next deadline
set_timer_again:
	xor dword [period], 64
	mov eax, [period]
set_timer:
	push eax
	mov al, 0x34
	out 0x43, al
	pop eax
	out 0x40, al
	mov al, ah
	out 0x40, al
	ret

compute:
	mov ecx, 200
.loop:	imul edx, ecx
	add edx, 77
	loop .loop
	ret

ask:	mov ebx, 20
	mov eax, KDATA
.loop:	lar ecx, eax
	mov ecx, [fs:0x10]
	WANT ecx, 0xfeed1234
	verw ax
	mov ecx, [fs:0x14]
	WANT ecx, 0xfeed5678
	dec ebx
	jnz .loop
	ret

load:	mov ebx, 10
	mov eax, BASED
.loop:	mov es, eax
	push gs
	pop gs
	dec ebx
	jnz .loop
	ret

flags:	push dword 0x200202		; ID
	popfd
	push dword 0x202
	popfd
	ret

area:	mov al, [MONITOR]
	mov [MONITOR + 0x48], al
	ret

ports:	in al, 0xe9
	ret

; A store next to code that is executed: same page.
poke:	inc dword [poked]
	ret
	align 4
poked:	dd 0

; A base that the host has not seen for 60 loads.
new_descriptor:
	add word [gdt + OTHER + 2], 16
	mov eax, OTHER
	mov es, eax
	ret

section .data
	align 8
ticks:	dd 0
round:	dd 0
period:	dd 5000

section .text
