; SPDX-License-Identifier: MIT
; A triple fault, for --no-reboot.
%include "refvmm/test_engine/rom.inc"
	lidt [.nothing]
	int3
	FAIL 1
.nothing:
	dw 0
	dd 0
%include "refvmm/test_engine/rom_end.inc"
