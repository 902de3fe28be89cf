; SPDX-License-Identifier: MIT
; Code that is overwritten while it runs.  On P5 and later processors the next
; instruction is the new one, whatever wrote it and through whatever alias (SDM
; vol. 3A section 11.6: same linear address needs no serialization; the P6
; family snoops aliases too).
;
; TRY name, expected, code: the code stores to [edi], which is the immediate of
; the following "mov eax, 0x11111111; ret", in copies at many places: a fresh
; page, again on the same page, and with the immediate across a page end.
; EDX = 0x22222222, EBX, ECX, ESI and EBP are free.

%include "guests/hostile/hostile.inc"

%define AREA	0x400000

; name, expected value, macro with the code
%macro TRY 3
	EXPECT %1, NONE, 0
	HERE
	jmp %%run
%%code:	%3
%%mov:	mov eax, 0x11111111
	ret
	times 16 nop
%%end:
%%run:	mov dword [w_code], %%code
	mov dword [w_size], %%end - %%code
	mov dword [w_imm], %%mov + 1 - %%code
	mov dword [w_want], %2
	call everywhere
	DONE
%endmacro

; Copy the code to EDI; leaves the address of the immediate in EDI.
place:
	mov [w_at], edi
	mov esi, [w_code]
	mov ecx, [w_size]
	rep movsb
	mov edi, [w_at]
	add edi, [w_imm]
	ret

; Run the copy at [w_at], three times with the immediate restored in between.
thrice:
	push ds
	pop es
	mov dword [w_left], 3
.again:	mov edi, [w_at]
	add edi, [w_imm]
	mov dword [edi], 0x11111111
	mov edx, 0x22222222
	mov ebx, 0x33333333
	call [w_at]
	cld
	push ds
	pop es
	WANT eax, [w_want]
	dec dword [w_left]
	jnz .again
	ret

everywhere:
	; a page that never held code
	mov edi, [next_page]
	add dword [next_page], 0x2000
	push edi
	call place
	call thrice
	pop edi
	; elsewhere on the same page
	add edi, 0x400
	push edi
	call place
	call thrice
	pop edi
	; the immediate lies across the page end, on two fresh pages
	mov edi, [next_page]
	add dword [next_page], 0x2000
	add edi, 0x1000 - 2
	sub edi, [w_imm]
	call place
	call thrice
	; the instruction that stores lies across the page end
	mov edi, [next_page]
	add dword [next_page], 0x2000
	add edi, 0x1000 - 1
	call place
	call thrice
	ret

%macro store_mov 0
	mov [edi], edx
%endmacro
%macro store_byte 0
	mov byte [edi], 0x22
%endmacro
%macro store_word 0
	mov [edi + 2], dx
%endmacro
%macro store_moffs 0
	; the address is only known at run time: patch it in, one instruction ago
	call %%here
%%here:	pop ebx
	mov [ebx + %%mov - %%here + 1], edi
	mov eax, edx
%%mov:	mov [dword 0x12345678], eax
%endmacro
%macro store_add 0
	add dword [edi], 0x11111111
%endmacro
%macro store_inc 0
	inc dword [edi]
%endmacro
%macro store_lock_dec 0
	lock dec dword [edi]
%endmacro
%macro store_not 0
	not dword [edi]
%endmacro
%macro store_xchg 0
	xchg [edi], edx
%endmacro
%macro store_xadd 0
	lock xadd [edi], edx
%endmacro
%macro store_cmpxchg 0
	mov eax, 0x11111111
	cmpxchg [edi], edx
%endmacro
%macro store_cmpxchg8b 0
	mov eax, [edi]
	mov edx, [edi + 4]
	mov ebx, 0x22222222
	mov ecx, edx
	lock cmpxchg8b [edi]
%endmacro
%macro store_bts 0
	bts dword [edi], 1
%endmacro
%macro store_bts_reg 0
	mov ecx, -799
	lea ebx, [edi + 100]
	bts [ebx], ecx
