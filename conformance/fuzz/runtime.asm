; SPDX-License-Identifier: MIT
; Runtime of a fuzz image.  It enters the generated blocks one after the other,
; each in its own mode with the registers the last one left, logs and skips every
; exception, and in the end prints the registers and hashes of memory.
;
; All decisions are made in 32-bit protected mode at ring 0 (dispatch.inc).  A
; block ends with INT 30; an exception goes on at the next landing pad of the
; block (a list the generator made), or at the block's end.
%include "layout.inc"

%define RT_STACK 0x7000
org FZ_RUNTIME
bits 16
	cli
	xor ax, ax
	mov ds, ax
	mov al, 0xff			; all interrupts masked
	out 0x21, al
	out 0xa1, al
	jmp setup_real

%include "tables.inc"
%include "trap.inc"
%include "clock.inc"
%include "dispatch.inc"
%include "print.inc"
%include "page.inc"

; ---- start ----
bits 16
setup_real:
	xor di, di			; every vector: an unexpected interrupt
	mov es, di
	mov cx, 256
.all:	mov word [es:di], rvec_other
	mov word [es:di + 2], 0
	add di, 4
	loop .all
	mov si, vectors
	xor di, di
	mov cx, 32
.exc:	mov ax, [si + 2]
	mov [es:di], ax
	add si, 4
	add di, 4
	loop .exc
	mov word [es:INT_END * 4], rvec_end
	mov word [es:0x20 * 4], rirq0
	mov word [es:0x24 * 4], rirq4
	mov word [es:INT_GATE32 * 4], rint40
	mov word [es:INT_TRAP32 * 4], rint41
	mov word [es:INT_GATE16 * 4], rint42
	lgdt [gdtr]
	lidt [idtr]
	mov eax, 0x33			; PE, MP, ET, NE; not EM, TS
	mov cr0, eax
	jmp SEL_RT_CODE:start32

bits 32
start32:
	mov eax, SEL_RT_DATA
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov esp, RT_STACK
	cld
	mov edi, state
	mov ecx, (state_end - state) / 4
	xor eax, eax
	rep stosd
	call make_idt
	mov eax, [FZ_PARAMS + P_CR4]
	mov cr4, eax
	mov eax, SEL_LDT
	lldt ax
	mov eax, SEL_TSS
	ltr ax
	call fill_regions
	cmp dword [FZ_PARAMS + P_CR3], 0
	je .flat
	call start_paging
.flat:	call clear_fpu
	cmp dword [FZ_PARAMS + P_CLOCK], 0
	je .free
	call start_clock
.free:	cmp dword [FZ_PARAMS + P_TIMER], 0
	je .run
	call start_timer
.run:	mov esi, text_seed
	call print_text
	mov eax, [FZ_PARAMS + P_SEED]
	call print_hex
	call print_end
	jmp next_block

make_idt:
	mov edi, idt
	mov ecx, 0x60 * 2
	xor eax, eax
	rep stosd
	mov esi, vectors
	mov edi, idt
	mov ecx, 32
.exc:	movzx eax, word [esi]
	mov dl, 0x8e
	cmp ecx, 32 - 3			; INT3 and INTO are open to ring 3
	je .open
	cmp ecx, 32 - 4
	jne .put
.open:	mov dl, 0xee
.put:	call set_gate
	add esi, 4
	loop .exc
	mov esi, gates
.gate:	movzx edi, byte [esi]
	cmp edi, 0xff
	je .done
	lea edi, [idt + edi * 8]
	mov dl, [esi + 1]
	movzx eax, word [esi + 2]
	call set_gate
	mov ax, [esi + 4]
	mov [edi - 6], ax
	add esi, 6
	jmp .gate
.done:	ret

; Gate EDI: offset EAX, type DL; advances EDI.
set_gate:
	mov [edi], ax
	mov word [edi + 2], SEL_RT_CODE
	mov byte [edi + 4], 0
	mov [edi + 5], dl
	mov word [edi + 6], 0
	add edi, 8
	ret

%macro G 4				; vector, type, offset, selector
	db %1, %2
	dw %3, %4
