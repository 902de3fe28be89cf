; SPDX-License-Identifier: MIT
; Ring 3 against pages of the supervisor: every way to read, write and run them, in
; each format of page tables, right after the kernel used the same page.  Expected is
; the exact #PF and that nothing was read or written.  Then translations that the
; kernel takes back, and the monitor's addresses as ordinary linear memory.

%include "guests/hostile/hostile.inc"
	jmp guest
%include "guests/hostile/paging.inc"

%define SECRET	0x9090fecd	; in supervisor pages; as code INT MISMATCH
%define FRONT	0x00b89090	; ends the page in front: MOV EAX, imm32 over the end
%define MAGIC	0x41424344	; EAX stays so when nothing is read
%define GSBASE	0x08000000
%define GSSEL	(SPARE | 3)

%define PAGE_U	7
%define PAGE_S	3

; ---- attacks: EDI, EBP, EDX = the supervisor page ----

; name, error code, address of CR2 relative to the page; then code with HIT in front of
; the instruction that faults
%macro ATTACK 2-3 0
%push attack
%define %$name %1
%define %$err %2
%define %$cr2 %3
%define %$flags 0
%$code:
%endmacro
%macro HIT 0
%$hit:
%endmacro
; the instruction at the page itself, or over its beginning, faults
%macro HIT_THERE 0
%$hit	equ 0
%endmacro
%macro HIT_OVER 0
%$hit	equ -2
%endmacro
%macro OVER 0			; only where a user page lies in front
%define %$flags 1
%endmacro
%macro END_ATTACK 0
	int MISMATCH
[section .data]
%$text:	db %$name, 0
%assign n_attacks n_attacks + 1
attack%[n_attacks]:
	dd %$code, %$hit, %$err, %$cr2, %$flags, %$text
%if n_attacks > 1
	dd attack%[attacks_before]
%else
	dd 0
%endif
%assign attacks_before n_attacks
__SECT__
%pop
%endmacro
; one instruction
%macro TRY 3+
	ATTACK {%1}, %2
	HIT
	%3
	END_ATTACK
%endmacro
%macro THROUGH 1
%defstr t %1
	TRY {"read ", t}, 5, mov eax, [%1:edi]
	TRY {"write ", t}, 7, mov [%1:edi], eax
	TRY {"read byte, base and index ", t}, 5, mov al, [%1:ebx + edi]
%endmacro

%assign n_attacks 0

	THROUGH ds
	THROUGH es
	THROUGH ss
	THROUGH fs
	THROUGH gs
	TRY "read cs", 5, mov eax, [cs:edi]
	TRY "read 16 bits", 5, mov ax, [edi]
	TRY "read ebp", 5, mov eax, [ebp]
	TRY "cmp", 5, cmp eax, [edi]
	TRY "test byte", 5, test byte [edi], 1
	TRY "movzx", 5, movzx eax, word [edi]
	TRY "cmov", 5, cmovz eax, [edi]
	TRY "push mem", 5, push dword [edi]
	TRY "jmp mem", 5, jmp [edi]
	TRY "call mem", 5, call [edi]
	TRY "mov ds", 5, mov ds, [edi]
	TRY "verr", 5, verr [edi]
	TRY "lar", 5, lar eax, [edi]
	TRY "bound", 5, bound eax, [edi]
	TRY "pop mem", 7, pop dword [edi]
	TRY "mov imm", 7, mov dword [edi], 1
	TRY "write byte", 7, mov [edi], al
	TRY "setcc", 7, setz [edi]
	TRY "sldt", 7, sldt [edi]
	TRY "smsw", 7, smsw [edi]
	TRY "sgdt", 7, sgdt [edi]
	TRY "mov from ds", 7, mov [edi], ds
	TRY "inc", 7, inc dword [edi]
	TRY "add", 7, add [edi], eax
	TRY "lock add", 7, lock add [edi], eax
	TRY "xchg", 7, xchg [edi], eax
	TRY "xadd", 7, xadd [edi], eax
	TRY "cmpxchg", 7, cmpxchg [edi], ecx
	TRY "cmpxchg8b", 7, cmpxchg8b [edi]
	TRY "shl", 7, shl dword [edi], 1
	TRY "bts", 7, bts [edi], ebx
	TRY "bt", 5, bt [edi], ebx
	TRY "fld", 5, fld dword [edi]
	TRY "fldcw", 5, fldcw [edi]
	TRY "fnstcw", 7, fnstcw [edi]
	TRY "fnsave", 7, fnsave [edi]
	TRY "movq mm0", 5, movq mm0, [edi]
	TRY "scasd", 5, scasd
	TRY "repne scasb", 5, repne scasb
	TRY "stosd", 7, stosd
	TRY "rep stosd", 7, rep stosd
	ATTACK "lodsd", 5
	mov esi, edi
	HIT
	lodsd
	END_ATTACK
	ATTACK "movsd from", 5
	mov esi, edi
	mov edi, buffer
	HIT
	movsd
	END_ATTACK
	ATTACK "rep movsb from", 5
	mov esi, edi
	mov edi, buffer
	HIT
	rep movsb
	END_ATTACK
	ATTACK "movsd from gs", 5
	mov esi, edi
	mov edi, buffer
	HIT
	gs movsd
	END_ATTACK
	ATTACK "movsd to", 7
	mov esi, buffer
	HIT
	movsd
	END_ATTACK
	ATTACK "rep movsd to", 7
	mov esi, buffer
	HIT
	rep movsd
	END_ATTACK
	ATTACK "cmpsd", 5
	mov esi, edi
	mov edi, buffer
	HIT
	cmpsd
	END_ATTACK
	ATTACK "push", 7
	lea esp, [edi + 4]
	HIT
	push eax
	END_ATTACK
	ATTACK "pop", 5
	mov esp, edi
	HIT
	pop eax
	END_ATTACK
	ATTACK "call, stack there", 7
	lea esp, [edi + 4]
	HIT
	call edx
	END_ATTACK
	ATTACK "ret, stack there", 5
	mov esp, edi
	HIT
	ret
	END_ATTACK
	ATTACK "below the base of gs", 5
	mov ecx, GSSEL
	mov gs, ecx
	HIT
	mov eax, [gs:edi - GSBASE]
	END_ATTACK
	ATTACK "write below the base of gs", 7
	mov ecx, GSSEL
	mov gs, ecx
	HIT
	mov [gs:edi - GSBASE], eax
	END_ATTACK
	ATTACK "below the base of gs, by a register", 5
	mov ecx, GSSEL
	mov gs, ecx
	lea edx, [edi - GSBASE]
	HIT
	mov eax, [gs:edx]
	END_ATTACK
	ATTACK "below the base of fs", 5
	mov ecx, GSSEL
	mov fs, ecx
	HIT
	mov eax, [fs:edi - GSBASE]
	END_ATTACK
	; over the beginning of the page
	ATTACK "read over the end of the user's", 5
	OVER
	HIT
	mov eax, [edi - 2]
	END_ATTACK
	ATTACK "write over the end of the user's", 7
	OVER
	HIT
	mov [edi - 2], eax
	END_ATTACK
	ATTACK "add over the end of the user's", 7
	OVER
	HIT
	add [edi - 3], eax
	END_ATTACK
	ATTACK "string over the end of the user's", 7
	OVER
	mov esi, buffer
	sub edi, 2
	HIT
	movsd
	END_ATTACK
	ATTACK "fstp over the end of the user's", 7
	OVER
	HIT
	fst qword [edi - 4]
	END_ATTACK
	; as code
	ATTACK "jmp", 5
	HIT_THERE
	jmp edi
	END_ATTACK
	ATTACK "call", 5
	HIT_THERE
	call edi
	END_ATTACK
	ATTACK "ret", 5
	HIT_THERE
	push edi
	ret
	END_ATTACK
	ATTACK "retf", 5
	HIT_THERE
	push dword UCODE
	push edi
	retf
	END_ATTACK
	ATTACK "iret", 5
	HIT_THERE
	push dword 2
	push dword UCODE
	push edi
	iretd
	END_ATTACK
	ATTACK "code over the end of the user's", 5
	OVER
	HIT_OVER
	lea edx, [edi - 2]
	jmp edx
	END_ATTACK
	ATTACK "code up to the end of the user's", 5
	OVER
	HIT_OVER
	lea edx, [edi - 4]
	jmp edx
	END_ATTACK

; ---- the kernel's side ----