%endmacro
%macro store_setcc 0
	cmp eax, eax
	setz [edi]
%endmacro
%macro store_shl 0
	shl dword [edi], 1
%endmacro
%macro store_shld 0
	shld [edi], edx, 8
%endmacro
%macro store_neg 0
	neg dword [edi]
%endmacro
%macro store_stos 0
	mov eax, edx
	stosd
%endmacro
%macro store_rep_stos 0
	mov al, 0x22
	mov ecx, 4
	rep stosb
%endmacro
%macro store_std_stos 0
	mov al, 0x22
	mov ecx, 4
	add edi, 3
	std
	rep stosb
%endmacro
%macro store_movs 0
	mov esi, new_bytes
	movsd
%endmacro
%macro store_rep_movs 0
	mov esi, new_bytes
	mov ecx, 4
	rep movsb
%endmacro
%macro store_push 0
	mov ebx, esp
	lea esp, [edi + 4]
	push edx
	mov esp, ebx
%endmacro
%macro store_push_seg 0
	mov ebx, esp
	lea esp, [edi + 2]
	o16 push ds
	mov esp, ebx
%endmacro
%macro store_push_imm 0
	mov ebx, esp
	lea esp, [edi + 4]
	push dword 0x22222222
	mov esp, ebx
%endmacro
%macro store_push_mem 0
	mov ebx, esp
	lea esp, [edi + 4]
	push dword [new_bytes]
	mov esp, ebx
%endmacro
%macro store_enter 0
	mov ebx, esp
	mov ebp, edx
	lea esp, [edi + 4]
	enter 0, 0
	mov esp, ebx
%endmacro
%macro store_pop 0
	push edx
	pop dword [edi]
%endmacro
%macro store_mov_seg 0
	mov [edi], ds
%endmacro
%macro store_fst 0
	fld1
	fstp dword [edi]
%endmacro
%macro store_fist 0
	push edx
	fild dword [esp]
	fistp dword [edi]
	pop edx
%endmacro
%macro store_fnstcw 0
	fnstcw [edi]
%endmacro
%macro store_sldt 0
	sldt [edi]
%endmacro
%macro store_arpl 0
	mov ecx, 3
	arpl [edi], cx
%endmacro
%macro store_ins 0
	mov edx, 0xe9
	insb
%endmacro
%macro store_fs_alias 0
	mov eax, SPARE
	mov fs, eax
	mov [fs:edi - 0x1000], edx
%endmacro
%macro store_es_alias 0
	mov eax, SPARE
	mov es, eax
	sub edi, 0x1000
	mov eax, edx
	stosd
%endmacro
%macro store_bp16 0
	; 16-bit addressing through SS based at the copy's page
	mov eax, edi
	and eax, ~0xfff
	mov [gdt + SPARE + 8 + 2], ax
	shr eax, 16
	mov [gdt + SPARE + 8 + 4], al
	mov ebp, edi
	and ebp, 0xfff
	mov eax, SPARE + 8
	mov gs, eax
	mov [gs:bp], edx
%endmacro
%macro store_movd_mmx 0
	movd mm0, edx
	movd [edi], mm0
	emms
%endmacro
%macro store_movss 0
	movd xmm0, edx
	movss [edi], xmm0
%endmacro
%macro store_movnti 0
	movnti [edi], edx
%endmacro
; A procedure on another page stores into its caller.
%macro store_call 0
	mov eax, store_edx_edi
	call eax
%endmacro
; An exception handler does.
%macro store_int 0
	int 0x50
%endmacro
; Three stores, the last of them counts; the first makes the same bytes.
%macro store_many 0
	mov dword [edi], 0x11111111
	mov dword [edi], 0x77777777
	mov [edi], edx
%endmacro

store_edx_edi:
	mov [edi], edx
	ret
store_handler:
	mov [edi], edx
	iretd