%endmacro
gates:	G 0x20, 0x8e, irq0, SEL_RT_CODE
	G 0x24, 0x8e, irq4, SEL_RT_CODE
	G INT_END, 0xee, vec_end, SEL_RT_CODE
	G INT_GATE32, 0xee, int40, SEL_RT_CODE
	G INT_TRAP32, 0xef, int41, SEL_RT_CODE
	G INT_GATE16, 0xe6, int42, SEL_RT_CODE16
	G INT_DPL0, 0x8e, int40, SEL_RT_CODE
	G INT_ABSENT, 0x6e, int40, SEL_RT_CODE
	G INT_CONFORM, 0xef, 0, SEL_CONFORM	; handler: start of the code region
	G INT_BADTYPE, 0xf2, int40, SEL_RT_CODE
	G INT_PAGE, 0xee, int33, SEL_RT_CODE
	db 0xff

; Data regions: a xorshift sequence from the seed, so that loads see variety.
fill_regions:
	mov eax, [FZ_PARAMS + P_SEED]
	or eax, 1
	mov edi, FZ_DATA
	mov ecx, 0x30000 / 4		; data, extra, stack: adjacent
	call .fill
	mov edi, FZ_PRIV
	mov ecx, FZ_PRIV_SIZE / 4
	call .fill
	mov edi, FZ_CODE16 + FZ_CODE_SIZE	; behind the code: zeros
	mov ecx, (0x10000 - FZ_CODE_SIZE) / 4
	xor eax, eax
	rep stosd
	mov edi, FZ_CODE32 + FZ_CODE_SIZE
	mov ecx, (0x10000 - FZ_CODE_SIZE) / 4
	rep stosd
	ret
.fill:	mov edx, eax
	shl edx, 13
	xor eax, edx
	mov edx, eax
	shr edx, 17
	xor eax, edx
	mov edx, eax
	shl edx, 5
	xor eax, edx
	stosd
	loop .fill
	ret

; x87 registers hold 0.0 and are empty, XMM registers are 0.
clear_fpu:
	fninit
	mov ecx, 8
.load:	fldz
	loop .load
	fninit
	test dword [FZ_PARAMS + P_CR4], 0x200
	jz .done
%assign r 0
%rep 8
	xorps xmm %+ r, xmm %+ r
%assign r r + 1
%endrep
.done:	ret

; PIC at 20h/28h with IRQ0 open, PIT channel 0 at 1 kHz (8259A, 8254 data sheets).
; Without Bochs to compare with, stores where no memory is are allowed.
start_timer:
	or byte [gdt + SEL_MONITOR + 5], 2
	call start_pic
	mov al, 0x34
	out 0x43, al
	mov al, 1193 & 0xff
	out 0x40, al
	mov al, 1193 >> 8
	out 0x40, al
	mov al, 0xfe
	out 0x21, al
	ret

	times FZ_PARAMS - FZ_RUNTIME - ($ - $$) db 0
; State below the boot sector, where real mode reaches it with DS = 0.
absolute 0x1000
idt:	resq 0x60			; not in the image: the dispatcher makes it
state:
s_eax:	resd 1
s_ecx:	resd 1
s_edx:	resd 1
s_ebx:	resd 1
s_esp:	resd 1
s_ebp:	resd 1
s_esi:	resd 1
s_edi:	resd 1
s_flags: resd 1
s_vec:	resd 1
s_err:	resd 1
s_eip:	resd 1
s_cs:	resd 1
s_ss:	resd 1
block:	resd 1				; index of the current block
place:	resd 1				; blocks begun
b_ptr:	resd 1				; its struct fz_block
traps:	resd 1
trap_hash: resd 1
ticks:	resd 1
steps:	resd 1				; single-step traps since the block began
faults:	resd 1
n_dirty: resd 1
dirty:	resd N_DIRTY
clock_left: resd 1
clock_ticks: resd 1
irqs:	resd 1
irq_at:	resd 1				; where the last one came
irq_sum: resd 1
c_eip:	resd 1			; of the interrupted code
c_cs:	resd 1
c_ds:	resd 1
c_esp:	resd 1
c_flags: resd 1
c_seen:	resd 1			; bits of EAX that count
visited: resb FZ_MAX_BLOCKS
ended:	resb FZ_MAX_BLOCKS
	alignb 16
fpu_area: resb 512
state_end:
