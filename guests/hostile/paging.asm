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

; Of a page in a layout: the user's pages around it, where it lies from the end of user
; segments (where refvmm puts that: the lowest supervisor page, once no user page was
; seen above it); of an attack: what it needs around it, that it runs the page.
%define F_FRONT	1
%define F_USERS	2		; the page itself is the user's
%define F_BEHIND 4
%define F_BELOW	0x10
%define F_LINE	0x20		; begins there
%define F_RUN	0x100

%include "guests/hostile/paging_attacks.inc"

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
	test byte [ss:target_flags], F_BEHIND
	jz .end
	mov dword [ss:edi + 0xffc], SECRET
	mov dword [ss:edi + 0x1000], FRONT
.end:	pop edi
	pop eax
	iretd

; is everything as it was?
intact:	push eax
	push edi
	mov edi, [ss:target]
	mov byte [ss:whole], 0
	cmp dword [ss:edi], SECRET
	jne .no
	test byte [ss:target_flags], F_FRONT
	jz .behind
	cmp dword [ss:edi - 4], FRONT
	jne .no
.behind: test byte [ss:target_flags], F_BEHIND
	jz .yes
	cmp dword [ss:edi + 0xffc], SECRET
	jne .no
	cmp dword [ss:edi + 0x1000], FRONT
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
	and eax, F_FRONT | F_BEHIND
	mov edx, [target_flags]
	not edx
	test edx, eax
	jnz .next
	call name
	mov esi, [in_way]		; used, so that they are in the way
.way:	lodsd
	test eax, eax
	jz .used
	mov edx, [eax]
	lodsd
	jmp .way
.used:	mov dword [t_vec], 14
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

; [t_name]: format and where U is clear, WP, kernel, position, page, kind, attack
name:	pushad
	mov edi, name_text
	mov esi, [config_name]
	call .copy
	cmp dword [wp], 0
	je .nowp
	mov dword [edi], "WP  "
	add edi, 3
.nowp:	mov esi, [kernel_name]
	call .copy
	mov ebx, [attack]
	mov edx, [target_flags]
	mov esi, text_below
	test edx, F_BELOW
	jnz .place
	mov esi, text_above
	test edx, F_LINE
	jz .place
	test byte [ebx + 16], F_FRONT
	jz .place
	mov esi, text_straddling
.place:	call .copy
	mov edx, [target]
	mov ecx, 8
.digit:	rol edx, 4
	mov al, dl
	and al, 15
	cmp al, 10
	sbb al, 0x69
	das
	stosb
	loop .digit
	mov eax, " x  "
	test dword [ebx + 16], F_RUN
	jnz .kind
	mov ah, 'r'
	cmp dword [ebx + 8], 5
	je .kind
	mov ah, 'w'
.kind:	mov [edi], eax
	add edi, 3
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
	test byte [ebp + 4], F_FRONT
	jz .behind
	push edi
	sub edi, 0x1000
	mov esi, FRONT_FRAME
	mov ebx, PAGE_U
	mov edx, PAGE_U
	call map4k
	pop edi
.behind: test byte [ebp + 4], F_BEHIND
	jz .target
	test byte [format], F_BIG
	jnz .target			; in the big page itself
	push edi
	add edi, 0x1000
	mov esi, BEHIND_FRAME
	mov ebx, PAGE_U
	mov edx, [directory]	; the user's if it can be
	call map4k
	pop edi
.target: test byte [ebp + 4], F_USERS	; to be in the way
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
	cmp dword [directory], PAGE_U
	jne .skip
.fits:	mov ecx, [eax - 12]
	mov [kernel_name], ecx
	mov ecx, [eax - 4]
	mov [in_way], ecx
	mov dword [wp], 0
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
	DATA_SEGMENTS UDATA
	push dword UDATA
	push dword user_stack
	push dword 2
	push dword UCODE
	push dword [user_entry]
	iretd
back:	DATA_SEGMENTS KDATA
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
	mov esi, high
	call layout
	mov esi, high_mixed
	call layout
	mov esi, low_mixed
	call layout
	mov esi, low_same
	call layout
	mov esi, low
	call layout
	mov esi, low_users
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
	CONFIG 0, PAGE_S, PAGE_S, "4K both"
	CONFIG F_PAE, PAGE_U, PAGE_S, "PAE PDE"
	CONFIG F_PAE, PAGE_S, PAGE_U, "PAE PTE"
	CONFIG F_PAE, PAGE_S, PAGE_S, "PAE both"
	CONFIG F_BIG, 0, 0, "4M PDE"
	CONFIG F_BIG | F_PAE, 0, 0, "2M PDE"
configs_end:

none:	dd 0
users:	dd 0x70000000, F_USERS, 0
text_high: db "high ", 0
text_low: db "low ", 0
text_users: db "low, users above, ", 0
text_above: db "above ", 0
text_below: db "below ", 0
text_straddling: db "straddling ", 0
; where the kernel is, in a region with user pages?, user pages in the way; then page, flags
	align 4
	dd text_high, 0, none		; user segments end at C0000000
high:	dd 0xc0000000, F_FRONT | F_LINE, 0xc0400000, 0, 0xff7ff000, 0, 0xffa60000, 0, 0
	dd text_high, 0, users		; user pages above it, so they stay there
high_mixed: dd 0x60000000, F_FRONT | F_BEHIND | F_BELOW, 0
	dd text_low, 0, users
low_mixed: dd 0x400000, F_FRONT | F_BEHIND | F_BELOW, 0
	dd text_low, 1, users
low_same: dd 0x3f0000, F_FRONT | F_BEHIND | F_BELOW, 0x3d0000, F_BELOW, 0
	dd text_low, 0, none		; now they end at 400000
low:	dd 0x400000, F_FRONT | F_LINE, 0xc0000000, 0, 0
	dd text_users, 0, users		; and the user's pages above are beyond them, too
low_users: dd 0x400000, F_FRONT | F_LINE, 0xc00000, F_FRONT | F_BEHIND, 0

targets: dd 0
in_way:	dd 0
kernel_name: dd 0
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
name_text: times 120 db 0
section .bss
	resb 8192
user_stack:
	resb 16
section .text