guest:
	DESC SPARE, 0x1000, 0xfffff, 0x92, 0xc
	DESC SPARE + 8, 0, 0x1fff, 0x92, 4
	GATE 0x50, store_handler, 0x8e
	TRY "mov", 0x22222222, store_mov
	TRY "mov byte", 0x11111122, store_byte
	TRY "mov word", 0x22221111, store_word
	TRY "mov moffs, itself patched", 0x22222222, store_moffs
	TRY "add", 0x22222222, store_add
	TRY "inc", 0x11111112, store_inc
	TRY "lock dec", 0x11111110, store_lock_dec
	TRY "not", 0xeeeeeeee, store_not
	TRY "neg", 0xeeeeeeef, store_neg
	TRY "xchg", 0x22222222, store_xchg
	TRY "lock xadd", 0x33333333, store_xadd
	TRY "cmpxchg", 0x22222222, store_cmpxchg
	TRY "lock cmpxchg8b", 0x22222222, store_cmpxchg8b
	TRY "bts imm", 0x11111113, store_bts
	TRY "bts reg, far offset", 0x11111113, store_bts_reg
	TRY "setcc", 0x11111101, store_setcc
	TRY "shl", 0x22222222, store_shl
	TRY "shld", 0x11111122, store_shld
	TRY "stosd", 0x22222222, store_stos
	TRY "rep stosb", 0x22222222, store_rep_stos
	TRY "rep stosb downwards", 0x22222222, store_std_stos
	TRY "movsd", 0x22222222, store_movs
	TRY "rep movsb", 0x22222222, store_rep_movs
	TRY "push reg", 0x22222222, store_push
	TRY "push imm", 0x22222222, store_push_imm
	TRY "push mem", 0x22222222, store_push_mem
	TRY "push16 seg", 0x11110010, store_push_seg
	TRY "enter", 0x22222222, store_enter
	TRY "pop mem", 0x22222222, store_pop
	TRY "mov mem, seg", 0x11110010, store_mov_seg
	TRY "fstp", 0x3f800000, store_fst
	TRY "fistp", 0x22222222, store_fist
	TRY "fnstcw", 0x1111037f, store_fnstcw
	TRY "sldt", 0x11110000, store_sldt
	TRY "arpl", 0x11111113, store_arpl
	TRY "insb", 0x111111e9, store_ins
	TRY "mov through FS with another base", 0x22222222, store_fs_alias
	TRY "stos through ES with another base", 0x22222222, store_es_alias
	TRY "mov with 16-bit address and GS", 0x22222222, store_bp16
	TRY "called procedure", 0x22222222, store_call
	TRY "interrupt handler", 0x22222222, store_int
	TRY "several stores", 0x22222222, store_many
	mov eax, 1
	cpuid
	test edx, 1 << 26
	jz .nosse
	mov eax, cr4
	or eax, 0x200
	mov cr4, eax
	TRY "movd from MMX", 0x22222222, store_movd_mmx
	TRY "movss", 0x22222222, store_movss
	TRY "movnti", 0x22222222, store_movnti
.nosse:	call loops
	call whole_page
	call other_page
	ret

; Loop bodies that change themselves every time round.
loops:
	EXPECT "loop with a changing immediate", NONE, 0
	xor eax, eax
	mov ecx, 1000
	HERE
.next:	inc dword [.imm]
	db 0x05				; add eax, imm32
.imm:	dd 0
	loop .next
	WANT eax, 500500
	DONE
	mov dword [loops.imm], 0
	EXPECT "loop that changes what it ran before", NONE, 0
	xor eax, eax
	mov ecx, 1000
	HERE
.back:	db 0x05
.imm2:	dd 0
	inc dword [.imm2]
	loop .back
	WANT eax, 499500
	DONE
	EXPECT "loop that turns its branch around", NONE, 0
	mov ecx, 0
	mov byte [.jcc], 0x75
	HERE
.turn:	inc ecx
	cmp ecx, 50
	jb .same
	mov byte [.jcc], 0x74		; jnz becomes jz