pf:	push eax
	mov eax, cr2
	mov [ss:g_cr2], eax
	pop eax
	jmp vec14

; use the page, so that it is as near as can be
touch:	push eax
	push edi
	mov edi, [ss:target]
	mov dword [ss:edi], SECRET
	mov eax, [ss:edi]
	mov eax, [gs:edi + 4]
	mov [es:edi + 4], eax
	pop edi
	pop eax
	iretd

; is everything as it was?
intact:	push eax
	push edi
	mov edi, [ss:target]
	mov byte [ss:whole], 0
	cmp dword [ss:edi], SECRET
	jne .no
	test byte [ss:target_flags], 1
	jz .yes
	cmp dword [ss:edi - 4], FRONT
	jne .no
.yes:	mov byte [ss:whole], 1
.no:	pop edi
	pop eax
	iretd

; ---- ring 3 ----

user:	mov esi, [targets]
.target: lodsd
	test eax, eax
	jz .done
	mov [target], eax
	lodsd
	mov [target_flags], eax
	mov [targets], esi
	mov ebx, attack%[n_attacks]
.attack: mov [attack], ebx
	mov eax, [ebx + 16]
	and eax, 1
	test eax, eax
	jz .fits
	test [target_flags], eax
	jz .next
.fits:	call name
	mov dword [t_vec], 14
	mov eax, [ebx + 8]
	mov [t_err], eax
	mov eax, [ebx + 4]
	cmp eax, -2
	jl .own
	cmp eax, 1
	jge .own
	add eax, [target]
.own:	mov [t_eip], eax
	mov dword [t_resume], .after
	mov dword [g_vec], NONE
	mov dword [g_cr2], 0
	mov [t_esp], esp
	int 0x42
	mov edi, [target]
	mov edx, edi
	mov ebp, edi
	mov esi, [ebx]
	mov ecx, 1
	mov eax, 0
	mov ebx, 0
	cmp eax, 0			; ZF for CMOVZ
	mov eax, MAGIC
	jmp esi
.after:	int 0x43
	mov ebx, [attack]
	cmp dword [g_vec], 14
	jne .judge
	mov eax, [ebx + 12]
	add eax, [target]
	mov ecx, 0xf1			; wrong CR2
	cmp eax, [g_cr2]
	jne .bad
	mov ecx, 0xf2			; something was read
	cmp dword [g_eax], MAGIC
	jne .bad
	mov ecx, 0xf3			; something was written
	cmp byte [whole], 1
	je .judge
.bad:	mov [g_vec], ecx
.judge:	call verdict
.next:	mov ebx, [attack]
	mov ebx, [ebx + 24]
	test ebx, ebx
	jnz .attack
	mov esi, [targets]
	jmp .target
.done:	int 0x41

; [t_name]: configuration, page, attack
name:	pushad
	mov edi, name_text
	mov esi, [config_name]
	call .copy
	cmp dword [wp], 0
	je .nowp
	mov dword [edi], "WP  "
	add edi, 3
.nowp:	mov edx, [target]
	mov ecx, 8
.digit:	rol edx, 4
	mov al, dl
	and al, 15
	cmp al, 10
	sbb al, 0x69
	das
	stosb
	loop .digit
	mov al, ' '
	stosb
	mov ebx, [attack]
	mov esi, [ebx + 20]
	call .copy
	mov byte [edi], 0
	mov dword [t_name], name_text
	popad
	ret
.copy:	lodsb
	test al, al
	jz .copied
	stosb
	jmp .copy
.copied: ret

; ---- configurations ----

; Map the targets of [targets]: page itself the supervisor's, with the page in front
; the user's where the list says so.
map_targets:
	pushad
	mov ebp, [targets]
.next:	mov edi, [ebp]
	test edi, edi
	jz .done
	test byte [ebp + 4], 1
	jz .target
	push edi
	sub edi, 0x1000
	mov esi, FRONT_FRAME
	mov ebx, PAGE_U
	mov edx, PAGE_U
	call map4k
	pop edi
.target: test byte [ebp + 4], 2		; user's, to be in the way
	jnz .user
	test byte [format], F_BIG
	jnz .big
	mov esi, FRAMES
	mov ebx, [leaf]
	mov edx, [directory]
	call map4k
	jmp .step