.same:	cmp ecx, 0
.jcc:	jnz .turn
	WANT ecx, 50
	DONE
	EXPECT "call target that is replaced", NONE, 0
	mov esi, 100
	xor edi, edi
	HERE
.calls:	mov eax, esi
	shl eax, 8
	mov al, 0xb8			; mov eax, imm32
	mov [AREA - 0x1000], eax
	mov dword [AREA - 0xffc], 0x00c30000
	and dword [AREA - 0xffd], 0xff0000ff
	mov byte [AREA - 0xffb], 0xc3
	mov eax, AREA - 0x1000
	call eax
	and eax, 0xff
	add edi, eax
	dec esi
	jnz .calls
	WANT edi, 5050
	DONE
	ret

; A page of code is replaced as a whole, by REP MOVS and REP STOS, 20 times.
whole_page:
	EXPECT "page of code replaced", NONE, 0
	mov esi, 20
	HERE
.again:	mov edi, AREA - 0x3000
	mov ecx, 0xfff
	mov al, 0x40			; inc eax
	rep stosb
	mov byte [edi], 0xc3
	xor eax, eax
	mov ebx, AREA - 0x3000
	call ebx
	WANT eax, 0xfff
	mov edi, AREA - 0x3000
	mov ecx, 0xfff
	mov al, 0x48			; dec eax
	rep stosb
	xor eax, eax
	call ebx
	WANT eax, -0xfff
	dec esi
	jnz .again
	DONE
	EXPECT "rep movs over the code behind it", NONE, 0
	mov edi, AREA - 0x5000
	mov esi, .mover
	mov ecx, .mover_end - .mover
	rep movsb
	mov edi, AREA - 0x5000 + (.target - .mover)
	mov esi, .new
	mov ecx, .new_end - .new
	mov ebx, AREA - 0x5000
	HERE
	call ebx
	WANT eax, 0x600d
	DONE
	ret
.mover:	rep movsb
.target: mov eax, 0xbad
	ret
	times 8 nop
.mover_end:
.new:	mov eax, 0x600d
	ret
.new_end:

; Code on one page writes code on another, back and forth.
other_page:
	; The second page is never executed from but for the end of a jump.
	EXPECT "jump across a page end, to 2 places", NONE, 0
	mov dword [0x2010000], 0x000001b8	; mov eax, 1; ret
	mov word [0x2010004], 0xc300
	mov dword [0x2010100], 0x000002b8	; mov eax, 2; ret
	mov word [0x2010104], 0xc300
	mov ebx, 0x2000ffe
	mov byte [ebx], 0xe9
	mov dword [ebx + 1], 0x2010000 - 0x2001003
	HERE
	call ebx
	WANT eax, 1
	inc byte [ebx + 2]
	call ebx
	WANT eax, 2
	dec byte [ebx + 2]
	call ebx
	WANT eax, 1
	DONE
	EXPECT "two pages write each other", NONE, 0
	mov esi, .ping
	mov edi, AREA - 0x8000
	mov ecx, .pong - .ping
	rep movsb
	mov esi, .ping
	mov edi, AREA - 0x7000
	mov ecx, .pong - .ping
	rep movsb
	mov ecx, 200
	mov ebx, AREA - 0x8000
	mov edx, AREA - 0x7000
	HERE
	call ebx
	WANT eax, 200
	DONE
	ret
; EBX: this page, EDX: the other one.  Makes the other return ECX's next value.
.ping:	db 0xb8
	dd 0
	inc eax
	mov [edx + 1], eax
	xchg ebx, edx
	dec ecx
	jz .last
	jmp ebx
.last:	ret
.pong:

section .data
	align 4
next_page: dd AREA
w_code:	dd 0
w_size:	dd 0
w_imm:	dd 0
w_want:	dd 0
w_at:	dd 0
w_left:	dd 0
new_bytes: dd 0x22222222, 0x22222222
section .text