.big:	mov esi, BIG_FRAME
	mov ebx, PAGE_S
	call mapbig
	jmp .step
.user:	mov esi, USER_FRAME
	mov ebx, PAGE_U
	mov edx, PAGE_U
	call map4k
.step:	add ebp, 8
	jmp .next
.done:	popad
	ret

; ESI: list of targets, behind it that of pages in the way.
layout:	pushad
	mov ebp, configs
.config: mov eax, [ebp]
	mov [format], eax
	mov eax, [ebp + 4]
	mov [leaf], eax
	mov eax, [ebp + 8]
	mov [directory], eax
	lea eax, [ebp + 12]
	mov [config_name], eax
	mov eax, [esp + 4]		; ESI
	; A page that shares its region with the user's needs small pages, U in the PTE.
	cmp dword [eax - 8], 0
	je .fits
	cmp dword [format], F_PAE
	ja .skip
	cmp dword [leaf], PAGE_S
	jne .skip
.fits:	mov dword [wp], 0
.wp:	call build
	mov eax, [esp + 4]
	mov [targets], eax
	call map_targets
	mov eax, [esp + 4]
	mov eax, [eax - 4]		; pages in the way
	mov [targets], eax
	call map_targets
	mov eax, [esp + 4]
	mov [targets], eax
	mov dword [FRONT_FRAME + 0xffc], FRONT
	call paging_on
	call in_ring3
	call paging_off
	xor dword [wp], 0x10000
	jnz .wp
.skip:	add ebp, 28
	cmp ebp, configs_end
	jne .config
	popad
	ret

in_ring3:
	pushad
	mov [kernel_esp], esp
	mov dword [t_data], UDATA
	mov eax, UDATA
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	push dword UDATA
	push dword user_stack
	push dword 2
	push dword UCODE
	push dword [user_entry]
	iretd
back:	mov eax, KDATA
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov ss, eax
	mov esp, [kernel_esp]
	mov dword [t_data], KDATA
	popad
	ret

%include "guests/hostile/paging_kernel.inc"

guest:	GATE 14, pf, 0x8e
	GATE 0x41, back, 0xee
	GATE 0x42, touch, 0xee
	GATE 0x43, intact, 0xee
	DESC GSSEL, GSBASE, 0xfffff, 0xf2, 0xc
	call kernel
	mov esi, high			; user segments can end below the kernel
	call layout
	mov esi, mixed			; they cannot
	call layout
	mov esi, low
	call layout
	mov esi, same
	call layout
	mov esi, lowest
	call layout
	ret

section .data
	align 4
; format, bits of the page's entry, of the directory's; name of 16 bytes
%macro CONFIG 4
	dd %1, %2, %3
%%name:	db %4, " "
	times 16 - ($ - %%name) db 0
%endmacro
configs:
	CONFIG 0, PAGE_U, PAGE_S, "4K PDE"
	CONFIG 0, PAGE_S, PAGE_U, "4K PTE"
	CONFIG F_PAE, PAGE_U, PAGE_S, "PAE PDE"
	CONFIG F_PAE, PAGE_S, PAGE_U, "PAE PTE"
	CONFIG F_BIG, 0, 0, "4M"
	CONFIG F_BIG | F_PAE, 0, 0, "2M"
configs_end:

none:	dd 0
users:	dd 0xb0000000, 2, 0
; in a region with user pages?, pages in the way; then page, 1: a user page in front
	dd 0, none
high:	dd 0xc0000000, 1, 0xc0400000, 0, 0xff7ff000, 0, 0xffa60000, 0, 0
	dd 0, users
mixed:	dd 0xa0000000, 1, 0
	dd 0, users
low:	dd 0x400000, 1, 0
	dd 1, users
same:	dd 0x3f0000, 1, 0x3d0000, 0, 0
	dd 0, none
lowest:	dd 0x400000, 1, 0xc0000000, 0, 0

targets: dd 0
target:	dd 0
target_flags: dd 0
attack:	dd 0
leaf:	dd 0
directory: dd 0
config_name: dd 0
g_cr2:	dd 0
whole:	dd 0
kernel_esp: dd 0
buffer:	times 16 dd 0x11111111
name_text: times 80 db 0
section .bss
	resb 8192
user_stack:
	resb 16
section .text
